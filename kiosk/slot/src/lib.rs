//! Which of the two slots a terminal starts, and the three places on the card where that is written
//! (docs/adr/0010).
//!
//! Duties: read and change `autoboot.txt` (the firmware's choice, one sector) and the ledger (ours,
//! two copies), each by one write of one sector; decide what a boot, an update and a confirmation
//! make of them. Never: mount anything, move or allocate a block of the FAT, write a slot, restart
//! the machine.

mod autoboot;
mod card;
mod error;
mod fat;
mod ledger;
mod slot;
mod switch;

pub use card::Card;
pub use error::SlotError;
pub use ledger::{Health, Ledger, Trial};
pub use slot::{Firmware, Slot};
pub use switch::{Boot, MOST_TRIES, MOST_UNCONFIRMED, Switch};
