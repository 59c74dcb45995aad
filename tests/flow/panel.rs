//! The panel of a whole terminal: its lights in a visit, its death, and the dark screen.

use borne_harness::agents::agent;
use borne_harness::header::{BUZZER, Edge, now};
use borne_harness::screen::Frame;
use borne_harness::settings::Settings;
use borne_harness::visit::{INBOX, SCREEN, Visit, hand_is_still};
use borne_harness::wait_for;
use borne_harness::world::{World, say, world};
use std::time::Duration;

const RED: [bool; 3] = [true, false, false];
const GREEN: [bool; 3] = [false, true, false];
const BLUE: [bool; 3] = [false, false, true];
const CYAN: [bool; 3] = [false, true, true];

#[track_caller]
fn wait_for_light(world: &World, light: [bool; 3]) {
    wait_for(&format!("light {light:?}"), SCREEN, || match world.terminal.header().light() {
        seen if seen == light => Ok(()),
        seen => Err(seen),
    });
}

fn beeps(world: &World, since: Duration) -> Vec<Edge> {
    let edges = world.terminal.header().edges(0);
    edges.into_iter().filter(|edge| edge.pin == BUZZER && edge.at >= since).collect()
}

#[test]
fn a_visit_is_seen_and_heard_on_the_panel() {
    let world = world(Settings::default());
    let agent = agent("e.benali");
    let mut visit = Visit::at(&world.terminal);
    wait_for_light(&world, BLUE);
    let laid = now();
    world.terminal.lay(&agent);
    wait_for("the beep", SCREEN, || !beeps(&world, laid).is_empty());
    let after = beeps(&world, laid)[0].at - laid;
    say(&format!("panel: beep {} ms after the badge was laid", after.as_millis()));
    assert!(after < Duration::from_millis(250), "{after:?}");
    world.terminal.wait_for_state("Pin", SCREEN);
    world.terminal.reader().lift();
    visit.pin(&agent.pin);
    world.terminal.wait_for_state("Active", INBOX);
    wait_for_light(&world, GREEN);
    visit.log_out();
    wait_for_light(&world, CYAN);
    wait_for_light(&world, BLUE);
    world.terminal.reader().unplug();
    wait_for_light(&world, RED);
    world.terminal.reader().plug();
    wait_for_light(&world, BLUE);
    hand_is_still();
}

#[test]
fn a_panel_that_is_killed_in_a_session_changes_nothing_and_comes_back_with_the_present_state() {
    let world = world(Settings::default());
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("k.traore"));
    wait_for_light(&world, GREEN);
    let log = world.terminal.log_length();
    world.terminal.kill("panel");
    wait_for_light(&world, GREEN);
    assert!(!world.terminal.header().sounds());
    assert_eq!(world.terminal.state().as_deref(), Some("Active"));
    assert_eq!(world.states(log), Vec::<String>::new());
    visit.log_out();
    hand_is_still();
}

#[test]
fn a_terminal_without_a_panel_serves() {
    let world = world(Settings { panel: false, ..Settings::default() });
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("a.martin"));
    visit.log_out();
    hand_is_still();
}

fn is_dark(frame: &Frame) -> bool {
    frame.pixels.chunks_exact(4).all(|pixel| pixel[..3] == [0, 0, 0])
}

fn fall_asleep(world: &World) {
    wait_for("a dark screen", Duration::from_secs(25), || is_dark(&world.terminal.look()));
}

#[test]
fn a_dark_screen_is_lit_by_presence_by_a_touch_that_clicks_nothing_and_by_a_badge() {
    let world = world(Settings { sleep_s: 10, ..Settings::default() });
    let mut visit = Visit::at(&world.terminal);
    let lit = visit.wait_for_picture("the idle screen", SCREEN, |frame| {
        (!is_dark(frame)).then(|| frame.clone())
    });
    fall_asleep(&world);
    say("panel: the screen is dark; somebody comes");
    world.terminal.header().presence(true);
    wait_for("a lit screen", SCREEN, || !is_dark(&world.terminal.look()));
    world.terminal.header().presence(false);
    fall_asleep(&world);
    // Where the button of the other language is, at the lower right.
    let (width, height) = world.terminal.size();
    visit.click((width - 90, height - 45));
    wait_for("a lit screen, in French as before", SCREEN, || {
        let seen = world.terminal.look();
        let same = seen.pixels.iter().zip(lit.pixels.iter()).filter(|(a, b)| a == b).count();
        // The clock may have moved on; another language would change every word.
        (same * 1000 / lit.pixels.len() >= 985).then_some(()).ok_or(same * 1000 / lit.pixels.len())
    });
    fall_asleep(&world);
    visit.tap(&agent("a.martin"));
    world.terminal.wait_for_state("Pin", SCREEN);
    world.throw_terminal_away();
}
