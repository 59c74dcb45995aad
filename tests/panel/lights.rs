//! The light: colour and rhythm of each meaning, with times.

use crate::fixture::{MODES, Panel, SOON};
use crate::pictures::around_now;
use borne_harness::header::now;
use borne_harness::wait_for;
use borne_ipc::{Notice, Outage, PanelModes, PanelOrder, PanelState};
use std::time::Duration;

const RED: [bool; 3] = [true, false, false];
const GREEN: [bool; 3] = [false, true, false];
const BLUE: [bool; 3] = [false, false, true];
const YELLOW: [bool; 3] = [true, true, false];
const CYAN: [bool; 3] = [false, true, true];
const WHITE: [bool; 3] = [true, true, true];
const DARK: [bool; 3] = [false; 3];

/// One state of each meaning but sleep: its colour, and milliseconds lit and dark in turn; a single
/// number is a light that does not change.
const LIGHTS: [(PanelState, [bool; 3], &[u128]); 11] = [
    (PanelState::Idle, BLUE, &[4000]),
    (PanelState::Read, WHITE, &[150, 200, 150]),
    (PanelState::Checking, WHITE, &[500, 500, 500]),
    (PanelState::Pin, BLUE, &[1500, 500]),
    (PanelState::Right, GREEN, &[200, 150]),
    (PanelState::Session, GREEN, &[1500, 200, 600, 200]),
    (PanelState::Countdown, YELLOW, &[200, 300, 200, 300]),
    (PanelState::WrongPin, YELLOW, &[150, 250, 150, 1200]),
    (PanelState::Message(Notice::BadgeLocked), RED, &[150, 250, 150, 250, 150, 1400]),
    (PanelState::Wiped, CYAN, &[350, 350, 800, 350]),
    (PanelState::OutOfService(Outage::GatewayUnreachable), RED, &[800, 300, 800, 300, 800, 1500]),
];

const LATE: u128 = 40;

/// From dark, so that the first change is this state's.
fn follow(panel: &Panel, state: PanelState, colour: [bool; 3], rhythm: &[u128]) {
    let since = panel.show(state);
    let most = Duration::from_millis(u64::try_from(rhythm.iter().sum::<u128>()).unwrap() + 200);
    wait_for("a round of the light", SOON, || now() >= since + most);
    let lights = panel.lights(since);
    let (begun, first) = lights[0];
    assert!(begun < 100, "{state:?}: lit after {begun} ms");
    assert_eq!(first, colour, "{state:?}");
    let times: Vec<u128> = lights.windows(2).map(|two| two[1].0 - two[0].0).collect();
    let lit: Vec<[bool; 3]> = lights.iter().map(|(_, colour)| *colour).collect();
    for (turn, time) in rhythm.iter().enumerate() {
        let Some(seen) = times.get(turn) else {
            assert_eq!((turn, lights.len()), (0, 1), "{state:?}: {lights:?}");
            assert!(*time >= 4000, "{state:?} should have changed: {lights:?}");
            return;
        };
        assert!(seen.abs_diff(*time) <= LATE, "{state:?} {turn}: {lights:?}");
        assert_eq!(lit[turn], if turn % 2 == 0 { colour } else { DARK }, "{state:?}: {lights:?}");
    }
}

#[test]
fn each_meaning_has_its_colour_and_its_rhythm() {
    let panel = Panel::ready(&[]);
    for (state, colour, rhythm) in LIGHTS {
        dark(&panel);
        follow(&panel, state, colour, rhythm);
    }
    // One short flash in ten seconds, while nobody is there.
    let since = panel.show(PanelState::Asleep);
    let flashes = || {
        let lights = panel.lights(since);
        let pairs = lights.windows(2).filter(|two| two[0].1 == BLUE && two[1].1 == DARK);
        pairs.map(|two| (two[0].0, two[1].0 - two[0].0)).collect::<Vec<_>>()
    };
    wait_for("two flashes", Duration::from_secs(15), || flashes().len() >= 2);
    let flashes = flashes();
    assert!(flashes.iter().all(|(_, long)| long.abs_diff(60) <= LATE), "{flashes:?}");
    assert!((flashes[1].0 - flashes[0].0).abs_diff(10_000) <= LATE, "{flashes:?}");
}

/// Waits for the long dark of a panel that nobody is at.
fn dark(panel: &Panel) {
    panel.show(PanelState::Asleep);
    wait_for("a dark light", SOON, || panel.header.light() == DARK);
    let since = now() + Duration::from_millis(100);
    wait_for("the dark to last", SOON, || now() > since && panel.header.light() == DARK);
}

#[test]
fn at_night_the_light_flashes_only() {
    let panel = Panel::ready(&[]);
    panel.order(PanelOrder::Modes(PanelModes { night: Some(around_now()), ..MODES }));
    for (state, colour, rhythm) in
        [LIGHTS[2], LIGHTS[7], LIGHTS[8]].map(|(state, colour, rhythm)| (state, colour, rhythm))
    {
        dark(&panel);
        let dimmed: Vec<u128> = rhythm
            .chunks(2)
            .flat_map(|two| [60, two.iter().sum::<u128>().saturating_sub(60)])
            .take(rhythm.len() - 1 + rhythm.len() % 2)
            .collect();
        let whole = if rhythm.len() % 2 == 0 { &dimmed[..] } else { &dimmed[..1] };
        follow(&panel, state, colour, whole);
    }
}

#[test]
fn right_becomes_opening_and_wiped_becomes_idle_by_themselves() {
    let panel = Panel::ready(&[]);
    let since = panel.show(PanelState::Right);
    wait_for("white", SOON, || panel.lights(since).iter().any(|(_, colour)| *colour == WHITE));
    let (at, _) = panel.lights(since).into_iter().find(|(_, colour)| *colour == WHITE).unwrap();
    assert!((1480..1700).contains(&at), "{at}");
    let since = panel.show(PanelState::Wiped);
    wait_for("blue", SOON, || panel.lights(since).iter().any(|(_, colour)| *colour == BLUE));
}
