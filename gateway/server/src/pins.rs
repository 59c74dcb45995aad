//! PINs and badge numbers under the pepper: the only part that has it.

use crate::edges::OsRandom;
use borne_gateway_model::{
    BadgeKey, BrokenPinHash, NoRandomness, Pepper, Pin, PinHash, TerminalId, Uid, VerifiedBadge,
};
use borne_gateway_storage::Badge;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Argon2 takes 32 MiB each; more at once than cores would only wait.
const HASHES_AT_ONCE: usize = 2;

/// The pepper's keeper.
pub struct Pins {
    pepper: Arc<Pepper>,
    random: Arc<OsRandom>,
    hashing: Semaphore,
}

/// A PIN could not be checked or hashed.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    #[error(transparent)]
    Broken(#[from] BrokenPinHash),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("the hashing thread was lost")]
    Lost,
}

impl Pins {
    /// Takes the pepper over.
    pub fn new(pepper: Pepper, random: Arc<OsRandom>) -> Self {
        Self { pepper: Arc::new(pepper), random, hashing: Semaphore::new(HASHES_AT_ONCE) }
    }

    /// What the registry keeps of a badge's number.
    pub fn key(&self, uid: &Uid) -> BadgeKey {
        uid.key(&self.pepper)
    }

    /// Checks a PIN on a thread of its own. The try has been counted.
    pub async fn check(
        &self,
        badge: Badge,
        terminal: TerminalId,
        pin: Pin,
    ) -> Result<Option<VerifiedBadge>, PinError> {
        let pepper = Arc::clone(&self.pepper);
        self.hash(move || {
            let Badge { id, login, pin_hash, .. } = badge;
            Ok(borne_gateway_model::check(id, login, terminal, &pin_hash, &pin, &pepper)?)
        })
        .await
    }

    /// Hashes a chosen PIN.
    pub async fn make(&self, pin: Pin) -> Result<PinHash, PinError> {
        let (pepper, random) = (Arc::clone(&self.pepper), Arc::clone(&self.random));
        self.hash(move || Ok(PinHash::make(&pin, &pepper, random.as_ref())?)).await
    }

    async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PinError> + Send + 'static,
    ) -> Result<T, PinError> {
        let _turn = self.hashing.acquire().await.map_err(|_| PinError::Lost)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| PinError::Lost)?
    }
}
