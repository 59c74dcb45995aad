//! Listings as JSON, for scripts: one array, one object per line, under the names of
//! `borne_gateway_api::admin`. What nobody can see is escaped, so that the text can be printed too.

use borne_gateway_api::text::unseen;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};
use std::io;

/// Lays a listing out.
pub fn lay_out<L: Serialize>(lines: &[L]) -> Result<String, serde_json::Error> {
    let mut out = String::from("[");
    for (number, line) in lines.iter().enumerate() {
        out.push_str(if number == 0 { "\n" } else { ",\n" });
        let mut bytes = Vec::new();
        line.serialize(&mut Serializer::with_formatter(&mut bytes, Plain(CompactFormatter)))?;
        out.push_str(&String::from_utf8_lossy(&bytes));
    }
    out.push_str(if lines.is_empty() { "]\n" } else { "\n]\n" });
    Ok(out)
}

struct Plain(CompactFormatter);

impl Formatter for Plain {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for c in fragment.chars() {
            if unseen(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                self.0.write_string_fragment(writer, c.encode_utf8(&mut [0; 4]))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_nobody_can_see_is_escaped_and_comes_back() {
        let texts = ["a\u{202e}b", "\u{9b}\u{7f}\u{1b}\n\"\\", "\u{e0041}é👩"];
        let json = super::lay_out(&texts).unwrap_or_default();
        assert!(json.is_ascii() || json.contains("é👩"), "{json}");
        assert!(json.contains("\\u202e") && json.contains("\\udb40\\udc41"), "{json}");
        let back: Vec<String> = serde_json::from_str(&json).unwrap_or_default();
        assert_eq!(back, texts);
        assert_eq!(super::lay_out::<&str>(&[]).ok().as_deref(), Some("[]\n"));
    }
}
