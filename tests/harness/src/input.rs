//! The hands: a pointer that stays on the seat, and a keyboard for the comparisons in which no
//! on-screen one exists, by wlr-virtual-pointer-unstable-v1 and virtual-keyboard-unstable-v1.
//!
//! Duties: click where it is told, type what it is told. Never: a wait for what the click leads to.

use crate::screen::ScreenError;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;
use wayland_client::globals::{GlobalList, GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_pointer::{Axis, ButtonState};
use wayland_client::protocol::{
    wl_keyboard::KeymapFormat, wl_registry::WlRegistry, wl_seat::WlSeat,
};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, delegate_noop};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;

/// linux/input-event-codes.h.
const BTN_LEFT: u32 = 0x110;
/// The other button; what a menu is asked for with.
pub const BTN_RIGHT: u32 = 0x111;
/// The wheel pressed; elsewhere it pastes or opens a tab.
pub const BTN_MIDDLE: u32 = 0x112;
/// "Back" under the thumb: button 4 to many, 8 to X.
pub const BTN_SIDE: u32 = 0x113;
/// "Forward" under the thumb.
pub const BTN_EXTRA: u32 = 0x114;

/// A client of the compositor that only acts.
pub struct Input {
    queue: EventQueue<Nothing>,
    globals: GlobalList,
    seat: WlSeat,
    pointer: ZwlrVirtualPointerV1,
    keyboard: Option<ZwpVirtualKeyboardV1>,
    size: (u32, u32),
    begun: Instant,
}

struct Nothing;

impl Input {
    /// Connects and puts a pointer on the seat; `size` is the output's, in pixels.
    ///
    /// # Errors
    /// [`ScreenError`].
    pub fn connect(socket: &Path, size: (u32, u32)) -> Result<Self, ScreenError> {
        let stream = UnixStream::connect(socket)
            .map_err(|error| ScreenError::Connect(socket.to_owned(), error))?;
        let connection = Connection::from_socket(stream).map_err(lost)?;
        let (globals, mut queue) = registry_queue_init::<Nothing>(&connection).map_err(lost)?;
        let handle = queue.handle();
        let seat: WlSeat = globals.bind(&handle, 1..=7, ()).map_err(lost)?;
        let manager: ZwlrVirtualPointerManagerV1 =
            globals.bind(&handle, 1..=2, ()).map_err(lost)?;
        let pointer = manager.create_virtual_pointer(Some(&seat), &handle, ());
        queue.roundtrip(&mut Nothing).map_err(lost)?;
        Ok(Self { queue, globals, seat, pointer, keyboard: None, size, begun: Instant::now() })
    }

