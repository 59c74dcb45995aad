//! The header's pins and its I2C bus, by rppal: the only file that names it.
//!
//! rppal's repository is archived; docs/adr/0018 says what to put in its place. It opens
//! `/dev/gpiomem` (Pi 5: `/dev/gpiomem0`), which holds every pin of the header, and looks for the
//! header's controller from `/dev/gpiochip0` on.

use borne_ipc::Wiring;
use embedded_hal::i2c::I2c;
use rppal::gpio::{self, Gpio, InputPin, OutputPin};
use rppal::system::{DeviceInfo, SoC};
use rustix::fs::{Access, access};

/// Bus 1, on pins 3 and 5 of the header.
const BUS: u8 = 1;
const BUS_NODE: &str = "/dev/i2c-1";
const CHIP_NODE: &str = "/dev/gpiochip0";

/// Why a device cannot be used: what is missing, and whose work it would be.
#[derive(Debug, thiserror::Error)]
pub enum PinsError {
    /// Not a Raspberry Pi that rppal knows.
    #[error("this board is not known to rppal 0.22 (docs/adr/0018): {0}")]
    Board(String),
    /// A node is not there, or may not be opened.
    #[error("{node}: {why}")]
    Node {
        /// Its path.
        node: &'static str,
        /// What to look at.
        why: &'static str,
    },
    /// rppal's own words.
    #[error("pins: {0}")]
    Gpio(#[from] gpio::Error),
    /// rppal's own words.
    #[error("{BUS_NODE}: {0}")]
    Bus(#[from] rppal::i2c::Error),
}

impl PinsError {
    /// The node whose coming would change that.
    pub const fn node(&self) -> Option<&'static str> {
        match self {
            Self::Node { node, .. } => Some(node),
            _ => None,
        }
    }
}

/// The pins that are wired. Dropping it switches them off.
pub struct Pins {
    red: Option<OutputPin>,
    green: Option<OutputPin>,
    blue: Option<OutputPin>,
    buzzer: Option<OutputPin>,
    presence: Option<InputPin>,
    /// What was written last.
    lit: [bool; 3],
    sounds: bool,
}

impl Pins {
    /// Light and buzzer are off when this returns. No device is opened where none is needed.
    pub fn open(wiring: &Wiring) -> Result<Option<Self>, PinsError> {
        if wiring.pins().iter().all(|(_, pin)| pin.is_none()) {
            return Ok(None);
        }
        let gpio = gpio()?;
        let output = |pin: Option<u8>| {
            pin.map(|pin| gpio.get(pin).map(gpio::Pin::into_output_low)).transpose()
        };
        Ok(Some(Self {
            lit: [false; 3],
            sounds: false,
            // A buzzer that was left on is heard: first of all.
            buzzer: output(wiring.buzzer)?,
            red: output(wiring.red)?,
            green: output(wiring.green)?,
            blue: output(wiring.blue)?,
            presence: wiring
                .presence
                .map(|pin| gpio.get(pin).map(gpio::Pin::into_input_pulldown))
                .transpose()?,
        }))
    }

    /// The LED: red, green, blue.
    pub fn light(&mut self, lit: [bool; 3]) {
        if self.lit == lit {
            return;
        }
        self.lit = lit;
        for (pin, on) in [&mut self.red, &mut self.green, &mut self.blue].into_iter().zip(lit) {
            write(pin, on);
        }
    }

    /// The buzzer.
    pub fn buzzer(&mut self, on: bool) {
        if self.sounds != on {
            self.sounds = on;
            write(&mut self.buzzer, on);
        }
    }

    /// Whether the sensor's pin is high; `None` without a sensor.
    pub fn presence(&self) -> Option<bool> {
        self.presence.as_ref().map(InputPin::is_high)
    }
}

fn write(pin: &mut Option<OutputPin>, on: bool) {
    if let Some(pin) = pin {
        pin.write(if on { gpio::Level::High } else { gpio::Level::Low });
    }
}

/// Switches light and buzzer off, whoever left them on.
pub fn silence(wiring: &Wiring) -> Result<(), PinsError> {
    Pins::open(wiring).map(drop)
}

/// The bus of the display; nothing is opened where there is none.
pub fn bus(wiring: &Wiring) -> Result<Option<impl I2c + Send + use<>>, PinsError> {
    if wiring.display.is_none() {
        return Ok(None);
    }
    can_open(
        BUS_NODE,
        "is not there, or not for this user: dtparam=i2c_arm=on, 70-borne-panel.rules",
    )?;
    Ok(Some(rppal::i2c::I2c::with_bus(BUS)?))
}

fn gpio() -> Result<Gpio, PinsError> {
    let board = DeviceInfo::new().map_err(|error| PinsError::Board(error.to_string()))?;
    let memory = match board.soc() {
        SoC::Bcm2712 => "/dev/gpiomem0",
        _ => "/dev/gpiomem",
    };
    can_open(
        memory,
        "is not there, or not for this user: gpiomem in the kernel, 70-borne-panel.rules",
    )?;
    can_open(
        CHIP_NODE,
        "is not there, or not for this user: 70-borne-panel.rules links it to the header's controller",
    )?;
    Ok(Gpio::new()?)
}

fn can_open(node: &'static str, why: &'static str) -> Result<(), PinsError> {
    if is_there(node) { Ok(()) } else { Err(PinsError::Node { node, why }) }
}

/// Whether this process might open the node for reading and writing.
pub fn is_there(node: &str) -> bool {
    access(node, Access::READ_OK | Access::WRITE_OK).is_ok()
}
