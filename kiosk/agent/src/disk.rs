//! What outlives the agent: what became of the last update (over boots), and when it first started
//! (in this boot).

use crate::machine::Moment;
use borne_gateway_api::update::LastUpdate;
use borne_harden::file;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct DiskError {
    path: PathBuf,
    source: std::io::Error,
}

/// What became of the last update. A file that makes no sense counts as none: an update may then be
/// tried once more.
///
/// # Errors
/// The file is there and cannot be read.
pub fn last(data: &Path) -> Result<Option<LastUpdate>, DiskError> {
    let path = data.join("last-update.json");
    Ok(read(&path)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Keeps it.
///
/// # Errors
/// The file cannot be written.
pub fn remember(data: &Path, last: &LastUpdate) -> Result<(), DiskError> {
    let text = serde_json::to_string(last).unwrap_or_default();
    write(&data.join("last-update.json"), &text)
}

/// When the agent first started in this boot; now, if it does. `run` is gone with the boot.
///
/// # Errors
/// The file cannot be read or written.
pub fn since(run: &Path, now: Moment) -> Result<Moment, DiskError> {
    let path = borne_ipc::paths::agent_dir(run).join("since");
    let kept = read(&path)?.and_then(|text| text.trim().parse().ok()).map(Duration::from_millis);
    match kept.filter(|kept| *kept <= now) {
        Some(kept) => Ok(kept),
        None => write(&path, &now.as_millis().to_string()).map(|()| now),
    }
}

/// Root watches for this file and restarts the machine.
///
/// # Errors
/// The file cannot be written.
pub fn wish_restart(run: &Path) -> Result<(), DiskError> {
    write(&borne_ipc::paths::restart_wish(run), "")
}

/// Root watches for this file and fills the other slot, when that was never filled.
///
/// # Errors
/// The file cannot be written.
pub fn say_kept(run: &Path) -> Result<(), DiskError> {
    write(&borne_ipc::paths::kept_slot(run), "")
}

fn read(path: &Path) -> Result<Option<String>, DiskError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(DiskError { path: path.to_owned(), source }),
    }
}

fn write(path: &Path, text: &str) -> Result<(), DiskError> {
    let written = file::replace(path, text.as_bytes(), 0o640);
    written.map_err(|source| DiskError { path: path.to_owned(), source })
}
