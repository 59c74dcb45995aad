//! The boards: Pi 4, Pi 5, and a Pi 5 whose kernel counts its controllers from 11.

use crate::fixture::{Panel, SOON, WELL};
use borne_harness::header::WIRING;
use borne_harness::wait_for;
use borne_ipc::{Notice, PanelHealth, PanelPart, PanelState};

fn all_of_it_works(panel: &Panel) {
    let since = panel.show(PanelState::Message(Notice::BadgeLocked));
    wait_for("the beep", SOON, || panel.beeps(since).1.len() == 1);
    assert!(panel.lights(since).iter().any(|(_, colour)| *colour == [true, false, false]));
    crate::pictures::expect(panel, "message-badgelocked");
    panel.header.presence(true);
    panel.expect_presence(true);
}

#[test]
fn a_pi_4_has_it_all() {
    all_of_it_works(&Panel::ready(&[]));
}

#[test]
fn a_pi_5_has_it_all() {
    all_of_it_works(&Panel::ready(&["--pi5"]));
}

#[test]
fn a_pi_5_that_counts_from_11_names_what_is_missing_and_works_once_udev_links_it() {
    let mut panel = Panel::start(&["--pi5", "--chip=11"], WIRING);
    panel.expect_health(PanelHealth {
        light: PanelPart::NoDevice,
        buzzer: PanelPart::NoDevice,
        display: PanelPart::Works,
        presence: PanelPart::NoDevice,
    });
    let log = panel.log();
    assert!(log.contains("/dev/gpiochip0") && log.contains("70-borne-panel.rules"), "{log}");
    panel.header.order("make link");
    assert!(panel.exit().success());
    panel.start_again();
    panel.expect_health(WELL);
    all_of_it_works(&panel);
}
