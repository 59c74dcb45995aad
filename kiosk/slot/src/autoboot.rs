//! `autoboot.txt`, by which the firmware chooses the boot partition: Raspberry Pi documentation,
//! "autoboot.txt". `[all]` holds for every boot; what follows `[tryboot]` replaces it for the one
//! boot after `reboot "0 tryboot"`.

use crate::{Slot, SlotError};

/// What the firmware makes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The slot of every boot without the flag.
    pub slot: Slot,
    /// Whether the flag leads to the other slot, as it should.
    pub whole: bool,
}

/// Reads the text as the firmware does.
///
/// # Errors
/// [`SlotError::Autoboot`] when a boot without the flag would start none of the two slots.
pub fn parse(text: &[u8]) -> Result<Choice, SlotError> {
    let text = std::str::from_utf8(text).map_err(|_| SlotError::Autoboot("not text"))?;
    let (mut section, mut always, mut trying, mut by_partition) = ("[all]", None, None, false);
    for line in text
        .lines()
        .map(|line| line.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0'))
    {
        match line.split_once('=') {
            None if line.starts_with('[') => section = line,
            Some(("boot_partition", number)) => {
                let slot = number.parse().ok().and_then(Slot::from_boot_partition);
                match section {
                    "[all]" => always = slot,
                    "[tryboot]" => trying = slot,
                    _ => {}
                }
            }
            Some(("tryboot_a_b", value)) if section == "[all]" => by_partition = value == "1",
            _ => {}
        }
    }
    let slot = always.ok_or(SlotError::Autoboot("no boot_partition 2 or 3 for [all]"))?;
    Ok(Choice { slot, whole: by_partition && trying == Some(slot.other()) })
}

/// The text that commits `slot`. Its length does not depend on the slot.
#[must_use]
pub fn compose(slot: Slot) -> String {
    let (boot, other) = (slot.boot_partition(), slot.other().boot_partition());
    format!("[all]\ntryboot_a_b=1\nboot_partition={boot}\n[tryboot]\nboot_partition={other}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_composed_is_parsed_and_as_long_for_both() {
        for slot in [Slot::A, Slot::B] {
            assert_eq!(parse(compose(slot).as_bytes()).unwrap(), Choice { slot, whole: true });
        }
        assert_eq!(compose(Slot::A).len(), compose(Slot::B).len());
    }

    #[test]
    fn line_ends_of_another_system_and_padding_do_no_harm() {
        let text = compose(Slot::B).replace('\n', "\r\n") + "\n\n\0\0";
        assert_eq!(parse(text.as_bytes()).unwrap(), Choice { slot: Slot::B, whole: true });
    }

    #[test]
    fn a_text_by_which_the_flag_leads_elsewhere_is_not_whole() {
        for text in [
            "[all]\nboot_partition=2\n[tryboot]\nboot_partition=3\n",
            "[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=2\n",
            "[all]\ntryboot_a_b=1\nboot_partition=2\n",
        ] {
            assert_eq!(
                parse(text.as_bytes()).unwrap(),
                Choice { slot: Slot::A, whole: false },
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_text_that_starts_neither_slot_is_refused() {
        for text in ["", "[all]\ntryboot_a_b=1\nboot_partition=4\n[tryboot]\nboot_partition=3\n"] {
            assert!(parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
