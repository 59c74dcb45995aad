//! Where things are in SOGo's page, on a screen at least 1280 pixels wide (below that SOGo folds its columns).
//!
//! Duties: points and signs of SOGo 5.8's own layout, in this one place. Never: a press.

use crate::screen::Frame;
use crate::touch::Point;

/// `Palette.ground` of the shell: the bar above the page.
const BAR: [u8; 3] = [0x0b, 0x2a, 0x5b];

/// How many rows of the screen the shell's bar takes; `None` when there is no bar with a page below.
#[must_use]
pub fn page_top(frame: &Frame) -> Option<u32> {
    (frame.pixel(2, 2) == BAR).then(|| (2..frame.height / 4).find(|y| frame.pixel(2, *y) != BAR)).flatten()
}

/// The first message of the list.
#[must_use]
pub fn first_message(top: u32) -> Point {
    (415, top + 220)
}

/// "Open" on the first attachment of a short message.
#[must_use]
pub fn open_attachment(top: u32) -> Point {
    (773, top + 528)
}

/// The calendar, in the toolbar.
#[must_use]
pub fn calendar(width: u32, top: u32) -> Point {
    (width - 224, top + 31)
}

/// The round button that writes a message: the middle of what is green and low in the middle column.
#[must_use]
pub fn compose(frame: &Frame) -> Option<Point> {
    let green = |at: &Point| {
        let [red, green, blue] = frame.pixel(at.0, at.1);
        green > 150 && red < 110 && blue < 110
    };
    let area = (frame.height * 3 / 4..frame.height).flat_map(|y| (256..frame.width / 2 + 100).map(move |x| (x, y)));
    let hits: Vec<Point> = area.filter(green).collect();
    let count = u32::try_from(hits.len()).ok().filter(|count| *count > 800)?;
    let (x, y) = hits.iter().fold((0, 0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
    Some((x / count, y / count))
}

/// How many dark pixels, as text has, lie between two corners of the page.
#[must_use]
pub fn ink(frame: &Frame, from: Point, to: Point) -> usize {
    let dark = |at: &Point| frame.pixel(at.0, at.1).iter().all(|part| *part < 140);
    (from.1..to.1).flat_map(|y| (from.0..to.0).map(move |x| (x, y))).filter(dark).count()
}

/// The message list is there, with text in it.
#[must_use]
pub fn shows_inbox(frame: &Frame) -> Option<u32> {
    let top = page_top(frame)?;
    (compose(frame).is_some() && ink(frame, (320, top + 190), (640, top + 460)) > 1500).then_some(top)
}
