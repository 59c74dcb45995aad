//! What a type A card shows of itself during activation (ISO/IEC 14443-3 and -4).

use nfc1::Target;
use nfc1::target_info::{Iso14443a, TargetInfo};

/// A card on the antenna. Its number is personal, so `Debug` leaves it out.
#[derive(Clone)]
pub struct Card {
    uid: Vec<u8>,
    atqa: [u8; 2],
    sak: u8,
    ats: Vec<u8>,
}

impl Card {
    /// `None` for libnfc's blank target (its way to say "no card") and for what cannot be a card: a
    /// UID has 4, 7 or 10 bytes (ISO/IEC 14443-3, 6.5.4). The chip's lengths are not trusted.
    #[must_use]
    pub fn from_target(target: &Target) -> Option<Self> {
        let TargetInfo::Iso14443a(info) = target.target_info else { return None };
        Self::from_info(&info)
    }

    fn from_info(info: &Iso14443a) -> Option<Self> {
        if !matches!(info.uid_len, 4 | 7 | 10) {
            return None;
        }
        Some(Self {
            uid: info.uid.get(..info.uid_len)?.to_vec(),
            atqa: info.atqa,
            sak: info.sak,
            ats: info.ats.get(..info.ats_len)?.to_vec(),
        })
    }

    /// The number, upper-case hexadecimal. The caller keeps it secret.
    #[must_use]
    pub fn uid_hex(&self) -> String {
        hex(&self.uid)
    }

    /// ATQA, upper-case hexadecimal, in libnfc's order (most significant byte first).
    #[must_use]
    pub fn atqa_hex(&self) -> String {
        hex(&self.atqa)
    }

    /// SAK, upper-case hexadecimal.
    #[must_use]
    pub fn sak_hex(&self) -> String {
        hex(&[self.sak])
    }

    /// ATS without its length byte, upper-case hexadecimal; empty when the card does not speak
    /// ISO/IEC 14443-4.
    #[must_use]
    pub fn ats_hex(&self) -> String {
        hex(&self.ats)
    }

    /// Another activation of the same card. A card with a random number (four bytes, the first 08)
    /// draws a new one whenever the field comes back, so of two of those only the kind is compared.
    pub(crate) fn is_again(&self, earlier: &Self) -> bool {
        let kind = self.sak == earlier.sak && self.atqa == earlier.atqa;
        kind && (self.uid == earlier.uid || (self.has_random_uid() && earlier.has_random_uid()))
    }

    fn has_random_uid(&self) -> bool {
        self.uid.len() == 4 && self.uid.first() == Some(&0x08)
    }
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Card(SAK {:02X})", self.sak)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    // Reserved in one piece: a growing text would leave parts of a card's number behind in freed
    // memory.
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(uid: &[u8]) -> Iso14443a {
        let mut info = Iso14443a {
            atqa: [0, 4],
            sak: 8,
            uid: [0; 10],
            uid_len: uid.len(),
            ats: [0; 254],
            ats_len: 0,
        };
        info.uid[..uid.len()].copy_from_slice(uid);
        info
    }

    #[test]
    fn a_blank_target_and_an_impossible_length_are_no_card() {
        for len in [0, 1, 3, 5, 8, 9, 11, 255] {
            let info = Iso14443a { uid_len: len, ..info(&[1, 2, 3, 4]) };
            assert!(Card::from_info(&info).is_none(), "length {len}");
        }
        assert!(Card::from_info(&Iso14443a { ats_len: 255, ..info(&[1, 2, 3, 4]) }).is_none());
    }

    #[test]
    fn a_number_is_upper_case_and_never_in_debug() {
        let card =
            Card::from_info(&info(&[0xde, 0xad, 0xbe, 0x0f])).unwrap_or_else(|| panic!("a card"));
        assert_eq!(card.uid_hex(), "DEADBE0F");
        assert!(!format!("{card:?}").contains("DE"));
    }

    #[test]
    fn two_random_numbers_may_be_one_card_but_two_fixed_ones_are_not() {
        let card = |uid: &[u8]| Card::from_info(&info(uid)).unwrap_or_else(|| panic!("a card"));
        assert!(card(&[8, 1, 2, 3]).is_again(&card(&[8, 9, 9, 9])));
        assert!(!card(&[4, 1, 2, 3]).is_again(&card(&[4, 9, 9, 9])));
        assert!(!card(&[8, 1, 2, 3]).is_again(&card(&[4, 1, 2, 3])));
    }
}
