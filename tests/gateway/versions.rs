//! A terminal of the version before, with the types it has: it refuses a field it does not know.

use crate::{BENALI, gateway};
use borne_gateway_api::{
    EndReason, EndRequest, JoinRequest, PinRequest, PollRequest, Secret, SessionId, StatusRequest,
    TapId, TapRequest, path,
};
use borne_harness::gateway::JoinedTerminal;
use serde::Deserialize;

/// The answers as version 1 has them, word for word.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinAnswer {
    certificate_pem: String,
    #[expect(dead_code)]
    terminal: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartAnswer {
    terminal: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PollAnswer {
    end_session: bool,
}

#[derive(Debug, Deserialize)]
enum TapAnswer {
    AskPin { tap: TapId },
    Refused(Refusal),
}

#[derive(Debug, Deserialize)]
enum PinAnswer {
    Granted(Grant),
    WrongPin { tries_left: u8 },
    Refused(Refusal),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    session: SessionId,
    #[expect(dead_code)]
    ticket: Secret,
    #[expect(dead_code)]
    redeem_url: String,
    #[expect(dead_code)]
    name: String,
    #[expect(dead_code)]
    logout_urls: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Refusal {
    UnknownBadge,
    RandomUid,
    BadgeLocked,
    AccountExpired,
    AccountDisabled,
    TooManyTries,
    DirectoryUnavailable,
    TapExpired,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndAnswer {}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusAnswer {
    update: Option<serde::de::IgnoredAny>,
}

fn tap(terminal: &JoinedTerminal, uid: &str) -> TapAnswer {
    let (atqa, sak, ats) = ("0044".to_owned(), "20".to_owned(), String::new());
    terminal
        .post(path::TAP, &TapRequest { uid: Secret::new(uid.to_owned()), atqa, sak, ats })
        .unwrap()
}

fn pin(terminal: &JoinedTerminal, tap: &TapId, pin: &str) -> PinAnswer {
    let pin = Secret::new(pin.to_owned());
    terminal.post(path::PIN, &PinRequest { tap: tap.clone(), pin }).unwrap()
}

#[test]
fn a_terminal_of_version_1_lives_its_whole_life() {
    let gateway = gateway();
    let mut terminal = gateway.stranger().of_version_1();
    let token = Secret::new(gateway.invite("salle-1"));
    let joined: JoinAnswer =
        terminal.post(path::JOIN, &JoinRequest { token, csr_pem: terminal.request() }).unwrap();
    terminal.wear(joined.certificate_pem);
    let started: StartAnswer = terminal.post(path::START, &()).unwrap();
    assert_eq!(started.terminal, "salle-1");
    let TapAnswer::AskPin { tap: known } = tap(&terminal, BENALI.1) else { panic!() };
    let PinAnswer::WrongPin { tries_left: 2 } = pin(&terminal, &known, "830461") else { panic!() };
    let PinAnswer::Granted(grant) = pin(&terminal, &known, BENALI.2) else { panic!() };
    let poll = PollRequest { session: Some(grant.session.clone()) };
    let answer: PollAnswer = terminal.post(path::POLL, &poll).unwrap();
    assert!(!answer.end_session);
    let end = EndRequest { session: grant.session, reason: EndReason::Button };
    let _ended: EndAnswer = terminal.post(path::END, &end).unwrap();
    let status: StatusRequest = serde_json::from_str(
        r#"{"board": "borne-rpi4", "slot": "A", "version": "20261124.1", "confirmed": true, "last": null,
            "health": {"units": true, "screen": true, "reader": true, "browser": true}}"#,
    )
    .unwrap();
    let answer: StatusAnswer = terminal.post(path::STATUS, &status).unwrap();
    assert!(answer.update.is_none());
}

#[test]
fn a_terminal_of_version_1_is_told_to_wait_in_its_own_words() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1").of_version_1();
    let TapAnswer::AskPin { tap: known } = tap(&terminal, BENALI.1) else { panic!() };
    for _ in 0..2 {
        let _wrong = pin(&terminal, &known, "830461");
    }
    let third = pin(&terminal, &known, "830461");
    assert!(matches!(third, PinAnswer::Refused(Refusal::TooManyTries)), "{third:?}");
    let again = tap(&terminal, BENALI.1);
    assert!(matches!(again, TapAnswer::Refused(Refusal::TooManyTries)), "{again:?}");
}

#[test]
fn a_version_that_cannot_be_read_is_refused() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1").naming_version(0);
    assert!(terminal.poll(None).is_err());
}
