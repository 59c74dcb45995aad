//! What somebody with root on the terminal could take out of a running session: the cookies in its
//! memory.
//!
//! Duties: look, as an attacker would. Never: a way in that an attacker would not have.

use crate::search::memory;
use std::collections::BTreeSet;

/// Longest cookie that is looked for.
const LONGEST: usize = 4096;

/// Every value the cookie of this name has in the memory of these processes, the longest first. It
/// may be written out in a request that was sent (`name=value`) or stand in the browser's jar by
/// itself; then `begin` is what its values begin with.
#[must_use]
pub fn cookies(pids: &[i32], name: &str, begin: &str) -> Vec<String> {
    let sent = after(pids, &format!("{name}="));
    let kept = after(pids, begin).into_iter().map(|rest| format!("{begin}{rest}"));
    sent.into_iter().chain(kept).collect()
}

/// What follows this text wherever it is in the memory of these processes, the longest first.
#[must_use]
pub fn after(pids: &[i32], needle: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    for pid in pids {
        for mapping in memory::mappings(*pid).into_iter().filter(|mapping| mapping.writable) {
            memory::read(*pid, &mapping, LONGEST, &mut |bytes, _| {
                search(bytes, needle.as_bytes(), &mut found)
            });
        }
    }
    let mut values: Vec<String> = found.into_iter().collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values
}

fn search(bytes: &[u8], needle: &[u8], found: &mut BTreeSet<String>) {
    let mut from = 0;
    while let Some(hit) = bytes[from..].iter().position(|byte| *byte == needle[0]) {
        from += hit + 1;
        if !bytes[from..].starts_with(&needle[1..]) {
            continue;
        }
        from += needle.len() - 1;
        let value: Vec<u8> =
            bytes[from..].iter().copied().take_while(|byte| is_of_cookie(*byte)).collect();
        // Shorter ones are format strings and torn copies.
        if (16..LONGEST).contains(&value.len()) {
            found.insert(String::from_utf8_lossy(&value).into_owned());
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
