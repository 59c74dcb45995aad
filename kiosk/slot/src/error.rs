//! What can be wrong with a card.

use crate::Slot;
use std::io;

/// Every text names the thing and, where there is one, the fix.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// The card cannot be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The partition table is not the one of `image/board/genimage.cfg.in`.
    #[error("partition {0} is not in the card's table: this is no card of ours")]
    NoPartition(u8),
    /// The first partition is no FAT16 or FAT32.
    #[error("the first partition is no FAT file system: {0}")]
    Fat(&'static str),
    /// `autoboot.txt` is gone.
    #[error(
        "autoboot.txt is not on the first partition; the firmware then starts slot A; flash the card again"
    )]
    NoAutoboot,
    /// `autoboot.txt` names no slot.
    #[error("autoboot.txt names no slot of ours ({0}); flash the card again")]
    Autoboot(&'static str),
    /// The running slot is on trial: the other one is all that is left to go back to.
    #[error("slot {0} is the one to go back to: it is not given up while slot {other} is on trial", other = .0.other())]
    LastResort(Slot),
    /// The other slot has never confirmed itself.
    #[error("slot {0} is the only one known to work")]
    OnlyOne(Slot),
    /// `arm` without an update waiting.
    #[error("no slot is waiting to be tried")]
    NothingToTry,
    /// The command line of the program.
    #[error("usage: borne-slot {0}")]
    Usage(&'static str),
}

impl SlotError {
    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
