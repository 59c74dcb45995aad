//! The shipped gateway, from outside: real TLS, a real slapd, `bornectl`. File = feature, test =
//! claim. Whatever test runs, no secret it used may be in the gateway's log (see `Drop` of
//! `borne_harness::gateway::Gateway`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod audit;
mod backup;
mod badges;
mod cas;
mod check;
mod clients;
mod clones;
mod config;
mod directory;
mod ends;
mod enrolment;
mod files;
mod guard;
mod hangups;
mod import;
mod joining;
mod listings;
mod misasked;
mod renew;
mod secrets;
mod strangers;
mod tickets;
mod updates;
mod versions;

use borne_gateway_api::ApiError;
use borne_harness::gateway::{Gateway, JoinedTerminal, Refused, Settings};

/// A badge of seven bytes and its PIN.
const BENALI: (&str, &str, &str) = ("e.benali", "0493C8720F5A84", "571839");
/// A badge of four bytes and its PIN.
const PETIT: (&str, &str, &str) = ("h.petit", "5B90C2E7", "145792");

/// A gateway that knows both badges.
fn gateway() -> Gateway {
    with(Settings::default())
}

/// The same, with settings.
fn with(settings: Settings) -> Gateway {
    let gateway = Gateway::with(settings);
    for (login, uid, pin) in [BENALI, PETIT] {
        gateway.add_badge(login, uid, pin);
    }
    gateway
}

/// A terminal that has joined, started and polled.
fn started(gateway: &Gateway, name: &str) -> JoinedTerminal {
    let mut terminal = gateway.terminal(name);
    let _started = terminal.start().unwrap();
    assert!(!terminal.poll(None).unwrap());
    terminal
}

/// The gateway lets it in no more.
#[track_caller]
fn assert_is_out(terminal: &JoinedTerminal) {
    let answer = terminal.poll(None);
    assert!(matches!(answer, Err(Refused::Api(403, ApiError::TerminalRevoked))), "{answer:?}");
}
