//! Which keys reach the page: text, and what edits it. Whoever plugs a keyboard in, or plays one,
//! gets no shortcut of the engine, of GTK or of the page: no menu, no help, no second window, no
//! emoji chooser, no caret browsing.
//!
//! Never: a meaning of its own for a key.

use gtk::gdk::keys::{Key, constants as key};
use gtk::gdk::{EventKey, ModifierType};
use gtk::glib::Propagation;
use gtk::prelude::*;

/// Modifiers that make a command of a key. Shift and AltGr only choose the character; so do the
/// locks.
const COMMANDS: [ModifierType; 6] = [
    ModifierType::CONTROL_MASK,
    ModifierType::MOD1_MASK,
    ModifierType::MOD4_MASK,
    ModifierType::SUPER_MASK,
    ModifierType::HYPER_MASK,
    ModifierType::META_MASK,
];

/// Alone or with Shift; the on-screen keyboard sends five of them.
const EDITING: [Key; 23] = [
    key::BackSpace,
    key::Return,
    key::Tab,
    key::Escape,
    key::ISO_Left_Tab,
    key::KP_Enter,
    key::Delete,
    key::KP_Delete,
    key::Left,
    key::Right,
    key::Up,
    key::Down,
    key::Home,
    key::End,
    key::Page_Up,
    key::Page_Down,
    key::KP_Left,
    key::KP_Right,
    key::KP_Up,
    key::KP_Down,
    key::KP_Home,
    key::KP_End,
    key::Multi_key,
];

/// With Ctrl: select all, copy, cut, paste, undo, do again; to the next word, and to either end.
const WITH_CONTROL: [Key; 12] = [
    key::a,
    key::c,
    key::x,
    key::v,
    key::z,
    key::y,
    key::Left,
    key::Right,
    key::Home,
    key::End,
    key::BackSpace,
    key::Delete,
];

/// Keysyms of the dead accents (`dead_grave` to the last one, keysymdef.h).
const DEAD: std::ops::RangeInclusive<u32> = 0xfe50..=0xfe93;

/// Puts the filter before everything else that hears the window's keys.
pub fn filter(window: &gtk::Window) {
    window.connect_key_press_event(|_, event| pass(event));
    window.connect_key_release_event(|_, event| pass(event));
}

fn pass(event: &EventKey) -> Propagation {
    let command = COMMANDS.into_iter().filter(|bit| event.state().contains(*bit)).collect();
    if event.is_modifier() || permitted(event.keyval(), command) {
        Propagation::Proceed
    } else {
        Propagation::Stop
    }
}

/// Whether the page may have this key with these of [`COMMANDS`] held.
fn permitted(pressed: Key, command: ModifierType) -> bool {
    if command == ModifierType::CONTROL_MASK {
        return WITH_CONTROL.contains(&pressed.to_lower());
    }
    let text = pressed.to_unicode().is_some_and(|character| !character.is_control());
    command.is_empty() && (text || EDITING.contains(&pressed) || DEAD.contains(&*pressed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: ModifierType = ModifierType::CONTROL_MASK;

    #[test]
    fn text_and_what_edits_it_pass() {
        let plain = [
            key::a,
            key::A,
            key::eacute,
            key::EuroSign,
            key::dead_circumflex,
            key::KP_7,
            key::space,
        ];
        for pressed in plain.into_iter().chain(EDITING) {
            assert!(permitted(pressed, ModifierType::empty()), "{pressed:?}");
        }
        assert!(WITH_CONTROL.into_iter().all(|pressed| permitted(pressed, CONTROL)));
        assert!(permitted(key::V, CONTROL), "with the caps lock on");
    }

    #[test]
    fn commands_do_not() {
        for pressed in [
            key::F1,
            key::F5,
            key::F7,
            key::F10,
            key::F12,
            key::Menu,
            key::Print,
            key::Help,
            key::Super_L,
        ] {
            assert!(!permitted(pressed, ModifierType::empty()), "{pressed:?}");
        }
        assert!(!permitted(Key::from(0x1008_ff26), ModifierType::empty()), "XF86Back");
        for pressed in [
            key::p,
            key::s,
            key::o,
            key::n,
            key::t,
            key::w,
            key::period,
            key::semicolon,
            key::plus,
            key::F4,
        ] {
            assert!(!permitted(pressed, CONTROL), "Ctrl and {pressed:?}");
        }
        for held in
            [ModifierType::MOD1_MASK, ModifierType::MOD4_MASK, CONTROL | ModifierType::MOD1_MASK]
        {
            for pressed in
                [key::a, key::c, key::Left, key::Home, key::Tab, key::Delete, key::BackSpace]
            {
                assert!(!permitted(pressed, held), "{held:?} and {pressed:?}");
            }
        }
    }
}
