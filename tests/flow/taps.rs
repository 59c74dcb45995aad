//! What a badge on the reader means while somebody is there.

use borne_harness::agents::agent;
use borne_harness::pn532::Kind;
use borne_harness::settings::Settings;
use borne_harness::visit::{INBOX, SCREEN, Visit, hand_is_still};
use borne_harness::wait_for;
use borne_harness::world::{say, world};
use std::time::{Duration, Instant};

/// Looks of a reader at its antenna that make "again and again".
const MANY: u64 = 60;

#[test]
fn the_same_badge_again_is_a_wish_to_leave() {
    let world = world(Settings::default());
    let (agent, trail) = (agent("a.martin"), world.hall.audit_length());
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent);
    hand_is_still();
    visit.tap(&agent);
    world.terminal.wait_for_state("Idle", SCREEN);
    world.wait_for_audit(trail, &["ended_second_tap"]);
    world.wait_for_no_session(SCREEN);
    hand_is_still();
}

#[test]
fn a_badge_that_trembles_is_one_tap() {
    let world = world(Settings::default());
    let (agent, reader) = (agent("a.martin"), world.terminal.reader());
    let log = world.terminal.log_length();
    let mut visit = Visit::at(&world.terminal);
    let tremble = |times| {
        for _ in 0..times {
            world.terminal.lay(&agent);
            reader.wait_until_taken();
            reader.lift();
            reader.wait_for_commands(4);
        }
    };
    say("a hand that trembles at the login");
    tremble(3);
    visit.pin(&agent.pin);
    world.terminal.wait_for_state("Active", INBOX);
    assert_eq!(
        world.states(log).iter().filter(|state| *state == "Reading").count(),
        1,
        "{:?}",
        world.states(log)
    );

    say("a hand that trembles at the logout");
    hand_is_still();
    let log = world.terminal.log_length();
    let begun = Instant::now();
    tremble(4);
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "too slow a hand to tremble: {:?}",
        begun.elapsed()
    );
    world.terminal.wait_for_state("Idle", SCREEN);
    hand_is_still();
    assert_eq!(world.states(log), ["Ending", "Idle"], "one logout and nothing after it");
}

#[test]
fn a_badge_left_on_the_reader_taps_once() {
    let world = world(Settings::default());
    let agent = agent("b.lefevre");
    let log = world.terminal.log_length();
    let mut visit = Visit::at(&world.terminal);
    world.terminal.lay(&agent);
    visit.pin(&agent.pin);
    world.terminal.wait_for_state("Active", INBOX);
    world.terminal.reader().wait_for_commands(MANY);
    assert_eq!(world.terminal.state().as_deref(), Some("Active"), "{:?}", world.states(log));
    visit.log_out();
    world.terminal.reader().wait_for_commands(MANY);
    assert_eq!(
        world.terminal.state().as_deref(),
        Some("Idle"),
        "the badge that still lies there logs nobody in"
    );
}

#[test]
fn another_badge_is_the_next_person_who_waits_for_the_wipe() {
    let world = world(Settings::default());
    let (one, next, trail) = (agent("a.martin"), agent("c.moreau"), world.hall.audit_length());
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&one);
    let log = world.terminal.log_length();
    visit.tap(&next);
    visit.pin(&next.pin);
    world.terminal.wait_for_state("Active", INBOX);
    world.wait_for_audit(trail, &["ended_switch"]);
    let told = world.terminal.log_since(log);
    let at =
        |text: &str| told.find(text).unwrap_or_else(|| panic!("{text} is not in the log: {told}"));
    assert!(
        at("state=\"Ending\"") < at("sandbox wiped")
            && at("sandbox wiped") < at("state=\"Reading\""),
        "{told}"
    );
    assert!(!told.contains("state=\"Idle\""), "the next person need not tap again: {told}");
    wait_for("one session", SCREEN, || match world.hall.sessions() {
        Ok(open) if open.len() == 1 && open[0].contains(&next.login) => Ok(()),
        other => Err(other),
    });
    visit.log_out();
}

#[test]
fn a_card_that_is_no_badge_of_the_town_does_not_end_the_session_in_use() {
    let world = world(Settings::default());
    let agent = agent("a.martin");
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent);
    hand_is_still();
    let begun = world.terminal.log_length();
    for (kind, uid, refusal) in [
        (Kind::Desfire(2), "04D9A61B3C7F80", "refused_unknown_badge"),
        (Kind::Classic1k, "5E0FA377", "refused_unknown_badge"),
        (Kind::RandomUid, "", "refused_random_uid"),
    ] {
        let (reader, log) = (world.terminal.reader(), world.terminal.log_length());
        let trail = world.hall.audit_length();
        reader.lay(kind, uid);
        world.wait_for_audit(trail, &[refusal]);
        world.wait_for_log(log, "Badge(Refused)", SCREEN);
        reader.lift();
        reader.wait_for_commands(MANY);
    }
    assert!(world.states(begun).is_empty(), "{:?}", world.states(begun));
    say("the holder's own badge still logs out");
    let trail = world.hall.audit_length();
    visit.tap(&agent);
    world.terminal.wait_for_state("Idle", SCREEN);
    world.wait_for_audit(trail, &["ended_second_tap"]);
    hand_is_still();
}

#[test]
fn two_cards_on_the_reader_are_answered_by_one_badge_at_a_time() {
    let world = world(Settings::default());
    let agent = agent("b.lefevre");
    let (reader, log) = (world.terminal.reader(), world.terminal.log_length());
    world.terminal.lay(&agent);
    reader.lay(Kind::Ntag, "04B71E52CE6681");
    world.wait_for_log(log, "notice=OneBadge", SCREEN);
    world.terminal.wait_for_state("Message", SCREEN);
    reader.lift();
    reader.wait_for_commands(MANY);
    say("alone, the badge is read");
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent);
    say("in a session two cards end nothing");
    hand_is_still();
    let log = world.terminal.log_length();
    reader.lay(Kind::Ntag, "04B71E52CE6681");
    world.terminal.lay(&agent);
    world.wait_for_log(log, "Badge(OneBadge)", SCREEN);
    reader.lift();
    hand_is_still();
    assert!(world.states(log).is_empty(), "{:?}", world.states(log));
    visit.log_out();
}

#[test]
fn a_card_of_another_kind_is_told_that_it_cannot_be_read() {
    let world = world(Settings::default());
    let reader = world.terminal.reader();
    for kind in [Kind::TypeB, Kind::Felica] {
        let log = world.terminal.log_length();
        reader.lay(kind, "");
        world.wait_for_log(log, "notice=UnreadableBadge", SCREEN);
        world.terminal.wait_for_state("Message", SCREEN);
        reader.lift();
        reader.wait_for_commands(MANY);
        world.rest();
    }
}
