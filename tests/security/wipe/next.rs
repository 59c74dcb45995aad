//! The next agent at the same terminal, on the same pages, looks for the one before: in the page's
//! stores, the clipboards, the history, the fields.

use super::traces::{STORES, Traces, still, wait_until_gone};
use borne_harness::agents::agent;
use borne_harness::input::BTN_MIDDLE;
use borne_harness::keys::{Keys, Modifier, code};
use borne_harness::report::attempt;
use borne_harness::settings::{Lure, Settings};
use borne_harness::trap::{Answer, HOST, Page};
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::wait_for;
use borne_harness::world::{World, world};
use borne_ipc::Role;

/// linux/input-event-codes.h: the key that browsers go back by.
const BACK: u32 = 158;
/// The field that `plant.js` makes.
const FIELD: (u32, u32) = (640, 100);
/// A page that has forgotten everything says this.
const NOTHING: &str =
    r#""cookie":"","local":{},"session":{},"database":"none","kept":"none","name":"""#;
/// What the engine does not have at all.
const ABSENT: &str = r#""absent":{"caches":"undefined","worker":false,"sharedWorker":"undefined","sql":"undefined","files":"undefined","cookies":"undefined","clipboard":"undefined","credentials":"undefined"}"#;

/// All that a page can see of what was kept.
fn seen(page: &Page) -> String {
    page.run(include_str!("seen.js"))
}

/// Makes a field with this in it, and gives it the focus by a touch.
fn field(page: &Page, visit: &mut Visit, text: &str) {
    let style = "position: fixed; inset: 0 0 auto 0; height: 90px; font-size: 30px";
    page.run(&format!(
        "document.body.innerHTML = '<form autocomplete=\"on\"><input id=\"field\" name=\"trace\" autocomplete=\"name\" style=\"{style}\"></form>'; \
         document.getElementById('field').value = {text:?}"
    ));
    visit.click(FIELD);
    wait_for("the field's focus", SCREEN, || {
        page.run("return document.activeElement.id") == "field"
    });
}

fn content(page: &Page) -> String {
    page.run("return document.getElementById('field').value")
}

/// Pastes with the keyboard, then with the wheel, into an empty field.
fn paste(world: &World, page: &Page, visit: &mut Visit) {
    field(page, visit, "");
    Keys::plug_in(&world.terminal.display())
        .and_then(|mut keys| keys.strike(&[Modifier::Control], code::V))
        .unwrap();
    world.terminal.hands().press(BTN_MIDDLE, FIELD.0, FIELD.1).unwrap();
}

#[test]
fn finds_nothing_of_the_one_before() {
    let world = world(Settings { trap: Lure::Home, ..Settings::default() });
    let (trap, one, next) = (world.trap(), agent("e.benali"), agent("a.martin"));
    let stores = attempt(
        24,
        "the next agent reads cookies, storage, databases, caches and names on the same page",
    );
    let clipboards =
        attempt(21, "one copies a text; the next pastes by Ctrl+V and by the middle button");
    let history =
        attempt(23, "the next goes back by script, by Alt+Left and by the keyboard's Back key");
    let fields = attempt(
        22,
        "the next touches and fills in the same field: no proposal, no word of the one before",
    );
    let mut traces = Traces::of(&one);

    let mut visit = Visit::at(&world.terminal);
    traces.log_in(&world, &mut visit, &one);
    let page = trap.page();
    let entries = page.run("return history.length");
    traces.plant(trap, &page, &visit);
    traces.look(&world);
    let told = seen(&page);
    for store in [
        "cookie",
        "localStorage",
        "sessionStorage",
        "IndexedDB",
        "window name",
        "page title",
        "history state",
    ] {
        assert!(told.contains(traces.word_of(store)), "the page itself sees its {store}: {told}");
    }
    assert!(told.contains(ABSENT), "{told}");
    let copied = traces.word("clipboard");
    field(&page, &mut visit, &copied);
    page.run("document.getElementById('field').select()");
    let mut keys = Keys::plug_in(&world.terminal.display()).unwrap();
    keys.strike(&[Modifier::Control], code::C).unwrap();
    drop(keys);
    paste(&world, &page, &mut visit);
    // The middle button finds the same text where the engine has a primary selection of its own,
    // and nothing otherwise.
    let both = format!("{copied}{copied}");
    wait_for("the clipboard, pasted in the same session", SCREEN, || match content(&page) {
        pasted if pasted == copied || pasted == both => Ok(()),
        pasted => Err(pasted),
    });
    traces.look(&world);
    traces.all_were_found();
    let browser = world.terminal.processes_of(Role::Browser);
    visit.log_out();
    wait_until_gone(&browser);
    traces.nothing_is_left(&world, "the button");

    let heard = trap.heard(HOST, "/").len();
    // Who asks the server now gets this; who still has the answer of before, that.
    trap.serve("/kept", Answer::of("text/plain", "none"));
    visit.log_in(&next);
    let page = trap.page();
    let told = seen(&page);
    assert!(told.contains(NOTHING), "{told}");
    STORES
        .iter()
        .for_each(|store| assert!(!told.contains(traces.word_of(store)), "{store}: {told}"));
    for request in &trap.heard(HOST, "/")[heard..] {
        assert!(
            !format!("{request:?}").contains("trace"),
            "a request of the next agent: {request:?}"
        );
    }
    stores.held();
    assert_eq!(
        page.run("return history.length"),
        entries,
        "as short a history as the one before began with"
    );
    page.run("history.back(); history.go(-3)");
    let mut keys = Keys::plug_in(&world.terminal.display()).unwrap();
    keys.strike(&[Modifier::Alt], code::LEFT).unwrap();
    keys.strike(&[], BACK).unwrap();
    drop(keys);
    drop(still(&visit));
    assert!(page.lives() && trap.page() == page, "the page is still the same one");
    history.held();
    paste(&world, &page, &mut visit);
    // What was pasted is drawn before the picture rests.
    drop(still(&visit));
    assert_eq!(content(&page), "", "neither clipboard holds anything");
    clipboards.held();
    field(&page, &mut visit, "");
    let untouched = still(&visit);
    visit.type_text("e");
    wait_for("the letter", SCREEN, || content(&page) == "e");
    let with_letter = still(&visit);
    let below = borne_harness::screen::Region { x: 0, y: 170, width: 1280, height: 200 };
    assert_eq!(untouched.cut(below), with_letter.cut(below), "nothing is proposed below the field");
    fields.held();
    visit.log_out();
}
