//! The login ticket and its redeeming.

use crate::{BENALI, gateway, with};
use borne_harness::gateway::Settings;
use borne_harness::wait_for;
use std::time::Duration;

#[test]
fn a_ticket_with_its_terminals_proof_gets_the_cookie_once() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let signed = terminal.sign(terminal.login(BENALI.1, BENALI.2).ticket.expose());
    let browser = gateway.browser();
    let page = browser.redeem(&signed);
    assert_eq!(page.status, 303);
    let cookie = page.cookie.unwrap();
    for part in ["__Host-borne=", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.contains(part), "{part}");
    }
    assert!(page.location.unwrap().ends_with("/entry"));
    let again = gateway.browser().redeem(&signed);
    assert_eq!((again.status, again.cookie), (403, None));
    assert!(again.text.contains("Présentez à nouveau votre badge"));
    gateway.wait_for_audit("redeemed");
    gateway.wait_for_audit("ticket_refused");
}

#[test]
fn another_terminals_proof_is_refused_and_uses_the_ticket_up() {
    let gateway = gateway();
    let (here, thief) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    let grant = here.login(BENALI.1, BENALI.2);
    assert_eq!(gateway.browser().redeem(&thief.sign(grant.ticket.expose())).status, 403);
    assert_eq!(gateway.browser().redeem(&here.sign(grant.ticket.expose())).status, 403);
}

#[test]
fn a_ticket_without_a_proof_or_with_nonsense_is_refused() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let ticket = terminal.login(BENALI.1, BENALI.2).ticket.clone();
    for form in [
        ticket.expose().to_owned(),
        String::new(),
        ".".to_owned(),
        format!("{}.AAAA", ticket.expose()),
    ] {
        assert_eq!(gateway.browser().redeem(&form).status, 403);
    }
}

#[test]
fn an_expired_ticket_is_refused() {
    let gateway = with(Settings { session: "login_ticket_ms = 1", ..Settings::default() });
    let terminal = gateway.terminal("salle-1");
    // Each try has a ticket of its own: one that is shown is used up.
    wait_for("a refusal", Duration::from_secs(10), || {
        let signed = terminal.sign(terminal.login(BENALI.1, BENALI.2).ticket.expose());
        gateway.browser().redeem(&signed).status == 403
    });
}

#[test]
fn a_ticket_of_a_session_that_is_over_or_of_a_revoked_terminal_is_refused() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let ended = terminal.login(BENALI.1, BENALI.2);
    terminal.end(&ended.session, borne_gateway_api::EndReason::Button);
    assert_eq!(gateway.browser().redeem(&terminal.sign(ended.ticket.expose())).status, 403);
    let revoked = terminal.sign(terminal.login(BENALI.1, BENALI.2).ticket.expose());
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    assert_eq!(gateway.browser().redeem(&revoked).status, 403);
}

#[test]
fn pages_forbid_scripts_frames_and_caching() {
    let gateway = gateway();
    let page = gateway.browser().redeem("x");
    let policy = page.policy.unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!page.text.contains("<script"));
}

#[test]
fn the_warm_page_fetches_scripts_without_running_them() {
    let assets = r#"warm_assets = ["https://localhost:1/a.css?lm=1&x=2", "https://localhost:1/b.js", "https://localhost:1/c.woff2"]"#;
    let gateway = with(Settings { app: assets, ..Settings::default() });
    let page = gateway.browser().get("/borne/warm", &[]);
    assert_eq!(page.status, 200);
    assert!(
        page.text
            .contains(r#"<link rel="stylesheet" href="https://localhost:1/a.css?lm=1&amp;x=2">"#),
        "{}",
        page.text
    );
    assert!(
        page.text.contains(r#"<link rel="preload" as="script" href="https://localhost:1/b.js">"#),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<script"));
}
