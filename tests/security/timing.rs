//! The table of taps at the wrong moment: each has one outcome. What could be a race is held open:
//! a gateway that stands still keeps the terminal in the state under trial for as long as the tap
//! needs.

use borne_harness::agents::{Agent, agent};
use borne_harness::processes::{self, Paused};
use borne_harness::report::attempt;
use borne_harness::settings::Settings;
use borne_harness::visit::{INBOX, SCREEN, Visit, hand_is_still};
use borne_harness::wait_for;
use borne_harness::world::{World, say, world};
use borne_ipc::Role;
use std::time::{Duration, Instant};

fn hold_gateway(world: &World) -> Paused {
    processes::pause(world.hall.gateway().into_iter().collect())
}

/// Lays a badge until the reader has seen it, whatever comes of it.
fn lay(world: &World, agent: &Agent) {
    let reader = world.terminal.reader();
    world.terminal.lay(agent);
    reader.wait_until_taken();
    reader.wait_for_commands(2);
    reader.lift();
    reader.wait_for_commands(4);
}

/// The PIN pad is there, nobody is logged in, and the PIN that is asked for is this agent's.
#[track_caller]
fn pad_is_of(world: &World, agent: &Agent) {
    world.terminal.wait_for_state("Pin", INBOX);
    world.wait_for_no_session(SCREEN);
    let mut visit = Visit::here(&world.terminal);
    visit.pin(&agent.pin);
    world.terminal.wait_for_state("Active", INBOX);
    wait_for("a session of the one who tapped last", SCREEN, || match world.hall.sessions() {
        Ok(open) if open.len() == 1 && open[0].contains(&agent.login) => Ok(()),
        other => Err(other),
    });
    visit.log_out();
    world.rest();
}

/// Logs out by the button, with a gateway that does not answer meanwhile: the terminal stays in
/// `Ending`.
#[track_caller]
fn ending(world: &World, visit: &Visit) -> Paused {
    let at = visit.wait_for_picture("the Logout button", SCREEN, borne_harness::touch::logout);
    let log = world.terminal.log_length();
    let held = hold_gateway(world);
    Visit::here(&world.terminal).click(at);
    world.wait_for_log(log, "state=\"Ending\"", SCREEN);
    held
}

#[test]
fn a_tap_at_the_wrong_moment_has_one_outcome() {
    let world = world(Settings::default());
    let (one, two, three) = (agent("a.martin"), agent("c.moreau"), agent("d.nguyen"));

    say("timing: the same badge and another one during the wipe");
    for (next, what) in [(&one, "the same badge"), (&two, "another badge")] {
        let tried = attempt(
            43,
            &format!(
                "{what} during the wipe: its PIN pad after the wipe, no session before the PIN"
            ),
        );
        let mut visit = Visit::at(&world.terminal);
        visit.log_in(&one);
        hand_is_still();
        let log = world.terminal.log_length();
        let held = ending(&world, &visit);
        lay(&world, next);
        drop(held);
        world.wait_for_log(log, "state=\"Reading\"", SCREEN);
        let told = world.terminal.log_since(log);
        assert!(told.find("sandbox wiped") < told.find("state=\"Reading\""), "{told}");
        pad_is_of(&world, next);
        tried.held();
    }

    say("timing: a third badge while the second waits");
    let tried = attempt(
        43,
        "a third badge while the second waits for the wipe: the last one's PIN pad, nobody else's",
    );
    Visit::at(&world.terminal).log_in(&one);
    let held = hold_gateway(&world);
    // The gateway is asked first whether a badge may end the session; it has not answered yet.
    lay(&world, &two);
    lay(&world, &three);
    drop(held);
    pad_is_of(&world, &three);
    tried.held();

    say("timing: a double tap");
    let tried = attempt(
        43,
        "a double tap at an idle terminal: one login; twice the tap that logs out: one logout",
    );
    let log = world.terminal.log_length();
    lay(&world, &one);
    lay(&world, &one);
    let mut visit = Visit::here(&world.terminal);
    visit.pin(&one.pin);
    world.terminal.wait_for_state("Active", INBOX);
    let reads = world.states(log).into_iter().filter(|state| state == "Reading").count();
    assert_eq!(reads, 1, "{:?}", world.states(log));
    hand_is_still();
    let log = world.terminal.log_length();
    lay(&world, &one);
    lay(&world, &one);
    world.terminal.wait_for_state("Idle", SCREEN);
    hand_is_still();
    assert_eq!(world.states(log), ["Ending", "Idle"]);
    tried.held();
    world.rest();

    say("timing: another badge while the PIN is checked");
    let tried = attempt(
        43,
        "another badge while a PIN is checked: the other's PIN pad, and the first login is undone",
    );
    let mut visit = Visit::at(&world.terminal);
    visit.tap(&three);
    world.terminal.wait_for_state("Pin", SCREEN);
    let log = world.terminal.log_length();
    let held = hold_gateway(&world);
    visit.pin(&three.pin);
    world.wait_for_log(log, "state=\"Checking\"", SCREEN);
    lay(&world, &two);
    world.wait_for_log(log, "state=\"Reading\"", SCREEN);
    drop(held);
    pad_is_of(&world, &two);
    tried.held();
}

