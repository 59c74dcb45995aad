//! CAS: the chain an application goes through, and every way it may not go.

use crate::{BENALI, gateway, with};
use borne_gateway_api::{EndReason, Grant};
use borne_harness::gateway::{Browser, Gateway, JoinedTerminal, Settings};
use borne_harness::wait_for;
use std::time::Duration;

/// A terminal, its grant, and a browser that has the cookie.
fn logged_in(gateway: &Gateway) -> (JoinedTerminal, Grant, Browser) {
    let terminal = gateway.terminal("salle-1");
    let grant = terminal.login(BENALI.1, BENALI.2);
    let browser = gateway.browser();
    assert_eq!(browser.redeem(&terminal.sign(grant.ticket.expose())).status, 303);
    (terminal, grant, browser)
}

fn service_ticket(gateway: &Gateway, browser: &Browser) -> String {
    let page = browser.get("/cas/login", &[("service", &gateway.party().service())]);
    assert_eq!(page.status, 303, "{}", page.text);
    page.ticket()
}

#[test]
fn an_application_learns_who_it_is_and_gets_a_proxy_ticket_for_imap() {
    let gateway = gateway();
    let (terminal, grant, browser) = logged_in(&gateway);
    let ticket = service_ticket(&gateway, &browser);
    let (service, pgt_url, back) =
        (gateway.party().service(), gateway.party().pgt_url(), gateway.browser());
    let validated = back.get(
        "/cas/serviceValidate",
        &[("service", &service), ("ticket", &ticket), ("pgtUrl", &pgt_url)],
    );
    assert_eq!(validated.element("user"), Some("e.benali"), "{}", validated.text);
    assert_eq!(validated.element("mail"), Some("e.benali@mairie.example"));
    assert_eq!(validated.element("displayName"), Some("Éliane Benali"));
    let receipt = validated.element("proxyGrantingTicket").unwrap();
    let callback = gateway.party().heard("/proxy").pop().unwrap();
    assert_eq!(callback.parameter("pgtIou"), Some(receipt));
    let pgt = callback.parameter("pgtId").unwrap();
    gateway.secrets().add(pgt);

    let proxied = back.get("/cas/proxy", &[("pgt", pgt), ("targetService", "imap://localhost")]);
    let proxy_ticket =
        proxied.element("proxyTicket").unwrap_or_else(|| panic!("{}", proxied.text)).to_owned();
    let wrong_path = back
        .get("/cas/serviceValidate", &[("service", "imap://localhost"), ("ticket", &proxy_ticket)]);
    assert!(wrong_path.fails_with("UNAUTHORIZED_SERVICE_PROXY"), "{}", wrong_path.text);
    let proxied = back.get("/cas/p3/proxy", &[]);
    assert_eq!(proxied.status, 404);
    let proxied = back.get("/cas/proxy", &[("pgt", pgt), ("targetService", "imap://localhost")]);
    let proxy_ticket = proxied.element("proxyTicket").unwrap().to_owned();
    let imap = back
        .get("/cas/proxyValidate", &[("service", "imap://localhost"), ("ticket", &proxy_ticket)]);
    assert_eq!(imap.element("user"), Some("e.benali"), "{}", imap.text);
    assert_eq!(imap.element("proxy"), Some(pgt_url.as_str()));
    let elsewhere = back.get("/cas/proxy", &[("pgt", pgt), ("targetService", "imap://elsewhere")]);
    assert!(elsewhere.fails_with("UNAUTHORIZED_SERVICE"), "{}", elsewhere.text);

    terminal.end(&grant.session, EndReason::Button);
    let late = back.get("/cas/proxy", &[("pgt", pgt), ("targetService", "imap://localhost")]);
    assert!(late.fails_with("INVALID_TICKET"), "{}", late.text);
}

#[test]
fn a_service_ticket_works_once_and_only_for_its_service() {
    let gateway = gateway();
    let (_terminal, _grant, browser) = logged_in(&gateway);
    let (service, back) = (gateway.party().service(), gateway.browser());
    let ticket = service_ticket(&gateway, &browser);
    let once = back.get("/cas/p3/serviceValidate", &[("service", &service), ("ticket", &ticket)]);
    assert_eq!(once.element("user"), Some("e.benali"));
    assert!(
        back.get("/cas/p3/serviceValidate", &[("service", &service), ("ticket", &ticket)])
            .fails_with("INVALID_TICKET")
    );
    let other = service_ticket(&gateway, &browser);
    let wrong = back
        .get("/cas/serviceValidate", &[("service", "https://localhost/other"), ("ticket", &other)]);
    assert!(wrong.fails_with("INVALID_SERVICE"), "{}", wrong.text);
    assert!(
        back.get("/cas/serviceValidate", &[("service", &service), ("ticket", &other)])
            .fails_with("INVALID_TICKET")
    );
    assert!(
        back.get("/cas/serviceValidate", &[("service", &service)]).fails_with("INVALID_REQUEST")
    );
}

#[test]
fn a_service_ticket_expires() {
    let gateway = with(Settings { session: "service_ticket_ms = 1", ..Settings::default() });
    let (_terminal, _grant, browser) = logged_in(&gateway);
    let (service, back) = (gateway.party().service(), gateway.browser());
    wait_for("a refusal", Duration::from_secs(10), || {
        let ticket = service_ticket(&gateway, &browser);
        back.get("/cas/serviceValidate", &[("service", &service), ("ticket", &ticket)])
            .fails_with("INVALID_TICKET")
    });
}

