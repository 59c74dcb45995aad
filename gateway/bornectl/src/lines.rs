//! A file of badges to import: which lines count, and what stands in one. Pure, and of the standard
//! library alone, so that a fuzz target can hold it without the rest of this program.

use std::borrow::Cow;

/// One badge, as written.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'text> {
    /// From 1, as editors count.
    pub number: usize,
    pub login: Cow<'text, str>,
    /// Its number.
    pub uid: &'text str,
    /// Six digits, hopefully.
    pub pin: &'text str,
}

/// A line that counts.
#[derive(Debug, PartialEq, Eq)]
pub enum Row<'text> {
    /// A badge.
    Badge(Line<'text>),
    /// The first line, naming the columns.
    Heading(usize),
}

/// A line that cannot be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// From 1.
    pub number: usize,
    /// What is wrong with it, and how to save it better.
    pub why: &'static str,
}

const FIELDS: &str = "not login, UID and PIN; separate them by tabs, semicolons or commas";
const ROUNDED: &str =
    "the spreadsheet has made a number of the UID; format that column as text and fill it in again";
const SHORT: &str =
    "a PIN is six digits; if it began with 0, format that column as text and fill it in again";

/// Each line that counts. Blank lines and those that begin with `#` do not, nor Excel's `sep=;`.
pub fn lines(text: &str) -> impl Iterator<Item = Result<Row<'_>, BadLine>> {
    let mut first = true;
    ended(text).enumerate().filter(|(_, line)| counts(line)).map(move |(before, line)| {
        let number = before + 1;
        let bad = |why| BadLine { number, why };
        let [login, uid, pin] = fields(line).ok_or_else(|| bad(FIELDS))?;
        let [Cow::Borrowed(uid), Cow::Borrowed(pin)] = [uid, pin] else { return Err(bad(FIELDS)) };
        let digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
        if std::mem::take(&mut first) && !digits(uid) && !digits(pin) {
            return Ok(Row::Heading(number));
        }
        if uid.contains(['+', ',']) || uid.contains('.') {
            return Err(bad(ROUNDED));
        }
        if pin.len() < 6 && !pin.is_empty() && pin.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad(SHORT));
        }
        Ok(Row::Badge(Line { number, login, uid, pin }))
    })
}

/// Lines that end in LF, CRLF, or (an old Macintosh's) CR alone.
fn ended(text: &str) -> impl Iterator<Item = &str> {
    let end = if text.contains('\n') { '\n' } else { '\r' };
    text.split_terminator(end).map(|line| line.strip_suffix('\r').unwrap_or(line))
}

fn counts(line: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '"');
    !line.chars().all(blank) && !line.starts_with('#') && !line.starts_with("sep=")
}

/// Three fields, by the first separator that makes three; a spreadsheet may add empty ones behind.
fn fields(line: &str) -> Option<[Cow<'_, str>; 3]> {
    ['\t', ';', ','].into_iter().find_map(|separator| {
        let mut fields = split(line, separator)?;
        while fields.len() > 3 && fields.last().is_some_and(|field| field.is_empty()) {
            fields.pop();
        }
        <[_; 3]>::try_from(fields).ok()
    })
}

/// Fields, quoted as RFC 4180 has it or not; `None` when the quotes do not close.
fn split(line: &str, separator: char) -> Option<Vec<Cow<'_, str>>> {
    let (mut fields, mut rest) = (Vec::new(), line);
    loop {
        let field = rest.trim_start_matches(|c: char| c.is_whitespace() && c != separator);
        let (field, after) = match field.strip_prefix('"') {
            Some(quoted) => {
                let end = closing(quoted)?;
                let (inner, after) = (quoted.get(..end)?.trim(), quoted.get(end + 1..)?);
                let (beside, after) = cut(after, separator);
                if !beside.trim().is_empty() {
                    return None;
                }
                let doubled = inner.contains("\"\"");
                let inner = if doubled { inner.replace("\"\"", "\"").into() } else { inner.into() };
                (inner, after)
            }
            None => {
                let (field, after) = cut(field, separator);
                (Cow::Borrowed(field.trim()), after)
            }
        };
        fields.push(field);
        match after {
            Some(more) => rest = more,
            None => return Some(fields),
        }
    }
}

