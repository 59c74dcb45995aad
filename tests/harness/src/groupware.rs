//! Where things are in SOGo's pages, and how to tell that they are there.
//!
//! Duties: points and signs of SOGo 5.8's own layout at the sizes and zooms the demo uses, in this
//! one place. Never: a press.

use crate::screen::{Frame, Region};
use crate::touch::{Keyboard, Point};

/// `Palette.ground` of the shell: the bar above the page.
const BAR: [u8; 3] = [0x0b, 0x2a, 0x5b];
/// From this width on, in CSS pixels, SOGo keeps its folders beside the list.
const WIDE: f64 = 1280.0;

/// SOGo's layout on one screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    width: f64,
    height: f64,
    top: f64,
    zoom: f64,
}

impl Layout {
    /// Of the page in this picture; `None` when there is no bar with a page below.
    #[must_use]
    pub fn of(frame: &Frame, zoom_percent: u16) -> Option<Self> {
        let bar_there = frame.pixel(2, 2) == BAR;
        let top = bar_there
            .then(|| (2..frame.height / 4).find(|y| frame.pixel(2, *y) != BAR))
            .flatten()?;
        let zoom = f64::from(zoom_percent) / 100.0;
        let [width, height, top] =
            [frame.width, frame.height, top].map(|pixels| f64::from(pixels) / zoom);
        Some(Self { width, height, top, zoom })
    }

    fn wide(&self) -> bool {
        self.width >= WIDE
    }

    /// From CSS pixels of the page to pixels of the screen.
    fn at(&self, x: f64, y: f64) -> Point {
        (pixel(x * self.zoom), pixel((y + self.top) * self.zoom))
    }

    fn region(&self, from: (f64, f64), to: (f64, f64)) -> Region {
        let ((x, y), (right, bottom)) = (self.at(from.0, from.1), self.at(to.0, to.1));
        Region { x, y, width: right.saturating_sub(x), height: bottom.saturating_sub(y) }
    }

    /// The rows of the message list.
    #[must_use]
    pub fn list(&self) -> Region {
        let (left, right) = if self.wide() { (320.0, 640.0) } else { (70.0, 240.0) };
        self.region((left, 190.0), (right, self.height - self.top))
    }

    /// The first message of the list.
    #[must_use]
    pub fn first_message(&self) -> Point {
        if self.wide() { self.at(415.0, 220.0) } else { self.at(150.0, 190.0) }
    }

    /// Where an open message, a file or a calendar shows its text.
    #[must_use]
    pub fn reading(&self) -> Region {
        let left = if self.wide() { 660.0 } else { 320.0 };
        self.region((left, 80.0), (self.width - 8.0, self.height - self.top))
    }

    /// "Open" on the first attachment, once a short message has been scrolled to its end.
    #[must_use]
    pub fn open_attachment(&self) -> Point {
        if self.wide() { self.at(773.0, 527.0) } else { self.at(464.0, 371.0) }
    }

    /// "Retour" above a file.
    #[must_use]
    pub fn back(&self) -> Point {
        let (x, y) = (100.0, self.top * self.zoom + 30.0);
        (pixel(x), pixel(y))
    }

    /// The calendar, in the toolbar.
    #[must_use]
    pub fn calendar(&self) -> Point {
        self.at(self.width - 224.0, if self.wide() { 31.0 } else { 24.0 })
    }

    /// The lower of the two small buttons above the one to write, once that one was touched: the
    /// editor in the page.
    #[must_use]
    pub fn compose_here(&self, compose: Point) -> Point {
        (compose.0, compose.1.saturating_sub(pixel(56.0 * self.zoom)))
    }

    /// The editor's upper edge, from side to side.
    #[must_use]
    pub fn editor(&self) -> Region {
        if self.wide() {
            self.region((272.0, 0.0), (1000.0, 60.0))
        } else {
            self.region((60.0, 0.0), (740.0, 42.0))
        }
    }

    /// What the directory proposes for a recipient that has been typed.
    #[must_use]
    pub fn proposal(&self) -> Region {
        if self.wide() {
            self.region((275.0, 146.0), (620.0, 190.0))
        } else {
            self.region((70.0, 96.0), (400.0, 136.0))
        }
    }

