//! A visit on the emulated board, and what is left of it in the machine's memory: nothing, in any page of it.

use crate::figures::figure;
use borne_harness::agents::agent;
use borne_harness::guest::memory::Needle;
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::world::say;
use borne_harness::{groupware, touch, wait_for};
use std::collections::BTreeMap;
use std::time::Duration;

/// The emulator is about ten times slower than a board.
const SLOW: Duration = Duration::from_secs(120);
/// What stands in every inbox (tests/town/seed/messages.py), as far as it is ASCII: JSON may spell the rest otherwise.
const SUBJECTS: [&str; 3] =
    ["Nid-de-poule rue des", "Votre bulletin de paie est disponible", "e.benali@mairie.example"];
/// Segments of the inbox' picture.
const SEGMENTS: usize = 20;

struct Counts {
    before: BTreeMap<String, usize>,
    after: BTreeMap<String, usize>,
}

impl Counts {
    /// Text and pixels: how many needles were there, and how often altogether.
    fn of(counts: &BTreeMap<String, usize>, pixels: bool) -> (usize, usize) {
        let these = counts.iter().filter(|(name, _)| name.starts_with("pixels") == pixels).map(|(_, count)| *count);
        (these.clone().filter(|count| *count > 0).count(), these.sum())
    }
}

/// One visit: badge, PIN, inbox, Logout; the memory searched with the inbox there and with the idle screen back.
fn visit(hall: &Hall, options: &Options) -> Counts {
    // Nobody touches the screen while the emulator works at a page.
    let settings = Settings { idle_s: 900, ..Settings::default() };
    let mut guest = Guest::start(hall, &settings, options);
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("browser in standby", SLOW);
    let mut tries = 1;
    while !log_in(&mut guest, settings.size) {
        // A page that takes longer than the terminal waits for it; a person taps again, and so does this.
        assert!(tries < 4, "four times no page within the terminal's own limit: this machine is too busy");
        say("no page within the terminal's own limit; once more");
        tries += 1;
        guest.wait_for_state("Idle", SLOW);
    }
    figure("logins_tried", tries);
    guest.wait_for_picture("the inbox", 3 * SLOW, |frame| groupware::shows_inbox(frame, settings.zoom_percent));
    guest.keep_picture("inbox");
    let mut needles: Vec<Needle> = SUBJECTS.iter().map(|text| Needle::text(text, text)).collect();
    needles.extend(Needle::segments(&guest.look(), SEGMENTS));
    let before = guest.search(&needles);
    let logout = guest.wait_for_picture("the Logout button", SLOW, touch::logout);
    guest.touch(logout);
    guest.wait_for_state("Idle", SLOW);
    guest.wait_for_picture("the idle screen", SLOW, |frame| touch::logout(frame).is_none().then_some(()));
    guest.keep_picture("after");
    let after = guest.search(&needles);
    Counts { before, after }
}

/// Badge and PIN; whether a page came of it.
fn log_in(guest: &mut Guest, size: (u32, u32)) -> bool {
    let agent = agent("e.benali");
    guest.tap(&agent, SLOW);
    guest.wait_for_state("Pin", SLOW);
    guest.wait_for_picture("the PIN pad", SLOW, touch::shows_pin_pad);
    for digit in agent.pin.chars() {
        guest.touch(touch::pin_key(size, digit));
    }
    wait_for("a page or a message", SLOW, || match guest.state().as_deref() {
        Some("Active") => Ok(true),
        Some("Message" | "Idle" | "OutOfService") => Ok(false),
        other => Err(other.map(str::to_owned)),
    })
}

#[test]
fn nothing_of_a_visit_is_left_in_any_page_of_memory() {
    let hall = Hall::start();
    let counts = visit(&hall, &Options { with: vec![WITHOUT_COPYING], ..Options::default() });
    let (before, after) = (Counts::of(&counts.before, false), Counts::of(&counts.after, false));
    let (pixels_before, pixels_after) = (Counts::of(&counts.before, true), Counts::of(&counts.after, true));
    say(&format!("text {before:?} -> {after:?}, pixels {pixels_before:?} -> {pixels_after:?}\n{:#?}", counts.after));
    figure("canaries_before", before.1);
    figure("canaries_after", after.1);
    figure("pixels_before", pixels_before.1);
    figure("pixels_after", pixels_after.1);
    assert_eq!(
        before.0,
        SUBJECTS.len(),
        "a text of the inbox was not in memory while it was shown: {:#?}",
        counts.before
    );
    assert!(pixels_before.0 >= SEGMENTS / 2, "the picture was not in memory while it was shown: {:#?}", counts.before);
    assert_eq!(after.1, 0, "texts of the visit are left: {:#?}", counts.after);
    assert_eq!(pixels_after.1, 0, "pixels of the visit are left: {:#?}", counts.after);
}

#[test]
fn without_clearing_freed_memory_the_search_finds_what_is_left() {
    let hall = Hall::start();
    let counts =
        visit(&hall, &Options { without: vec!["init_on_free=1"], with: vec![WITHOUT_COPYING], ..Options::default() });
    let (before, after) = (Counts::of(&counts.before, false), Counts::of(&counts.after, false));
    say(&format!("control: text {before:?} -> {after:?}"));
    figure("control_canaries_before", before.1);
    figure("control_canaries_after", after.1);
    assert!(after.1 > 0, "the control run found nothing either: the search proves nothing");
}
