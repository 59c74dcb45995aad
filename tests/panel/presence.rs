//! The sensor: who comes, who goes, and a sensor that is broken.

use crate::fixture::{MODES, Panel, WELL};
use borne_harness::header::now;
use borne_ipc::{PanelHealth, PanelModes, PanelOrder, PanelPart, PanelState};
use std::time::Duration;

#[test]
fn somebody_who_comes_and_goes_is_told_once_each() {
    let panel = Panel::ready(&[]);
    let at = now();
    panel.header.presence(true);
    panel.expect_presence(true);
    let after = now() - at;
    assert!(after < Duration::from_millis(700), "{after:?}");
    let at = now();
    panel.header.presence(false);
    panel.expect_presence(false);
    assert!(now() - at >= Duration::from_secs(4), "who stands still is not gone");
}

#[test]
fn a_sensor_that_always_says_present_is_told_and_believed_again_when_it_moves() {
    let panel = Panel::ready(&[]);
    panel.order(PanelOrder::Modes(PanelModes { stuck_after_s: 2, ..MODES }));
    panel.header.presence(true);
    panel.expect_presence(true);
    panel.expect_presence(false);
    panel.expect_health(PanelHealth { presence: PanelPart::Stuck, ..WELL });
    panel.header.presence(false);
    panel.expect_health(WELL);
    panel.header.presence(true);
    panel.expect_presence(true);
}

#[test]
fn a_sensor_that_sees_nobody_at_ten_badges_is_told() {
    let panel = Panel::ready(&[]);
    for _ in 0..10 {
        panel.show(PanelState::Read);
        panel.show(PanelState::Idle);
    }
    panel.expect_health(PanelHealth { presence: PanelPart::Stuck, ..WELL });
    panel.header.presence(true);
    panel.expect_presence(true);
    panel.expect_health(WELL);
}
