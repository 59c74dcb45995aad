//! Bundles and offers that must not be installed. The control is `updates.rs`: a good one is.

use crate::fixture::{Agent, BOARD, RUNNING, Start, WELL};
use borne_gateway_api::update::Outcome;
use std::fs;

const NEWER: &str = "20261125.1";

/// Offers what is served and waits for the outcome; no slot is written, and the bootloader is told
/// nothing.
fn is_refused(prepare: impl Fn(&Agent)) {
    let agent = Agent::start(&Start::default());
    prepare(&agent);
    let slots = [agent.slot("root-a"), agent.slot("root-b")];
    agent.terminal(WELL);
    agent.offer(7, NEWER, "b.raucb");
    agent.reports_outcome(Outcome::Refused);
    assert!(!agent.rauc().contains("install"), "{}", agent.rauc());
    assert_eq!([agent.slot("root-a"), agent.slot("root-b")], slots);
    assert!(
        !agent.bootloader().replace("set-state A good", "").contains("set-"),
        "{}",
        agent.bootloader()
    );
}

#[test]
fn a_bundle_signed_by_another_key() {
    is_refused(|agent| drop(agent.bundle("b.raucb", BOARD, NEWER, "other")));
}

#[test]
fn a_bundle_without_a_signature() {
    is_refused(|agent| {
        let good = agent.directory.join("web/good.raucb");
        agent.bundle("good.raucb", BOARD, NEWER, "town");
        let bytes = fs::read(&good).unwrap();
        // The last eight bytes say how long the signature before them is.
        let size = usize::try_from(u64::from_be_bytes(*bytes.last_chunk().unwrap())).unwrap();
        fs::write(agent.directory.join("web/b.raucb"), &bytes[..bytes.len() - 8 - size]).unwrap();
    });
}

#[test]
fn a_bundle_that_was_changed_after_it_was_signed() {
    is_refused(|agent| {
        agent.bundle("b.raucb", BOARD, NEWER, "town");
        let path = agent.directory.join("web/b.raucb");
        let mut bytes = fs::read(&path).unwrap();
        bytes[200] ^= 1;
        fs::write(&path, bytes).unwrap();
    });
}

#[test]
fn a_bundle_of_another_board() {
    is_refused(|agent| drop(agent.bundle("b.raucb", "borne-rpi5", NEWER, "town")));
}

#[test]
fn an_older_bundle_under_the_name_of_a_newer_one() {
    is_refused(|agent| drop(agent.bundle("b.raucb", BOARD, "20261101.1", "town")));
}

#[test]
fn an_offer_that_is_not_newer_is_not_even_fetched() {
    let mut agent = Agent::start(&Start::default());
    agent.bundle("b.raucb", BOARD, RUNNING, "town");
    agent.terminal(WELL);
    for version in [RUNNING, "20261124.4", "20251231.9"] {
        agent.offer(7, version, "b.raucb");
        agent.settle();
        agent.terminal(WELL);
    }
    assert!(!agent.rauc().contains("info"), "{}", agent.rauc());
}

#[test]
fn another_bundle_put_in_its_place_between_look_and_writing_is_not_started() {
    let agent = Agent::start(&Start::default());
    agent.bundle("b.raucb", BOARD, NEWER, "town");
    agent.bundle("old.raucb", BOARD, "20261101.1", "town");
    // The far end: it serves the new one to who looks and an old one, just as well signed, to who
    // installs.
    let rauc = agent.directory.join("bin/rauc");
    let text = fs::read_to_string(&rauc).unwrap();
    let swap = "[[ $1 != install ]] || set -- \"${@//b.raucb/old.raucb}\"\nwords=()";
    assert!(text.contains("words=()"));
    fs::write(&rauc, text.replace("words=()", swap)).unwrap();
    agent.terminal(WELL);
    agent.offer(7, NEWER, "b.raucb");
    agent.reports_outcome(Outcome::Refused);
    let asked = agent.bootloader();
    assert!(asked.contains("set-primary B"), "the control: RAUC itself has taken it\n{asked}");
    assert!(asked.trim_end().lines().any(|line| line == "set-state B bad"), "{asked}");
    assert!(!agent.restart_file());
}
