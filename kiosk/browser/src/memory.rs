//! The memory of a session. WebKit looks at a web process's own limit only between two tasks of the
//! page: a script that never pauses passes it unseen. So the whole cage is measured from here, and
//! its largest process ended.
//!
//! Never: a way for the page to be spared; a process outside the cage (its own /proc shows none).

use gtk::glib::{self, ControlFlow};
use rustix::process::{Pid, Signal, kill_process};
use std::cell::Cell;
use std::fs;
use std::rc::Rc;
use std::time::Duration;

/// What all processes of the cage may hold that is nobody else's. A session with a message and its
/// PDF holds about 300 of these; one web process is ended by WebKit itself at 500 (`engine`), and
/// all of them by the kernel at 690 on a board with 1 GB.
const MOST_MIB: u64 = 600;
/// A script fills some hundred MiB in this time.
const INTERVAL: Duration = Duration::from_millis(200);

/// Watches from now on. What is handed back is true once a process was ended.
pub fn watch() -> Rc<Cell<bool>> {
    let ended = Rc::new(Cell::new(false));
    let tell = Rc::clone(&ended);
    glib::timeout_add_local(INTERVAL, move || {
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
            tell.set(true);
            let _gone_already = kill_process(largest, Signal::KILL);
        }
        ControlFlow::Continue
    });
    ended
}

/// Every process of the cage with the memory that is its own, in MiB.
fn processes() -> Vec<(Pid, u64)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    pids.filter_map(|pid| Some((pid, own(pid)?))).collect()
}

/// proc(5), status: `RssAnon` and `RssShmem` in KiB; files (libraries, fonts) can be read again. A
/// process that has just ended has none.
fn own(pid: Pid) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?;
    let kib = |name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some((kib("RssAnon:")? + kib("RssShmem:")?) / 1024)
}
