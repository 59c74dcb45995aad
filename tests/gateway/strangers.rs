//! What somebody on the network can do who has no certificate.

use crate::{BENALI, gateway};
use borne_harness::gateway::{Gateway, connections};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

/// Another host of the loopback network.
const THIEF: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 66));

#[track_caller]
fn in_seconds(most: u64, what: &str, act: impl FnOnce()) {
    let begun = Instant::now();
    act();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(most), "{what} took {took:?}");
}

#[test]
fn who_holds_connections_to_the_terminal_api_keeps_no_terminal_out() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let _held = connections(THIEF, gateway.terminal_api(), 1500);
    in_seconds(3, "a login", || {
        let _grant = terminal.login(BENALI.1, BENALI.2);
    });
    let late = gateway.terminal("salle-2");
    in_seconds(3, "a heartbeat", || assert!(!late.poll(None).unwrap()));
}

#[test]
fn who_holds_connections_to_the_web_keeps_no_browser_out() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let _held = connections(THIEF, gateway.web(), 1500);
    let signed = terminal.sign(terminal.login(BENALI.1, BENALI.2).ticket.expose());
    in_seconds(3, "the redeem", || assert_eq!(gateway.browser().redeem(&signed).status, 303));
}

fn size(gateway: &Gateway) -> u64 {
    ["gateway.sqlite", "gateway.sqlite-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(gateway.state().join(name)).ok())
        .map(|file| file.len())
        .sum()
}

#[test]
fn refused_requests_are_counted_and_do_not_fill_the_disk() {
    let gateway = gateway();
    let _token = gateway.invite("salle-1");
    let before = size(&gateway);
    let browser = gateway.browser();
    let (mut refused, mut turned_away) = (0_u32, 0_u32);
    for _ in 0..400 {
        match browser.try_redeem("no.ticket") {
            Some(403) => refused += 1,
            None => turned_away += 1,
            Some(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0 && turned_away > refused, "{refused} refused, {turned_away} turned away");
    let lines = gateway.bornectl(&["audit", "--refused", "-n", "1000"], "").unwrap();
    let times: Vec<u32> = lines
        .lines()
        .filter(|line| line.contains(" ticket_refused "))
        .filter_map(|line| line.split_whitespace().nth(2)?.parse().ok())
        .collect();
    assert_eq!(times.iter().sum::<u32>(), refused, "{lines}");
    assert!(times.len() <= 3, "{lines}");
    assert!(lines.contains("127.0.0.1"), "{lines}");
    let own = gateway.bornectl(&["audit", "-n", "20"], "").unwrap();
    assert!(own.contains("badge_added") && !own.contains("ticket_refused"), "{own}");
    assert!(size(&gateway) - before < 100_000, "{before} -> {}", size(&gateway));
}

#[test]
fn a_revoked_terminal_that_keeps_knocking_is_written_down_with_its_address() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    for _ in 0..5 {
        let _refused = terminal.poll(None).unwrap_err();
    }
    let lines = gateway.bornectl(&["audit", "--refused"], "").unwrap();
    let line = lines.lines().find(|line| line.contains("certificate_refused")).unwrap();
    assert!(line.contains("127.0.0.1"), "{lines}");
}
