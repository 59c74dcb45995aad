//! The digits typed on the pad, until there are six.

use borne_ipc::Secret;
use zeroize::Zeroize;

const LENGTH: usize = 6;

/// Digits so far; zeroised when they are handed out, forgotten or dropped.
#[derive(Default)]
pub struct PinEntry {
    digits: [u8; LENGTH],
    count: usize,
}

impl PinEntry {
    /// Adds a digit; the sixth hands out the PIN and empties the entry.
    pub fn push(&mut self, digit: u8) -> Option<Secret> {
        let place = self.digits.get_mut(self.count).filter(|_| digit <= 9)?;
        *place = digit;
        self.count += 1;
        if self.count < LENGTH {
            return None;
        }
        // Reserved in one piece: a growing text would leave copies behind.
        let mut text = String::with_capacity(LENGTH);
        text.extend(self.digits.iter().map(|digit| char::from(b'0' + digit)));
        self.clear();
        Some(Secret::new(text))
    }

    /// Takes the last digit back.
    pub fn erase(&mut self) {
        self.count = self.count.saturating_sub(1);
        self.digits[self.count..].zeroize();
    }

    /// Forgets all digits.
    pub fn clear(&mut self) {
        self.count = 0;
        self.digits.zeroize();
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl Drop for PinEntry {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_digit_hands_out_the_pin_and_keeps_nothing() {
        let mut entry = PinEntry::default();
        for digit in [4, 8, 3, 9, 2] {
            assert!(entry.push(digit).is_none());
        }
        assert_eq!(entry.push(0).map(|pin| pin.expose().to_owned()).as_deref(), Some("483920"));
        assert_eq!((entry.count, entry.digits), (0, [0; LENGTH]));
    }

    #[test]
    fn a_digit_taken_back_does_not_count() {
        let mut entry = PinEntry::default();
        entry.erase();
        for digit in [1, 2, 9] {
            entry.push(digit);
        }
        entry.erase();
        assert_eq!((entry.count, entry.digits), (2, [1, 2, 0, 0, 0, 0]));
        for digit in [3, 4, 5] {
            assert!(entry.push(digit).is_none());
        }
        assert_eq!(entry.push(6).map(|pin| pin.expose().to_owned()).as_deref(), Some("123456"));
    }
}
