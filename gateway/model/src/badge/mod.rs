//! Badge numbers. A UID is personal and can be copied: it is kept only as a keyed digest and two
//! characters for humans.

mod enrol;

pub use enrol::BadEnrolment;

use crate::Pepper;
use ring::hmac;
use zeroize::Zeroizing;

/// A badge in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BadgeId(pub i64);

impl From<i64> for BadgeId {
    fn from(row: i64) -> Self {
        Self(row)
    }
}

/// A badge's number, normalised: 4, 7 or 10 bytes (ISO/IEC 14443-3 type A). Its `Debug` shows
/// nothing.
pub struct Uid(Zeroizing<Vec<u8>>);

/// Why a number is no badge's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUid {
    /// Not hexadecimal, or of a length no card has.
    #[error("a UID is 4, 7 or 10 bytes in hexadecimal")]
    Shape,
    /// ISO/IEC 14443-3: four bytes of which the first is 08 are drawn at random at every laying.
    #[error(
        "a UID of four bytes that begins with 08 is random: this card cannot be told from another by it"
    )]
    Random,
}

impl Uid {
    /// Reads hexadecimal in either case, with or without one `:`, `-` or blank between two bytes.
    ///
    /// # Errors
    /// See [`BadUid`].
    pub fn parse(text: &str) -> Result<Self, BadUid> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(10));
        let mut rest = text.as_bytes();
        while let [high, low, after @ ..] = rest {
            let (high, low) = (nibble(*high), nibble(*low));
            bytes.push(high.zip(low).map(|(h, l)| h << 4 | l).ok_or(BadUid::Shape)?);
            rest = match after {
                [b':' | b'-' | b' ', next @ ..] if !next.is_empty() => next,
                _ => after,
            };
        }
        if !rest.is_empty() || !matches!(bytes.len(), 4 | 7 | 10) {
            return Err(BadUid::Shape);
        }
        if bytes.len() == 4 && bytes[0] == 0x08 {
            return Err(BadUid::Random);
        }
        Ok(Self(bytes))
    }

    /// What the registry keeps and finds the badge by: HMAC-SHA-256 under the pepper, so that a
    /// stolen database alone cannot be searched through the small space of card numbers.
    #[must_use]
    pub fn key(&self, pepper: &Pepper) -> BadgeKey {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, pepper.for_uids()), &self.0);
        BadgeKey(tag.as_ref().to_vec())
    }

    /// The last two hexadecimal characters, so that IT can tell two badges of one agent apart.
    #[must_use]
    pub fn hint(&self) -> String {
        self.0.last().map(|byte| format!("{byte:02X}")).unwrap_or_default()
    }
}

impl std::fmt::Debug for Uid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Uid(…)")
    }
}

/// A keyed digest of a UID.
#[derive(Clone, PartialEq, Eq)]
pub struct BadgeKey(pub Vec<u8>);

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        let pepper = Pepper::new([7; 64]);
        let key = |text| Uid::parse(text).unwrap().key(&pepper).0;
        assert_eq!(key("04a1B2c3D4e5F6"), key("04:A1:B2:C3:D4:E5:F6"));
        assert_ne!(key("04A1B2C3D4E5F6"), key("04A1B2C3D4E5F7"));
    }

    #[test]
    fn a_random_uid_is_refused_and_a_long_one_that_begins_alike_is_not() {
        assert_eq!(Uid::parse("08A1B2C3").unwrap_err(), BadUid::Random);
        assert!(Uid::parse("08A1B2C3D4E5F6").is_ok());
        assert_eq!(Uid::parse("04A1B2").unwrap_err(), BadUid::Shape);
        assert_eq!(Uid::parse("04A1B2CG").unwrap_err(), BadUid::Shape);
    }

    #[test]
    fn a_separator_stands_between_two_bytes_and_nowhere_else() {
        for text in [
            "04A:1B2C3",
            "04A:1B2C3D4E5F6",
            ":04A1B2C3",
            "04A1B2C3:",
            "04::A1B2C3",
            "04A1B2C",
            "",
            ":",
        ] {
            assert_eq!(Uid::parse(text).unwrap_err(), BadUid::Shape, "{text:?}");
        }
        assert!(Uid::parse("04 A1-B2:C3").is_ok());
    }
}
