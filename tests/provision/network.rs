//! What networkd, iwd, wpa_supplicant, timesyncd and RAUC are handed at each start.

use crate::wired::by_cable;
use crate::{Card, EXAMPLE};
use std::fs;
use std::path::PathBuf;

#[test]
fn each_gets_its_file_and_a_secret_is_roots_alone() {
    let card = Card::with(EXAMPLE);
    card.start();
    let network = card.read("run/systemd/network/10-borne.network");
    for line in
        ["Type=wlan", "DHCP=no", "Address=10.20.0.15/24", "Gateway=10.20.0.1", "DNS=10.20.0.53"]
    {
        assert!(network.lines().any(|found| found == line), "{line}\n{network}");
    }
    assert!(card.read("var/lib/iwd/Mairie.psk").contains("Passphrase=huit caracteres au moins"));
    assert_eq!(card.mode("var/lib/iwd/Mairie.psk"), 0o600);
    assert_eq!(
        (card.mode("data/provision"), card.mode("data/provision/var/lib/iwd/Mairie.psk")),
        (0o700, 0o600)
    );
    assert_eq!(card.read("run/borne/provision/iwd.conf"), "[General]\nCountry=FR\n");
    assert!(
        card.read("run/systemd/timesyncd.conf.d/10-borne.conf").contains("NTP=ntp.mairie.example")
    );
    assert_eq!(
        card.read("run/borne/provision/update-proxy.env"),
        "https_proxy=http://proxy.mairie.example:3128\n"
    );
    let zone = fs::read_link(card.0.join("run/borne/provision/localtime")).unwrap();
    assert_eq!(zone, PathBuf::from("/usr/share/zoneinfo/Europe/Paris"));
}

#[test]
fn a_wifi_key_of_64_hexadecimal_digits_goes_to_iwd_as_the_key_itself() {
    // IEEE 802.11, annex J.4.1: SSID "IEEE", passphrase "password".
    let key = "F42C6FC52DF0EBEF9EBB4B90B38A5F902E83FE1B135A70E23AED762E9710A12E";
    let card = Card::with(EXAMPLE.replace("huit caracteres au moins", key));
    card.start();
    assert_eq!(card.fault(), None);
    // iwd.network(5): 64 hexadecimal digits.
    let text = format!("[Security]\nPreSharedKey={}\n", key.to_lowercase());
    assert_eq!(card.read("var/lib/iwd/Mairie.psk"), text);
}

#[test]
fn a_cable_with_802_1x_gets_wpa_supplicants_file_and_wireless_is_forgotten() {
    let card = Card::with(EXAMPLE);
    card.start();
    card.lay(by_cable("mot de passé", None));
    card.start();
    assert_eq!(card.fault(), None);
    let conf = card.read("run/borne/provision/wired.conf");
    for line in ["\tidentity=626f726e652d3132", "\tpassword=6d6f742064652070617373c3a9"] {
        assert!(conf.lines().any(|found| found == line), "{line}\n{conf}");
    }
    assert_eq!(card.mode("run/borne/provision/wired.conf"), 0o600);
    assert!(
        card.read("run/borne/provision/wired.pem").starts_with("-----BEGIN CERTIFICATE-----\n")
    );
    assert!(card.read("run/systemd/network/10-borne.network").contains("Type=ether\n"));
    assert!(
        !card.has("var/lib/iwd/Mairie.psk") && !card.has("data/provision/var/lib/iwd/Mairie.psk")
    );
}

#[test]
fn without_the_file_or_with_a_wrong_one_the_network_stays_as_it_was() {
    let card = Card::with(EXAMPLE);
    card.start();
    let before = card.read("run/systemd/network/10-borne.network");
    card.take_away();
    card.start();
    assert_eq!(card.read("run/systemd/network/10-borne.network"), before);
    card.lay("[gateway]\n");
    card.start();
    assert!(card.fault().is_some());
    assert_eq!(card.read("run/systemd/network/10-borne.network"), before);
    assert!(card.has("var/lib/iwd/Mairie.psk") && card.has("run/borne/provision/localtime"));
}
