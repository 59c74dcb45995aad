//! Points in time.

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl Moment {
    /// This much later.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }

    /// This much earlier.
    #[must_use]
    pub fn minus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX)))
    }

    /// Milliseconds from now until this moment; 0 when it is past.
    #[must_use]
    pub fn ms_from(self, now: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(now.0)).unwrap_or(0)
    }

    /// Whole days since 1970-01-01, as shadow(5) counts.
    #[must_use]
    pub fn days(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }

    /// ISO 8601 in UTC, to the second.
    #[must_use]
    pub fn iso(self) -> String {
        use time::{OffsetDateTime, format_description::well_known::Rfc3339};
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000))
            .ok()
            .and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_else(|| "?".to_owned())
    }
}

impl From<i64> for Moment {
    fn from(ms: i64) -> Self {
        Self(ms)
    }
}
