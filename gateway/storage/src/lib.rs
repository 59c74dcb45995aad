//! What the gateway remembers. One trait per subject, so that another database can follow with
//! paired migrations.
//!
//! Duties: make each method one atomic step; keep digests, never what they are of.
//! Never: a rule (they are the model's); the current time; a log line.
#![forbid(unsafe_code)]
#![expect(
    async_fn_in_trait,
    reason = "the server names one concrete store, whose futures are Send"
)]

mod audit;
mod badges;
mod cas;
mod sessions;
mod sqlite;
mod terminals;
mod updates;

pub use audit::{Audit, AuditRow};
pub use badges::{BadgeRow, BadgeSecrets, Badges, Tap};
pub use cas::{CasTickets, Granting, Validated};
pub use sessions::{Ended, LogoutCall, OpenSession, RedeemedLogin, Sessions};
pub use sqlite::Sqlite;
pub use terminals::{Invitation, NewIdentity, Spent, Terminal, TerminalRow, Terminals};
pub use updates::{OfferRow, Report, Updates};

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

/// Names the operation of a failed query.
pub(crate) fn during<T>(
    operation: &'static str,
    result: Result<T, sqlx::Error>,
) -> Result<T, StorageError> {
    result.map_err(|source| StorageError { operation, source })
}
