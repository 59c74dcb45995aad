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

/// A badge of seven bytes and its PIN.
const BENALI: (&str, &str, &str) = ("e.benali", "0493C8720F5A84", "571839");
/// A badge of four bytes and its PIN.
const PETIT: (&str, &str, &str) = ("h.petit", "5B90C2E7", "145792");

/// A gateway that knows both badges.
fn gateway() -> borne_harness::gateway::Gateway {
    with(borne_harness::gateway::Settings::default())
}

/// The same, with settings.
fn with(settings: borne_harness::gateway::Settings) -> borne_harness::gateway::Gateway {
    let gateway = borne_harness::gateway::Gateway::with(settings);
    for (login, uid, pin) in [BENALI, PETIT] {
        gateway.add_badge(login, uid, pin);
    }
    gateway
}
