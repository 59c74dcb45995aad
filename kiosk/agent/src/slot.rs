//! The running slot, as the boot backend (`borne-slot status`) sees it.
//!
//! The agent may not open the card: root asks for it at the agent's start and puts the answer into
//! a directory of its own (`ExecStartPre=+` of the agent's unit). Whatever marks a slot goes through RAUC.

use std::path::{Path, PathBuf};

/// The answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// Not there.
    #[error("{}: {source}; root writes it: borne-slot status", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// No `current=`, no `committed=` or no `unconfirmed=`.
    #[error("{}: it does not name the current and the committed slot and its unconfirmed starts", .0.display())]
    Shape(PathBuf),
}

/// What the boot backend says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Runs.
    pub current: String,
    /// Starts by itself. Another one than the current: this boot is a trial.
    pub committed: String,
    /// Starts of the committed slot, this one included, that nobody vouched for.
    pub unconfirmed: u32,
}

/// Reads the answer.
///
/// # Errors
/// [`SlotError`].
pub fn read(run: &Path) -> Result<Slots, SlotError> {
    let path = borne_ipc::paths::slot_status(run);
    let text = std::fs::read_to_string(&path)
        .map_err(|source| SlotError::Read { path: path.clone(), source })?;
    let value = |name: &str| {
        let of = |line: &str| {
            line.strip_prefix(name)?.strip_prefix('=').map(|value| value.trim().to_owned())
        };
        text.lines().find_map(of).filter(|value| !value.is_empty())
    };
    let unconfirmed = value("unconfirmed").and_then(|count| count.parse().ok());
    match (value("current"), value("committed"), unconfirmed) {
        (Some(current), Some(committed), Some(unconfirmed)) => {
            Ok(Slots { current, committed, unconfirmed })
        }
        _ => Err(SlotError::Shape(path)),
    }
}
