//! Guessing: what wrong PINs and unknown badges cost, and whom.

use crate::{BENALI, PETIT, gateway, with};
use borne_gateway_api::{PinAnswer, Refusal, TapAnswer};
use borne_harness::gateway::{Gateway, JoinedTerminal, Settings};

/// A wrong PIN that could be right.
const WRONG: &str = "830461";

fn unhurried() -> Gateway {
    with(Settings { limits: "taps_per_minute = 600\npins_per_minute = 600", ..Settings::default() })
}

#[track_caller]
fn try_wrong(terminal: &JoinedTerminal, uid: &str) -> PinAnswer {
    terminal.pin(&terminal.tap_known(uid), WRONG)
}

#[test]
fn wrong_pins_delay_the_badge_here_and_not_at_another_terminal() {
    let gateway = gateway();
    let (here, there) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    let tap = here.tap_known(BENALI.1);
    for left in [2, 1] {
        let answer = here.pin(&tap, WRONG);
        assert!(
            matches!(answer, PinAnswer::WrongPin { tries_left } if tries_left == left),
            "{answer:?}"
        );
    }
    let third = here.pin(&tap, WRONG);
    assert!(matches!(third, PinAnswer::Wait { seconds: 59..=60 }), "{third:?}");
    // Neither the right PIN nor a new tap helps before the minute is over.
    assert!(matches!(here.pin(&tap, BENALI.2), PinAnswer::Wait { .. }));
    assert!(matches!(here.tap(BENALI.1), TapAnswer::Wait { .. }));
    assert!(gateway.bornectl(&["badge", "list"], "").unwrap().contains("3 wrong PIN(s) in a row"));
    let grant = there.login(BENALI.1, BENALI.2);
    assert_eq!(grant.wrong_pins, 3, "the owner is told");
    let grant = here.login(BENALI.1, BENALI.2);
    assert_eq!(grant.wrong_pins, 0, "once");
    gateway.wait_for_audit("delayed");
}

#[test]
fn it_ends_a_delay() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let tap = terminal.tap_known(BENALI.1);
    let _three: Vec<PinAnswer> = (0..3).map(|_| terminal.pin(&tap, WRONG)).collect();
    assert!(matches!(terminal.tap(BENALI.1), TapAnswer::Wait { .. }));
    gateway.bornectl(&["badge", "unlock", "--login", "e.benali"], "").unwrap();
    let _grant = terminal.login(BENALI.1, BENALI.2);
}

#[test]
fn guessing_between_two_logins_of_the_owner_comes_to_an_end() {
    let gateway = unhurried();
    let (thief, own) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    for _ in 0..9 {
        let _two = [(); 2].map(|()| try_wrong(&thief, BENALI.1));
        let _grant = own.login(BENALI.1, BENALI.2);
    }
    assert!(matches!(try_wrong(&thief, BENALI.1), PinAnswer::WrongPin { .. }));
    let last = try_wrong(&thief, BENALI.1);
    assert!(matches!(last, PinAnswer::Refused(Refusal::BadgeLocked)), "{last:?}");
    assert!(matches!(own.tap(BENALI.1), TapAnswer::Refused(Refusal::BadgeLocked)));
    let unlocked = gateway.bornectl(&["badge", "unlock", "--login", "e.benali"], "").unwrap();
    assert!(unlocked.contains("set a new PIN"), "{unlocked}");
    assert!(matches!(own.tap(BENALI.1), TapAnswer::Refused(Refusal::BadgeLocked)));
    assert!(gateway.bornectl(&["badge", "list"], "").unwrap().contains("locked"));
    gateway.secrets().add("604817");
    gateway.bornectl(&["badge", "set-pin", "--login", "e.benali"], "604817\n").unwrap();
    let _grant = own.login(BENALI.1, "604817");
    let _another_badge = own.login(PETIT.1, PETIT.2);
}

#[test]
fn a_second_badge_of_the_same_agent_gives_no_second_budget() {
    let gateway = unhurried();
    gateway.add_badge("e.benali", "04AB19C24D7781", "275014");
    let (thief, own) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    for _ in 0..5 {
        for (uid, pin) in [(BENALI.1, BENALI.2), ("04AB19C24D7781", "275014")] {
            let _two = [(); 2].map(|()| try_wrong(&thief, uid));
            if let TapAnswer::AskPin { tap } = own.tap(uid) {
                let _answer = own.pin(&tap, pin);
            }
        }
    }
    for uid in [BENALI.1, "04AB19C24D7781"] {
        assert!(matches!(own.tap(uid), TapAnswer::Refused(Refusal::BadgeLocked)), "{uid}");
    }
}

#[test]
fn walking_through_numbers_is_slowed_at_that_terminal_and_sounds_an_alarm() {
    let gateway = unhurried();
    let (thief, honest) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    for number in 1..=3 {
        let uid = format!("0493C8720F5A0{number}");
        assert!(matches!(thief.tap(&uid), TapAnswer::Refused(Refusal::UnknownBadge)), "{number}");
    }
    // The same number again and again was no walk; the fourth different one is.
    assert!(matches!(thief.tap("0493C8720F5A04"), TapAnswer::Wait { seconds: 1..=60 }));
    assert!(matches!(thief.tap(BENALI.1), TapAnswer::Wait { .. }), "nor does a known one tell");
    gateway.wait_for_audit("alarm_terminal");
    let _grant = honest.login(BENALI.1, BENALI.2);
}

#[test]
fn one_wrong_card_laid_again_and_again_slows_nobody() {
    let gateway = unhurried();
    let terminal = gateway.terminal("salle-1");
    for _ in 0..8 {
        let answer = terminal.tap("04AA19C24D7780");
        assert!(matches!(answer, TapAnswer::Refused(Refusal::UnknownBadge)), "{answer:?}");
    }
    let _grant = terminal.login(BENALI.1, BENALI.2);
}

#[test]
fn tries_in_parallel_are_not_checked_beyond_the_three() {
    let gateway = unhurried();
    let terminal = gateway.terminal("salle-1");
    let tap = terminal.tap_known(BENALI.1);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            let (twin, tap) = (terminal.twin(), tap.clone());
            scope.spawn(move || twin.pin(&tap, WRONG));
        }
    });
    assert_eq!(gateway.audit().matches(" pin_wrong ").count(), 3, "{}", gateway.audit());
}

#[test]
fn what_was_counted_survives_kill_9() {
    let mut gateway = gateway();
    let mut terminal = gateway.terminal("salle-1");
    let tap = terminal.tap_known(BENALI.1);
    let _two: Vec<PinAnswer> = (0..2).map(|_| terminal.pin(&tap, WRONG)).collect();
    gateway.kill_and_restart();
    terminal.follow(&gateway);
    assert!(matches!(terminal.pin(&tap, WRONG), PinAnswer::Wait { .. }));
}
