//! What is asked in a way that no route takes, and what stands beside the gateway's own cookie.

use crate::{BENALI, gateway};
use borne_harness::gateway::{Browser, Gateway, JoinedTerminal, Page};

const XML: [&str; 5] = [
    "/cas/serviceValidate",
    "/cas/p3/serviceValidate",
    "/cas/proxyValidate",
    "/cas/p3/proxyValidate",
    "/cas/proxy",
];

fn logged_in(gateway: &Gateway) -> (JoinedTerminal, Browser) {
    let terminal = gateway.terminal("salle-1");
    let grant = terminal.login(BENALI.1, BENALI.2);
    let browser = gateway.browser();
    assert_eq!(browser.redeem(&terminal.sign(grant.ticket.expose())).status, 303);
    (terminal, browser)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[track_caller]
fn assert_own_page(page: &Page, status: u16) {
    assert_eq!(page.status, status, "{}", page.text);
    assert_eq!(page.kind.as_deref(), Some("text/html; charset=utf-8"), "{}", page.text);
    assert!(page.text.contains("<html lang=\"fr\">"), "{}", page.text);
}

#[track_caller]
fn assert_xml(page: &Page, status: u16) {
    assert_eq!(page.status, status, "{}", page.text);
    assert_eq!(page.kind.as_deref(), Some("text/xml; charset=utf-8"), "{}", page.text);
    assert!(page.fails_with("INVALID_REQUEST"), "{}", page.text);
}

#[test]
fn a_flag_that_says_no_is_not_set() {
    let gateway = gateway();
    let (_terminal, browser) = logged_in(&gateway);
    let service = gateway.party().service();
    for no in ["false", "False", "0", "no", "off", ""] {
        let page = browser.get("/cas/login", &[("service", &service), ("renew", no)]);
        assert_eq!(page.status, 303, "renew={no}");
        let parameters = [("service", &*service), ("ticket", &page.ticket()), ("renew", no)];
        let answer = gateway.browser().get("/cas/serviceValidate", &parameters);
        assert_eq!(answer.element("user"), Some("e.benali"), "renew={no}: {}", answer.text);
        let stranger = gateway.browser();
        let page = stranger.get("/cas/login", &[("service", &service), ("gateway", no)]);
        assert_eq!(page.status, 401, "gateway={no}");
    }
    for yes in ["true", "TRUE", "1", "yes"] {
        let page = browser.get("/cas/login", &[("service", &service), ("renew", yes)]);
        assert_eq!(page.status, 401, "renew={yes}");
        let silent =
            gateway.browser().get("/cas/login", &[("service", &service), ("gateway", yes)]);
        assert_eq!(silent.location.as_ref(), Some(&service), "gateway={yes}");
    }
}

#[test]
fn a_query_that_cannot_be_read_is_answered_in_our_words() {
    let gateway = gateway();
    let browser = gateway.browser();
    let service = encoded(&gateway.party().service());
    for query in [
        format!("service={service}&service={service}"),
        format!("service={service}&serv%69ce=x"),
        format!("service={service}&renew=true&renew=false"),
        "service=%E9".to_owned(),
        "service=%".to_owned(),
        "service=%zz".to_owned(),
        "url=a&url=b&service=%C3".to_owned(),
    ] {
        let bad_logout = query.replace("renew", "url");
        assert_own_page(&browser.ask("GET", &format!("/cas/login?{query}"), &[]), 400);
        assert_own_page(&browser.ask("GET", &format!("/cas/logout?{bad_logout}"), &[]), 400);
        let query = query.replace("url", "ticket").replace("=a&ticket=b", "=%");
        for path in &XML[..4] {
            assert_xml(&browser.ask("GET", &format!("{path}?{query}"), &[]), 200);
        }
    }
    for query in ["pgt=a&pgt=b", "targetService=%FF", "pgt=%4"] {
        assert_xml(&browser.ask("GET", &format!("/cas/proxy?{query}"), &[]), 200);
    }
    // What is not for us may come as often as it likes.
    let page = browser.ask("GET", &format!("/cas/login?service={service}&x=1&x=2&&"), &[]);
    assert_own_page(&page, 401);
}

#[test]
fn a_method_that_a_route_does_not_take_is_answered_in_our_words() {
    let gateway = gateway();
    let (_terminal, browser) = logged_in(&gateway);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"] {
        for path in ["/cas/login", "/cas/logout", "/borne/warm"] {
            assert_own_page(&browser.ask(method, path, &[]), 405);
        }
        for path in XML {
            assert_xml(&browser.ask(method, path, &[]), 405);
        }
    }
    for method in ["GET", "PUT", "DELETE"] {
        assert_own_page(&browser.ask(method, "/borne/redeem", &[]), 405);
    }
    for path in ["/", "/cas", "/cas/validate", "/borne/../etc", "/%00", "/cas/login/", "/v1/tap"] {
        assert_own_page(&browser.ask("GET", path, &[]), 404);
    }
}

