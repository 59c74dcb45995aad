//! A terminal with nothing but compositor, shell and a WebKit page; the test is the supervisor.

use borne_harness::init::{Directory, Plan, Status, Unit};
use borne_harness::input::Input;
use borne_harness::screen::{Frame, Screen as Eyes};
use borne_harness::touch::Point;
use borne_harness::{programs, wait_for};
use borne_ipc::{Group, Role, Screen, ShellEvent, ShellOrder, frame, paths};
use rustix::process::{Pid, Signal};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub const SOON: Duration = Duration::from_secs(10);

pub struct Bench {
    pub size: (u32, u32),
    directory: PathBuf,
    init: Child,
    listener: UnixListener,
    to_shell: UnixStream,
    events: Arc<Mutex<Vec<ShellEvent>>>,
    /// Answers once when the shell has closed its end.
    gone: Receiver<()>,
    serial: u64,
    hands: Input,
}

impl Bench {
    /// Sway and the shell, which has greeted. `page` is what a WebKit window below it shows.
    pub fn start(name: &str, size: (u32, u32), page: Option<&str>) -> Self {
        let directory =
            PathBuf::from(format!("/var/tmp/borne/shell-{}-{name}", std::process::id()));
        let run = directory.join("run");
        fs::create_dir_all(directory.join("log")).unwrap();
        fs::create_dir_all(run.join("supervisor")).unwrap();
        programs::install(&["kiosk-shell"], &directory.join("bin"));
        let socket = paths::supervisor_socket(&run);
        let listener = UnixListener::bind(&socket).unwrap();
        chown(&socket, None, Some(Group::Ipc.gid())).unwrap();
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o770)).unwrap();
        let init = start_init(&directory, &run, size, page);
        // A seat that gets its pointer later would tell the shell so only while the first taps
        // already come.
        let display = paths::wayland_dir(&run).join("wayland-1");
        let hands = wait_for("a pointer", SOON, || Input::connect(&display, size));
        let (to_shell, events, gone) = greet(&listener);
        Self { size, directory, init, listener, to_shell, events, gone, serial: 0, hands }
    }

    /// Of the last order.
    pub const fn serial(&self) -> u64 {
        self.serial
    }

    /// Orders a screen and waits until it is painted everywhere; how long that took.
    pub fn show(&mut self, screen: Screen) -> Duration {
        let begun = Instant::now();
        self.serial += 1;
        let serial = self.serial;
        frame::write(&self.to_shell, &ShellOrder::Show { serial, screen }).unwrap();
        self.wait_event(
            "the painted screen",
            |event| matches!(event, ShellEvent::Painted { serial: s } if *s == serial),
        );
        begun.elapsed()
    }

    /// Says how much of an update is written.
    pub fn update(&mut self, percent: Option<u8>) {
        frame::write(&self.to_shell, &ShellOrder::Update(percent)).unwrap();
    }

    /// The first event from now or before that `is` accepts; it and what came before it are
    /// forgotten.
    pub fn wait_event(&self, what: &str, is: impl Fn(&ShellEvent) -> bool) -> ShellEvent {
        wait_for(what, SOON, || {
            let mut events = self.events.lock().unwrap();
            match events.iter().position(&is) {
                Some(at) => Ok(events.drain(..=at).next_back().unwrap()),
                None => Err(format!("{events:?}")),
            }
        })
    }

    pub fn forget_events(&self) {
        self.events.lock().unwrap().clear();
    }

    /// The supervisor's end closes; answers when the shell's process has ended and init has started
    /// another.
    pub fn hang_up(&mut self) {
        let starts = self.starts();
        self.to_shell.shutdown(std::net::Shutdown::Both).unwrap();
        self.gone.recv_timeout(SOON).unwrap();
        let (to_shell, events, gone) = greet(&self.listener);
        (self.to_shell, self.events, self.gone) = (to_shell, events, gone);
        assert!(self.starts() > starts, "it was another process");
    }

    fn starts(&self) -> u32 {
        Status::read(&self.directory.join("status.json")).units["shell"].starts
    }

    pub fn shell_pid(&self) -> i32 {
        Status::read(&self.directory.join("status.json")).units["shell"].pid.unwrap()
    }

    /// The machine has no time for this unit's process.
    pub fn hold_up(&self, unit: &str) {
        self.signal(unit, Signal::STOP);
    }

    /// It has again.
    pub fn let_go_on(&self, unit: &str) {
        self.signal(unit, Signal::CONT);
    }

    fn signal(&self, unit: &str, signal: Signal) {
        let status = Status::read(&self.directory.join("status.json"));
        let process = Pid::from_raw(status.units[unit].pid.unwrap()).unwrap();
        rustix::process::kill_process(process, signal).unwrap();
    }

    fn wayland(&self) -> PathBuf {
        self.directory.join("run/wayland/wayland-1")
    }

    pub fn tap(&mut self, (x, y): Point) {
        self.hands.click(x, y).unwrap();
    }

    pub fn hold(&mut self, (x, y): Point) {
        self.hands.hold(x, y).unwrap();
    }

    pub fn release(&mut self) {
        self.hands.release().unwrap();
    }

    pub fn look(&self) -> Frame {
        Eyes::connect(&self.wayland()).and_then(|mut eyes| eyes.frame()).unwrap()
    }

    /// Keeps a picture for people.
    pub fn keep(&self, name: &str) -> Frame {
        let frame = self.look();
        let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/shell");
        let directory = target.join(format!("{}x{}", self.size.0, self.size.1));
        fs::create_dir_all(&directory).unwrap();
        frame.save(&directory.join(format!("{name}.png"))).unwrap();
        frame
    }

    /// The page's title, which is where it reports to.
    pub fn page_title(&self) -> String {
        let run = self.directory.join("run/wayland");
        let is_ipc = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "sock");
        let Some(ipc) = fs::read_dir(run).unwrap().flatten().map(|entry| entry.path()).find(is_ipc)
        else {
            return String::new();
        };
        let tree = Command::new("swaymsg")
            .arg("-s")
            .arg(ipc)
            .args(["-r", "-t", "get_tree"])
            .output()
            .unwrap();
        let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
        let title = tree.split("\"name\": \"").filter(|part| part.starts_with("page ")).last();
        title.and_then(|part| part.split("\",\n").next()).unwrap_or_default().replace("\\\"", "\"")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        drop(self.init.stdin.take());
        wait_for("the end of borne-init", SOON, || self.init.try_wait().unwrap());
        if std::thread::panicking() {
            eprintln!("logs are kept in {}", self.directory.join("log").display());
        } else {
            fs::remove_dir_all(&self.directory).unwrap();
        }
    }
}

