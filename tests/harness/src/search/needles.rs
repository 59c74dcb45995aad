//! What is looked for: texts in every spelling a browser gives them, and rows of pixels; all of
//! them in one pass.
//!
//! Duties: the spellings, and a scan at the speed of memory. Never: a place to look in.

use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Bits of the sieve: what the first four bytes of a place are hashed to.
const SIEVE_BITS: u32 = 16;

/// One thing in one spelling.
#[derive(Clone, Debug)]
struct Needle {
    /// Which of the things this is a spelling of.
    thing: usize,
    spelling: &'static str,
    bytes: Vec<u8>,
    /// Every fourth byte is padding and may be anything (XRGB8888).
    padded: bool,
    /// Where in `bytes` the four bytes are by which it is recognised.
    anchor: usize,
}

/// A place that holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Number of the thing, in the order in which they were added.
    pub thing: usize,
    /// How it was spelt.
    pub spelling: &'static str,
    /// Offset of its first byte.
    pub at: usize,
    /// Its length.
    pub length: usize,
}

/// A set of things to look for.
#[derive(Clone, Default)]
pub struct Needles {
    names: Vec<String>,
    needles: Vec<Needle>,
    sieve: Vec<u64>,
    anchored: HashMap<u32, Vec<usize>>,
}

impl Needles {
    /// Adds a text in all its spellings: UTF-8, Latin-1 and UTF-16 (as engines keep strings),
    /// base64 wherever it begins in the three bytes, percent-encoding, JSON escapes.
    pub fn text(&mut self, name: &str, text: &str) {
        let thing = self.thing(name);
        for (spelling, bytes) in spellings(text) {
            self.add(Needle { thing, spelling, bytes, padded: false, anchor: 0 });
        }
    }

    /// Adds bytes as they are.
    pub fn bytes(&mut self, name: &str, spelling: &'static str, bytes: &[u8]) {
        let thing = self.thing(name);
        self.add(Needle { thing, spelling, bytes: bytes.to_vec(), padded: false, anchor: 0 });
    }

    /// Adds a run of pixels, four bytes each (blue, green, red, anything), also with red and blue
    /// exchanged. `rare` is the pixel of the run by which it is recognised.
    pub fn pixels(&mut self, name: &str, bgrx: &[u8], rare: usize) {
        let thing = self.thing(name);
        let swapped: Vec<u8> =
            bgrx.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0], p[3]]).collect();
        for (spelling, row) in [("BGRX", bgrx), ("RGBX", swapped.as_slice())] {
            for padding in [0x00, 0xff] {
                let mut bytes = row.to_vec();
                bytes.iter_mut().skip(3).step_by(4).for_each(|byte| *byte = padding);
                self.add(Needle { thing, spelling, bytes, padded: true, anchor: rare * 4 });
            }
        }
    }

    /// Name of a thing.
    #[must_use]
    pub fn name(&self, thing: usize) -> &str {
        &self.names[thing]
    }

    /// How many things there are.
    #[must_use]
    pub fn things(&self) -> usize {
        self.names.len()
    }

    /// Length of the longest spelling.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.needles.iter().map(|needle| needle.bytes.len()).max().unwrap_or_default()
    }

    /// Calls `found` for everything in `bytes`.
    pub fn scan(&self, bytes: &[u8], mut found: impl FnMut(Found)) {
        if self.sieve.is_empty() {
            return;
        }
        for (at, four) in bytes.windows(4).enumerate() {
            let word = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
            let (row, bit) = place(word);
            if self.sieve[row] & bit != 0
                && let Some(candidates) = self.anchored.get(&word)
            {
                self.judge(bytes, at, candidates, &mut found);
            }
        }
    }

    fn judge(&self, bytes: &[u8], at: usize, candidates: &[usize], found: &mut impl FnMut(Found)) {
        for needle in candidates.iter().map(|index| &self.needles[*index]) {
            let Some(start) = at.checked_sub(needle.anchor) else { continue };
            let Some(there) = bytes.get(start..start + needle.bytes.len()) else { continue };
            let same = if needle.padded {
                let pixels = there.chunks_exact(4).zip(needle.bytes.chunks_exact(4));
                pixels.into_iter().all(|(a, b)| a[..3] == b[..3])
            } else {
                there == needle.bytes
            };
            if same {
                let (thing, spelling, length) = (needle.thing, needle.spelling, needle.bytes.len());
                found(Found { thing, spelling, at: start, length });
            }
        }
    }

    fn thing(&mut self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    fn add(&mut self, needle: Needle) {
        let known = |other: &Needle| other.thing == needle.thing && other.bytes == needle.bytes;
        if self.needles.iter().any(known) {
            return;
        }
        let four = needle
            .bytes
            .get(needle.anchor..needle.anchor + 4)
            .expect("four bytes to recognise it by");
        let word = u32::from_le_bytes(four.try_into().expect("four bytes"));
        self.sieve.resize(1 << (SIEVE_BITS - 6), 0);
        let (row, bit) = place(word);
        self.sieve[row] |= bit;
        self.anchored.entry(word).or_default().push(self.needles.len());
        self.needles.push(needle);
    }
}

