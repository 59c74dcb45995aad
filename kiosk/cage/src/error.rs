//! Why there is no cage.

use crate::standing;
use borne_harden::HardenError;
use borne_ipc::frame;

/// Nothing of the environment decides which bubblewrap it is.
pub const BUBBLEWRAP: &str = "/usr/bin/bwrap";

#[derive(Debug, thiserror::Error)]
pub enum CageError {
    #[error("its unit is wrong: {0}")]
    Standing(#[from] standing::Wrong),
    #[error("cannot be confined: {0}")]
    Harden(#[from] HardenError),
    #[error("standard input is not a socket: {0}")]
    Input(std::io::Error),
    #[error("the supervisor: {0}")]
    Supervisor(#[from] frame::FrameError),
    #[error("the filter's socket is not a plain file name")]
    Display,
    #[error("{BUBBLEWRAP}: {0}")]
    Execute(std::io::Error),
}
