//! The proof that nothing of a session runs any more: no process of the browser's or the
//! wayland-filter's user.
//!
//! Everything the agent touched lived in the sandbox's namespaces: with the last process the kernel
//! frees the tmpfs, the memory and the sockets. Never: believe a signal; look again until nothing
//! is left.

use borne_ipc::Role;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::time::Duration;

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(3);

/// Kills every process of the two users until there is none. It takes as long as it takes: the
/// machine has the deadline.
pub async fn sweep() {
    while !kill_all() {
        tokio::time::sleep(LOOK).await;
    }
}

/// The same until this has come about, and once more after it.
pub async fn sweep_until(gone: impl Future<Output = ()>) {
    let mut gone = std::pin::pin!(gone);
    while tokio::time::timeout(LOOK, &mut gone).await.is_err() {
        kill_all();
    }
    sweep().await;
}

/// Whether there was none.
fn kill_all() -> bool {
    let left = processes(Path::new("/proc"), &[Role::Browser.uid(), Role::WaylandFilter.uid()]);
    for pid in &left {
        // A process that has just gone is what we want.
        let _ = kill_process(*pid, Signal::KILL);
    }
    left.is_empty()
}

/// Live processes of these users. A zombie holds no memory and no file; its parent reaps it.
fn processes(proc: &Path, uids: &[u32]) -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir(proc) else { return Vec::new() };
    let pids =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        // `status`, not the owner of the directory: a process that is not dumpable shows root there
        // (proc(5)).
        let status =
            std::fs::read_to_string(proc.join(pid.to_string()).join("status")).unwrap_or_default();
        let field = |name: &str| {
            status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default()
        };
        let alive = !field("State:").trim_start().starts_with(['Z', 'X']);
        alive
            && field("Uid:")
                .split_ascii_whitespace()
                .any(|uid| uid.parse().is_ok_and(|uid| uids.contains(&uid)))
    })
    .filter_map(Pid::from_raw)
    .collect()
}
