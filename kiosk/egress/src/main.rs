//! kiosk-egress: the browser's only way out, to exactly the places the supervisor names.
//!
//! Duties: take `CONNECT host:port` from the browser's user on a Unix socket, compare it with the
//! allow list, resolve the name itself, judge each address it leads to, connect to the very address
//! that was judged, and carry bytes both ways until one side is done or nothing moves any more.
//!
//! Never: look inside the tunnel; keep anything between two of them; serve anybody but the
//! browser's user; reach a place that is not on the list, an address that is neither public nor in
//! a listed network, nor any place before the first list. Without the supervisor it exits, and its
//! tunnels with it.

#![forbid(unsafe_code)]

mod link;
mod listen;
mod reach;
mod serve;
mod tunnel;

use borne_harden::{Confinement, HardenError, Process, log};
use borne_ipc::paths;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why it exited.
#[derive(Debug, thiserror::Error)]
enum Exit {
    #[error("cannot be confined: {0}")]
    Harden(#[from] HardenError),
    #[error("runtime: {0}")]
    Runtime(#[source] std::io::Error),
    #[error(transparent)]
    Link(#[from] link::LinkError),
    #[error(transparent)]
    Listen(#[from] listen::ListenError),
}

fn main() -> ExitCode {
    let setting =
        |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    log::start(std::env::var("BORNE_LOG").ok().as_deref());
    let Err(exit) = start(&PathBuf::from(setting("BORNE_RUN", "/run/borne")));
    tracing::error!(error = %exit, "exiting");
    ExitCode::FAILURE
}

fn start(at: &Path) -> Result<std::convert::Infallible, Exit> {
    confine(at)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Exit::Runtime)?;
    let ended = runtime.block_on(run(at));
    // A name server that does not answer must not hold up the end.
    runtime.shutdown_background();
    ended
}

/// Before it listens. Names are resolved by libc: its plugins are libraries, its settings are in
/// /etc and, where a program writes them, below /run.
fn confine(run: &Path) -> Result<(), HardenError> {
    let egress =
        Confinement::of(Process::Egress).keeps(paths::egress_socket(run).parent().unwrap_or(run));
    let egress = ["/usr", "/etc", "/run/systemd/resolve", "/run/NetworkManager"]
        .into_iter()
        .fold(egress, Confinement::reads);
    egress.opens("/dev/null").enter()
}

async fn run(run: &Path) -> Result<std::convert::Infallible, Exit> {
    let listener = listen::bind(&paths::egress_socket(run))?;
    let (link, allow) = link::Link::connect(&paths::supervisor_socket(run)).await?;
    tokio::select! {
        gone = link.follow() => Err(gone.into()),
        failed = listen::accept_all(listener, allow) => Err(failed.into()),
    }
}