#[test]
fn a_tap_while_the_mailbox_opens_ends_that_login() {
    let world = world(Settings::default());
    let (one, two) = (agent("a.martin"), agent("c.moreau"));
    for (next, what) in [(&two, "another badge"), (&one, "the same badge")] {
        say(&format!("timing: {what} while the mailbox opens"));
        let outcome = if what == "another badge" { "the other's PIN pad" } else { "idle" };
        let tried = attempt(
            43,
            &format!("{what} while the mailbox opens: that login is over; then {outcome}"),
        );
        let mut visit = Visit::at(&world.terminal);
        visit.tap(&one);
        world.terminal.wait_for_state("Pin", SCREEN);
        world.wait_for_standby();
        // A web process that stands still: the mailbox goes on opening.
        let mut pages = world.terminal.processes_of(Role::Browser);
        pages.retain(|pid| processes::name(*pid).starts_with("WebKitWebProc"));
        let held = processes::pause(pages);
        let log = world.terminal.log_length();
        visit.pin(&one.pin);
        world.wait_for_log(log, "state=\"Starting\"", SCREEN);
        hand_is_still();
        lay(&world, next);
        world.wait_for_log(log, "sandbox wiped", SCREEN);
        drop(held);
        if what == "another badge" {
            pad_is_of(&world, &two);
        } else {
            world.terminal.wait_for_state("Idle", SCREEN);
            world.wait_for_no_session(SCREEN);
        }
        assert!(
            !world
                .states(log)
                .iter()
                .take_while(|state| *state != "Ending")
                .any(|state| state == "Active")
        );
        tried.held();
        world.rest();
    }
}

#[test]
fn a_badge_in_the_last_second_of_the_countdown_finds_the_session_over() {
    let countdown = Duration::from_secs(4);
    let world =
        world(Settings { idle_s: 3, countdown_s: countdown.as_secs(), ..Settings::default() });
    let (one, two) = (agent("a.martin"), agent("c.moreau"));
    for (next, what) in [(&two, "another badge"), (&one, "the same badge")] {
        say(&format!("timing: {what} in the last second"));
        let outcome = if what == "another badge" {
            "the other's PIN pad"
        } else {
            "idle, or the same agent's PIN pad"
        };
        let tried = attempt(
            43,
            &format!("{what} in the countdown's last second: the session is over; then {outcome}"),
        );
        let log = world.terminal.log_length();
        Visit::at(&world.terminal).log_in(&one);
        wait_for("the countdown", INBOX, || world.states(log).contains(&"Countdown".to_owned()));
        let begun = Instant::now();
        let last = countdown - Duration::from_millis(600);
        wait_for("the last second", countdown, || begun.elapsed() > last);
        lay(&world, next);
        world.wait_for_log(log, "sandbox wiped", SCREEN);
        if what == "another badge" {
            pad_is_of(&world, &two);
        } else {
            // Within the countdown it logs out; a moment later it is a new tap.
            wait_for("idle or a PIN pad", SCREEN, || {
                matches!(world.terminal.state().as_deref(), Some("Idle" | "Pin"))
            });
            world.wait_for_no_session(SCREEN);
        }
        tried.held();
        world.rest();
    }
}
