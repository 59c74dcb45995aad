//! Searching a dump of the guest's RAM: every page, used, cached or freed.
//!
//! Duties: count texts in the spellings a browser keeps them in, and pieces of a picture as the
//! compositor holds them. Never: keep a dump; the caller removes it, since it holds what it was
//! searched for.

use crate::screen::Frame;
use memchr::memmem;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes searched at once: so few that they are still in the processor's cache for the last of the
/// needles.
const PIECE: usize = 1 << 20;
/// Pixels of one segment of a picture.
const SEGMENT: u32 = 48;

/// Something to look for: a name that may be printed, and its bytes in each spelling.
#[derive(Clone, Debug)]
pub struct Needle {
    /// For the report.
    pub name: String,
    spellings: Vec<Vec<u8>>,
}

impl Needle {
    /// A text, as UTF-8 and as UTF-16LE.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        Self { name: name.to_owned(), spellings: vec![text.as_bytes().to_vec(), wide] }
    }

    /// Segments of a picture, each with many colours, spread over it: as rows of blue, green, red
    /// and a fourth byte that is 0 or 255.
    #[must_use]
    pub fn segments(frame: &Frame, wanted: usize) -> Vec<Self> {
        let mut found: Vec<(usize, u32, u32)> = Vec::new();
        for y in (0..frame.height).step_by(3) {
            for x in (0..frame.width.saturating_sub(SEGMENT)).step_by(SEGMENT as usize) {
                let colours: std::collections::BTreeSet<_> =
                    (x..x + SEGMENT).map(|x| frame.pixel(x, y)).collect();
                found.push((colours.len(), x, y));
            }
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.2.cmp(&b.2)));
        // The most colourful of each band, so that they do not all lie in one line of text.
        let mut taken: Vec<(u32, u32)> = Vec::new();
        for (colours, x, y) in found {
            if colours >= 12
                && taken.len() < wanted
                && taken.iter().all(|(_, other)| other.abs_diff(y) > 6)
            {
                taken.push((x, y));
            }
        }
        taken.into_iter().map(|(x, y)| Self::segment(frame, x, y)).collect()
    }

    fn segment(frame: &Frame, x: u32, y: u32) -> Self {
        let row = |last: u8| {
            (x..x + SEGMENT)
                .flat_map(|x| {
                    let [red, green, blue] = frame.pixel(x, y);
                    [blue, green, red, last]
                })
                .collect()
        };
        Self { name: format!("pixels at {x},{y}"), spellings: vec![row(0), row(255)] }
    }
}

/// How often each needle is in the file.
///
/// # Errors
/// The file's.
pub fn count(file: &Path, needles: &[Needle]) -> io::Result<BTreeMap<String, usize>> {
    let longest =
        needles.iter().flat_map(|needle| &needle.spellings).map(Vec::len).max().unwrap_or(1);
    let finders: Vec<Vec<_>> = needles
        .iter()
        .map(|needle| {
            needle.spellings.iter().map(|bytes| (memmem::Finder::new(bytes), bytes.len())).collect()
        })
        .collect();
    let mut counts: BTreeMap<String, usize> =
        needles.iter().map(|needle| (needle.name.clone(), 0)).collect();
    let mut file = File::open(file)?;
    let mut buffer = vec![0; PIECE + longest];
    let mut kept = 0;
    loop {
        let mut filled = kept;
        while filled < buffer.len() {
            match file.read(&mut buffer[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        let end = filled < buffer.len();
        for (needle, finders) in needles.iter().zip(&finders) {
            for (finder, length) in finders {
                // What reaches into the kept end is counted with the next piece.
                let whole = if end { filled } else { filled - longest + length };
                let hits = finder.find_iter(&buffer[..whole.min(filled)]).count();
                *counts.entry(needle.name.clone()).or_default() += hits;
            }
        }
        if end {
            return Ok(counts);
        }
        // The next piece begins so that nothing is found twice: each needle that began before it
        // was whole in this one.
        buffer.copy_within(filled - longest + 1..filled, 0);
        kept = longest - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_once_in_each_spelling_wherever_it_lies() {
        let file = std::env::temp_dir().join(format!("borne-memory-{}", std::process::id()));
        let needle = Needle::text("canary", "héron-2047");
        // Over the seam of two pieces, and at both ends.
        let mut bytes = vec![7; PIECE + 4096];
        for (at, spelling) in
            [(0, 0), (PIECE - 3, 1), (PIECE + 4096 - needle.spellings[0].len(), 0)]
        {
            bytes[at..at + needle.spellings[spelling].len()]
                .copy_from_slice(&needle.spellings[spelling]);
        }
        std::fs::write(&file, bytes).unwrap();
        let counts = count(&file, &[needle, Needle::text("other", "absent")]).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(counts["canary"], 3);
        assert_eq!(counts["other"], 0);
    }
}
