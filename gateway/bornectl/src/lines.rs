//! A file of badges to import: which lines count, and what stands in one. Pure, and of the standard
//! library alone, so that a fuzz target can hold it without the rest of this program.

/// One badge, as written.
pub struct Line<'text> {
    /// From 1, as editors count.
    pub number: usize,
    /// Whose.
    pub login: &'text str,
    /// Its number.
    pub uid: &'text str,
    /// Six digits, hopefully.
    pub pin: &'text str,
}

/// Each line that counts; the number of one that is no login, UID and PIN separated by tabs.
pub fn lines(text: &str) -> impl Iterator<Item = Result<Line<'_>, usize>> {
    // Spreadsheets begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let counts = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
    text.lines().enumerate().filter(move |(_, line)| counts(line)).map(|(before, line)| {
        let number = before + 1;
        let mut fields = line.split('\t').map(str::trim);
        match (fields.next(), fields.next(), fields.next(), fields.next()) {
            (Some(login), Some(uid), Some(pin), None) => Ok(Line { number, login, uid, pin }),
            _ => Err(number),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blank_lines_and_a_mark_at_the_start_are_skipped() {
        let text = "\u{feff}# login\tuid\tpin\n\na.b\t04A1B2C3\t 271828 \nno tabs\na\tb\tc\td\n";
        let seen: Vec<_> = lines(text)
            .map(|line| line.map(|line| (line.number, line.login, line.uid, line.pin)))
            .collect();
        assert_eq!(seen, [Ok((3, "a.b", "04A1B2C3", "271828")), Err(4), Err(5)]);
    }
}
