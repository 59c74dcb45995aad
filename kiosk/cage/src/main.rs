//! kiosk-cage: becomes the cage of one browser (docs/adr/0012).
//!
//! The init starts it as the browser's user for one connection of the supervisor, which is its
//! standard input and will be the browser's.
//!
//! Duties: make sure of its own rights and of its caller; give up what nothing in the cage needs;
//! say that it is there; wait for the one order; become bubblewrap. Never: go on for a supervisor
//! that has hung up; start anything unconfined; open a file; hold a secret.

#![forbid(unsafe_code)]

mod error;
mod sandbox;
mod standing;

use borne_harden::{Confinement, Process, log};
use borne_ipc::{CageEvent, CageOrder, frame};
use error::{BUBBLEWRAP, CageError};
use sandbox::Machine;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Where WebKitGTK may have been built to look for its programs: Debian's multiarch, and the
/// image's.
const WEBKIT_LIBEXEC: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1",
    "/usr/libexec/webkit2gtk-4.1",
];

fn main() -> ExitCode {
    let directives = std::env::var("BORNE_LOG").ok();
    log::start(directives.as_deref());
    let path = |name: &str, default: &str| {
        std::env::var_os(name).map_or_else(|| PathBuf::from(default), PathBuf::from)
    };
    let libexec = path("BORNE_LIBEXEC", "/usr/libexec/borne");
    let machine = Machine {
        browser: libexec.join("kiosk-browser"),
        network_process: libexec.join("kiosk-network-process"),
        webkit_network_process: webkit_network_process(),
        run: path("BORNE_RUN", "/run/borne"),
        log: directives.unwrap_or_else(|| log::USUAL.to_owned()),
        zone: std::env::var("TZ").ok().filter(|text| sandbox::is_zone(text)),
    };
    match become_the_cage(&machine) {
        // The usual end of a cage that nobody needed after all.
        Err(CageError::Supervisor(frame::FrameError::Closed)) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "no cage");
            ExitCode::FAILURE
        }
        Ok(never) => match never {},
    }
}

fn become_the_cage(machine: &Machine) -> Result<std::convert::Infallible, CageError> {
    standing::check()?;
    let supervisor = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map(UnixStream::from)
        .map_err(CageError::Input)?;
    standing::check_caller(&supervisor)?;
    // No Landlock: whoever is under it may not mount, and a cage is made of mounts (docs/adr/0008).
    Confinement::of(Process::Cage).enter()?;
    frame::write(&supervisor, &CageEvent::Here)?;
    // To the byte: what follows the order is for the browser.
    let order: CageOrder = frame::read(&supervisor)?;
    if order.display.is_empty() || order.display.contains('/') || order.display.starts_with('.') {
        return Err(CageError::Display);
    }
    let error =
        Command::new(BUBBLEWRAP).args(sandbox::arguments(machine, &order)).env_clear().exec();
    Err(CageError::Execute(error))
}

/// WebKit's network process on this machine. Where there is none the last place is named: bwrap
/// finds nothing there and no browser starts.
fn webkit_network_process() -> PathBuf {
    let found = WEBKIT_LIBEXEC.map(|directory| Path::new(directory).join("WebKitNetworkProcess"));
    found.iter().find(|path| path.exists()).unwrap_or(&found[2]).clone()
}
