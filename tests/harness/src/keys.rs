//! A whole keyboard, as somebody might plug one in: every key the kernel knows up to 248, French,
//! with media keys and the symbols that switch virtual terminals, by virtual-keyboard-unstable-v1.
//!
//! Duties: press what it is told, with the modifiers it is told. Never: a look at what comes of it.

use crate::screen::ScreenError;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::{
    wl_keyboard::KeymapFormat, wl_registry::WlRegistry, wl_seat::WlSeat,
};
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle, delegate_noop};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;

/// Codes of linux/input-event-codes.h that a test names.
pub mod code {
    /// Escape.
    pub const ESC: u32 = 1;
    /// The key of Q on an English keyboard: A on a French one.
    pub const A: u32 = 16;
    /// C.
    pub const C: u32 = 46;
    /// V.
    pub const V: u32 = 47;
    /// P.
    pub const P: u32 = 25;
    /// Left of the digits: ² on a French keyboard.
    pub const SQUARE: u32 = 41;
    /// Tab.
    pub const TAB: u32 = 15;
    /// F10.
    pub const F10: u32 = 68;
    /// Arrow to the left.
    pub const LEFT: u32 = 105;
    /// The context menu's key, by the name XKB gives `Menu`.
    pub const COMPOSE: u32 = 127;
    /// The last code an XKB keymap of eight bits has.
    pub const LAST: u32 = 247;
}

/// A modifier: its bit in the usual keymap (`pc`), and the key that holds it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// Shift.
    Shift,
    /// Ctrl.
    Control,
    /// Alt.
    Alt,
    /// The key with the window.
    Super,
    /// Alt on the right.
    AltGr,
}

impl Modifier {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Shift, Self::Control, Self::Alt, Self::Super, Self::AltGr];

    const fn bit_and_key(self) -> (u32, u32) {
        match self {
            Self::Shift => (1, 42),
            Self::Control => (1 << 2, 29),
            Self::Alt => (1 << 3, 56),
            Self::Super => (1 << 6, 125),
            Self::AltGr => (1 << 7, 100),
        }
    }
}

/// Keys that only hold, or would change every later key: Ctrl, Shift, Alt, Super, the locks.
const HOLDING: [u32; 11] = [29, 42, 54, 56, 58, 69, 97, 100, 125, 126, 70];

/// Every combination of [`Modifier::ALL`], the empty one first.
pub fn combinations() -> impl Iterator<Item = Vec<Modifier>> {
    (0..1_u32 << Modifier::ALL.len()).map(|chosen| {
        let has = |at: &usize| chosen & (1 << at) != 0;
        (0..Modifier::ALL.len()).filter(has).map(|at| Modifier::ALL[at]).collect()
    })
}

/// Every key that does something by itself.
pub fn every_key() -> impl Iterator<Item = u32> {
    (1..=code::LAST).filter(|key| !HOLDING.contains(key))
}

/// A keyboard on the seat; dropping it unplugs it.
pub struct Keys {
    queue: EventQueue<Nothing>,
    keyboard: ZwpVirtualKeyboardV1,
    begun: Instant,
}

struct Nothing;

impl Keys {
    /// Plugs it in.
    ///
    /// # Errors
    /// [`ScreenError`].
    pub fn plug_in(socket: &Path) -> Result<Self, ScreenError> {
        let stream = UnixStream::connect(socket)
            .map_err(|error| ScreenError::Connect(socket.to_owned(), error))?;
        let connection = Connection::from_socket(stream).map_err(lost)?;
        let (globals, mut queue) = registry_queue_init::<Nothing>(&connection).map_err(lost)?;
        let handle = queue.handle();
        let seat: WlSeat = globals.bind(&handle, 1..=7, ()).map_err(lost)?;
        let manager: ZwpVirtualKeyboardManagerV1 =
            globals.bind(&handle, 1..=1, ()).map_err(lost)?;
        let keyboard = manager.create_virtual_keyboard(&seat, &handle, ());
        let file = rustix::fs::memfd_create("keymap", rustix::fs::MemfdFlags::CLOEXEC)
            .map_err(std::io::Error::from)?;
        let mut file = std::fs::File::from(file);
        file.write_all(KEYMAP.as_bytes())?;
        keyboard.keymap(
            KeymapFormat::XkbV1.into(),
            file.as_fd(),
            u32::try_from(KEYMAP.len()).map_err(lost)?,
        );
        queue.roundtrip(&mut Nothing).map_err(lost)?;
        Ok(Self { queue, keyboard, begun: Instant::now() })
    }

    /// Holds the modifiers down, strikes the key once, lets go; the compositor has handled it when
    /// this returns.
    ///
    /// # Errors
    /// [`ScreenError`] when the compositor is gone.
    pub fn strike(&mut self, held: &[Modifier], key: u32) -> Result<(), ScreenError> {
        let bits = held.iter().fold(0, |bits, modifier| bits | modifier.bit_and_key().0);
        held.iter().for_each(|modifier| self.keyboard.key(self.now(), modifier.bit_and_key().1, 1));
        self.keyboard.modifiers(bits, 0, 0, 0);
        self.keyboard.key(self.now(), key, 1);
        self.keyboard.key(self.now(), key, 0);
        held.iter().for_each(|modifier| self.keyboard.key(self.now(), modifier.bit_and_key().1, 0));
        self.keyboard.modifiers(0, 0, 0, 0);
        self.queue.roundtrip(&mut Nothing).map(|_| ()).map_err(lost)
    }

    fn now(&self) -> u32 {
        u32::try_from(self.begun.elapsed().as_millis()).unwrap_or(u32::MAX)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if self.keyboard.is_alive() {
            self.keyboard.destroy();
            let _gone_with_the_compositor = self.queue.roundtrip(&mut Nothing);
        }
    }
}

/// What `setxkbmap -model pc105 -layout fr -option terminate:ctrl_alt_bksp,srvrkeys:...` would
/// give: nothing is left out.
const KEYMAP: &str = concat!(
    "xkb_keymap {\n",
    "xkb_keycodes { include \"evdev+aliases(azerty)\" };\n",
    "xkb_types { include \"complete\" };\n",
    "xkb_compat { include \"complete\" };\n",
    "xkb_symbols { include \"pc+fr+inet(evdev)+terminate(ctrl_alt_bksp)+srvr_ctrl(fkey2vt)\" };\n",
    "};\n\0"
);

fn lost(error: impl std::fmt::Display) -> ScreenError {
    ScreenError::Compositor(error.to_string())
}

impl Dispatch<WlRegistry, GlobalListContents> for Nothing {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: <WlRegistry as Proxy>::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(Nothing: ZwpVirtualKeyboardManagerV1);
delegate_noop!(Nothing: ZwpVirtualKeyboardV1);
delegate_noop!(Nothing: ignore WlSeat);