fn greet(listener: &UnixListener) -> (UnixStream, Arc<Mutex<Vec<ShellEvent>>>, Receiver<()>) {
    listener.set_nonblocking(true).unwrap();
    let (stream, _) = wait_for("the shell", SOON * 2, || listener.accept());
    stream.set_nonblocking(false).unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let (gone_sender, gone) = channel();
    let (reader, kept) = (stream.try_clone().unwrap(), events.clone());
    std::thread::spawn(move || {
        while let Ok(event) = frame::read::<ShellEvent>(&reader) {
            kept.lock().unwrap().push(event);
        }
        let _nobody_waits = gone_sender.send(());
    });
    wait_for("the shell's greeting", SOON, || {
        let mut events = events.lock().unwrap();
        if matches!(events.first(), Some(ShellEvent::Ready)) {
            Ok(events.remove(0))
        } else {
            Err(format!("{events:?}"))
        }
    });
    (stream, events, gone)
}

fn start_init(
    directory: &Path,
    run: &Path,
    (width, height): (u32, u32),
    page: Option<&str>,
) -> Child {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let sway_conf =
        fs::read_to_string(repository.join("buildroot-overlay/etc/borne/sway.conf")).unwrap();
    let sway_conf = format!("{sway_conf}\noutput * resolution {width}x{height} position 0,0\n");
    fs::write(directory.join("sway.conf"), sway_conf).unwrap();
    let wayland = paths::wayland_dir(run);
    let sway = Unit::of(Role::Compositor, "sway", "/usr/bin/sway".as_ref())
        .arg("--config")
        .arg(directory.join("sway.conf").display())
        .env("XDG_RUNTIME_DIR", wayland.display())
        .env("WLR_BACKENDS", "headless")
        .env("WLR_LIBINPUT_NO_DEVICES", 1)
        .env("WLR_RENDERER", "pixman");
    let mut shell = Unit::of(Role::Shell, "shell", &directory.join("bin/kiosk-shell"))
        .env("BORNE_RUN", run.display())
        .env("XDG_RUNTIME_DIR", wayland.display())
        .env("WAYLAND_DISPLAY", "wayland-1");
    shell.after = Some(wayland.join("wayland-1"));
    let mut units = vec![sway, shell];
    if let Some(page) = page {
        fs::write(directory.join("page.html"), page).unwrap();
        let browser = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
        let mut unit = Unit::of(Role::Compositor, "page", browser.as_ref())
            .arg(format!("file://{}", directory.join("page.html").display()))
            .env("HOME", wayland.display())
            .env("XDG_RUNTIME_DIR", wayland.display())
            .env("WAYLAND_DISPLAY", "wayland-1")
            .env("GDK_BACKEND", "wayland")
            .env("NO_AT_BRIDGE", 1);
        unit.after = Some(wayland.join("wayland-1"));
        units.push(unit);
    }
    let directories = paths::DIRECTORIES
        .into_iter()
        .filter(|(name, ..)| *name == "wayland")
        .map(|(name, uid, gid, mode)| Directory { path: run.join(name), uid, gid, mode })
        .collect();
    let status = directory.join("status.json");
    let plan = Plan { lock: None, directories, log_dir: directory.join("log"), status, units };
    fs::write(directory.join("plan.json"), serde_json::to_vec(&plan).unwrap()).unwrap();
    let mut init = Command::new(programs::program("borne-init"));
    init.arg(directory.join("plan.json")).stdin(Stdio::piped()).spawn().unwrap()
}
