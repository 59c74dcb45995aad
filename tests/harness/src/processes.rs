//! Processes of the machine, by their numbers in /proc.

use std::collections::BTreeSet;
use std::fs;

/// `kill -9`; nothing happens when it is gone already.
///
/// # Panics
/// When `pid` is not a pid.
pub fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).expect("a pid");
    let _gone_already = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

/// Whether it runs; a zombie does not.
#[must_use]
pub fn alive(pid: i32) -> bool {
    // proc(5): the state follows the name, which is in brackets and may hold anything.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Every process of this user that runs.
#[must_use]
pub fn of_user(uid: u32) -> Vec<i32> {
    all().into_iter().filter(|pid| owner(*pid) == Some(uid)).collect()
}

/// Every process that runs.
#[must_use]
pub fn all() -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| alive(*pid)).collect()
}

/// Its name, of which the kernel keeps 15 bytes.
#[must_use]
pub fn name(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}

/// Its parent.
#[must_use]
pub fn parent(pid: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// The user it runs as.
#[must_use]
pub fn owner(pid: i32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    // The directory itself belongs to root when the process may not be dumped; the status tells the
    // truth.
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The time it has worked so far, in hundredths of a second (`utime` and `stime` of proc(5)); 0
/// when it is gone.
#[must_use]
pub fn ticks(pid: i32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// The inodes of the files of this name that it has mapped (`maps` of proc(5)); none when it is
/// gone.
#[must_use]
pub fn mapped(pid: i32, name: &str) -> BTreeSet<u64> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let inode = |line: &str| line.split_whitespace().nth(4)?.parse().ok();
    maps.lines().filter(|line| line.contains(name)).filter_map(inode).collect()
}

/// Processes that stand still until this is dropped.
#[must_use = "they go on when this is dropped"]
pub struct Paused(Vec<i32>);

/// Stops them where they are (SIGSTOP), as an overloaded machine does.
pub fn pause(pids: Vec<i32>) -> Paused {
    signal(&pids, rustix::process::Signal::STOP);
    Paused(pids)
}

impl Drop for Paused {
    fn drop(&mut self) {
        signal(&self.0, rustix::process::Signal::CONT);
    }
}

fn signal(pids: &[i32], signal: rustix::process::Signal) {
    for pid in pids.iter().filter_map(|pid| rustix::process::Pid::from_raw(*pid)) {
        let _gone_already = rustix::process::kill_process(pid, signal);
    }
}
