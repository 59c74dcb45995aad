//! The proof that nothing of a session runs any more: no process of the browser's or the
//! wayland-filter's user.
//!
//! Everything the agent touched lived in the sandbox's namespaces: with the last process the kernel
//! frees the tmpfs, the memory and the sockets. Never: believe a signal; look again until nothing
//! is left; take for nothing what could not be seen.

use borne_ipc::Role;
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the init's groups of processes are, and those of the units that it starts for a session
/// (systemd gives the instances of one template a slice of their own).
const CGROUPS: &str = "/sys/fs/cgroup/system.slice";
const SLICES: [&str; 2] =
    ["system-kiosk\\x2dcage.slice", "system-kiosk\\x2dwayland\\x2dfilter.slice"];

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(3);

/// Kills every process of the two users until there is none. It takes as long as it takes: the
/// machine has the deadline.
pub async fn sweep() {
    let mut told = false;
    loop {
        match kill_all() {
            Ok(true) => return,
            Err(error) if !told => {
                told = true;
                tracing::error!("the wipe cannot be proved: {error}");
            }
            Ok(false) | Err(_) => {}
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The same until this has come about, and once more after it.
pub async fn sweep_until(gone: impl Future<Output = ()>) {
    let mut gone = std::pin::pin!(gone);
    while tokio::time::timeout(LOOK, &mut gone).await.is_err() {
        let _looked_at_again_below = kill_all();
    }
    sweep().await;
}

/// Whether there was none. What cannot be looked at proves nothing: it is looked at again, and the
/// machine's deadline takes the terminal out of service.
fn kill_all() -> Result<bool, BlindError> {
    let left = processes(Path::new("/proc"), &[Role::Browser.uid(), Role::WaylandFilter.uid()])?;
    for pid in &left {
        // A process that has just gone is what we want.
        let _ = kill_process(*pid, Signal::KILL);
    }
    let slices = SLICES.iter().map(|slice| Path::new(CGROUPS).join(slice));
    let populated = slices.map(|slice| is_populated(&slice)).collect::<Result<Vec<_>, _>>()?;
    Ok(left.is_empty() && !populated.contains(&true))
}

/// It could not be seen whether anything is left.
#[derive(Debug, thiserror::Error)]
enum BlindError {
    #[error("{}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} does not show our own process and another user's: it hides some", .0.display())]
    Hidden(PathBuf),
}

impl BlindError {
    fn of(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Unreadable { path: path.to_owned(), source }
    }
}

/// Live processes of these users. A zombie holds no memory and no file; its parent reaps it. A
/// `/proc` that shows only some processes (proc(5), `hidepid`) is none to prove anything by.
fn processes(proc: &Path, uids: &[u32]) -> Result<Vec<Pid>, BlindError> {
    let own = std::process::id().to_string();
    let (mut found, mut ours, mut foreign) = (Vec::new(), None, false);
    for entry in std::fs::read_dir(proc).map_err(BlindError::of(proc))? {
        let name = entry.map_err(BlindError::of(proc))?.file_name();
        let Some((name, pid)) = name.to_str().and_then(|name| Some((name, name.parse().ok()?)))
        else {
            continue;
        };
        let Some(process) = Process::read(&proc.join(name).join("status"))? else { continue };
        if name == own {
            ours = Some(process.uids.clone());
        } else {
            foreign |= !process.uids.contains(&rustix::process::getuid().as_raw());
        }
        if process.alive && process.uids.iter().any(|uid| uids.contains(uid)) {
            found.extend(Pid::from_raw(pid));
        }
    }
    if ours.is_none() || !foreign {
        return Err(BlindError::Hidden(proc.to_owned()));
    }
    Ok(found)
}

/// What `/proc/PID/status` says.
struct Process {
    alive: bool,
    /// Real, effective, saved and that of the file system.
    uids: Vec<u32>,
}

impl Process {
    /// `None` when it has gone. `status`, not the owner of the directory: a process that is not
    /// dumpable shows root there (proc(5)).
    fn read(status: &Path) -> Result<Option<Self>, BlindError> {
        let text = match std::fs::read_to_string(status) {
            Ok(text) => text,
            Err(error) if is_gone(&error) => return Ok(None),
            Err(error) => return Err(BlindError::of(status)(error)),
        };
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let uids: Vec<u32> = field("Uid:").split_ascii_whitespace().flat_map(str::parse).collect();
        if uids.len() != 4 {
            return Err(BlindError::of(status)(std::io::ErrorKind::InvalidData.into()));
        }
        let alive = !field("State:").trim_start().starts_with(['Z', 'X']);
        Ok(Some(Self { alive, uids }))
    }
}

/// ESRCH: it went between open and read.
fn is_gone(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
        || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

/// The second witness, where there is one: what the init has started for a session, also what has
/// not taken its user yet (`cgroup.events`, Linux's cgroup-v2 documentation).
fn is_populated(slice: &Path) -> Result<bool, BlindError> {
    let events = slice.join("cgroup.events");
    match std::fs::read_to_string(&events) {
        Ok(text) => Ok(!text.lines().any(|line| line == "populated 0")),
        Err(error) if is_gone(&error) => Ok(false),
        Err(error) => Err(BlindError::of(&events)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `/proc` with these processes, each by number, letter of its state and user.
    fn proc(name: &str, processes: &[(u32, char, u32)]) -> PathBuf {
        let proc = std::env::temp_dir().join(format!("borne-wipe-{}-{name}", std::process::id()));
        let _none_there = std::fs::remove_dir_all(&proc);
        std::fs::create_dir_all(proc.join("self")).unwrap();
        for (pid, state, uid) in processes {
            let text = format!("Name:\tx\nState:\t{state} (x)\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n");
            std::fs::create_dir_all(proc.join(pid.to_string())).unwrap();
            std::fs::write(proc.join(pid.to_string()).join("status"), text).unwrap();
        }
        proc
    }

    #[test]
    fn live_processes_of_the_sessions_users_are_left_and_zombies_are_not() {
        let us = (std::process::id(), 'R', rustix::process::getuid().as_raw());
        let proc = proc(
            "whole",
            &[us, (900_001, 'S', 4_000_001), (900_002, 'S', 61_000), (900_003, 'Z', 61_000)],
        );
        let left = processes(&proc, &[61_000]).unwrap();
        assert_eq!(left, [Pid::from_raw(900_002).unwrap()]);
        std::fs::remove_dir_all(proc).unwrap();
    }

    #[test]
    fn a_proc_that_cannot_be_seen_whole_proves_nothing() {
        let us = (std::process::id(), 'R', rustix::process::getuid().as_raw());
        assert!(processes(Path::new("/no/proc"), &[61_000]).is_err());
        for (name, shown) in
            [("empty", vec![]), ("own", vec![us]), ("others", vec![(900_001, 'S', 4_000_001)])]
        {
            let proc = proc(name, &shown);
            assert!(processes(&proc, &[61_000]).is_err(), "{name}");
            std::fs::remove_dir_all(proc).unwrap();
        }
        let proc = proc("garbled", &[us, (900_001, 'S', 4_000_001)]);
        std::fs::write(proc.join("900001/status"), "Name:\tx\n").unwrap();
        assert!(processes(&proc, &[61_000]).is_err(), "a process without a user");
        std::fs::remove_dir_all(proc).unwrap();
    }

    #[test]
    fn processes_that_come_and_go_meanwhile_do_not_blind_it() {
        for _ in 0..50 {
            let mut child = std::process::Command::new("true").spawn().unwrap();
            // Hidden: where all there is runs as root, as this test does, nobody else is seen.
            let seen = processes(Path::new("/proc"), &[61_000]);
            assert!(matches!(seen, Ok(_) | Err(BlindError::Hidden(_))), "{seen:?}");
            child.wait().unwrap();
        }
    }

    #[test]
    fn a_populated_slice_is_not_empty_and_a_missing_one_is_no_witness() {
        let slice = proc("slice", &[]);
        assert!(is_populated(&slice.join("none")).is_ok_and(|populated| !populated));
        for (text, populated) in
            [("populated 1\nfrozen 0\n", true), ("populated 0\nfrozen 0\n", false), ("", true)]
        {
            std::fs::write(slice.join("cgroup.events"), text).unwrap();
            assert_eq!(is_populated(&slice).unwrap(), populated, "{text:?}");
        }
        std::fs::remove_dir_all(slice).unwrap();
    }
}
