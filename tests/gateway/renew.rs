//! A terminal's certificate is followed by another before it ends, and never by two.

use crate::{BENALI, assert_is_out, gateway, started, with};
use borne_gateway_api::{ApiError, RenewAnswer, RenewRequest, path};
use borne_harness::gateway::{Gateway, JoinedTerminal, Refused, Settings};
use borne_harness::wait_for;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// Moments to hang up at, in milliseconds: from before the request is read to after the answer.
const MOMENTS: [u64; 12] = [0, 1, 2, 3, 4, 6, 8, 12, 20, 40, 60, 90];

#[track_caller]
fn assert_is_in(terminal: &JoinedTerminal) {
    assert!(!terminal.poll(None).unwrap());
}

fn count(gateway: &Gateway, event: &str) -> usize {
    gateway.audit().split_whitespace().filter(|word| *word == event).count()
}

#[test]
fn the_old_certificate_is_good_until_the_new_one_is_shown_and_not_after() {
    let gateway = gateway();
    let old = started(&gateway, "salle-1");
    let new = old.renew().unwrap();
    gateway.wait_for_audit("renewal_given");
    for _ in 0..2 {
        assert_is_in(&old);
    }
    assert_eq!(count(&gateway, "terminal_renewed"), 0, "nobody has shown it");
    assert_is_in(&new);
    gateway.wait_for_audit("terminal_renewed");
    assert_is_out(&old);
    // The run has gone on, and the new key proves what the old one did.
    let page = gateway.browser().redeem(&new.sign(new.login(BENALI.1, BENALI.2).ticket.expose()));
    assert_eq!(page.status, 303);
    assert_eq!(count(&gateway, "terminal_renewed"), 1);
}

#[test]
fn the_new_certificate_is_good_from_its_first_start_too() {
    let gateway = gateway();
    let old = started(&gateway, "salle-1");
    let mut new = old.renew().unwrap();
    let _started = new.start().unwrap();
    assert_is_in(&new);
    assert_is_out(&old);
}

#[test]
fn a_poll_in_flight_of_the_old_certificate_ends_when_the_new_one_is_shown() {
    let gateway = gateway();
    let old = started(&gateway, "salle-1");
    let new = old.renew().unwrap();
    std::thread::scope(|scope| {
        let polls = scope.spawn(|| {
            loop {
                if let Err(refused) = old.poll(None) {
                    return refused;
                }
            }
        });
        assert_is_in(&new);
        let refused = polls.join().unwrap();
        assert!(matches!(refused, Refused::Api(403, ApiError::TerminalRevoked)), "{refused:?}");
    });
}

#[test]
fn a_terminal_that_hangs_up_while_it_renews_is_never_without_a_certificate() {
    let mut gateway = gateway();
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        let name = format!("salle-{number}");
        let mut old = started(&gateway, &name);
        let request = RenewRequest { csr_pem: old.request() };
        old.hang_up_on(path::RENEW, &request, Duration::from_millis(moment));
        if number % 4 == 3 {
            gateway.kill_and_restart();
            old.follow(&gateway);
        }
        assert_is_in(&old);
        let new = old.renew().unwrap_or_else(|refused| panic!("{moment} ms: {refused:?}"));
        // It may hang up on its first words with the new one as well.
        new.hang_up_on(path::START, &(), Duration::from_millis(moment));
        assert_is_in(&new);
        assert_is_out(&old);
    }
    assert_eq!(count(&gateway, "terminal_cloned"), 0, "{}", gateway.audit());
}

#[test]
fn a_gateway_that_is_killed_knows_both_certificates_afterwards() {
    let mut gateway = gateway();
    let mut old = started(&gateway, "salle-1");
    let mut new = old.renew().unwrap();
    gateway.kill_and_restart();
    old.follow(&gateway);
    new.follow(&gateway);
    assert_is_in(&old);
    assert_is_in(&new);
    gateway.kill_and_restart();
    old.follow(&gateway);
    new.follow(&gateway);
    assert_is_out(&old);
    assert_is_in(&new);
}

#[test]
fn a_certificate_that_was_given_and_never_shown_is_void_when_another_is_asked_for() {
    let gateway = gateway();
    let terminal = started(&gateway, "salle-1");
    let (lost, kept) = (terminal.renew().unwrap(), terminal.renew().unwrap());
    assert_is_out(&lost);
    assert_is_in(&terminal);
    assert_is_in(&kept);
    assert_is_out(&lost);
    // A refused one is no copy: the terminal was never in by it.
    assert_is_in(&kept);
}

#[test]
fn a_terminal_that_is_out_cannot_renew_and_what_it_was_given_lets_nobody_in() {
    let gateway = gateway();
    let (revoked, invited) = (started(&gateway, "salle-1"), started(&gateway, "salle-2"));
    let given = [revoked.renew().unwrap(), invited.renew().unwrap()];
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    let mut again = gateway.stranger();
    again.join(&gateway.invite("salle-2")).unwrap();
    for out in given.iter().chain([&revoked, &invited]) {
        assert_is_out(out);
        assert!(matches!(out.renew(), Err(Refused::Api(403, ApiError::TerminalRevoked))));
    }
    assert_is_in(&again);
}

