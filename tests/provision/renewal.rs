//! A terminal that renews its certificate, and what a power cut at any step of that leaves: the
//! shipped supervisor and the shipped gateway. And what the screen says when a certificate has ended.

use crate::supervisor::Terminal;
use borne_harness::gateway::{Double, Gateway, JoinedTerminal, Settings, Wrong, YEAR};
use borne_harness::wait_for;
use std::time::{Duration, SystemTime};

const SOON: Duration = Duration::from_secs(30);

fn terminal_of(gateway: &Gateway, name: &str) -> Terminal {
    Terminal::of(name, &gateway.authority(), gateway.terminal_api().port())
}

/// A card with the identity of this terminal.
fn card_of(gateway: &Gateway, name: &str, joined: &JoinedTerminal) -> Terminal {
    let (terminal, (key, certificate)) = (terminal_of(gateway, name), joined.identity());
    terminal.lay("terminal.key", &key);
    terminal.lay("terminal.crt", &certificate);
    terminal
}

fn next_of(renewed: &JoinedTerminal) -> String {
    let (key, certificate) = renewed.identity();
    key + &certificate
}

#[track_caller]
fn assert_has(terminal: &Terminal, identity: &JoinedTerminal) {
    let (key, certificate) = identity.identity();
    wait_for("the files to be in their places", SOON, || {
        let settled = terminal.read("data/terminal.key") == key
            && terminal.read("data/terminal.crt") == certificate
            && !terminal.has("terminal.next");
        if settled { Ok(()) } else { Err(terminal.read("log")) }
    });
}

#[test]
fn a_terminal_renews_by_itself_with_a_new_key_before_its_certificate_ends() {
    let gateway =
        Gateway::with(Settings { terminal_api: "certificate_s = 15", ..Settings::default() });
    let terminal = terminal_of(&gateway, "renewal");
    terminal.lay("join-token", &gateway.invite("salle-1"));
    let running = terminal.start();
    terminal.wait_for_log("gateway answers");
    let before = ["data/terminal.key", "data/terminal.crt"].map(|name| terminal.read(name));
    wait_for("the renewal", SOON, || {
        let audit = gateway.audit();
        if audit.contains(" terminal_renewed ") { Ok(()) } else { Err(audit) }
    });
    terminal.wait_for_log("the terminal's certificate is renewed");
    wait_for("the files", SOON, || !terminal.has("terminal.next"));
    let after = ["data/terminal.key", "data/terminal.crt"].map(|name| terminal.read(name));
    assert!(before[0] != after[0] && before[1] != after[1], "{:?}", terminal.read("log"));
    // Key and certificate were kept, in one step, before they were shown.
    let (here, calls) = (terminal.0.join("data").display().to_string(), terminal.read("calls"));
    let kept = [format!("<{here}/terminal.next.new>"), format!("\"{here}/terminal.next\"")];
    let last = kept.iter().try_fold(calls.as_str(), |rest, step| {
        rest.split_once(step.as_str()).map(|(_, rest)| rest)
    });
    let shown = format!("sin_port=htons({})", gateway.terminal_api().port());
    assert!(last.is_some_and(|rest| rest.contains(&shown)), "shown before it was kept");
    drop(running);
    let _running = terminal.start();
    terminal.wait_for_log("gateway answers");
    assert!(!gateway.audit().contains("terminal_cloned"), "{}", gateway.audit());
}

#[test]
fn whatever_a_cut_has_left_the_terminal_has_an_identity_that_works() {
    let gateway = Gateway::with(Settings { session: "heartbeat_ms = 100", ..Settings::default() });
    for (number, case) in [
        "kept, and never shown",
        "shown, and not yet in its place",
        "the key in its place, the certificate not",
        "both in their places, the file not gone",
        "given, and the answer lost",
        "half written",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("cut-{number}");
        let old = gateway.terminal(&name);
        let terminal = card_of(&gateway, &name, &old);
        let new = old.renew().unwrap();
        let (key, certificate) = new.identity();
        match number {
            0 => terminal.lay("terminal.next", &next_of(&new)),
            1..=3 => {
                assert!(!new.poll(None).unwrap(), "{case}");
                terminal.lay("terminal.next", &next_of(&new));
                if number > 1 {
                    terminal.lay("terminal.key", &key);
                }
                if number > 2 {
                    terminal.lay("terminal.crt", &certificate);
                }
            }
            4 => {}
            _ => terminal.lay("terminal.next.new", &next_of(&new)[..200]),
        }
        let running = terminal.start();
        terminal.wait_for_log("gateway answers");
        assert_has(&terminal, if number < 4 { &new } else { &old });
        drop(running);
        let _again = terminal.start();
        terminal.wait_for_log("gateway answers");
        assert!(!gateway.audit().contains("terminal_cloned"), "{case}: {}", gateway.audit());
    }
}

#[test]
fn what_the_gateway_does_not_know_or_the_card_has_damaged_gives_way_to_the_one_before() {
    let gateway = Gateway::start();
    for damaged in [false, true] {
        let name = format!("void-{damaged}");
        let old = gateway.terminal(&name);
        let terminal = card_of(&gateway, &name, &old);
        let void = next_of(&old.renew().unwrap());
        let _another = old.renew().unwrap();
        let text = if damaged { &void[..void.len() / 2] } else { &void };
        terminal.lay("terminal.next", text);
        let _running = terminal.start();
        terminal.wait_for_log("gateway answers");
        assert_has(&terminal, &old);
    }
}

#[test]
fn a_terminal_whose_certificate_has_ended_says_so() {
    let gateway =
        Gateway::with(Settings { terminal_api: "certificate_s = 1", ..Settings::default() });
    let old = gateway.terminal("salle-1");
    wait_for("its end", SOON, || old.twin().poll(None).is_err());
    let terminal = card_of(&gateway, "ended", &old);
    let _running = terminal.start();
    terminal.wait_for_log("out of service outage=CertificateEnded");
}

#[test]
fn a_gateway_whose_certificate_has_ended_or_has_another_name_is_named_as_that() {
    let (now, usual) = (SystemTime::now(), Wrong::default());
    let day = Duration::from_secs(24 * 3600);
    for (name, wrong, outage) in [
        (
            "past",
            Wrong { good: (now - YEAR, now - day), ..usual.clone() },
            "GatewayCertificateEnded",
        ),
        (
            "future",
            Wrong { good: (now + day, now + YEAR), ..usual.clone() },
            "GatewayCertificateEnded",
        ),
        ("name", Wrong { name: "elsewhere.example", ..usual.clone() }, "GatewayName"),
    ] {
        let gateway = Double::start(&wrong);
        let terminal = Terminal::of(name, &gateway.authority(), gateway.port);
        terminal.lay("terminal.key", &gateway.identity.0);
        terminal.lay("terminal.crt", &gateway.identity.1);
        let _running = terminal.start();
        terminal.wait_for_log(&format!("out of service outage={outage}"));
    }
    let (one, other) = (Double::start(&usual), Double::start(&usual));
    let terminal = Terminal::of("stranger", &other.authority(), one.port);
    terminal.lay("terminal.key", &one.identity.0);
    terminal.lay("terminal.crt", &one.identity.1);
    let _running = terminal.start();
    terminal.wait_for_log("out of service outage=UntrustedCertificate");
}
