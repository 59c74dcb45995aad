//! A mouse somebody has plugged in, and what a finger does beyond touching: menus, drags, swipes,
//! edges, corners, history buttons. A virtual pointer is all that the compositor lets a test
//! inject: `wl_touch` is not tried.

use crate::scene::{CHOICE, FIELD, IMAGE, LINK, Look, NOWHERE, PAGE, Scene, TEXT, others};
use borne_harness::agents::agent;
use borne_harness::input::{BTN_EXTRA, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE};
use borne_harness::report::attempt;
use borne_harness::touch::Point;
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::world::say;
use borne_harness::{try_wait_for, wait_for};
use std::time::{Duration, Instant};

/// Longer than any long press.
const LONG: Duration = Duration::from_millis(1200);
/// A point of the bar where nothing is to be pressed.
const BAR: Point = (640, 28);
const CORNERS: [Point; 3] = [(0, 0), (0, 799), (1279, 799)];

fn heard(scene: &Scene, name: &str) -> usize {
    let count =
        scene.page.run(&format!("return heard.filter(event => event.startsWith('{name}')).length"));
    count.parse().expect("a number")
}

#[test]
fn no_menu_comes_up_no_drag_gets_away_and_no_gesture_does_anything() {
    let mut scene = Scene::open();
    let before = scene.look();

    say("pointer: positive control, a pop-up of the page is seen");
    scene.click(CHOICE);
    wait_for("the choices", SCREEN, || others(&scene.picture().cut(PAGE), &before.picture) > 1000);
    scene.click(NOWHERE);
    scene.is_still(&before, "the choices were put away");

    menus(&mut scene, &before);
    drags(&mut scene, &before);
    gestures(&mut scene, &before);
    history(&mut scene, &before);
    scene.close();
}

fn menus(scene: &mut Scene, before: &Look) {
    let tried = attempt(
        11,
        "right click and long press on a text field, a link, a picture, a text and beside them",
    );
    for (at, what) in
        [(FIELD, "field"), (LINK, "link"), (IMAGE, "picture"), (TEXT, "text"), (NOWHERE, "nothing")]
    {
        let events = heard(scene, "contextmenu");
        scene.hands.press(BTN_RIGHT, at.0, at.1).expect("right click");
        wait_for("positive control: the page hears of the right click", SCREEN, || {
            heard(scene, "contextmenu") > events
        });
        scene.is_still(before, &format!("a right click on the {what}"));
        // A long or a middle press on the link still is one: it would follow it, or open it above
        // the page (row 14).
        if what != "link" {
            let begun = Instant::now();
            scene.hands.hold(at.0, at.1).expect("hold");
            wait_for("a long press", LONG * 2, || begun.elapsed() > LONG);
            scene.hands.release().expect("release");
            scene.is_still(before, &format!("a long press on the {what}"));
            scene.hands.press(BTN_MIDDLE, at.0, at.1).expect("middle click");
            scene.is_still(before, &format!("a middle click on the {what}"));
        }
    }
    tried.held();
}

fn drags(scene: &mut Scene, before: &Look) {
    let tried = attempt(
        20,
        "a link, a picture and a selected text dragged to the bar, to the lower edge and into the field",
    );
    for (from, what) in [(LINK, "link"), (IMAGE, "picture"), (TEXT, "text")] {
        for to in [BAR, (640, 798), FIELD] {
            if what == "text" {
                scene.page.run("getSelection().selectAllChildren(text); return 1");
            }
            let started = heard(scene, "dragstart");
            scene.hands.drag(from, to).expect("drag");
            wait_for("positive control: the page hears of the drag", SCREEN, || {
                heard(scene, "dragstart") > started
            });
            scene.is_still(before, &format!("the {what} was dragged to {to:?}"));
        }
    }
    assert_eq!(heard(scene, "dragstart"), heard(scene, "dragstart prevented"), "a drag began");
    assert_eq!(heard(scene, "drop"), 0, "something was dropped");
    tried.held();
}

fn gestures(scene: &mut Scene, before: &Look) {
    let tried = attempt(
        32,
        "by pointer: swipes from each edge, five taps in each corner but Logout's, the wheel both ways",
    );
    for (from, to) in [
        ((1, 400), (900, 400)),
        ((1278, 400), (300, 400)),
        ((640, 798), (640, 300)),
        (BAR, (640, 600)),
    ] {
        scene.hands.drag(from, to).expect("swipe");
        scene.is_still(before, &format!("a swipe from {from:?}"));
    }
    for corner in CORNERS {
        (0..5).for_each(|_| scene.click(corner));
        scene.is_still(before, &format!("taps at {corner:?}"));
    }
    for pixels in [-2000.0, 2000.0] {
        scene.hands.point(NOWHERE.0, NOWHERE.1).expect("point");
        (0..10).for_each(|_| scene.hands.scroll_sideways(pixels / 10.0).expect("scroll"));
        scene.hands.scroll(pixels).expect("scroll");
        scene.is_still(before, "the wheel was turned");
    }
    tried.held();
}

fn history(scene: &mut Scene, before: &Look) {
    let tried = attempt(
        23,
        "the mouse's Back and Forward buttons, with pages to go to; then what the next agent finds",
    );
    for button in [BTN_SIDE, BTN_EXTRA] {
        scene.hands.press(button, NOWHERE.0, NOWHERE.1).expect("press");
        scene.is_still(before, "a history button was pressed");
    }
    let gone = scene.page.run(
        "history.back(); await new Promise(done => addEventListener('popstate', done, { once: true })); \
         return location.href",
    );
    assert!(
        gone.ends_with(".example/"),
        "positive control: there was a page to go back to: {gone}"
    );
    Visit::here(&scene.world.terminal).log_out();

    let trap = scene.world.trap();
    let first = scene.page.clone();
    Visit::at(&scene.world.terminal).log_in(&agent("c.moreau"));
    let mine = wait_for("the next agent's page", SCREEN * 4, || {
        Some(trap.page()).filter(|page| *page != first)
    });
    let length = mine.run("return history.length");
    for step in ["history.back()", "history.go(-2)", "history.forward()"] {
        mine.send(&format!("{step}; return 1"));
        let went = try_wait_for("a page of the one before", Duration::from_secs(1), || {
            trap.page() != mine
        });
        assert!(went.is_err(), "{step} led somewhere");
        let now = mine.run("return location.href + location.hash + history.length");
        assert_eq!(now, format!("https://{}/{length}", borne_harness::trap::HOST), "{step}");
    }
    scene.page = mine;
    tried.held();
}
