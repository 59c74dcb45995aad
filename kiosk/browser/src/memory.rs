//! The memory of a session. WebKit looks at a web process's own limit only between two tasks of the
//! page: a script that never pauses passes it unseen. So the whole cage is measured from here, and
//! its largest process ended.
//!
//! Never: a way for the page to be spared; a process outside the cage (its own /proc shows none).

use gtk::glib::{self, ControlFlow};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::time::Duration;

/// What all processes of the cage may hold, shared pages counted in each. A session with a message
/// and its PDF holds about 550 of these; one web process is ended by WebKit itself at 700
/// (`engine`).
const MOST_MIB: u64 = 1400;
/// A script fills some hundred MiB in this time.
const INTERVAL: Duration = Duration::from_millis(200);

/// Watches from now on; the end of a web process is the end of the session.
pub fn watch() {
    glib::timeout_add_local(INTERVAL, || {
        let held = processes();
        let sum: u64 = held.iter().map(|(_, mib)| mib).sum();
        if sum > MOST_MIB
            && let Some((largest, mib)) = held.into_iter().max_by_key(|(_, mib)| *mib)
        {
            tracing::warn!(
                sum,
                mib,
                "the session takes too much memory; its largest process is ended"
            );
            let _gone_already = kill_process(largest, Signal::KILL);
        }
        ControlFlow::Continue
    });
}

/// Every process of the cage with its resident memory in MiB.
fn processes() -> Vec<(Pid, u64)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    pids.filter_map(|pid| Some((pid, resident(pid)?))).collect()
}

/// proc(5), status: `VmRSS` in KiB. A process that has just ended has none.
fn resident(pid: Pid) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}
