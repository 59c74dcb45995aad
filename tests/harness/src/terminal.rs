//! A whole terminal: the shipped programs under `borne-init`, each as its own user, with a reader
//! at the far end of a pty and a compositor without a screen (or in a window).
//!
//! Duties: start it in a directory of its own, join it to the town's gateway, tell its state from
//! the supervisor's log, kill its processes, leave nothing. Never: a message of the terminal's own
//! IPC.

use crate::agents::{Agent, repository};
use crate::hall::Hall;
use crate::header::{Header, WIRING};
use crate::init::{self, Directory, Plan, Socket, Status, Unit};
use crate::input::Input;
use crate::pn532::{Kind, Pn532, control};
use crate::screen::{Frame, Screen};
use crate::settings::{self, Settings};
use crate::town::House;
use crate::wait_for;
use crate::{processes, programs};
use borne_ipc::{Role, paths};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The town's, and so that of its groupware (tests/town/conf/sogo.conf.in).
const ZONE: &str = "Europe/Paris";
/// The compositor's socket in its directory: the first name libwayland takes.
pub const DISPLAY: &str = "wayland-1";

/// The directory of the terminal that `make run` shows and `make tap` finds.
pub const SHOWN: &str = "/var/tmp/borne/terminal";

/// One terminal runs on a machine at a time: the wipe ends every process of the browser's user.
const LOCK: &str = "/run/lock/borne-terminal.lock";

