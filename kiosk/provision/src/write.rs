//! Files, each whole or not at all.
//!
//! What others read at each start lies in memory (`/run`, `/var`), so it is kept below
//! `/data/provision` too, under the same path: the card's file may be taken away, or be wrong one
//! day, without costing a terminal its network.

use crate::render::{File, Target};
use borne_harden::file;
use borne_ipc::{ProvisionFault, paths};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

const KEPT: &str = "data/provision";
const ZONES: &str = "/usr/share/zoneinfo";
const ZONE: &str = "run/borne/provision/localtime";

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

    fn of(&self, target: &Target) -> PathBuf {
        match target {
            Target::Config(name) => self.root.join("data/config").join(name),
            Target::Start(path) => self.root.join(KEPT).join(path),
        }
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
    fn of(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self { path: path.to_owned(), source }
    }
}

/// Writes them to the data partition, unless it holds the same already, and removes what an earlier
/// file has left there.
pub fn keep(place: &Place, files: &[File]) -> Result<(), DiskError> {
    let kept = place.root.join(KEPT);
    // Passphrases are among them.
    let private = || std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&kept);
    private().map_err(DiskError::of(&kept))?;
    let paths: Vec<PathBuf> = files.iter().map(|file| place.of(&file.target)).collect();
    for (file, path) in files.iter().zip(&paths) {
        put(path, file.text.as_bytes(), file.mode)?;
    }
    for stale in below(&kept)?.iter().filter(|path| !paths.contains(path) && !path.ends_with(ZONE))
    {
        std::fs::remove_file(stale).map_err(DiskError::of(stale))?;
    }
    Ok(())
}

/// `/etc/localtime` of the image leads to it.
pub fn keep_zone(place: &Place, zone: &str) -> Result<(), DiskError> {
    link(&place.root.join(KEPT).join(ZONE), &Path::new(ZONES).join(zone))
}

/// Whether the image has this zone: a file that the C library would read as one (tzfile(5)).
pub fn has_zone(zone: &str) -> bool {
    std::fs::read(Path::new(ZONES).join(zone)).is_ok_and(|bytes| bytes.starts_with(b"TZif"))
}

/// Copies what is kept to where its readers look.
pub fn hand_over(place: &Place) -> Result<(), DiskError> {
    let kept = place.root.join(KEPT);
    for from in below(&kept)? {
        let to = place.root.join(from.strip_prefix(&kept).unwrap_or(&from));
        if let Ok(target) = std::fs::read_link(&from) {
            link(&to, &target)?;
            continue;
        }
        let read =
            || Ok((std::fs::read(&from)?, std::fs::metadata(&from)?.permissions().mode() & 0o777));
        let (bytes, mode) = read().map_err(DiskError::of(&from))?;
        put(&to, &bytes, mode)?;
    }
    Ok(())
}

/// For the supervisor, which removes it when it was used and into whose directory nobody else gets
/// (tmpfiles.d/borne.conf). A new token means: join again, with a new key. Without its certificate
/// the supervisor does. The key goes only with the token it has not asked with: the same token
/// again, which a cut has left on the card, is asked for with the same key.
pub fn token(place: &Place, token: &str) -> Result<(), DiskError> {
    let file = |name: &str| place.root.join("data/terminal").join(name);
    if std::fs::read(file("join-token")).is_ok_and(|held| held == token.as_bytes()) {
        return Ok(());
    }
    // The certificate first: a key without one is none yet, a certificate without its key is
    // damage.
    for name in ["terminal.next", "terminal.crt", "terminal.key"] {
        remove(&file(name))?;
    }
    put(&file("join-token"), token.as_bytes(), 0o644)
}

/// What the supervisor shows; nothing, when nothing is wrong.
pub fn fault(place: &Place, fault: Option<&ProvisionFault>) -> Result<(), DiskError> {
    tell(&paths::provision_fault(&place.run), fault)
}

/// The same, of what does not keep the terminal from serving.
pub fn advice(place: &Place, advice: Option<&ProvisionFault>) -> Result<(), DiskError> {
    tell(&paths::provision_advice(&place.run), advice)
}

fn tell(path: &Path, fault: Option<&ProvisionFault>) -> Result<(), DiskError> {
    match fault {
        Some(fault) => {
            put(path, serde_json::to_string(fault).unwrap_or_default().as_bytes(), 0o644)
        }
        None => remove(path),
    }
}

/// Every file and link below a directory that may not be there.
fn below(directory: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let (mut found, mut open) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(directory) = open.pop() {
        let entries = match std::fs::read_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(DiskError::of(&directory))?,
        };
        for entry in entries {
            let entry = entry.map_err(DiskError::of(&directory))?;
            let kind = entry.file_type().map_err(DiskError::of(&entry.path()))?;
            if kind.is_dir() { &mut open } else { &mut found }.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn remove(path: &Path) -> Result<(), DiskError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DiskError::of(path)(error)),
        _ => Ok(()),
    }
}

fn directories(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o755).create(path.parent().unwrap_or(path))
}

/// Unless it holds the same already: the data partition is not written at every start.
fn put(path: &Path, bytes: &[u8], mode: u32) -> Result<(), DiskError> {
    if std::fs::read(path).is_ok_and(|held| held == bytes) {
        return Ok(());
    }
    let work = || {
        directories(path)?;
        file::replace(path, bytes, mode)
    };
    work().map_err(DiskError::of(path))
}

fn link(path: &Path, target: &Path) -> Result<(), DiskError> {
    if std::fs::read_link(path).is_ok_and(|held| held == target) {
        return Ok(());
    }
    let fresh =
        path.with_file_name(format!("{}.new", path.file_name().unwrap_or_default().display()));
    remove(&fresh)?;
    let work = || {
        directories(path)?;
        symlink(target, &fresh)?;
        std::fs::rename(&fresh, path)?;
        file::sync_directory(path)
    };
    work().map_err(DiskError::of(path))
}
