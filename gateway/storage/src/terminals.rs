//! Terminals and their invitations.

use crate::updates::{Report, read_report};
use crate::{StorageError, Tx, during};
use borne_gateway_model::{Digest, Moment, TerminalId};
use sqlx::Row as _;

/// A terminal as its certificate finds it.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Its row.
    pub id: TerminalId,
    /// Its name.
    pub name: String,
    /// IT took it out of service.
    pub revoked: bool,
    /// The certificate is the one that follows its present one.
    pub shows_next: bool,
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
    /// When two holders of its key were seen.
    pub doubled: Option<Moment>,
    /// Until when its certificate is good.
    pub certificate_ends: Option<Moment>,
    /// What it said last of itself.
    pub report: Option<Report>,
}

/// What a token that is still good opens.
pub enum Invitation {
    /// The joining of this terminal.
    Open {
        /// Its name.
        terminal: String,
    },
    /// It was used, and the terminal has not been heard of since.
    Spent(Spent),
}

/// What a token was used for.
pub struct Spent {
    /// The terminal's name.
    pub terminal: String,
    /// The key that used it: P-256, uncompressed point.
    pub public_key: Vec<u8>,
    /// What that key was given, PEM.
    pub certificate_pem: String,
}

/// What a terminal gets by joining.
pub struct NewIdentity<'a> {
    /// SHA-256 of the certificate.
    pub fingerprint: &'a [u8],
    /// P-256, uncompressed point.
    pub public_key: &'a [u8],
    /// The certificate, PEM; kept until the terminal has shown it.
    pub certificate_pem: &'a str,
    /// Until when that is good.
    pub ends: Moment,
}

