//! The supervisor between the agent and the gateway. The test is the agent: a process of its user
//! on the real socket.

use borne_gateway_api::update::{Hours, LastUpdate, Outcome};
use borne_harness::agents::agent;
use borne_harness::settings::Settings;
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::world::world;
use borne_harness::{touch, wait_for};
use borne_ipc::{AgentEvent, AgentOrder, Answer, Group, Report, Role, frame, paths};
use rustix::process::{Gid, Uid};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Connects as the agent: a thread has a user of its own, and the socket takes it at this moment.
fn connect(socket: PathBuf) -> UnixStream {
    let as_agent = std::thread::spawn(move || {
        let (uid, gid) = (Uid::from_raw(Role::Agent.uid()), Gid::from_raw(Group::Ipc.gid()));
        rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
        rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
        UnixStream::connect(&socket)
    });
    let stream = as_agent.join().unwrap().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn say(stream: &UnixStream, event: &AgentEvent) {
    frame::write(stream, event).unwrap();
}

#[track_caller]
fn hear<T>(stream: &UnixStream, pick: impl Fn(AgentOrder) -> Option<T>) -> T {
    loop {
        if let Some(found) = pick(frame::read(stream).unwrap()) {
            return found;
        }
    }
}

#[test]
fn the_supervisor_hands_reports_on_and_lets_the_terminal_restart_only_when_nobody_is_there() {
    let world = world(Settings::default());
    let socket = paths::supervisor_socket(&world.terminal.run_dir());
    let stream = connect(socket);
    say(&stream, &AgentEvent::Ready);
    let well = |order| match order {
        AgentOrder::Terminal(t) => {
            (t.resting && t.screen && t.egress && t.reader && t.gateway && t.browser).then_some(())
        }
        _ => None,
    };
    hear(&stream, well);
    let last = LastUpdate {
        offer: 1,
        version: "20261124.1".parse().unwrap(),
        outcome: Outcome::Confirmed,
    };
    let report = AgentEvent::Report(Report {
        board: "borne-rpi4".to_owned(),
        slot: "B".to_owned(),
        version: "20261124.1".parse().unwrap(),
        confirmed: true,
        units: true,
        last: Some(last),
    });
    let answer = |order| match order {
        AgentOrder::Answer(answer) => Some(answer),
        _ => None,
    };
    say(&stream, &report);
    assert_eq!(hear(&stream, answer), Answer::Heard(None));
    let list = world.hall.bornectl(&["terminal", "list"], "").unwrap();
    let line =
        list.lines().find(|line| line.contains("borne-rpi4")).unwrap_or_else(|| panic!("{list}"));
    assert!(line.contains("20261124.1") && line.contains(" ok "), "{line}");
    let name = line.split_whitespace().next().unwrap();
    let url = "https://maj.mairie.example/borne-rpi4.raucb";
    world
        .hall
        .bornectl(&["update", "offer", "20261125.1", url, "--hours", "22:00-05:00", name], "")
        .unwrap();
    say(&stream, &report);
    let Answer::Heard(Some(update)) = hear(&stream, answer) else { panic!("nothing is offered") };
    assert_eq!(
        (update.version.to_string().as_str(), update.url.as_str(), update.hours),
        ("20261125.1", url, Some(Hours { from: 1320, to: 300 }))
    );
    world.hall.bornectl(&["update", "withdraw", name], "").unwrap();

    // Somebody is there: the wish waits for the end of the session.
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("a.martin"));
    hear(&stream, |order| matches!(order, AgentOrder::Terminal(t) if !t.resting).then_some(()));
    say(&stream, &AgentEvent::WantsRestart(true));
    say(&stream, &report);
    // Its answer comes after whatever the wish would have brought.
    hear(&stream, |order| match order {
        AgentOrder::Restart => panic!("a restart in the middle of a session"),
        order => answer(order),
    });
    assert_eq!(world.terminal.state().as_deref(), Some("Active"));
    // Not `log_out`: the terminal does not come to rest in between.
    let button = visit.wait_for_picture("the Logout button", SCREEN, touch::logout);
    visit.click(button);
    hear(&stream, |order| (order == AgentOrder::Restart).then_some(()));
    world.terminal.wait_for_state("OutOfService", SCREEN);
    // Nobody is let in any more, until the agent goes away without having restarted.
    let log = world.terminal.log_length();
    world.terminal.reader().lift();
    world.terminal.lay(&agent("a.martin"));
    world.terminal.reader().wait_for_commands(6);
    assert!(!world.states(log).contains(&"Reading".to_owned()));
    world.terminal.reader().lift();
    drop(stream);
    wait_for("service again", SCREEN, || world.terminal.state().as_deref() == Some("Idle"));
}
