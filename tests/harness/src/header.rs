//! A Raspberry Pi's 40-pin header with a panel on it, round a program that runs on this machine: the
//! near end of `borne-header`.
//!
//! Duties: start it in a mount namespace of its own, say how a program is started in there, tell
//! what light, buzzer and display did and when, press the sensor, pull plugs. Never: a message of
//! the terminal's own IPC.

use crate::pn532::Control;
use crate::{programs, wait_for};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// What is wired how in all tests, and what a panel is told of it.
pub const WIRING: &str = "red=27 green=17 blue=22 buzzer=23 presence=24 display=0x3c";
/// The LED: red, green, blue.
pub const LED: [u32; 3] = [27, 17, 22];
/// See [`WIRING`].
pub const BUZZER: u32 = 23;
/// See [`WIRING`].
pub const SENSOR: u32 = 24;

/// Width and height of the display in dots.
pub const DOTS: (u32, u32) = (128, 64);

/// When a pin changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// By the monotonic clock; see [`now`].
    pub at: Duration,
    /// GPIO number.
    pub pin: u32,
    /// Its new level.
    pub high: bool,
}

/// What is seen of the display.
#[derive(Clone, PartialEq, Eq)]
pub struct Oled {
    /// It shines.
    pub on: bool,
    /// Of the chip, 0 to 255.
    pub contrast: u8,
    /// Row by row.
    pub dots: Vec<bool>,
    /// The chip's own memory, lit or not.
    pub memory: Vec<u8>,
}

/// The header. Dropping it ends the board.
pub struct Header {
    board: Child,
    socket: PathBuf,
    control: Mutex<Control>,
}

impl Header {
    /// Whether this machine can have one: it needs FUSE.
    #[must_use]
    pub fn is_possible() -> bool {
        Path::new("/dev/fuse").exists()
    }

    /// Starts it below `directory`, with these words of `borne-header`.
    ///
    /// # Panics
    /// When it does not come up within ten seconds.
    #[must_use]
    pub fn start(directory: &Path, options: &[&str]) -> Self {
        let directory = directory.join("header");
        std::fs::create_dir_all(&directory).expect("make the header's directory");
        let mut board = Command::new("unshare");
        board.args(["--mount", "--"]).arg(programs::program("borne-header"));
        let log = File::create(directory.join("log")).expect("make the header's log");
        // It ends when nobody holds the other end of its input: also when this process is killed.
        let board = board.arg(&directory).args(options).stdin(Stdio::piped());
        let board = board.stdout(Stdio::null()).stderr(log).spawn().expect("start borne-header");
        let socket = directory.join("header.sock");
        let control =
            wait_for("borne-header", Duration::from_secs(10), || Control::connect(&socket));
        Self { board, socket, control: Mutex::new(control) }
    }

    /// The words before a program that is to find the header on its machine.
    #[must_use]
    pub fn enter(&self) -> Vec<String> {
        let namespace = format!("--mount=/proc/{}/ns/mnt", self.board.id());
        vec!["nsenter".to_owned(), namespace, "--".to_owned()]
    }

    /// Where another program may ask the same.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// One order of `borne-header/control.rs`.
    ///
    /// # Panics
    /// When the board does not obey.
    pub fn order(&self, line: &str) -> String {
        let mut control = self.control.lock().expect("the header's socket");
        control.order(line).unwrap_or_else(|error: io::Error| panic!("{line}: {error}"))
    }

    /// Every edge of a pin since the start, but the first `from`.
    ///
    /// # Panics
    /// When the board does not obey.
    #[must_use]
    pub fn edges(&self, from: usize) -> Vec<Edge> {
        edges(&self.order(&format!("edges {from}")))
    }

    /// Which pins are driven high, by their bits.
    ///
    /// # Panics
    /// When the board does not obey.
    #[must_use]
    pub fn driven(&self) -> u32 {
        self.order("driven").parse().expect("a mask")
    }

    /// Whether the buzzer sounds.
    ///
    /// # Panics
    /// When the board does not obey.
    #[must_use]
    pub fn sounds(&self) -> bool {
        self.driven() >> BUZZER & 1 == 1
    }

    /// The light: red, green, blue.
    ///
    /// # Panics
    /// When the board does not obey.
    #[must_use]
    pub fn light(&self) -> [bool; 3] {
        let driven = self.driven();
        LED.map(|pin| driven >> pin & 1 == 1)
    }

    /// What the display shows.
    ///
    /// # Panics
    /// When the board does not obey.
    #[must_use]
    pub fn oled(&self) -> Oled {
        Oled::parse(&self.order("oled")).expect("a display")
    }

    /// All that is seen and heard.
    ///
    /// # Panics
    /// When the board does not obey.
    #[must_use]
    pub fn look(&self) -> crate::panel::Look {
        crate::panel::Look { oled: self.oled(), light: self.light(), sounds: self.sounds() }
    }

    /// The presence sensor.
    ///
    /// # Panics
    /// When the board does not obey.
    pub fn presence(&self, there: bool) {
        self.order(&format!("drive {SENSOR} {}", u8::from(there)));
    }

    /// How long the last frame took on the bus, from the first word of its setting up to its last
    /// dot.
    ///
    /// # Panics
    /// When the board does not obey.
    #[must_use]
    pub fn frame(&self) -> Duration {
        let answer = self.order("bus");
        let numbers: Vec<u64> =
            answer.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        Duration::from_nanos(numbers[3].saturating_sub(numbers[2]))
    }
}

impl Drop for Header {
    fn drop(&mut self) {
        let _gone_already = self.board.kill();
        let _reaped = self.board.wait();
    }
}

impl Oled {
    /// Of the answer to `oled`.
    #[must_use]
    pub fn parse(answer: &str) -> Option<Self> {
        let words: Vec<&str> = answer.split_whitespace().collect();
        let [on, contrast, dots, memory] = words.as_slice() else { return None };
        let dots = dots.bytes().map(|dot| dot == b'1').collect();
        let memory = crate::pn532::control::unhex(memory).ok()?;
        Some(Self { on: *on == "1", contrast: contrast.parse().ok()?, dots, memory })
    }

    /// How many dots are lit.
    #[must_use]
    pub fn lit(&self) -> usize {
        self.dots.iter().filter(|dot| **dot).count()
    }

    /// As a picture: one pixel per dot, white on black.
    ///
    /// # Panics
    /// When dots are missing.
    #[must_use]
    pub fn picture(&self) -> image::GrayImage {
        let dots = self.dots.iter().map(|lit| if *lit { 255 } else { 0 }).collect();
        image::GrayImage::from_raw(DOTS.0, DOTS.1, dots).expect("all dots")
    }
}

/// Of the answer to `edges`.
///
/// # Panics
/// When it is no such answer.
#[must_use]
pub fn edges(answer: &str) -> Vec<Edge> {
    let edge = |word: &str| {
        let numbers: Vec<u64> = word.split(':').filter_map(|part| part.parse().ok()).collect();
        let [at, pin, high] = numbers.as_slice() else { panic!("{word} is no edge") };
        let pin = u32::try_from(*pin).expect("a pin");
        Edge { at: Duration::from_nanos(*at), pin, high: *high == 1 }
    };
    answer.split_whitespace().map(edge).collect()
}

/// The monotonic clock, by which edges are told.
///
/// # Panics
/// Before the machine's start.
#[must_use]
pub fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::try_from(time).expect("a time after the start")
}
