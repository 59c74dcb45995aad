//! An agent with everything round it, in a directory of its own.
//!
//! RAUC streams a bundle through the kernel's network block device, which not every machine that
//! runs tests has: here the program that is called `rauc` fetches the URL by curl, over real TLS,
//! and hands the file to the real RAUC. What streaming adds is tried in the image.

use super::board::{Running, keys, scripts, services, slots, uptime};
use borne_gateway_api::update::{Outcome, Update};
use borne_harness::init::{calls_directory, watched};
use borne_harness::peer::{Peer, SupervisorEnd};
use borne_harness::{programs, wait_for};
use borne_ipc::{AgentEvent, AgentOrder, Answer, Group, Report, Role, Terminal};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Long enough for anything that works.
pub const SOON: Duration = Duration::from_secs(30);
pub const BOARD: &str = "borne-test";
/// Runs in slot A.
pub const RUNNING: &str = "20261124.5";

/// A terminal at rest with all well.
pub const WELL: Terminal = Terminal {
    resting: true,
    screen: true,
    egress: true,
    reader: true,
    gateway: true,
    browser: true,
    panel: true,
};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// What the fixture starts with.
pub struct Start {
    /// `borne-slot status`.
    pub slot: &'static str,
    /// What the agent's own clock of the trial shows already.
    pub trial_for: Duration,
}

impl Default for Start {
    fn default() -> Self {
        Self { slot: "current=A\ncommitted=A\nunconfirmed=1\n", trial_for: Duration::ZERO }
    }
}

pub struct Agent {
    pub directory: PathBuf,
    pub supervisor: Option<Peer<AgentEvent>>,
    end: SupervisorEnd,
    process: Option<Running>,
    port: u16,
    _services: Vec<Running>,
}

impl Agent {
    /// Started, connected, greeted.
    pub fn start(start: &Start) -> Self {
        let mut agent = Self::prepare(start);
        agent.launch();
        agent.greet();
        agent
    }

