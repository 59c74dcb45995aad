//! A reader process with everything round it, in a directory of its own.

use borne_harness::peer::{Peer, SupervisorEnd};
use borne_harness::pn532::{LineOptions, Pn532};
use borne_harness::{programs, wait_for};
use borne_ipc::{Card, ReaderEvent, Role, Unclear};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Long enough for anything that works; a test that needs it all has failed.
pub const SOON: Duration = Duration::from_secs(10);

static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            PathBuf::from(format!("/var/tmp/borne/reader-test-{}-{number}", std::process::id()));
        let _none_there = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("make the test's directory");
        Self(path)
    }

    pub fn chip(&self, baud: Option<u32>) -> Pn532 {
        let options = LineOptions { baud, owner: Some(Role::Reader.uid()) };
        Pn532::start_with(&self.0.join("pn532"), options).expect("start the PN532")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.0);
    }
}

pub struct Reader {
    pub chip: Pn532,
    pub supervisor: Option<Peer<ReaderEvent>>,
    pub process: Child,
    directory: Directory,
}

impl Reader {
    /// Started and ready.
    pub fn ready(baud: Option<u32>) -> Self {
        let reader = Self::start(baud, &[], |_| {});
        reader.expect_ready();
        reader
    }

    pub fn start(
        baud: Option<u32>,
        environment: &[(&str, &str)],
        prepare: impl FnOnce(&Pn532),
    ) -> Self {
        let directory = Directory::new();
        let chip = directory.chip(baud);
        prepare(&chip);
        programs::install(&["kiosk-reader"], &directory.0.join("bin"));
        let supervisor = SupervisorEnd::listen(&directory.0);
        let log = File::create(directory.0.join("log")).expect("make the log");
        let process = Command::new(directory.0.join("bin/kiosk-reader"))
            .env_clear()
            .env("BORNE_RUN", &directory.0)
            .env("BORNE_READER", chip.connstring())
            .env("BORNE_LOG", "trace")
            .envs(environment.iter().copied())
            .uid(Role::Reader.uid())
            .gid(Role::Reader.uid())
            .stderr(log)
            .spawn()
            .expect("start kiosk-reader");
        let supervisor = supervisor.accept();
        Self { chip, supervisor: Some(supervisor), process, directory }
    }

    pub fn next(&self, what: &str) -> (Instant, ReaderEvent) {
        self.supervisor.as_ref().expect("a supervisor").next(what, SOON)
    }

    pub fn expect_ready(&self) {
        match self.next("Ready") {
            (_, ReaderEvent::Ready { device }) => assert!(device.contains("pn532"), "{device}"),
            (_, other) => panic!("{other:?} instead of Ready"),
        }
    }

    pub fn expect_card(&self) -> Card {
        match self.next("Card") {
            (_, ReaderEvent::Card(card)) => card,
            (_, other) => panic!("{other:?} instead of Card"),
        }
    }

    pub fn expect_unclear(&self, unclear: Unclear) {
        let (_, event) = self.next("Unclear");
        assert!(
            matches!(event, ReaderEvent::Unclear(said) if said == unclear),
            "{event:?} instead of {unclear:?}"
        );
    }

    pub fn expect_gone(&self) {
        let (_, event) = self.next("CardGone");
        assert!(matches!(event, ReaderEvent::CardGone), "{event:?} instead of CardGone");
    }

    /// When it said so.
    pub fn expect_lost(&self) -> Instant {
        let (at, event) = self.next("Lost");
        assert!(matches!(event, ReaderEvent::Lost), "{event:?} instead of Lost");
        at
    }

    /// After the reader has looked again and again.
    pub fn expect_nothing_more(&self) {
        self.chip.wait_for_commands(80);
        self.expect_silence();
    }

    pub fn expect_silence(&self) {
        let said = self.supervisor.as_ref().expect("a supervisor").unasked();
        assert!(said.is_none(), "unasked: {said:?}");
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.0.join("log")).expect("read the log")
    }

    pub fn wait_for_log(&self, text: &str) {
        wait_for(&format!("{text:?} in the log"), SOON, || match self.log() {
            log if log.contains(text) => Ok(()),
            log => Err(log),
        });
    }

    pub fn exit(&mut self) -> ExitStatus {
        wait_for("kiosk-reader to exit", SOON, || self.process.try_wait().expect("wait for it"))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _gone_already = self.process.kill();
        let _reaped = self.process.wait();
    }
}
