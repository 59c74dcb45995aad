//! The two things the model takes as parameters: the clock and the system's random source. Nothing
//! else reads them (`gateway/clippy.toml`).

use borne_gateway_model::{Kind, Minted, Moment, NoRandomness, Random};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The clock, in two readings.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Starts it.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time of day, for what is kept and shown. It may be put forward or back.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now(self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Since the start, for limits: it never goes back, nor forward by itself.
    pub fn steady(self) -> Moment {
        Moment(i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

/// The system's random source.
pub struct OsRandom(SystemRandom);

impl OsRandom {
    /// Opens it.
    #[expect(clippy::disallowed_methods, reason = "the one place that opens it")]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }

    /// A fresh ticket.
    pub fn mint(&self, kind: Kind) -> Result<Minted, NoRandomness> {
        borne_gateway_model::mint(kind, self)
    }
}

impl Random for OsRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fill(out).map_err(|_| NoRandomness)
    }
}
