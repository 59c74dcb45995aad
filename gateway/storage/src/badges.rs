//! Badges, their PIN tries, and taps.

use crate::{Sqlite, StorageError, during};
use borne_gateway_model::api::{PIN_TRIES, TapId};
use borne_gateway_model::{BadgeId, BadgeKey, Login, Moment, PinHash, TerminalId, digest};
use sqlx::Row as _;

/// A badge as IT sees it.
pub struct BadgeRow {
    /// Its number in the registry.
    pub id: BadgeId,
    /// Whose.
    pub login: String,
    /// The UID's last two characters.
    pub hint: String,
    /// Tries used up.
    pub tries: u8,
    /// Since when.
    pub added: Moment,
}

/// What a PIN check needs.
pub struct BadgeSecrets {
    /// Its number in the registry.
    pub id: BadgeId,
    /// Whose.
    pub login: Login,
    /// Of its PIN.
    pub pin_hash: PinHash,
    /// Tries used up.
    pub tries: u8,
}

/// A tap that still counts.
pub struct Tap {
    /// The badge that was laid.
    pub badge: BadgeId,
    /// Where.
    pub terminal: TerminalId,
}

/// The badge registry.
pub trait Badges {
    /// Registers a badge, or gives a known one of the same login a new PIN. `false`: it belongs to
    /// somebody else.
    async fn put_badge(
        &self,
        key: &BadgeKey,
        hint: &str,
        login: &Login,
        pin: &PinHash,
        now: Moment,
    ) -> Result<bool, StorageError>;
    /// The badge with this UID.
    async fn badge_of(&self, key: &BadgeKey) -> Result<Option<BadgeSecrets>, StorageError>;
    /// The badge itself.
    async fn badge(&self, id: BadgeId) -> Result<Option<BadgeSecrets>, StorageError>;
    /// All of them, by login.
    async fn badges(&self) -> Result<Vec<BadgeRow>, StorageError>;
    /// Counts a try before it is made; the number it is, or `None` when the badge is locked.
    async fn count_try(&self, id: BadgeId) -> Result<Option<u8>, StorageError>;
    /// Forgets the tries: the PIN was right, or IT unlocked the badge.
    async fn clear_tries(&self, id: BadgeId) -> Result<(), StorageError>;
    /// Sets the PIN and forgets the tries.
    async fn set_pin(&self, id: BadgeId, pin: &PinHash) -> Result<(), StorageError>;
    /// Removes the badge.
    async fn remove_badge(&self, id: BadgeId) -> Result<(), StorageError>;
    /// Remembers a tap; earlier taps of the terminal are void.
    async fn put_tap(
        &self,
        tap: &TapId,
        terminal: TerminalId,
        badge: BadgeId,
        expires: Moment,
    ) -> Result<(), StorageError>;
    /// The tap, if it still counts.
    async fn tap(&self, tap: &TapId, now: Moment) -> Result<Option<Tap>, StorageError>;
    /// Uses a tap up. `false`: it was used meanwhile.
    async fn use_tap(&self, tap: &TapId) -> Result<bool, StorageError>;
}

