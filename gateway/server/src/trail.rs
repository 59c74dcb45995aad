//! What strangers cause, folded: the first of its kind and address is written at once, the others
//! are counted and written as one line a minute later. So a flood of refused requests is a few lines
//! an hour, and says how many there were.
//!
//! Never: a line that a transaction should carry ([`borne_gateway_storage::Tx::audit`]).

use crate::edges::Clock;
use borne_gateway_model::AuditKind;
use borne_gateway_storage::{Storage, StorageError};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long lines of one kind and address are folded.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses (or terminals) of which lines are kept apart in one window; the others share one.
const APART: usize = 32;

/// The folder of lines.
pub struct Trail {
    db: Storage,
    clock: Clock,
    folded: Mutex<HashMap<Key, u32>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    kind: AuditKind,
    address: Option<IpAddr>,
    terminal: Option<String>,
}

impl Trail {
    /// Nothing folded yet.
    pub fn new(db: Storage, clock: Clock) -> Self {
        Self { db, clock, folded: Mutex::default() }
    }

    /// A stranger did this.
    pub async fn stranger(&self, kind: AuditKind, address: IpAddr, terminal: Option<&str>) {
        let mut key = Key { kind, address: Some(address), terminal: terminal.map(str::to_owned) };
        {
            let mut folded = self.folded();
            if !folded.contains_key(&key) && folded.len() >= APART {
                key = Key { address: None, terminal: None, ..key };
            }
            if let Some(times) = folded.get_mut(&key) {
                *times = times.saturating_add(1);
                return;
            }
            folded.insert(key.clone(), 0);
        }
        tracing::warn!(event = kind.word(), %address, terminal, "refused");
        self.write(vec![(key, 1)]).await;
    }

    /// Writes what was folded, once a window. Never returns.
    pub async fn unfold_from_time_to_time(&self) {
        let mut tick = tokio::time::interval(WINDOW);
        loop {
            tick.tick().await;
            self.unfold().await;
        }
    }

    /// Writes what was folded.
    pub async fn unfold(&self) {
        let folded = std::mem::take(&mut *self.folded());
        self.write(folded.into_iter().filter(|(_, times)| *times > 0).collect()).await;
    }

    /// A line of strangers that cannot be written must not lock everybody out.
    async fn write(&self, lines: Vec<(Key, u32)>) {
        if let Err(error) = self.put(lines).await {
            tracing::error!(%error, source = %error.source, "audit lines of strangers lost");
        }
    }

    async fn put(&self, lines: Vec<(Key, u32)>) -> Result<(), StorageError> {
        if lines.is_empty() {
            return Ok(());
        }
        let (mut tx, now) = (self.db.begin().await?, self.clock.now());
        for (Key { kind, address, terminal }, times) in lines {
            tx.audit_stranger(kind, address, terminal.as_deref(), times, now).await?;
        }
        tx.commit().await
    }

    fn folded(&self) -> MutexGuard<'_, HashMap<Key, u32>> {
        self.folded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
