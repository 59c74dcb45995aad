//! The audit says who, from where, which badge, which session, which application; and IT's words
//! mean one thing.

use crate::ends::in_application;
use crate::{BENALI, PETIT, gateway, with};
use borne_harness::gateway::Settings;
use borne_harness::wait_for;
use std::time::Duration;

#[track_caller]
fn line<'a>(audit: &'a str, event: &str) -> Vec<&'a str> {
    let line = audit.lines().find(|line| line.split_whitespace().nth(1) == Some(event));
    line.unwrap_or_else(|| panic!("no {event} in\n{audit}")).split_whitespace().collect()
}

#[test]
fn each_line_says_all_that_is_known() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.bornectl(&["session", "end", "e.benali"], "").unwrap();
    gateway.party().wait_for_logout(&login.ticket);
    gateway.wait_for_audit("logout_told");
    let audit = gateway.audit();
    let session: String = login.grant.session.0.chars().take(8).collect();
    // AT EVENT TIMES LOGIN BADGE TERMINAL SESSION APPLICATION ADDRESS BY
    let tail = |event| line(&audit, event)[2..].join(" ");
    assert_eq!(tail("granted"), format!("1 e.benali 1 salle-1 {session} - 127.0.0.1 -"));
    assert_eq!(tail("redeemed"), format!("1 e.benali 1 salle-1 {session} - 127.0.0.1 -"));
    assert_eq!(tail("entered"), format!("1 e.benali - salle-1 {session} application - -"));
    let by = format!("uid {}", rustix::process::getuid().as_raw());
    assert_eq!(tail("ended_operator"), format!("1 e.benali 1 salle-1 {session} - - {by}"));
    assert_eq!(tail("logout_told"), format!("1 e.benali - salle-1 {session} application - -"));
    assert_eq!(tail("badge_added"), format!("1 e.benali 1 - - - - {by}"));
    assert_eq!(tail("terminal_joined"), "1 - - salle-1 - - 127.0.0.1 -");
}

#[test]
fn a_number_is_never_taken_for_a_login() {
    let gateway = gateway();
    // h.petit's is badge 2; somebody's login is "2".
    gateway.add_badge("2", "04AB19C24D7781", "275014");
    gateway.secrets().add("604817");
    let set = gateway.bornectl(&["badge", "set-pin", "--login", "2"], "604817\n").unwrap();
    assert!(set.contains("badge 3") && !set.contains("badge 2"), "{set}");
    let _grant = gateway.terminal("salle-1").login(PETIT.1, PETIT.2);
    let removed = gateway.bornectl(&["badge", "remove", "--badge", "2"], "").unwrap();
    assert!(removed.contains("h.petit"), "{removed}");
    assert!(
        gateway.bornectl(&["badge", "list"], "").unwrap().contains("04AB19C24D7781"[12..].trim())
    );
    let unsaid = gateway.bornectl(&["badge", "remove", "2"], "").unwrap_err();
    assert!(unsaid.contains("--badge") && unsaid.contains("--login"), "{unsaid}");
    gateway.bornectl(&["badge", "unlock", "--login", "E.Benali"], "").unwrap();
}

#[test]
fn several_badges_are_meant_only_when_it_is_said() {
    let gateway = gateway();
    gateway.add_badge("e.benali", "04AB19C24D7781", "275014");
    let refused = gateway.bornectl(&["badge", "remove", "--login", "e.benali"], "").unwrap_err();
    assert!(refused.contains("badge 1") && refused.contains("--all-badges"), "{refused}");
    gateway.bornectl(&["badge", "remove", "--login", "e.benali", "--all-badges"], "").unwrap();
    assert!(!gateway.bornectl(&["badge", "list"], "").unwrap().contains("e.benali"));
}

#[test]
fn a_badge_that_is_registered_is_not_given_a_new_pin_by_the_way() {
    let gateway = gateway();
    let again = format!("{}\n604817\n", BENALI.1);
    let refused = gateway.bornectl(&["badge", "add", "--login", "e.benali"], &again).unwrap_err();
    assert!(refused.contains("set-pin --badge 1"), "{refused}");
    let _grant = gateway.terminal("salle-1").login(BENALI.1, BENALI.2);
}

#[test]
fn a_removed_badge_or_a_new_pin_ends_the_session_opened_with_it() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.secrets().add("604817");
    let set = gateway.bornectl(&["badge", "set-pin", "--badge", "1"], "604817\n").unwrap();
    assert!(set.contains("1 session(s) ended"), "{set}");
    gateway.party().wait_for_logout(&login.ticket);
    assert!(login.terminal.poll(Some(&login.grant.session)).unwrap());
    let grant = login.terminal.login(BENALI.1, "604817");
    gateway.bornectl(&["badge", "remove", "--badge", "1"], "").unwrap();
    assert!(login.terminal.poll(Some(&grant.session)).unwrap());
    gateway.wait_for_audit("ended_badge_changed");
}

#[test]
fn an_account_that_the_directory_closes_loses_its_session() {
    let mut gateway = with(Settings { session: "recheck_s = 1", ..Settings::default() });
    let login = in_application(&gateway, "salle-1");
    gateway.directory_server().disable("e.benali");
    wait_for("the end", Duration::from_secs(20), || {
        login.terminal.poll(Some(&login.grant.session)).unwrap()
    });
    gateway.wait_for_audit("ended_account_closed");
}

#[test]
fn a_directory_that_is_away_ends_nobodys_session() {
    let mut gateway =
        with(Settings { session: "recheck_s = 1\nheartbeat_ms = 60000", ..Settings::default() });
    let login = in_application(&gateway, "salle-1");
    gateway.directory_server().stop();
    for _ in 0..2 {
        assert!(!login.terminal.poll(Some(&login.grant.session)).unwrap());
    }
}
