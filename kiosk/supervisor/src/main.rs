//! kiosk-supervisor: the session state machine of a terminal.
//!
//! Duties: decides who is logged in, starts and wipes the browser's sandbox, keeps every deadline, talks to the gateway,
//! tells the shell what to show and egress what to allow.
//! Never: draws, reads cards, parses HTML, opens a port, keeps a badge number, logs anything personal.

mod browser;
mod explain;
mod gateway;
mod machine;
mod peers;
mod runtime;
mod sandbox;
mod settings;
mod wipe;

use borne_config::CheckedConfig;
use borne_harden::{Confinement, Process};
use settings::Settings;
use std::process::ExitCode;

fn main() -> ExitCode {
    let settings = Settings::from(|name| std::env::var(name).ok());
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::new(&settings.log))
        .with_ansi(false)
        .with_target(false)
        .init();
    match start(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start(settings: Settings) -> Result<(), String> {
    // PINs and tickets pass through this memory: it is never written to disk. No Landlock: whoever is under it may not
    // mount, and the cage, which is made below us, must (docs/adr/0008-confinement.md).
    Confinement::of(Process::Supervisor).enter().map_err(|error| format!("cannot be confined: {error}"))?;
    // One thread: the cage's `--die-with-parent` means the thread that forked it.
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("runtime: {error}"))?;
    if let Some(fault) = explain::fault(&settings.run) {
        tracing::error!(?fault, "borne.toml is wrong: the screen says what to mend");
        return tokio.block_on(explain::run(&settings.run, fault)).map_err(|error| format!("supervisor: {error}"));
    }
    let file = settings.config.display();
    let text = std::fs::read_to_string(&settings.config).map_err(|error| format!("{file}: {error}"))?;
    let config = CheckedConfig::parse(&text).map_err(|error| format!("{file}: {error}"))?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&tokio, runtime::run(settings, config)).map_err(|error| format!("supervisor: {error}"))
}
