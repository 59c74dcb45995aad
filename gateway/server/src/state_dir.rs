//! The state directory: database, pepper, the terminals' certificate authority, the admin socket.
//! Made on first start, 0700, its files 0600.

use borne_gateway_model::{Pepper, Random};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Something in the state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Cannot be read or written.
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    /// Has been damaged; making a new one would orphan every badge or terminal.
    #[error(
        "{path} is damaged: put it back from the backup (a new one would make every badge or terminal unknown)"
    )]
    Damaged { path: PathBuf },
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] borne_gateway_model::NoRandomness),
}

/// The directory, existing and private.
#[derive(Clone)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// Opens or makes it.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let fault = |source| StateError::File { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(fault)?;
        Ok(Self(path.to_owned()))
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The pepper, drawn on first start.
    pub fn pepper(&self, random: &dyn Random) -> Result<Pepper, StateError> {
        let path = self.file("pepper");
        if !path.exists() {
            let mut fresh = Zeroizing::new([0; 64]);
            random.fill(fresh.as_mut_slice())?;
            write_private(&path, fresh.as_slice())?;
        }
        let bytes = Zeroizing::new(read(&path)?);
        let bytes: Zeroizing<[u8; 64]> =
            Zeroizing::new(bytes.as_slice().try_into().map_err(|_| StateError::Damaged { path })?);
        Ok(Pepper::new(*bytes))
    }
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, StateError> {
    fs::read(path).map_err(|source| StateError::File { path: path.to_owned(), source })
}

/// Writes a file nobody else may read; it is there whole or not at all, whatever happens meanwhile.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let fault = |source| StateError::File { path: path.to_owned(), source };
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(fault)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fault)?;
    fs::rename(&fresh, path).map_err(fault)
}
