//! The seat's input method: learns when a field of the page has the focus, and types into it.
//!
//! Characters go by `commit_string`, keys that are no characters by a virtual keyboard. That
//! keyboard stays attached for ever: without a keyboard the seat has no keyboard focus, and without
//! that no field ever asks for the input method.

use super::{Client, Event, Field};
use crate::error::ShellError;
use crate::ui::KeyKind;
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{Errno, write};
use std::os::fd::AsFd;
use std::time::Instant;
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

/// One thing to type.
pub enum Stroke {
    /// Characters.
    Text(String),
    /// A key that types no character.
    Key(KeyKind),
}

pub struct Method {
    method: ZwpInputMethodV2,
    keyboard: ZwpVirtualKeyboardV1,
    start: Instant,
}

impl Method {
    /// Becomes the seat's input method and attaches the keyboard.
    ///
    /// # Errors
    /// [`ShellError::Missing`], [`ShellError::SharedMemory`].
    pub fn bind(
        list: &GlobalList,
        queue: &QueueHandle<Client>,
        seat: &WlSeat,
    ) -> Result<Self, ShellError> {
        let missing = |what| move |_| ShellError::Missing(what);
        let keyboards: ZwpVirtualKeyboardManagerV1 =
            list.bind(queue, 1..=1, ()).map_err(missing("zwp_virtual_keyboard_manager_v1"))?;
        let methods: ZwpInputMethodManagerV2 =
            list.bind(queue, 1..=1, ()).map_err(missing("zwp_input_method_manager_v2"))?;
        let keyboard = keyboards.create_virtual_keyboard(seat, queue, ());
        attach_keymap(&keyboard)?;
        let method = methods.get_input_method(seat, queue, ());
        Ok(Self { method, keyboard, start: Instant::now() })
    }

    /// Types; `serial` is the number of [`Event::Field`]s so far.
    pub fn strike(&self, stroke: Stroke, serial: u32) {
        match stroke {
            Stroke::Text(text) => {
                self.method.commit_string(text);
                self.method.commit(serial);
            }
            Stroke::Key(kind) => self.key(kind),
        }
    }

    fn key(&self, kind: KeyKind) {
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

delegate_noop!(Client: ZwpInputMethodManagerV2);
delegate_noop!(Client: ZwpVirtualKeyboardManagerV1);
delegate_noop!(Client: ZwpVirtualKeyboardV1);

/// What the compositor has said of the focus since its last `done`.
#[derive(Default)]
pub struct Coming {
    focus: Option<Field>,
    activated: bool,
}

impl Dispatch<ZwpInputMethodV2, ()> for Client {
    fn event(
        client: &mut Self,
        _: &ZwpInputMethodV2,
        event: zwp_input_method_v2::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let coming = &mut client.coming;
        match event {
            zwp_input_method_v2::Event::Activate => {
                *coming = Coming { focus: Some(Field::default()), activated: true };
            }
            zwp_input_method_v2::Event::Deactivate => coming.focus = None,
            zwp_input_method_v2::Event::ContentType { hint, purpose } => {
                if let Some(field) = &mut coming.focus {
                    *field = field_of(hint, purpose);
                }
            }
            zwp_input_method_v2::Event::Done => {
                let activated = std::mem::take(&mut coming.activated);
                let focus = coming.focus;
                client.say(Event::Field { focus, activated });
            }
            zwp_input_method_v2::Event::Unavailable => client.say(Event::MethodTaken),
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
