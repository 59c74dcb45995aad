//! Positive controls of the trap: what the other tests assert not to happen would be seen if it
//! happened.

use borne_harness::agents::agent;
use borne_harness::settings::{Lure, Settings};
use borne_harness::town::House;
use borne_harness::trap::{EVIL, HOST};
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::wait_for;
use borne_harness::world::world;
use std::process::Command;

/// The middle of the page.
const MIDDLE: (u32, u32) = (640, 440);

#[test]
fn the_trap_runs_what_it_is_told_and_takes_touches() {
    let world = world(Settings { trap: Lure::Home, ..Settings::default() });
    let trap = world.trap();
    trap.forget();
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("a.martin"));
    let page = trap.page();
    assert_eq!(page.run("return location.href"), format!("https://{HOST}/"));
    assert_eq!(page.run("return 6 * 7"), "42");
    assert!(page.run("null.x").starts_with("threw TypeError: "));
    let click = page.on_touch("return navigator.userActivation?.isActive ?? 'unknown'");
    visit.click(MIDDLE);
    assert_ne!(click.outcome(), "false", "a touch is a gesture");
    visit.log_out();
}

#[test]
fn a_packet_to_a_place_off_the_list_would_be_seen() {
    let world = world(Settings { trap: Lure::Home, ..Settings::default() });
    let trap = world.trap();
    let before = trap.wire().to(trap.elsewhere());
    let words = world.hall.town().enter(House::Terminal);
    let get =
        ["curl", "-sk", "-o", "/dev/null", "--max-time", "10", &format!("https://{EVIL}/control")]
            .map(str::to_owned);
    let status = Command::new(&words[0]).args(&words[1..]).args(get).status().unwrap();
    assert!(status.success(), "the server off the list answers whoever gets there: {status}");
    assert_eq!(trap.heard(EVIL, "/control").len(), 1);
    assert!(trap.asked().iter().any(|name| name == EVIL));
    wait_for("the packets to be counted", SCREEN, || trap.wire().to(trap.elsewhere()) > before);
    assert!(!trap.wire().strayed().is_empty());
    trap.forget();
}
