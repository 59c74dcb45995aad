//! One session of one agent, in a locked browser; then it dies.
//!
//! Duties: warm an ephemeral WebKit while nobody is there, redeem one login ticket, show the
//! groupware and nothing else, and say on standard input's socket what happened.
//!
//! Never: devices, configuration, credentials of the terminal, a network but the egress socket, a
//! byte on disk, a window beside its own, a choice for the page (file, print, permission,
//! download). It is the least trusted process of the terminal: everything it says is checked by the
//! supervisor against the state of the session.

mod document;
mod engine;
mod features;
mod ffi;
mod filter;
mod keys;
mod kinds;
mod link;
mod lock;
mod login;
mod memory;
mod policy;
mod relay;
mod session;
mod signals;
mod window;

use borne_harden::{Confinement, HardenError, Process, log};
use gtk::glib;
use std::path::Path;
use std::process::ExitCode;

/// Where the sandbox shows the egress proxy's socket, below `XDG_RUNTIME_DIR`.
const EGRESS_SOCKET: &str = "proxy.sock";

#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("cannot be confined: {0}")]
    Harden(#[from] HardenError),
    #[error("no display: {0}")]
    Display(#[from] glib::BoolError),
    #[error("relay: {0}")]
    Relay(#[from] relay::RelayError),
    #[error("supervisor: {0}")]
    Link(#[from] link::LinkError),
}

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the browser could not start");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), StartError> {
    log::start(std::env::var("BORNE_LOG").ok().as_deref());
    // Before WebKit is there. No Landlock: WebKit's own sandbox mounts, which nobody under Landlock
    // may.
    Confinement::of(Process::Browser).enter()?;
    relay::start(&Path::new(&glib::user_runtime_dir()).join(EGRESS_SOCKET))?;
    // GTK 3 makes it the Wayland app_id.
    glib::set_prgname(Some("kiosk-browser"));
    gtk::init()?;
    let link = link::Link::from_standard_input()?;
    let session = session::Session::new(link.clone(), memory::watch());
    link.listen(move |order| session.order(order));
    gtk::main();
    Ok(())
}
