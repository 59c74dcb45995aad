//! Login names, as directories have them.

use crate::text::is_blank;
use borne_gateway_api::text::unseen;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Longest login, in characters.
const LONGEST: usize = 128;

/// A login name of the directory: visible characters, and single blanks inside. Two that a directory
/// takes for one are equal (caseIgnoreMatch, RFC 4518): case, the way an accent is composed and the
/// number of blanks do not count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Login(String);

/// Why a text is no login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLogin {
    /// Nothing, or too much.
    #[error("a login has 1 to 128 characters")]
    Length,
    /// A blank at an end.
    #[error("a login begins and ends with a letter, digit or sign, not with a blank")]
    Blank,
    /// What nobody can see, or a blank that is not the usual one.
    #[error("this login holds a character that cannot be seen (was it pasted?): type it by hand")]
    Unseen,
    /// `DOMAIN\login`, or a path.
    #[error("a login has neither \\ nor /: write it without its domain")]
    Slash,
}

impl Login {
    /// Reads a login name.
    ///
    /// # Errors
    /// See [`BadLogin`].
    pub fn read(text: &str) -> Result<Self, BadLogin> {
        let odd = |c: char| unseen(c) || (is_blank(c) && c != ' ');
        if text.chars().any(odd) || text.starts_with(is_combining_mark) {
            return Err(BadLogin::Unseen);
        }
        if text.starts_with(' ') || text.ends_with(' ') {
            return Err(BadLogin::Blank);
        }
        if text.contains(['/', '\\']) {
            return Err(BadLogin::Slash);
        }
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        let plain: String = words.join(" ").nfc().flat_map(char::to_lowercase).nfc().collect();
        let fits = (1..=LONGEST).contains(&plain.chars().count());
        fits.then_some(Self(plain)).ok_or(BadLogin::Length)
    }

    /// Reads a login name; `None` when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stored text is no login: the database was damaged.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a stored login cannot be read")]
pub struct NotALogin;

impl TryFrom<String> for Login {
    type Error = NotALogin;

    fn try_from(text: String) -> Result<Self, NotALogin> {
        Self::parse(&text).ok_or(NotALogin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_what_directories_have() {
        for text in [
            "e.benali",
            "jean.d'angelo",
            "jean.d’angelo",
            "Jean Dupont",
            "Zoë.Müller",
            "r&d+test",
            "m*(st)",
            "2",
            "o'neill-martin_3@mairie.fr",
            "Łukasz",
            "محمد",
            "a,b;c=d#e$f%g!h~",
        ] {
            assert!(Login::read(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_a_directory_takes_for_one_login_is_one() {
        let same = |one: &str, other: &str| Login::read(one) == Login::read(other);
        assert!(same("E.Benali", "e.benali"));
        assert!(same("no\u{e9}mie", "noe\u{301}mie"));
        assert!(same("NO\u{c9}MIE", "noe\u{301}mie"));
        assert!(same("Jean  Dupont", "jean dupont"));
        assert!(same("İnci", "I\u{307}nci"));
        assert!(!same("jean.d'angelo", "jean.d’angelo"));
        assert!(!same("noemie", "noémie"));
    }

    #[test]
    fn what_is_read_is_read_again_as_the_same() {
        for text in ["Jean  D’Angelo", "I\u{307}NCI", "ẞ", "Ǆ", "ΌΣΟΣ", "\u{1e9b}\u{323}", "ﬁ"]
        {
            let once = Login::read(text).unwrap();
            assert_eq!(Login::read(once.as_str()).unwrap(), once, "{text}");
        }
    }

    #[test]
    fn what_is_no_login_is_said() {
        for (text, why) in [
            ("", BadLogin::Length),
            (&*"a".repeat(129), BadLogin::Length),
            (" e.benali", BadLogin::Blank),
            ("e.benali ", BadLogin::Blank),
            (" ", BadLogin::Blank),
            ("e.ben\u{202e}ali", BadLogin::Unseen),
            ("e.ben\u{200b}ali", BadLogin::Unseen),
            ("e.benali\n", BadLogin::Unseen),
            ("e\u{a0}benali", BadLogin::Unseen),
            ("\u{301}e", BadLogin::Unseen),
            ("e\u{0}", BadLogin::Unseen),
            ("MAIRIE\\e.benali", BadLogin::Slash),
            ("../e.benali", BadLogin::Slash),
        ] {
            assert_eq!(Login::read(text).err(), Some(why), "{text:?}");
        }
    }
}
