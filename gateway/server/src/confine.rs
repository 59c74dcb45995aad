//! What the gateway gives up before it listens: see `borne_harden`.

use crate::config::Config;
use crate::state_dir::{StateDir, StateError};
use borne_harden::{Confinement, HardenError, Process};

/// Why it cannot.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    #[error("state_dir: {0}")]
    State(#[from] StateError),
    #[error("cannot be confined: {0}")]
    Harden(#[from] HardenError),
}

/// From here on there is the state directory to write, and to read what the configuration names and
/// what libc needs to resolve names. Call it while there is one thread.
pub fn confine(config: &Config) -> Result<(), ConfineError> {
    // A directory that is not there yet could not be named.
    StateDir::open(&config.state_dir)?;
    let gateway = Confinement::of(Process::Gateway).keeps(&config.state_dir).opens("/dev/null");
    let system = ["/usr", "/etc", "/run/systemd/resolve", "/run/NetworkManager"];
    let gateway = system.into_iter().fold(gateway, Confinement::reads);
    // The configuration once more, for backups.
    let files = config.files().into_iter().chain([config.path.as_path()]);
    files.fold(gateway, Confinement::reads).enter()?;
    Ok(())
}
