//! What is missing, breaks, hangs, and comes back.

use crate::fixture::{Panel, SOON, WELL};
use borne_harness::header::WIRING;
use borne_harness::wait_for;
use borne_ipc::{PanelEvent, PanelHealth, PanelPart, PanelState};

const NO_PINS: PanelHealth = PanelHealth {
    light: PanelPart::NoDevice,
    buzzer: PanelPart::NoDevice,
    display: PanelPart::Works,
    presence: PanelPart::NoDevice,
};

#[test]
fn without_any_device_it_says_so_and_lives_on() {
    let options = ["--without=gpiomem", "--without=gpiochip", "--without=i2c-1"];
    let mut panel = Panel::start(&options, WIRING);
    let nothing = PanelHealth { display: PanelPart::NoDevice, ..NO_PINS };
    panel.expect_health(nothing);
    for state in [PanelState::Read, PanelState::Idle] {
        panel.show(state);
    }
    assert!(panel.process.try_wait().unwrap().is_none());
    for node in ["/dev/gpiomem", "/dev/i2c-1"] {
        assert!(panel.log().contains(node), "{node} is not named");
    }
}

#[test]
fn half_a_panel_works_with_what_is_there() {
    let panel = Panel::start(&["--without=gpiomem"], WIRING);
    panel.expect_health(NO_PINS);
    panel.show(PanelState::Idle);
    wait_for("a picture", SOON, || panel.header.oled().on);

    let panel = Panel::start(&["--without=i2c-1"], WIRING);
    panel.expect_health(PanelHealth { display: PanelPart::NoDevice, ..WELL });
    panel.show(PanelState::Idle);
    wait_for("the light", SOON, || panel.header.light() == [false, false, true]);
}

#[test]
fn what_is_not_wired_is_not_opened() {
    let panel = Panel::start(&[], "display=0x3c");
    panel.expect_health(PanelHealth { display: PanelPart::Works, ..PanelHealth::default() });
    let pid = panel.process.id();
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    assert!(!maps.contains("gpiomem"), "{maps}");

    let panel = Panel::start(&[], "");
    panel.expect_health(PanelHealth::default());
}

#[test]
fn a_device_that_comes_later_is_taken_by_a_new_life() {
    let mut panel = Panel::start(&["--without=i2c-1"], WIRING);
    panel.expect_health(PanelHealth { display: PanelPart::NoDevice, ..WELL });
    panel.header.order("make i2c-1");
    assert!(panel.exit().success());
    panel.start_again();
    panel.expect_health(WELL);
}

#[test]
fn a_display_that_is_unplugged_is_told_and_shows_the_present_state_when_it_is_back() {
    let panel = Panel::ready(&[]);
    panel.show(PanelState::Idle);
    panel.header.order("bus unplug");
    panel.expect_health(PanelHealth { display: PanelPart::Silent, ..WELL });
    assert!(!panel.header.oled().on);
    panel.show(PanelState::Session);
    wait_for("the light, meanwhile", SOON, || panel.header.light() == [false, true, false]);
    panel.header.order("bus plug");
    panel.expect_health(WELL);
    crate::pictures::expect(&panel, "session");
}

#[test]
fn a_display_that_lost_its_power_unnoticed_is_set_up_by_the_next_picture() {
    let panel = Panel::ready(&[]);
    panel.show(PanelState::Idle);
    crate::pictures::expect(&panel, "idle");
    panel.header.order("bus reset");
    assert_eq!(panel.header.oled().lit(), 0);
    panel.show(PanelState::Session);
    crate::pictures::expect(&panel, "session");
}

#[test]
fn a_bus_that_hangs_is_told_and_neither_light_nor_sound_nor_sensor_waits_for_it() {
    let panel = Panel::ready(&[]);
    panel.header.order("bus hang");
    let since = panel.show(PanelState::Read);
    wait_for("the beep", SOON, || panel.beeps(since).1.len() == 1);
    let (begun, beeps) = panel.beeps(since);
    assert!(begun.unwrap().as_millis() < 100 && beeps[0] < 100, "{begun:?} {beeps:?}");
    panel.expect_health(PanelHealth { display: PanelPart::Hangs, ..WELL });
    panel.header.presence(true);
    panel.expect_presence(true);
    panel.show(PanelState::Session);
    panel.header.order("bus go");
    panel.expect_health(WELL);
    crate::pictures::expect(&panel, "session");
}

#[test]
fn a_bus_that_hangs_does_not_keep_the_process_from_its_end() {
    let mut panel = Panel::ready(&[]);
    panel.header.order("bus hang");
    panel.show(PanelState::Session);
    panel.expect_health(PanelHealth { display: PanelPart::Hangs, ..WELL });
    panel.supervisor.take().unwrap().hang_up();
    assert!(!panel.exit().success());
}

#[test]
fn it_exits_when_the_supervisor_says_what_it_may_not_say() {
    let mut panel = Panel::ready(&[]);
    panel.supervisor.as_ref().unwrap().order(&"Bonjour Éliane");
    assert!(!panel.exit().success());
    assert!(!panel.log().contains("liane"));
}

#[test]
fn a_wiring_that_cannot_be_is_refused_by_name() {
    let directory = std::env::temp_dir();
    let program = borne_harness::programs::program("kiosk-panel");
    let output = std::process::Command::new(program)
        .env_clear()
        .env("BORNE_WIRING", "red=27 green=27")
        .env("BORNE_RUN", directory)
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("green: this pin is used twice"), "{said}");
}

#[test]
fn two_hundred_orders_at_once_end_with_the_last() {
    let panel = Panel::ready(&[]);
    for _ in 0..100 {
        panel.show(PanelState::Idle);
        panel.show(PanelState::Session);
    }
    crate::pictures::expect(&panel, "session");
    wait_for("the light", SOON, || panel.header.light() == [false, true, false]);
    let said = panel.supervisor.as_ref().unwrap().unasked();
    assert!(!matches!(said, Some(PanelEvent::Presence(_))), "{said:?}");
}
