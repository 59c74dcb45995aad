//! Serving: from the configuration to the end of the process.

use crate::activation::{Handed, Waiting};
use crate::error::StartError;
use crate::gateway::Gateway;
use crate::listen::Listeners;
use crate::state_dir::StateDir;
use crate::{admin, config, confine};
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

/// The configuration holds no secret; the first one is read when nobody can dump this memory any
/// more.
pub fn start(path: &Path, listeners: Option<&str>, notify: Option<&str>) -> Result<(), StartError> {
    let config = config::Config::load(path)?;
    let handed = Handed::take(listeners).map_err(StartError::Runtime)?;
    let waiting = Waiting::at(notify).map_err(StartError::Runtime)?;
    confine::confine(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(StartError::Runtime)?.block_on(run(config, handed, waiting))
}

async fn run(config: config::Config, handed: Handed, waiting: Waiting) -> Result<(), StartError> {
    let gateway = Gateway::start(config).await?;
    // Before the admin socket: where another gateway has the address, this one must not take that
    // one's socket.
    let parts = Listeners::bind(&gateway, handed).await?;
    let admin = admin::bind(&StateDir::open(&gateway.config.state_dir)?)?;
    let (terminals, web) = parts.addresses();
    gateway.after_restart().await?;
    tracing::info!(terminal_api = %terminals, web = %web, "ready");
    waiting.tell().map_err(StartError::Runtime)?;

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
