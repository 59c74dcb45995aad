//! What is wired to the 40-pin header, as one line of text: `red=27 green=17 display=0x3c`.
//!
//! Duties: read and write the line; refuse a pin that is used twice, or that cannot be used. Never:
//! a device.

use std::fmt;
use std::str::FromStr;

/// The parts of a panel. Pins are GPIO numbers of the SoC ("BCM"), 2 to 27; `None` is not wired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wiring {
    /// LED, red; lit when the pin is high.
    pub red: Option<u8>,
    /// LED, green.
    pub green: Option<u8>,
    /// LED, blue.
    pub blue: Option<u8>,
    /// Active buzzer behind a transistor; sounds when the pin is high.
    pub buzzer: Option<u8>,
    /// Presence sensor; high when somebody is there.
    pub presence: Option<u8>,
    /// SSD1306 on I2C bus 1: its address, 0x3c or 0x3d.
    pub display: Option<u8>,
}

/// I2C bus 1: data and clock.
const I2C: [u8; 2] = [2, 3];

/// What is wrong with a line, by the name of the part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WiringError {
    /// Not `part=number`, or a part that does not exist.
    #[error("{0:?}: write red, green, blue, buzzer, presence or display, then = and a number")]
    Word(String),
    /// A pin that the header does not have, or that is kept for the board.
    #[error("{0}: a pin is a GPIO number from 2 to 27")]
    Pin(&'static str),
    /// A pin of another part.
    #[error("{0}: this pin is used twice")]
    Twice(&'static str),
    /// An address that no such display has.
    #[error("display: the address is 0x3c or 0x3d")]
    Address,
}

impl Wiring {
    /// Nothing is wired.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The pins by the names of their parts, in the order of the line.
    #[must_use]
    pub const fn pins(&self) -> [(&'static str, Option<u8>); 5] {
        [
            ("red", self.red),
            ("green", self.green),
            ("blue", self.blue),
            ("buzzer", self.buzzer),
            ("presence", self.presence),
        ]
    }

    /// Itself, if each pin can be used, is used once, and is none of `taken` (the reader's).
    ///
    /// # Errors
    /// The first part that is wrong.
    pub fn checked(self, taken: &[u8]) -> Result<Self, WiringError> {
        let mut used = taken.to_vec();
        if let Some(address) = self.display {
            if !matches!(address, 0x3c | 0x3d) {
                return Err(WiringError::Address);
            }
            used.extend(I2C);
        }
        for (part, pin) in self.pins() {
            let Some(pin) = pin else { continue };
            if !(2..=27).contains(&pin) {
                return Err(WiringError::Pin(part));
            }
            if used.contains(&pin) {
                return Err(WiringError::Twice(part));
            }
            used.push(pin);
        }
        Ok(self)
    }

    fn place(&mut self, part: &str) -> Option<&mut Option<u8>> {
        match part {
            "red" => Some(&mut self.red),
            "green" => Some(&mut self.green),
            "blue" => Some(&mut self.blue),
            "buzzer" => Some(&mut self.buzzer),
            "presence" => Some(&mut self.presence),
            "display" => Some(&mut self.display),
            _ => None,
        }
    }
}

impl FromStr for Wiring {
    type Err = WiringError;

    fn from_str(line: &str) -> Result<Self, WiringError> {
        let mut wiring = Self::default();
        for word in line.split_whitespace() {
            let wrong = || WiringError::Word(word.chars().take(40).collect());
            let (part, number) = word.split_once('=').ok_or_else(wrong)?;
            let number = match number.strip_prefix("0x") {
                Some(digits) => u8::from_str_radix(digits, 16),
                None => number.parse(),
            };
            let place = wiring.place(part).ok_or_else(wrong)?;
            if place.replace(number.map_err(|_| wrong())?).is_some() {
                return Err(wrong());
            }
        }
        wiring.checked(&[])
    }
}

impl fmt::Display for Wiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pins = self.pins().into_iter().filter_map(|(part, pin)| Some((part, pin?)));
        let mut words: Vec<String> = pins.map(|(part, pin)| format!("{part}={pin}")).collect();
        words.extend(self.display.map(|address| format!("display={address:#04x}")));
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "red=27 green=17 blue=22 buzzer=23 presence=24 display=0x3c";

    #[test]
    fn a_line_comes_back_as_it_was_written() {
        let wiring: Wiring = WHOLE.parse().unwrap();
        assert_eq!(wiring.to_string(), WHOLE);
        assert_eq!(wiring.display, Some(0x3c));
        assert!("".parse::<Wiring>().unwrap().is_empty());
    }

    #[test]
    fn no_pin_is_used_twice_and_none_is_the_readers_or_the_buses() {
        for (line, error) in [
            ("red=27 green=27", WiringError::Twice("green")),
            ("red=3 display=0x3c", WiringError::Twice("red")),
            ("red=1", WiringError::Pin("red")),
            ("presence=28", WiringError::Pin("presence")),
            ("display=0x24", WiringError::Address),
            ("red=27 red=17", WiringError::Word("red=17".into())),
            ("reed=27", WiringError::Word("reed=27".into())),
            ("red=-1", WiringError::Word("red=-1".into())),
            ("red=300", WiringError::Word("red=300".into())),
            ("red", WiringError::Word("red".into())),
        ] {
            assert_eq!(line.parse::<Wiring>(), Err(error), "{line}");
        }
        let wiring: Wiring = "buzzer=15".parse().unwrap();
        assert_eq!(wiring.checked(&[14, 15]), Err(WiringError::Twice("buzzer")));
        assert!("red=2 green=3".parse::<Wiring>().is_ok(), "without a display the bus is free");
    }
}
