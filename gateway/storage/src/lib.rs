//! What the gateway remembers.
//!
//! Duties: one [`Tx`] per act of the server, so that a change, its audit line and what must be told
//! of it come to be together or not at all; keep digests, never what they are of.
//! Never: a rule (they are the model's); the current time; a log line; a wait for a peer.
#![forbid(unsafe_code)]

mod app_sessions;
mod audit;
mod backup;
mod badges;
mod born;
mod cas;
mod guard;
mod outbox;
mod renewals;
mod revocations;
mod runs;
mod sessions;
mod sqlite;
mod terminals;
mod updates;

pub use audit::{AuditRow, Which};
pub use backup::Reclosed;
pub use badges::{Badge, BadgeRow, Tap};
pub use born::Born;
pub use cas::{Granting, Validated};
pub use outbox::LogoutCall;
pub use renewals::Superseded;
pub use revocations::{Closed, Revocation};
pub use runs::{Run, Shown};
pub use sessions::{NewSession, OpenSession, RedeemedLogin};
pub use sqlite::{Storage, Tx};
pub use terminals::{Invitation, NewIdentity, Spent, Terminal, TerminalRow};
pub use updates::{OfferRow, Report};

use tokio::sync::Notify;

/// The database failed.
#[derive(Debug, thiserror::Error)]
#[error("database: {operation}")]
pub struct StorageError {
    /// What was being done, to what.
    pub operation: &'static str,
    /// Why it failed.
    #[source]
    pub source: sqlx::Error,
}

impl StorageError {
    /// Whether there is no room left on the disk (SQLITE_FULL, SQLite result code 13).
    fn is_full(&self) -> bool {
        if let sqlx::Error::Io(error) = &self.source {
            return error.kind() == std::io::ErrorKind::StorageFull;
        }
        let code = self.source.as_database_error().and_then(|error| error.code());
        code.is_some_and(|code| code.parse::<u32>().is_ok_and(|code| code & 0xff == 13))
    }
}

/// Woken by whichever query finds the disk full.
static FULL: Notify = Notify::const_new();

/// Waits until a query has found the disk full.
pub async fn disk_is_full() {
    FULL.notified().await;
}

/// Names the operation of a failed query.
pub(crate) fn during<T>(
    operation: &'static str,
    result: Result<T, sqlx::Error>,
) -> Result<T, StorageError> {
    let result = result.map_err(|source| StorageError { operation, source });
    if result.as_ref().is_err_and(StorageError::is_full) {
        FULL.notify_one();
    }
    result
}
