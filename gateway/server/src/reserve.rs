//! Room on the disk that is kept for the worst day: when it is full, the reserve is given back, so
//! that PIN tries can be counted and people get in while IT makes room.
//!
//! Never: a byte of use in it; taken where it would leave no room for others.

use crate::state_dir::StateDir;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// Bytes. A login writes some thousands.
const SIZE: usize = 8 * 1024 * 1024;

/// The reserve.
pub struct Reserve(PathBuf);

impl Reserve {
    /// In the state directory.
    pub fn new(state: &StateDir) -> Self {
        Self(state.file("reserve"))
    }

    /// Takes the room, if there is twice as much; zeros are written, since a file system may promise
    /// more than it has.
    pub fn restore(&self) {
        if self.0.exists() {
            return;
        }
        if let Err(error) = self.take() {
            let _none = std::fs::remove_file(&self.0);
            tracing::warn!(%error, path = %self.0.display(), "no room for the reserve");
        }
    }

    fn take(&self) -> io::Result<()> {
        let mut file = File::options().write(true).create_new(true).open(&self.0)?;
        file.write_all(&vec![0; 2 * SIZE])?;
        file.sync_all()?;
        file.set_len(SIZE as u64)
    }

    /// Gives the room back whenever there is no other left. Never returns.
    pub async fn watch(&self) {
        loop {
            borne_gateway_storage::disk_is_full().await;
            if std::fs::remove_file(&self.0).is_ok() {
                tracing::error!(path = %self.0.display(), "the disk is full: the reserve is used now");
            }
        }
    }
}
