//! Where to put the finger: the shell's PIN pad, keyboard and buttons on a screen of any size.
//!
//! Duties: the geometry of `ui/`, in this one place; the keys are read from `ui/layouts.slint`
//! itself. Never: a press.

use crate::agents::repository;
use crate::screen::Frame;

/// `Palette.key-ground`: what the keyboard's keys lie on.
const KEY_GROUND: [u8; 3] = [0xdf, 0xe6, 0xf2];
/// `Palette.accent`: the Logout button, a message's OK button, the dots of the PIN.
const ACCENT: [u8; 3] = [0xff, 0xc8, 0x45];

/// `Palette.raised`: the keys of the PIN pad.
const RAISED: [u8; 3] = [0x16, 0x3c, 0x78];

/// A point of the screen, in pixels.
pub type Point = (u32, u32);

/// The middle of a digit's key on the PIN pad (`ui/screens/pin.slint`).
#[must_use]
pub fn pin_key(size: (u32, u32), digit: char) -> Point {
    let (width, height) = (f64::from(size.0), f64::from(size.1));
    let scale = (width / 1280.0).min(height / 800.0);
    let margin = (56.0 * scale).max(20.0);
    let gap = (14.0 * scale).max(8.0);
    let pad_height = (height - 2.0 * margin * 0.6).min(width * 0.5);
    let key_height = (pad_height - 5.0 * gap) / 4.0;
    let key_width = (key_height * 1.25).min((width * 0.46 - 4.0 * gap) / 3.0);
    let pad_width = 3.0 * key_width + 4.0 * gap;
    let number = digit.to_digit(10).unwrap_or_default();
    let (column, row) = if number == 0 { (1, 3) } else { ((number - 1) % 3, (number - 1) / 3) };
    let left = width - margin - pad_width + gap + f64::from(column) * (key_width + gap);
    let top = (height - pad_height) / 2.0 + gap + f64::from(row) * (key_height + gap);
    (pixel(left + key_width / 2.0), pixel(top + key_height / 2.0))
}

/// Whether the idle screen is there: the white badge of its picture covers more than a fiftieth of
/// it; no other screen of the shell has as much.
#[must_use]
pub fn shows_invitation(frame: &Frame) -> Option<()> {
    let columns = |y| (0..frame.width).step_by(4).map(move |x| (x, y));
    let points = (0..frame.height).step_by(4).flat_map(columns);
    let white = points.filter(|(x, y)| frame.pixel(*x, *y) == [255; 3]).count();
    (white * 16 * 50 > (frame.width * frame.height) as usize).then_some(())
}

/// Whether the PIN pad is there: each of its keys has its colour (`Palette.raised`) near its edge.
#[must_use]
pub fn shows_pin_pad(frame: &Frame) -> Option<()> {
    let size = (frame.width, frame.height);
    let lit = |digit| {
        let (x, y) = pin_key(size, digit);
        // Left of the digit's own strokes, well within the key.
        frame.pixel(x - (frame.height / 24).max(22), y) == RAISED
    };
    "0123456789".chars().all(lit).then_some(())
}

/// The middle of the Logout button, if the bar is there: the accent-coloured end of the topmost
/// rows.
#[must_use]
pub fn logout(frame: &Frame) -> Option<Point> {
    let lit = |y: &u32| (0..frame.width).filter(|x| frame.pixel(*x, *y) == ACCENT).count() > 40;
    let top = (2..80).find(lit)?;
    // A notice below the bar has a button of that colour too.
    let bottom = (top..frame.height).find(|y| !lit(y))?;
    middle_of_accent(frame, top..bottom)
}

/// The middle of the button on a notice below the bar, if one is there.
#[must_use]
pub fn notice(frame: &Frame) -> Option<Point> {
    let bar = logout(frame)?.1 * 2;
    middle_of_accent(frame, bar..bar * 2)
}

/// The middle of the one accent-coloured button in these rows.
#[must_use]
pub fn middle_of_accent(frame: &Frame, rows: std::ops::Range<u32>) -> Option<Point> {
    let hits: Vec<Point> = rows
        .flat_map(|y| (0..frame.width).map(move |x| (x, y)))
        .filter(|at| frame.pixel(at.0, at.1) == ACCENT)
        .collect();
    let left = hits.iter().map(|at| at.0).min()?;
    let right = hits.iter().map(|at| at.0).max()?;
    let (top, bottom) = (hits.first()?.1, hits.last()?.1);
    Some((left.midpoint(right), top.midpoint(bottom)))
}

