//! Every screen of the contract, at three sizes; what hides what; what is left behind.

use crate::bench::{Bench, SOON};
use borne_harness::screen::Region;
use borne_harness::wait_for;
use borne_ipc::{
    BadgeNotice, Notice, Outage, PageNotice, ProvisionFault, Screen, ShellEvent, Strip, Wrong,
};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// A page that fills its window with a colour the shell never uses.
const MAGENTA: &str = "<title>page magenta</title><style>html{background:#ff00ff;height:100%}</style><body onload='document.title=`page ready`'>";

pub fn session(notice: Option<Strip>) -> Screen {
    Screen::Session { name: "Amina Benali".to_owned(), ends_in_ms: 1_799_000, notice }
}

pub fn countdown() -> Screen {
    Screen::Countdown {
        name: "Amina Benali".to_owned(),
        ends_in_ms: 1_799_000,
        logout_in_ms: 20_000,
    }
}

fn every_screen() -> Vec<(String, Screen)> {
    let mut screens = vec![
        ("idle".to_owned(), Screen::Idle),
        ("reading".to_owned(), Screen::Reading),
        ("pin".to_owned(), Screen::Pin { tries_left: None }),
        ("pin-wrong".to_owned(), Screen::Pin { tries_left: Some(1) }),
        ("opening".to_owned(), Screen::Opening { name: None }),
        (
            "opening-name".to_owned(),
            Screen::Opening { name: Some("Jean-Christophe Delavigne-Dupont".to_owned()) },
        ),
        ("session".to_owned(), session(None)),
        ("countdown".to_owned(), countdown()),
        ("ending".to_owned(), Screen::Ending),
    ];
    let strips = [
        Strip::Page(PageNotice::Blocked),
        Strip::Page(PageNotice::Unreachable),
        Strip::Page(PageNotice::UntrustedCertificate),
        Strip::Page(PageNotice::FileNotAvailable),
        Strip::Page(PageNotice::TooLarge),
        Strip::Page(PageNotice::NothingToAttach),
        Strip::Page(PageNotice::MailAddress),
        Strip::Page(PageNotice::Telephone),
        Strip::Page(PageNotice::OtherProgram),
        Strip::Badge(BadgeNotice::Refused),
        Strip::Badge(BadgeNotice::OneBadge),
        Strip::Badge(BadgeNotice::Unreadable),
    ];
    screens.extend(strips.map(|notice| (format!("strip-{notice:?}"), session(Some(notice)))));
    screens
        .extend(Notice::ALL.map(|notice| (format!("message-{notice:?}"), Screen::Message(notice))));
    screens.extend(
        Outage::ALL.map(|outage| (format!("outage-{outage:?}"), Screen::OutOfService(outage))),
    );
    screens.extend(Wrong::ALL.map(|what| {
        let fault = ProvisionFault::new(12, "session.countdown_s", what);
        (format!("provision-{what:?}"), Screen::Provision(fault))
    }));
    screens
}

fn every_screen_differs_at(size: (u32, u32)) {
    let mut bench = Bench::start(&format!("screens-{}", size.1), size, None);
    let mut seen = HashSet::new();
    let whole = Region { x: 0, y: 0, width: size.0, height: size.1 };
    for (name, screen) in every_screen() {
        bench.show(screen);
        let frame = bench.keep(&name);
        assert_eq!((frame.width, frame.height), size);
        assert!(seen.insert(frame.cut(whole)), "{name} looks like another screen");
    }
}

#[test]
fn every_screen_has_its_own_picture_at_800x480() {
    every_screen_differs_at((800, 480));
}

#[test]
fn every_screen_has_its_own_picture_at_1280x800() {
    every_screen_differs_at((1280, 800));
}

#[test]
fn every_screen_has_its_own_picture_at_1920x1080() {
    every_screen_differs_at((1920, 1080));
}

#[test]
fn nothing_of_the_page_shows_but_in_a_session() {
    let mut bench = Bench::start("hidden", (1280, 800), Some(MAGENTA));
    let magenta = |bench: &Bench| {
        let frame = bench.look();
        frame.pixels.chunks_exact(4).filter(|pixel| pixel[..3] == [255, 0, 255]).count()
    };
    bench.show(session(None));
    wait_for("the page", SOON * 3, || {
        let count = magenta(&bench);
        if count > 1280 * 500 { Ok(()) } else { Err(count) }
    });
    bench.keep("over-page-session");
    for (name, screen) in every_screen() {
        let page_may_show = matches!(screen, Screen::Session { .. });
        bench.show(screen);
        let count = magenta(&bench);
        assert!(page_may_show || count == 0, "{count} pixels of the page show through {name}");
        if name.starts_with("countdown") || name.starts_with("page-B") {
            bench.keep(&format!("over-page-{name}"));
        }
    }
}

