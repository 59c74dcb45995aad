//! Memory as the kernel counts it: proportional set size, where a shared page counts for its share
//! (proc(5), `smaps_rollup`).

use borne_harness::processes;
use std::fs;

/// MB of all processes of these users.
pub fn of_users(uids: &[u32]) -> f64 {
    let pids: Vec<i32> = uids.iter().flat_map(|uid| processes::of_user(*uid)).collect();
    of(&pids)
}

/// MB of these processes.
pub fn of(pids: &[i32]) -> f64 {
    let kib: u64 = pids.iter().filter_map(|pid| pss(*pid)).sum();
    #[expect(clippy::cast_precision_loss, reason = "kibibytes of one machine")]
    let kib = kib as f64;
    kib * 1024.0 / 1e6
}

fn pss(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("Pss:"))?.split_whitespace().next()?.parse().ok()
}

/// Clock ticks all processes of a user have used.
pub fn ticks(uid: u32) -> u64 {
    let used = |pid: i32| -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // utime and stime are the 12th and 13th field after the name in brackets.
        let mut fields = stat.rsplit_once(") ")?.1.split_whitespace().skip(11);
        Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
    };
    processes::of_user(uid).into_iter().filter_map(used).sum()
}