#[test]
fn head_neither_ends_a_session_nor_makes_or_uses_a_ticket() {
    let gateway = gateway();
    let (_terminal, browser) = logged_in(&gateway);
    let service = encoded(&gateway.party().service());
    let ticket = browser.ask("GET", &format!("/cas/login?service={service}"), &[]).ticket();
    for target in [
        "/cas/logout".to_owned(),
        format!("/cas/login?service={service}"),
        format!("/cas/serviceValidate?service={service}&ticket={ticket}"),
    ] {
        let page = browser.ask("HEAD", &target, &[]);
        assert_eq!((page.status, &*page.text), (405, ""), "{target}");
    }
    let target = format!("/cas/serviceValidate?service={service}&ticket={ticket}");
    assert_eq!(gateway.browser().ask("GET", &target, &[]).element("user"), Some("e.benali"));
    assert_eq!(browser.ask("HEAD", "/borne/warm", &[]).status, 200);
}

#[test]
fn a_login_form_of_another_kind_is_answered_in_our_words() {
    let gateway = gateway();
    let browser = gateway.browser();
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let page = browser.ask("POST", "/borne/redeem", &[("content-type", kind.as_bytes())]);
        assert_own_page(&page, 403);
    }
    for ticket in ["a".repeat(20_000), "x&ticket=y".to_owned(), "%FF".to_owned(), String::new()] {
        assert_own_page(&browser.redeem(&ticket), 403);
    }
}

#[test]
fn a_header_that_is_too_long_is_answered_in_our_words() {
    let gateway = gateway();
    let browser = gateway.browser();
    let long = "x".repeat(26_000);
    assert_own_page(&browser.ask("GET", "/cas/login", &[("cookie", long.as_bytes())]), 431);
    let many: Vec<(&str, &[u8])> = (0..120).map(|_| ("x-a", &b"b"[..])).collect();
    assert_own_page(&browser.ask("GET", "/cas/login", &many), 431);
    assert_xml(&browser.ask("GET", "/cas/proxy", &many), 431);
}

#[test]
fn a_terminal_reads_an_error_of_the_api_whatever_it_asks() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let json = "application/json";
    for (method, path, kind, body, status) in [
        ("GET", "/v1/tap", json, &b""[..], 405),
        ("PUT", "/v1/poll", json, b"{}", 405),
        ("POST", "/v1/nothing", json, b"{}", 404),
        ("GET", "/", json, b"", 404),
        ("POST", "/v1/tap", "text/plain", b"{}", 400),
        ("POST", "/v1/tap", json, b"{", 400),
        ("POST", "/v1/pin", json, b"\xff", 400),
        ("POST", "/v1/end", json, &[b' '; 20_000], 400),
    ] {
        let said = terminal.ask(method, path, kind, body.to_vec());
        assert_eq!(said, (status, "\"bad_request\"".to_owned()), "{method} {path}");
    }
}

#[test]
fn only_our_own_cookie_counts_among_its_neighbours() {
    let gateway = gateway();
    let (_terminal, browser) = logged_in(&gateway);
    let own = browser.cookie().unwrap();
    let stranger = gateway.browser();
    let asked = |lines: &[Vec<u8>]| {
        let fields: Vec<_> = lines.iter().map(|line| ("cookie", &line[..])).collect();
        stranger.ask("GET", "/cas/login", &fields).status
    };
    let long = "x".repeat(8_000);
    for (before, after) in [
        ("ville=Châteauroux; ", ""),
        ("a=\"b, c\"; ", "; d={\"e\":1}"),
        (&*format!("long={long}; "), "; é=ü"),
        ("; ;x; =; ", ";"),
        ("__Host-borne2=x; __host-borne=y; ", ""),
    ] {
        assert_eq!(asked(&[format!("{before}{own}{after}").into_bytes()]), 200, "{before}");
    }
    let latin = [b"ville=Ch\xe2teauroux; ".to_vec(), own.clone().into_bytes()].concat();
    assert_eq!(asked(&[latin]), 200);
    assert_eq!(asked(&[b"a=\xff".to_vec(), own.clone().into_bytes(), b"b=1".to_vec()]), 200);
    assert_eq!(asked(&[format!("{own}; {own}").into_bytes()]), 200);
    let other = own.replacen('=', "=x", 1);
    assert_eq!(asked(&[format!("{own}; {other}").into_bytes()]), 401, "which of them?");
    assert_eq!(asked(&[own.into_bytes(), other.into_bytes()]), 401, "which of them?");
}
