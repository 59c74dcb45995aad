//! Text that others wrote, made fit for a screen, a log line and XML.
//!
//! Duties: [`clean`] text once, where it comes in. Never: change a visible letter.

use borne_gateway_api::text::unseen;
use unicode_normalization::char::is_combining_mark;

/// Marks on one letter. Living scripts need three at most; more climb over the neighbouring lines.
const MARKS: usize = 4;

/// One line of visible text of at most `longest` characters: every blank and line end is one
/// blank, none at either end; what is [`unseen`] is dropped.
#[must_use]
pub fn clean(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len().min(longest * 4));
    let (mut length, mut marks, mut gap) = (0, 0, false);
    for c in text.chars() {
        if is_blank(c) {
            gap = !out.is_empty();
            continue;
        }
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if unseen(c) || marks > MARKS {
            continue;
        }
        length += 1 + usize::from(gap);
        if length > longest {
            break;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// What separates words or lines: Unicode's blanks, and the control characters that stand for some.
#[must_use]
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_dropped_and_what_separates_is_one_blank() {
        for (raw, seen) in [
            ("Benali\u{b}", "Benali"),
            ("Éli\u{0}a\u{7f}ne", "Éliane"),
            ("a\u{202e}b\u{2066}c\u{200f}", "abc"),
            ("a\u{200b}\u{feff}\u{ad}b", "ab"),
            ("a\r\nb\u{2028}c\u{85}d\te", "a b c d e"),
            (" \u{a0}a\u{3000} \u{200b} b ", "a b"),
            ("a\u{e000}\u{fdd0}\u{ffff}\u{10ffff}\u{e0041}b", "ab"),
            ("a\u{fffd}b", "ab"),
            ("\u{200b}\u{202e}", ""),
            ("Traoré & fils <co>", "Traoré & fils <co>"),
            ("محمد بن علي", "محمد بن علي"),
            ("N\u{303}un\u{303}ez", "N\u{303}un\u{303}ez"),
            ("👩 Zoé", "👩 Zoé"),
        ] {
            assert_eq!(clean(raw, 128), seen, "{raw:?}");
        }
    }

    #[test]
    fn length_and_marks_are_bounded() {
        assert_eq!(clean(&"é".repeat(500), 128).chars().count(), 128);
        assert_eq!(clean("abc d", 4), "abc");
        assert_eq!(clean(&format!("a{}b", "\u{301}".repeat(60)), 128).chars().count(), 2 + MARKS);
    }

    #[test]
    fn what_is_clean_stays_as_it_is_and_is_xml() {
        for raw in (0..=0x10_ffff).filter_map(char::from_u32) {
            let once = clean(&format!("a{raw}b"), 9);
            assert_eq!(clean(&once, 9), once);
            // XML 1.0, production 2.
            assert!(once.chars().all(|c| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}')));
        }
    }
}
