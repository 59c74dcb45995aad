//! Text that others wrote, made fit for the operator's terminal.
//!
//! Duties: whatever a terminal would obey or hide is written as its number. Never: drop it in
//! silence; it may be what the operator is looking for.

use borne_gateway_api::text::unseen;
use std::fmt::Write as _;

/// One line: controls, line ends, and characters that nobody can see or that turn the direction of
/// the text become `\u{…}`.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if unseen(c) {
            let _never_fails = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Sentences of our own that may quote others: the same, line by line.
pub fn text(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|part| match part.strip_suffix('\n') {
            Some(part) => line(part) + "\n",
            None => line(part),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_as_its_number() {
        for (raw, shown) in [
            ("Éliane d’Angelo", "Éliane d’Angelo"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\u{202e}b\u{2066}c", "a\\u{202e}b\\u{2066}c"),
            ("a\r\nb\tc", "a\\u{d}\\u{a}b\\u{9}c"),
            ("a\u{9b}31m\u{7f}", "a\\u{9b}31m\\u{7f}"),
            ("a\u{200b}\u{e0041}", "a\\u{200b}\\u{e0041}"),
        ] {
            assert_eq!(line(raw), shown);
        }
        assert_eq!(text("one\ntwo\u{7}\n"), "one\ntwo\\u{7}\n");
    }
}
