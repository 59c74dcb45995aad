//! Each process of ours has given up what it does not need: seen from outside in /proc, and tried
//! by making the running process itself make calls that it must not make.

use borne_harness::agents::agent;
use borne_harness::settings::Settings;
use borne_harness::visit::Visit;
use borne_harness::world::{World, say, world};
use borne_harness::{processes, programs, report, wait_for};
use borne_ipc::Role;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const EPERM: i64 = -1;
const EACCES: i64 = -13;
const ENOSYS: i64 = -38;

/// Name, least number of filters on top of each other, most open files.
const UNITS: [(&str, u32, u64); 5] = [
    ("supervisor", 2, 1024),
    ("reader", 2, 64),
    ("shell", 2, 512),
    ("egress", 2, 1024),
    ("panel", 2, 64),
];

struct Confined {
    name: &'static str,
    pid: i32,
    filters: u32,
    files: u64,
    /// Ours, so it may make itself undumpable.
    ours: bool,
}

fn everyone(world: &World) -> Vec<Confined> {
    let status = world.terminal.status();
    let mut all: Vec<Confined> = UNITS
        .iter()
        .map(|&(name, filters, files)| {
            let pid = status
                .units
                .get(name)
                .and_then(|unit| unit.pid)
                .unwrap_or_else(|| panic!("{name} does not run"));
            Confined { name, pid, filters, files, ours: true }
        })
        .collect();
    let gateway = world.hall.gateway().expect("a gateway");
    all.push(Confined { name: "gateway", pid: gateway, filters: 2, files: 65_536, ours: true });
    // Two of kiosk-cage are below each of the browser's; the browser's two are below WebKit's.
    for (name, role, comm, filters, files, ours) in [
        ("wayland-filter", Role::WaylandFilter, "kiosk-wayland-f", 2, 512, true),
        ("browser", Role::Browser, "kiosk-browser", 4, 4096, true),
        ("network process", Role::Browser, "WebKitNetworkPr", 6, 1024, false),
        ("web process", Role::Browser, "WebKitWebProces", 5, 4096, false),
    ] {
        let pid = wait_for(name, Duration::from_secs(20), || {
            world.terminal.processes_of(role).into_iter().find(|pid| processes::name(*pid) == comm)
        });
        all.push(Confined { name, pid, filters, files, ours });
    }
    all
}

#[test]
fn of_each_process_is_seen_from_outside() {
    let world = world(Settings::default());
    let attempt = report::attempt(
        53,
        "core files: the limit of every process in a session, and that ours may not be dumped",
    );
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("k.traore"));
    for process in everyone(&world) {
        let status = fs::read_to_string(format!("/proc/{}/status", process.pid))
            .expect("look at the process");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
            line.map(str::trim).unwrap_or_default().to_owned()
        };
        let name = process.name;
        assert_eq!(field("NoNewPrivs"), "1", "{name} may gain privileges");
        assert_eq!(field("Seccomp"), "2", "{name} has no filter");
        let filters: u32 = field("Seccomp_filters").parse().unwrap();
        assert!(filters >= process.filters, "{name} has {filters} filters");
        most(&process, "Max core file size", 1);
        most(&process, "Max locked memory", 0);
        most(&process, "Max open files", process.files);
        if process.ours {
            // proc(5): what may not be dumped belongs to root, whoever runs it.
            let owner = fs::metadata(format!("/proc/{}/environ", process.pid))
                .expect("look at its files")
                .uid();
            assert_eq!(owner, 0, "{name} may be dumped");
        }
    }
    visit.log_out();
    attempt.held();
}

fn most(process: &Confined, limit: &str, most: u64) {
    let limits = fs::read_to_string(format!("/proc/{}/limits", process.pid)).expect("its limits");
    let line = limits.lines().find_map(|line| line.strip_prefix(limit)).expect("the limit's line");
    for value in line.split_whitespace().take(2) {
        let value: u64 = value.parse().unwrap_or(u64::MAX);
        assert!(value <= most, "{}: {limit} is {value}, more than {most}", process.name);
    }
}

/// A file that everybody may read and that is in no process's business.
struct Public(std::path::PathBuf);

