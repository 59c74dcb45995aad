//! A panel process with everything round it, in a directory of its own.

use borne_harness::header::{BUZZER, Edge, Header, LED, WIRING, now};
use borne_harness::init::Unit;
use borne_harness::peer::{Peer, SupervisorEnd};
use borne_harness::{programs, wait_for};
use borne_ipc::{PanelEvent, PanelHealth, PanelModes, PanelOrder, PanelPart, PanelState, Role};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Long enough for anything that works; a test that needs it all has failed.
pub const SOON: Duration = Duration::from_secs(10);

pub const MODES: PanelModes =
    PanelModes { sounds: true, brightness_percent: 60, night: None, stuck_after_s: 7200 };

/// All that can work does.
pub const WELL: PanelHealth = PanelHealth {
    light: PanelPart::Works,
    buzzer: PanelPart::Works,
    display: PanelPart::Works,
    presence: PanelPart::Works,
};

/// Every state, and the name of its picture.
pub fn states() -> Vec<(String, PanelState)> {
    let name = |state: &PanelState| {
        let words = format!("{state:?}").replace(|c: char| !c.is_alphanumeric(), " ");
        words.split_whitespace().collect::<Vec<_>>().join("-").to_lowercase()
    };
    PanelState::all().map(|state| (name(&state), state)).collect()
}

static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            PathBuf::from(format!("/var/tmp/borne/panel-test-{}-{number}", std::process::id()));
        let _none_there = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("make the test's directory");
        programs::install(&["kiosk-panel"], &path.join("bin"));
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.0);
    }
}

pub struct Panel {
    pub supervisor: Option<Peer<PanelEvent>>,
    pub process: Child,
    pub header: Header,
    listener: SupervisorEnd,
    wiring: String,
    directory: Directory,
}

impl Panel {
    /// All of it there and working.
    pub fn ready(options: &[&str]) -> Self {
        let panel = Self::start(options, WIRING);
        panel.expect_health(WELL);
        panel
    }

    /// Started, with these options of `borne-header` and this wiring; told the modes.
    pub fn start(options: &[&str], wiring: &str) -> Self {
        let directory = Directory::new();
        let header = Header::start(&directory.0, options);
        let listener = SupervisorEnd::listen(&directory.0);
        let process = spawn(&header, &directory.0, wiring, &[]);
        let supervisor = Some(listener.accept());
        let panel =
            Self { supervisor, process, header, listener, wiring: wiring.to_owned(), directory };
        panel.order(PanelOrder::Modes(MODES));
        panel
    }

    /// As init does when it has ended.
    pub fn start_again(&mut self) {
        self.process = spawn(&self.header, &self.directory.0, &self.wiring, &[]);
        self.supervisor = Some(self.listener.accept());
        self.order(PanelOrder::Modes(MODES));
    }

    /// As systemd does after its end.
    pub fn silence(&self) -> ExitStatus {
        let mut ended = spawn(&self.header, &self.directory.0, &self.wiring, &["silence"]);
        wait_for("kiosk-panel silence", SOON, || ended.try_wait().expect("wait for it"))
    }

    pub fn order(&self, order: PanelOrder) {
        self.supervisor.as_ref().expect("a supervisor").order(&order);
    }

    /// When it was ordered.
    pub fn show(&self, state: PanelState) -> Duration {
        let at = now();
        self.order(PanelOrder::Show(state));
        at
    }

    pub fn next(&self, what: &str) -> PanelEvent {
        self.supervisor.as_ref().expect("a supervisor").next(what, SOON).1
    }

    /// Waits until it reports this, by whatever steps.
    #[track_caller]
    pub fn expect_health(&self, wanted: PanelHealth) {
        loop {
            match self.next(&format!("{wanted:?}")) {
                PanelEvent::Ready(health) | PanelEvent::Health(health) if health == wanted => {
                    return;
                }
                _ => {}
            }
        }
    }

    #[track_caller]
    pub fn expect_presence(&self, there: bool) {
        loop {
            match self.next("presence") {
                PanelEvent::Presence(seen) => return assert_eq!(seen, there),
                PanelEvent::Health(_) => {}
                other @ PanelEvent::Ready(_) => panic!("{other:?} instead of presence"),
            }
        }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.0.join("log")).expect("read the log")
    }

    pub fn exit(&mut self) -> ExitStatus {
        wait_for("kiosk-panel to exit", SOON, || self.process.try_wait().expect("wait for it"))
    }

    pub fn kill(&mut self) {
        self.process.kill().expect("kill it");
        self.exit();
    }

    /// The display shows something else than this.
    pub fn wait_for_picture_other_than(&self, before: &[bool]) {
        wait_for("another picture", SOON, || {
            let seen = self.header.oled();
            seen.on && seen.dots != before && seen.lit() > 0
        });
    }

    /// What the buzzer has done since then: milliseconds on and off in turn, and when it began.
    pub fn beeps(&self, since: Duration) -> (Option<Duration>, Vec<u128>) {
        let edges: Vec<Edge> = self.header.edges(0);
        let edges: Vec<Edge> =
            edges.into_iter().filter(|edge| edge.pin == BUZZER && edge.at >= since).collect();
        let times = edges.windows(2).map(|two| (two[1].at - two[0].at).as_millis()).collect();
        (edges.first().map(|edge| edge.at - since), times)
    }

    /// When the light changed since then, after how many milliseconds, and to what.
    pub fn lights(&self, since: Duration) -> Vec<(u128, [bool; 3])> {
        let mut now = [false; 3];
        let mut changes: Vec<(Duration, [bool; 3])> = Vec::new();
        let mut last = Duration::ZERO;
        for edge in self.header.edges(0) {
            let Some(light) = LED.iter().position(|pin| *pin == edge.pin) else { continue };
            now[light] = edge.high;
            match changes.last_mut() {
                // One change of colour is up to three stores, each a stop of the program.
                Some((_, colour)) if edge.at - last < Duration::from_millis(20) => *colour = now,
                _ => changes.push((edge.at, now)),
            }
            last = edge.at;
        }
        let later = changes.into_iter().filter(|(at, _)| *at >= since);
        later.map(|(at, colour)| ((at - since).as_millis(), colour)).collect()
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("panel: {}", self.log());
        }
        let _gone_already = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn spawn(header: &Header, directory: &Path, wiring: &str, words: &[&str]) -> Child {
    let mut unit = Unit::of(Role::Panel, "panel", &directory.join("bin/kiosk-panel"));
    unit.enter = header.enter();
    unit.argv.extend(words.iter().map(|word| (*word).to_owned()));
    let line = unit.command_line();
    let log = File::options().create(true).append(true).open(directory.join("log"));
    Command::new(&line[0])
        .args(&line[1..])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TZ", "UTC")
        .env("BORNE_RUN", directory)
        .env("BORNE_WIRING", wiring)
        .stderr(log.expect("make the log"))
        .spawn()
        .expect("start kiosk-panel")
}
