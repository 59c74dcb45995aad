//! Joining and revoking terminals.

use borne_gateway_api::{
    ApiError, JoinAnswer, JoinRequest, PollRequest, Secret, StartAnswer, path,
};
use borne_harness::gateway::{Gateway, Refused};
use borne_harness::wait_for;
use std::time::{Duration, Instant};

#[test]
fn a_join_token_works_once() {
    let gateway = Gateway::start();
    let token = gateway.invite("salle-1");
    let mut first = gateway.stranger();
    assert_eq!(first.join(&token).unwrap().terminal, "salle-1");
    let answer: StartAnswer = first.post(path::START, &()).unwrap();
    assert_eq!(answer.terminal, "salle-1");
    let again = gateway.stranger().join(&token);
    assert!(matches!(again, Err(Refused::Api(403, ApiError::TokenRefused))), "{again:?}");
    gateway.wait_for_audit("join_refused");
}

#[test]
fn the_same_key_is_given_its_certificate_again_until_it_has_shown_it() {
    let mut gateway = Gateway::start();
    let token = gateway.invite("salle-1");
    let mut first = gateway.stranger();
    let given = first.join(&token).unwrap();
    // The power was cut before the card had it: the same request again, also of a gateway that was
    // restarted meanwhile.
    gateway.kill_and_restart();
    first.follow(&gateway);
    let again = first.join(&token).unwrap();
    assert_eq!((again.certificate_pem, again.terminal), (given.certificate_pem, given.terminal));
    gateway.wait_for_audit("join_repeated");
    let other = gateway.stranger().join(&token);
    assert!(
        matches!(other, Err(Refused::Api(403, ApiError::TokenRefused))),
        "another key: {other:?}"
    );
    gateway.wait_for_audit("join_refused");
    // Nobody else's try has cost it anything. It has its certificate now, and whoever takes the
    // card out asks in vain.
    assert_eq!(first.post::<_, StartAnswer>(path::START, &()).unwrap().terminal, "salle-1");
    let late = first.join(&token);
    assert!(
        matches!(late, Err(Refused::Api(403, ApiError::TokenRefused))),
        "after it was shown: {late:?}"
    );
    assert!(
        first.post::<_, StartAnswer>(path::START, &()).is_ok(),
        "the refused try has cost the terminal its place"
    );
}

#[test]
fn a_request_that_is_none_is_not_given_the_certificate_of_a_spent_token() {
    let gateway = Gateway::start();
    let token = gateway.invite("salle-1");
    let mut first = gateway.stranger();
    first.join(&token).unwrap();
    // The key's own request with one letter changed: whoever sends it has not signed it.
    let good = first.request();
    let middle = good.len() / 2;
    let flipped = if good.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let forged = format!("{}{flipped}{}", &good[..middle], &good[middle + 1..]);
    for csr_pem in ["nonsense".to_owned(), forged] {
        let request = JoinRequest { token: Secret::new(token.clone()), csr_pem };
        let answer = first.post::<_, JoinAnswer>(path::JOIN, &request);
        assert!(matches!(answer, Err(Refused::Api(403, ApiError::TokenRefused))), "{answer:?}");
    }
    gateway.wait_for_audit("join_refused");
}

#[test]
fn a_revoked_terminal_or_one_invited_anew_is_not_given_its_certificate_again() {
    let gateway = Gateway::start();
    let (revoked, renewed) = (gateway.invite("salle-1"), gateway.invite("salle-2"));
    let (mut first, mut second) = (gateway.stranger(), gateway.stranger());
    first.join(&revoked).unwrap();
    second.join(&renewed).unwrap();
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    let _newer = gateway.invite("salle-2");
    for (terminal, token) in [(&mut first, revoked), (&mut second, renewed)] {
        let again = terminal.join(&token);
        assert!(matches!(again, Err(Refused::Api(403, ApiError::TokenRefused))), "{again:?}");
    }
}

