//! The reader and the badge: pulled, plugged in again, with a random number, with a copied one.

use crate::outputs::shows_a_page;
use borne_harness::agents::agent;
use borne_harness::pn532::Kind;
use borne_harness::report::attempt;
use borne_harness::settings::Settings;
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::world::world;
use borne_harness::{processes, wait_for};
use borne_ipc::Role;

#[test]
fn a_reader_that_is_pulled_ends_the_session_and_a_new_one_does_not_give_it_back() {
    let world = world(Settings::default());
    let tried = attempt(
        36,
        "the reader unplugged in a session, and plugged in again: message, session over, wiped",
    );
    let log = world.terminal.log_length();
    Visit::at(&world.terminal).log_in(&agent("b.lefevre"));
    let session = world.terminal.processes_of(Role::Browser);
    world.terminal.reader().unplug();
    world.wait_for_log(log, "session ends reason=ReaderLost", SCREEN);
    world.terminal.reader().plug();
    wait_for("the end of the session's processes", SCREEN, || {
        session.iter().all(|pid| !processes::alive(*pid))
    });
    wait_for("no page on the screen", SCREEN, || !shows_a_page(&world.terminal.look()));
    world.wait_for_no_session(SCREEN);
    world.rest();
    assert_eq!(
        world.states(log).iter().filter(|state| *state == "Active").count(),
        1,
        "{:?}",
        world.states(log)
    );
    tried.held();
}

#[test]
fn a_number_is_never_enough() {
    let world = world(Settings::default());
    let tried = attempt(36, "a card that shows a random number: refused, with its own message");
    let log = world.terminal.log_length();
    world.terminal.reader().lay(Kind::RandomUid, "");
    world.wait_for_log(log, "message notice=RandomUid", SCREEN);
    world.rest();
    tried.held();

    let tried = attempt(
        36,
        "an agent's number copied to a writable card: the PIN is asked; without it no session, and the tries are counted",
    );
    let (agent, trail) = (agent("n.oeuvrard"), world.hall.audit_length());
    let log = world.terminal.log_length();
    world.terminal.reader().lay(Kind::Classic1k, &agent.badge);
    let mut visit = Visit::here(&world.terminal);
    let wrong = if agent.pin == "000000" { "111111" } else { "000000" };
    visit.pin(wrong);
    world.wait_for_audit(trail, &["pin_wrong"]);
    world.wait_for_no_session(SCREEN);
    assert!(
        !world.states(log).iter().any(|state| state == "Active" || state == "Starting"),
        "{:?}",
        world.states(log)
    );
    world.terminal.reader().lift();
    world.rest();
    // The holder: right PIN, and the count begins anew.
    Visit::at(&world.terminal).log_in(&agent);
    Visit::here(&world.terminal).log_out();
    tried.held();
    world.rest();
}
