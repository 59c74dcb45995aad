//! kiosk-supervisor: the session state machine of a terminal.
//!
//! Duties: decides who is logged in, asks the init for the browser's cage and wipes it, keeps every
//! deadline, talks to the gateway, tells the shell what to show and egress what to allow. Never:
//! draws, reads cards, parses HTML, starts a program, opens a port, keeps a badge number, logs
//! anything personal.

mod browser;
mod explain;
mod gateway;
mod machine;
mod peers;
mod questions;
mod runtime;
mod settings;
mod starter;
mod wipe;

use borne_config::CheckedConfig;
use borne_harden::{Confinement, HardenError, Process, log};
use borne_ipc::paths;
use settings::Settings;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let settings = Settings::from(|name| std::env::var(name).ok());
    log::start(settings.log.as_deref());
    match start(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start(settings: Settings) -> Result<(), String> {
    // Its own files first: they say which ones it needs from then on. No stranger has been heard
    // yet.
    let advice = explain::advice(&settings.run);
    let config = match explain::fault(&settings.run) {
        Some(fault) => Err(fault),
        None => Ok(configuration(&settings.config)?),
    };
    confine(&settings, config.as_ref().ok())
        .map_err(|error| format!("cannot be confined: {error}"))?;
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("runtime: {error}"))?;
    let ended = match config {
        Err(fault) => {
            tracing::error!(?fault, "borne.toml is wrong: the screen says how to fix it");
            tokio.block_on(explain::run(&settings.run, fault))
        }
        Ok(config) => {
            tokio::task::LocalSet::new().block_on(&tokio, runtime::run(settings, config, advice))
        }
    };
    ended.map_err(|error| format!("supervisor: {error}"))
}

fn configuration(path: &Path) -> Result<CheckedConfig, String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
    CheckedConfig::parse(&text).map_err(|error| format!("{file}: {error}"))
}

/// PINs and tickets pass through this memory: it is never written to disk. Of files it needs its
/// identity, its socket, the authority, what names are resolved with, what networkd says of the
/// network, and /proc, where it looks for what a session has left. It starts no program.
fn confine(settings: &Settings, config: Option<&CheckedConfig>) -> Result<(), HardenError> {
    let socket = paths::supervisor_socket(&settings.run);
    let process = Confinement::of(Process::Supervisor).opens("/dev/null").keeps(&settings.data);
    let process = process.keeps(&settings.clock);
    let process = process.keeps(socket.parent().unwrap_or(&settings.run));
    let read = [
        "/proc",
        "/sys/fs/cgroup",
        "/usr",
        "/etc",
        "/run/systemd/resolve",
        "/run/NetworkManager",
        gateway::NETWORKD,
    ];
    let process = read.into_iter().fold(process, Confinement::reads);
    config.map(|config| &config.ca).into_iter().fold(process, Confinement::reads).enter()
}
