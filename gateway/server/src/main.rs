//! borne-gateway: checks badges and PINs for the terminals, and is the CAS server of the groupware.
//!
//! Duties: the terminal API over mutual TLS; the web (redeem, warm page, CAS); the admin socket;
//! the audit; telling the applications when a session ends, whatever ended it. Never: impersonate
//! anybody whose badge and PIN it has not checked; write a secret or a URL to the log; keep a
//! session over its own restart.
#![forbid(unsafe_code)]

mod admin;
mod authority;
mod cas;
mod config;
mod confine;
mod connection;
mod directory;
mod door;
mod edges;
mod gateway;
mod listen;
mod outbox;
mod pins;
mod reserve;
mod seats;
mod sessions;
mod state_dir;
mod terminal;
mod tls;
mod trail;
mod web;

use gateway::StartError;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("BORNE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(filter)
        .init();
    let mut arguments = std::env::args_os().skip(1);
    let (Some(path), None) = (arguments.next().map(PathBuf::from), arguments.next()) else {
        tracing::error!(
            "usage: borne-gateway CONFIG (docs/gateway.example.toml explains each key)"
        );
        return ExitCode::from(2);
    };
    match start(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The configuration holds no secret; the first one is read when nobody can dump this memory any
/// more.
fn start(path: &Path) -> Result<(), StartError> {
    let config = config::Config::load(path)?;
    confine::confine(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(StartError::Runtime)?.block_on(run(config))
}

async fn run(config: config::Config) -> Result<(), StartError> {
    let gateway = gateway::Gateway::start(config).await?;
    // Before the admin socket: where another gateway has the address, this one must not take that
    // one's socket.
    let parts = listen::Listeners::bind(&gateway).await?;
    let admin = admin::bind(&state_dir::StateDir::open(&gateway.config.state_dir)?)?;
    let (terminals, web) = parts.addresses();
    gateway.after_restart().await?;
    tracing::info!(terminal_api = %terminals, web = %web, "ready");

    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Runtime)?;
    tokio::select! {
        () = parts.serve(&gateway) => {}
        () = admin::serve(admin, &gateway) => {}
        () = gateway.keep_house() => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