impl Public {
    fn make(world: &World) -> Self {
        let path = world.terminal.directory().join("public");
        fs::write(&path, "for everybody").expect("write a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644))
            .expect("let everybody read it");
        Self(path)
    }
}

#[test]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "registers are written by hand for x86-64 only")]
fn holds_when_the_running_process_itself_makes_the_call() {
    let world = world(Settings { watched: false, ..Settings::default() });
    let attempt = report::attempt(
        55,
        "execve, unshare, mount, packet sockets and files of others, in each of our running processes itself",
    );
    let public = Public::make(&world);
    let control = Waiting::start();
    // The control: the same calls in a process of an ordinary user get through to the kernel's own
    // checks.
    assert!(open(control.pid(), &public.0) >= 0, "everybody may read {}", public.0.display());
    for (call, arguments) in FORBIDDEN {
        assert_ne!(made(control.pid(), call, arguments), ENOSYS, "{call} outside");
    }
    for process in everyone(&world).iter().filter(|process| process.ours) {
        let (name, pid) = (process.name, process.pid);
        assert!(made(pid, "getpid", &[]) > 0, "{name} makes the calls it is told to");
        // WebKit in it builds a cage for each page.
        if name != "browser" {
            for (call, arguments) in FORBIDDEN {
                assert_eq!(made(pid, call, arguments), ENOSYS, "{name}: {call}");
            }
            assert_eq!(
                open(pid, &public.0),
                EACCES,
                "{name} opens a file that is not its business"
            );
        }
        let packet = made(pid, "socket", &["17", "3", "0"]);
        assert!([ENOSYS, EPERM].contains(&packet), "{name}: a packet socket: {packet}");
    }
    say("confinement: every process refuses, each tried in the running process itself");
    attempt.held();
}

#[test]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "registers are written by hand for x86-64 only")]
fn ends_a_process_that_makes_a_call_of_an_exploit() {
    let world = world(Settings { watched: false, ..Settings::default() });
    let attempt = report::attempt(
        55,
        "bpf(2) in the running reader, shell, egress and panel: it is ended, the terminal comes back",
    );
    let control = Waiting::start();
    let outside = made_or_ended(control.pid(), "bpf", &["0", "0", "0"]);
    assert!(outside.parse::<i64>().is_ok(), "outside the kernel answers: {outside}");
    for name in ["reader", "shell", "egress", "panel"] {
        let unit = world.terminal.status().units.get(name).cloned().expect("a unit");
        let said = made_or_ended(unit.pid.expect("it runs"), "bpf", &["0", "0", "0"]);
        assert!(said.contains("signal 31"), "{name}: {said}");
        wait_for(&format!("{name} started again"), Duration::from_secs(10), || {
            let now = world.terminal.status().units.get(name).cloned().expect("a unit");
            now.starts > unit.starts && now.pid.is_some()
        });
        world.rest();
    }
    attempt.held();
}

/// Not in the list of any process but those that build the cage. A null program or namespace is
/// refused by the kernel itself, in other words.
const FORBIDDEN: [(&str, &[&str]); 3] = [
    ("execve", &["0", "0", "0"]),
    ("unshare", &["268435456"]),
    ("mount", &["0", "0", "0", "0", "0"]),
];

fn open(pid: i32, path: &Path) -> i64 {
    made(pid, "openat", &["-100", &format!("@{}", path.display()), "0"])
}

fn made(pid: i32, call: &str, arguments: &[&str]) -> i64 {
    let said = made_or_ended(pid, call, arguments);
    said.parse().unwrap_or_else(|_| panic!("{call} in {}: {said}", processes::name(pid)))
}

fn made_or_ended(pid: i32, call: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(programs::program("borne-intruder"));
    let output = command
        .args(["--inject", &pid.to_string(), call])
        .args(arguments)
        .output()
        .expect("inject a call");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A process of nobody in particular that waits to read.
struct Waiting(Child);

impl Waiting {
    fn start() -> Self {
        let mut command = Command::new("setpriv");
        let user = ["--reuid=60999", "--regid=60999", "--clear-groups", "--", "cat"];
        let child = command
            .args(user)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("start cat");
        let waiting = Self(child);
        // /proc/PID/syscall: number of the call it is in; 0 is read(2).
        wait_for("cat to wait", Duration::from_secs(10), || {
            let call =
                fs::read_to_string(format!("/proc/{}/syscall", waiting.pid())).unwrap_or_default();
            processes::name(waiting.pid()) == "cat" && call.starts_with("0 ")
        });
        waiting
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.0.id()).unwrap()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}
