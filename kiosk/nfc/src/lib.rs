//! libnfc behind a safe, bounded interface: one device, one card at a time.
//!
//! Duties: open a device by its connection string, say within one short turn what lies on it: one
//! ISO/IEC 14443 type A card, several, one that cannot be read, or nothing; say whether that card is still there, and turn every other
//! outcome into one [`NfcError`].
//!
//! Never: an endless poll, a decision about a card, a card's number in a log, in `Debug` or in an
//! error. No `unsafe` was needed: `nfc1` covers the calls used here, and its traps (blank targets
//! reported as success, ignored counts, a device that may outlive its context, panics on unusual
//! names) are each dealt with where they arise.

#![forbid(unsafe_code)]

mod card;
mod error;
mod reader;

pub use card::Card;
pub use error::NfcError;
pub use reader::{Antenna, Reader, may_be_there};
