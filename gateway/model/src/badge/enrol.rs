//! What may be registered as a badge. A terminal reads a card itself, and what it reads is looked up
//! as it is; here a person or a spreadsheet says a number, and some numbers are recognisably none.

use super::{BadUid, Uid};

/// Why a number is not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEnrolment {
    /// No UID at all, or a random one.
    #[error(transparent)]
    Uid(#[from] BadUid),
    /// ISO/IEC 14443-3, 6.5.4: 88 says that the UID goes on, and is never a part of one there.
    #[error(
        "this is a part of a longer UID (88 is the cascade tag): lay the badge on a reader that shows all of it"
    )]
    Cascade,
    /// Not drawn by a maker of cards: zeros, counting, a word.
    #[error("this is an example or a default, not a badge's number: lay the badge on a reader")]
    MadeUp,
    /// ISO/IEC 7816-6: no maker of chips has this first byte.
    #[error(
        "a UID of 7 or 10 bytes begins with its maker's number (04 is NXP's), and this is none's: \
         is it another number of the card, or in the other order?"
    )]
    Maker,
    /// Digits alone: hexadecimal, or decimal?
    #[error(
        "digits alone may be the number printed on the card, which is another one: lay the badge on a reader; \
         if that shows these digits, write them in pairs, as 48:29:16:07"
    )]
    Printed,
}

impl Uid {
    /// Reads a number that is to be registered: as [`Uid::parse`], and refuses what can be
    /// recognised as no badge's.
    ///
    /// # Errors
    /// See [`BadEnrolment`].
    pub fn enrolled(text: &str) -> Result<Self, BadEnrolment> {
        let uid = Self::parse(text)?;
        let bytes = uid.0.as_slice();
        if is_made_up(bytes) {
            return Err(BadEnrolment::MadeUp);
        }
        match *bytes {
            [0x88, ..] | [_, _, _, 0x88, _, _, _] => return Err(BadEnrolment::Cascade),
            [0 | 0x81.., _, _, _, _, ..] => return Err(BadEnrolment::Maker),
            _ => {}
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadEnrolment::Printed);
        }
        Ok(uid)
    }

    /// A warning for whoever registers it.
    #[must_use]
    pub fn remark(&self) -> Option<&'static str> {
        // ISO/IEC 14443-3, table 7: xF is fixed, but not unique.
        let shared = matches!(*self.0.as_slice(), [first, _, _, _] if first & 0xf == 0xf);
        shared.then_some("its maker does not promise that no other card has this number")
    }
}

/// With or without a maker's byte before it.
fn is_made_up(bytes: &[u8]) -> bool {
    let counts = |bytes: &[u8]| {
        let step = |pair: &[u8]| pair[1].wrapping_sub(pair[0]);
        let first = bytes.windows(2).next().map(step).unwrap_or_default();
        matches!(first, 0 | 1 | 0xff | 0x10 | 0xf0 | 0x11 | 0xef)
            && bytes.windows(2).all(|pair| step(pair) == first)
    };
    let nibbles: Vec<u8> = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]).collect();
    let steps = |by: u8| nibbles.windows(2).all(|pair| (pair[0] + by) & 0xf == pair[1]);
    // 1234567890…, as people count.
    let decimal = nibbles.windows(2).all(|pair| pair[0] < 10 && (pair[0] + 1) % 10 == pair[1]);
    let halves = bytes.len() == 4 && bytes[..2] == bytes[2..];
    let words: [&[u8]; 6] = [
        &[0xde, 0xad, 0xbe, 0xef],
        &[0xca, 0xfe, 0xba, 0xbe],
        &[0xba, 0xad, 0xf0, 0x0d],
        &[0x0b, 0xad, 0xf0, 0x0d],
        &[0xfe, 0xed, 0xfa, 0xce],
        &[0xc0, 0xff, 0xee],
    ];
    counts(bytes)
        || (bytes.len() > 4 && counts(&bytes[1..]))
        || steps(1)
        || steps(0xf)
        || decimal
        || halves
        || bytes.iter().filter(|byte| **byte != 0).count() <= 1
        || words.iter().any(|word| bytes.windows(word.len()).any(|part| part == *word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use BadEnrolment::{Cascade, MadeUp, Maker, Printed};

    fn verdict(text: &str) -> Option<BadEnrolment> {
        Uid::enrolled(text).err()
    }

    #[test]
    fn what_can_be_recognised_as_no_badge_is_not_registered() {
        for text in [
            "00000000",
            "FFFFFFFF",
            "01020304",
            "04030201",
            "11223344",
            "AABBCCDD",
            "12345678",
            "87654321",
            "89ABCDEF",
            "DEADBEEF",
            "CAFEBABE",
            "00000001",
            "01000000",
            "00:00:00:00",
            "00000000000000",
            "01020304050607",
            "04112233445566",
            "04000000000000",
            "11111111",
            "12341234",
            "0123456789ABCD",
            "04DEADBEEF0102",
            "10203040",
            "04010203040506",
        ] {
            assert_eq!(verdict(text), Some(MadeUp), "{text}");
        }
        for text in ["8804A1B3", "8804A1B3C2D4E7", "04A1B38812C4F0"] {
            assert_eq!(verdict(text), Some(Cascade), "{text}");
        }
        for text in ["00A1B3C2D4E7F1", "81A1B3C2D4E7F1", "FEA1B3C2D4E7F1", "FFA1B3C2D4E7F10523A9"] {
            assert_eq!(verdict(text), Some(Maker), "{text}");
        }
        for text in ["48291607", "00482916", "04609842783180"] {
            assert_eq!(verdict(text), Some(Printed), "{text}");
        }
        assert_eq!(verdict("08A1B3C2"), Some(BadEnrolment::Uid(BadUid::Random)));
    }

    #[test]
    fn real_badges_are_registered() {
        for text in [
            "0493C8720F5A84",
            "5B90C2E7",
            "48:29:16:07",
            "04 60 98 42 78 31 80",
            "7C3FA219",
            "18A3B2C7",
            "022D3A91C4E5F7",
            "05A1B3C2D4E7F1",
            "04A1B3C288E7F1",
            "0488B3C2D4E7F1",
            "94E2507B",
            "04A1B3C2D4E788F10523",
        ] {
            assert_eq!(verdict(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_that_need_not_be_unique_is_registered_with_a_remark() {
        assert!(Uid::enrolled("5F90C2E7").unwrap().remark().is_some());
        assert!(Uid::enrolled("5B90C2E7").unwrap().remark().is_none());
        assert!(Uid::enrolled("5F90C2E7A1B3D4").unwrap().remark().is_none());
    }

    #[test]
    fn a_tap_is_looked_up_whatever_was_read() {
        for text in ["8804A1B3", "01020304", "00000000", "48291607", "FEA1B3C2D4E7F1"] {
            assert!(Uid::parse(text).is_ok(), "{text}");
        }
    }
}
