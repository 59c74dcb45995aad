//! One opened device and its three questions: is there a card, is it alone, is it still there.
//!
//! Every call sends commands that the chip answers by itself within tens of milliseconds
//! (InListPassiveTarget with two retries, PN532 user manual UM0701-02, 7.3.1 and 7.3.5); libnfc
//! bounds each with its own 350 ms. So nothing ever has to be cancelled, which `nfc1` could not do.

use crate::{Card, NfcError};
use nfc1::{BaudRate, Context, Device, Error, Modulation, ModulationType, Property, Target};
use std::path::PathBuf;

/// Longest connection string. libnfc's own limit for the device name made from it is 256 bytes with
/// a cut in the middle.
const CONNECTION_STRING_MAX: usize = 200;
/// libnfc: 0 none, 1 errors, 2 information, 3 every byte on the wire.
const QUIET: [&str; 2] = ["0", "1"];
const TYPE_A: Modulation =
    Modulation { modulation_type: ModulationType::Iso14443a, baud_rate: BaudRate::Baud106 };

/// What is asked for now and then when no type A card answers: a card of one of these is no badge,
/// but whoever lays it should be told (libnfc's own `nfc-poll` asks for the same).
const FOREIGN: [Modulation; 3] = [
    Modulation { modulation_type: ModulationType::Iso14443b, baud_rate: BaudRate::Baud106 },
    Modulation { modulation_type: ModulationType::Felica, baud_rate: BaudRate::Baud212 },
    Modulation { modulation_type: ModulationType::Felica, baud_rate: BaudRate::Baud424 },
];

/// What lies on the antenna.
#[derive(Debug)]
pub enum Antenna {
    /// No card.
    Empty,
    /// This card, alone.
    Card(Card),
    /// Several cards: the chip would pick one of them by the bits of its number, and the person
    /// would not know which.
    Several,
    /// A card whose answer is none that a type A card may give.
    Unreadable,
}

/// An open reader. Not shared between threads; every call blocks for some tens of milliseconds, and
/// for about a second and a half when the device has stopped answering.
pub struct Reader {
    // Order matters: fields drop in order, and libnfc's device points into its context.
    device: Device,
    _context: Context,
    /// The card last reported is activated, so libnfc's presence check speaks to it.
    active: bool,
}

impl Reader {
    /// Opens the device and prepares it as a reader, field on.
    ///
    /// `nfc1` loses about one kilobyte per call that reaches libnfc: the caller bounds how often it
    /// tries in one process.
    ///
    /// # Errors
    /// Any [`NfcError`].
    pub fn open(connstring: &str) -> Result<Self, NfcError> {
        check(connstring)?;
        let mut context = Context::new().map_err(NfcError::Context)?;
        demand_quiet_log()?;
        let mut device = context.open_with_connstring(connstring).map_err(NfcError::Open)?;
        let failed = |operation| move |source| NfcError::Device { operation, source };
        device.initiator_init().map_err(failed("prepare as initiator"))?;
        device
            .set_property_bool(Property::InfiniteSelect, false)
            .map_err(failed("bound the number of tries"))?;
        Ok(Self { device, _context: context, active: false })
    }

