//! An agent whose session has landed on the trap: what the attempts of the page rows share.

use borne_harness::agents::agent;
use borne_harness::input::Input;
use borne_harness::screen::{Frame, Region};
use borne_harness::settings::{Lure, Settings};
use borne_harness::trap::{HOST, Page, Trap};
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::world::{World, say, world};
use borne_harness::{processes, touch, wait_for};
use borne_ipc::Role;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

/// The middle of the page.
pub const MIDDLE: touch::Point = (640, 440);
/// The page, below the bar with its clock.
const PAGE: Region = Region { x: 0, y: 56, width: 1280, height: 744 };
/// The same without its middle, where its text and the cursor are.
const AROUND: [Region; 2] = [
    Region { x: 0, y: 56, width: 1280, height: 330 },
    Region { x: 0, y: 480, width: 1280, height: 320 },
];
/// What the browser logs for each navigation it refuses.
pub const REFUSED: &str = "a navigation was refused";

/// A session on the trap's page.
pub struct Lured {
    pub world: World,
    pub trap: &'static Trap,
    pub page: Page,
    hands: RefCell<Input>,
    programs: BTreeSet<String>,
}

/// Logs in and lands on the trap.
pub fn lured() -> Lured {
    let world = world(Settings { trap: Lure::Home, ..Settings::default() });
    let trap = world.trap();
    trap.forget();
    Visit::at(&world.terminal).log_in(&agent("a.martin"));
    let page = trap.page();
    let programs = programs();
    let hands = RefCell::new(world.terminal.hands());
    // The cursor is part of the picture: it is where touches leave it.
    hands.borrow_mut().point(MIDDLE.0, MIDDLE.1).expect("point at the page");
    Lured { world, trap, page, hands, programs }
}

/// Names of the programs of the session.
fn programs() -> BTreeSet<String> {
    processes::of_user(Role::Browser.uid()).into_iter().map(processes::name).collect()
}

impl Lured {
    /// How many navigations the browser has refused.
    pub fn refused(&self) -> usize {
        self.world.terminal.log("supervisor").matches(REFUSED).count()
    }

    /// Lets the page do something that must end in one more refused navigation.
    #[track_caller]
    pub fn refuses(&self, script: &str) {
        let before = self.refused();
        self.page.send(script);
        wait_for(&format!("a refusal of {script}"), SCREEN, || self.refused() > before);
    }

    /// Whoever touches the page.
    pub fn touch(&self, at: touch::Point) {
        self.hands.borrow_mut().click(at.0, at.1).expect("touch the screen");
    }

    /// Waits until `seen` finds in the picture what it looks for.
    #[track_caller]
    pub fn wait_for_picture<T>(&self, what: &str, seen: impl Fn(&Frame) -> Option<T>) -> T {
        wait_for(what, SCREEN, || seen(&self.world.terminal.look()))
    }

    /// The page comes to look as it did: nothing was opened above it.
    #[track_caller]
    pub fn looks_as(&self, before: &Frame) {
        let same = |seen: &Frame| AROUND.iter().all(|part| seen.cut(*part) == before.cut(*part));
        self.wait_for_picture("the picture from before", |seen| same(seen).then_some(()));
    }

    /// A picture that has come to rest.
    pub fn look(&self) -> Frame {
        let mut last = self.world.terminal.look();
        wait_for("the picture to rest", SCREEN, || {
            let now = self.world.terminal.look();
            let same = now.cut(PAGE) == last.cut(PAGE);
            last = now;
            same
        });
        last
    }

    /// Dismisses the word about a page that did not load; the one before it is loaded again.
    #[track_caller]
    pub fn back_from_what_did_not_load(&mut self) {
        self.trap.forget_pages();
        self.dismiss_notice();
        self.page = self.trap.page();
    }

    /// Runs this within a touch.
    #[track_caller]
    pub fn run_touched(&self, script: &str) -> String {
        let pending = self.page.on_touch(script);
        self.touch(MIDDLE);
        pending.outcome()
    }

    /// Waits for the shell's word below the bar, and touches its button.
    #[track_caller]
    pub fn dismiss_notice(&self) {
        let at = self.wait_for_picture("the notice's button", touch::notice);
        self.touch(at);
        self.wait_for_picture("the notice gone", |seen| {
            touch::notice(seen).is_none().then_some(())
        });
    }

    /// The page is where it was and does what it is told, the session and its bar are there, no
    /// other program was started and no packet went astray.
    #[track_caller]
    pub fn unmoved(&self) {
        assert_eq!(
            self.page.run("return location.href"),
            format!("https://{HOST}/"),
            "the page has moved"
        );
        assert_eq!(self.world.terminal.state().as_deref(), Some("Active"));
        assert!(
            touch::logout(&self.world.terminal.look()).is_some(),
            "the bar's Logout button is in reach"
        );
        let new: Vec<_> = programs().difference(&self.programs).cloned().collect();
        assert!(
            new.iter().all(|name| name.starts_with("WebKit") || name == "bwrap"),
            "programs were started: {new:?}"
        );
        self.nothing_strayed();
    }

    /// No packet, no question for a name, no request to a place off the list.
    #[track_caller]
    pub fn nothing_strayed(&self) {
        assert_eq!(self.trap.wire().strayed(), [], "packets to places off the list");
        let asked = self.trap.asked_off_the_list();
        assert!(asked.is_empty(), "the name server was asked for {asked:?}");
    }

    /// Logs out by the button within the usual time.
    #[track_caller]
    pub fn leave(self, after: &str) {
        say(&format!("logs out after {after}"));
        // The clock of the bar runs on; a notice may come and go under a flood.
        let at = self.wait_for_picture("the Logout button", touch::logout);
        self.touch(at);
        self.world.terminal.wait_for_state("Idle", SCREEN);
        self.world.wait_for_no_session(Duration::from_secs(10));
    }
}
