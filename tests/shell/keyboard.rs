//! The on-screen keyboard in front of a real WebKitGTK page.

use crate::bench::{Bench, SOON};
use crate::screens::session;
use borne_harness::touch::{Keyboard, Page};
use borne_harness::wait_for;
use borne_ipc::Screen;

/// Three fields and a form; the page tells in its title what it has got.
const PAGE: &str = r#"<meta charset=utf-8><title>page loading</title>
<style>input{display:block;font-size:20px;width:90%;height:40px;margin:4px}</style>
<form onsubmit="sent=1;tell();return false"><input id=a><input id=b type=password><input id=c type=number><button hidden></button></form>
<script>let sent=0;function tell(){let f=document.activeElement;
document.title='page '+[f.id||'none',a.value,b.value,c.value,sent,innerHeight].join('|')}
addEventListener('input',tell);addEventListener('focusin',tell);addEventListener('focusout',()=>setTimeout(tell));
addEventListener('resize',tell);onload=()=>{a.focus();tell()}</script>"#;

/// The keyboard once it stands still.
fn keyboard(bench: &Bench) -> Keyboard {
    wait_for("the keyboard", SOON, || Keyboard::seen(&bench.look()))
}

fn no_keyboard(bench: &Bench) -> Result<(), Keyboard> {
    Keyboard::seen(&bench.look()).map_or(Ok(()), Err)
}

fn title(bench: &Bench, what: &str, is: impl Fn(&[&str]) -> bool) {
    wait_for(what, SOON * 3, || {
        let title = bench.page_title();
        let parts: Vec<&str> = title.strip_prefix("page ").unwrap_or_default().split('|').collect();
        if parts.len() == 6 && is(&parts) { Ok(()) } else { Err(title) }
    });
}

fn press(bench: &mut Bench, keys: &Keyboard, name: &str) {
    bench.tap(keys.key(Page::Letters, name).unwrap());
}

fn type_text(bench: &mut Bench, keys: &Keyboard, text: &str) {
    for letter in text.chars() {
        for at in keys.presses(letter) {
            bench.tap(at);
        }
    }
}

fn tab(bench: &mut Bench, keys: &Keyboard) {
    press(bench, keys, "symbols");
    bench.tap(keys.key(Page::Symbols, "tab").unwrap());
}

fn type_at(size: (u32, u32), name: &str) {
    let mut bench = Bench::start(name, size, Some(PAGE));
    title(&bench, "the page", |parts| parts[0] == "a");
    assert_eq!(no_keyboard(&bench), Ok(()), "no session, though a field has the focus");
    bench.show(session(None));
    let keys = keyboard(&bench);
    let room = keys.top() - 56;
    assert!(room >= 200, "{room} pixels are left for the page");
    bench.keep("keyboard");
    // WebKit's own window has a bar, too.
    title(&bench, "a page no higher than its room", |parts| {
        parts[5].parse::<u32>().is_ok_and(|height| height < room)
    });

    type_text(&mut bench, &keys, "Été ça@");
    title(&bench, "the address sign", |parts| parts[1] == "Été ça@");
    // WebKit keeps no order between a key and text that come within the same millisecond; a
    // person's do not.
    press(&mut bench, &keys, "erase");
    title(&bench, "one character less", |parts| parts[1] == "Été ça");
    type_text(&mut bench, &keys, "œ1€");
    title(&bench, "the accents", |parts| parts[1] == "Été çaœ1€");
    press(&mut bench, &keys, "enter");
    title(&bench, "the form sent by a real Return key", |parts| parts[4] == "1");

    press(&mut bench, &keys, "hide");
    wait_for("no keyboard once it is put away", SOON, || no_keyboard(&bench));
    bench.keep("keyboard-put-away");
    bench.show(Screen::Idle);
    assert_eq!(no_keyboard(&bench), Ok(()));
}

#[test]
fn the_keyboard_comes_with_the_focus_and_types_french_at_1280x800() {
    type_at((1280, 800), "keys-800");
}

#[test]
fn the_keyboard_comes_with_the_focus_and_types_french_at_800x480() {
    type_at((800, 480), "keys-480");
}

