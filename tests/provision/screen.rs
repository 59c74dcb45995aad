//! The supervisor of a terminal whose file is wrong: it shows that, and nothing else.

use crate::Card;
use crate::supervisor::Terminal;
use borne_harness::gateway::{Double, Wrong as Fault};
use borne_harness::{programs, wait_for};
use borne_ipc::frame;
use borne_ipc::{ProvisionFault, Role, Screen, ShellEvent, ShellOrder, Wrong, paths};
use rustix::process::{Gid, Resource, Rlimit, Uid, prlimit};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

#[test]
fn the_supervisor_shows_what_is_wrong_with_the_file() {
    let card = Card::with("[gateway]\n");
    card.start();
    let run = card.0.join("run/borne");
    let directory = run.join("supervisor");
    fs::create_dir_all(&directory).unwrap();
    for path in [&card.0, &card.0.join("run"), &run, &directory] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    chown(&directory, Some(Role::Supervisor.uid()), Some(Role::Supervisor.uid())).unwrap();
    programs::install(&["kiosk-supervisor"], &card.0.join("bin"));
    let mut supervisor = Command::new(card.0.join("bin/kiosk-supervisor"))
        .env_clear()
        .env("BORNE_RUN", &run)
        .env("BORNE_CONFIG", "/nowhere/terminal.toml")
        .uid(Role::Supervisor.uid())
        .gid(Role::Supervisor.uid())
        .spawn()
        .unwrap();
    let socket = paths::supervisor_socket(&run);
    // Its mode is the last thing it is given: before, it may be there and not listen yet.
    let ready =
        || fs::metadata(&socket).is_ok_and(|socket| socket.permissions().mode() & 0o777 == 0o660);
    wait_for("the supervisor to listen", SOON, ready);
    // Anybody may connect here, for this test: who connects is told by its user, which this thread
    // takes.
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
    let shell = std::thread::spawn(move || {
        let uid = Uid::from_raw(Role::Shell.uid());
        rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        frame::write(&stream, &ShellEvent::Ready).unwrap();
        frame::read::<ShellOrder>(&stream).unwrap()
    });
    let order = shell.join().unwrap();
    let _gone = supervisor.kill();
    let _reaped = supervisor.wait();
    let expected = Screen::Provision(ProvisionFault::new(0, "gateway.url", Wrong::MissingKey));
    assert!(
        matches!(order, ShellOrder::Show { screen, .. } if screen == expected),
        "the wrong screen"
    );
}

/// Its socket is the only way in: one that takes nobody any more, while the supervisor goes on, would
/// be a terminal that no part can come back to.
#[test]
fn a_supervisor_whose_socket_takes_nobody_any_more_ends_and_says_why() {
    let gateway = Double::start(&Fault::default());
    let terminal = Terminal::of("deaf", &gateway.authority(), gateway.port);
    let mut running = terminal.start();
    let socket = paths::supervisor_socket(&terminal.0.join("run"));
    wait_for("the supervisor to listen", SOON, || {
        fs::metadata(&socket).is_ok_and(|socket| socket.permissions().mode() & 0o777 == 0o660)
    });
    assert!(!running.has_ended(), "{}", terminal.read("log"));
    // Whatever it has open stays so; one more it does not get.
    let pid = running.pid();
    let limited = std::thread::spawn(move || {
        // A process of the same user may say so, and this thread becomes one.
        let (uid, gid) = (Role::Supervisor.uid(), Role::Supervisor.uid());
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
        rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        prlimit(Some(pid), Resource::Nofile, none).unwrap();
    });
    limited.join().unwrap();
    let _knock = UnixStream::connect(&socket).unwrap();
    wait_for(
        "its end",
        SOON,
        || {
            if running.has_ended() { Ok(()) } else { Err(terminal.read("log")) }
        },
    );
    terminal.wait_for_log("Too many open files");
}