/// A running terminal. Dropping it ends all of its processes and removes its directory.
pub struct Terminal {
    directory: PathBuf,
    settings: Settings,
    init: Option<Child>,
    reader: Pn532,
    header: Option<Header>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Terminal {
    /// Starts one that is joined to the gateway of `hall`; it is not yet idle when this returns.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(hall: &Hall, settings: Settings) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = settings.directory.clone().unwrap_or_else(|| {
            PathBuf::from(format!("/var/tmp/borne/terminal-{}-{number}", std::process::id()))
        });
        // Before anything of another terminal is touched; borne-init holds the lock for as long as
        // this one runs.
        drop(wait_for(
            "the end of any other terminal on this machine",
            Duration::from_secs(10),
            || init::hold(Path::new(LOCK)).map_err(|error| error.to_string()),
        ));
        remove_what_dead_runs_left();
        let _none_there = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("log")).expect("make the terminal's directory");
        programs::install(&programs::TERMINAL, &directory.join("bin"));
        settings::write(&settings, hall, &directory);
        let reader = Pn532::start(&directory.join("reader"), Role::Reader.uid());
        let watch: &[&str] = if settings.watched { &[] } else { &["--look"] };
        let header = settings.panel.then(|| Header::start(&directory, watch));
        let plan = plan(&settings, hall, &directory, header.as_ref());
        let file = directory.join("plan.json");
        fs::write(&file, serde_json::to_vec_pretty(&plan).expect("write a plan"))
            .expect("write the plan");
        let mut init = Command::new(programs::program("borne-init"));
        let mut init = init.arg(&file).stdin(Stdio::piped()).spawn().expect("start borne-init");
        wait_for("borne-init to start the terminal", Duration::from_secs(10), || {
            let ended = init.try_wait().ok().flatten();
            assert!(
                ended.is_none(),
                "borne-init did not start the terminal: its own words are above"
            );
            directory.join("status.json").exists()
        });
        Self { directory, settings, init: Some(init), reader, header }
    }

    /// Lays the agent's badge on the reader; it stays there until it is lifted.
    ///
    /// # Panics
    /// When the badge's number is none.
    pub fn lay(&self, agent: &Agent) {
        let uid = control::unhex(&agent.badge).expect("a badge's number");
        self.reader.lay(Kind::usual_for(&uid), &agent.badge);
    }

    /// The reader's far end: to lay other cards, lift, unplug.
    #[must_use]
    pub fn reader(&self) -> &Pn532 {
        &self.reader
    }

    /// The 40-pin header with the panel.
    ///
    /// # Panics
    /// When its settings know of none.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.header.as_ref().expect("a terminal with a panel")
    }

    /// The supervisor's state, by the last `state=` of its log.
    #[must_use]
    pub fn state(&self) -> Option<String> {
        let log = self.log("supervisor");
        let after = log.rsplit_once("state=")?.1.trim_start_matches('"');
        Some(
            after
                .split(|letter: char| !letter.is_alphanumeric())
                .next()
                .unwrap_or_default()
                .to_owned(),
        )
    }

    /// Waits until the supervisor is in this state.
    #[track_caller]
    pub fn wait_for_state(&self, state: &str, deadline: Duration) {
        wait_for(&format!("state {state}"), deadline, || match self.state() {
            Some(now) if now == state => Ok(()),
            other => Err(other),
        });
    }

    /// All that one of the units has logged.
    #[must_use]
    pub fn log(&self, unit: &str) -> String {
        let bytes = fs::read(self.directory.join(format!("log/{unit}.log"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// All that any unit has logged.
    #[must_use]
    pub fn logs(&self) -> String {
        self.status().units.keys().map(|unit| self.log(unit)).collect()
    }

    /// What the supervisor has logged since its log had so many bytes.
    #[must_use]
    pub fn log_since(&self, mark: usize) -> String {
        self.log("supervisor").get(mark..).unwrap_or_default().to_owned()
    }

    /// How long the supervisor's log is.
    #[must_use]
    pub fn log_length(&self) -> usize {
        self.log("supervisor").len()
    }

    /// How it was told to be.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Pids and restarts of the units (`supervisor`, `sway`, `shell`, `reader`, `egress`; of `cage`
    /// and `wayland-filter` the youngest instance).
    #[must_use]
    pub fn status(&self) -> Status {
        Status::read(&self.directory.join("status.json"))
    }

    /// The process that keeps the units running.
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn init(&self) -> i32 {
        i32::try_from(self.init.as_ref().expect("borne-init runs").id()).expect("a pid")
    }

    /// Every process that runs as this role's user.
    #[must_use]
    pub fn processes_of(&self, role: Role) -> Vec<i32> {
        processes::of_user(role.uid())
    }

    /// `kill -9` of a unit; waits until it has been started again.
    #[track_caller]
    pub fn kill(&self, unit: &str) {
        let starts = |status: Status| {
            status.units.get(unit).map_or((0, None), |line| (line.starts, line.pid))
        };
        let (before, pid) = starts(self.status());
        processes::kill(pid.unwrap_or_else(|| panic!("{unit} does not run")));
        wait_for(&format!("{unit} started again"), Duration::from_secs(5), || {
            let (now, pid) = starts(self.status());
            now > before && pid.is_some()
        });
    }

    /// The compositor's socket, for eyes and hands.
    #[must_use]
    pub fn display(&self) -> PathBuf {
        paths::wayland_dir(&self.run_dir()).join(DISPLAY)
    }

    /// A picture of what the person sees.
    ///
    /// # Panics
    /// When there is no compositor.
    #[must_use]
    pub fn look(&self) -> Frame {
        let mut screen = Screen::connect(&self.display()).expect("look at the screen");
        screen.frame().expect("take a picture")
    }

    /// A pair of hands in front of this screen.
    ///
    /// # Panics
    /// When there is no compositor.
    #[must_use]
    pub fn hands(&self) -> Input {
        wait_for("a pointer on the seat", Duration::from_secs(10), || {
            Input::connect(&self.display(), self.settings.size)
        })
    }

    /// What the compositor answers to `swaymsg -t WHAT`, as JSON; its socket is its own user's and
    /// root's.
    ///
    /// # Panics
    /// When there is no compositor.
    #[must_use]
    pub fn compositor(&self, what: &str) -> String {
        let directory = paths::wayland_dir(&self.run_dir());
        let is_socket =
            |path: &PathBuf| path.extension().is_some_and(|extension| extension == "sock");
        let sockets = fs::read_dir(directory)
            .expect("the compositor's directory")
            .flatten()
            .map(|entry| entry.path());
        let answer = |socket: &PathBuf| {
            let output = Command::new("swaymsg")
                .arg("-s")
                .arg(socket)
                .args(["-r", "-t", what])
                .output()
                .ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        };
        // A compositor that was killed leaves its socket behind.
        sockets
            .filter(is_socket)
            .find_map(|socket| answer(&socket))
            .expect("a compositor that answers")
    }

    /// Width and height of the screen.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.settings.size
    }

    /// `BORNE_RUN`.
    #[must_use]
    pub fn run_dir(&self) -> PathBuf {
        self.directory.join("run")
    }

    /// Where all of it lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn end(&mut self) {
        let Some(mut init) = self.init.take() else { return };
        drop(init.stdin.take());
        let ended = crate::try_wait_for("the end of borne-init", Duration::from_secs(10), || {
            init.try_wait().ok().flatten()
        });
        if let Err(late) = ended {
            eprintln!("{late}; killing it");
            let _gone = init.kill();
            let _reaped = init.wait();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Ok(frame) =
                Screen::connect(&self.display()).and_then(|mut screen| screen.frame())
        {
            let _best_effort = frame.save(&self.directory.join("log/last.png"));
        }
        self.end();
        if std::thread::panicking() {
            eprintln!("the terminal's logs stay in {}", self.directory.join("log").display());
            for unit in ["supervisor", "shell"] {
                let log = self.log(unit);
                let lines: Vec<_> = log.lines().rev().take(15).collect();
                lines.iter().rev().for_each(|line| eprintln!("  {unit}: {line}"));
            }
        } else {
            let _not_there = fs::remove_dir_all(&self.directory);
        }
    }
}

/// Directories of runs whose process is gone: a run cannot remove what it still needs at its own
/// end.
fn remove_what_dead_runs_left() {
    for entry in fs::read_dir("/var/tmp/borne").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let rest = name.strip_prefix("terminal-").or_else(|| name.strip_prefix("hall-"));
        let pid = rest.and_then(|rest| rest.split('-').next()?.parse().ok());
        if pid.is_some_and(|pid| !processes::alive(pid)) {
            let _busy = fs::remove_dir_all(entry.path());
        }
    }
}

/// Which units make a terminal, in the order of their start.
fn plan(settings: &Settings, hall: &Hall, directory: &Path, header: Option<&Header>) -> Plan {
    let run = directory.join("run");
    let bin = |name: &str| directory.join("bin").join(name);
    let wayland = paths::wayland_dir(&run);
    let log_filter = std::env::var("BORNE_LOG").unwrap_or_else(|_| "info".to_owned());
    let unit = |role, name, program: &str| {
        Unit::of(role, name, &bin(program))
            .env("BORNE_RUN", run.display())
            .env("BORNE_LOG", &log_filter)
    };

    let mut supervisor = unit(Role::Supervisor, "supervisor", "kiosk-supervisor")
        .env("BORNE_CONFIG", directory.join("etc/terminal.toml").display())
        .env("BORNE_DATA", directory.join("data").display());
    supervisor.capabilities = vec!["kill".to_owned()];
    supervisor.enter = hall.town().enter(House::Terminal);
    let sway = settings.display.compositor(directory, &wayland);
    let mut egress = unit(Role::Egress, "egress", "kiosk-egress");
    egress.enter = hall.town().enter(House::Terminal);
    let reader = unit(Role::Reader, "reader", "kiosk-reader")
        .env("BORNE_READER", format!("pn532_uart:{}", directory.join("reader/tty").display()));
    let mut shell = unit(Role::Shell, "shell", "kiosk-shell")
        .env("XDG_RUNTIME_DIR", wayland.display())
        .env("WAYLAND_DISPLAY", DISPLAY);
    shell.after = Some(wayland.join(DISPLAY));

    let by_the_supervisor = |mut unit: Unit, path| {
        unit.accepts = Some(Socket { path, uid: Role::Supervisor.uid(), mode: 0o600 });
        unit.bound_to = Some("supervisor".to_owned());
        // One journal: what a browser says stands among what the supervisor does with it.
        unit.log = Some("supervisor".to_owned());
        unit
    };
    let mut cage = unit(Role::Browser, "cage", "kiosk-cage")
        .env("BORNE_LIBEXEC", directory.join("bin").display());
    cage.enter = hall.town().enter(House::Terminal);
    let filter = unit(Role::WaylandFilter, "wayland-filter", "kiosk-wayland-filter")
        .env("XDG_RUNTIME_DIR", wayland.display())
        .env("WAYLAND_DISPLAY", DISPLAY);

    let panel = header.map(|header| {
        let mut panel = unit(Role::Panel, "panel", "kiosk-panel").env("BORNE_WIRING", WIRING);
        panel.enter = header.enter();
        // As ExecStopPost= of its unit.
        panel.ended = vec!["silence".to_owned()];
        panel
    });
    let mut units = vec![supervisor, sway, egress, reader, shell];
    units.extend(panel);
    units.push(by_the_supervisor(cage, paths::cage_start(&run)));
    units.push(by_the_supervisor(filter, paths::filter_start(&run)));
    for unit in &mut units {
        // As the zone that borne.toml names is a terminal's, whatever machine this is.
        unit.environment.insert("TZ".to_owned(), ZONE.to_owned());
        unit.environment.extend(
            settings
                .environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
    }
    for peer in &mut units[2..] {
        peer.after.get_or_insert_with(|| paths::supervisor_socket(&run));
    }
    let memory = memory_environment();
    units.iter_mut().for_each(|unit| unit.environment.extend(memory.clone()));
    units.extend(settings.display.viewer(directory, &wayland));
    let made = paths::DIRECTORIES.map(|(name, uid, gid, mode)| Directory {
        path: run.join(name),
        uid,
        gid,
        mode,
    });
    let directories =
        [Directory { path: run, uid: 0, gid: 0, mode: 0o755 }].into_iter().chain(made).collect();
    let log_dir = directory.join("log");
    let lock = Some(PathBuf::from(LOCK));
    Plan { lock, directories, log_dir, status: directory.join("status.json"), units }
}

/// What the product sets for every process that outlives a session: `NAME=value` lines, as systemd
/// reads them.
pub(crate) fn memory_environment() -> Vec<(String, String)> {
    let path = repository().join("buildroot-overlay/etc/borne/memory.env");
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
    let lines =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
