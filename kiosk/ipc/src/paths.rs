//! Where the processes meet: the layout below the run directory (`BORNE_RUN`, `/run/borne` on the
//! image). tmpfiles.d makes the directories on the image; `borne-init` in `tests/harness` makes the
//! same ones on a PC.

use crate::{Group, Role};
use std::path::{Path, PathBuf};

/// A directory to be made at boot: name, owner, group, mode (setgid, so that a socket inherits the
/// group).
pub const DIRECTORIES: [(&str, u32, u32, u32); 7] = [
    ("supervisor", Role::Supervisor.uid(), Group::Ipc.gid(), 0o2750),
    ("egress", Role::Egress.uid(), Role::Browser.uid(), 0o2750),
    ("filter", Role::WaylandFilter.uid(), Role::Browser.uid(), 0o2750),
    ("wayland", Role::Compositor.uid(), Group::Wayland.gid(), 0o2750),
    ("agent", Role::Agent.uid(), Role::Agent.uid(), 0o2750),
    // Root's: what it says of the slots, for the agent. It writes to no directory of another user.
    ("slot", 0, 0, 0o755),
    // Root's: the init listens there, and the supervisor alone gets in.
    ("start", 0, Role::Supervisor.uid(), 0o750),
];

/// The supervisor's listening socket.
#[must_use]
pub fn supervisor_socket(run: &Path) -> PathBuf {
    run.join("supervisor/ipc.sock")
}

/// The allow-list proxy's listening socket; it is bound into the browser's sandbox.
#[must_use]
pub fn egress_socket(run: &Path) -> PathBuf {
    run.join("egress/proxy.sock")
}

/// `XDG_RUNTIME_DIR` of the compositor and of its clients.
#[must_use]
pub fn wayland_dir(run: &Path) -> PathBuf {
    run.join("wayland")
}

/// Directory in which the wayland-filter of each browser makes its socket.
#[must_use]
pub fn filter_dir(run: &Path) -> PathBuf {
    run.join("filter")
}

/// The init listens here and starts a cage for each connection.
#[must_use]
pub fn cage_start(run: &Path) -> PathBuf {
    run.join("start/cage.sock")
}

/// The init listens here and starts a wayland-filter for each connection.
#[must_use]
pub fn filter_start(run: &Path) -> PathBuf {
    run.join("start/wayland-filter.sock")
}

/// Directory of the agent: what it must remember until the next boot, and its wish to restart.
#[must_use]
pub fn agent_dir(run: &Path) -> PathBuf {
    run.join("agent")
}

/// What root says of the slots: `borne-slot status`, written before the agent starts.
#[must_use]
pub fn slot_status(run: &Path) -> PathBuf {
    run.join("slot/status")
}

/// Made by the agent when the terminal is to be restarted; root watches for it.
#[must_use]
pub fn restart_wish(run: &Path) -> PathBuf {
    agent_dir(run).join("restart")
}

/// Made by the agent when the running slot is confirmed; root watches for it and fills the other
/// one, once.
#[must_use]
pub fn kept_slot(run: &Path) -> PathBuf {
    agent_dir(run).join("kept")
}

/// What is wrong with the card's `borne.toml`: a [`crate::ProvisionFault`] as JSON. Root writes it,
/// the supervisor shows it.
#[must_use]
pub fn provision_fault(run: &Path) -> PathBuf {
    run.join("provision/fault")
}

/// What should be corrected of the card, though the terminal serves: shown for a while at its start.
#[must_use]
pub fn provision_advice(run: &Path) -> PathBuf {
    run.join("provision/advice")
}