#[test]
fn without_a_session_the_login_page_asks_for_the_badge() {
    let gateway = gateway();
    let (browser, service) = (gateway.browser(), gateway.party().service());
    let page = browser.get("/cas/login", &[("service", &service)]);
    assert_eq!(page.status, 401);
    assert!(page.text.contains("Présentez votre badge"));
    let silent = browser.get("/cas/login", &[("service", &service), ("gateway", "true")]);
    assert_eq!((silent.status, silent.location), (303, Some(service)));
}

#[test]
fn an_application_that_is_not_registered_gets_no_ticket() {
    let gateway = gateway();
    let (_terminal, _grant, browser) = logged_in(&gateway);
    for service in ["https://evil.example/", &format!("{}x", gateway.party().service())] {
        let page = browser.get("/cas/login", &[("service", service)]);
        assert_eq!((page.status, page.location), (403, None));
    }
}

#[test]
fn a_callback_that_is_not_registered_gets_no_granting_ticket() {
    let gateway = gateway();
    let (_terminal, _grant, browser) = logged_in(&gateway);
    // The second begins as it should and climbs out of there.
    let climbing = format!("{}/../elsewhere", gateway.party().pgt_url());
    for pgt_url in ["https://evil.example/proxy", &climbing] {
        let ticket = service_ticket(&gateway, &browser);
        let parameters =
            [("service", &*gateway.party().service()), ("ticket", &ticket), ("pgtUrl", pgt_url)];
        let answer = gateway.browser().get("/cas/serviceValidate", &parameters);
        assert!(answer.fails_with("INVALID_PROXY_CALLBACK"), "{pgt_url}");
    }
}

#[test]
fn a_callback_that_fails_leaves_the_login_without_a_granting_ticket() {
    let gateway = gateway();
    let (_terminal, _grant, browser) = logged_in(&gateway);
    let ticket = service_ticket(&gateway, &browser);
    gateway.party().refuse_next(1);
    let parameters = [
        ("service", &*gateway.party().service()),
        ("ticket", &ticket),
        ("pgtUrl", &gateway.party().pgt_url()),
    ];
    let page = gateway.browser().get("/cas/serviceValidate", &parameters);
    assert_eq!(
        (page.element("user"), page.element("proxyGrantingTicket")),
        (Some("e.benali"), None)
    );
}

#[test]
fn fresh_credentials_cannot_be_asked_of_a_page() {
    let gateway = gateway();
    let (_terminal, _grant, browser) = logged_in(&gateway);
    let page =
        browser.get("/cas/login", &[("service", &gateway.party().service()), ("renew", "true")]);
    assert_eq!(page.status, 401);
}

#[test]
fn a_shortcut_login_goes_straight_to_the_application_with_a_ticket() {
    let gateway = with(Settings { app: "shortcut = true", ..Settings::default() });
    let terminal = gateway.terminal("salle-1");
    let page = gateway
        .browser()
        .redeem(&terminal.sign(terminal.login(BENALI.1, BENALI.2).ticket.expose()));
    let service = gateway.party().service();
    assert!(page.location.as_deref().unwrap().starts_with(&format!("{service}?ticket=ST-")));
    let validated = gateway
        .browser()
        .get("/cas/serviceValidate", &[("service", &service), ("ticket", &page.ticket())]);
    assert_eq!(validated.element("user"), Some("e.benali"));
}

#[test]
fn names_are_escaped_in_the_answer() {
    let gateway = gateway();
    gateway.add_badge("k.traore", "04CB64097E2185", "652947");
    let terminal = gateway.terminal("salle-1");
    let browser = gateway.browser();
    assert_eq!(
        browser
            .redeem(&terminal.sign(terminal.login("04CB64097E2185", "652947").ticket.expose()))
            .status,
        303
    );
    let ticket = service_ticket(&gateway, &browser);
    let page = gateway.browser().get(
        "/cas/serviceValidate",
        &[("service", &gateway.party().service()), ("ticket", &ticket)],
    );
    assert_eq!(page.element("sn"), Some("Traoré &amp; fils &lt;co&gt;"), "{}", page.text);
}

#[test]
fn logout_from_the_page_ends_the_session_and_the_terminal_learns_it() {
    let gateway = gateway();
    let (terminal, grant, browser) = logged_in(&gateway);
    let page = browser.get("/cas/logout", &[("service", "https://evil.example/")]);
    assert_eq!((page.status, page.location), (200, None), "no open redirector");
    assert!(terminal.poll(Some(&grant.session)).unwrap());
    assert_eq!(browser.get("/cas/login", &[("service", &gateway.party().service())]).status, 401);
}

#[test]
fn a_part_of_a_page_cannot_log_out() {
    let gateway = gateway();
    let (terminal, grant, browser) = logged_in(&gateway);
    for (destination, mode) in [("image", "no-cors"), ("empty", "cors"), ("iframe", "navigate")] {
        let fields: [(&str, &[u8]); 2] =
            [("sec-fetch-dest", destination.as_bytes()), ("sec-fetch-mode", mode.as_bytes())];
        let page = browser.ask("GET", "/cas/logout", &fields);
        assert_eq!((page.status, page.cookie), (403, None), "{destination}");
        assert!(!terminal.poll(Some(&grant.session)).unwrap(), "{destination}");
    }
    let fields: [(&str, &[u8]); 2] =
        [("sec-fetch-dest", b"document"), ("sec-fetch-mode", b"navigate")];
    assert_eq!(browser.ask("GET", "/cas/logout", &fields).status, 200);
    assert!(terminal.poll(Some(&grant.session)).unwrap());
}
