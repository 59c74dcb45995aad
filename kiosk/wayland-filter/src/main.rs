//! The browser's only view of the compositor. The init starts it for one connection of the
//! supervisor, its standard input.
//!
//! Duties: make one socket the browser's user alone may open, and pass to the compositor the
//! interfaces of [`globals::ALLOWED`] and nothing else; say `Ready` on standard input; end, with
//! the socket removed, when it closes.
//!
//! Never: screen capture, input injection, layer-shell, data-control, a second peer, a decision
//! that changes while it runs. It trusts nothing the browser sends.

mod client;
mod globals;
mod listener;
mod typing;

use borne_harden::{Confinement, HardenError, Process, log};
use borne_ipc::{FilterEvent, Role, frame, paths};
use rustix::net::sockopt::socket_peercred;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, thiserror::Error)]
enum FilterError {
    #[error("cannot be confined: {0}")]
    Harden(#[from] HardenError),
    #[error("socket of the browser: {0}")]
    Listener(#[from] listener::ListenerError),
    #[error("standard input is not a socket: {0}")]
    Input(std::io::Error),
    #[error("somebody else than the supervisor called")]
    Caller,
    #[error("the supervisor does not hear: {0}")]
    Supervisor(#[from] frame::FrameError),
    #[error("thread that watches standard input: {0}")]
    Watch(std::io::Error),
}

fn main() -> ExitCode {
    log::start(std::env::var("BORNE_LOG").ok().as_deref());
    let run =
        std::env::var_os("BORNE_RUN").map_or_else(|| PathBuf::from("/run/borne"), PathBuf::from);
    match serve(&paths::filter_dir(&run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the filter ends");
            ExitCode::FAILURE
        }
    }
}

/// Runs until the supervisor closes standard input or the listener fails.
fn serve(dir: &Path) -> Result<(), FilterError> {
    Confinement::of(Process::WaylandFilter).keeps(dir).opens("/dev/null").enter()?;
    let supervisor = std::io::stdin().as_fd().try_clone_to_owned().map_err(FilterError::Input)?;
    let supervisor = UnixStream::from(supervisor);
    if !socket_peercred(&supervisor)
        .is_ok_and(|caller| caller.uid.as_raw() == Role::Supervisor.uid())
    {
        return Err(FilterError::Caller);
    }
    let listener = listener::Listener::bind(dir)?;
    let path = listener.path().to_owned();
    frame::write(&supervisor, &FilterEvent::Ready { socket: listener.name().to_owned() })?;
    std::thread::Builder::new()
        .name("supervisor".to_owned())
        .spawn(move || end_with(supervisor, &path))
        .map_err(FilterError::Watch)?;
    Err(listener.serve().into())
}

/// The supervisor never sends anything: whatever comes, end of file included, is the end.
fn end_with(mut supervisor: UnixStream, path: &Path) {
    let _ = supervisor.read(&mut [0]);
    let _ = std::fs::remove_file(path);
    std::process::exit(0);
}
