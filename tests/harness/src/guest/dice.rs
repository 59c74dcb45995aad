//! Chance that can be had again: the same seed, the same throws (SplitMix64, Steele, Lea and Flood,
//! OOPSLA 2014).

use std::time::Duration;

/// A generator; not for secrets.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Seed of a run: `BORNE_SEED`, or the time. Say it aloud, so that the run can be had again.
    #[must_use]
    pub fn seed() -> u64 {
        let given = std::env::var("BORNE_SEED").ok().and_then(|text| text.parse().ok());
        // To the nanosecond: two runs that begin side by side are not the same.
        let now = || {
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap_or_default()
                .as_nanos()
        };
        given.unwrap_or_else(|| now() as u64)
    }

    /// The throws of this seed.
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub const fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to `below` - 1.
    pub const fn below(&mut self, below: u64) -> u64 {
        self.throw() % below
    }

    /// Up to `most`, in milliseconds.
    pub fn moment(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.below(most.max(1)))
    }
}
