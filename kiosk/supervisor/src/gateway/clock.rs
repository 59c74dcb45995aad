//! The gateway's time, which TLS has proved to be the gateway's: kept beside the identity, so that no
//! start of this terminal falls back behind it (`buildroot-overlay/usr/libexec/borne/raise-clock`).
//!
//! Duties: keep it, at most once an hour, as the time of a file. Never: set a clock; keep a time at
//! which the gateway's own certificate is not good ([`Trust::believes`]).

use super::CallError;
use super::trust::Trust;
use rustls::pki_types::UnixTime;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far the kept time may be from the gateway's; the card is written no more often.
const APART: Duration = Duration::from_secs(3600);
/// How far this terminal's clock and the gateway's may be apart for both to be called right.
const AGREE: Duration = Duration::from_secs(24 * 3600);

/// Where the gateway's time is kept; on a PC, nowhere.
pub struct GatewayClock(Option<PathBuf>);

impl GatewayClock {
    /// In this directory, when it is there.
    pub fn beside(directory: &Path) -> Self {
        Self(directory.is_dir().then(|| directory.join("gateway")))
    }

    /// Keeps this time, if it is one to be believed and not known already.
    ///
    /// # Errors
    /// [`CallError::File`].
    pub fn heard(&self, told: SystemTime, trust: &Trust) -> Result<(), CallError> {
        let Some(path) = &self.0 else { return Ok(()) };
        let kept = std::fs::metadata(path).and_then(|file| file.modified()).unwrap_or(UNIX_EPOCH);
        if distance(kept, told) < APART || !is_believed(told, trust) {
            return Ok(());
        }
        let keep = || {
            let mut options = File::options();
            let file = options.write(true).create(true).truncate(false).mode(0o644).open(path)?;
            file.set_modified(told)?;
            file.sync_all()
        };
        keep().map_err(|error: std::io::Error| CallError::File {
            path: path.clone(),
            cause: error.to_string(),
        })
    }
}

/// Whether the gateway's clock and this terminal's say about the same.
pub fn agree(told: SystemTime, own: SystemTime) -> bool {
    distance(told, own) < AGREE
}

fn is_believed(told: SystemTime, trust: &Trust) -> bool {
    told.duration_since(UNIX_EPOCH)
        .is_ok_and(|since| trust.believes(UnixTime::since_unix_epoch(since)))
}

fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}
