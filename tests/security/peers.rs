//! A peer of the supervisor that is not our program any more: it has the right user and says what
//! it must not say, or not now. It is ended, and the terminal goes on.

use borne_harness::settings::Settings;
use borne_harness::world::{World, say, world};
use borne_harness::{processes, programs, report, wait_for};
use borne_ipc::frame::encode;
use borne_ipc::{
    Card, EgressEvent, PanelEvent, PanelHealth, ReaderEvent, Role, Secret, ShellEvent, paths,
};
use rustix::process::{Gid, Pid, Signal, Uid};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

/// Connects as a user: a thread's own business (setresuid(2) of one thread), so the thread ends
/// afterwards.
fn connect_as(world: &World, uid: u32) -> std::io::Result<UnixStream> {
    let path = paths::supervisor_socket(&world.terminal.run_dir());
    let connect = move || {
        let (user, group) = (Uid::from_raw(uid), Gid::from_raw(borne_ipc::Group::Ipc.gid()));
        rustix::thread::set_thread_res_gid(group, group, group)?;
        rustix::thread::set_thread_res_uid(user, user, user)?;
        UnixStream::connect(path)
    };
    std::thread::spawn(connect).join().expect("connect")
}

/// Whether the supervisor closes the connection without a word to act on.
fn is_ended(mut socket: &UnixStream) -> bool {
    socket.set_read_timeout(Some(SOON)).expect("a deadline");
    let mut bytes = [0; 4096];
    loop {
        match socket.read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

fn frame(message: &impl serde::Serialize) -> Vec<u8> {
    encode(message).expect("a frame")
}

fn card(uid: &str) -> Vec<u8> {
    let (atqa, sak) = ("0344".to_owned(), "20".to_owned());
    frame(&ReaderEvent::Card(Card {
        uid: Secret::new(uid.to_owned()),
        atqa,
        sak,
        ats: String::new(),
    }))
}

fn pin(digits: &str) -> ShellEvent {
    ShellEvent::Pin { serial: 0, pin: Secret::new(digits.to_owned()) }
}

fn ready() -> Vec<u8> {
    frame(&ReaderEvent::Ready { device: "false".to_owned() })
}

fn panel_ready() -> Vec<u8> {
    frame(&PanelEvent::Ready(PanelHealth::default()))
}

fn presence() -> Vec<u8> {
    frame(&PanelEvent::Presence(true))
}

/// What no peer may send.
fn rubbish() -> Vec<(&'static str, Vec<u8>)> {
    let mut twice = frame(&"x");
    twice.extend(b"{}");
    vec![
        ("garbage", b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("a frame of two gigabytes", vec![0xff, 0xff, 0xff, 0x7f]),
        ("a frame just too long", 65_537_u32.to_le_bytes().to_vec()),
        ("no JSON", [4_u32.to_le_bytes().as_slice(), b"\xff\xfe\x00\x01"].concat()),
        ("an unknown word", frame(&"Unlock")),
        ("nested brackets", [60_000_u32.to_le_bytes().as_slice(), &[b'['; 60_000]].concat()),
        ("two messages in a frame", twice),
    ]
}

/// Takes the place of the real one, which dies whenever it is in it.
fn take_the_place(world: &World, unit: &str, role: Role) -> UnixStream {
    wait_for(&format!("the place of the {unit}"), SOON, || {
        let socket = connect_as(world, role.uid()).map_err(|error| error.to_string())?;
        // A connection that is one too many is closed at once.
        if stays_open(&socket) {
            return Ok(socket);
        }
        let real = world.terminal.status().units.get(unit).and_then(|unit| unit.pid);
        real.into_iter().for_each(processes::kill);
        Err("it is taken".to_owned())
    })
}

/// Nobody closes it for a while.
fn stays_open(mut socket: &UnixStream) -> bool {
    socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a deadline");
    match socket.read(&mut [0; 4096]) {
        Ok(length) => length > 0,
        Err(error) => error.kind() != std::io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn that_says_what_is_no_message_or_out_of_turn_is_ended() {
    let world = world(Settings::default());
    let attempt = report::attempt(
        55,
        "in the place of reader, shell, egress and panel: garbage, oversized frames, others' words, words out of turn",
    );
    let mut tried = 0;
    for (unit, role, good, out_of_turn) in [
        (
            "reader",
            Role::Reader,
            ready(),
            vec![
                ("a card before a device", card("04A1B2C3D4E5F6")),
                ("two devices", [ready(), ready()].concat()),
                ("two cards", [ready(), card("04A1B2C3D4E5F6"), card("04A1B2C3D4E5F7")].concat()),
                (
                    "a card lifted that was not laid",
                    [ready(), frame(&ReaderEvent::CardGone)].concat(),
                ),
                ("an impossible card number", [ready(), card("04A1'; --")].concat()),
                ("the shell's words", frame(&ShellEvent::Logout)),
            ],
        ),
        (
            "shell",
            Role::Shell,
            frame(&ShellEvent::Ready),
            vec![
                ("a PIN before it is ready", frame(&pin("483920"))),
                ("a PIN of letters", [frame(&ShellEvent::Ready), frame(&pin("admin!"))].concat()),
                (
                    "a PIN on a pad that nobody ordered",
                    [
                        frame(&ShellEvent::Ready),
                        frame(&ShellEvent::Pin {
                            serial: u64::MAX,
                            pin: Secret::new("483920".into()),
                        }),
                    ]
                    .concat(),
                ),
                (
                    "painted what nobody ordered",
                    [frame(&ShellEvent::Ready), frame(&ShellEvent::Painted { serial: u64::MAX })]
                        .concat(),
                ),
                ("the reader's words", ready()),
            ],
        ),
        (
            "egress",
            Role::Egress,
            frame(&EgressEvent::Ready),
            vec![(
                "ready twice",
                [frame(&EgressEvent::Ready), frame(&EgressEvent::Ready)].concat(),
            )],
        ),
        (
            "panel",
            Role::Panel,
            panel_ready(),
            vec![
                ("somebody before it is ready", frame(&PanelEvent::Presence(true))),
                ("ready twice", [panel_ready(), panel_ready()].concat()),
                ("somebody who comes twice", [panel_ready(), presence(), presence()].concat()),
                ("a card", [panel_ready(), card("04A1B2C3D4E5F6")].concat()),
                ("the shell's words", [panel_ready(), frame(&pin("483920"))].concat()),
            ],
        ),
    ] {
        for (what, bytes) in rubbish().into_iter().chain(out_of_turn) {
            let socket = take_the_place(&world, unit, role);
            (&socket).write_all(&bytes).expect("say it");
            assert!(is_ended(&socket), "{unit}: {what} is listened to");
            tried += 1;
        }
        // The control: who says what it may say in that place is not ended.
        let socket = take_the_place(&world, unit, role);
        (&socket).write_all(&good).expect("say it");
        assert!(stays_open(&socket), "{unit}: nobody is listened to");
        drop(socket);
        world.rest();
    }
    attempt.held();
    say(&format!("peers: {tried} ways to misbehave, each ended; the terminal invites again"));
}

#[test]
fn is_known_by_its_user_alone_and_only_once() {
    let world = world(Settings::default());
    // The control: the real reader is listened to, since the terminal invites.
    assert_eq!(world.terminal.state().as_deref(), Some("Idle"));
    for (who, uid) in [
        ("root", 0),
        ("somebody", 60999),
        ("the browser", Role::Browser.uid()),
        ("the wayland-filter", Role::WaylandFilter.uid()),
        ("the compositor", Role::Compositor.uid()),
        ("a second reader", Role::Reader.uid()),
        ("a second shell", Role::Shell.uid()),
        ("a second egress", Role::Egress.uid()),
        ("a second panel", Role::Panel.uid()),
    ] {
        let socket = connect_as(&world, uid).expect("the group opens the socket");
        let _closed_already = (&socket).write_all(&ready());
        assert!(is_ended(&socket), "{who} is listened to");
    }
    assert_eq!(world.terminal.state().as_deref(), Some("Idle"), "the real ones stay");
}

#[test]
fn that_stops_reading_does_not_hold_up_the_others() {
    let world = world(Settings::default());
    let shell =
        world.terminal.status().units.get("shell").and_then(|unit| unit.pid).expect("a shell");
    let pid = Pid::from_raw(shell).expect("a pid");
    rustix::process::kill_process(pid, Signal::STOP).expect("stop the shell");
    let mark = world.terminal.log_length();
    world.terminal.reader().unplug();
    world.wait_for_log(mark, "OutOfService", SOON);
    world.terminal.reader().plug();
    rustix::process::kill_process(pid, Signal::CONT).expect("let the shell go on");
    world.rest();
}

/// A script in the browser's place, in the cage: standard input is the socket to the supervisor.
fn put_in_place_of_the_browser(world: &World, says: &str) {
    let path = world.terminal.directory().join("bin/kiosk-browser");
    fs::remove_file(&path).expect("take the browser away");
    fs::write(&path, format!("#!/bin/sh\nprintf '{says}' >&0\nexec sleep 1000\n"))
        .expect("write the script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("make it executable");
    world.terminal.processes_of(Role::Browser).into_iter().for_each(processes::kill);
}

#[test]
fn in_the_browsers_place_is_killed_with_its_cage() {
    let world = world(Settings::default());
    let attempt = report::attempt(
        55,
        "in the browser's place: garbage, others' words, words out of turn to the supervisor",
    );
    let sleeper = || {
        world
            .terminal
            .processes_of(Role::Browser)
            .into_iter()
            .find(|pid| processes::name(*pid) == "sleep")
    };
    // The control: one that says what it may say stays.
    put_in_place_of_the_browser(&world, "\\007\\000\\000\\000\"Ready\"");
    let mark = world.terminal.log_length();
    let first = wait_for("the script", SOON, sleeper);
    world.wait_for_log(mark, "browser in standby", SOON * 2);
    assert!(
        borne_harness::try_wait_for("its end", Duration::from_secs(2), || !processes::alive(first))
            .is_err()
    );
    for (what, says) in [
        ("garbage", "GET / HTTP/1.1\\r\\n\\r\\n"),
        ("no word of its own", "\\010\\000\\000\\000\"Logout\""),
        ("opened without an order", "\\010\\000\\000\\000\"Opened\""),
        ("a page blocked where there is none", "\\011\\000\\000\\000\"Blocked\""),
        ("logged out without an order", "\\013\\000\\000\\000\"LoggedOut\""),
        ("ready twice", "\\007\\000\\000\\000\"Ready\"\\007\\000\\000\\000\"Ready\""),
    ] {
        let mark = world.terminal.log_length();
        put_in_place_of_the_browser(&world, says);
        // Twice started means once killed.
        let generations = || {
            world.terminal.log_since(mark).matches("confined process=\"wayland-filter\"").count()
        };
        wait_for(&format!("the end of a browser that says {what}"), SOON * 2, || {
            generations() >= 3
        });
    }
    attempt.held();
    programs::install(&["kiosk-browser"], &world.terminal.directory().join("bin"));
    world.terminal.processes_of(Role::Browser).into_iter().for_each(processes::kill);
    world.rest();
}