impl Badges for Sqlite {
    async fn put_badge(
        &self,
        key: &BadgeKey,
        hint: &str,
        login: &Login,
        pin: &PinHash,
        now: Moment,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "INSERT INTO badge (uid_key, uid_hint, login, pin_hash, added_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (uid_key) DO UPDATE SET pin_hash = excluded.pin_hash, tries = 0 WHERE login = excluded.login",
        )
        .bind(&key.0)
        .bind(hint)
        .bind(login.as_str())
        .bind(&pin.0)
        .bind(now.0)
        .execute(&self.pool)
        .await;
        Ok(during("register a badge", done)?.rows_affected() == 1)
    }

    async fn badge_of(&self, key: &BadgeKey) -> Result<Option<BadgeSecrets>, StorageError> {
        let row = sqlx::query("SELECT id, login, pin_hash, tries FROM badge WHERE uid_key = ?")
            .bind(&key.0)
            .fetch_optional(&self.pool)
            .await;
        Ok(during("look a badge up", row)?.and_then(|row| secrets(&row)))
    }

    async fn badge(&self, id: BadgeId) -> Result<Option<BadgeSecrets>, StorageError> {
        let row = sqlx::query("SELECT id, login, pin_hash, tries FROM badge WHERE id = ?")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await;
        Ok(during("read a badge", row)?.and_then(|row| secrets(&row)))
    }

    async fn badges(&self) -> Result<Vec<BadgeRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, login, uid_hint, tries, added_at FROM badge ORDER BY login, id",
        )
        .fetch_all(&self.pool)
        .await;
        let read = |row: sqlx::sqlite::SqliteRow| BadgeRow {
            id: BadgeId(row.get(0)),
            login: row.get(1),
            hint: row.get(2),
            tries: row.get(3),
            added: Moment(row.get(4)),
        };
        Ok(during("list the badges", rows)?.into_iter().map(read).collect())
    }

    async fn count_try(&self, id: BadgeId) -> Result<Option<u8>, StorageError> {
        let row = sqlx::query(
            "UPDATE badge SET tries = tries + 1 WHERE id = ? AND tries < ? RETURNING tries",
        )
        .bind(id.0)
        .bind(PIN_TRIES)
        .fetch_optional(&self.pool)
        .await;
        Ok(during("count a PIN try", row)?.map(|row| row.get(0)))
    }

    async fn clear_tries(&self, id: BadgeId) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE badge SET tries = 0 WHERE id = ?")
            .bind(id.0)
            .execute(&self.pool)
            .await;
        during("clear the PIN tries", done.map(drop))
    }

    async fn set_pin(&self, id: BadgeId, pin: &PinHash) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE badge SET pin_hash = ?, tries = 0 WHERE id = ?")
            .bind(&pin.0)
            .bind(id.0)
            .execute(&self.pool)
            .await;
        during("set a PIN", done.map(drop))
    }

    async fn remove_badge(&self, id: BadgeId) -> Result<(), StorageError> {
        let done =
            sqlx::query("DELETE FROM badge WHERE id = ?").bind(id.0).execute(&self.pool).await;
        during("remove a badge", done.map(drop))
    }

    async fn put_tap(
        &self,
        tap: &TapId,
        terminal: TerminalId,
        badge: BadgeId,
        expires: Moment,
    ) -> Result<(), StorageError> {
        let work = async {
            let mut tx = self.pool.begin().await?;
            sqlx::query("DELETE FROM tap WHERE terminal = ?")
                .bind(terminal.0)
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "INSERT INTO tap (digest, terminal, badge, expires_at) VALUES (?, ?, ?, ?)",
            )
            .bind(digest(&tap.0).0)
            .bind(terminal.0)
            .bind(badge.0)
            .bind(expires.0)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        during("remember a tap", work.await)
    }

    async fn tap(&self, tap: &TapId, now: Moment) -> Result<Option<Tap>, StorageError> {
        let row =
            sqlx::query("SELECT badge, terminal FROM tap WHERE digest = ? AND expires_at > ?")
                .bind(digest(&tap.0).0)
                .bind(now.0)
                .fetch_optional(&self.pool)
                .await;
        Ok(during("look a tap up", row)?
            .map(|row| Tap { badge: BadgeId(row.get(0)), terminal: TerminalId(row.get(1)) }))
    }

    async fn use_tap(&self, tap: &TapId) -> Result<bool, StorageError> {
        let done = sqlx::query("DELETE FROM tap WHERE digest = ?")
            .bind(digest(&tap.0).0)
            .execute(&self.pool)
            .await;
        Ok(during("use a tap up", done)?.rows_affected() == 1)
    }
}

fn secrets(row: &sqlx::sqlite::SqliteRow) -> Option<BadgeSecrets> {
    let login = Login::parse(&row.get::<String, _>(1))?;
    Some(BadgeSecrets {
        id: BadgeId(row.get(0)),
        login,
        pin_hash: PinHash(row.get(2)),
        tries: row.get(3),
    })
}