#[test]
fn a_long_press_offers_the_other_accents_and_the_bar_gives_the_keyboard_back() {
    let mut bench = Bench::start("keys-long", (1280, 800), Some(PAGE));
    title(&bench, "the page", |parts| parts[0] == "a");
    bench.show(session(None));
    let keys = keyboard(&bench);
    let letter = keys.key(Page::Letters, "o").unwrap();
    bench.hold(letter);
    // The letters open where the row below was: dark ground in the gap between two keys.
    let at = wait_for("the accents of o", SOON, || {
        let frame = bench.look();
        let y = keys.key(Page::Letters, "q").unwrap().1;
        (letter.0 - 60..letter.0)
            .find(|x| frame.pixel(*x, y) == [0x0b, 0x2a, 0x5b])
            .map(|x| (x + 40, y))
    });
    bench.keep("keyboard-accents");
    bench.release();
    bench.tap(at);
    title(&bench, "the accent", |parts| parts[1] == "ô");

    press(&mut bench, &keys, "hide");
    wait_for("no keyboard", SOON, || no_keyboard(&bench));
    let logout = borne_harness::touch::logout(&bench.look()).unwrap();
    bench.tap((logout.0 - 150, logout.1));
    keyboard(&bench);
}

#[test]
fn a_password_is_typed_without_a_trace_and_a_number_on_a_pad_of_digits() {
    let mut bench = Bench::start("keys-kinds", (1280, 800), Some(PAGE));
    title(&bench, "the page", |parts| parts[0] == "a");
    bench.show(session(None));
    let keys = keyboard(&bench);
    let letters = bench.look();
    tab(&mut bench, &keys);
    title(&bench, "the password field", |parts| parts[0] == "b");
    let whole = borne_harness::screen::Region {
        x: 0,
        y: keys.top(),
        width: 1280,
        height: 800 - keys.top(),
    };
    wait_for("letters again, for the new field", SOON, || {
        bench.look().cut(whole) == letters.cut(whole)
    });
    let at = keys.key(Page::Letters, "d").unwrap();
    bench.hold(at);
    let corner = bench.look().pixel(at.0 - 20, at.1 - 20);
    assert_eq!(corner, [255; 3], "a pressed key is not lit");
    bench.release();
    title(&bench, "the letter", |parts| parts[2] == "d");
    tab(&mut bench, &keys);
    title(&bench, "the number field", |parts| parts[0] == "c");
    wait_for("another keyboard", SOON, || bench.look().cut(whole) != letters.cut(whole));
    bench.keep("keyboard-digits");
}

/// A machine with something else to do for a moment, as often as it takes to touch a letter.
#[test]
fn letters_touched_while_the_page_is_busy_all_arrive() {
    let mut bench = Bench::start("busy", (1280, 800), Some(PAGE));
    title(&bench, "the page", |parts| parts[0] == "a");
    bench.show(session(None));
    let keys = keyboard(&bench);
    let text = "le lundi au marche";
    for letters in [1, 2, 3, 6] {
        for word in text.as_bytes().chunks(letters) {
            bench.hold_up("page");
            type_text(&mut bench, &keys, std::str::from_utf8(word).unwrap());
            bench.let_go_on("page");
        }
        title(&bench, "every letter", |parts| parts[1] == text);
        for _ in text.chars() {
            press(&mut bench, &keys, "erase");
        }
        title(&bench, "an empty field", |parts| parts[1].is_empty());
    }
}

/// A page that takes the focus away for a moment after each letter, as one does that draws its field
/// anew: what is touched before the field has it again used to be lost.
#[test]
fn letters_touched_before_the_field_has_the_focus_again_all_arrive() {
    const ANEW: &str =
        "<script>addEventListener('input',()=>{a.blur();setTimeout(()=>a.focus(),60)})</script>";
    let mut bench = Bench::start("anew", (1280, 800), Some(&format!("{PAGE}{ANEW}")));
    title(&bench, "the page", |parts| parts[0] == "a");
    bench.show(session(None));
    let keys = keyboard(&bench);
    let text = "lundi";
    type_text(&mut bench, &keys, text);
    title(&bench, "every letter", |parts| parts[1] == text);
}
