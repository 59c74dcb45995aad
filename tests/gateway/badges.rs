//! Taps and PINs.

use crate::{BENALI, PETIT, gateway, with};
use borne_gateway_api::{
    ApiError, JoinRequest, PinAnswer, PinRequest, PollRequest, Refusal, Secret, TapAnswer,
    TapRequest, path,
};
use borne_harness::gateway::{Refused, Settings};
use borne_harness::wait_for;
use std::time::Duration;

#[track_caller]
fn assert_refused(answer: &PinAnswer, why: Refusal) {
    assert!(matches!(answer, PinAnswer::Refused(refusal) if *refusal == why), "{answer:?}");
}

#[test]
fn badge_and_pin_grant_a_login_with_the_agents_name() {
    let gateway = gateway();
    let grant = gateway.terminal("salle-1").login(BENALI.1, BENALI.2);
    assert_eq!(grant.name, "Éliane Benali");
    assert_eq!(grant.redeem_url, "https://passerelle.test/borne/redeem");
    gateway.wait_for_audit("granted");
}

#[test]
fn a_connection_that_carried_a_secret_carries_nothing_more() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let tap = terminal.tap_known(BENALI.1);
    let badge = TapRequest {
        uid: Secret::new(BENALI.1.to_owned()),
        atqa: String::new(),
        sak: String::new(),
        ats: String::new(),
    };
    assert!(terminal.is_hung_up_on(path::TAP, &badge));
    assert!(
        terminal
            .is_hung_up_on(path::PIN, &PinRequest { tap, pin: Secret::new(BENALI.2.to_owned()) })
    );
    // Nor one whose secret was refused, or was of no shape.
    let token = JoinRequest { token: Secret::new("none".to_owned()), csr_pem: terminal.request() };
    assert!(terminal.is_hung_up_on(path::JOIN, &token));
    assert!(terminal.is_hung_up_on(path::TAP, &BENALI.1));
    assert!(
        !terminal.is_hung_up_on(path::POLL, &PollRequest { session: None }),
        "the heartbeat keeps its connection"
    );
}

#[test]
fn the_spelling_of_a_uid_does_not_matter() {
    let gateway = gateway();
    gateway.add_badge("n.oeuvrard", "04:f1:82:5c:a7:36:82", "259836");
    let grant = gateway.terminal("salle-1").login("04F1825CA73682", "259836");
    assert_eq!(grant.name, "Noémie Œuvrard");
}

#[test]
fn an_unknown_badge_and_a_random_one_are_told_apart() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    assert!(matches!(terminal.tap("04AAAAAAAAAA80"), TapAnswer::Refused(Refusal::UnknownBadge)));
    assert!(matches!(terminal.tap("08A1B2C3"), TapAnswer::Refused(Refusal::RandomUid)));
    gateway.wait_for_audit("refused_unknown_badge");
    gateway.wait_for_audit("refused_random_uid");
}

#[test]
fn a_random_uid_cannot_be_registered() {
    let gateway = gateway();
    let refused = gateway
        .bornectl(&["badge", "add", "--login", "e.benali"], "08A1B2C3\n571839\n")
        .unwrap_err();
    assert!(refused.contains("random"), "{refused}");
}

#[test]
fn a_tap_is_worth_nothing_on_another_terminal_or_twice() {
    let gateway = gateway();
    let (here, there) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    let tap = here.tap_known(BENALI.1);
    assert_refused(&there.pin(&tap, BENALI.2), Refusal::TapExpired);
    assert!(matches!(here.pin(&tap, BENALI.2), PinAnswer::Granted(_)));
    assert_refused(&here.pin(&tap, BENALI.2), Refusal::TapExpired);
}

#[test]
fn a_tap_expires() {
    let gateway = with(Settings { session: "tap_ms = 150", ..Settings::default() });
    let terminal = gateway.terminal("salle-1");
    let tap = terminal.tap_known(BENALI.1);
    wait_for("the tap to expire", Duration::from_secs(5), || match terminal.pin(&tap, "000000") {
        PinAnswer::Refused(Refusal::TapExpired) => Ok(()),
        other => {
            gateway.bornectl(&["badge", "unlock", "--login", "e.benali"], "").unwrap();
            Err(format!("{other:?}"))
        }
    });
}

#[test]
fn one_terminal_cannot_try_for_ever() {
    let gateway = with(Settings {
        limits: "taps_per_minute = 3\npins_per_minute = 2",
        ..Settings::default()
    });
    let (here, there) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    let tap = here.tap_known(BENALI.1);
    let _two: Vec<PinAnswer> = (0..2).map(|_| here.pin(&tap, "000000")).collect();
    assert_refused(&here.pin(&tap, BENALI.2), Refusal::TooManyTries);
    let _two: Vec<TapAnswer> = (0..2).map(|_| here.tap(PETIT.1)).collect();
    assert!(matches!(here.tap(PETIT.1), TapAnswer::Refused(Refusal::TooManyTries)));
    let _another_terminal_is_free = there.login(PETIT.1, PETIT.2);
}

#[test]
fn what_is_no_pin_is_no_try() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let tap = terminal.tap_known(BENALI.1);
    for text in ["57183", "5718390", "57183a", "５７１８３９"] {
        let request = PinRequest { tap: tap.clone(), pin: Secret::new(text.to_owned()) };
        let answer = terminal.post::<_, PinAnswer>(path::PIN, &request);
        assert!(matches!(answer, Err(Refused::Api(400, ApiError::BadRequest))), "{answer:?}");
    }
    assert!(matches!(terminal.pin(&tap, "000000"), PinAnswer::WrongPin { tries_left: 2 }));
}

#[test]
fn a_simple_pin_cannot_be_chosen_and_a_new_one_replaces_the_old() {
    let gateway = gateway();
    assert!(
        gateway
            .bornectl(&["badge", "set-pin", "--login", "h.petit"], "123456\n")
            .unwrap_err()
            .contains("easy to guess")
    );
    gateway.secrets().add("604817");
    gateway.bornectl(&["badge", "set-pin", "--login", "h.petit"], "604817\n").unwrap();
    let terminal = gateway.terminal("salle-1");
    let tap = terminal.tap_known(PETIT.1);
    assert!(matches!(terminal.pin(&tap, PETIT.2), PinAnswer::WrongPin { .. }));
    assert!(matches!(terminal.pin(&tap, "604817"), PinAnswer::Granted(_)));
}

#[test]
fn a_whole_town_is_imported_and_a_bad_line_is_named() {
    let gateway = gateway();
    let rows =
        "# login\tUID\tPIN\nn.oeuvrard\t04F1825CA73682\t259836\nk.traore\t04CB64097E2185\t652947\n";
    assert_eq!(gateway.bornectl(&["badge", "import", "-"], rows).unwrap(), "2 badge(s) imported\n");
    let refused = gateway
        .bornectl(&["badge", "import", "-"], "n.oeuvrard\t04F1825CA73682\t111111\n")
        .unwrap_err();
    assert!(refused.contains("line 1") && refused.contains("easy to guess"), "{refused}");
    let foreign = gateway
        .bornectl(&["badge", "import", "-"], "k.traore\t04F1825CA73682\t259836\n")
        .unwrap_err();
    assert!(foreign.contains("another login"), "{foreign}");
}

#[test]
fn a_removed_badge_is_unknown() {
    let gateway = gateway();
    gateway.bornectl(&["badge", "remove", "--login", "e.benali"], "").unwrap();
    assert!(matches!(
        gateway.terminal("salle-1").tap(BENALI.1),
        TapAnswer::Refused(Refusal::UnknownBadge)
    ));
}
