//! A visit on the emulated board, and what is left of it in the machine's memory: nothing, in any
//! page of it.

use crate::figures::{booted, figure};
use borne_harness::agents::{Agent, agent};
use borne_harness::guest::memory::Needle;
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING, WITHOUT_READING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::world::say;
use borne_harness::{groupware, touch, wait_for};
use std::collections::BTreeMap;
use std::time::Duration;

/// The emulator is about ten times slower than a board.
const SLOW: Duration = Duration::from_secs(900);
/// What stands in every inbox (tests/town/seed/messages.py), as far as it is ASCII: JSON may spell
/// the rest otherwise.
pub const SUBJECTS: [&str; 3] =
    ["Nid-de-poule rue des", "Votre bulletin de paie est disponible", "e.benali@mairie.example"];
/// Segments of the inbox' picture.
const SEGMENTS: usize = 20;

/// How many of the texts and of the pieces of the picture were there at all, and how often
/// altogether.
#[derive(Clone, Copy, Debug)]
struct Found {
    kinds: usize,
    times: usize,
}

fn found(counts: &BTreeMap<String, usize>, pixels: bool) -> Found {
    let these = counts
        .iter()
        .filter(|(name, _)| name.starts_with("pixels") == pixels)
        .map(|(_, count)| *count);
    Found { kinds: these.clone().filter(|count| *count > 0).count(), times: these.sum() }
}

/// A guest with the inbox on its screen, what can be looked for in its memory, and how often it is
/// there now.
fn inbox(hall: &Hall, options: &Options) -> (Guest, Vec<Needle>, BTreeMap<String, usize>) {
    // Nobody touches the screen while the emulator works at a page.
    let settings = Settings { idle_s: 900, ..Settings::default() };
    let mut guest = Guest::start(hall, &settings, options);
    guest.wait_for_state("Idle", START);
    figure("logins_tried", log_in(&mut guest, settings.size));
    guest.wait_for_picture("the inbox", 3 * SLOW, |frame| {
        groupware::shows_inbox(frame, settings.zoom_percent)
    });
    guest.keep_picture("inbox");
    let mut needles: Vec<Needle> = SUBJECTS.iter().map(|text| Needle::text(text, text)).collect();
    needles.extend(Needle::segments(&guest.look(), SEGMENTS));
    let before = guest.search(&needles);
    let (text, pixels) = (found(&before, false), found(&before, true));
    say(&format!("with the inbox on the screen: text {text:?}, pixels {pixels:?}"));
    assert_eq!(
        text.kinds,
        SUBJECTS.len(),
        "a text of the inbox was not in memory while it was shown: {before:#?}"
    );
    assert!(
        pixels.kinds >= SEGMENTS / 2,
        "the picture was not in memory while it was shown: {before:#?}"
    );
    (guest, needles, before)
}

fn idle_again(guest: &mut Guest) {
    guest.wait_for_state("Idle", SLOW);
    guest.wait_for_picture("the idle screen", SLOW, |frame| {
        touch::logout(frame).is_none().then_some(())
    });
}

/// Badge and PIN until a page comes of it; how often that took. A page that takes longer than the
/// terminal waits for it is asked for again, as a person would, when the next warmed browser stands
/// by.
#[track_caller]
pub fn log_in(guest: &mut Guest, size: (u32, u32)) -> usize {
    log_in_as(&agent("e.benali"), guest, size)
}

/// The same, for this agent.
#[track_caller]
pub fn log_in_as(agent: &Agent, guest: &mut Guest, size: (u32, u32)) -> usize {
    for tries in 1..=6 {
        wait_for("a browser in standby", SLOW, || {
            let console = guest.console();
            let [warm, spent] = ["browser in standby", "state=\"Starting\""]
                .map(|text| console.matches(text).count());
            if warm > spent { Ok(()) } else { Err((warm, spent)) }
        });
        guest.wait_for_state("Idle", SLOW);
        show_badge_and_pin_of(agent, guest, size);
        let page = wait_for("a page or a message", SLOW, || match guest.state().as_deref() {
            Some("Active") => Ok(true),
            Some("Message" | "Idle" | "OutOfService") => Ok(false),
            other => Err(other.map(str::to_owned)),
        });
        if page {
            return tries;
        }
        say("no page within the terminal's own limit; once more");
    }
    panic!("six times no page within the terminal's own limit: this machine is too busy");
}

