//! A picture of 128 by 64 dots: up to two rows of French in bold letters, two of English below, and
//! a bar. Pure: for any `DrawTarget`.

use crate::table::Look;
use embedded_graphics::Drawable;
use embedded_graphics::mono_font::iso_8859_15::{
    FONT_6X10, FONT_6X13_BOLD, FONT_7X13_BOLD, FONT_9X15_BOLD, FONT_10X20,
};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Point, Primitive, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};

/// In a row of the smallest letters.
pub const LETTERS: usize = 21;
/// For the first language, and how many of their letters are in a row.
const BOLD: [(MonoFont<'static>, usize); 4] =
    [(FONT_10X20, 12), (FONT_9X15_BOLD, 14), (FONT_7X13_BOLD, 18), (FONT_6X13_BOLD, LETTERS)];
/// Rows of dots by which the text moves down, so that no dot is lit for ever.
const STEP: i32 = 3;
/// Between the two languages.
const GAP: i32 = 2;
/// Height of the bar.
const BAR: i32 = 2;
const WIDTH: u32 = 128;
const HEIGHT: i32 = 64;

/// The letter that is drawn for this one. The fonts have ISO 8859-15, with é, œ and €; the curved
/// apostrophe, the ellipsis and narrow spaces have a plain form.
fn letter(letter: char) -> char {
    match letter {
        '’' | '‘' => '\'',
        '\u{202f}' | '\u{a0}' => ' ',
        '–' | '—' | '−' => '-',
        other => other,
    }
}

/// Whether the fonts have a picture of this letter.
#[cfg(test)]
pub fn is_drawn(letter: char) -> bool {
    let has = |font: &MonoFont<'_>| {
        letter == '?' || font.glyph_mapping.index(letter) != font.glyph_mapping.index('?')
    };
    BOLD.iter().all(|(font, _)| has(font)) && has(&FONT_6X10)
}

/// The text in rows of so many letters at most, parted at line breaks and spaces.
pub fn rows(text: &str, letters: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for line in text.replace('…', "...").lines() {
        let mut begun = false;
        for word in line.split(' ') {
            let word: String = word.chars().map(letter).collect();
            match rows.last_mut().filter(|_| begun) {
                Some(row) if row.chars().count() + 1 + word.chars().count() <= letters => {
                    row.push(' ');
                    row.push_str(&word);
                }
                _ => rows.push(word),
            }
            begun = true;
        }
    }
    rows
}

/// In the largest letters of which two rows hold it.
fn bold(text: &str) -> (Vec<String>, &'static MonoFont<'static>) {
    let fits = |(rows, letters): &(Vec<String>, usize)| {
        rows.len() <= 2 && rows.iter().all(|row| row.chars().count() <= *letters)
    };
    let sizes = BOLD.iter().map(|(font, letters)| (font, (rows(text, *letters), *letters)));
    let fitting = sizes.clone().find(|(_, rows)| fits(rows));
    let last = || (&BOLD[BOLD.len() - 1].0, (rows(text, LETTERS), LETTERS));
    let (font, (rows, _)) = fitting.unwrap_or_else(last);
    (rows, font)
}

/// Draws it all, moved down by `moved` steps.
///
/// # Errors
/// The target's.
pub fn picture<D: DrawTarget<Color = BinaryColor>>(
    on: &mut D,
    look: &Look,
    moved: u8,
) -> Result<(), D::Error> {
    on.clear(BinaryColor::Off)?;
    let (french, font) = bold(look.french);
    let english = rows(look.english, LETTERS);
    let free = HEIGHT - BAR - height(&french, font) - height(&english, &FONT_6X10) - GAP;
    let step = i32::from(moved) * STEP % (free.max(0) + 1);
    let below = block(on, &french, font, step)?;
    block(on, &english, &FONT_6X10, below + GAP)?;
    if let Some(percent) = look.percent {
        let wide = WIDTH * u32::from(percent.min(100)) / 100;
        Rectangle::new(Point::new(0, HEIGHT - BAR), Size::new(wide, BAR.cast_unsigned()))
            .into_styled(PrimitiveStyle::with_fill(BinaryColor::On))
            .draw(on)?;
    }
    Ok(())
}

fn height(rows: &[String], font: &MonoFont<'_>) -> i32 {
    rows.iter().map(|_| font.character_size.height.cast_signed()).sum()
}

/// Draws the rows from this height on; the height below them.
fn block<D: DrawTarget<Color = BinaryColor>>(
    on: &mut D,
    rows: &[String],
    font: &MonoFont<'_>,
    top: i32,
) -> Result<i32, D::Error> {
    let style = MonoTextStyle::new(font, BinaryColor::On);
    let middle =
        TextStyleBuilder::new().alignment(Alignment::Center).baseline(Baseline::Top).build();
    let mut at = Point::new(WIDTH.cast_signed() / 2, top);
    for row in rows {
        Text::with_text_style(row, at, style, middle).draw(on)?;
        at.y += font.character_size.height.cast_signed();
    }
    Ok(at.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_french_is_drawn_or_replaced_on_purpose() {
        let french = "éàâçèêëîïôùûüÿæœ ÉÀÂÇÈÊËÎÏÔÙÛÜŸÆŒ « » € ’ ‘ … – — \u{a0} \u{202f} ° ²";
        let drawn: String = rows(french, LETTERS).concat();
        assert!(drawn.contains("œ") && drawn.contains('€') && drawn.contains("..."), "{drawn}");
        for letter in drawn.chars() {
            assert!(is_drawn(letter), "{letter:?}");
        }
        assert!(!is_drawn('’') && !is_drawn('…') && !is_drawn('ł'));
    }

    #[test]
    fn words_are_parted_at_line_breaks_and_spaces() {
        assert_eq!(rows("a b c", 3), ["a b", "c"]);
        assert_eq!(
            rows(
                "a
b c", 9
            ),
            ["a", "b c"]
        );
    }

    #[test]
    fn few_letters_are_large() {
        assert_eq!(bold("Code bon").1.character_size.width, 10);
        assert_eq!(
            bold(
                "Hors service :
borne.toml à corriger"
            )
            .1
            .character_size
            .width,
            6
        );
    }
}
