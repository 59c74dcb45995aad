//! QEMU's own control socket (the QEMU Machine Protocol, docs/interop/qmp-spec in QEMU): one
//! command, one answer.
//!
//! Duties: look at the guest's screen, touch it, read its memory, stop and end it. Never: a program
//! inside the guest.

use crate::screen::Frame;
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// QEMU's absolute axes reach from 0 to this.
const AXIS: u32 = 0x7fff;
/// Where the guest's RAM begins on `-M virt`.
pub const RAM_START: u64 = 0x4000_0000;

/// A connection.
pub struct Qmp {
    socket: BufReader<UnixStream>,
    scratch: PathBuf,
    contacts: u32,
}

impl Qmp {
    /// Connects and takes command; pictures and dumps pass through `scratch`.
    ///
    /// # Errors
    /// The socket's: QEMU is not there yet, or gone.
    pub fn connect(socket: &Path, scratch: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let mut qmp =
            Self { socket: BufReader::new(stream), scratch: scratch.to_owned(), contacts: 0 };
        let mut greeting = String::new();
        qmp.socket.read_line(&mut greeting)?;
        qmp.ask("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// One command; its `return`.
    ///
    /// # Errors
    /// The socket's, or QEMU's words.
    pub fn ask(&mut self, command: &str, arguments: Value) -> io::Result<Value> {
        let line = json!({ "execute": command, "arguments": arguments });
        self.socket.get_mut().write_all(format!("{line}\n").as_bytes())?;
        loop {
            let mut answer = String::new();
            if self.socket.read_line(&mut answer)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut answer: Value = serde_json::from_str(&answer)?;
            if let Some(error) = answer.get("error") {
                return Err(io::Error::other(format!("{command}: {error}")));
            }
            // Events come in between.
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
        }
    }

    /// What the guest's screen shows.
    ///
    /// # Errors
    /// QEMU's, or a picture that cannot be read.
    pub fn look(&mut self) -> io::Result<Frame> {
        let file = self.scratch.join("screen.png");
        self.ask("screendump", json!({ "filename": file, "format": "png" }))?;
        let picture = image::open(&file).map_err(io::Error::other)?.into_rgb8();
        let pixels =
            picture.pixels().flat_map(|pixel| [pixel.0[2], pixel.0[1], pixel.0[0], 0]).collect();
        Ok(Frame {
            width: picture.width(),
            height: picture.height(),
            pixels: Arc::new(pixels),
            at: Instant::now(),
        })
    }

    /// A finger at this pixel of a screen of this size: down, a moment, up.
    ///
    /// # Errors
    /// QEMU's.
    pub fn touch(&mut self, at: (u32, u32), size: (u32, u32)) -> io::Result<()> {
        self.put_down(at, size)?;
        self.lift()
    }

    /// A finger that goes from one pixel to the other in steps, with this pause after each, so that
    /// the guest sees it move; it rests before it is lifted.
    ///
    /// # Errors
    /// QEMU's.
    pub fn drag(
        &mut self,
        (from, to): ((u32, u32), (u32, u32)),
        size: (u32, u32),
        pause: Duration,
    ) -> io::Result<()> {
        const STEPS: u32 = 16;
        self.put_down(from, size)?;
        for step in 1..=STEPS {
            let between = |from: u32, to: u32| (from * (STEPS - step) + to * step) / STEPS;
            let at = (between(from.0, to.0), between(from.1, to.1));
            self.pause(pause)?;
            let events = place(i64::from(self.contacts), at, size);
            self.ask("input-send-event", json!({ "events": events }))?;
        }
        self.pause(10 * pause)?;
        self.lift()
    }

    fn put_down(&mut self, at: (u32, u32), size: (u32, u32)) -> io::Result<()> {
        self.contacts += 1;
        let contact = i64::from(self.contacts);
        let [x, y] = place(contact, at, size);
        let events = [touch("begin", contact, "x", 0), finger(true), x, y];
        self.ask("input-send-event", json!({ "events": events })).map(drop)
    }

    /// A contact ends by losing its number (multi-touch protocol B of the kernel).
    fn lift(&mut self) -> io::Result<()> {
        let events = [touch("end", -1, "x", 0), finger(false)];
        self.ask("input-send-event", json!({ "events": events })).map(drop)
    }

    /// Lets the guest go on for a while; QEMU is asked something meanwhile, so that one that is gone
    /// is noticed.
    fn pause(&mut self, pause: Duration) -> io::Result<()> {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            self.ask("query-status", json!({}))?;
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Keys pressed together on whatever keyboard there is (`ctrl`, `alt`, `delete`…).
    ///
    /// # Errors
    /// QEMU's.
    pub fn keys(&mut self, names: &[&str]) -> io::Result<()> {
        let keys: Vec<Value> =
            names.iter().map(|name| json!({ "type": "qcode", "data": name })).collect();
        self.ask("send-key", json!({ "keys": keys })).map(drop)
    }

    /// The whole RAM of the stopped guest, into a file. The guest runs again afterwards.
    ///
    /// # Errors
    /// QEMU's.
    pub fn dump(&mut self, file: &Path, bytes: u64) -> io::Result<()> {
        self.ask("stop", json!({}))?;
        let saved =
            self.ask("pmemsave", json!({ "val": RAM_START, "size": bytes, "filename": file }));
        self.ask("cont", json!({}))?;
        saved.map(drop)
    }
}

fn touch(kind: &str, contact: i64, axis: &str, value: u64) -> Value {
    json!({ "type": "mtt", "data": { "type": kind, "slot": 0, "tracking-id": contact, "axis": axis, "value": value } })
}

fn finger(down: bool) -> Value {
    json!({ "type": "btn", "data": { "down": down, "button": "touch" } })
}

fn place(contact: i64, at: (u32, u32), size: (u32, u32)) -> [Value; 2] {
    let axis = |value: u32, of: u32| u64::from(value) * u64::from(AXIS) / u64::from(of.max(1));
    let (x, y) = (axis(at.0, size.0), axis(at.1, size.1));
    [touch("data", contact, "x", x), touch("data", contact, "y", y)]
}