/// Where a word is in the sieve.
const fn place(word: u32) -> (usize, u64) {
    let hash = word.wrapping_mul(0x9e37_79b1) >> (32 - SIEVE_BITS);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

fn spellings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-16LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("percent-encoding", percent(text, |byte| byte.is_ascii_alphanumeric()).into_bytes()),
        (
            "percent-encoding",
            percent(text, |byte| byte.is_ascii_alphanumeric()).to_lowercase().into_bytes(),
        ),
        ("JSON", json(text).into_bytes()),
    ];
    if text.chars().all(|letter| u32::from(letter) < 256) {
        all.push((
            "Latin-1",
            text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect(),
        ));
    }
    for before in 0..3 {
        all.extend(
            [STANDARD, URL_SAFE]
                .map(|engine| ("base64", base64_inner(&engine, text, before).into_bytes())),
        );
    }
    // Of a short text base64 leaves too little to know it by.
    all.retain(|(_, bytes)| bytes.len() >= 4);
    all
}

/// The letters of the base64 of anything that has `before` bytes (modulo three) before this text,
/// which depend on nothing but the text (RFC 4648, section 4).
fn base64_inner(engine: &impl base64::Engine, text: &str, before: usize) -> String {
    let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(text.bytes()).collect();
    let whole = engine.encode(&bytes);
    let begin = (before * 8).div_ceil(6);
    whole.get(begin..bytes.len() * 8 / 6).unwrap_or_default().to_owned()
}

fn percent(text: &str, plain: impl Fn(u8) -> bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("write to a string");
        }
        out
    })
}

fn json(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        match u8::try_from(unit).ok().filter(u8::is_ascii) {
            Some(byte) => out.push(char::from(byte)),
            None => write!(out, "\\u{unit:04x}").expect("write to a string"),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    fn found(needles: &Needles, bytes: &[u8]) -> Vec<(usize, &'static str)> {
        let mut all = Vec::new();
        needles.scan(bytes, |found| all.push((found.thing, found.spelling)));
        all
    }

    #[test]
    fn every_spelling_of_a_text_is_found_wherever_it_begins() {
        let mut needles = Needles::default();
        needles.text("t", "Qz7éxKw2");
        for (spelling, text) in [
            ("UTF-8", "a Qz7éxKw2 b".as_bytes().to_vec()),
            ("UTF-16LE", "aQz7éxKw2".encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("Latin-1", b"Qz7\xe9xKw2".to_vec()),
            ("percent-encoding", b"?q=Qz7%C3%A9xKw2".to_vec()),
            ("percent-encoding", b"?q=qz7%c3%a9xkw2".to_vec()),
            ("JSON", br#"{"a":"Qz7\u00e9xKw2"}"#.to_vec()),
        ] {
            assert_eq!(found(&needles, &text), [(0, spelling)], "{spelling}");
        }
        for before in 0..3 {
            let text = STANDARD.encode(format!("{}Qz7éxKw2 and more", "x".repeat(before)));
            assert_eq!(found(&needles, text.as_bytes()), [(0, "base64")], "{before} before");
        }
        assert!(found(&needles, b"Qz7exKw2 Qz7%C3 Qz7").is_empty());
    }

    #[test]
    fn pixels_are_found_whatever_their_padding_and_order() {
        let row: Vec<u8> = (0..48u8).flat_map(|n| [n, 200 - n, n / 2, 0xff]).collect();
        let mut needles = Needles::default();
        needles.pixels("row", &row, 20);
        let mut other = row.clone();
        other.iter_mut().skip(3).step_by(8).for_each(|byte| *byte = 0);
        let swapped: Vec<u8> = row.chunks(4).flat_map(|p| [p[2], p[1], p[0], 0]).collect();
        for bytes in [&row, &other, &swapped] {
            assert!(!found(&needles, &[&[1, 2, 3], bytes.as_slice()].concat()).is_empty());
        }
        other[100] ^= 1;
        assert!(found(&needles, &other).is_empty());
    }
}
