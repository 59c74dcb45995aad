//! Characters that nobody can see, for whoever takes text in and whoever shows it.

/// Whether this is no visible character: controls, private use, non-characters, and Unicode's
/// "default ignorable" ones, among them those that turn the direction of the text after them (UAX
/// 9, UAX 44).
#[must_use]
pub fn unseen(c: char) -> bool {
    let non_character = u32::from(c) & 0xfffe == 0xfffe;
    non_character
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffd}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}')
}
