//! borne-provision: applies the card's `borne.toml`, once at every start, before the network.
//!
//! Duties: read the file from the card, keep below `/data` what it says, hand networkd, iwd,
//! wpa_supplicant, timesyncd and RAUC their files, give the supervisor the join token and blank it
//! on the card; or say what is wrong, for the screen. Never: stay; the network; mount the card's
//! first partition; run a program; print a token, a passphrase or a password; change anything when
//! the file is wrong.
//!
//! It runs as root (it writes others' files, without a capability) and reads one file that whoever
//! holds the card wrote: only the strict parser of `borne-config` looks into it.

#![forbid(unsafe_code)]

mod fault;
mod names;
mod render;
mod take;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

/// Why the file could not be applied.
#[derive(Debug, thiserror::Error)]
enum Exit {
    #[error(transparent)]
    File(#[from] borne_config::provision::ProvisionError),
    #[error(transparent)]
    Disk(#[from] write::DiskError),
    #[error("the card: {0}")]
    Card(#[from] borne_slot::SlotError),
    #[error("there is no borne.toml on the card, and the terminal was never set up")]
    Missing,
    #[error("the card has no borne.toml but {0:?}: rename it to borne.toml, exactly")]
    Name(String),
    #[error("borne.toml, line {0}: not UTF-8; save it as UTF-8")]
    Encoding(u32),
    #[error("borne.toml is larger than {} bytes", borne_config::provision::MAX_FILE)]
    TooLarge,
}

fn main() -> ExitCode {
    let path = |name: &str, default: &str| {
        std::env::var_os(name).map_or_else(|| PathBuf::from(default), PathBuf::from)
    };
    borne_harden::log::start(std::env::var("BORNE_LOG").ok().as_deref());
    let card = path("BORNE_CARD", "/dev/borne/card");
    let place =
        write::Place { root: path("BORNE_ROOT", "/"), run: path("BORNE_RUN", "/run/borne") };
    // A wrong file does not cost a terminal the network it had.
    let held = take::take(&card, &place);
    let held = write::hand_over(&place).map_err(Exit::from).and(held);
    let (fault, advice) = match held {
        Ok(advice) => (None, advice),
        Err(error) => (Some(error), None),
    };
    for error in fault.iter().chain(&advice) {
        tracing::error!("{error}");
    }
    let [fault, advice] = [fault, advice].map(|error| error.as_ref().map(fault::of));
    // A wrong file is no reason to stay dark: the terminal starts, and its screen says what to
    // fix.
    match write::fault(&place, fault.as_ref()).and(write::advice(&place, advice.as_ref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
