//! Every end of a session: its cookie is worth nothing, and the application is told.

use crate::{BENALI, gateway, with};
use borne_gateway_api::{EndReason, Grant, StartAnswer, path};
use borne_harness::gateway::{Browser, Gateway, JoinedTerminal, Settings};
use borne_harness::wait_for;
use std::time::Duration;

pub struct Login {
    pub terminal: JoinedTerminal,
    pub grant: Grant,
    pub browser: Browser,
    /// The used service ticket the application knows its own session by.
    pub ticket: String,
}

/// Logged in, in the application too.
pub fn in_application(gateway: &Gateway, name: &str) -> Login {
    let terminal = gateway.terminal(name);
    let grant = terminal.login(BENALI.1, BENALI.2);
    let browser = gateway.browser();
    assert_eq!(browser.redeem(&terminal.sign(grant.ticket.expose())).status, 303);
    let service = gateway.party().service();
    let ticket = browser.get("/cas/login", &[("service", &service)]).ticket();
    let validated = gateway
        .browser()
        .get("/cas/serviceValidate", &[("service", &service), ("ticket", &ticket)]);
    assert_eq!(validated.element("user"), Some("e.benali"));
    Login { terminal, grant, browser, ticket }
}

#[track_caller]
fn assert_over(gateway: &Gateway, login: &Login) {
    gateway.party().wait_for_logout(&login.ticket);
    assert_eq!(
        login.browser.get("/cas/login", &[("service", &gateway.party().service())]).status,
        401
    );
}

#[test]
fn the_end_at_the_terminal_is_answered_when_the_application_has_been_told() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    login.terminal.end(&login.grant.session, EndReason::Button);
    let told = gateway.party().heard("/app");
    assert!(told.iter().any(|post| {
        post.parameter("logoutRequest").is_some_and(|xml| xml.contains(&login.ticket))
    }));
    assert_over(&gateway, &login);
    login.terminal.end(&login.grant.session, EndReason::Button);
    assert_eq!(gateway.audit().matches("ended_button").count(), 1, "idempotent");
    gateway.wait_for_audit("logout_told");
}

#[test]
fn another_terminal_cannot_end_a_session() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.terminal("salle-2").end(&login.grant.session, EndReason::Button);
    assert!(!login.terminal.poll(Some(&login.grant.session)).unwrap());
}

#[test]
fn a_lost_heartbeat_ends_the_session() {
    let gateway = with(Settings { session: "heartbeat_ms = 400", ..Settings::default() });
    let login = in_application(&gateway, "salle-1");
    assert_over(&gateway, &login);
    gateway.wait_for_audit("ended_heartbeat_lost");
}

#[test]
fn a_heartbeat_keeps_the_session() {
    let gateway = with(Settings { session: "heartbeat_ms = 3000", ..Settings::default() });
    let login = in_application(&gateway, "salle-1");
    for _ in 0..3 {
        assert!(!login.terminal.poll(Some(&login.grant.session)).unwrap());
    }
}

#[test]
fn the_absolute_end_ends_the_session_under_a_living_heartbeat() {
    let gateway = with(Settings { session: "absolute_s = 2", ..Settings::default() });
    let login = in_application(&gateway, "salle-1");
    wait_for("the end", Duration::from_secs(10), || {
        login.terminal.poll(Some(&login.grant.session)).unwrap()
    });
    assert_over(&gateway, &login);
    gateway.wait_for_audit("ended_expired");
}

#[test]
fn a_login_elsewhere_ends_the_session_here() {
    let gateway = gateway();
    let here = in_application(&gateway, "salle-1");
    let there = in_application(&gateway, "salle-2");
    assert!(here.terminal.poll(Some(&here.grant.session)).unwrap());
    assert!(!there.terminal.poll(Some(&there.grant.session)).unwrap());
    assert_over(&gateway, &here);
    gateway.wait_for_audit("ended_elsewhere_tap");
}

#[test]
fn a_terminal_that_starts_afresh_has_no_session() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    let _started: StartAnswer = login.terminal.post(path::START, &()).unwrap();
    assert_over(&gateway, &login);
}

#[test]
fn it_ends_a_session_and_a_poll_in_flight_says_so() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    std::thread::scope(|scope| {
        let poll = scope.spawn(|| {
            wait_for("the end", Duration::from_secs(10), || {
                login.terminal.poll(Some(&login.grant.session)).unwrap()
            });
        });
        let list = gateway.bornectl(&["session", "list"], "").unwrap();
        assert!(list.contains("e.benali") && list.contains("salle-1"), "{list}");
        gateway.bornectl(&["session", "end", "e.benali"], "").unwrap();
        poll.join().unwrap();
    });
    assert_over(&gateway, &login);
    gateway.wait_for_audit("ended_operator");
}

#[test]
fn revoking_the_terminal_ends_its_session() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    assert_over(&gateway, &login);
    gateway.wait_for_audit("ended_revoked");
}

#[test]
fn kill_9_of_the_gateway_ends_the_session_at_its_next_start() {
    let mut gateway = gateway();
    let mut login = in_application(&gateway, "salle-1");
    gateway.kill_and_restart();
    gateway.party().wait_for_logout(&login.ticket);
    login.terminal.follow(&gateway);
    assert!(login.terminal.poll(Some(&login.grant.session)).unwrap());
    gateway.wait_for_audit("ended_restarted");
}

#[test]
fn an_application_that_does_not_answer_is_told_again() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.party().refuse_next(2);
    login.terminal.end(&login.grant.session, EndReason::Idle);
    gateway.wait_for_audit("logout_retrying");
    gateway.wait_for_audit("logout_told");
}

#[test]
fn a_logout_that_was_not_delivered_survives_kill_9() {
    let mut gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.party().refuse_next(1);
    login.terminal.end(&login.grant.session, EndReason::Idle);
    gateway.kill();
    let before = gateway.party().heard("/app").len();
    gateway.kill_and_restart();
    wait_for("the message again", Duration::from_secs(20), || {
        gateway.party().heard("/app").len() > before
    });
    gateway.wait_for_audit("logout_told");
}
