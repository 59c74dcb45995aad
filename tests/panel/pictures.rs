//! What the display shows, dot by dot, beside the pictures that are kept in `tests/panel/pictures`.

use crate::fixture::{MODES, Panel, SOON, states};
use borne_harness::header::{DOTS, Oled, WIRING};
use borne_harness::wait_for;
use borne_ipc::{Hours, PanelModes, PanelOrder, PanelState};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Set to write the pictures instead of comparing them.
const KEEP: &str = "BORNE_KEEP_PICTURES";

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("panel/pictures/{name}.png"))
}

fn dots(path: &Path) -> Vec<bool> {
    let picture = image::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let picture = picture.to_luma8();
    assert_eq!(picture.dimensions(), DOTS, "{}", path.display());
    picture.pixels().map(|dot| dot.0[0] > 127).collect()
}

#[test]
fn every_state_has_its_picture_in_french_and_english() {
    let panel = Panel::ready(&[]);
    let keep = std::env::var_os(KEEP).is_some();
    let mut before = panel.header.oled().dots;
    for (name, state) in states() {
        panel.show(state);
        if keep {
            // An update comes between idle and asleep, which have the same words.
            panel.wait_for_picture_other_than(&before);
            let settled = settled(&panel);
            settled.picture().save(kept(&name)).unwrap();
            before = settled.dots;
            continue;
        }
        expect(&panel, &name);
    }
}

#[test]
fn the_first_picture_is_there_at_once() {
    let panel = Panel::start(&[], WIRING);
    let ordered = Instant::now();
    panel.show(PanelState::Idle);
    wait_for("a picture", SOON, || panel.header.oled().lit() > 0);
    let took = ordered.elapsed();
    // Less than the second between two looks whether the display is still there.
    assert!(took < Duration::from_millis(700), "{took:?}");
}

/// Waits for the picture that is kept by this name.
#[track_caller]
pub fn expect(panel: &Panel, name: &str) {
    let wanted = dots(&kept(name));
    let wrong = PathBuf::from(format!("/var/tmp/borne/{name}.seen.png"));
    wait_for(&format!("the picture {name}"), SOON, || {
        let seen = panel.header.oled();
        if seen.on && seen.dots == wanted {
            return Ok(());
        }
        seen.picture().save(&wrong).unwrap();
        Err(&wrong)
    });
    let _not_there = std::fs::remove_file(&wrong);
}

/// Unchanged for a while, so that no frame is half on the bus.
fn settled(panel: &Panel) -> Oled {
    let mut last = (panel.header.oled(), std::time::Instant::now());
    wait_for("a picture that stays", SOON, || {
        let seen = panel.header.oled();
        if seen != last.0 || !seen.on {
            last = (seen, std::time::Instant::now());
        }
        last.1.elapsed() > std::time::Duration::from_millis(200)
    });
    last.0
}

#[test]
fn no_two_states_of_different_words_look_alike() {
    let pictures: Vec<(String, Vec<bool>)> =
        states().into_iter().map(|(name, _)| (name.clone(), dots(&kept(&name)))).collect();
    for (at, (one, dots)) in pictures.iter().enumerate() {
        assert!(dots.iter().filter(|dot| **dot).count() > 100, "{one} is empty");
        for (other, others) in &pictures[at + 1..] {
            let same_words =
                [one, other].iter().all(|name| ["idle", "asleep"].contains(&name.as_str()));
            assert!(same_words || dots != others, "{one} and {other}");
        }
    }
}

#[test]
fn brightness_is_as_configured_and_dim_while_nobody_is_there() {
    let panel = Panel::ready(&[]);
    let contrast = |wanted: u8| {
        wait_for(&format!("contrast {wanted}"), SOON, || match panel.header.oled().contrast {
            seen if seen == wanted => Ok(()),
            seen => Err(seen),
        });
    };
    panel.show(PanelState::Idle);
    contrast(153);
    panel.order(PanelOrder::Modes(PanelModes { brightness_percent: 100, ..MODES }));
    contrast(255);
    panel.show(PanelState::Asleep);
    contrast(8);
    assert!(panel.header.oled().lit() > 0, "who comes reads what to do");
}

#[test]
fn at_night_the_display_is_dim_and_dark_while_nobody_is_there() {
    let panel = Panel::ready(&[]);
    panel.order(PanelOrder::Modes(PanelModes { night: Some(around_now()), ..MODES }));
    panel.show(PanelState::Session);
    wait_for("a dim display", SOON, || panel.header.oled().contrast == 8);
    panel.show(PanelState::Asleep);
    wait_for("a dark display", SOON, || !panel.header.oled().on);
    panel.show(PanelState::Read);
    wait_for("a display that is lit again", SOON, || {
        let seen = panel.header.oled();
        seen.on && seen.dots == dots(&kept("read"))
    });
}

/// Two hours by the clock that the panel was given, UTC.
pub fn around_now() -> Hours {
    let seconds = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let minute = u16::try_from(seconds / 60 % 1440).unwrap();
    Hours { from: (minute + 1440 - 60) % 1440, to: (minute + 60) % 1440 }
}
