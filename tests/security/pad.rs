//! The PIN pad shows how many digits there are, never which: no frame depends on the digits.

use borne_harness::agents::agent;
use borne_harness::report::attempt;
use borne_harness::screen::{Frame, Recording, Region};
use borne_harness::settings::Settings;
use borne_harness::touch::{self, Keyboard};
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::wait_for;
use borne_harness::world::{World, world};
use std::collections::BTreeSet;

const SIZE: (u32, u32) = (1280, 800);
/// All of the pad and its dots; the pad's own clock, if it gets one, stands above.
const WHOLE: Region = Region { x: 0, y: 0, width: SIZE.0, height: SIZE.1 };

/// The screen at rest that differs from the last one.
#[track_caller]
fn next(world: &World, last: &[u8], what: &str) -> Vec<u8> {
    wait_for(what, SCREEN, || {
        let [one, other] =
            [world.terminal.look(), world.terminal.look()].map(|frame| frame.cut(WHOLE));
        (one == other && one != last).then_some(one)
    })
}

/// Presses these keys one by one: the screen while each is held and after it, and every frame there
/// was meanwhile.
fn typed(world: &World, digits: &str) -> (Vec<Vec<u8>>, Vec<Frame>) {
    let mut hands = world.terminal.hands();
    let mut visit = Visit::at(&world.terminal);
    visit.tap(&agent("k.traore"));
    visit.wait_for_picture("the PIN pad", SCREEN, touch::shows_pin_pad);
    let mut pictures = vec![next(world, &[], "the empty pad")];
    let recording = Recording::start(&world.terminal.display(), None).expect("record");
    for digit in digits.chars() {
        let at = touch::pin_key(SIZE, digit);
        hands.hold(at.0, at.1).expect("press");
        pictures.push(next(
            world,
            pictures.last().expect("a picture"),
            "the pad while a key is held",
        ));
        hands.release().expect("release");
        pictures.push(next(
            world,
            pictures.last().expect("a picture"),
            "the pad with one more dot",
        ));
    }
    let frames = recording.stop().expect("frames");
    assert!(Keyboard::seen(&world.terminal.look()).is_none(), "a keyboard beside the pad");
    world.rest();
    (pictures, frames)
}

#[test]
fn no_frame_tells_which_digit_was_typed() {
    let world = world(Settings::default());
    let tried = attempt(
        54,
        "all ten digits, held and released, on two passes of five: each frame of both compared",
    );
    let alone = attempt(54, "no on-screen keyboard beside the pad, so nothing that could suggest");
    let (first, seen) = typed(&world, "01234");
    let (second, seen_again) = typed(&world, "56789");
    alone.held();
    assert!(
        first.windows(2).all(|pair| pair[0] != pair[1]),
        "positive control: each step changes the picture"
    );
    for (step, (one, other)) in first.iter().zip(&second).enumerate() {
        assert!(one == other, "step {step} shows which digit it was");
    }
    // What flashed up between two steps would be in one recording and in no picture.
    let mut known: BTreeSet<Vec<u8>> = first.into_iter().collect();
    known.extend(seen.iter().map(|frame| frame.cut(WHOLE)));
    let odd = seen_again.iter().filter(|frame| !known.contains(&frame.cut(WHOLE))).count();
    assert_eq!(
        odd,
        0,
        "of {} frames of the second pass, {odd} were not in the first",
        seen_again.len()
    );
    tried.held();
}
