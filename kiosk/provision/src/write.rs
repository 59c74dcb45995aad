//! Files, each whole or not at all.

use crate::Shown;
use crate::render::File;
use borne_ipc::{Role, paths};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown, symlink};
use std::path::{Path, PathBuf};

/// Where it all goes.
pub struct Place {
    /// `BORNE_ROOT`.
    pub root: PathBuf,
    /// `BORNE_RUN`.
    pub run: PathBuf,
}

impl Place {
    /// An earlier `borne.toml` has held.
    pub fn is_set_up(&self) -> bool {
        self.root.join("data/config/terminal.toml").is_file()
    }
}

/// A file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct DiskError {
    path: PathBuf,
    source: io::Error,
}

impl DiskError {
    /// Of this file.
    pub fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

/// Writes one, unless it holds the same already.
pub fn file(place: &Place, file: &File) -> Result<(), DiskError> {
    put(&place.root.join(&file.path), file.text.as_bytes(), file.mode, None)
}

/// For the supervisor, who alone may read it and removes it when it was used.
/// A new token means: join again. Without its certificate the supervisor does.
pub fn token(place: &Place, token: &str) -> Result<(), DiskError> {
    let certificate = place.root.join("data/terminal/terminal.crt");
    match std::fs::remove_file(&certificate) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(DiskError::new(&certificate, error)),
        _ => {}
    }
    put(&place.root.join("data/terminal/join-token"), token.as_bytes(), 0o600, Some(Role::Supervisor.uid()))
}

/// `/etc/localtime` of the image leads here.
pub fn zone(place: &Place, zone: &str) -> Result<(), DiskError> {
    let path = place.run.join("provision/localtime");
    let work = || {
        directories(&path)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        symlink(Path::new("/usr/share/zoneinfo").join(zone), &path)
    };
    work().map_err(|source| DiskError::new(&path, source))
}

/// What the supervisor shows; nothing, when nothing is wrong.
pub fn fault(place: &Place, fault: Shown) -> Result<(), DiskError> {
    let path = paths::provision_fault(&place.run);
    match fault {
        Some(fault) => put(&path, serde_json::to_string(&fault).unwrap_or_default().as_bytes(), 0o644, None),
        None => match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DiskError::new(&path, error)),
            _ => Ok(()),
        },
    }
}

fn directories(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o755).create(path.parent().unwrap_or(path))
}

fn put(path: &Path, bytes: &[u8], mode: u32, owner: Option<u32>) -> Result<(), DiskError> {
    if owner.is_none() && std::fs::read(path).is_ok_and(|held| held == bytes) {
        // The data partition is not written at every start.
        return Ok(());
    }
    let fresh = path.with_file_name(format!("{}.new", path.file_name().unwrap_or_default().display()));
    let work = || {
        directories(path)?;
        match std::fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
        file.write_all(bytes)?;
        if let Some(owner) = owner {
            chown(&fresh, Some(owner), Some(owner))?;
        }
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        std::fs::File::open(path.parent().unwrap_or(path))?.sync_all()
    };
    work().map_err(|source| DiskError::new(path, source))
}
