//! The panel for a person who looks: beside the screen in one picture, and in a console.
//!
//! Duties: draw what the header tells. Never: an order to it.

use crate::header::{DOTS, Oled};
use crate::screen::Frame;
use image::{Rgb, RgbImage};
use std::io;
use std::path::Path;

/// Height of the strip below the screen, in pixels, and its margin.
const STRIP: u32 = 160;
const MARGIN: u32 = 16;
const HOUSING: Rgb<u8> = Rgb([52, 56, 62]);

/// What is seen and heard of a panel.
#[derive(Clone, PartialEq, Eq)]
pub struct Look {
    /// The display.
    pub oled: Oled,
    /// Red, green, blue.
    pub light: [bool; 3],
    /// The buzzer.
    pub sounds: bool,
}

/// Saves the screen with the panel below it: display, light, and a bar while the buzzer sounds.
///
/// # Errors
/// The file system's.
pub fn save(frame: &Frame, panel: &Look, path: &Path) -> io::Result<()> {
    let mut picture = RgbImage::from_pixel(frame.width, frame.height + STRIP, HOUSING);
    for y in 0..frame.height {
        for x in 0..frame.width {
            picture.put_pixel(x, y, Rgb(frame.pixel(x, y)));
        }
    }
    let top = frame.height + MARGIN;
    for (at, lit) in (0..).zip(&panel.oled.dots) {
        let (x, y) = (MARGIN + at % DOTS.0 * 2, top + at / DOTS.0 * 2);
        let dot = if *lit { Rgb([225, 240, 255]) } else { Rgb([4, 4, 8]) };
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            picture.put_pixel(x + dx, y + dy, dot);
        }
    }
    let light = Rgb(panel.light.map(|on| if on { 255 } else { 24 }));
    let (middle, radius) = ((MARGIN * 3 + DOTS.0 * 2 + 32, top + DOTS.1), 24_i64);
    for y in -radius..=radius {
        for x in -radius..=radius {
            if x * x + y * y <= radius * radius {
                let at = |of: u32, by: i64| u32::try_from(i64::from(of) + by).unwrap_or_default();
                picture.put_pixel(at(middle.0, x), at(middle.1, y), light);
            }
        }
    }
    if panel.sounds {
        for y in 0..48 {
            (0..8).for_each(|x| {
                picture.put_pixel(middle.0 + 48 + x, middle.1 - 24 + y, Rgb([255; 3]))
            });
        }
    }
    picture.save(path).map_err(io::Error::other)
}

/// For a console: light and sound, then the display in sixteen rows of Braille, two by four dots in
/// a letter (Unicode 2800 to 28FF).
#[must_use]
pub fn console(panel: &Look) -> Vec<String> {
    let name = match panel.light {
        [false, false, false] => "éteinte",
        [true, false, false] => "rouge",
        [false, true, false] => "verte",
        [false, false, true] => "bleue",
        [true, true, false] => "jaune",
        [false, true, true] => "turquoise",
        [true, false, true] => "violette",
        [true, true, true] => "blanche",
    };
    let sound = if panel.sounds { ", bip" } else { "" };
    let mut rows = vec![format!("panneau : lumière {name}{sound}")];
    let (width, height) = (DOTS.0 as usize, DOTS.1 as usize);
    for top in (0..height).step_by(4) {
        let letter = |left: usize| {
            // Dots 1 2 3 7 of the left column, 4 5 6 8 of the right one.
            let bits = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
            let lit = |(x, y): (usize, usize)| panel.oled.dots[(top + y) * width + left + x];
            let bits = (0..).zip(bits).filter(|(_, at)| lit(*at));
            let mask = bits.fold(0, |mask, (bit, _)| mask | 1 << bit);
            char::from_u32(0x2800 + mask).unwrap_or(' ')
        };
        rows.push((0..width).step_by(2).map(letter).collect());
    }
    rows
}
