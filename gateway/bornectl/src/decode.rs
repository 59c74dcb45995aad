//! The bytes of a file to import, as spreadsheets write them, to text. Of the standard library
//! alone, so that a fuzz target can hold it.
//!
//! UTF-8, UTF-16 ("Unicode text") and Windows-1252 are read. Never: a guess between two letters; a
//! wrong one would register a badge for another login.

/// Why bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// A workbook itself.
    Workbook,
    /// In this line, from 1: bytes that mean one letter on one system and another one elsewhere.
    Line(usize),
}

impl std::fmt::Display for Undecodable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Workbook => f.write_str("this is a workbook, not text")?,
            Self::Line(number) => write!(f, "line {number}: its letters cannot be told for sure")?,
        }
        f.write_str(
            "; save it as “CSV UTF-8” (Excel: Save As; LibreOffice: character set Unicode (UTF-8))",
        )
    }
}

/// Decodes all of it, without its byte order mark.
pub fn decode(bytes: &[u8]) -> Result<String, Undecodable> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(Undecodable::Workbook);
    }
    let text = match *bytes {
        [0xff, 0xfe, ref rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, ref rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        // Without a mark: the first letter is one of ASCII's.
        [first, 0, ..] if first != 0 => utf16(bytes, u16::from_le_bytes)?,
        [0, second, ..] if second != 0 => utf16(bytes, u16::from_be_bytes)?,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
            Err(_) => windows_1252(bytes)?,
        },
    };
    match text.split_once('\0') {
        Some((before, _)) => Err(Undecodable::Line(line(before))),
        None => Ok(text),
    }
}

/// The line that this much of a text ends in.
fn line(before: &str) -> usize {
    let ends = before.matches('\n').count();
    1 + if ends > 0 { ends } else { before.matches('\r').count() }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Undecodable> {
    // As long as it can get, so that no half-filled copy of a secret is left behind.
    let mut text = String::with_capacity(bytes.len() * 2);
    let (pairs, rest) = bytes.as_chunks::<2>();
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(c.map_err(|_| Undecodable::Line(line(&text)))?);
    }
    if rest.is_empty() { Ok(text) } else { Err(Undecodable::Line(line(&text))) }
}

/// Windows-1252, and Latin-1 with it. Of 80 to 9F only ’ and œ: there older systems have the
/// accents.
fn windows_1252(bytes: &[u8]) -> Result<String, Undecodable> {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        text.push(match byte {
            0x92 => '’',
            0x9c => 'œ',
            0x80..=0x9f => return Err(Undecodable::Line(line(&text))),
            byte => char::from(*byte),
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "zoë\t04A1B2C3\t604817\r\njean.d’angelo\tx\ty\r\n";

    #[test]
    fn what_spreadsheets_write_is_read() {
        let units = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            TEXT.encode_utf16().flat_map(order).collect()
        };
        let (little, big) = (units(u16::to_le_bytes), units(u16::to_be_bytes));
        let ansi: Vec<u8> = TEXT
            .chars()
            .map(|c| if c == '’' { 0x92 } else { u8::try_from(u32::from(c)).unwrap() })
            .collect();
        for bytes in [
            TEXT.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", TEXT.as_bytes()].concat(),
            [b"\xff\xfe", &little[..]].concat(),
            [b"\xfe\xff", &big[..]].concat(),
            little.clone(),
            big.clone(),
            ansi,
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(TEXT), "{}", bytes.escape_ascii());
        }
        assert_eq!(decode(b"").as_deref(), Ok(""));
    }

    #[test]
    fn what_cannot_be_told_is_said_with_its_line() {
        for (bytes, why) in [
            (&b"PK\x03\x04rest"[..], Undecodable::Workbook),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", Undecodable::Workbook),
            // é of MS-DOS and of a Macintosh.
            (b"a\tb\tc\r\nzo\x82\tb\tc\r\n", Undecodable::Line(2)),
            (b"a\tb\tc\rzo\x8e\tb\tc\r", Undecodable::Line(2)),
            (b"\xff\xfea\0\n\0\0\xd8", Undecodable::Line(2)),
            (b"\xff\xfea\0b", Undecodable::Line(1)),
            (b"ab\n\ncd\0", Undecodable::Line(3)),
        ] {
            assert_eq!(decode(bytes), Err(why), "{}", bytes.escape_ascii());
        }
    }
}
