//! The screen is unplugged, plugged in again, replaced by another one: whatever was shown is shown
//! again, to its size, and below the shell there is never anything else. And after a logout no
//! frame shows what was there before.

use borne_harness::agents::agent;
use borne_harness::output;
use borne_harness::report::attempt;
use borne_harness::screen::{Frame, Recording, Region, Screen};
use borne_harness::settings::Settings;
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::world::{World, say, world};
use borne_harness::{touch, wait_for};

/// What the terminal begins with, and what it is changed to: smaller, other proportions, larger.
const SIZE: (u32, u32) = (1280, 800);
const OTHERS: [(u32, u32); 3] = [(800, 480), (1024, 768), (1920, 1080)];

/// The ground of GTK's windows, in blue, green and red.
const EMPTY: [u8; 3] = [0xf4, 0xf5, 0xf6];

/// The idle screen without its upper edge, where the clock is.
pub fn below_the_clock(frame: &Frame) -> Vec<u8> {
    let top = frame.height * 15 / 100;
    frame.cut(Region { x: 0, y: top, width: frame.width, height: frame.height - top })
}

/// The bar, or more white than any screen of the shell has: a page.
pub fn shows_a_page(frame: &Frame) -> bool {
    touch::logout(frame).is_some() || pale(frame, |_| true) * 10 > frame.pixels.len() / 4
}

/// The same, but for the empty window of a browser in standby: nobody has a page in it.
fn shows_somebodys_page(frame: &Frame) -> bool {
    let pale = pale(frame, |bgrx| bgrx[..3] != EMPTY);
    touch::logout(frame).is_some() || pale * 10 > frame.pixels.len() / 4
}

fn pale(frame: &Frame, counts: impl Fn(&[u8]) -> bool) -> usize {
    let pixels = frame.pixels.chunks_exact(4);
    pixels.filter(|bgrx| bgrx[1] > 230 && bgrx[2] > 230 && counts(bgrx)).count()
}

fn change(world: &World, size: (u32, u32)) {
    output::resize(&world.terminal.display(), size).expect("change the output");
}

/// A picture of this size that `is` accepts, after the change.
#[track_caller]
fn shown<T>(world: &World, what: &str, size: (u32, u32), is: impl Fn(&Frame) -> Option<T>) -> T {
    wait_for(&format!("{what} at {size:?}"), SCREEN, || {
        let frame =
            Screen::connect(&world.terminal.display()).and_then(|mut screen| screen.frame());
        let frame = frame.map_err(|error| error.to_string())?;
        let now = (frame.width, frame.height);
        if now != size {
            Err(format!("{now:?}"))
        } else {
            is(&frame).ok_or_else(|| "something else".to_owned())
        }
    })
}

/// Off, on, every other size, and back, with the same thing shown each time.
#[track_caller]
fn comes_back<T>(world: &World, what: &str, is: impl Fn(&Frame) -> Option<T>) {
    say(&format!("outputs: {what}"));
    let state = world.terminal.state();
    shown(world, what, SIZE, &is);
    for size in OTHERS.into_iter().chain([SIZE]) {
        change(world, size);
        shown(world, what, size, &is);
        assert_eq!(world.terminal.state(), state, "{what} at {size:?}");
    }
}

#[test]
fn whatever_is_shown_is_shown_again_to_the_size_of_the_screen_that_comes() {
    let world = world(Settings::default());
    let agent = agent("g.dubois");

    let attempt_idle = attempt(45, "idle: three other resolutions, and back");
    let idle = below_the_clock(&world.terminal.look());
    // The badge's picture, in the accent's colour, is on the right half.
    let picture = |frame: &Frame| {
        touch::middle_of_accent(frame, frame.height / 4..frame.height * 3 / 4)
            .filter(|at| at.0 > frame.width / 2)
    };
    assert!(
        picture(&world.terminal.look()).is_some(),
        "the idle screen is known by the picture of a badge"
    );
    comes_back(&world, "the idle screen", picture);
    shown(&world, "the very same idle screen", SIZE, |frame| {
        (below_the_clock(frame) == idle).then_some(())
    });
    attempt_idle.held();

    let attempt_pin = attempt(45, "at the PIN pad: the same; the pad fits each screen");
    let mut visit = Visit::at(&world.terminal);
    visit.tap(&agent);
    world.terminal.wait_for_state("Pin", SCREEN);
    comes_back(&world, "the PIN pad", touch::shows_pin_pad);
    visit.pin(&agent.pin);
    world.terminal.wait_for_state("Active", borne_harness::visit::INBOX);
    attempt_pin.held();

    let attempt_session =
        attempt(45, "in a session: the same; the bar reaches from side to side, Logout works");
    let bar = |frame: &Frame| {
        let ground = frame.pixel(2, 2);
        let logout = touch::logout(frame)?;
        let wide =
            frame.pixel(frame.width / 2, 2) == ground && frame.pixel(frame.width - 2, 2) == ground;
        // Below the bar there is the page, never the compositor's own ground.
        let page = frame.pixel(frame.width / 2, frame.height - 3) != [0x0b, 0x2a, 0x5b];
        (wide && page && logout.0 > frame.width * 3 / 4).then_some(())
    };
    comes_back(&world, "the bar", bar);
    visit.log_out();
    shown(&world, "the idle screen", SIZE, |frame| (below_the_clock(frame) == idle).then_some(()));
    attempt_session.held();
    world.rest();
}

#[test]
fn after_a_logout_every_frame_is_the_idle_screen_also_when_the_screen_wakes() {
    let world = world(Settings::default());
    let idle = below_the_clock(&world.terminal.look());
    let tried =
        attempt(52, "every frame from the logout on, and those after a change of the resolution");
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("g.dubois"));
    visit.wait_for_picture("the inbox", SCREEN * 4, |frame| {
        borne_harness::groupware::shows_inbox(frame, 100)
    });
    let log = world.terminal.log_length();
    let recording = Recording::start(&world.terminal.display(), None).expect("record");
    visit.log_out();
    wait_for("the idle screen", SCREEN, || below_the_clock(&world.terminal.look()) == idle);
    let frames = recording.stop().expect("frames");
    assert!(shows_a_page(&frames[0]), "positive control: the recording saw the inbox");
    // One way: once the page is covered it never comes back.
    let covered = frames.iter().position(|frame| !shows_a_page(frame)).expect("it is covered");
    let back = frames[covered..].iter().filter(|frame| shows_a_page(frame)).count();
    assert_eq!(
        back,
        0,
        "of {} frames after it was covered, {back} show a page",
        frames.len() - covered
    );
    assert!(world.states(log).ends_with(&["Idle".to_owned()]), "{:?}", world.states(log));

    for size in [OTHERS[0], SIZE] {
        change(&world, size);
        // A new mode begins with the compositor's ground, or with the empty window of the browser that
        // waits below; the page must not be in any frame.
        wait_for("the idle screen after the change", SCREEN, || {
            let frame = world.terminal.look();
            assert!(!shows_somebodys_page(&frame), "a frame on waking shows a page");
            if (frame.width, frame.height) == SIZE {
                below_the_clock(&frame) == idle
            } else {
                size != SIZE
            }
        });
    }
    tried.held();
}
