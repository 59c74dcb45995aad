//! The buzzer: which beeps, when, and that it never stays on.

use crate::fixture::{MODES, Panel, SOON};
use crate::pictures::around_now;
use borne_harness::header::now;
use borne_harness::wait_for;
use borne_ipc::{Notice, Outage, PanelModes, PanelOrder, PanelState};
use std::path::Path;
use std::time::Duration;

/// On and off in turn, in milliseconds.
const SOUNDS: [(PanelState, &[u128]); 9] = [
    (PanelState::Read, &[60]),
    (PanelState::Right, &[80, 80, 240]),
    (PanelState::WrongPin, &[120, 120, 120]),
    (PanelState::Message(Notice::OneBadge), &[120, 120, 120]),
    (PanelState::Message(Notice::BadgeLocked), &[700]),
    (PanelState::Countdown, &[60, 940, 60, 940, 60]),
    (PanelState::Wiped, &[40, 80, 40]),
    (PanelState::Session, &[]),
    (PanelState::OutOfService(Outage::GatewayUnreachable), &[]),
];

/// A machine that is shared with other tests is late now and then.
const LATE: u128 = 40;

#[track_caller]
fn assert_beeps(panel: &Panel, since: Duration, wanted: &[u128]) {
    let edges = wanted.len();
    wait_for("the end of the sound", SOON, || match panel.beeps(since).1 {
        beeps if beeps.len() >= edges => Ok(()),
        beeps => Err(beeps),
    });
    // And nothing after it.
    let until = now() + Duration::from_millis(300);
    wait_for("a rest after the sound", SOON, || now() >= until);
    let (begun, beeps) = panel.beeps(since);
    assert_eq!(beeps.len(), edges, "{wanted:?}: {beeps:?}");
    for (beep, wanted) in beeps.iter().zip(wanted) {
        assert!(beep.abs_diff(*wanted) <= LATE, "{wanted:?}: {beeps:?}");
    }
    assert!(!panel.header.sounds());
    if let Some(begun) = begun {
        assert!(begun < Duration::from_millis(100), "began after {begun:?}");
    }
}

#[test]
fn each_sound_is_as_long_as_it_should_and_begins_at_once() {
    let panel = Panel::ready(&[]);
    for (state, sound) in SOUNDS {
        let since = panel.show(state);
        assert_beeps(&panel, since, sound);
        panel.show(PanelState::Idle);
    }
}

#[test]
fn the_beep_of_a_badge_is_heard_whole_before_the_answer() {
    let panel = Panel::ready(&[]);
    let since = panel.show(PanelState::Read);
    panel.show(PanelState::Message(Notice::BadgeLocked));
    assert_beeps(&panel, since, &[60, 120, 700]);
}

#[test]
fn in_silent_mode_and_at_night_there_is_no_sound_but_the_light() {
    let silent = PanelModes { sounds: false, ..MODES };
    for modes in [silent, PanelModes { night: Some(around_now()), ..MODES }] {
        let panel = Panel::ready(&[]);
        panel.order(PanelOrder::Modes(modes));
        let since = panel.show(PanelState::WrongPin);
        wait_for("the light", SOON, || panel.lights(since).len() >= 4);
        assert_eq!(panel.beeps(since).1, [], "{modes:?}");
    }
}

#[test]
fn a_sound_ends_when_silence_is_ordered() {
    let panel = Panel::ready(&[]);
    let since = panel.show(PanelState::Message(Notice::BadgeLocked));
    wait_for("the sound", SOON, || panel.header.sounds());
    panel.order(PanelOrder::Modes(PanelModes { sounds: false, ..MODES }));
    wait_for("silence", Duration::from_millis(400), || !panel.header.sounds());
    assert!(panel.beeps(since).1[0] < 600);
}

#[test]
fn a_killed_panel_leaves_no_buzzer_on_by_what_the_unit_calls_then() {
    let mut panel = Panel::ready(&[]);
    panel.show(PanelState::Message(Notice::BadgeLocked));
    wait_for("the sound", SOON, || panel.header.sounds());
    panel.kill();
    // The pin keeps its level when its process is gone: nothing else would end the sound.
    assert!(panel.header.sounds());
    let unit = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../buildroot-overlay/usr/lib/systemd/system/kiosk-panel.service");
    let unit = std::fs::read_to_string(unit).unwrap();
    assert!(unit.contains("\nExecStopPost=/usr/libexec/borne/kiosk-panel silence\n"), "{unit}");
    let begun = now();
    assert!(panel.silence().success());
    println!("silent {} ms after the call", (now() - begun).as_millis());
    assert!(!panel.header.sounds());
    assert_eq!(panel.header.light(), [false; 3]);
}

#[test]
fn a_killed_panels_next_life_begins_silent() {
    let mut panel = Panel::ready(&[]);
    panel.show(PanelState::Message(Notice::BadgeLocked));
    wait_for("the sound", SOON, || panel.header.sounds());
    panel.kill();
    assert!(panel.header.sounds());
    panel.start_again();
    assert!(!panel.header.sounds());
}

#[test]
fn a_panel_that_loses_its_supervisor_is_dark_and_silent() {
    let mut panel = Panel::ready(&[]);
    panel.show(PanelState::Message(Notice::BadgeLocked));
    wait_for("the sound", SOON, || panel.header.sounds());
    panel.supervisor.take().unwrap().hang_up();
    assert!(!panel.exit().success());
    assert_eq!(panel.header.driven(), 0);
}
