//! From the badge to the inbox.

use borne_harness::agents::agent;
use borne_harness::settings::Settings;
use borne_harness::visit::{START, Visit};
use borne_harness::world::world;

#[test]
fn a_terminal_comes_up_and_invites() {
    let world = world(Settings::default());
    world.terminal.wait_for_state("Idle", START);
}

#[test]
fn a_badge_and_pin_open_the_inbox() {
    let world = world(Settings::default());
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("e.benali"));
    visit.log_out();
}