#[test]
fn an_update_shows_on_the_idle_screen_alone() {
    let mut bench = Bench::start("update", (800, 480), None);
    // The lowest line on the left, where no clock moves.
    let line = Region { x: 0, y: 420, width: 500, height: 60 };
    bench.show(Screen::Idle);
    let without = bench.look().cut(line);
    bench.update(Some(42));
    wait_for("the percentage", SOON, || bench.look().cut(line) != without);
    let with = bench.keep("idle-update").cut(line);
    bench.update(Some(43));
    wait_for("the next one", SOON, || bench.look().cut(line) != with);
    bench.show(Screen::Ending);
    let ending = bench.look().cut(line);
    bench.update(None);
    bench.show(Screen::Ending);
    assert!(bench.look().cut(line) == ending, "it shows on another screen");
    bench.show(Screen::Idle);
    assert!(bench.look().cut(line) == without, "it stays when nothing is written any more");
}

#[test]
fn the_bar_counts_down_by_itself() {
    let mut bench = Bench::start("bar", (800, 480), None);
    bench.show(session(None));
    let bar = Region { x: 0, y: 0, width: 800, height: 56 };
    let first = bench.look().cut(bar);
    wait_for("another second", Duration::from_secs(3), || bench.look().cut(bar) != first);
}

#[test]
fn logout_is_pressed_on_the_bar_also_under_the_countdown() {
    let mut bench = Bench::start("logout", (1280, 800), None);
    for screen in [session(None), countdown()] {
        bench.show(screen);
        bench.tap((1200, 28));
        bench.wait_event("Logout", |event| matches!(event, ShellEvent::Logout));
    }
    bench.show(session(Some(Strip::Page(PageNotice::Blocked))));
    bench.tap((1220, 84));
    bench.wait_event("Back", |event| matches!(event, ShellEvent::Back));
}

#[test]
fn rest_and_return_are_told_in_turn() {
    let mut bench = Bench::start("rest", (800, 480), None);
    bench.tap((400, 100));
    bench.wait_event("UserIdle", |event| matches!(event, ShellEvent::UserIdle));
    bench.forget_events();
    bench.tap((410, 100));
    bench.wait_event("UserActive", |event| matches!(event, ShellEvent::UserActive));
    bench.wait_event("UserIdle again", |event| matches!(event, ShellEvent::UserIdle));
}

#[test]
fn a_shell_without_its_supervisor_ends_and_its_successor_draws_again() {
    let mut bench = Bench::start("lost", (800, 480), None);
    bench.show(Screen::Idle);
    bench.hang_up();
    bench.show(Screen::Idle);
}

#[test]
fn the_idle_screen_costs_nearly_nothing() {
    let mut bench = Bench::start("cost", (1280, 800), None);
    bench.show(Screen::Idle);
    let spent = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", bench.shell_pid())).unwrap();
        let fields: Vec<u64> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .filter_map(|field| field.parse().ok())
            .collect();
        // utime and stime, fields 14 and 15 of proc(5): the letter of the state is not a number, so
        // two fewer and one.
        fields[10] + fields[11]
    };
    let (before, begun) = (spent(), Instant::now());
    wait_for("three seconds", SOON, || begun.elapsed() > Duration::from_secs(3));
    let ticks = spent() - before;
    assert!(ticks <= 3, "{ticks} hundredths of a second of processor time in three seconds");
}

/// A name with a picture letter in it: the letter is drawn, as itself, where it stands, and the rest of
/// the name stays in its place.
#[test]
fn an_emoji_in_a_name_is_drawn_in_the_bar() {
    let mut bench = Bench::start("emoji", (1280, 800), None);
    let bar = |bench: &mut Bench, name: &str| {
        let name = name.to_owned();
        bench.show(Screen::Session { name, ends_in_ms: 1_799_000, notice: None });
        bench.look().cut(Region { x: 0, y: 0, width: 640, height: 56 })
    };
    let plain = bar(&mut bench, "Léa  Petit");
    let [flower, tree, unassigned] =
        ["Léa 🌻 Petit", "Léa 🌳 Petit", "Léa \u{5fffd} Petit"].map(|name| bar(&mut bench, name));
    bar(&mut bench, "Léa 🌻 Petit");
    bench.keep("bar-emoji");
    assert!(flower != plain, "blank");
    assert!(flower != tree, "each emoji looks like the other");
    assert!(flower != unassigned, "an emoji looks like a letter that no font has");
}
