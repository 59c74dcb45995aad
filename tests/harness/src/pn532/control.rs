//! The hand that lays cards: one line per order over a Unix socket, one line of answer. Card
//! numbers travel here and never in an argument list.
//!
//! ```text
//! lay KIND [UID]                        fault none|silent|miss|noise|nack|badsum|chop
//! lift                                  unplug, plug
//! status
//! ```

use super::card::{Card, Kind};
use super::chip::{Fault, Status};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// An order to the emulator.
pub enum Order {
    /// Put a card on the antenna.
    Lay(Card),
    /// Take all cards away.
    Lift,
    /// Go wrong in this way, or stop it.
    Fault(Fault),
    /// Pull the plug.
    Unplug,
    /// Put it in again.
    Plug,
    /// Tell how it is.
    Status,
}

/// What is told about it.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// The line is there.
    pub plugged: bool,
    /// How busy the chip is.
    pub chip: Status,
    /// How it goes wrong at present.
    pub fault: Fault,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Status { cards, activations, commands } = self.chip;
        let plugged = if self.plugged { "plugged" } else { "unplugged" };
        write!(
            f,
            "{plugged} cards={cards} activations={activations} commands={commands} fault={:?}",
            self.fault
        )
    }
}

/// Reads one line.
///
/// # Errors
/// A text for the person who typed it.
pub fn parse(line: &str) -> Result<Order, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["lay", kind] => Ok(Order::Lay(Card::new(kind.parse()?, &[])?)),
        ["lay", kind, uid] => Ok(Order::Lay(Card::new(kind.parse::<Kind>()?, &unhex(uid)?)?)),
        ["lift"] => Ok(Order::Lift),
        ["fault", "none"] => Ok(Order::Fault(Fault::None)),
        ["fault", "silent"] => Ok(Order::Fault(Fault::Silent)),
        ["fault", "miss"] => Ok(Order::Fault(Fault::Miss)),
        ["fault", "noise"] => Ok(Order::Fault(Fault::Noise)),
        ["fault", "nack"] => Ok(Order::Fault(Fault::Nack)),
        ["fault", "badsum"] => Ok(Order::Fault(Fault::BadSum)),
        ["fault", "chop"] => Ok(Order::Fault(Fault::Chop)),
        ["unplug"] => Ok(Order::Unplug),
        ["plug"] => Ok(Order::Plug),
        ["status"] => Ok(Order::Status),
        _ => Err("orders: lay KIND [UID], lift, fault NAME, unplug, plug, status".to_owned()),
    }
}

/// Bytes written in hexadecimal.
///
/// # Errors
/// A text when they are not.
pub fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || "a number is an even count of hexadecimal digits".to_owned();
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return Err(wrong());
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong()))
        .collect()
}

/// A connection to a running emulator's control socket.
pub struct Control {
    answers: BufReader<UnixStream>,
}

impl Control {
    /// Connects.
    ///
    /// # Errors
    /// The system's: nothing listens there.
    pub fn connect(socket: &Path) -> io::Result<Self> {
        Ok(Self { answers: BufReader::new(UnixStream::connect(socket)?) })
    }

    /// Gives one order and takes its answer.
    ///
    /// # Errors
    /// The system's, or the emulator's refusal.
    pub fn order(&mut self, line: &str) -> io::Result<String> {
        self.answers.get_ref().set_read_timeout(Some(Duration::from_secs(5)))?;
        self.answers.get_mut().write_all(format!("{line}\n").as_bytes())?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.trim_end().split_once(' ').unwrap_or((answer.trim_end(), "")) {
            ("ok", rest) => Ok(rest.to_owned()),
            ("error", rest) => Err(io::Error::other(rest.to_owned())),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Keeps the connection for this long, the hand still; an emulator that goes away ends it
    /// early.
    ///
    /// # Errors
    /// The emulator went away.
    pub fn hold(&mut self, time: Duration) -> io::Result<()> {
        self.answers.get_ref().set_read_timeout(Some(time))?;
        match self.answers.fill_buf() {
            Err(error)
                if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
            Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
