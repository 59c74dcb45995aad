//! From the card to the data partition, and the token off the card.
//!
//! The token is blanked where it lies, letter by letter: no other file is made, since FAT cannot
//! replace one in one step and a copy would leave the old one's clusters behind. A blank token
//! counts as used, so a cut in the middle is harmless: what is left of it opens nothing, and
//! whoever joins has the whole one on the data partition already.
//!
//! What this does not do: flash keeps what was written until its controller wipes the block, so
//! whoever takes the chip off the card may find the token. It opens nothing by then: it is good
//! once and for a day.

use crate::write::Place;
use crate::{Exit, names, render, write};
use borne_config::provision::{Here, MAX_FILE, Provision};
use borne_slot::{Card, SlotError};
use std::ops::Range;
use std::path::Path;

const FILE: &str = "borne.toml";
/// Where the town's authority is, as `terminal.toml` names it: the image leads from there to
/// `/data/config`.
const CA_FILE: &str = "/etc/borne/ca.pem";

/// Reads the file, keeps what it says, blanks the token. What it hands back is to be told, though
/// the terminal can serve as it is.
///
/// # Errors
/// The first thing that is wrong; nothing was kept then, or what was kept so far is kept again at
/// the next start.
pub fn take(card: &Path, place: &Place) -> Result<Option<Exit>, Exit> {
    let (card, bytes) = match read(card) {
        Ok((card, Some(bytes))) => (card, bytes),
        Ok((card, None)) => return without_file(&card, place),
        // What a terminal needs is on the data partition; a damaged first partition does not end
        // its service.
        Err(error) if place.is_set_up() => {
            tracing::error!("the card cannot be read, the terminal keeps what it has: {error}");
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let text = text(bytes)?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    let provision =
        Provision::parse(&text, Here { ca_file: CA_FILE, now, has_zone: &write::has_zone })?;
    write::keep(place, &render::files(&provision))?;
    write::keep_zone(place, &provision.zone)?;
    let Some(token) = &provision.token else { return Ok(None) };
    write::token(place, token)?;
    // Only now: whatever is cut before this begins again from the card.
    for part in letters(&text, token, provision.token_at) {
        card.blank(FILE, part)?;
    }
    tracing::info!("borne.toml is applied; the terminal joins by its token");
    Ok(None)
}

/// A terminal that was set up needs no file, and serves on. One that lies there under another name
/// was meant to change something, so IT is told.
fn without_file(card: &Card, place: &Place) -> Result<Option<Exit>, Exit> {
    match (names::near(&card.names().unwrap_or_default()), place.is_set_up()) {
        (Some(name), true) => Ok(Some(Exit::Name(name.clone()))),
        (Some(name), false) => Err(Exit::Name(name.clone())),
        (None, true) => Ok(None),
        (None, false) => Err(Exit::Missing),
    }
}

/// UTF-8, or the line in which it is something else. Notepad's "Unicode" has a zero in every other
/// byte, which UTF-8 does not forbid.
fn text(bytes: Vec<u8>) -> Result<String, Exit> {
    if bytes.len() > MAX_FILE {
        return Err(Exit::TooLarge);
    }
    if bytes.contains(&0) {
        return Err(Exit::Encoding(1));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        Exit::Encoding(u32::try_from(line).unwrap_or(0))
    })
}

fn read(card: &Path) -> Result<(Card, Option<Vec<u8>>), SlotError> {
    let card = Card::open(card)?;
    let bytes = card.read(FILE)?;
    Ok((card, bytes))
}

/// Where letters of the token stand: in its value, however that is written, and wherever else it
/// was copied to. Quotes and ends of lines stay, so that the file is still one.
fn letters(text: &str, token: &str, at: Option<Range<usize>>) -> Vec<Range<usize>> {
    let copies = text.match_indices(token).map(|(at, found)| at..at + found.len());
    let mut parts: Vec<_> = copies.collect();
    if let Some(at) = at {
        let mut start = at.start;
        for piece in text.get(at).unwrap_or_default().split_inclusive(['"', '\'', '\r', '\n']) {
            let kept = piece.len() - piece.trim_end_matches(['"', '\'', '\r', '\n']).len();
            parts.push(start..start + piece.len() - kept);
            start += piece.len();
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_a_token_is_found_however_it_is_written() {
        for value in [
            "\"q7Yk2_once\"",
            "'q7Yk2_once'",
            "\"\\u0071\\u0037Yk2_once\"",
            "\"\"\"\nq7Yk2_once\"\"\"",
        ] {
            let text = format!("# q7Yk2_once\n[gateway]\ntoken = {value} # é\n");
            let from = text.find(value).unwrap_or_default();
            let mut bytes = text.clone().into_bytes();
            for part in letters(&text, "q7Yk2_once", Some(from..from + value.len())) {
                bytes[part].fill(b' ');
            }
            let left = String::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}"));
            assert!(
                !left.contains("Yk2") && !left.contains("once") && !left.contains("\\u"),
                "{left}"
            );
            assert!(
                left.contains("token = ") && left.ends_with("# é\n") && left.len() == text.len(),
                "{left}"
            );
        }
    }
}
