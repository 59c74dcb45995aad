//! Pieces of a picture that are like no other: what would be left of a page in a buffer.
//!
//! Duties: choose them. Never: one that any screen could show.

use super::Needles;
use crate::screen::{Frame, Region};
use std::collections::HashMap;

/// Length of a piece, in pixels of one row.
const LENGTH: u32 = 48;
/// Colours a piece must have at least: text with its soft edges, never a line or a button.
const COLOURS: usize = 8;
/// Pixels from one candidate to the next.
const STEP: usize = 16;

/// Adds about `wanted` pieces of this region, spread over it; how many there are.
pub fn add(
    needles: &mut Needles,
    frame: &Frame,
    region: Region,
    name: &str,
    wanted: usize,
) -> usize {
    let mut all: Vec<(u32, u32)> = Vec::new();
    let (right, bottom) =
        ((region.x + region.width).min(frame.width), (region.y + region.height).min(frame.height));
    let mut shades = HashMap::<[u8; 3], u32>::new();
    for y in region.y..bottom {
        for x in region.x..right {
            *shades.entry(frame.pixel(x, y)).or_default() += 1;
        }
        for x in (region.x..right.saturating_sub(LENGTH)).step_by(STEP) {
            let mut colours: Vec<[u8; 3]> = (x..x + LENGTH).map(|x| frame.pixel(x, y)).collect();
            colours.sort_unstable();
            colours.dedup();
            if colours.len() >= COLOURS {
                all.push((x, y));
            }
        }
    }
    let step = all.len().div_ceil(wanted).max(1);
    let chosen: Vec<(u32, u32)> = all.into_iter().step_by(step).collect();
    for (number, (x, y)) in chosen.iter().enumerate() {
        let bytes = frame.cut(Region { x: *x, y: *y, width: LENGTH, height: 1 });
        let rare = (0..LENGTH)
            .min_by_key(|at| shades.get(&frame.pixel(x + at, *y)).copied().unwrap_or_default());
        needles.pixels(&format!("{name} {number}"), &bytes, rare.unwrap_or_default() as usize);
    }
    chosen.len()
}