#[test]
fn a_new_invitation_voids_the_one_before() {
    let gateway = Gateway::start();
    let (old, new) = (gateway.invite("salle-1"), gateway.invite("salle-1"));
    assert!(matches!(
        gateway.stranger().join(&old),
        Err(Refused::Api(403, ApiError::TokenRefused))
    ));
    assert!(gateway.stranger().join(&new).is_ok());
}

#[test]
fn a_bad_certificate_request_does_not_use_the_token_up() {
    let gateway = Gateway::start();
    let token = gateway.invite("salle-1");
    let mut terminal = gateway.stranger();
    let good = terminal.request();
    let middle = good.len() / 2;
    let flipped = if good.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let forged = format!("{}{flipped}{}", &good[..middle], &good[middle + 1..]);
    for csr_pem in ["nonsense".to_owned(), forged] {
        let request = JoinRequest { token: Secret::new(token.clone()), csr_pem };
        let answer = terminal.post::<_, JoinAnswer>(path::JOIN, &request);
        assert!(
            matches!(answer, Err(Refused::Api(400, ApiError::BadCertificateRequest))),
            "{answer:?}"
        );
    }
    assert!(terminal.join(&token).is_ok());
}

#[test]
fn without_a_certificate_only_joining_is_answered() {
    let gateway = Gateway::start();
    let stranger = gateway.stranger();
    for path in
        [path::START, path::POLL, path::TAP, path::PIN, path::END, path::STATUS, path::RENEW]
    {
        let answer = stranger.post::<_, StartAnswer>(path, &PollRequest { session: None });
        assert!(
            matches!(answer, Err(Refused::Api(401, ApiError::NoCertificate))),
            "{path}: {answer:?}"
        );
    }
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let (gateway, other) = (Gateway::start(), Gateway::start());
    let mut terminal = gateway.stranger();
    // Signed for the same key, with the same name, by the authority of another town.
    let request =
        JoinRequest { token: Secret::new(other.invite("salle-1")), csr_pem: terminal.request() };
    let foreign: JoinAnswer = other.stranger().post(path::JOIN, &request).unwrap();
    terminal.wear(foreign.certificate_pem);
    assert!(matches!(terminal.poll(None), Err(Refused::Unanswered(_))));
}

#[test]
fn a_revoked_terminal_is_cut_off_at_once_on_its_open_connection() {
    let gateway = Gateway::start();
    let terminal = gateway.terminal("salle-1");
    assert!(terminal.post::<_, StartAnswer>(path::START, &()).is_ok());
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    let answer = terminal.post::<_, StartAnswer>(path::START, &());
    assert!(matches!(answer, Err(Refused::Api(403, ApiError::TerminalRevoked))), "{answer:?}");
    assert!(
        gateway.bornectl(&["terminal", "revoke", "salle-9"], "").unwrap_err().contains("salle-9")
    );
}

#[test]
fn revoking_ends_a_poll_in_flight() {
    let gateway = Gateway::start();
    let mut terminal = gateway.terminal("salle-1");
    let _started = terminal.start().unwrap();
    std::thread::scope(|scope| {
        // The first poll is over by itself after two seconds; one of those in flight meets the
        // revocation.
        let polls = scope.spawn(|| {
            loop {
                let begun = Instant::now();
                match terminal.poll(None) {
                    Ok(end_session) => assert!(!end_session),
                    Err(refused) => return (refused, begun.elapsed()),
                }
            }
        });
        let twin = terminal.twin();
        assert!(!twin.poll(None).unwrap(), "held for its two seconds");
        gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
        let (refused, after) = polls.join().unwrap();
        assert!(matches!(refused, Refused::Api(403, ApiError::TerminalRevoked)), "{refused:?}");
        assert!(after < Duration::from_millis(1_950), "it was held to its end: {after:?}");
    });
}

#[test]
fn a_revoked_terminal_can_be_invited_again() {
    let gateway = Gateway::start();
    let mut terminal = gateway.terminal("salle-1");
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    terminal.join(&gateway.invite("salle-1")).unwrap();
    wait_for("the heartbeat", Duration::from_secs(5), || terminal.poll(None).map(drop));
}