    /// The device's name as libnfc gives it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.device.name()
    }

    /// One turn: what lies on the antenna, as far as type A is asked for.
    ///
    /// # Errors
    /// [`NfcError::Device`] when the device does not answer as it should.
    pub fn poll(&mut self) -> Result<Antenna, NfcError> {
        self.active = false;
        let Some(target) = self.select_any(&TYPE_A)? else {
            self.forget();
            return Ok(Antenna::Empty);
        };
        let Some(first) = Card::from_target(&target) else {
            // Garbage; the field is restarted so that it can do better.
            self.restart_field()?;
            return Ok(Antenna::Unreadable);
        };
        // The first one is put to sleep; who answers now is another.
        self.card_level("deselect", |device| device.initiator_deselect_target())?;
        match self.select_any(&TYPE_A)? {
            None => Ok(Antenna::Card(first)),
            Some(again) if Card::from_target(&again).is_some_and(|card| card.is_again(&first)) => {
                Ok(Antenna::Card(first))
            }
            Some(_) => {
                self.restart_field()?;
                Ok(Antenna::Several)
            }
        }
    }

    /// As [`Self::poll`], for an antenna that may hold cards put to sleep by an earlier turn.
    ///
    /// # Errors
    /// As [`Self::poll`].
    pub fn poll_afresh(&mut self) -> Result<Antenna, NfcError> {
        self.restart_field()?;
        self.poll()
    }

    /// Whether a card of another kind than type A lies there. Takes longer than [`Self::poll`].
    ///
    /// # Errors
    /// As [`Self::poll`].
    pub fn holds_foreign(&mut self) -> Result<bool, NfcError> {
        self.active = false;
        for modulation in &FOREIGN {
            if self.select_any(modulation)?.is_some() {
                self.restart_field()?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the card of the last [`Reader::poll`] still lies there. One missed check is not
    /// believed: the field is restarted and the card asked for once more.
    ///
    /// # Errors
    /// As [`Reader::poll`].
    pub fn still_holds(&mut self, card: &Card) -> Result<bool, NfcError> {
        // Whatever goes wrong here says nothing about the device yet; the questions below do.
        if self.active && self.device.initiator_target_is_present_any().is_ok() {
            return Ok(true);
        }
        self.restart_field()?;
        let found = self.select_any(&TYPE_A)?.as_ref().and_then(Card::from_target);
        self.active = found.is_some_and(|found| found.is_again(card));
        if !self.active {
            self.restart_field()?;
        }
        Ok(self.active)
    }

    /// libnfc reports success and a blank type A target when there is no card, whatever was asked
    /// for.
    fn select_any(&mut self, modulation: &Modulation) -> Result<Option<Target>, NfcError> {
        let target =
            self.card_level("select", |device| device.initiator_select_passive_target(modulation))?;
        Ok(target.filter(|target| *target != Target::new_iso14443a()))
    }

    /// libnfc keeps the number of the card it selected last until it is asked for that card and finds
    /// it gone; where there is none, it answers without asking the chip.
    fn forget(&mut self) {
        let _gone = self.device.initiator_target_is_present_any();
    }

    /// Cards left asleep or half activated are as new afterwards.
    fn restart_field(&mut self) -> Result<(), NfcError> {
        self.active = false;
        for on in [false, true] {
            let done = self.device.set_property_bool(Property::ActivateField, on);
            done.map_err(|source| NfcError::Device { operation: "switch the field", source })?;
        }
        Ok(())
    }

    /// Runs one command; an error of the air interface (a card lifted half-way, two cards garbling
    /// each other) is `None`, an error of the device is an error.
    fn card_level<T>(
        &mut self,
        operation: &'static str,
        command: impl FnOnce(&mut Device) -> nfc1::Result<T>,
    ) -> Result<Option<T>, NfcError> {
        match command(&mut self.device) {
            Ok(value) => Ok(Some(value)),
            Err(Error::RfTransmissionError | Error::TargetReleased | Error::MifareAuthFailed) => {
                Ok(None)
            }
            Err(source) => Err(NfcError::Device { operation, source }),
        }
    }
}

fn check(connstring: &str) -> Result<(), NfcError> {
    // `nfc1` panics on a device name that is not UTF-8, and libnfc cuts names by bytes.
    let printable = connstring.bytes().all(|byte| byte.is_ascii_graphic());
    if connstring.is_empty() || connstring.len() > CONNECTION_STRING_MAX || !printable {
        return Err(NfcError::BadConnectionString { max: CONNECTION_STRING_MAX });
    }
    // Asked here because the way through libnfc costs memory each time, and an unplugged reader may
    // stay so for weeks.
    match node(connstring) {
        Some(path) if !path.exists() => Err(NfcError::NoDeviceNode { path }),
        _ => Ok(()),
    }
}

/// The device node of a reader on a serial line, which is gone when an adapter is unplugged.
fn node(connstring: &str) -> Option<PathBuf> {
    connstring
        .strip_prefix("pn532_uart:")
        .and_then(|rest| rest.split(':').next())
        .map(PathBuf::from)
}

/// False when the device's node is known and gone: there is nothing to be opened again.
#[must_use]
pub fn may_be_there(connstring: &str) -> bool {
    node(connstring).is_none_or(|path| path.exists())
}

/// libnfc settles its log level from its configuration file and the environment, then publishes it
/// in this variable, where its logger reads it back. Reading it is the only way to know, and not
/// knowing is refused.
fn demand_quiet_log() -> Result<(), NfcError> {
    let level = std::env::var("LIBNFC_LOG_LEVEL").unwrap_or_else(|_| "unknown".to_owned());
    if QUIET.contains(&level.as_str()) { Ok(()) } else { Err(NfcError::LogShowsCards { level }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_connection_string_never_reaches_libnfc() {
        for text in ["", "pn532_uart:/dev/tty\0", "pn532_uart:/dev/é", &"x".repeat(201)] {
            assert!(
                matches!(Reader::open(text), Err(NfcError::BadConnectionString { .. })),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_missing_device_node_is_named() {
        let Err(error) = Reader::open("pn532_uart:/dev/no-such-line:115200") else {
            panic!("opened nothing")
        };
        assert_eq!(error.to_string(), "no device node /dev/no-such-line");
    }

    #[test]
    fn libnfc_publishes_its_log_level() {
        let _context = Context::new();
        assert!(std::env::var("LIBNFC_LOG_LEVEL").is_ok());
    }
}
