//! A finger on the touch panel: the list of mails and a long letter follow it, in both directions,
//! and what lies under it is not touched by that.

use crate::figures::booted;
use crate::session::log_in_as;
use borne_harness::agents::{Agent, agent};
use borne_harness::groupware::{self, Layout};
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING, WITHOUT_READING};
use borne_harness::hall::Hall;
use borne_harness::post::Letter;
use borne_harness::screen::{Frame, Region};
use borne_harness::settings::Settings;
use borne_harness::touch;
use borne_harness::world::say;
use std::time::Duration;

/// The emulator is about ten times slower than a board.
const SLOW: Duration = Duration::from_secs(900);
/// More than a list shows.
const LETTERS: usize = 24;

/// A letter of some ten screens, all of it a link to where the terminal does not go: a touch on it
/// is answered by a notice.
fn long_letter(letter: usize) -> Letter {
    let paragraph = |number: usize| {
        format!(
            "<p><a href=\"https://ailleurs.example/{number}\">Alinéa {number} : {}</a></p>",
            "tout ceci est un lien vers ailleurs. ".repeat(1 + number % 5)
        )
    };
    Letter::new(&format!("Longue lettre {letter}"), &(1..120).map(paragraph).collect::<String>())
}

/// How much of a region differs, in hundredths.
fn differs(one: &Frame, other: &Frame, region: Region) -> usize {
    let (one, other) = (one.cut(region), other.cut(region));
    let pixels = one.chunks_exact(4).zip(other.chunks_exact(4));
    let far = |(a, b): (&[u8], &[u8])| a.iter().zip(b).take(3).any(|(a, b)| a.abs_diff(*b) > 40);
    let (all, apart) =
        pixels.fold((0, 0), |(all, apart), pair| (all + 1, apart + usize::from(far(pair))));
    apart * 100 / all.max(1)
}

/// The picture, once it has not changed for a while.
fn rest(guest: &mut Guest, region: Region) -> Frame {
    let mut last = guest.look();
    let mut same = 0;
    borne_harness::wait_for("a picture that rests", SLOW, || {
        let now = guest.look();
        same = if differs(&last, &now, region) == 0 { same + 1 } else { 0 };
        last = now;
        same > 20
    });
    last
}

/// Draws a finger over the region: upwards until another part is there, then downwards until the
/// first is there again.
fn there_and_back(guest: &mut Guest, what: &str, region: Region) {
    let (x, _) = groupware::middle(region);
    let (low, high) = (region.y + region.height * 4 / 5, region.y + region.height / 5);
    let top = rest(guest, region);
    guest.drag((x, low), (x, high));
    let below = rest(guest, region);
    guest.keep_picture(&format!("scroll-{what}"));
    let moved = differs(&top, &below, region);
    guest.drag((x, high), (x, low));
    let back = rest(guest, region);
    let returned = differs(&top, &back, region);
    say(&format!(
        "scroll: {what}: {moved} % of the picture changed, {returned} % after the way back"
    ));
    assert!(moved >= 3, "{what}: a finger drawn upwards changes nothing");
    assert!(returned <= moved / 4, "{what}: a finger drawn downwards does not lead back");
}

fn open_inbox(agent: &Agent, guest: &mut Guest, settings: &Settings) -> Layout {
    guest.wait_for_state("Idle", START);
    let _tries = log_in_as(agent, guest, settings.size);
    guest.wait_for_picture("the inbox", 3 * SLOW, |frame| {
        groupware::shows_inbox(frame, settings.zoom_percent)
    })
}

#[test]
fn a_finger_scrolls_the_list_and_a_letter_in_both_directions_and_touches_nothing() {
    let hall = Hall::start();
    // Not the agent of the other tests: these letters stay in the town's post.
    let agent = agent("a.martin");
    // All are long: whichever is the first of the list is opened.
    for number in 1..=LETTERS {
        let _number = long_letter(number).deliver(hall.town(), &agent);
    }
    let settings = Settings { idle_s: 900, ..Settings::default() };
    let with = vec![WITHOUT_COPYING, WITHOUT_READING];
    let mut guest = Guest::start(&hall, &settings, &Options { with, ..Options::default() });
    let page = open_inbox(&agent, &mut guest, &settings);
    let reading = page.reading();
    let unread = rest(&mut guest, reading);
    there_and_back(&mut guest, "list", page.list());
    let after = rest(&mut guest, reading);
    assert!(differs(&unread, &after, reading) == 0, "a finger that was drawn has opened a letter");

    guest.touch(page.first_message());
    guest.wait_for_picture("the letter", SLOW, |frame| {
        (groupware::ink(frame, reading) > 3 * groupware::ink(&unread, reading).max(1000))
            .then_some(())
    });
    there_and_back(&mut guest, "letter", reading);
    let frame = guest.look();
    assert!(touch::notice(&frame).is_none(), "a finger that was drawn has followed a link");
    assert_eq!(guest.state().as_deref(), Some("Active"));
    booted(&guest);
}
