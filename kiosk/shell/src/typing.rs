//! The seat's input method: learns when a field of the page has the focus, and types into it.
//!
//! Characters go by `commit_string`, keys that are no characters by a virtual keyboard. That
//! keyboard stays attached for ever: without a keyboard the seat has no keyboard focus, and without
//! that no field ever asks for the input method.
//!
//! A page's toolkit drops text that crosses with its own news of the field (text-input-v3: the
//! serial of `done` is then an old one), and so it does before the field has the focus. So what is
//! touched waits in a queue until the page has taken what came before it: a busy page loses
//! none.

use crate::app::App;
use crate::error::ShellError;
use crate::ui::KeyKind;
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{Errno, write};
use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use wayland_client::globals::GlobalList;
use wayland_client::protocol::{wl_keyboard, wl_seat::WlSeat};
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum, delegate_noop};
use wayland_protocols::wp::text_input::zv3::client::zwp_text_input_v3::{
    ContentHint, ContentPurpose,
};
use wayland_protocols_misc::zwp_input_method_v2::client::{
    zwp_input_method_manager_v2::ZwpInputMethodManagerV2,
    zwp_input_method_v2::{self, ZwpInputMethodV2},
};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::{
    zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1,
    zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1,
};
use zeroize::Zeroize;

/// Keys that are no characters: what they are, their code in linux/input-event-codes.h, their name
/// in xkb.
const KEYS: [(KeyKind, u32, &str); 5] = [
    (KeyKind::Erase, 14, "BackSpace"),
    (KeyKind::Tab, 15, "Tab"),
    (KeyKind::Enter, 28, "Return"),
    (KeyKind::Left, 105, "Left"),
    (KeyKind::Right, 106, "Right"),
];
/// xkb counts from 8.
const XKB_OFFSET: u32 = 8;

/// The page has been told of everything when it has said nothing for so long.
const SETTLED: Duration = Duration::from_millis(30);
/// A page that does not answer a letter (a field that takes none) is not waited for any longer.
const UNANSWERED: Duration = Duration::from_millis(400);
/// Touches that may wait; a page that takes none of so many takes no more.
const WAITING: usize = 256;

/// One thing to type.
enum Stroke {
    Text(String),
    Key(KeyKind),
}

/// What the field with the focus wants typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Digits only.
    pub digits: bool,
    /// A password: nothing may show what is typed.
    pub secret: bool,
}

/// See the module.
pub struct Typing {
    method: ZwpInputMethodV2,
    keyboard: ZwpVirtualKeyboardV1,
    start: Instant,
    /// `done` events so far: the serial of our `commit`.
    serial: u32,
    focus: Option<Field>,
    /// As `focus`, until `done`.
    coming: Option<Field>,
    activated: bool,
    /// Touched, and not yet typed.
    waiting: VecDeque<Stroke>,
    /// The next one may be typed.
    free_at: Instant,
    /// The last one was a key.
    after_key: bool,
}

impl Typing {
    /// Becomes the seat's input method and attaches the keyboard.
    ///
    /// # Errors
    /// [`ShellError::Missing`], [`ShellError::SharedMemory`].
    pub fn bind(
        list: &GlobalList,
        queue: &QueueHandle<App>,
        seat: &WlSeat,
    ) -> Result<Self, ShellError> {
        let missing = |what| move |_| ShellError::Missing(what);
        let keyboards: ZwpVirtualKeyboardManagerV1 =
            list.bind(queue, 1..=1, ()).map_err(missing("zwp_virtual_keyboard_manager_v1"))?;
        let methods: ZwpInputMethodManagerV2 =
            list.bind(queue, 1..=1, ()).map_err(missing("zwp_input_method_manager_v2"))?;
        let keyboard = keyboards.create_virtual_keyboard(seat, queue, ());
        attach_keymap(&keyboard)?;
        Ok(Self {
            method: methods.get_input_method(seat, queue, ()),
            keyboard,
            start: Instant::now(),
            serial: 0,
            focus: None,
            coming: None,
            activated: false,
            waiting: VecDeque::new(),
            free_at: Instant::now(),
            after_key: false,
        })
    }

    /// The field that has the focus, if one has.
    pub fn focus(&self) -> Option<Field> {
        self.focus
    }

    /// Types characters, once the page can take them.
    pub fn text(&mut self, text: &str) {
        // One by one: together they would stand in the compositor's memory as a text.
        self.wait(Stroke::Text(text.to_owned()));
    }

    /// Presses and releases a key that is no character, in its turn.
    pub fn key(&mut self, kind: KeyKind) {
        self.wait(Stroke::Key(kind));
    }

    fn wait(&mut self, stroke: Stroke) {
        if self.waiting.len() < WAITING {
            self.waiting.push_back(stroke);
        }
    }

    /// Forgets what was touched for a page that is not there any more.
    pub fn forget(&mut self) {
        for stroke in self.waiting.drain(..) {
            if let Stroke::Text(mut text) = stroke {
                text.zeroize();
            }
        }
    }