    /// All but the agent itself.
    pub fn prepare(start: &Start) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory =
            PathBuf::from(format!("/var/tmp/borne/agent-test-{}-{number}", std::process::id()));
        let _none_there = fs::remove_dir_all(&directory);
        for name in ["run/agent", "run/slot", "data", "web", "slots"] {
            fs::create_dir_all(directory.join(name)).unwrap();
        }
        fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
        programs::install(&["kiosk-agent"], &directory.join("bin"));
        fs::write(directory.join("run/slot/status"), start.slot).unwrap();
        let since = uptime().saturating_sub(start.trial_for);
        fs::write(directory.join("run/agent/since"), since.as_millis().to_string()).unwrap();
        fs::write(
            directory.join("data/os-release"),
            format!("ID=borne\nIMAGE_VERSION={RUNNING}\n"),
        )
        .unwrap();
        slots(&directory, start.slot.contains("current=B"));
        scripts(&directory);
        for name in ["run/agent", "run/agent/since", "data"] {
            chown(directory.join(name), Some(Role::Agent.uid()), Some(Role::Agent.uid())).unwrap();
        }
        let booted = if start.slot.contains("current=B") { "B" } else { "A" };
        let (port, services) = services(&directory, booted);
        let end = SupervisorEnd::listen(&directory.join("run"));
        Self { directory, supervisor: None, end, process: None, port, _services: services }
    }

    /// The agent, from the beginning; an earlier one is killed.
    pub fn launch(&mut self) {
        self.process = None;
        let path = |name: &str| self.directory.join(name);
        let log = File::options().create(true).append(true).open(path("log")).unwrap();
        let mut line = calls_directory().map_or_else(Vec::new, |calls| watched(&calls, "agent"));
        line.push(path("bin/kiosk-agent").display().to_string());
        let child = Command::new(&line[0])
            .args(&line[1..])
            .env_clear()
            .env("BORNE_RUN", path("run"))
            .env("BORNE_AGENT_DATA", path("data"))
            .env("BORNE_IMAGE", path("data/os-release"))
            .env("BORNE_RAUC", path("bin/rauc"))
            .env("BORNE_SYSTEMCTL", path("bin/systemctl"))
            .env("BORNE_LOG", "debug")
            .uid(Role::Agent.uid())
            .gid(Role::Agent.uid())
            .stderr(log)
            .spawn()
            .unwrap();
        assert!(Role::Agent.groups().contains(&Group::Ipc), "it could not reach the supervisor");
        self.process = Some(Running(child));
    }

    /// The supervisor takes its connection.
    pub fn greet(&mut self) {
        self.supervisor = None;
        let peer = self.end.accept();
        assert_eq!(peer.next("its greeting", SOON).1, AgentEvent::Ready);
        self.supervisor = Some(peer);
    }

    pub fn order(&self, order: &AgentOrder) {
        self.supervisor.as_ref().unwrap().order(order);
    }

    pub fn terminal(&self, terminal: Terminal) {
        self.order(&AgentOrder::Terminal(terminal));
    }

    /// The next thing it says for which `pick` has a value; what comes before is dropped.
    #[track_caller]
    pub fn says<T>(&self, what: &str, pick: impl Fn(AgentEvent) -> Option<T>) -> T {
        let until = Instant::now() + SOON;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited for {what}\n{}", self.log());
            if let Some(found) = pick(self.supervisor.as_ref().unwrap().next(what, left).1) {
                return found;
            }
        }
    }

    #[track_caller]
    pub fn reports(&self) -> Report {
        self.says("a report", |event| match event {
            AgentEvent::Report(report) => Some(report),
            _ => None,
        })
    }

    /// Waits for a report that says this of the last update.
    #[track_caller]
    pub fn reports_outcome(&self, outcome: Outcome) -> Report {
        self.says(&format!("a report of {outcome:?}"), |event| match event {
            AgentEvent::Report(report)
                if report.last.as_ref().is_some_and(|last| last.outcome == outcome) =>
            {
                Some(report)
            }
            _ => None,
        })
    }

    #[track_caller]
    pub fn wishes_restart(&self, wish: bool) {
        self.says(&format!("WantsRestart({wish})"), |event| {
            (event == AgentEvent::WantsRestart(wish)).then_some(())
        });
    }

    #[track_caller]
    pub fn waits_for_restart_file(&self) {
        wait_for("the wish to restart", SOON, || self.restart_file());
    }

    pub fn restart_file(&self) -> bool {
        self.directory.join("run/agent/restart").exists()
    }

    /// The gateway offers a file of the web server.
    pub fn offer(&self, number: u64, version: &str, file: &str) {
        let url = format!("https://localhost:{}/{file}", self.port);
        let update = Update {
            offer: number,
            version: version.parse().unwrap(),
            url,
            manifest_sha256: None,
            hours: None,
        };
        self.order(&AgentOrder::Answer(Answer::Heard(Some(update))));
    }

    /// Everything said before was heard: the agent has gone through a new connection since.
    pub fn settle(&mut self) {
        self.supervisor.take().unwrap().hang_up();
        self.greet();
    }

    /// What the bootloader was asked.
    pub fn bootloader(&self) -> String {
        fs::read_to_string(self.directory.join("slots/asked")).unwrap_or_default()
    }

    /// What was asked of RAUC.
    pub fn rauc(&self) -> String {
        fs::read_to_string(self.directory.join("data/rauc.log")).unwrap_or_default()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    pub fn slot(&self, name: &str) -> Vec<u8> {
        fs::read(self.directory.join("slots").join(name)).unwrap()
    }

    /// Units that systemd says have failed.
    pub fn failed_units(&self, units: &str) {
        fs::write(self.directory.join("data/failed-units"), units).unwrap();
    }

    /// Whether the unit that reads the whole root has come to its end.
    pub fn root_is_read(&self, read: bool) {
        let note = self.directory.join("data/root-unread");
        if read {
            let _none_there = fs::remove_file(note);
        } else {
            fs::write(note, "").unwrap();
        }
    }

    /// Makes a bundle, signed by the town's key or another, and serves it. Returns its root image.
    pub fn bundle(&self, file: &str, board: &str, version: &str, key: &str) -> Vec<u8> {
        let content = self.directory.join(format!("content-{file}"));
        fs::create_dir_all(&content).unwrap();
        let root: Vec<u8> = format!("root of {version} for {board}\n").repeat(40_000).into_bytes();
        fs::write(content.join("root.img"), &root).unwrap();
        let manifest = format!(
            "[update]\ncompatible={board}\nversion={version}\n\n[image.rootfs]\nfilename=root.img\n"
        );
        fs::write(content.join("manifest.raucm"), manifest).unwrap();
        let keys = keys();
        let signed = Command::new("rauc")
            .arg(format!("--cert={}", keys.join(format!("{key}.pem")).display()))
            .arg(format!("--key={}", keys.join(format!("{key}.key")).display()))
            .arg("bundle")
            .args([&content, &self.directory.join("web").join(file)])
            .output()
            .unwrap();
        assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
        root
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.process = None;
        if std::thread::panicking() {
            eprintln!("--- the agent's log\n{}--- rauc\n{}", self.log(), self.rauc());
        } else {
            let _gone = fs::remove_dir_all(&self.directory);
        }
    }
}
