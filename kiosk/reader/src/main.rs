//! kiosk-reader: owns the card reader and tells the supervisor what lies on it.
//!
//! Duties: keep the device open (again and again, with a growing pause), report `Ready`, `Lost`,
//! each card once per laying, and its lifting.
//!
//! Never: the network, a file, a decision about a card; keep a card's number longer than the card
//! lies there; write it anywhere but to the supervisor's socket. Without the supervisor there is
//! nothing to do: it exits.

#![forbid(unsafe_code)]

mod backoff;
mod link;
mod watch;

use borne_harden::{Confinement, HardenError, Process, log};
use std::path::PathBuf;
use std::process::ExitCode;

/// Standard serial line of the terminal's reader.
const DEFAULT_READER: &str = "pn532_uart:/dev/ttyBorneReader";

fn main() -> ExitCode {
    let setting =
        |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    log::start(std::env::var("BORNE_LOG").ok().as_deref());
    let run = PathBuf::from(setting("BORNE_RUN", "/run/borne"));
    let connstring = setting("BORNE_READER", DEFAULT_READER);

    if let Err(error) = confine() {
        tracing::error!(%error, "cannot be confined");
        return ExitCode::FAILURE;
    }
    let end = link::Link::connect(&borne_ipc::paths::supervisor_socket(&run))
        .and_then(|mut link| watch::keep_watching(&connstring, &mut link));
    match end {
        Ok(watch::End::TooManyTries) => {
            tracing::warn!("starting afresh after many failed tries to open the reader");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "exiting");
            ExitCode::FAILURE
        }
    }
}

/// Before libnfc hears a chip. A serial line may be anywhere below /dev, and come and go: its owner
/// and mode say whose it is.
fn confine() -> Result<(), HardenError> {
    Confinement::of(Process::Reader).reads("/etc/nfc").reads("/sys").opens("/dev").enter()
}
