//! The shipped `kiosk-cage`, started as the init would: for whom it goes on, and for whom not. That
//! the cage itself holds is tests/security's to show.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use borne_harness::{programs, wait_for};
use borne_ipc::{CageEvent, CageOrder, Group, Role, frame};
use rustix::process::Uid;
use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
/// What bubblewrap says of an authority's file that is not there: the proof that it was started.
const BUBBLEWRAP: &str = "bwrap: Can't find source path /nowhere/ca.pem";

/// A directory with the program in it, executable by everybody, and a socket.
struct Place(PathBuf);

impl Place {
    fn make(name: &str) -> Self {
        let directory = PathBuf::from(format!("/var/tmp/borne/cage-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        programs::install(&["kiosk-cage"], &directory);
        Self(directory)
    }

    /// A connection that a process of this user has made: the caller's end, and the one that was
    /// accepted.
    fn called_by(&self, user: u32) -> (UnixStream, UnixStream) {
        let path = self.0.join("start.sock");
        let _none_there = fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        let caller = std::thread::spawn(move || {
            let uid = Uid::from_raw(user);
            rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
            UnixStream::connect(path).unwrap()
        });
        let accepted = listener.accept().unwrap().0;
        let caller = caller.join().unwrap();
        caller.set_read_timeout(Some(SOON)).unwrap();
        (caller, accepted)
    }

    /// Started with these words of setpriv(1), for this connection.
    fn start(&self, rights: &[String], link: UnixStream) -> Child {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).args(rights).arg("--").arg(self.0.join("kiosk-cage"));
        let command = command.env_clear().env("PATH", "/usr/bin:/usr/sbin").env("NO_COLOR", "1");
        let command = command.stdin(Stdio::from(OwnedFd::from(link))).stderr(Stdio::piped());
        command.spawn().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _not_there = fs::remove_dir_all(&self.0);
    }
}

/// As its unit has it.
fn as_browser() -> Vec<String> {
    as_user(Role::Browser.uid(), &["--clear-groups", "--inh-caps=-all", "--bounding-set=-all"])
}

fn as_user(uid: u32, more: &[&str]) -> Vec<String> {
    let user = [format!("--reuid={uid}"), format!("--regid={uid}")];
    user.into_iter().chain(more.iter().map(|word| (*word).to_owned())).collect()
}

/// Whether it ended well, and what it has said.
fn end(mut child: Child) -> (bool, String) {
    let status = wait_for("its end", SOON, || child.try_wait().unwrap());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (status.success(), said)
}

fn order(display: &str) -> CageOrder {
    CageOrder { display: display.to_owned(), ca: "/nowhere/ca.pem".into() }
}

#[test]
fn it_becomes_bubblewrap_when_the_supervisor_says_so_and_not_before() {
    let place = Place::make("order");
    let (supervisor, accepted) = place.called_by(Role::Supervisor.uid());
    let mut child = place.start(&as_browser(), accepted);
    assert_eq!(frame::read::<CageEvent>(&supervisor).unwrap(), CageEvent::Here);
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    frame::write(&supervisor, &order("wayland-1")).unwrap();
    let (_, said) = end(child);
    assert!(said.contains("confined process=\"cage\"") && said.contains(BUBBLEWRAP), "{said}");
}

#[test]
fn it_goes_on_as_nobody_but_the_browsers_user_without_any_right() {
    let place = Place::make("rights");
    let browser = Role::Browser.uid();
    let ipc = format!("--groups={}", Group::Ipc.gid());
    for (what, rights, why) in [
        ("root", vec![], "runs as user 0"),
        ("another user", as_user(Role::Reader.uid(), &["--clear-groups"]), "runs as user 60901"),
        ("a group more", as_user(browser, &[&ipc]), "in group 60920"),
        (
            "a capability",
            as_user(browser, &["--clear-groups", "--inh-caps=+kill", "--ambient-caps=+kill"]),
            "has capabilities",
        ),
        (
            "an inheritable capability",
            as_user(browser, &["--clear-groups", "--inh-caps=+kill"]),
            "has capabilities",
        ),
    ] {
        let (supervisor, accepted) = place.called_by(Role::Supervisor.uid());
        let (well, said) = end(place.start(&rights, accepted));
        assert!(!well && said.contains(why), "{what}: {said}");
        assert!(frame::read::<CageEvent>(&supervisor).is_err(), "{what}: it said that it is here");
    }
}

#[test]
fn it_goes_on_for_nobody_but_the_supervisor() {
    let place = Place::make("callers");
    for caller in [0, Role::Shell.uid(), Role::Browser.uid(), 60999] {
        let (link, accepted) = place.called_by(caller);
        let (well, said) = end(place.start(&as_browser(), accepted));
        assert!(!well && said.contains(&format!("user {caller} called")), "{said}");
        assert!(frame::read::<CageEvent>(&link).is_err(), "user {caller}: it said that it is here");
    }
}

/// The init may be slow: what the supervisor has given up before the program even began must come
/// to nothing.
#[test]
fn it_ends_for_a_supervisor_that_has_hung_up() {
    let place = Place::make("late");
    let (supervisor, accepted) = place.called_by(Role::Supervisor.uid());
    drop(supervisor);
    let (_, said) = end(place.start(&as_browser(), accepted));
    assert!(!said.contains("bwrap"), "closed before it began: {said}");

    let (supervisor, accepted) = place.called_by(Role::Supervisor.uid());
    supervisor.shutdown(Shutdown::Write).unwrap();
    let (well, said) = end(place.start(&as_browser(), accepted));
    assert!(well && !said.contains("bwrap"), "half closed before it began: {said}");
    assert_eq!(frame::read::<CageEvent>(&supervisor).unwrap(), CageEvent::Here);
    assert_eq!((&supervisor).read(&mut [0]).unwrap(), 0, "its end of the connection is the sign");

    let (supervisor, accepted) = place.called_by(Role::Supervisor.uid());
    let child = place.start(&as_browser(), accepted);
    assert_eq!(frame::read::<CageEvent>(&supervisor).unwrap(), CageEvent::Here);
    drop(supervisor);
    let (_, said) = end(child);
    assert!(!said.contains("bwrap"), "closed while it waited: {said}");
}

#[test]
fn it_takes_no_other_word_than_the_order() {
    let place = Place::make("words");
    let frame_of = |text: &str| {
        [&u32::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes()].concat()
    };
    let json = |display: &str| serde_json::to_string(&order(display)).unwrap();
    let with_more = json("wayland-1").replacen('{', "{\"env\":\"LD_PRELOAD\",", 1);
    for bytes in [
        frame_of(&json("")),
        frame_of(&json("..")),
        frame_of(&json("../wayland/wayland-1")),
        frame_of(&json("/run/borne/wayland/wayland-1")),
        frame_of(&with_more),
        frame_of("\"Here\""),
        frame_of("{}"),
        frame_of("\u{0}"),
        u32::MAX.to_le_bytes().to_vec(),
    ] {
        let (supervisor, accepted) = place.called_by(Role::Supervisor.uid());
        let child = place.start(&as_browser(), accepted);
        assert_eq!(frame::read::<CageEvent>(&supervisor).unwrap(), CageEvent::Here);
        (&supervisor).write_all(&bytes).unwrap();
        let (well, said) = end(child);
        assert!(!well && !said.contains("bwrap"), "{}: {said}", String::from_utf8_lossy(&bytes));
    }
}
