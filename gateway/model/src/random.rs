//! Randomness as a parameter.

/// A source of cryptographic randomness.
pub trait Random: Send + Sync {
    /// Fills `out`.
    ///
    /// # Errors
    /// The system has none to give.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system's random source failed: nothing may be made up in its place.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system's random source failed")]
pub struct NoRandomness;
