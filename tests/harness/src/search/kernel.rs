//! What the kernel keeps for a user beside processes and files: System V objects, POSIX queues,
//! keys.
//!
//! Duties: name what there is of this project's users. Never: read it; that there is any is the
//! fault.

use super::USERS;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// Every object of one of this project's users, as the kernel lists it.
#[must_use]
pub fn objects() -> Vec<String> {
    let mut found = Vec::new();
    for list in ["shm", "msg", "sem"] {
        let text = fs::read_to_string(format!("/proc/sysvipc/{list}")).unwrap_or_default();
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
        let owners: Vec<usize> =
            (0..names.len()).filter(|at| matches!(names[*at], "uid" | "cuid")).collect();
        let is_ours = |line: &&str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            owners.iter().any(|at| {
                words
                    .get(*at)
                    .and_then(|word| word.parse().ok())
                    .is_some_and(|uid| USERS.contains(&uid))
            })
        };
        found.extend(lines.filter(is_ours).map(|line| format!("System V {list}: {line}")));
    }
    for entry in fs::read_dir("/dev/mqueue").into_iter().flatten().flatten() {
        if entry.metadata().is_ok_and(|data| USERS.contains(&data.uid())) {
            found.push(format!("message queue {}", entry.path().display()));
        }
    }
    found.extend(keys());
    found
}

/// Users with keys of their own, by /proc/key-users (keyrings(7)): "uid: usage keys/instantiated
/// quota…".
fn keys() -> Vec<String> {
    let text = fs::read_to_string("/proc/key-users").unwrap_or_default();
    let is_ours = |line: &&str| {
        let (uid, rest) = line.split_once(':').unwrap_or_default();
        let keys = rest
            .split_whitespace()
            .nth(1)
            .and_then(|keys| keys.split('/').next()?.parse::<u32>().ok());
        uid.trim().parse().is_ok_and(|uid: u32| USERS.contains(&uid))
            && keys.is_some_and(|keys| keys > 0)
    };
    text.lines().filter(is_ours).map(|line| format!("keys of user {line}")).collect()
}