impl Tx {
    /// Invites a terminal, new or known; earlier invitations of it are void.
    ///
    /// # Errors
    /// The database failed.
    pub async fn invite(
        &mut self,
        name: &str,
        token: &Digest,
        expires: Moment,
    ) -> Result<(), StorageError> {
        let work = async {
            sqlx::query("INSERT INTO terminal (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
                .bind(name)
                .execute(self.on())
                .await?;
            sqlx::query(
                "DELETE FROM invitation WHERE terminal = (SELECT id FROM terminal WHERE name = $1)",
            )
            .bind(name)
            .execute(self.on())
            .await?;
            sqlx::query(
                "INSERT INTO invitation (digest, terminal, expires_at) SELECT $1, id, $2 FROM terminal WHERE name = $3",
            )
            .bind(&token.0)
            .bind(expires.0)
            .bind(name)
            .execute(self.on())
            .await?;
            Ok(())
        };
        during("invite a terminal", work.await)
    }

    /// What an unexpired invitation opens.
    ///
    /// # Errors
    /// The database failed.
    pub async fn invited(
        &mut self,
        token: &Digest,
        now: Moment,
    ) -> Result<Option<Invitation>, StorageError> {
        // No certificate beside `used_at`: it was used before certificates were kept.
        let row = sqlx::query(
            "SELECT terminal.name, used_at IS NULL, public_key, certificate
             FROM invitation JOIN terminal ON terminal.id = invitation.terminal
             WHERE digest = $1 AND expires_at > $2 AND (used_at IS NULL OR certificate IS NOT NULL)",
        )
        .bind(&token.0)
        .bind(now.0)
        .fetch_optional(self.on())
        .await;
        let read = |row: sqlx::sqlite::SqliteRow| {
            let terminal = row.try_get(0)?;
            if row.try_get(1)? {
                return Ok(Invitation::Open { terminal });
            }
            let (public_key, certificate_pem) = (row.try_get(2)?, row.try_get(3)?);
            Ok(Invitation::Spent(Spent { terminal, public_key, certificate_pem }))
        };
        during("look an invitation up", row.and_then(|row| row.map(read).transpose()))
    }

    /// Uses an invitation up and binds the terminal to its certificate. `false`: it was used
    /// meanwhile.
    ///
    /// # Errors
    /// The database failed.
    pub async fn join(
        &mut self,
        token: &Digest,
        identity: &NewIdentity<'_>,
        now: Moment,
    ) -> Result<bool, StorageError> {
        let work = async {
            let used = sqlx::query(
                "UPDATE invitation SET used_at = $1, certificate = $2
                 WHERE digest = $3 AND used_at IS NULL AND expires_at > $1 RETURNING terminal",
            )
            .bind(now.0)
            .bind(identity.certificate_pem)
            .bind(&token.0)
            .fetch_optional(self.on())
            .await?;
            let Some(terminal) = used.map(|row| row.get::<i64, _>(0)) else { return Ok(false) };
            sqlx::query(
                "UPDATE terminal SET fingerprint = $1, public_key = $2, joined_at = $3, renewed_at = NULL,
                 certificate_began = $3, certificate_ends = $4, next_fingerprint = NULL,
                 revoked_at = NULL, doubled_at = NULL, run = NULL, run_shown = 0, run_before = NULL
                 WHERE id = $5",
            )
            .bind(identity.fingerprint)
            .bind(identity.public_key)
            .bind(now.0)
            .bind(identity.ends.0)
            .bind(terminal)
            .execute(self.on())
            .await?;
            sqlx::query("DELETE FROM superseded WHERE terminal = $1")
                .bind(terminal)
                .execute(self.on())
                .await?;
            Ok(true)
        };
        during("join a terminal", work.await)
    }

    /// The terminal has shown its certificate: the invitation it came by is void.
    ///
    /// # Errors
    /// The database failed.
    pub async fn arrived(&mut self, terminal: TerminalId) -> Result<(), StorageError> {
        let done =
            sqlx::query("DELETE FROM invitation WHERE terminal = $1 AND used_at IS NOT NULL")
                .bind(terminal.0)
                .execute(self.on())
                .await;
        during("void a used invitation", done.map(drop))
    }

    /// The terminal of a certificate.
    ///
    /// # Errors
    /// The database failed.
    pub async fn terminal(&mut self, fingerprint: &[u8]) -> Result<Option<Terminal>, StorageError> {
        let row = sqlx::query(
            "SELECT id, name, revoked_at IS NOT NULL, fingerprint IS NOT $1 FROM terminal
             WHERE fingerprint = $1 OR next_fingerprint = $1",
        )
        .bind(fingerprint)
        .fetch_optional(self.on())
        .await;
        let read = |row: sqlx::sqlite::SqliteRow| Terminal {
            id: TerminalId(row.get(0)),
            name: row.get(1),
            revoked: row.get(2),
            shows_next: row.get(3),
        };
        Ok(during("look a terminal up", row)?.map(read))
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn terminals(&mut self) -> Result<Vec<TerminalRow>, StorageError> {
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let told = row.try_get::<Option<i64>, _>("seen_at")?.is_some();
            Ok(TerminalRow {
                id: TerminalId(row.try_get("id")?),
                name: row.try_get("name")?,
                joined: row.try_get::<Option<i64>, _>("joined_at")?.map(Moment),
                revoked: row.try_get::<Option<i64>, _>("revoked_at")?.map(Moment),
                doubled: row.try_get::<Option<i64>, _>("doubled_at")?.map(Moment),
                certificate_ends: row.try_get::<Option<i64>, _>("certificate_ends")?.map(Moment),
                report: told.then(|| read_report(row)).transpose()?,
            })
        };
        let rows = sqlx::query(
            "SELECT terminal.id, name, joined_at, revoked_at, doubled_at, certificate_ends,
             terminal_status.* FROM terminal
             LEFT JOIN terminal_status ON terminal_status.terminal = terminal.id ORDER BY name",
        )
        .fetch_all(self.on())
        .await
        .and_then(|rows| rows.iter().map(read).collect());
        during("list the terminals", rows)
    }

    /// Revokes it and voids its invitations. `None`: there is no such terminal.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke(
        &mut self,
        name: &str,
        now: Moment,
    ) -> Result<Option<TerminalId>, StorageError> {
        let work = async {
            let row = sqlx::query(
                "UPDATE terminal SET revoked_at = $1, next_fingerprint = NULL WHERE name = $2
                 RETURNING id",
            )
            .bind(now.0)
            .bind(name)
            .fetch_optional(self.on())
            .await?;
            let id = row.map(|row| row.get::<i64, _>(0));
            sqlx::query("DELETE FROM invitation WHERE terminal = $1")
                .bind(id)
                .execute(self.on())
                .await?;
            Ok(id.map(TerminalId))
        };
        during("revoke a terminal", work.await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Storage;

    #[tokio::test]
    async fn a_spent_invitation_gives_no_longer_than_it_would_have_lived()
    -> Result<(), StorageError> {
        let file = std::env::temp_dir().join(format!("borne-invitation-{}", std::process::id()));
        let _none_there = std::fs::remove_file(&file);
        let mut db = Storage::open(&file, "test").await?.begin().await?;
        let token = Digest(vec![7; 32]);
        db.invite("salle-1", &token, Moment(1_000)).await?;
        assert!(matches!(db.invited(&token, Moment(999)).await?, Some(Invitation::Open { .. })));
        let identity = NewIdentity {
            fingerprint: &[1; 32],
            public_key: &[4; 65],
            certificate_pem: "certificate",
            ends: Moment(2_000),
        };
        assert!(db.join(&token, &identity, Moment(500)).await?);
        assert!(!db.join(&token, &identity, Moment(501)).await?, "used twice");
        let Some(Invitation::Spent(spent)) = db.invited(&token, Moment(999)).await? else {
            panic!("not to be had again")
        };
        assert_eq!(
            (spent.terminal.as_str(), spent.certificate_pem.as_str()),
            ("salle-1", "certificate")
        );
        assert_eq!(spent.public_key, [4; 65]);
        assert!(db.invited(&token, Moment(1_000)).await?.is_none(), "it has outlived its token");
        let _gone = std::fs::remove_file(&file);
        Ok(())
    }
}
