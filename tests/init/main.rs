//! What the other tests stand on: `borne-init` keeps its word, and the eyes and hands see and reach
//! the compositor.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod screen;

use borne_harness::init::{Directory, Plan, Socket, Status, Unit};
use borne_harness::processes::{alive, kill, name};
use borne_harness::{programs, wait_for};
use borne_ipc::Role;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(5);

/// An init in a directory of its own, ended with the test.
struct Init {
    directory: PathBuf,
    child: Child,
}

impl Init {
    fn start(name: &str, units: Vec<Unit>) -> Self {
        let directory = PathBuf::from(format!("/var/tmp/borne/init-{}-{name}", std::process::id()));
        fs::create_dir_all(directory.join("log")).unwrap();
        let owner = Role::Compositor.uid();
        let run = Directory { path: directory.join("run"), uid: owner, gid: owner, mode: 0o2750 };
        let status = directory.join("status.json");
        let plan = Plan {
            lock: None,
            directories: vec![run],
            log_dir: directory.join("log"),
            status,
            units,
        };
        fs::write(directory.join("plan.json"), serde_json::to_vec(&plan).unwrap()).unwrap();
        let mut command = Command::new(programs::program("borne-init"));
        let child = command.arg(directory.join("plan.json")).stdin(Stdio::piped()).spawn().unwrap();
        Self { directory, child }
    }

    fn pid(&self, unit: &str) -> i32 {
        wait_for(&format!("{unit} runs"), SOON, || self.line(unit).1.ok_or_else(|| self.line(unit)))
    }

    fn line(&self, unit: &str) -> (u32, Option<i32>) {
        let status = Status::read(&self.directory.join("status.json"));
        status.units.get(unit).map_or((0, None), |line| (line.starts, line.pid))
    }

    fn proc_status(&self, unit: &str) -> String {
        let pid = self.pid(unit);
        wait_for("the program itself", SOON, || {
            let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            if text.starts_with("Name:\tsleep") { Ok(text) } else { Err(text) }
        })
    }
}

impl Drop for Init {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        wait_for("the end of borne-init", SOON, || self.child.try_wait().unwrap());
        fs::remove_dir_all(&self.directory).unwrap();
    }
}

fn sleeper(name: &str, role: Role) -> Unit {
    let mut unit = Unit::of(role, name, "/usr/bin/sleep".as_ref());
    unit.argv.push("1000".to_owned());
    unit
}

#[test]
fn a_unit_has_its_user_its_groups_and_no_more_than_its_capabilities() {
    let mut supervisor = sleeper("supervisor", Role::Supervisor);
    supervisor.capabilities = vec!["kill".to_owned()];
    let init = Init::start(
        "users",
        vec![supervisor, sleeper("shell", Role::Shell), sleeper("browser", Role::Browser)],
    );
    let shell = init.proc_status("shell");
    for line in [
        "Uid:\t60902\t60902\t60902\t60902",
        "Groups:\t60920 60921 ",
        "NoNewPrivs:\t1",
        "Umask:\t0007",
    ] {
        assert!(shell.contains(line), "{line} in {shell}");
    }
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert!(shell.contains(&format!("{set}:\t0000000000000000")), "{set} in {shell}");
        // CAP_KILL is 5 (capabilities(7)).
        let supervisor = init.proc_status("supervisor");
        assert!(supervisor.contains(&format!("{set}:\t0000000000000020")), "{set} in {supervisor}");
    }
    assert!(
        init.proc_status("browser").contains("Groups:\t \n"),
        "the browser has no group but its own"
    );
    let limits = fs::read_to_string(format!("/proc/{}/limits", init.pid("shell"))).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
}

#[test]
fn what_dies_is_started_again() {
    let init = Init::start("again", vec![sleeper("reader", Role::Reader)]);
    for life in 1..4 {
        let pid = init.pid("reader");
        assert_eq!(init.line("reader").0, life);
        kill(pid);
        wait_for("another life", SOON, || init.line("reader").0 > life);
    }
}

#[test]
fn a_unit_waits_for_what_it_needs() {
    let mut late = sleeper("late", Role::Reader);
    let needed = PathBuf::from(format!("/var/tmp/borne/init-{}-needed", std::process::id()));
    late.after = Some(needed.clone());
    let init = Init::start("after", vec![late, sleeper("early", Role::Reader)]);
    init.pid("early");
    assert_eq!(init.line("late"), (0, None));
    fs::write(&needed, "").unwrap();
    init.pid("late");
    fs::remove_file(needed).unwrap();
}

#[test]
fn nothing_is_left_when_the_parent_goes() {
    let mut shell = Unit::of(Role::Shell, "daemon", "/bin/sh".as_ref());
    // A grandchild that leaves its session and ignores the polite signal: only a subreaper finds
    // it.
    shell.argv.extend(["-c", "trap '' TERM; setsid sleep 1001 & echo $!; wait"].map(str::to_owned));
    let init = Init::start("nothing", vec![shell]);
    let pid = init.pid("daemon");
    let grandchild: i32 = wait_for("the grandchild", SOON, || {
        fs::read_to_string(init.directory.join("log/daemon.log")).ok()?.trim().parse().ok()
    });
    drop(init);
    assert!(!alive(pid) && !alive(grandchild), "{pid} and {grandchild} are gone");
}

#[test]
fn a_connection_starts_an_instance_that_has_it_and_dies_with_the_unit_it_is_bound_to() {
    let path = PathBuf::from(format!("/var/tmp/borne/init-{}-start.sock", std::process::id()));
    // Not the browser's user: a terminal that another test has just ended may still kill whatever
    // has that one.
    let mut cage = Unit::of(Role::Reader, "cage", "/bin/sh".as_ref());
    // It answers on its standard input, which is the connection, and stays.
    cage.argv.extend(["-c", "id -u >&0; exec sleep 1002"].map(str::to_owned));
    cage.accepts = Some(Socket { path: path.clone(), uid: Role::Supervisor.uid(), mode: 0o600 });
    cage.bound_to = Some("supervisor".to_owned());
    let init = Init::start("sockets", vec![sleeper("supervisor", Role::Supervisor), cage]);
    let supervisor = init.pid("supervisor");
    assert_eq!(init.line("cage"), (0, None), "it waits for a connection");
    let made = fs::metadata(&path).unwrap();
    assert_eq!((made.uid(), made.mode() & 0o777), (Role::Supervisor.uid(), 0o600));
    for start in 1..3 {
        let mut link = UnixStream::connect(&path).unwrap();
        link.set_read_timeout(Some(SOON)).unwrap();
        let mut answer = [0; 6];
        link.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"60901\n");
        let instance = init.pid("cage");
        assert_eq!(init.line("cage").0, start);
        if start == 1 {
            kill(instance);
            assert_eq!(link.read(&mut answer).unwrap(), 0, "the connection ends with it");
            wait_for("no other one", SOON, || init.line("cage") == (1, None));
        } else {
            kill(supervisor);
            wait_for("its end with the supervisor", SOON, || !alive(instance));
            assert_eq!(link.read(&mut answer).unwrap(), 0);
        }
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn units_die_with_an_init_that_is_killed() {
    let mut init = Init::start("killed", vec![sleeper("reader", Role::Reader)]);
    let pid = init.pid("reader");
    // Before its own program runs, setpriv may not yet have asked to die with its parent.
    wait_for("the unit's program", SOON, || match name(pid) {
        name if name == "sleep" => Ok(()),
        name => Err(name),
    });
    init.child.kill().unwrap();
    wait_for("the end of the unit", SOON, || !alive(pid));
    init.child.wait().unwrap();
}
