//! The PIN pad shows how many digits were typed, and nothing of which.

use super::traces::still;
use borne_harness::agents::agent;
use borne_harness::report::attempt;
use borne_harness::screen::Frame;
use borne_harness::settings::{Lure, Settings};
use borne_harness::touch::Keyboard;
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::world::{World, world};
use std::path::Path;

/// What is shown once these were typed; the person goes away then.
fn after_typing(world: &World, digits: &str) -> Frame {
    let mut visit = Visit::at(&world.terminal);
    visit.tap(&agent("e.benali"));
    visit.pin(digits);
    let frame = still(&visit);
    world.terminal.wait_for_state("Pin", SCREEN);
    assert!(Keyboard::seen(&frame).is_none(), "no keyboard with its own memory beside the pad");
    world.rest();
    frame
}

#[test]
fn shows_no_digit() {
    let world = world(Settings { trap: Lure::Home, ..Settings::default() });
    let tried = attempt(
        54,
        "five digits and five others leave the very same picture; one digit less leaves another",
    );
    // The last key is the same one: a pointer lies there.
    let [one, other, less] = ["12345", "98765", "9875"].map(|digits| after_typing(&world, digits));
    let same = one.pixels == other.pixels;
    if !same {
        one.save(Path::new("/var/tmp/borne/pad-one.png")).unwrap();
        other.save(Path::new("/var/tmp/borne/pad-other.png")).unwrap();
    }
    assert!(same, "the pictures differ: /var/tmp/borne/pad-*.png");
    assert_ne!(one.pixels, less.pixels, "what is compared is what changes with typing");
    tried.held();
}
