//! The ledger: what is known of the slots, in one sector with a sum, kept twice. Each change goes
//! to the copy that does *not* hold the present state, so a cut in the middle of a write loses the
//! change and nothing else.

use crate::Slot;

/// Bytes of a record: one sector, the most a card writes whole or not at all.
pub const RECORD: usize = 512;
const MAGIC: &str = "borne-slot 1";

/// What has been seen of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It has confirmed itself since it was written.
    Good,
    /// Written, not confirmed yet.
    Untried,
    /// Being written, condemned by itself, or its root did not verify.
    Bad,
}

impl Health {
    const NAMES: [(Self, &'static str); 3] =
        [(Self::Good, "good"), (Self::Untried, "untried"), (Self::Bad, "bad")];

    /// As in the ledger.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(health, _)| *health == self).map_or("", |(_, name)| name)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(health, _)| *health)
    }
}

/// An update that waits for its confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The slot that holds it.
    pub slot: Slot,
    /// How often it has been started.
    pub tries: u8,
}

/// The present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Grows with each change; the higher of two valid copies counts.
    pub sequence: u64,
    /// At most one slot is on trial.
    pub trial: Option<Trial>,
    /// Boots of the committed slot since it last confirmed itself.
    pub unconfirmed: u8,
    health: [Health; 2],
}

impl Ledger {
    /// Of a card that has none yet, or has lost both copies: the committed slot is trusted, the
    /// other is unknown.
    #[must_use]
    pub fn fresh(committed: Slot) -> Self {
        let mut fresh =
            Self { sequence: 0, trial: None, unconfirmed: 0, health: [Health::Untried; 2] };
        fresh.set_health(committed, Health::Good);
        fresh
    }

    /// What is known of `slot`.
    #[must_use]
    pub fn health(&self, slot: Slot) -> Health {
        match slot {
            Slot::A => self.health[0],
            Slot::B => self.health[1],
        }
    }

    /// Notes what is known of `slot`.
    pub fn set_health(&mut self, slot: Slot, health: Health) {
        match slot {
            Slot::A => self.health[0] = health,
            Slot::B => self.health[1] = health,
        }
    }

    /// One record of the card; `None` when it is torn, empty or not ours.
    #[must_use]
    pub fn parse(record: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(record).ok()?.trim_end_matches('\0');
        let (body, sum) = text.trim_end().rsplit_once("\nsum=")?;
        let body = body.to_owned() + "\n";
        (u32::from_str_radix(sum, 16).ok()? == crc32(body.as_bytes())).then_some(())?;
        let mut lines = body.lines();
        (lines.next()? == MAGIC).then_some(())?;
        let mut value =
            |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
        let sequence = value("sequence")?.parse().ok()?;
        let slot = value("trial")?;
        let tries = value("tries")?.parse().ok()?;
        let trial = Slot::from_name(&slot).map(|slot| Trial { slot, tries });
        let unconfirmed = value("unconfirmed")?.parse().ok()?;
        let health = [Health::from_name(&value("A")?)?, Health::from_name(&value("B")?)?];
        Some(Self { sequence, trial, unconfirmed, health })
    }

    /// The record to be written.
    #[must_use]
    pub fn record(&self) -> [u8; RECORD] {
        let trial = self.trial.map_or_else(|| "none".to_owned(), |trial| trial.slot.to_string());
        let tries = self.trial.map_or(0, |trial| trial.tries);
        let [a, b] = self.health.map(Health::name);
        let body = format!(
            "{MAGIC}\nsequence={}\ntrial={trial}\ntries={tries}\nunconfirmed={}\nA={a}\nB={b}\n",
            self.sequence, self.unconfirmed
        );
        let text = format!("{body}sum={:08x}\n", crc32(body.as_bytes()));
        let mut record = [0; RECORD];
        record.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        record
    }
}

/// CRC-32 (ISO 3309): tells a torn sector from a whole one; nobody is kept from forging it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Ledger {
        let mut ledger = Ledger::fresh(Slot::B);
        (ledger.sequence, ledger.unconfirmed) = (u64::MAX, u8::MAX);
        ledger.trial = Some(Trial { slot: Slot::A, tries: u8::MAX });
        ledger
    }

    #[test]
    fn crc32_is_the_common_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn what_is_written_is_read() {
        for ledger in [some(), Ledger::fresh(Slot::A)] {
            assert_eq!(Ledger::parse(&ledger.record()), Some(ledger));
        }
    }

    #[test]
    fn a_record_of_which_any_byte_is_missing_or_changed_is_none() {
        let record = some().record();
        let length = record.iter().position(|byte| *byte == 0).unwrap();
        for at in 0..length {
            let mut torn = record;
            torn[at..].fill(0);
            // The line end after the sum carries nothing.
            assert_eq!(Ledger::parse(&torn).is_some(), at == length - 1, "cut at {at}");
            let mut changed = record;
            changed[at] ^= 1;
            assert_eq!(Ledger::parse(&changed).is_some(), at == length - 1, "changed at {at}");
        }
        assert_eq!(Ledger::parse(&[0; RECORD]), None);
        assert_eq!(Ledger::parse(&[0xff; RECORD]), None);
    }
}
