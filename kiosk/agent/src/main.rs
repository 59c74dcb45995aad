//! kiosk-agent: status and updates of a terminal.
//!
//! Duties: report the terminal to the gateway (through the supervisor, who alone holds its key),
//! install the update that is offered in answer with RAUC, prove a new slot and confirm it, wish
//! for a restart when one is due. Never: start or end a session, hold a key or a certificate, write
//! a slot itself, restart while somebody is logged in, verify a signature with code of its own.

#![forbid(unsafe_code)]

mod disk;
mod link;
mod machine;
mod rauc;
mod runtime;
mod slot;
mod units;

use borne_harden::{Confinement, HardenError, Process, log};
use runtime::Settings;
use std::path::PathBuf;
use std::process::ExitCode;

/// Why it exited.
#[derive(Debug, thiserror::Error)]
enum Exit {
    #[error("cannot be confined: {0}")]
    Harden(#[from] HardenError),
    #[error("runtime: {0}")]
    Runtime(#[source] std::io::Error),
    #[error(transparent)]
    Disk(#[from] disk::DiskError),
    #[error(transparent)]
    Rauc(#[from] rauc::RaucError),
    #[error(transparent)]
    Slot(#[from] slot::SlotError),
}

fn main() -> ExitCode {
    let setting =
        |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let path = |name: &str, default: &str| PathBuf::from(setting(name, default));
    log::start(std::env::var("BORNE_LOG").ok().as_deref());
    let settings = Settings {
        run: path("BORNE_RUN", "/run/borne"),
        data: path("BORNE_AGENT_DATA", "/data/agent"),
        image: path("BORNE_IMAGE", "/etc/os-release"),
        rauc: path("BORNE_RAUC", "/usr/bin/rauc"),
        systemctl: path("BORNE_SYSTEMCTL", "/usr/bin/systemctl"),
        proxy: std::env::var("https_proxy").ok(),
    };
    let Err(exit) = start(settings);
    tracing::error!(error = %exit, "exiting");
    ExitCode::FAILURE
}

fn start(settings: Settings) -> Result<std::convert::Infallible, Exit> {
    confine(&settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Exit::Runtime)?;
    runtime.block_on(runtime::run(settings))
}

/// Before RAUC reads a byte of a bundle: what it starts for that inherits all of this.
fn confine(settings: &Settings) -> Result<(), HardenError> {
    let agent = Confinement::of(Process::Agent)
        .keeps(borne_ipc::paths::agent_dir(&settings.run))
        .reads(settings.run.join("slot"))
        .keeps(&settings.data)
        .keeps("/tmp")
        .executes(&settings.rauc)
        .executes(&settings.systemctl)
        .executes("/usr/bin")
        // The loader.
        .executes("/usr/lib");
    let read =
        ["/usr", "/etc", "/proc", "/sys", "/run/systemd", "/run/dbus", "/run/rauc", "/data/config"];
    read.into_iter()
        .fold(agent, Confinement::reads)
        .reads(&settings.image)
        .opens("/dev/null")
        .enter()
}