    /// Moves there, presses and releases the left button; the compositor has handled it when this
    /// returns.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn click(&mut self, x: u32, y: u32) -> Result<(), ScreenError> {
        self.hold(x, y)?;
        self.release()
    }

    /// Moves there and keeps the left button down until [`Self::release`].
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn hold(&mut self, x: u32, y: u32) -> Result<(), ScreenError> {
        self.point(x, y)?;
        self.button(BTN_LEFT, ButtonState::Pressed)
    }

    /// Moves there, presses and releases this button.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn press(&mut self, button: u32, x: u32, y: u32) -> Result<(), ScreenError> {
        self.point(x, y)?;
        self.button(button, ButtonState::Pressed)?;
        self.button(button, ButtonState::Released)
    }

    /// Drags from one point to the other with the left button down, in small steps.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn drag(&mut self, from: (u32, u32), to: (u32, u32)) -> Result<(), ScreenError> {
        const STEPS: u32 = 20;
        self.hold(from.0, from.1)?;
        for step in 1..=STEPS {
            let between = |from: u32, to: u32| (from * (STEPS - step) + to * step) / STEPS;
            self.point(between(from.0, to.0), between(from.1, to.1))?;
        }
        self.release()
    }

    /// Lets the left button go.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn release(&mut self) -> Result<(), ScreenError> {
        self.button(BTN_LEFT, ButtonState::Released)
    }

    fn button(&mut self, button: u32, state: ButtonState) -> Result<(), ScreenError> {
        self.pointer.button(self.now(), button, state);
        self.pointer.frame();
        self.settle()
    }

    /// Moves there.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn point(&mut self, x: u32, y: u32) -> Result<(), ScreenError> {
        self.pointer.motion_absolute(self.now(), x, y, self.size.0, self.size.1);
        self.pointer.frame();
        self.settle()
    }

    /// Turns the wheel; positive is down.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn scroll(&mut self, pixels: f64) -> Result<(), ScreenError> {
        self.turn(Axis::VerticalScroll, pixels)
    }

    /// The same sideways; positive is to the right.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn scroll_sideways(&mut self, pixels: f64) -> Result<(), ScreenError> {
        self.turn(Axis::HorizontalScroll, pixels)
    }

    fn turn(&mut self, axis: Axis, pixels: f64) -> Result<(), ScreenError> {
        self.pointer.axis(self.now(), axis, pixels);
        self.pointer.frame();
        self.settle()
    }

    /// Types on a keyboard of its own: any text, `\n` is Return, `\t` is Tab.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn type_text(&mut self, text: &str) -> Result<(), ScreenError> {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        let keyboard = self.keyboard()?;
        let keymap = keymap(&letters);
        let file = rustix::fs::memfd_create("keymap", rustix::fs::MemfdFlags::CLOEXEC)
            .map_err(std::io::Error::from)?;
        let mut file = std::fs::File::from(file);
        file.write_all(keymap.as_bytes())?;
        keyboard.keymap(
            KeymapFormat::XkbV1.into(),
            file.as_fd(),
            u32::try_from(keymap.len()).map_err(lost)?,
        );
        for letter in text.chars() {
            let key = letters.iter().position(|other| *other == letter).unwrap_or_default();
            let key = u32::try_from(key).map_err(lost)? + 1;
            for pressed in [1, 0] {
                keyboard.key(self.now(), key, pressed);
                self.settle()?;
            }
        }
        Ok(())
    }

    fn keyboard(&mut self) -> Result<ZwpVirtualKeyboardV1, ScreenError> {
        if self.keyboard.is_none() {
            let handle = self.queue.handle();
            let manager: ZwpVirtualKeyboardManagerV1 =
                self.globals.bind(&handle, 1..=1, ()).map_err(lost)?;
            self.keyboard = Some(manager.create_virtual_keyboard(&self.seat, &handle, ()));
        }
        self.keyboard.clone().ok_or_else(|| lost("no keyboard"))
    }

    fn now(&self) -> u32 {
        u32::try_from(self.begun.elapsed().as_millis()).unwrap_or(u32::MAX)
    }

    fn settle(&mut self) -> Result<(), ScreenError> {
        self.queue.roundtrip(&mut Nothing).map(|_| ()).map_err(lost)
    }
}

/// An xkb keymap with one key for each letter, by its Unicode keysym; key n has the evdev code n +
/// 1.
fn keymap(letters: &[char]) -> String {
    let keysym = |letter: &char| match letter {
        '\n' => "Return".to_owned(),
        '\t' => "Tab".to_owned(),
        letter => format!("U{:04X}", u32::from(*letter)),
    };
    let codes: String = (0..letters.len()).map(|n| format!("<K{n}> = {};\n", n + 9)).collect();
    let symbols: String = letters
        .iter()
        .enumerate()
        .map(|(n, letter)| format!("key <K{n}> {{ [ {} ] }};\n", keysym(letter)))
        .collect();
    format!(
        "xkb_keymap {{\nxkb_keycodes \"letters\" {{\nminimum = 8;\nmaximum = 255;\n{codes}}};\n\
         xkb_types \"letters\" {{ include \"complete\" }};\nxkb_compatibility \"letters\" {{ include \"complete\" }};\n\
         xkb_symbols \"letters\" {{\n{symbols}}};\n}};\n\0"
    )
}

fn lost(error: impl std::fmt::Display) -> ScreenError {
    ScreenError::Compositor(error.to_string())
}

impl Dispatch<WlRegistry, GlobalListContents> for Nothing {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: <WlRegistry as wayland_client::Proxy>::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(Nothing: ZwlrVirtualPointerManagerV1);
delegate_noop!(Nothing: ZwlrVirtualPointerV1);
delegate_noop!(Nothing: ZwpVirtualKeyboardManagerV1);
delegate_noop!(Nothing: ZwpVirtualKeyboardV1);
delegate_noop!(Nothing: ignore WlSeat);