#[test]
fn a_bad_request_or_too_many_of_them_are_refused_and_cost_nothing() {
    let gateway = gateway();
    let terminal = started(&gateway, "salle-1");
    let good = terminal.request();
    let middle = good.len() / 2;
    let flipped = if good.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let forged = format!("{}{flipped}{}", &good[..middle], &good[middle + 1..]);
    for csr_pem in ["nonsense".to_owned(), forged] {
        let answer = terminal.post::<_, RenewAnswer>(path::RENEW, &RenewRequest { csr_pem });
        let refused = matches!(answer, Err(Refused::Api(400, ApiError::BadCertificateRequest)));
        assert!(refused, "{answer:?}");
    }
    let (mut kept, mut given) = (None, 0);
    let refused = loop {
        match terminal.renew() {
            Ok(next) => (kept, given) = (Some(next), given + 1),
            Err(refused) => break refused,
        }
        assert!(given < 20, "no limit");
    };
    assert!(matches!(refused, Refused::Api(429, ApiError::TooOften)), "{refused:?}");
    let lines = gateway.bornectl(&["audit", "--refused"], "").unwrap();
    assert!(lines.contains("renewal_refused"), "{lines}");
    assert_is_in(&kept.unwrap());
}

#[test]
fn who_shows_the_old_certificate_later_has_a_copy_of_the_card() {
    let gateway = with(Settings { session: "heartbeat_ms = 100", ..Settings::default() });
    let original = started(&gateway, "salle-1");
    let copy = original.twin();
    let renewed = original.renew().unwrap();
    assert_is_in(&renewed);
    wait_for("the copy to be seen", PATIENCE, || {
        assert_is_out(&copy);
        let audit = gateway.audit();
        if audit.contains(" terminal_cloned ") { Ok(()) } else { Err(audit) }
    });
    assert_is_out(&renewed);
    let list = gateway.bornectl(&["terminal", "list"], "").unwrap();
    assert!(list.contains("CLONED"), "{list}");
    assert_is_out(&copy);
    assert_eq!(count(&gateway, "terminal_cloned"), 1, "said once");
}

#[test]
fn a_copy_that_renews_does_not_take_the_terminals_place() {
    let gateway = with(Settings { session: "heartbeat_ms = 100", ..Settings::default() });
    let original = started(&gateway, "salle-1");
    // Twice, so that the original's certificate is not even the one before.
    let once = original.twin().renew().unwrap();
    assert_is_in(&once);
    let twice = once.renew().unwrap();
    assert_is_in(&twice);
    wait_for("the copy to be seen", PATIENCE, || {
        assert_is_out(&original);
        let audit = gateway.audit();
        if audit.contains(" terminal_cloned ") { Ok(()) } else { Err(audit) }
    });
    assert_is_out(&twice);
}

#[test]
fn a_copy_with_an_old_run_cannot_renew() {
    let gateway = gateway();
    let original = started(&gateway, "salle-1");
    let copy = original.twin();
    let mut original = original;
    let _started = original.start().unwrap();
    assert_is_in(&original);
    assert!(matches!(copy.renew(), Err(Refused::Api(403, ApiError::TerminalRevoked))));
    gateway.wait_for_audit("terminal_cloned");
}

#[test]
fn a_terminal_is_told_when_a_third_of_its_certificates_life_is_left() {
    let lives = Settings { terminal_api: "certificate_s = 9", ..Settings::default() };
    let gateway = with(lives);
    let terminal = started(&gateway, "salle-1");
    assert!(!terminal.poll_answer().unwrap().renew, "at once");
    wait_for("the word", PATIENCE, || {
        if terminal.poll_answer().unwrap().renew { Ok(()) } else { Err("not yet".to_owned()) }
    });
    let renewed = terminal.renew().unwrap();
    assert!(!renewed.poll_answer().unwrap().renew, "the new one has its whole life");
}

#[test]
fn an_older_terminal_is_not_told_in_words_it_does_not_know() {
    let gateway = with(Settings { terminal_api: "certificate_s = 30", ..Settings::default() });
    let newer = started(&gateway, "salle-1");
    let older = newer.twin().naming_version(2);
    wait_for("the word", Duration::from_secs(25), || {
        assert!(!older.poll_answer().unwrap().renew);
        if newer.poll_answer().unwrap().renew { Ok(()) } else { Err("not yet".to_owned()) }
    });
    assert!(!older.poll_answer().unwrap().renew);
}

#[test]
fn a_certificate_that_has_ended_lets_nobody_in() {
    let gateway = with(Settings { terminal_api: "certificate_s = 2", ..Settings::default() });
    let terminal = gateway.terminal("salle-1");
    wait_for("its end", PATIENCE, || match terminal.twin().poll(None) {
        Err(Refused::Unanswered(why)) if why.contains("CertificateExpired") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let list = gateway.bornectl(&["terminal", "list"], "").unwrap();
    assert!(list.contains("salle-1"), "{list}");
}
