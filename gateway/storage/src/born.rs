//! Which secrets a database belongs to.

use crate::{StorageError, Tx, during};
use borne_gateway_model::Moment;

/// Digests of the files that a database is worth nothing without.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Born {
    /// Of the pepper.
    pub pepper: Vec<u8>,
    /// Of the key of the terminals' authority.
    pub authority: Vec<u8>,
    /// Of its certificate.
    pub certificate: Vec<u8>,
}

impl Tx {
    /// What was written when the secrets were drawn; `None` before that, and in a database of a
    /// version that did not write it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn born(&mut self) -> Result<Option<Born>, StorageError> {
        let row = sqlx::query_as("SELECT pepper, authority, certificate FROM born");
        during("read which secrets it belongs to", row.fetch_optional(self.on()).await)
    }

    /// Whether anything depends on the secrets: a terminal, a badge, a line of the audit.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_used(&mut self) -> Result<bool, StorageError> {
        let used = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM terminal) OR EXISTS (SELECT 1 FROM badge)
             OR EXISTS (SELECT 1 FROM audit)",
        );
        during("look whether it is used", used.fetch_one(self.on()).await)
    }

    /// Writes down which secrets the database belongs to, once.
    ///
    /// # Errors
    /// The database failed, or it was written already.
    pub async fn bear(&mut self, born: &Born, now: Moment) -> Result<(), StorageError> {
        let done = sqlx::query(
            "INSERT INTO born (id, at, pepper, authority, certificate) VALUES (1, $1, $2, $3, $4)",
        )
        .bind(now.0)
        .bind(&born.pepper)
        .bind(&born.authority)
        .bind(&born.certificate)
        .execute(self.on())
        .await;
        during("write which secrets it belongs to", done.map(drop))
    }
}
