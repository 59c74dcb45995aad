//! The gateway's answers to an honest terminal, quiet and besieged by turns.

use crate::numbers::{Numbers, quantile};
use borne_gateway_api::SessionId;
use borne_harness::gateway::{Gateway, JoinedTerminal, Settings, Siege};
use borne_harness::wait_for;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
/// Of taps and of polls, each, in one turn.
const REQUESTS: usize = 100;
const BADGE: (&str, &str, &str) = ("e.benali", "0493C8720F5A84", "571839");
/// Between one tap and the next: faster than any person, slower than what the door allows.
const PAUSE: Duration = Duration::from_millis(60);
/// How long a siege goes on before and while it is measured for the disk.
const SIEGE: Duration = Duration::from_secs(3);

/// Measures.
pub fn measure(numbers: &mut Numbers) {
    let gateway = Gateway::with(Settings {
        limits: "taps_per_minute = 1000\nrequests_per_minute = 10000",
        log: "info",
        ..Settings::default()
    });
    gateway.add_badge(BADGE.0, BADGE.1, BADGE.2);
    let terminal = gateway.terminal("salle-1");
    let _warm = p99(&terminal);
    let before = refusals(&gateway);
    let (mut besieged, mut refused) = (Duration::ZERO, 0);
    for round in 1..=ROUNDS {
        let quiet = p99(&terminal);
        let (begun, siege) = (Instant::now(), Siege::lay(&gateway));
        while begun.elapsed() < SIEGE {
            std::thread::yield_now();
        }
        let loud = p99(&terminal);
        refused += siege.refused();
        drop(siege);
        besieged += begun.elapsed();
        numbers.add("gateway_p99_ms_quiet", "ms", quiet);
        numbers.add("gateway_p99_ms_under_siege", "ms", loud);
        numbers.add("gateway_p99_siege_over_quiet", "ratio", loud / quiet);
        println!("bench: siege {round} of {ROUNDS}: {refused} requests refused");
    }
    // What is folded comes once a minute, so the lines of this time are at least those of a minute.
    let minutes = (besieged.as_secs_f64() / 60.0).max(1.0);
    let lines = refusals(&gateway) - before;
    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let an_hour = lines as f64 / minutes * 60.0 / 1e6;
    numbers.add("gateway_siege_disk_mb_an_hour", "MB", an_hour);
}

/// Bytes of all lines of strangers, as printed: more than the database keeps of them.
fn refusals(gateway: &Gateway) -> usize {
    gateway.bornectl(&["audit", "--refused", "-n", "100000"], "").expect("read the audit").len()
}

/// Of taps, each on a new connection, and heartbeats on a kept one.
fn p99(terminal: &JoinedTerminal) -> f64 {
    let over = SessionId("over".to_owned());
    let mut times = Vec::new();
    for _ in 0..REQUESTS {
        let begun = Instant::now();
        times.push(timed(|| {
            let _tap = terminal.tap_known(BADGE.1);
        }));
        times.push(timed(|| assert!(terminal.poll(Some(&over)).expect("an answer"))));
        wait_for("the next", PAUSE * 2, || begun.elapsed() >= PAUSE);
    }
    quantile(&times, 0.99)
}

fn timed(act: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    act();
    begun.elapsed().as_secs_f64() * 1000.0
}
