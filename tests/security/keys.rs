//! A keyboard somebody has plugged in: every key with every modifier. Text arrives in the field
//! that has the focus, what edits text does so, and nothing else happens: no dialog, no inspector,
//! no menu, no other page, no virtual terminal.

use crate::scene::{FIELD, Look, Scene};
use borne_harness::keys::{self, Keys, Modifier, code};
use borne_harness::report::{Attempt, attempt};
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::wait_for;
use borne_harness::world::say;

/// Keydown events the page may hear, as `[key, ctrl, alt, meta]`; what is left over.
const NOT_EXPECTED: &str = "
    const moves = ['ArrowLeft', 'ArrowRight', 'Home', 'End', 'Backspace', 'Delete'];
    const edits = [...moves, 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Enter', 'Tab', 'Escape', 'Dead', 'Compose'];
    const holds = ['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'Super', 'CapsLock', 'NumLock', 'OS', 'Hyper', 'ISO_Level5_Shift', 'Unidentified'];
    const odd = keys.filter(([key, ctrl, alt, meta]) => {
        if (!key || holds.includes(key)) return false;
        if (ctrl && !alt && !meta) return !('acxvzy'.includes(key.toLowerCase()) || moves.includes(key));
        return ctrl || alt || meta || !([...key].length === 1 || edits.includes(key));
    });
    return [...new Set(odd.map(String))].slice(0, 20).join(' | ')";

/// Strokes at once. Hundreds that the page is too slow to take make the compositor cut the browser
/// off, and that ends the session: safe, but not what is tried here.
const AT_ONCE: usize = 40;

fn strike_all(scene: &mut Scene, keyboard: &mut Keys, before: &Look) {
    let all: Vec<u32> = keys::every_key().collect();
    for held in keys::combinations() {
        for some in all.chunks(AT_ONCE) {
            for key in some {
                keyboard
                    .strike(&held, *key)
                    .unwrap_or_else(|error| panic!("{held:?} and {key}: {error}"));
            }
            wait_until_heard(scene, keyboard);
        }
        scene.is_still(before, &format!("every key with {held:?}"));
        // The focus is back in the field for the next round.
        scene.click(FIELD);
    }
}

/// A key that comes twice in a row here only: the page has heard all before it.
fn wait_until_heard(scene: &Scene, keyboard: &mut Keys) {
    scene.page.run("keys.push(['']); return keys.length");
    for _ in 0..2 {
        keyboard.strike(&[], code::SQUARE).expect("a key");
    }
    let last = || scene.page.run("return keys.slice(-2).map(key => key[0]).join('')");
    wait_for("the page to have heard all", SCREEN * 2, || match last().as_str() {
        "²²" => Ok(()),
        other => Err(other.to_owned()),
    });
}

#[test]
fn of_a_keyboard_that_is_plugged_in_only_text_reaches_the_page() {
    let mut scene = Scene::open();
    let before = scene.look();
    let tried: Vec<Attempt> = [
        (27, "every key of an evdev keyboard (237) with every combination of Shift, Ctrl, Alt, Super and AltGr (32), the \
              keyboard plugged in during the session"),
        (10, "Ctrl+P, Ctrl+Shift+P, Print"),
        (12, "F12, Ctrl+Shift+I, Ctrl+Shift+C, Ctrl+Shift+J; no port is open that was not"),
        (13, "Ctrl+Shift+I, Ctrl+Shift+D"),
        (11, "the Menu key, Shift+F10"),
        (23, "Alt+Left, Backspace outside a field, the browser's Back key, with a page to go back to"),
        (46, "audio, playback, power, sleep, mail, search and application keys, as a remote control or CEC sends them"),
    ]
    .map(|(row, what)| attempt(row, what))
    .into();

    let mut keyboard = Keys::plug_in(&scene.world.terminal.display()).expect("plug a keyboard in");
    scene.click(FIELD);
    wait_for("the focus", SCREEN, || scene.page.run("return document.activeElement.id") == "field");
    keyboard.strike(&[], code::A).expect("a key");
    keyboard.strike(&[Modifier::Shift], code::A).expect("a key");
    let arrived = || match scene.page.run("return field.value").as_str() {
        "aA" => Ok(()),
        other => Err(other.to_owned()),
    };
    wait_for("positive control: an ordinary letter arrives", SCREEN, arrived);
    keyboard.strike(&[Modifier::Control], code::A).expect("a key");
    wait_for("positive control: Ctrl+A selects", SCREEN, || {
        scene.page.run("return field.selectionEnd - field.selectionStart") == "2"
    });

    strike_all(&mut scene, &mut keyboard, &before);
    let characters =
        "return new Set(keys.map(key => key[0]).filter(key => [...key].length == 1)).size";
    let characters: usize = scene.page.run(characters).parse().expect("a number");
    say(&format!("keys: {characters} different characters arrived"));
    assert!(
        characters > 80,
        "positive control: what a French keyboard can write arrives, {characters} characters"
    );
    assert_eq!(scene.page.run(NOT_EXPECTED), "", "keys that are no text reached the page");
    // Ctrl+V pastes what Ctrl+C took in this session.
    assert_eq!(
        scene.page.run("return heard.filter(name => name != 'paste').join()"),
        "",
        "what the page heard besides"
    );
    drop(keyboard);

    // The keyboard is gone; the on-screen one is what it was.
    scene.click(FIELD);
    Visit::here(&scene.world.terminal).type_text("oui");
    wait_for("positive control: the on-screen keyboard types", SCREEN, || {
        scene.page.run("return field.value") == "oui"
    });
    scene.is_still(&before, "the keyboard was unplugged");
    tried.into_iter().for_each(Attempt::held);
    scene.close();
}