    /// The chosen recipients.
    #[must_use]
    pub fn recipients(&self) -> Region {
        if self.wide() {
            self.region((275.0, 108.0), (600.0, 136.0))
        } else {
            self.region((55.0, 52.0), (400.0, 86.0))
        }
    }

    /// The line of the subject.
    #[must_use]
    pub fn subject(&self) -> Region {
        if self.wide() {
            self.region((272.0, 172.0), (900.0, 196.0))
        } else {
            self.region((55.0, 112.0), (600.0, 140.0))
        }
    }

    /// The first lines of the text.
    #[must_use]
    pub fn text(&self) -> Region {
        if self.wide() {
            self.region((272.0, 236.0), (900.0, 330.0))
        } else {
            self.region((55.0, 150.0), (600.0, 205.0))
        }
    }

    /// The paper plane.
    #[must_use]
    pub fn send(&self) -> Point {
        if self.wide() { self.at(891.0, 32.0) } else { self.at(614.0, 22.0) }
    }
}

/// The middle of a region.
#[must_use]
pub fn middle(region: Region) -> Point {
    (region.x + region.width / 2, region.y + region.height / 2)
}

/// How many pixels of the region look so.
#[must_use]
pub fn count(frame: &Frame, region: Region, looks: impl Fn([u8; 3]) -> bool) -> usize {
    frame.cut(region).chunks_exact(4).filter(|bgrx| looks([bgrx[2], bgrx[1], bgrx[0]])).count()
}

/// How many dark pixels, as text has.
#[must_use]
pub fn ink(frame: &Frame, region: Region) -> usize {
    count(frame, region, |pixel| pixel.iter().all(|part| *part < 140))
}

/// The round button that writes a message: the middle of what is green and low in the list.
#[must_use]
pub fn compose(frame: &Frame) -> Option<Point> {
    let green = |at: &Point| {
        let [red, green, blue] = frame.pixel(at.0, at.1);
        green > 150 && red < 110 && blue < 110
    };
    let area = (frame.height * 3 / 4..frame.height)
        .flat_map(|y| (0..frame.width * 11 / 20).map(move |x| (x, y)));
    let hits: Vec<Point> = area.filter(green).collect();
    // "Sent" colours the whole editor.
    let count = u32::try_from(hits.len()).ok().filter(|count| (800..9000).contains(count))?;
    let (x, y) = hits.iter().fold((0, 0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
    Some((x / count, y / count))
}

/// Whether SOGo's toolbar colour, not dimmed, lies along the upper edge of the region (a field may
/// hide a part of it).
#[must_use]
pub fn has_toolbar(frame: &Frame, region: Region) -> bool {
    let edge = Region { y: region.y + 3, height: 1, ..region };
    let toolbar = |[red, green, blue]: [u8; 3]| {
        (74..80).contains(&red) && (125..131).contains(&green) && green == blue
    };
    count(frame, edge, toolbar) > usize::try_from(region.width / 4).unwrap_or(usize::MAX)
}

/// The message list is there, with text in it, and nothing above it.
#[must_use]
pub fn shows_inbox(frame: &Frame, zoom_percent: u16) -> Option<Layout> {
    let page = Layout::of(frame, zoom_percent)?;
    // A narrow list has fewer and shorter rows.
    let least = if page.wide() { 1500 } else { 500 };
    let shown = compose(frame).is_some()
        && Keyboard::seen(frame).is_none()
        && ink(frame, page.list()) > least;
    shown.then_some(page)
}

/// A week with at least this much of the colours events have, in pixels.
#[must_use]
pub fn shows_events(frame: &Frame, region: Region, least: usize) -> Option<()> {
    let coloured = |[red, green, blue]: [u8; 3]| {
        red.max(green).max(blue) > 150 && red.max(green).max(blue) - red.min(green).min(blue) > 40
    };
    (count(frame, region, coloured) > least).then_some(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a point of a screen")]
fn pixel(value: f64) -> u32 {
    value.max(0.0).round() as u32
}
