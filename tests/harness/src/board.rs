//! The memory a small board gives a session: a control group round the browser's processes, as
//! `MemoryMax=75%` makes one of a board with 1 GB.
//!
//! Duties: limit, measure. Never: a quiet skip where the machine has no such groups.

use crate::processes;
use borne_ipc::Role;
use std::fs;
use std::path::PathBuf;

/// MiB for all processes of the cage: three quarters of what Linux finds on a board with 1 GB.
pub const CAGE_MIB: u64 = 690;

/// The group; gone when this is dropped.
pub struct Board(PathBuf);

impl Board {
    /// Puts every process of the browser's user, and all they start, under the limit. What they
    /// hold already is not counted (cgroup-v1/memory.rst, "Move charges").
    ///
    /// # Panics
    /// When the machine has no control group for memory (version 1 or 2).
    #[must_use]
    pub fn around_the_session() -> Self {
        let first = PathBuf::from("/sys/fs/cgroup/memory");
        let old = first.is_dir();
        let parent = if old { first } else { PathBuf::from("/sys/fs/cgroup") };
        let group = parent.join(format!("borne-board-{}", std::process::id()));
        fs::create_dir_all(&group).expect("make a control group for memory");
        let limit = if old { "memory.limit_in_bytes" } else { "memory.max" };
        fs::write(group.join(limit), (CAGE_MIB << 20).to_string()).expect("limit its memory");
        for pid in processes::of_user(Role::Browser.uid()) {
            fs::write(group.join("cgroup.procs"), pid.to_string()).expect("move the browser there");
        }
        Self(group)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // Not before its last process is gone.
        let _in_use = fs::remove_dir(&self.0);
    }
}

/// MiB that the session's processes hold and that are no files (proc(5), status).
#[must_use]
pub fn session_mib() -> u64 {
    let kib = |status: &str, name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let own = |pid: i32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        ["RssAnon:", "RssShmem:"].into_iter().filter_map(|name| kib(&status, name)).sum::<u64>()
    };
    processes::of_user(Role::Browser.uid()).into_iter().map(own).sum::<u64>() / 1024
}