/// As far as the last digit.
#[track_caller]
pub fn show_badge_and_pin(guest: &mut Guest, size: (u32, u32)) {
    show_badge_and_pin_of(&agent("e.benali"), guest, size);
}

#[track_caller]
fn show_badge_and_pin_of(agent: &Agent, guest: &mut Guest, size: (u32, u32)) {
    guest.tap(agent, SLOW);
    guest.wait_for_state("Pin", SLOW);
    guest.wait_for_picture("the PIN pad", SLOW, touch::shows_pin_pad);
    for digit in agent.pin.chars() {
        guest.touch(touch::pin_key(size, digit));
    }
}

/// The supervisor's own word, of its last wipe.
fn wipe_ms(console: &str) -> f64 {
    let word = console.rsplit_once("wipe_ms=").map_or("", |(_, rest)| rest);
    let number: String =
        word.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').collect();
    number.parse::<f64>().expect("the supervisor says how long the wipe took").round()
}

#[test]
fn nothing_of_a_visit_is_left_in_any_page_of_memory() {
    let hall = Hall::start();
    let (mut guest, needles, before) = inbox(
        &hall,
        &Options { with: vec![WITHOUT_COPYING, WITHOUT_READING], ..Options::default() },
    );
    figure("session_memory_mb", guest.memory_used() / 1_000_000);
    let logout = guest.wait_for_picture("the Logout button", SLOW, touch::logout);
    guest.touch(logout);
    idle_again(&mut guest);
    guest.keep_picture("after");
    figure("wipe_ms", wipe_ms(&guest.console()));
    let after = guest.search(&needles);
    let (text, pixels) = (found(&after, false), found(&after, true));
    say(&format!("after Logout: text {text:?}, pixels {pixels:?}"));
    figure("canaries_before", found(&before, false).times);
    figure("canaries_after", text.times);
    figure("pixels_before", found(&before, true).times);
    figure("pixels_after", pixels.times);
    booted(&guest);
    assert_eq!(text.times, 0, "texts of the visit are left: {after:#?}");
    assert_eq!(pixels.times, 0, "pixels of the visit are left: {after:#?}");
}

/// The search can fail: without what the wipe rests on, it finds what is left.
#[test]
fn without_cleared_pages_and_overwritten_buffers_the_search_finds_the_visit() {
    let hall = Hall::start();
    let options = Options {
        without: vec!["init_on_free=1"],
        with: vec![WITHOUT_COPYING, WITHOUT_READING],
        ..Options::default()
    };
    let (mut guest, needles, before) = inbox(&hall, &options);
    figure("control_canaries_before", found(&before, false).times);
    figure("control_pixels_before", found(&before, true).times);

    // Who would have the buffers overwritten is held, and the browser ended: sway alone has the
    // picture then.
    let held = "kiosk-supervisor.service kiosk-shell.service";
    guest.run(&format!(
        "systemctl kill --kill-whom=main --signal=STOP {held}; pkill -KILL -u borne-browser"
    ));
    // Its first process stays as a zombie, without memory, until its parent goes on.
    let living = "ps -u borne-browser -o stat= | grep -vc ^Z";
    wait_for("the end of the browser", SLOW, || guest.run(living).lines().any(|line| line == "0"));
    let left = guest.search(&needles);
    let (text, pixels) = (found(&left, false), found(&left, true));
    say(&format!("control, buffers left alone: text {text:?}, pixels {pixels:?}"));
    figure("control_canaries_after", text.times);
    figure("control_pixels_after", pixels.times);

    // And the whole wipe, of which only the clearing of freed pages is missing.
    guest.run(&format!("systemctl kill --kill-whom=main --signal=CONT {held}"));
    idle_again(&mut guest);
    let wiped = found(&guest.search(&needles), false);
    say(&format!("control, wiped without init_on_free: text {wiped:?}"));
    figure("control_canaries_after_wipe", wiped.times);
    booted(&guest);
    assert!(
        text.times > 0 && pixels.times > 0,
        "the search found nothing either: it proves nothing"
    );
    assert!(
        wiped.times > 0,
        "nothing is left without init_on_free: the search does not see freed pages"
    );
}