/// The on-screen keyboard as it stands in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyboard {
    top: u32,
    width: u32,
    height: u32,
}

/// A page of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// What appears first.
    Letters,
    /// After `?123`.
    Symbols,
}

impl Keyboard {
    /// Finds it: it reaches from side to side and to the lower edge.
    #[must_use]
    pub fn seen(frame: &Frame) -> Option<Self> {
        let ground =
            |y: &u32| [1, frame.width - 2].iter().all(|x| frame.pixel(*x, *y) == KEY_GROUND);
        let height = u32::try_from((0..frame.height).rev().take_while(ground).count()).ok()?;
        (height > 100).then_some(Self { top: frame.height - height, width: frame.width, height })
    }

    /// The topmost row of pixels.
    #[must_use]
    pub fn top(&self) -> u32 {
        self.top
    }

    /// Where to press, one after the other, for this letter; empty when the keyboard has no key for
    /// it.
    #[must_use]
    pub fn presses(&self, letter: char) -> Vec<Point> {
        let wanted = match letter {
            ' ' => "space".to_owned(),
            '\n' => "enter".to_owned(),
            other => other.to_lowercase().to_string(),
        };
        if let Some(at) = self.key(Page::Letters, &wanted) {
            let shift = letter.is_uppercase().then(|| self.key(Page::Letters, "shift")).flatten();
            return shift.into_iter().chain([at]).collect();
        }
        let there = self.key(Page::Letters, "symbols");
        let back = self.key(Page::Symbols, "letters");
        match (there, self.key(Page::Symbols, &wanted), back) {
            (Some(there), Some(at), Some(back)) => vec![there, at, back],
            _ => Vec::new(),
        }
    }

    /// The middle of a key, by its text or its kind (`shift`, `erase`, `enter`, `space`, `hide`…);
    /// `ui/keyboard.slint`.
    #[must_use]
    pub fn key(&self, page: Page, name: &str) -> Option<Point> {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let gap = (height * 0.016).max(4.0);
        let unit = (width - 13.0 * gap) / 12.0;
        let key_height = (height - 5.0 * gap) / 4.0;
        for (row, keys) in (0_u32..).zip(rows(page)) {
            let mut left = gap;
            for (text, kind, span) in keys {
                let key_width = unit * span + gap * (span - 1.0);
                if text == name || (kind == name && kind != "text") {
                    let top = gap + f64::from(row) * (key_height + gap);
                    return Some((
                        pixel(left + key_width / 2.0),
                        self.top + pixel(top + key_height / 2.0),
                    ));
                }
                left += key_width + gap;
            }
        }
        None
    }
}

type Key = (String, String, f64);

/// The rows of a page, from `ui/layouts.slint`: text, kind and span of each key.
fn rows(page: Page) -> Vec<Vec<Key>> {
    let path = repository().join("ui/layouts.slint");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
    let name = match page {
        Page::Letters => "> letters: [",
        Page::Symbols => "> symbols: [",
    };
    let table = text
        .split_once(name)
        .map_or("", |(_, rest)| rest.split_once("\n    ];").map_or("", |(table, _)| table));
    let rows: Vec<Vec<Key>> =
        table.split("],\n        [").map(|row| row.lines().filter_map(key).collect()).collect();
    assert_eq!(rows.len(), 4, "ui/layouts.slint: the {page:?} are no longer four rows");
    rows
}

fn key(line: &str) -> Option<Key> {
    let (_, rest) = line.split_once("text: \"")?;
    let (text, rest) = rest.split_once("\", kind: KeyKind.")?;
    let (kind, rest) = rest.split_once(", span: ")?;
    let (span, _) = rest.split_once(',')?;
    Some((text.to_owned(), kind.to_owned(), span.parse().ok()?))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a point of a screen")]
fn pixel(value: f64) -> u32 {
    value.max(0.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_keyboard_is_as_wide_as_the_screen() {
        for page in [Page::Letters, Page::Symbols] {
            for row in rows(page) {
                let span: f64 = row.iter().map(|key| key.2).sum();
                assert!((span - 12.0).abs() < 0.01, "{page:?}: {row:?}");
            }
        }
    }

    #[test]
    fn french_can_be_typed() {
        let keyboard = Keyboard { top: 500, width: 1280, height: 300 };
        for letter in "Bonjour Éliane, ça va à l'école ? 12 €".chars() {
            assert!(!keyboard.presses(letter).is_empty(), "{letter:?}");
        }
        assert_eq!(keyboard.presses('E').len(), 2);
        assert_eq!(keyboard.presses('?').len(), 3);
    }
}
