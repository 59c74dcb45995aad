//! kiosk-provision: makes the card's `borne.toml` hold, once at every start, before the network.
//!
//! Duties: read the file, write what networkd, iwd, timesyncd and the supervisor read, hand the join token over and erase it
//! from the card; or say what is wrong with the file, for the screen.
//! Never: stay; listen; print a token, a passphrase or a password; change anything when the file is wrong.
//!
//! It runs as root (it writes others' files) and reads one file that whoever holds the card wrote: only the strict parser
//! of `borne-config` looks into it.

#![forbid(unsafe_code)]

mod erase;
mod fault;
mod render;
mod write;

use borne_config::provision::{MAX_FILE, Provision};
use borne_ipc::ProvisionFault;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the town's authority is, as `terminal.toml` names it: the image leads from there to `/data/config`.
const CA_FILE: &str = "/etc/borne/ca.pem";

/// Why the file could not be made to hold.
#[derive(Debug, thiserror::Error)]
enum Exit {
    #[error(transparent)]
    File(#[from] borne_config::provision::ProvisionError),
    #[error(transparent)]
    Disk(#[from] write::DiskError),
    #[error("there is no borne.toml on the card, and the terminal was never set up")]
    Missing,
    #[error("borne.toml is larger than {MAX_FILE} bytes or not UTF-8; save it as UTF-8")]
    NotText,
}

fn main() -> ExitCode {
    let path = |name: &str, default: &str| std::env::var_os(name).map_or_else(|| PathBuf::from(default), PathBuf::from);
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let card = path("BORNE_CARD", "/boot/borne.toml");
    let place = write::Place { root: path("BORNE_ROOT", "/"), run: path("BORNE_RUN", "/run/borne") };
    let held = hold(&card, &place);
    let fault = held.as_ref().err().map(fault::of);
    if let Err(error) = &held {
        tracing::error!("{error}");
    }
    // A wrong file is no reason to stay dark: the terminal starts, and its screen says what to mend.
    match write::fault(&place, fault) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn hold(card: &std::path::Path, place: &write::Place) -> Result<(), Exit> {
    let mut file = match std::fs::File::open(card) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && place.is_set_up() => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Exit::Missing),
        Err(source) => return Err(write::DiskError::new(card, source).into()),
    };
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    file.by_ref().take(most).read_to_end(&mut bytes).map_err(|source| write::DiskError::new(card, source))?;
    if bytes.len() > MAX_FILE {
        return Err(Exit::NotText);
    }
    let text = String::from_utf8(bytes).map_err(|_| Exit::NotText)?;
    let provision = Provision::parse(&text, CA_FILE)?;
    for file in render::files(&provision) {
        write::file(place, &file)?;
    }
    write::zone(place, &provision.zone)?;
    if let Some(token) = &provision.token {
        write::token(place, token)?;
    }
    if let Some(at) = provision.token_at {
        // Only now: whatever is cut before this begins again from the card.
        erase::token(card, &text, at).map_err(|source| write::DiskError::new(card, source))?;
    }
    tracing::info!(joins = provision.token.is_some(), "borne.toml holds");
    Ok(())
}

/// What the screen is told.
type Shown = Option<ProvisionFault>;
