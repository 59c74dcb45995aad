//! An error in the words of the screen.

use crate::Exit;
use borne_ipc::{ProvisionFault, Wrong};

/// What the screen says of an error.
pub fn of(exit: &Exit) -> ProvisionFault {
    match exit {
        Exit::File(error) => ProvisionFault::new(error.line, &error.key, error.what),
        Exit::Name(name) => ProvisionFault::new(0, name, Wrong::OtherName),
        Exit::Disk(_) | Exit::Card(_) => ProvisionFault::new(0, "", Wrong::Card),
        Exit::Missing => ProvisionFault::new(0, "", Wrong::NoFile),
        Exit::Encoding(line) => ProvisionFault::new(*line, "", Wrong::Encoding),
        Exit::TooLarge => ProvisionFault::new(0, "", Wrong::TooLarge),
    }
}
