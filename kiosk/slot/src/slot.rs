//! The two slots, and what the firmware says about the boot that is under way.

use std::fmt;

/// A boot partition and the root partition that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Partitions 2 and 5.
    A,
    /// Partitions 3 and 6.
    B,
}

impl Slot {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// Number of the FAT partition the firmware starts (`boot_partition`).
    #[must_use]
    pub const fn boot_partition(self) -> u8 {
        match self {
            Self::A => 2,
            Self::B => 3,
        }
    }

    /// Number of the verified root partition.
    #[must_use]
    pub const fn root_partition(self) -> u8 {
        match self {
            Self::A => 5,
            Self::B => 6,
        }
    }

    /// The slot of a boot partition.
    #[must_use]
    pub const fn from_boot_partition(number: u32) -> Option<Self> {
        match number {
            2 => Some(Self::A),
            3 => Some(Self::B),
            _ => None,
        }
    }

    /// RAUC's `bootname`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "A" => Some(Self::A),
            "B" => Some(Self::B),
            _ => None,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::A => "A",
            Self::B => "B",
        })
    }
}

/// What is known of this boot before anything of ours is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Firmware {
    /// The slot whose boot partition was started.
    pub slot: Option<Slot>,
    /// Whether it was started by the one-shot flag.
    pub tryboot: bool,
}

impl Firmware {
    /// `rauc.slot=` of the kernel's command line, which `config.txt` chooses by
    /// `[boot_partition=N]`; else the number in `/chosen/bootloader/partition` of the device tree.
    /// `partition` and `tryboot` are those big-endian words.
    #[must_use]
    pub fn read(command_line: &str, partition: Option<&[u8]>, tryboot: Option<&[u8]>) -> Self {
        let word = |bytes: Option<&[u8]>| {
            bytes.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).map(u32::from_be_bytes)
        };
        let named = argument(command_line, "rauc.slot").and_then(Slot::from_name);
        Self {
            slot: named.or_else(|| word(partition).and_then(Slot::from_boot_partition)),
            // QEMU has no such device tree: GRUB, in the firmware's place, says it on the command
            // line.
            tryboot: word(tryboot) == Some(1)
                || argument(command_line, "borne.tryboot") == Some("1"),
        }
    }
}

/// The value of `name=` on the kernel's command line; the last one counts, as for the kernel.
pub(crate) fn argument<'line>(command_line: &'line str, name: &str) -> Option<&'line str> {
    let of = |word: &'line str| word.strip_prefix(name)?.strip_prefix('=');
    command_line.split_whitespace().filter_map(of).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_comes_before_the_device_tree() {
        let two = 2_u32.to_be_bytes();
        let read = |line| Firmware::read(line, Some(&two), None).slot;
        assert_eq!(read("quiet rauc.slot=B x"), Some(Slot::B));
        assert_eq!(read("quiet"), Some(Slot::A));
        assert_eq!(read("rauc.slot=C"), Some(Slot::A));
    }

    #[test]
    fn no_slot_is_made_up() {
        assert_eq!(Firmware::read("", None, None), Firmware::default());
        assert_eq!(Firmware::read("", Some(&0_u32.to_be_bytes()), Some(&[1])), Firmware::default());
    }
}
