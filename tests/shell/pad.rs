//! The PIN pad.

use crate::bench::Bench;
use borne_harness::screen::Region;
use borne_harness::touch::{Point, middle_of_accent, pin_key};
use borne_ipc::{Notice, Screen, ShellEvent};

const SIZE: (u32, u32) = (1280, 800);

/// Right of the 0.
const ERASE: Point = (1121, 632);

#[test]
fn six_digits_make_a_pin_and_a_digit_can_be_taken_back() {
    let mut bench = Bench::start("pin", SIZE, None);
    bench.show(Screen::Pin { tries_left: None });
    for digit in ['4', '8', '7'] {
        bench.tap(pin_key(SIZE, digit));
    }
    bench.tap(ERASE);
    for digit in ['3', '9', '2', '0'] {
        bench.tap(pin_key(SIZE, digit));
    }
    let ShellEvent::Pin { serial, pin } =
        bench.wait_event("the PIN", |event| matches!(event, ShellEvent::Pin { .. }))
    else {
        unreachable!()
    };
    assert_eq!(pin.expose(), "483920");
    assert_eq!(serial, bench.serial(), "a PIN names the pad that it was typed on");
}

#[test]
fn the_pad_looks_the_same_whichever_digit_was_typed() {
    let mut bench = Bench::start("trace", SIZE, None);
    bench.show(Screen::Pin { tries_left: None });
    let whole = Region { x: 0, y: 0, width: SIZE.0, height: SIZE.1 };
    let mut pictures = Vec::new();
    for digit in ['1', '5', '0'] {
        bench.tap(pin_key(SIZE, digit));
        // A new order of the same screen starts afresh; until then one dot is lit.
        let picture = borne_harness::wait_for("one dot", crate::bench::SOON, || {
            let frame = bench.look();
            let dot = frame.pixel(56 + 17, dot_height(&frame));
            if dot == [0xff, 0xc8, 0x45] { Ok(frame.cut(whole)) } else { Err(dot) }
        });
        pictures.push(picture);
        bench.show(Screen::Pin { tries_left: None });
    }
    assert!(pictures.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Where the first dot is: the only accent colour in its column once a digit was typed.
fn dot_height(frame: &borne_harness::screen::Frame) -> u32 {
    (300..SIZE.1 - 200).find(|y| frame.pixel(56 + 17, *y) == [0xff, 0xc8, 0x45]).unwrap_or(0) + 2
}

#[test]
fn cancelling_and_dismissing_are_told() {
    let mut bench = Bench::start("cancel", SIZE, None);
    bench.show(Screen::Pin { tries_left: Some(2) });
    let frame = bench.look();
    // "Annuler" is the lowest thing on the left: its frame's upper edge, from below.
    let x = 56 + 60;
    let edge = (0..SIZE.1).rev().find(|y| frame.pixel(x, *y) == [0xc9, 0xd8, 0xf2]).unwrap();
    bench.tap((x, edge - 30));
    bench.wait_event("PinCancelled", |event| matches!(event, ShellEvent::PinCancelled));
    bench.show(Screen::Message(Notice::UnknownBadge));
    let frame = bench.look();
    bench.tap(middle_of_accent(&frame, SIZE.1 / 2..SIZE.1).unwrap());
    bench.wait_event("Dismissed", |event| matches!(event, ShellEvent::Dismissed));
}
