//! The certificate that follows a terminal's present one (docs/protocol/terminal-api.md, "Renewal").
//!
//! Duties: both are good until the new one is shown; from then on the old one is known as one that
//! only a copy can show. Never: two that follow.

use crate::{NewIdentity, StorageError, Terminal, Tx, during};
use borne_gateway_model::{Moment, TerminalId};
use sqlx::Row as _;

/// A certificate whose place another has taken.
pub struct Superseded {
    /// Whose it was.
    pub terminal: Terminal,
    /// When the other one was shown.
    pub at: Moment,
}

impl Tx {
    /// Gives a terminal the certificate that follows; one that was given before and never shown is
    /// void.
    ///
    /// # Errors
    /// The database failed.
    pub async fn give_next(
        &mut self,
        terminal: TerminalId,
        next: &NewIdentity<'_>,
        now: Moment,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "UPDATE terminal SET next_fingerprint = $1, next_public_key = $2, next_began = $3,
             next_ends = $4 WHERE id = $5",
        )
        .bind(next.fingerprint)
        .bind(next.public_key)
        .bind(now.0)
        .bind(next.ends.0)
        .bind(terminal.0)
        .execute(self.on())
        .await;
        during("give a terminal its next certificate", done.map(drop))
    }

    /// The terminal has shown what followed: it takes the place of the one before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_next(
        &mut self,
        terminal: TerminalId,
        now: Moment,
    ) -> Result<(), StorageError> {
        let work = async {
            sqlx::query(
                "INSERT OR REPLACE INTO superseded (fingerprint, terminal, at)
                 SELECT fingerprint, id, $1 FROM terminal WHERE id = $2",
            )
            .bind(now.0)
            .bind(terminal.0)
            .execute(self.on())
            .await?;
            sqlx::query(TAKE_NEXT).bind(now.0).bind(terminal.0).execute(self.on()).await
        };
        during("renew a terminal", work.await.map(drop))
    }

    /// Whose certificate this was before it was renewed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn superseded(
        &mut self,
        fingerprint: &[u8],
    ) -> Result<Option<Superseded>, StorageError> {
        let row = sqlx::query(
            "SELECT id, name, revoked_at IS NOT NULL, at FROM superseded
             JOIN terminal ON terminal.id = superseded.terminal WHERE superseded.fingerprint = $1",
        )
        .bind(fingerprint)
        .fetch_optional(self.on())
        .await;
        let read = |row: sqlx::sqlite::SqliteRow| Superseded {
            terminal: Terminal {
                id: TerminalId(row.get(0)),
                name: row.get(1),
                revoked: row.get(2),
                shows_next: false,
            },
            at: Moment(row.get(3)),
        };
        Ok(during("look a certificate of before up", row)?.map(read))
    }

    /// Since when and until when a terminal's certificate is good; the one that follows does not
    /// count.
    ///
    /// # Errors
    /// The database failed.
    pub async fn certificate_life(
        &mut self,
        terminal: TerminalId,
    ) -> Result<(Option<Moment>, Option<Moment>), StorageError> {
        let row =
            sqlx::query("SELECT certificate_began, certificate_ends FROM terminal WHERE id = $1")
                .bind(terminal.0)
                .fetch_one(self.on())
                .await;
        let row = during("look a certificate's life up", row)?;
        let moment = |at: usize| row.get::<Option<i64>, _>(at).map(Moment);
        Ok((moment(0), moment(1)))
    }
}

/// `$1` is now, `$2` the terminal.
pub(crate) const TAKE_NEXT: &str = "UPDATE terminal SET fingerprint = next_fingerprint,
    public_key = next_public_key, certificate_began = next_began, certificate_ends = next_ends,
    renewed_at = $1, next_fingerprint = NULL, next_public_key = NULL, next_began = NULL,
    next_ends = NULL WHERE id = $2 AND next_fingerprint IS NOT NULL";
