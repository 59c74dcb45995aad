//! A new slot proves itself, or is left.

use crate::fixture::{Agent, Start, WELL};
use borne_harness::wait_for;
use borne_ipc::{AgentEvent, AgentOrder, Terminal};
use std::time::Duration;

const TRIAL: &str = "current=B\ncommitted=A\ntrial=B 1\nunconfirmed=0\n";

fn asked(agent: &Agent, order: &str) -> bool {
    agent.bootloader().lines().any(|line| line == order)
}

fn confirmed(agent: &Agent) -> bool {
    asked(agent, "set-state B good")
}

#[test]
fn with_all_proofs_at_one_moment_it_is_confirmed() {
    let agent = Agent::start(&Start { slot: TRIAL, ..Start::default() });
    agent.says("that it must prove itself", |event| {
        (event == AgentEvent::Proving(true)).then_some(())
    });
    agent.terminal(WELL);
    wait_for("the confirmation", crate::fixture::SOON, || confirmed(&agent));
    agent.says("that it has", |event| (event == AgentEvent::Proving(false)).then_some(()));
    assert!(agent.reports().confirmed);
    assert!(!agent.restart_file());
}

#[test]
fn without_any_one_proof_it_goes_back_when_its_time_is_over() {
    let lacks = [
        ("the reader", Terminal { reader: false, ..WELL }, ""),
        ("the gateway", Terminal { gateway: false, ..WELL }, ""),
        ("the browser", Terminal { browser: false, ..WELL }, ""),
        ("a unit", WELL, "kiosk-egress.service loaded failed failed Borne: egress\n"),
        ("its root read", WELL, ""),
    ];
    for (what, terminal, units) in lacks {
        let mut agent = Agent::prepare(&Start { slot: TRIAL, trial_for: Duration::from_secs(172) });
        agent.failed_units(units);
        agent.root_is_read(what != "its root read");
        agent.launch();
        agent.greet();
        agent.terminal(terminal);
        agent.wishes_restart(true);
        assert!(!confirmed(&agent), "confirmed without {what}");
        assert!(asked(&agent, "set-state B bad"), "not condemned without {what}");
        assert!(!agent.restart_file(), "restarted unasked without {what}");
        // Too late: it is all there now.
        agent.failed_units("");
        agent.root_is_read(true);
        agent.terminal(WELL);
        agent.order(&AgentOrder::Restart);
        agent.waits_for_restart_file();
        assert!(!confirmed(&agent), "confirmed after its time, without {what}");
    }
}

#[test]
fn a_slot_whose_supervisor_never_comes_up_is_left() {
    let mut agent = Agent::prepare(&Start { slot: TRIAL, trial_for: Duration::from_secs(400) });
    // Nobody takes its connection.
    std::fs::remove_file(borne_ipc::paths::supervisor_socket(&agent.directory.join("run")))
        .unwrap();
    agent.launch();
    wait_for("the wish to restart", Duration::from_secs(60), || agent.restart_file());
    assert!(!confirmed(&agent));
}

#[test]
fn a_committed_slot_does_not_restart_because_something_is_missing() {
    let mut agent =
        Agent::prepare(&Start { trial_for: Duration::from_secs(400), ..Start::default() });
    agent.launch();
    agent.greet();
    agent.terminal(Terminal { reader: false, browser: false, ..WELL });
    assert!(agent.reports().confirmed);
    agent.order(&AgentOrder::Restart);
    agent.settle();
    assert!(!agent.restart_file() && !asked(&agent, "set-state A bad"));
}

#[test]
fn a_committed_slot_is_vouched_for_at_each_start_also_without_a_gateway() {
    let mut agent = Agent::prepare(&Start::default());
    agent.root_is_read(false);
    agent.launch();
    agent.greet();
    agent.terminal(Terminal { gateway: false, ..WELL });
    agent.settle();
    assert!(!asked(&agent, "set-state A good") && !agent.directory.join("run/agent/kept").exists());
    agent.root_is_read(true);
    wait_for("its word", crate::fixture::SOON, || agent.directory.join("run/agent/kept").exists());
    assert!(asked(&agent, "set-state A good"));
}
