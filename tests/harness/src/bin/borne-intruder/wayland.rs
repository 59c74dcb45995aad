//! Asks the compositor's socket it was given for what would let it see the screen, type, or draw
//! above the shell. The wire by hand (the Wayland book, "Wire protocol"): a library would not bind
//! what was not announced.

use crate::{Attempt, Outcome, Targets};
use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// In the order in which they are tried.
pub const ATTEMPTS: &[Attempt] = &[
    ("allowed: a window of its own", |targets| obtain(targets, "xdg_wm_base")),
    ("wayland: copy the screen", |targets| obtain(targets, "zwlr_screencopy_manager_v1")),
    ("wayland: export the screen's buffers", |targets| {
        obtain(targets, "zwlr_export_dmabuf_manager_v1")
    }),
    ("wayland: a virtual keyboard", |targets| obtain(targets, "zwp_virtual_keyboard_manager_v1")),
    ("wayland: a virtual pointer", |targets| obtain(targets, "zwlr_virtual_pointer_manager_v1")),
    ("wayland: a layer above the shell", |targets| obtain(targets, "zwlr_layer_shell_v1")),
    ("wayland: the clipboard without focus", |targets| {
        obtain(targets, "zwlr_data_control_manager_v1")
    }),
    ("wayland: the primary selection", |targets| {
        obtain(targets, "zwp_primary_selection_device_manager_v1")
    }),
    ("wayland: the input method", |targets| obtain(targets, "zwp_input_method_manager_v2")),
    ("wayland: the list of windows", |targets| obtain(targets, "zwlr_foreign_toplevel_manager_v1")),
    ("wayland: the outputs' power and settings", |targets| {
        obtain(targets, "zwlr_output_manager_v1")
    }),
    ("wayland: the session lock", |targets| obtain(targets, "ext_session_lock_manager_v1")),
    ("wayland: keeping the screen from idling", |targets| {
        obtain(targets, "zwp_idle_inhibit_manager_v1")
    }),
];

const DISPLAY: u32 = 1;
const REGISTRY: u32 = 2;
const FIRST_CALLBACK: u32 = 3;
/// Names a compositor might have given to what it did not announce.
const GUESSES: std::ops::Range<u32> = 1..80;

struct Wire {
    socket: UnixStream,
    next: u32,
    globals: BTreeMap<String, u32>,
}

/// By its announced name, or else by every name it could have.
fn obtain(targets: &Targets, interface: &str) -> Outcome {
    let announced = match Wire::connect(targets) {
        Ok(mut wire) => match wire.globals.get(interface).copied() {
            Some(name) => return wire.bind(name, interface).map(|()| "announced and bound").into(),
            None => wire.globals.len(),
        },
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    for name in GUESSES {
        // Each guess needs a new connection: the answer to a wrong one is the end of it.
        match Wire::connect(targets).and_then(|mut wire| wire.bind(name, interface)) {
            Ok(()) => return Outcome::Succeeded(format!("not announced, but bound as {name}")),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                return Outcome::Refused(error.to_string());
            }
            Err(_) => {}
        }
    }
    Outcome::Refused(format!("none of {announced} globals, nor by {} guesses", GUESSES.len()))
}

impl Wire {
    fn connect(targets: &Targets) -> io::Result<Self> {
        let socket = UnixStream::connect(&targets.wayland)?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut wire = Self { socket, next: FIRST_CALLBACK, globals: BTreeMap::new() };
        wire.send(DISPLAY, 1, &REGISTRY.to_ne_bytes())?;
        wire.sync()?;
        Ok(wire)
    }

    fn bind(&mut self, name: u32, interface: &str) -> io::Result<()> {
        let mut body = name.to_ne_bytes().to_vec();
        let length = u32::try_from(interface.len() + 1).map_err(io::Error::other)?;
        body.extend(length.to_ne_bytes());
        body.extend(interface.bytes());
        body.resize(body.len() + 4 - interface.len() % 4, 0);
        body.extend(1_u32.to_ne_bytes());
        body.extend(self.next.to_ne_bytes());
        self.next += 1;
        self.send(REGISTRY, 0, &body)?;
        self.sync()
    }

    fn send(&mut self, object: u32, opcode: u32, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(8 + body.len()).map_err(io::Error::other)?;
        let head = [object.to_ne_bytes(), (length << 16 | opcode).to_ne_bytes()].concat();
        self.socket.write_all(&[head.as_slice(), body].concat())
    }

    /// `wl_display.sync`: reads until it is answered; an error of the display, or the end, is an
    /// error.
    fn sync(&mut self) -> io::Result<()> {
        let callback = self.next;
        self.next += 1;
        self.send(DISPLAY, 0, &callback.to_ne_bytes())?;
        loop {
            let mut head = [0; 8];
            self.socket.read_exact(&mut head)?;
            let word = |at: usize, bytes: &[u8]| {
                bytes
                    .get(at..at + 4)
                    .and_then(|part| part.try_into().ok())
                    .map(u32::from_ne_bytes)
                    .unwrap_or_default()
            };
            let (object, size, opcode) =
                (word(0, &head), word(4, &head) >> 16, word(4, &head) & 0xffff);
            let mut body = vec![0; (size as usize).saturating_sub(8)];
            self.socket.read_exact(&mut body)?;
            match (object, opcode) {
                (DISPLAY, 0) => return Err(io::Error::other("protocol error")),
                (REGISTRY, 0) => {
                    let length = word(4, &body) as usize;
                    let text = body.get(8..8 + length.saturating_sub(1)).unwrap_or_default();
                    self.globals.insert(String::from_utf8_lossy(text).into_owned(), word(0, &body));
                }
                (object, 0) if object == callback => return Ok(()),
                _ => {}
            }
        }
    }
}
