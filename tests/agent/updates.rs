//! From an offer to a restart.

use crate::fixture::{Agent, BOARD, RUNNING, Start, WELL};
use borne_gateway_api::update::{Hours, Outcome, Update};
use borne_ipc::{AgentEvent, AgentOrder, Answer, Terminal};
use std::fs;

const NEWER: &str = "20261125.1";

#[test]
fn it_reports_what_runs_and_what_is_right() {
    let agent = Agent::start(&Start::default());
    agent.terminal(WELL);
    let report = agent.reports();
    assert_eq!(
        (report.board.as_str(), report.slot.as_str(), report.version.to_string().as_str()),
        (BOARD, "A", RUNNING)
    );
    assert!(report.confirmed && report.units && report.last.is_none());
}

#[test]
fn a_failed_unit_is_reported() {
    let agent = Agent::prepare(&Start::default());
    agent.failed_units("kiosk-egress.service loaded failed failed Borne: egress\n");
    let mut agent = agent;
    agent.launch();
    agent.greet();
    agent.terminal(WELL);
    assert!(!agent.reports().units);
}

#[test]
fn an_update_is_written_shown_and_started_only_when_the_supervisor_says_so() {
    let agent = Agent::start(&Start::default());
    let root = agent.bundle("new.raucb", BOARD, NEWER, "town");
    let before = agent.slot("root-a");
    agent.terminal(WELL);
    let _first = agent.reports();
    agent.offer(7, NEWER, "new.raucb");
    let mut seen = vec![];
    loop {
        let percent = agent.says("progress", |event| match event {
            AgentEvent::Progress(percent) => Some(percent),
            _ => None,
        });
        seen.push(percent);
        // Somebody taps while it is written: the writing goes on, and nothing is asked of that
        // person.
        if seen.len() == 1 {
            agent.terminal(Terminal { resting: false, ..WELL });
        }
        if percent.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|a, b| b.is_none() || a <= b), "{seen:?}");
    let report = agent.reports_outcome(Outcome::Installed);
    assert_eq!(
        report.last.map(|last| (last.offer, last.version)),
        Some((7, NEWER.parse().unwrap()))
    );
    assert_eq!(agent.slot("root-b")[..root.len()], root, "the other slot holds the new root");
    assert_eq!(agent.slot("root-a"), before, "the running slot is as it was");
    assert!(agent.bootloader().contains("set-primary B"));
    assert!(!agent.restart_file(), "nobody has allowed a restart");
    agent.order(&AgentOrder::Restart);
    agent.waits_for_restart_file();
}

#[test]
fn nothing_is_fetched_while_somebody_is_logged_in() {
    let mut agent = Agent::start(&Start::default());
    agent.bundle("new.raucb", BOARD, NEWER, "town");
    agent.terminal(Terminal { resting: false, ..WELL });
    agent.offer(7, NEWER, "new.raucb");
    agent.settle();
    agent.terminal(Terminal { resting: false, ..WELL });
    agent.settle();
    assert!(!agent.rauc().contains("info"), "{}", agent.rauc());
    // The same offer, when that person has gone.
    agent.terminal(WELL);
    agent.reports_outcome(Outcome::Installed);
    assert!(agent.rauc().contains("info"));
}

#[test]
fn outside_its_hours_an_update_waits() {
    let mut agent = Agent::start(&Start::default());
    agent.bundle("new.raucb", BOARD, NEWER, "town");
    agent.terminal(WELL);
    // The hour that begins in twelve hours, whatever time it is.
    let now = minute_of_day();
    let update = |(from, to)| {
        let url = "https://localhost:1/new.raucb".to_owned();
        let update = Update {
            offer: 7,
            version: NEWER.parse().unwrap(),
            url,
            manifest_sha256: None,
            hours: Some(Hours { from, to }),
        };
        AgentOrder::Answer(Answer::Heard(Some(update)))
    };
    let then = (now + 720) % 1440;
    agent.order(&update((then, (then + 60) % 1440)));
    agent.settle();
    assert!(!agent.rauc().contains("info"), "{}", agent.rauc());
    agent.terminal(WELL);
    agent.order(&update(((now + 1380) % 1440, (now + 60) % 1440)));
    // It is tried (and fails, since nobody listens there), which is what the hours allow.
    agent.reports_outcome(Outcome::Failed);
    assert!(agent.rauc().contains("info"));
}

#[test]
fn the_version_before_says_that_an_update_came_back() {
    let mut agent = Agent::start(&Start::default());
    agent.bundle("new.raucb", BOARD, NEWER, "town");
    agent.terminal(WELL);
    agent.offer(7, NEWER, "new.raucb");
    agent.reports_outcome(Outcome::Installed);
    // A power cut before the trial: the bootloader still leads there, so it is still to come.
    agent.launch();
    agent.greet();
    agent.terminal(WELL);
    assert_eq!(agent.reports().last.map(|last| last.outcome), Some(Outcome::Installed));
    agent.offer(7, NEWER, "new.raucb");
    agent.wishes_restart(true);
    // After the trials the bootloader leads to A again, and A runs.
    fs::write(agent.directory.join("slots/primary"), "A").unwrap();
    agent.launch();
    agent.greet();
    agent.terminal(WELL);
    assert_eq!(agent.reports().last.map(|last| last.outcome), Some(Outcome::Returned));
    // And it is not tried again, unless it is offered anew.
    agent.offer(7, NEWER, "new.raucb");
    agent.settle();
    let asked = agent.rauc().matches("info").count();
    agent.terminal(WELL);
    agent.offer(8, NEWER, "new.raucb");
    agent.reports_outcome(Outcome::Installed);
    assert_eq!(agent.rauc().matches("info").count(), asked + 1);
}

fn minute_of_day() -> u16 {
    let output = std::process::Command::new("date").arg("+%H %M").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut parts = text.split_whitespace().map(|part| part.parse::<u16>().unwrap());
    parts.next().unwrap() * 60 + parts.next().unwrap()
}
