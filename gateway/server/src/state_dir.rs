//! The state directory: database, pepper, the terminals' certificate authority, the revocation log,
//! the admin socket. 0700, its files 0600.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

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
    /// Is not there, although the database is in use.
    #[error(
        "{path} is missing, and the database beside it needs it: put it back from the backup (a new one would make every badge or terminal unknown)"
    )]
    Missing { path: PathBuf },
    /// Is there, but of another gateway or time than the database.
    #[error(
        "{path} does not belong to the database beside it: put the one back that was backed up with it, or restore both from one backup"
    )]
    Foreign { path: PathBuf },
    /// The secrets are there and the database is not.
    #[error(
        "{path} is missing, and the pepper or the authority that belong to it are there: restore a backup (`borne-gateway restore`), or move those files away to begin with nothing"
    )]
    NoDatabase { path: PathBuf },
    /// An authority made now would not be good yet when the clock is right.
    #[error(
        "the clock says {now}: set it right first (timedatectl), the terminals' certificate authority is made from it"
    )]
    Clock { now: String },
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] borne_gateway_model::NoRandomness),
}

/// The directory, existing and private.
#[derive(Clone)]
pub struct StateDir(PathBuf);

/// Its files.
pub const DATABASE: &str = "gateway.sqlite";
pub const PEPPER: &str = "pepper";
pub const CA_KEY: &str = "terminal-ca.key";
pub const CA_CERTIFICATE: &str = "terminal-ca.pem";
pub const REVOCATIONS: &str = "revocations.log";

impl StateDir {
    /// Opens or makes it; files of an earlier version that others could read are closed to them.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let fault = |source| StateError::File { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(fault)?;
        close_files(path).map_err(fault)?;
        Ok(Self(path.to_owned()))
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The database's path; refused when only the secrets that belong to it are left.
    pub fn database(&self) -> Result<PathBuf, StateError> {
        let there = |name: &str| {
            let path = self.file(name);
            path.try_exists().map_err(|source| StateError::File { path, source })
        };
        let path = self.file(DATABASE);
        if !there(DATABASE)? && (there(PEPPER)? || there(CA_KEY)? || there(CA_CERTIFICATE)?) {
            return Err(StateError::NoDatabase { path });
        }
        Ok(path)
    }
}

fn close_files(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let data = entry.metadata()?;
        if data.is_file() && data.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}
