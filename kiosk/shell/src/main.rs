//! kiosk-shell: everything on the terminal's screen that the person may trust.
//!
//! Duties: draw the screen the supervisor orders, on surfaces no page can cover; report what is
//! pressed, and whether anybody is there; be the on-screen keyboard; say when a screen has replaced
//! the one before in every buffer. Never: decide (a press is reported, the supervisor answers with
//! a screen), use the network, keep a PIN longer than its six digits take to type, log what is
//! typed or a name, go on without supervisor or compositor.

mod app;
mod drawing;
mod error;
mod pin;
mod provision;
mod stage;
mod supervisor;
mod turns;
mod typing;
mod ui;
mod wayland;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    borne_harden::log::start(std::env::var("BORNE_LOG").ok().as_deref());
    let run_dir =
        PathBuf::from(std::env::var_os("BORNE_RUN").unwrap_or_else(|| "/run/borne".into()));
    let Err(error) = turns::run(&run_dir);
    tracing::error!(%error, "the shell ends");
    ExitCode::FAILURE
}
