//! The other language, for who touches its name.

use crate::bench::{Bench, SOON};
use borne_harness::screen::{Frame, Region};
use borne_harness::touch::Point;
use borne_harness::wait_for;
use borne_ipc::{Notice, Screen};

/// Where the title and the text are, below the clock, and above the button itself.
fn words(frame: &Frame) -> Vec<u8> {
    let (width, height) = (frame.width, frame.height);
    frame.cut(Region { x: 0, y: height / 5, width, height: height * 3 / 5 })
}

/// Whether two pictures differ by more than the edges of the letters, which a partial repaint may
/// draw a little otherwise.
fn differ(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).filter(|(one, other)| one.abs_diff(**other) > 64).count() > 500
}

/// The button's place: `ui/full.slint`.
fn button((width, height): (u32, u32)) -> Point {
    (width - width / 13, height - height / 12)
}

fn is_pressed_at(size: (u32, u32)) {
    let mut bench = Bench::start(&format!("language-{}", size.1), size, None);
    bench.show(Screen::Idle);
    let french = words(&bench.look());
    bench.tap(button(size));
    wait_for("the idle screen in English", SOON, || differ(&words(&bench.look()), &french));
    bench.keep("english-idle");
    for notice in [Notice::UnknownBadge, Notice::GroupwareUnreachable] {
        bench.show(Screen::Message(notice));
        bench.keep(&format!("english-{notice:?}"));
    }
    bench.show(Screen::Pin { tries_left: Some(2) });
    bench.keep("english-pin");
    bench.show(Screen::Idle);
    assert!(
        differ(&words(&bench.look()), &french),
        "the language stays for as long as somebody is there"
    );
    bench.tap(button(size));
    wait_for("the idle screen in French again", SOON, || !differ(&words(&bench.look()), &french));
}

#[test]
fn english_is_one_touch_away_and_french_another_at_800x480() {
    is_pressed_at((800, 480));
}

#[test]
fn english_is_one_touch_away_and_french_another_at_1920x1080() {
    is_pressed_at((1920, 1080));
}
