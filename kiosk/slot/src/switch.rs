//! What a boot, an update and a confirmation make of the two slots (docs/adr/0010 has the same as a
//! table).
//!
//! The order of writes is the rule of this file: what can be lost is written first, what commits is
//! written by itself, and whatever lies between two writes is a state from which the terminal
//! starts.

use crate::{Card, Firmware, Health, Ledger, Slot, SlotError, Trial, autoboot};
use std::path::Path;

/// An update is started at most this often without confirming itself.
pub const MOST_TRIES: u8 = 3;
/// The committed slot is started this often without confirming itself before the other one is
/// taken.
pub const MOST_UNCONFIRMED: u8 = 3;

/// What the initramfs does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// Start this slot's root.
    Start(Slot),
    /// Restart: the firmware will start the other slot.
    Restart,
    /// There is nothing else to start.
    Stuck(Slot),
}

/// A card and this boot.
pub struct Switch {
    card: Card,
    committed: Slot,
    /// Whether `autoboot.txt` is as we write it.
    whole: bool,
    here: Slot,
    ledger: Ledger,
}

impl Switch {
    /// Opens the card and reads both places.
    ///
    /// # Errors
    /// Any [`SlotError`].
    pub fn open(card: &Path, firmware: Firmware) -> Result<Self, SlotError> {
        let card = Card::open(card)?;
        let autoboot::Choice { slot: committed, whole } = card.choice()?;
        // A firmware that names no partition has started what autoboot.txt says.
        let said = if firmware.tryboot { committed.other() } else { committed };
        let here = firmware.slot.unwrap_or(said);
        let ledger = settled(card.ledger(committed)?, committed);
        Ok(Self { card, committed, whole, here, ledger })
    }

    /// The slot that runs (RAUC: `get-current`).
    #[must_use]
    pub const fn current(&self) -> Slot {
        self.here
    }

    /// The slot that the next undisturbed restarts lead to (RAUC: `get-primary`).
    #[must_use]
    pub fn primary(&self) -> Slot {
        self.waiting().map_or(self.committed, |trial| trial.slot)
    }

    /// The slot the firmware starts by itself.
    #[must_use]
    pub const fn committed(&self) -> Slot {
        self.committed
    }

    /// The state of the slots.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// A boot begins: counts it, and leaves a committed slot that keeps failing for the other one,
    /// if that is known good.
    ///
    /// # Errors
    /// [`SlotError::Io`] when the card cannot be written; the caller starts [`Switch::current`]
    /// then.
    pub fn begin(&mut self) -> Result<Boot, SlotError> {
        if !self.whole {
            // Torn, or edited: as it stands a trial would not lead to the other slot.
            self.card.commit(self.committed)?;
        }
        if self.here != self.committed {
            return Ok(Boot::Start(self.here));
        }
        let spent = self.ledger.trial.filter(|trial| trial.tries >= MOST_TRIES);
        if let Some(trial) = spent {
            self.ledger.set_health(trial.slot, Health::Bad);
            self.ledger.trial = None;
        }
        if self.ledger.unconfirmed >= MOST_UNCONFIRMED
            && self.ledger.health(self.here.other()) == Health::Good
        {
            // The count starts anew on the other side: two slots that both fail take turns, three
            // boots each.
            self.ledger.unconfirmed = 0;
            self.card.keep(self.ledger)?;
            self.card.commit(self.here.other())?;
            return Ok(Boot::Restart);
        }
        self.ledger.unconfirmed = self.ledger.unconfirmed.saturating_add(1);
        self.card.keep(self.ledger)?;
        Ok(Boot::Start(self.here))
    }

    /// This slot's root did not verify or mount.
    ///
    /// # Errors
    /// [`SlotError::Io`].
    pub fn failed(&mut self) -> Result<Boot, SlotError> {
        self.ledger.set_health(self.here, Health::Bad);
        self.ledger.trial = self.ledger.trial.filter(|trial| trial.slot != self.here);
        if self.here == self.committed {
            // Whoever is started in its place begins its own count.
            self.ledger.unconfirmed = 0;
        }
        self.card.keep(self.ledger)?;
        if self.here != self.committed {
            return Ok(Boot::Restart);
        }
        if self.ledger.health(self.here.other()) != Health::Good {
            return Ok(Boot::Stuck(self.here));
        }
        self.card.commit(self.here.other())?;
        Ok(Boot::Restart)
    }

    /// An update was written whole (RAUC: `set-primary`): it will be tried. Nothing changes for the
    /// firmware yet.
    ///
    /// # Errors
    /// [`SlotError::Io`].
    pub fn set_primary(&mut self, slot: Slot) -> Result<(), SlotError> {
        if slot == self.committed {
            self.ledger.trial = None;
        } else {
            self.ledger.trial = Some(Trial { slot, tries: 0 });
            self.ledger.set_health(slot, Health::Untried);
        }
        self.card.keep(self.ledger)
    }

    /// Counts one try; the caller restarts with the firmware's one-shot flag.
    ///
    /// # Errors
    /// [`SlotError::NothingToTry`], [`SlotError::Io`].
    pub fn arm(&mut self) -> Result<Slot, SlotError> {
        let mut trial = self.waiting().ok_or(SlotError::NothingToTry)?;
        trial.tries += 1;
        self.ledger.trial = Some(trial);
        self.card.keep(self.ledger)?;
        Ok(trial.slot)
    }

    /// The running slot has proved itself, or somebody vouches for the other one (RAUC: `set-state
    /// good`).
    ///
    /// # Errors
    /// Any [`SlotError`]; the firmware's choice is the old one then, or the new one with the old
    /// ledger, which [`Switch::open`] settles.
    pub fn good(&mut self, slot: Slot) -> Result<(), SlotError> {
        if slot == self.here && slot != self.committed {
            self.card.commit(slot)?;
            self.committed = slot;
            self.ledger.trial = None;
        }
        if slot == self.here {
            self.ledger.unconfirmed = 0;
        }
        self.ledger.set_health(slot, Health::Good);
        self.card.keep(self.ledger)
    }

    /// `slot` is about to be written, or has failed (RAUC: `set-state bad`).
    ///
    /// # Errors
    /// [`SlotError::LastResort`] and [`SlotError::OnlyOne`] when the terminal would have nothing
    /// left to start from.
    pub fn bad(&mut self, slot: Slot) -> Result<(), SlotError> {
        if slot == self.committed {
            if slot != self.here {
                return Err(SlotError::LastResort(slot));
            }
            if self.ledger.health(slot.other()) != Health::Good {
                return Err(SlotError::OnlyOne(slot));
            }
            self.card.commit(slot.other())?;
        }
        self.ledger.set_health(slot, Health::Bad);
        self.ledger.trial = self.ledger.trial.filter(|trial| trial.slot != slot);
        self.card.keep(self.ledger)
    }

    fn waiting(&self) -> Option<Trial> {
        self.ledger.trial.filter(|trial| trial.tries < MOST_TRIES)
    }
}

/// A cut between the commit and the ledger leaves a trial of the slot that is committed by now: it
/// has proved itself.
fn settled(mut ledger: Ledger, committed: Slot) -> Ledger {
    if ledger.trial.is_some_and(|trial| trial.slot == committed) {
        ledger.trial = None;
        ledger.unconfirmed = 0;
        ledger.set_health(committed, Health::Good);
    }
    ledger
}
