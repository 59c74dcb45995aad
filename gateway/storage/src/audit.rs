//! The audit trail: it only grows.

use crate::{Sqlite, StorageError, during};
use borne_gateway_model::{AuditEvent, Moment};
use sqlx::Row as _;

/// A line of the trail.
pub struct AuditRow {
    /// When.
    pub at: Moment,
    /// What.
    pub event: String,
    /// To whom.
    pub login: Option<String>,
    /// Where.
    pub terminal: Option<String>,
}

/// The trail.
pub trait Audit {
    /// Writes one line.
    async fn audit(&self, event: &AuditEvent, now: Moment) -> Result<(), StorageError>;
    /// The last lines, oldest first.
    async fn audit_tail(&self, count: u32) -> Result<Vec<AuditRow>, StorageError>;
}

impl Audit for Sqlite {
    async fn audit(&self, event: &AuditEvent, now: Moment) -> Result<(), StorageError> {
        let done =
            sqlx::query("INSERT INTO audit (at, event, login, terminal) VALUES (?, ?, ?, ?)")
                .bind(now.0)
                .bind(event.kind.word())
                .bind(event.login.as_ref().map(|login| login.as_str().to_owned()))
                .bind(event.terminal.clone())
                .execute(&self.pool)
                .await;
        during("write an audit line", done.map(drop))
    }

    async fn audit_tail(&self, count: u32) -> Result<Vec<AuditRow>, StorageError> {
        let rows =
            sqlx::query("SELECT at, event, login, terminal FROM audit ORDER BY id DESC LIMIT ?")
                .bind(count)
                .fetch_all(&self.pool)
                .await;
        let read = |row: sqlx::sqlite::SqliteRow| AuditRow {
            at: Moment(row.get(0)),
            event: row.get(1),
            login: row.get(2),
            terminal: row.get(3),
        };
        Ok(during("read the audit", rows)?.into_iter().rev().map(read).collect())
    }
}
