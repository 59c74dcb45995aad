//! Applications as data: however one learns of the end of a session, it is written down when it lets
//! the agent in, and the audit says what came of it; rows of an older gateway are told after the
//! upgrade.

use crate::ends::{Login, in_application};
use crate::{gateway, with};
use borne_gateway_api::EndReason;
use borne_harness::gateway::{Gateway, ONE_MIGRATION_BACK, Settings};

const TOLD_NOBODY: &str = "logout = \"none\"";
const VISITED: &str = "logout = { browser_visit = \"https://localhost:1/app/logout\" }";

/// The application takes a second ticket, as after a reload of its page.
fn again(gateway: &Gateway, login: &Login) {
    let service = gateway.party().service();
    let ticket = login.browser.get("/cas/login", &[("service", &service)]).ticket();
    let fields = [("service", service.as_str()), ("ticket", ticket.as_str())];
    let page = gateway.browser().get("/cas/serviceValidate", &fields);
    assert_eq!(page.element("user"), Some("e.benali"));
}

#[test]
fn an_application_that_the_browser_visits_or_nobody_tells_has_its_audit_line_too() {
    for (app, event, visits) in
        [(VISITED, "logout_by_browser", 1), (TOLD_NOBODY, "logout_untold", 0)]
    {
        let gateway = with(Settings { app, ..Settings::default() });
        let login = in_application(&gateway, "salle-1");
        again(&gateway, &login);
        assert_eq!(login.grant.logout_urls.len(), visits);
        login.terminal.end(&login.grant.session, EndReason::Button);
        gateway.wait_for_audit(event);
        let audit = gateway.audit();
        assert_eq!(audit.matches(event).count(), 1, "{audit}");
        assert!(audit.lines().any(|line| line.contains(event) && line.contains("application")));
        assert!(gateway.party().heard("/app").is_empty(), "nobody was to be told");
    }
}

#[test]
fn every_session_that_an_application_made_is_ended() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    again(&gateway, &login);
    login.terminal.end(&login.grant.session, EndReason::Button);
    assert_eq!(gateway.party().heard("/app").len(), 2, "one message per ticket");
}

#[test]
fn how_an_application_is_told_is_what_it_was_when_it_let_the_agent_in() {
    let mut gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.kill();
    let text = std::fs::read_to_string(gateway.config()).unwrap();
    std::fs::write(gateway.config(), text + "logout = \"none\"\n").unwrap();
    gateway.kill_and_restart();
    gateway.party().wait_for_logout(&login.ticket);
    gateway.wait_for_audit("logout_told");
}

#[test]
fn what_an_older_gateway_had_to_tell_is_told_after_the_upgrade() {
    let mut gateway = gateway();
    // One is over and not told, with a try behind it; the other is open.
    let over = in_application(&gateway, "salle-1");
    gateway.party().refuse_next(1);
    over.terminal.end(&over.grant.session, EndReason::Idle);
    gateway.wait_for_audit("logout_retrying");
    gateway.kill();
    gateway.party().refuse_next(0);
    // Not before the upgrade.
    gateway.sql("UPDATE outbox SET due_at = due_at + 3000000");
    gateway.kill_and_restart();
    let open = in_application(&gateway, "salle-2");
    gateway.kill();
    gateway.sql(ONE_MIGRATION_BACK);
    let before = gateway.sql("SELECT * FROM app_session ORDER BY id; SELECT * FROM outbox");
    gateway.sql("UPDATE outbox SET due_at = 0");
    let told = gateway.party().heard("/app").len();
    gateway.kill_and_restart();
    assert_eq!(before.lines().count(), 3, "{before}");
    gateway.party().wait_for_logout(&open.ticket);
    borne_harness::wait_for("both", std::time::Duration::from_secs(20), || {
        gateway.party().heard("/app").len() >= told + 2
    });
    let last = gateway.party().heard("/app").split_off(told);
    for ticket in [&over.ticket, &open.ticket] {
        let names = |xml: &str| xml.contains(ticket);
        assert!(last.iter().any(|post| post.parameter("logoutRequest").is_some_and(names)));
    }
    borne_harness::wait_for("an empty outbox", std::time::Duration::from_secs(20), || {
        gateway.sql("SELECT count(*) FROM outbox").trim() == "0"
    });
    assert_eq!(gateway.sql("PRAGMA foreign_key_check"), "");
}

#[test]
fn a_row_that_cannot_be_read_is_given_up_and_holds_up_no_other() {
    let mut gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.kill();
    gateway.sql(
        "INSERT INTO app_session (session, application, logout)
         SELECT id, 'application', 'owl' FROM sso_session;",
    );
    gateway.kill_and_restart();
    gateway.party().wait_for_logout(&login.ticket);
    gateway.wait_for_audit("logout_given_up");
    gateway.wait_for_audit("logout_told");
}
