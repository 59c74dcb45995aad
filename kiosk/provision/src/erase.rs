//! Takes the token off the card.
//!
//! In place, in two steps: first its letters become spaces, which is what counts; then its line becomes a comment. A cut
//! between the two leaves a blank token, which counts as used and is finished at the next start. No other file is made:
//! FAT cannot replace one in one step, and a copy would leave the old one's clusters behind.
//!
//! What this does not do: flash keeps what was written until its controller wipes the block, so whoever takes the chip off
//! the card may find the token. It opens nothing by then: it is good once and for a day.

use std::fs::OpenOptions;
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

/// `at` is where the token's value stands in `text`, which is what the file holds.
pub fn token(card: &Path, text: &str, at: Range<usize>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(card)?;
    let mut put = |from: usize, bytes: &[u8]| {
        file.seek(SeekFrom::Start(u64::try_from(from).map_err(io::Error::other)?))?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    let value = text.get(at.clone()).unwrap_or_default();
    // Quotes and line ends stay: it is still TOML after the first step.
    let blank: Vec<u8> = value.bytes().map(|byte| if b"\"'\r\n".contains(&byte) { byte } else { b' ' }).collect();
    put(at.start, &blank)?;
    let line = text.get(..at.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let key = text.get(line..at.start).unwrap_or_default();
    // `token = "…"` on a line of its own; in an inline table, or over several lines, the blank value has to do.
    if key.trim_start().starts_with("token") && !value.contains('\n') {
        put(line, b"#")?;
    }
    Ok(())
}
