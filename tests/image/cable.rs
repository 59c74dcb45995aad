//! A cable that wants 802.1X, from `borne.toml` to the idle screen: the image's own unit and
//! wpa_supplicant in the guest, and at the far end a switch that passes nothing on until hostapd
//! has let the terminal in.

use crate::figures::{booted, figure};
use borne_harness::guest::card::{self, Firmware};
use borne_harness::guest::dice::Dice;
use borne_harness::guest::port::Port;
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING, WITHOUT_READING, network};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::switch::{self, IDENTITY, PASSWORD};
use std::fs;

fn tables(password: &str, authority: &str) -> String {
    format!(
        "\n[dot1x]\nidentity = \"{IDENTITY}\"\npassword = '{password}'\nca = \"\"\"\n{authority}\"\"\"\n"
    )
}

#[test]
fn a_terminal_gets_its_address_once_the_switch_has_let_it_in_and_not_by_a_wrong_password() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let options = Options {
        with: vec![WITHOUT_COPYING, WITHOUT_READING],
        by_file: true,
        ..Options::default()
    };
    let mut guest = Guest::unpowered(&hall, &settings, &options);
    let files = guest.directory().join("switch");
    fs::create_dir_all(&files).unwrap();
    switch::prepare(&files, network::TAP);
    let authority = fs::read_to_string(files.join("ca.pem")).unwrap();

    card::provision(&settings, &hall, guest.card(), &tables("devine", &authority));
    let port = Port::shut(&guest, files.clone());
    guest.power_on(Firmware::Committed, None);
    guest.wait_for_console("CTRL-EVENT-EAP-FAILURE", START);
    guest.wait_for_console("outage=NoAddress", START);
    assert!(!port.authorised(), "a wrong password opens the port");
    assert!(!guest.has_asked_for_an_address(), "something passed a port that is shut");
    guest.wait_for_console("first picture is on the screen", START);
    guest.keep_picture("8021x-refused");
    let _loss = guest.pull_the_plug(&mut Dice::of(Dice::seed()));
    drop(port);

    card::provision(&settings, &hall, guest.card(), &tables(PASSWORD, &authority));
    let port = Port::shut(&guest, files);
    guest.power_on(Firmware::Committed, None);
    port.open_once_authorised(START);
    assert!(!guest.has_asked_for_an_address(), "something passed a port that was shut");
    guest.wait_for_state("Idle", START);
    assert!(guest.has_asked_for_an_address());
    figure("seconds_to_idle_by_8021x", guest.begun.elapsed().as_secs());
    assert_eq!(guest.report()["failed"], "", "failed units");

    guest.plug_cable(false);
    guest.wait_for_console("outage=NetworkUnplugged", START);
    guest.keep_picture("unplugged");
    guest.plug_cable(true);
    guest.wait_for_state("Idle", START);
    let console = guest.console();
    for secret in ["devine", "mot \"de\"", "6d6f7420"] {
        assert!(!console.contains(secret), "the password is in the log");
    }
    booted(&guest);
}
