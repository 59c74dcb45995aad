//! Terminals and their invitations.

use borne_gateway_model::{Digest, Moment, TerminalId};
use sqlx::Row as _;

use crate::updates::{Report, read_report};
use crate::{Sqlite, StorageError, during};

/// A terminal as its certificate finds it.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Its row.
    pub id: TerminalId,
    /// Its name.
    pub name: String,
    /// IT took it out of service.
    pub revoked: bool,
}

/// A terminal as IT sees it.
pub struct TerminalRow {
    /// Its row.
    pub id: TerminalId,
    /// Its name.
    pub name: String,
    /// When it joined.
    pub joined: Option<Moment>,
    /// When it was revoked.
    pub revoked: Option<Moment>,
    /// What it said last of itself.
    pub report: Option<Report>,
}

/// The terminals.
pub trait Terminals {
    /// Invites a terminal, new or known; earlier invitations of it are void.
    async fn invite(&self, name: &str, token: &Digest, expires: Moment) -> Result<(), StorageError>;
    /// The name an unused, unexpired invitation is for.
    async fn invited(&self, token: &Digest, now: Moment) -> Result<Option<String>, StorageError>;
    /// Uses an invitation up and binds the terminal to its certificate. `false`: it was used meanwhile.
    async fn join(
        &self,
        token: &Digest,
        fingerprint: &[u8],
        public_key: &[u8],
        now: Moment,
    ) -> Result<bool, StorageError>;
    /// The terminal of a certificate.
    async fn terminal(&self, fingerprint: &[u8]) -> Result<Option<Terminal>, StorageError>;
    /// All of them, by name.
    async fn terminals(&self) -> Result<Vec<TerminalRow>, StorageError>;
    /// Revokes it and voids its invitations. `None`: there is no such terminal.
    async fn revoke(&self, name: &str, now: Moment) -> Result<Option<TerminalId>, StorageError>;
}

impl Terminals for Sqlite {
    async fn invite(&self, name: &str, token: &Digest, expires: Moment) -> Result<(), StorageError> {
        let work = async {
            let mut tx = self.pool.begin().await?;
            sqlx::query("INSERT INTO terminal (name) VALUES (?) ON CONFLICT (name) DO NOTHING")
                .bind(name)
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "DELETE FROM invitation WHERE used_at IS NULL AND terminal = (SELECT id FROM terminal WHERE name = ?)",
            )
            .bind(name)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO invitation (digest, terminal, expires_at) SELECT ?, id, ? FROM terminal WHERE name = ?",
            )
            .bind(&token.0)
            .bind(expires.0)
            .bind(name)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        during("invite a terminal", work.await)
    }

    async fn invited(&self, token: &Digest, now: Moment) -> Result<Option<String>, StorageError> {
        let row = sqlx::query(
            "SELECT terminal.name FROM invitation JOIN terminal ON terminal.id = invitation.terminal
             WHERE digest = ? AND used_at IS NULL AND expires_at > ?",
        )
        .bind(&token.0)
        .bind(now.0)
        .fetch_optional(&self.pool)
        .await;
        Ok(during("look an invitation up", row)?.map(|row| row.get(0)))
    }

    async fn join(
        &self,
        token: &Digest,
        fingerprint: &[u8],
        public_key: &[u8],
        now: Moment,
    ) -> Result<bool, StorageError> {
        let work = async {
            let mut tx = self.pool.begin().await?;
            let used = sqlx::query(
                "UPDATE invitation SET used_at = ?1 WHERE digest = ?2 AND used_at IS NULL AND expires_at > ?1 RETURNING terminal",
            )
            .bind(now.0)
            .bind(&token.0)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(terminal) = used.map(|row| row.get::<i64, _>(0)) else { return Ok(false) };
            sqlx::query(
                "UPDATE terminal SET fingerprint = ?, public_key = ?, joined_at = ?, revoked_at = NULL WHERE id = ?",
            )
            .bind(fingerprint)
            .bind(public_key)
            .bind(now.0)
            .bind(terminal)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(true)
        };
        during("join a terminal", work.await)
    }

    async fn terminal(&self, fingerprint: &[u8]) -> Result<Option<Terminal>, StorageError> {
        let row = sqlx::query("SELECT id, name, revoked_at IS NOT NULL FROM terminal WHERE fingerprint = ?")
            .bind(fingerprint)
            .fetch_optional(&self.pool)
            .await;
        let read = |row: sqlx::sqlite::SqliteRow| Terminal {
            id: TerminalId(row.get(0)),
            name: row.get(1),
            revoked: row.get(2),
        };
        Ok(during("look a terminal up", row)?.map(read))
    }

    async fn terminals(&self) -> Result<Vec<TerminalRow>, StorageError> {
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let told = row.try_get::<Option<i64>, _>("seen_at")?.is_some();
            Ok(TerminalRow {
                id: TerminalId(row.try_get("id")?),
                name: row.try_get("name")?,
                joined: row.try_get::<Option<i64>, _>("joined_at")?.map(Moment),
                revoked: row.try_get::<Option<i64>, _>("revoked_at")?.map(Moment),
                report: told.then(|| read_report(row)).transpose()?,
            })
        };
        let rows = sqlx::query(
            "SELECT terminal.id, name, joined_at, revoked_at, terminal_status.* FROM terminal
             LEFT JOIN terminal_status ON terminal_status.terminal = terminal.id ORDER BY name",
        )
        .fetch_all(&self.pool)
        .await
        .and_then(|rows| rows.iter().map(read).collect());
        during("list the terminals", rows)
    }

    async fn revoke(&self, name: &str, now: Moment) -> Result<Option<TerminalId>, StorageError> {
        let work = async {
            let mut tx = self.pool.begin().await?;
            let row = sqlx::query("UPDATE terminal SET revoked_at = ? WHERE name = ? RETURNING id")
                .bind(now.0)
                .bind(name)
                .fetch_optional(&mut *tx)
                .await?;
            let id = row.map(|row| row.get::<i64, _>(0));
            sqlx::query("DELETE FROM invitation WHERE terminal = ? AND used_at IS NULL")
                .bind(id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(id.map(TerminalId))
        };
        during("revoke a terminal", work.await)
    }
}
