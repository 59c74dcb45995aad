//! What terminals say of themselves, and the updates IT offers them.

use borne_gateway_api::update::{Health, LastUpdate, Outcome, Update};
use borne_gateway_api::{ApiError, StatusAnswer, StatusRequest, path};
use borne_harness::gateway::{Gateway, JoinedTerminal, Refused};

const URL: &str = "https://maj.mairie.example/borne-rpi4.raucb";

pub fn report(version: &str) -> StatusRequest {
    StatusRequest {
        board: "borne-rpi4".to_owned(),
        slot: "A".to_owned(),
        version: version.parse().unwrap(),
        confirmed: true,
        health: Health { units: true, screen: true, reader: true, browser: true, panel: true },
        last: None,
    }
}

pub fn tell(terminal: &JoinedTerminal, report: &StatusRequest) -> Option<Update> {
    terminal.post::<_, StatusAnswer>(path::STATUS, report).unwrap().update
}

/// The cells of one line of a table, by its first word.
fn line(gateway: &Gateway, command: &[&str], name: &str) -> Vec<String> {
    let table = gateway.bornectl(command, "").unwrap();
    let line = table
        .lines()
        .find(|line| line.split_whitespace().next() == Some(name))
        .unwrap_or_else(|| panic!("{table}"));
    line.split("  ").map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn a_report_is_seen_by_it() {
    let gateway = Gateway::start();
    let terminal = gateway.terminal("salle-1");
    assert!(line(&gateway, &["terminal", "list"], "salle-1").ends_with(&vec!["-".to_owned(); 5]));
    let mut sick = report("20261124.1");
    (sick.confirmed, sick.health.reader) = (false, false);
    assert_eq!(tell(&terminal, &sick), None);
    let cells = line(&gateway, &["terminal", "list"], "salle-1");
    for cell in ["borne-rpi4", "20261124.1", "A (on trial)", "not reader"] {
        assert!(cells.iter().any(|seen| seen == cell), "{cell}: {cells:?}");
    }
    assert_eq!(tell(&terminal, &report("20261124.1")), None);
    let cells = line(&gateway, &["terminal", "list"], "salle-1");
    assert!(cells.contains(&"ok".to_owned()) && cells.contains(&"A".to_owned()), "{cells:?}");
}

#[test]
fn an_offer_meets_only_the_terminals_that_were_named() {
    let gateway = Gateway::start();
    let (first, second) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    let offer = ["update", "offer", "20261125.1", URL, "--hours", "22:00-05:00", "salle-1"];
    assert!(gateway.bornectl(&offer, "").unwrap().contains("1 terminal"));
    let update = tell(&first, &report("20261124.1")).unwrap();
    assert_eq!((update.url.as_str(), update.version.to_string().as_str()), (URL, "20261125.1"));
    assert_eq!(update.hours.unwrap().to_string(), "22:00-05:00");
    assert_eq!(tell(&second, &report("20261124.1")), None);
    assert!(
        gateway
            .bornectl(&["update", "offer", "20261125.1", URL, "--all"], "")
            .unwrap()
            .contains("2 terminal")
    );
    assert!(tell(&second, &report("20261124.1")).is_some());
    assert!(
        tell(&first, &report("20261124.1")).unwrap().offer > update.offer,
        "a new offer has a new number"
    );
}

#[test]
fn a_terminal_never_hears_of_what_is_not_newer() {
    let gateway = Gateway::start();
    let terminal = gateway.terminal("salle-1");
    gateway.bornectl(&["update", "offer", "20261125.1", URL, "salle-1"], "").unwrap();
    assert!(tell(&terminal, &report("20261124.9")).is_some());
    assert_eq!(tell(&terminal, &report("20261125.1")), None);
    assert_eq!(tell(&terminal, &report("20261125.2")), None);
    let refused =
        gateway.bornectl(&["update", "offer", "20261125.2", URL, "salle-1"], "").unwrap_err();
    assert!(refused.contains("not older"), "{refused}");
    // The first offer still stands: a refused one changes nothing.
    assert_eq!(line(&gateway, &["update", "list"], "salle-1")[1], "20261125.1");
}

#[test]
fn an_offer_that_is_withdrawn_is_not_heard_of_again() {
    let gateway = Gateway::start();
    let terminal = gateway.terminal("salle-1");
    gateway.bornectl(&["update", "offer", "20261125.1", URL, "salle-1"], "").unwrap();
    assert!(tell(&terminal, &report("20261124.1")).is_some());
    assert!(gateway.bornectl(&["update", "withdraw", "salle-1"], "").unwrap().contains("1 offer"));
    assert_eq!(tell(&terminal, &report("20261124.1")), None);
    assert!(gateway.bornectl(&["update", "withdraw", "--all"], "").unwrap().contains("0 offer"));
    gateway.wait_for_audit("update_withdrawn");
}

#[test]
fn what_came_of_an_update_is_in_the_list_and_once_in_the_audit() {
    let gateway = Gateway::start();
    let terminal = gateway.terminal("salle-1");
    gateway.bornectl(&["update", "offer", "20261125.1", URL, "salle-1"], "").unwrap();
    let update = tell(&terminal, &report("20261124.1")).unwrap();
    assert!(line(&gateway, &["update", "list"], "salle-1").contains(&"waiting".to_owned()));
    let last =
        LastUpdate { offer: update.offer, version: update.version, outcome: Outcome::Returned };
    for _ in 0..3 {
        tell(&terminal, &StatusRequest { last: Some(last), ..report("20261124.1") });
    }
    assert!(line(&gateway, &["update", "list"], "salle-1").contains(&"returned".to_owned()));
    assert_eq!(gateway.audit().matches("update_returned").count(), 1);
}

#[test]
fn nonsense_is_refused_by_either_side() {
    let gateway = Gateway::start();
    let terminal = gateway.terminal("salle-1");
    for words in [
        &["update", "offer", "1.2", URL, "salle-1"][..],
        &["update", "offer", "20261125.1", "http://maj.mairie.example/b.raucb", "salle-1"],
        &["update", "offer", "20261125.1", URL, "--hours", "25:00-26:00", "salle-1"],
        &["update", "offer", "20261125.1", URL, "--sha256", "abc", "salle-1"],
        &["update", "offer", "20261125.1", URL, "salle-9"],
        &["update", "offer", "20261125.1", URL],
        &["update", "withdraw"],
    ] {
        assert!(gateway.bornectl(words, "").is_err(), "{words:?}");
    }
    let mut long = report("20261124.1");
    long.board = "x".repeat(65);
    let mut spaced = report("20261124.1");
    spaced.slot = "A B".to_owned();
    for bad in [long, spaced] {
        let answer = terminal.post::<_, StatusAnswer>(path::STATUS, &bad);
        assert!(matches!(answer, Err(Refused::Api(400, ApiError::BadRequest))), "{answer:?}");
    }
    let text = serde_json::json!({ "board": "b", "slot": "A", "version": "newest", "confirmed": true, "health": {} });
    let answer = terminal.post::<_, StatusAnswer>(path::STATUS, &text);
    assert!(matches!(answer, Err(Refused::Api(400, ApiError::BadRequest))), "{answer:?}");
}

#[test]
fn a_revoked_terminal_hears_of_no_update() {
    let gateway = Gateway::start();
    let terminal = gateway.terminal("salle-1");
    gateway.bornectl(&["update", "offer", "20261125.1", URL, "salle-1"], "").unwrap();
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    let answer = terminal.post::<_, StatusAnswer>(path::STATUS, &report("20261124.1"));
    assert!(matches!(answer, Err(Refused::Api(403, ApiError::TerminalRevoked))), "{answer:?}");
    assert!(gateway.bornectl(&["update", "offer", "20261125.1", URL, "salle-1"], "").is_err());
}
