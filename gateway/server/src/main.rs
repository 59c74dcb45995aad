//! borne-gateway: checks badges and PINs for the terminals, and is the CAS server of the groupware.
//!
//! Duties: the terminal API over mutual TLS; the web (redeem, warm page, CAS); the admin socket; the audit; telling the
//! applications when a session ends, whatever ended it.
//! Never: impersonate anybody whose badge and PIN it has not checked; write a secret or a URL to the log; keep a session
//! over its own restart.
#![forbid(unsafe_code)]

mod admin;
mod authority;
mod config;
mod directory;
mod edges;
mod gateway;
mod listen;
mod logout;
mod seats;
mod sessions;
mod state_dir;
mod terminal;
mod tls;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("BORNE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_env_filter(filter).init();
    if let Err(error) = no_core_dumps() {
        tracing::error!(%error, "cannot forbid core dumps: they would hold PINs and keys");
        return ExitCode::FAILURE;
    }
    let mut arguments = std::env::args_os().skip(1);
    let (Some(path), None) = (arguments.next().map(PathBuf::from), arguments.next()) else {
        tracing::error!("usage: borne-gateway CONFIG (docs/gateway.example.toml explains each key)");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.map_err(gateway::StartError::Runtime).and_then(|runtime| runtime.block_on(run(path))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Neither a file after a crash nor another process of the same user gets at the memory.
fn no_core_dumps() -> rustix::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

async fn run(path: PathBuf) -> Result<(), gateway::StartError> {
    use gateway::StartError;
    let config = config::Config::load(&path)?;
    let gateway = gateway::Gateway::start(config).await?;
    // Before the admin socket: where another gateway has the address, this one must not take that one's socket.
    let parts = listen::Listeners::bind(&gateway).await?;
    let admin = admin::bind(&gateway.state)?;
    let (terminals, web) = parts.addresses();
    gateway.after_restart().await?;
    tracing::info!(terminal_api = %terminals, web = %web, "ready");

    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Runtime)?;
    tokio::select! {
        () = parts.serve(&gateway) => {}
        () = admin::serve(admin, Arc::clone(&gateway)) => {}
        () = gateway::forget_from_time_to_time(&gateway) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
