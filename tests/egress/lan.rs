//! Where a listed name may lead: the public Internet and the listed networks, whatever its name
//! server says.

use crate::fixture::{Egress, connect_request, echo, is_refusal};
use std::io::Read;
use std::net::TcpListener;

const NAME: &str = "groupware.mairie.example";

/// A port of loopback where nobody may arrive; `true` when somebody did.
fn trap() -> (u16, impl Fn() -> bool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    (listener.local_addr().unwrap().port(), move || listener.accept().is_ok())
}

#[test]
fn a_name_that_leads_into_the_lan_is_refused_without_a_connection_and_the_log_names_the_key() {
    let egress = Egress::start();
    let (port, arrived) = trap();
    egress.allow_within(&[(NAME, port), ("127.0.0.1", port)], &[]);
    egress.resolves(NAME, &["127.0.0.1"]);
    for host in [NAME, "127.0.0.1"] {
        let answer = egress.answer(&connect_request(&format!("{host}:{port}")));
        assert!(is_refusal(&answer, 403), "{host}: {answer}");
    }
    assert!(!arrived(), "it connected all the same");
    let log = egress.log();
    assert!(log.contains("browser.lan of terminal.toml"), "{log}");
}

#[test]
fn every_kind_of_private_address_is_refused() {
    let egress = Egress::start();
    egress.allow_within(&[(NAME, 443)], &["10.77.0.0/24"]);
    for address in [
        "10.77.1.10",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "127.0.0.1",
        "0.0.0.0",
        "224.0.0.251",
        "::1",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:192.168.1.1",
        "64:ff9b::192.168.1.1",
        "2002:c0a8:101::1",
    ] {
        egress.resolves(NAME, &[address]);
        let answer = egress.answer(&connect_request(&format!("{NAME}:443")));
        assert!(is_refusal(&answer, 403), "{address}: {answer}");
    }
}

#[test]
fn a_name_that_changes_its_mind_is_judged_anew_each_time() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow_within(&[(NAME, port)], &["127.0.0.1/32"]);
    egress.resolves(NAME, &["127.0.0.1"]);
    egress.tunnel(&format!("{NAME}:{port}"));
    let elsewhere = TcpListener::bind(("127.0.0.2", port)).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    egress.resolves(NAME, &["127.0.0.2"]);
    let answer = egress.answer(&connect_request(&format!("{NAME}:{port}")));
    assert!(is_refusal(&answer, 403), "{answer}");
    assert!(elsewhere.accept().is_err(), "it connected all the same");
}

#[test]
fn of_several_addresses_only_the_admitted_ones_are_tried() {
    let egress = Egress::start();
    let (port, arrived) = trap();
    egress.allow_within(&[(NAME, port)], &["127.0.0.2/32"]);
    // Nobody listens at the admitted address; the other is no fall-back.
    egress.resolves(NAME, &["127.0.0.2", "127.0.0.1"]);
    let answer = egress.answer(&connect_request(&format!("{NAME}:{port}")));
    assert!(is_refusal(&answer, 502), "{answer}");
    assert!(!arrived(), "it connected all the same");
}

#[test]
fn a_newer_list_ends_the_tunnels_into_networks_it_does_not_hold() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow_within(&[("localhost", port)], &["127.0.0.0/8"]);
    let mut tunnel = egress.tunnel(&format!("localhost:{port}"));
    egress.allow_within(&[("localhost", port)], &["10.77.0.0/24"]);
    assert_eq!(tunnel.read(&mut [0]).unwrap(), 0);
}
