//! What `bornectl` shows of the gateway's answers: tables for people, JSON for scripts, and nothing
//! that a terminal would obey.

use crate::ends::in_application;
use crate::updates::{report, tell};
use crate::{BENALI, gateway};
use borne_gateway_api::admin::SOCKET;
use borne_gateway_api::text::unseen;
use borne_harness::gateway::Gateway;
use borne_harness::programs;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const LISTINGS: [&[&str]; 5] = [
    &["terminal", "list"],
    &["badge", "list"],
    &["session", "list"],
    &["update", "list"],
    &["audit"],
];

fn as_json(gateway: &Gateway, listing: &[&str]) -> Value {
    let words = [listing, &["--json"]].concat();
    serde_json::from_str(&gateway.bornectl(&words, "").unwrap()).unwrap()
}

fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| keys(value, into)),
        Value::Object(fields) => {
            for (key, value) in fields {
                into.insert(key.clone());
                keys(value, into);
            }
        }
        _ => {}
    }
}

/// The keys that bornectl(1) names for a listing.
fn documented(listing: &str) -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gateway/packaging/man/bornectl.1");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, json) = page.split_once("\n.SH JSON\n").unwrap();
    let (_, part) = json.split_once(&format!("\n.B {listing}\n")).unwrap();
    let part = part.split("\n.TP\n").next().unwrap().split("\n.SH ").next().unwrap();
    let key = |line: &str| {
        line.strip_prefix(".I").and_then(|rest| rest.split(' ').nth(1)).map(str::to_owned)
    };
    part.lines().filter_map(key).collect()
}

#[test]
fn every_listing_is_json_under_the_names_of_its_page() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    let url = "https://maj.mairie.example/borne.raucb";
    let offer = ["update", "offer", "20261125.1", url, "--hours", "22:00-05:00", "salle-1"];
    gateway.bornectl(&offer, "").unwrap();
    let mut sick = report("20261124.1");
    sick.health.reader = false;
    tell(&gateway.terminal("salle-2"), &sick);
    for listing in LISTINGS {
        let mut found = BTreeSet::new();
        keys(&as_json(&gateway, listing), &mut found);
        assert_eq!(found, documented(&listing.join(" ")), "{listing:?}");
    }
    let sessions = as_json(&gateway, &["session", "list"]);
    assert_eq!(sessions[0]["login"], BENALI.0);
    assert_eq!(sessions[0]["session"], login.grant.session.0.as_str());
    assert_eq!(
        as_json(&gateway, &["update", "list"])[0]["hours"],
        json!({"from": 1320, "to": 300})
    );
    assert_eq!(as_json(&gateway, &["terminal", "list"])[1]["report"]["health"]["reader"], false);
    assert_eq!(as_json(&gateway, &["audit", "-n", "2", "--all"]).as_array().unwrap().len(), 2);
    gateway.bornectl(&["session", "end", BENALI.0], "").unwrap();
    assert_eq!(gateway.bornectl(&["session", "list", "--json"], "").unwrap(), "[]\n");
}

#[test]
fn json_is_for_listings_only() {
    let gateway = gateway();
    for words in [
        &["badge", "remove", "--login", BENALI.0, "--json"][..],
        &["terminal", "invite", "--json"],
        &["badge", "list", "--json", "--json"],
        &["--json"],
    ] {
        let said = gateway.bornectl(words, "").unwrap_err();
        assert!(said.contains("--json goes once with"), "{words:?}: {said}");
    }
    assert!(gateway.bornectl(&["badge", "list"], "").unwrap().contains(BENALI.0));
}

/// Clears the screen, turns the direction of the text, ends the line, hides letters.
const HOSTILE: &str = "x\u{1b}[2J\u{9b}31m\r\n\u{202e}\u{2066}\u{200b}\u{7f}\u{7}\u{e0041}\ty";

/// A gateway that says whatever it wants to, at the other end of the admin socket.
fn answers(answer: &Value) -> PathBuf {
    let number = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let state = std::env::temp_dir().join(format!("borne-listings-{}", number.as_nanos()));
    std::fs::create_dir_all(&state).unwrap();
    let listener = UnixListener::bind(state.join(SOCKET)).unwrap();
    let line = format!("{answer}\n");
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = String::new();
            BufReader::new(&stream).read_line(&mut request).unwrap();
            stream.write_all(line.as_bytes()).unwrap();
        }
    });
    state
}

fn shown(answer: &Value, words: &[&str]) -> Output {
    let state = answers(answer);
    let mut command = Command::new(programs::program("bornectl"));
    let output = command.arg("--state").arg(&state).args(words).output().unwrap();
    std::fs::remove_dir_all(state).unwrap();
    output
}

#[track_caller]
fn assert_harmless(bytes: &[u8], lines: usize) {
    let text = std::str::from_utf8(bytes).unwrap();
    let odd: Vec<char> = text.chars().filter(|c| unseen(*c) && *c != '\n').collect();
    assert!(odd.is_empty(), "{odd:?} in {text:?}");
    assert_eq!(text.lines().count(), lines, "{text:?}");
}

#[test]
fn hostile_text_from_the_directory_or_a_terminal_is_shown_harmless() {
    let at = "2026-11-24T12:00:00Z";
    let h = HOSTILE;
    let health = json!({"units": true, "screen": true, "reader": true, "browser": true});
    for (words, name, line) in [
        (
            LISTINGS[0],
            "terminals",
            json!({"terminal": h, "state": "revoked", "joined": h, "cut_off": h, "certificate_ends": h, "report":
                {"board": h, "version": "20261124.1", "slot": h, "confirmed": false, "health": health, "seen": h}}),
        ),
        (
            LISTINGS[1],
            "badges",
            json!({"badge": 1, "login": h, "uid_hint": h, "state": "ok", "wait_seconds": null, "wrong_in_row": 0,
                "wrong_since_set": 0, "wrong_allowed": 20, "added": at}),
        ),
        (
            LISTINGS[2],
            "sessions",
            json!({"session": h, "login": h, "badge": 1, "terminal": h, "since": at, "ends": at}),
        ),
        (
            LISTINGS[3],
            "updates",
            json!({"terminal": h, "version": "20261124.1", "url": h, "manifest_sha256": h, "hours": null, "offered": at,
                "runs": null, "outcome": null}),
        ),
        (
            LISTINGS[4],
            "audit",
            json!({"at": at, "event": h, "times": 1, "login": h, "badge": null, "terminal": h, "session": h,
                "application": h, "address": h, "by": h}),
        ),
    ] {
        let answer = json!({name: [line]});
        let table = shown(&answer, words);
        assert!(table.status.success(), "{words:?}: {table:?}");
        assert_harmless(&table.stdout, 2);
        assert!(String::from_utf8_lossy(&table.stdout).contains("\\u{202e}"), "{words:?}");
        let json = shown(&answer, &[words, &["--json"]].concat());
        assert_harmless(&json.stdout, 3);
        let back: Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(back, json!([line]), "what is escaped comes back");
    }
    let done = shown(&json!({"done": h}), &["session", "end", "x"]);
    assert_harmless(&done.stdout, 1);
    let refused = shown(&json!({"refused": h}), &["session", "end", "x"]);
    assert!(!refused.status.success());
    assert_harmless(&refused.stderr, 2);
}