    /// When [`Self::turn`] has something to do next.
    pub fn wake_at(&self) -> Option<Instant> {
        let next = self.waiting.front().filter(|_| self.focus.is_some())?;
        Some(self.due(next))
    }

    /// Types what waits, if the page can take it.
    pub fn turn(&mut self, now: Instant) {
        while self.wake_at().is_some_and(|at| at <= now) {
            let Some(stroke) = self.waiting.pop_front() else { return };
            self.free_at = now + UNANSWERED;
            self.after_key = matches!(stroke, Stroke::Key(_));
            match stroke {
                Stroke::Text(text) => {
                    self.method.commit_string(text);
                    self.method.commit(self.serial);
                }
                Stroke::Key(kind) => self.strike(kind),
            }
        }
    }

    /// Keys keep their order among themselves, and none is dropped.
    fn due(&self, next: &Stroke) -> Instant {
        match next {
            Stroke::Key(_) if self.after_key => self.start,
            _ => self.free_at,
        }
    }

    fn strike(&self, kind: KeyKind) {
        let Some((_, code, _)) = KEYS.iter().find(|(key, ..)| *key == kind) else { return };
        // Wraps after 49 days, as the protocol's timestamps do.
        #[allow(clippy::cast_possible_truncation, reason = "the protocol's timestamps wrap")]
        let time = self.start.elapsed().as_millis() as u32;
        self.keyboard.key(time, *code, wl_keyboard::KeyState::Pressed.into());
        self.keyboard.key(time, *code, wl_keyboard::KeyState::Released.into());
    }
}

fn attach_keymap(keyboard: &ZwpVirtualKeyboardV1) -> Result<(), ShellError> {
    let failed =
        |operation| move |source| ShellError::SharedMemory { operation, object: "keymap", source };
    let keymap = keymap();
    let file = memfd_create("borne-keymap", MemfdFlags::CLOEXEC).map_err(failed("make"))?;
    // The text ends with a zero byte, as wl_keyboard wants it.
    let bytes = [keymap.as_bytes(), &[0]].concat();
    if write(&file, &bytes).map_err(failed("write"))? != bytes.len() {
        return Err(failed("write")(Errno::IO));
    }
    let size = u32::try_from(bytes.len()).map_err(|_| failed("size")(Errno::OVERFLOW))?;
    keyboard.keymap(wl_keyboard::KeymapFormat::XkbV1.into(), file.as_fd(), size);
    Ok(())
}

fn keymap() -> String {
    let codes: String =
        KEYS.iter().map(|(_, code, name)| format!("<{name}> = {};\n", code + XKB_OFFSET)).collect();
    let symbols: String =
        KEYS.iter().map(|(_, _, name)| format!("key <{name}> {{ [ {name} ] }};\n")).collect();
    format!(
        "xkb_keymap {{\nxkb_keycodes \"borne\" {{\nminimum = 8;\nmaximum = 255;\n{codes}}};\n\
         xkb_types \"borne\" {{ include \"complete\" }};\nxkb_compatibility \"borne\" {{ include \"complete\" }};\n\
         xkb_symbols \"borne\" {{\n{symbols}}};\n}};\n"
    )
}

delegate_noop!(App: ZwpInputMethodManagerV2);
delegate_noop!(App: ZwpVirtualKeyboardManagerV1);
delegate_noop!(App: ZwpVirtualKeyboardV1);

impl Dispatch<ZwpInputMethodV2, ()> for App {
    fn event(
        app: &mut Self,
        _: &ZwpInputMethodV2,
        event: zwp_input_method_v2::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let typing = &mut app.typing;
        match event {
            zwp_input_method_v2::Event::Activate => {
                typing.coming = Some(Field::default());
                typing.activated = true;
            }
            zwp_input_method_v2::Event::Deactivate => typing.coming = None,
            zwp_input_method_v2::Event::ContentType { hint, purpose } => {
                if let Some(field) = &mut typing.coming {
                    *field = field_of(hint, purpose);
                }
            }
            zwp_input_method_v2::Event::Done => {
                typing.serial = typing.serial.wrapping_add(1);
                typing.free_at = Instant::now() + SETTLED;
                typing.focus = typing.coming;
                let activated = std::mem::take(&mut typing.activated);
                app.focus_changed(activated);
            }
            zwp_input_method_v2::Event::Unavailable => app.fail(ShellError::InputMethodTaken),
            _ => {}
        }
    }
}

fn field_of(hint: WEnum<ContentHint>, purpose: WEnum<ContentPurpose>) -> Field {
    let purpose = purpose.into_result().unwrap_or(ContentPurpose::Normal);
    let hidden = hint.into_result().is_ok_and(|hint| hint.contains(ContentHint::HiddenText));
    Field {
        digits: matches!(
            purpose,
            ContentPurpose::Number
                | ContentPurpose::Digits
                | ContentPurpose::Phone
                | ContentPurpose::Pin
        ),
        secret: hidden || matches!(purpose, ContentPurpose::Password | ContentPurpose::Pin),
    }
}