fn cut(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(field, after)| (field, Some(after)))
}

/// Where the quote stands that closes.
fn closing(quoted: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + quoted.get(from..)?.find('"')?;
        if !quoted.get(at + 1..)?.starts_with('"') {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<Result<(usize, String, String, String), usize>> {
        let badge = |row| match row {
            Row::Badge(Line { number, login, uid, pin }) => {
                Ok((number, login.into_owned(), uid.to_owned(), pin.to_owned()))
            }
            Row::Heading(number) => Err(number),
        };
        lines(text).map(|line| line.map_err(|bad| bad.number).and_then(badge)).collect()
    }

    fn badge(
        number: usize,
        login: &str,
        uid: &str,
        pin: &str,
    ) -> Result<(usize, String, String, String), usize> {
        Ok((number, login.to_owned(), uid.to_owned(), pin.to_owned()))
    }

    #[test]
    fn comments_and_blank_lines_are_skipped() {
        let text = "# login\tuid\tpin\n\na.b\t04A1B2C3\t 604817 \nno tabs\na\tb\tc\td\n;;;\n\t\t\n";
        assert_eq!(seen(text), [badge(3, "a.b", "04A1B2C3", "604817"), Err(4), Err(5)]);
    }

    #[test]
    fn every_separator_quote_and_line_end_of_a_spreadsheet_is_read() {
        let one = || badge(1, "a.b", "5B90C2E7", "604817");
        for text in [
            "a.b;5B90C2E7;604817\r\n",
            "a.b,5B90C2E7,604817",
            "a.b\t5B90C2E7\t604817\r",
            "\"a.b\";\"5B90C2E7\";\"604817\"",
            "a.b;5B90C2E7;604817;;;;\r\n",
            " \"a.b\" , \"5B90C2E7\" , 604817 ,,\n",
            "a.b\u{a0};\u{a0}5B90C2E7;604817\n",
        ] {
            assert_eq!(seen(text), [one()], "{text:?}");
        }
        assert_eq!(
            seen("sep=;\r\na.b;5B90C2E7;604817")[..],
            [badge(2, "a.b", "5B90C2E7", "604817")]
        );
        let two = "a;5B90C2E7;604817\rb;5B90C2E8;604817\r";
        assert_eq!(seen(two).len(), 2);
        assert_eq!(
            seen("\"a;\"\"b\"\"\";5B90C2E7;604817"),
            [badge(1, "a;\"b\"", "5B90C2E7", "604817")]
        );
        assert_eq!(seen("a,b;5B90C2E7;604817"), [badge(1, "a,b", "5B90C2E7", "604817")]);
    }

    #[test]
    fn a_heading_is_told_from_a_badge() {
        let text = "Identifiant;Badge;Code PIN\na.b;5B90C2E7;604817\nx;y;z\n";
        assert_eq!(
            seen(text),
            [Err(1), badge(2, "a.b", "5B90C2E7", "604817"), badge(3, "x", "y", "z")]
        );
        assert_eq!(lines(text).next(), Some(Ok(Row::Heading(1))));
    }

    #[test]
    fn what_a_spreadsheet_has_spoilt_is_said() {
        let why = |text| lines(text).next().and_then(|line| line.err()).map(|bad| bad.why);
        assert_eq!(why("a.b;4,60958E+12;604817"), Some(ROUNDED));
        assert_eq!(why("a.b;4.60958E+12;604817"), Some(ROUNDED));
        assert_eq!(why("a.b;5B90C2E7;4817"), Some(SHORT));
        assert_eq!(why("\"a.b;5B90C2E7;604817"), Some(FIELDS));
        assert_eq!(why("\"a.b\"x;5B90C2E7;604817"), Some(FIELDS));
        assert_eq!(why("a.b;5B90C2E7"), Some(FIELDS));
    }
}
