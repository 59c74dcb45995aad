//! Badges and taps.

use crate::{StorageError, Tx, during};
use borne_gateway_model::api::TapId;
use borne_gateway_model::{BadgeId, BadgeKey, Login, Moment, PinHash, TerminalId, digest};

/// A badge as IT sees it.
#[derive(sqlx::FromRow)]
pub struct BadgeRow {
    /// Its number in the registry.
    #[sqlx(try_from = "i64")]
    pub id: BadgeId,
    /// The agent who has it.
    #[sqlx(try_from = "String")]
    pub login: Login,
    /// The UID's last two characters.
    pub uid_hint: String,
    /// Wrong PINs in a row, at all terminals together.
    pub wrong_in_row: u32,
    /// When the last of them was.
    #[sqlx(try_from = "i64")]
    pub wrong_at: Moment,
    /// Wrong PINs since it was set.
    pub wrong_since_set: u32,
    /// When it was registered.
    #[sqlx(try_from = "i64")]
    pub added_at: Moment,
}

/// What a PIN check needs.
#[derive(Clone, sqlx::FromRow)]
pub struct Badge {
    /// Its number in the registry.
    #[sqlx(try_from = "i64")]
    pub id: BadgeId,
    /// The agent who has it.
    #[sqlx(try_from = "String")]
    pub login: Login,
    /// Of its PIN.
    #[sqlx(try_from = "String")]
    pub pin_hash: PinHash,
    /// Keyed digest of its UID.
    pub uid_key: Vec<u8>,
}

/// A tap that still counts.
#[derive(sqlx::FromRow)]
pub struct Tap {
    /// The badge that was laid.
    #[sqlx(try_from = "i64")]
    pub badge: BadgeId,
    /// The terminal it was laid at.
    #[sqlx(try_from = "i64")]
    pub terminal: TerminalId,
}

const BADGE: &str = "SELECT id, login, pin_hash, uid_key FROM badge";

impl Tx {
    /// Registers a badge. `None`: it is registered already.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_badge(
        &mut self,
        key: &BadgeKey,
        hint: &str,
        login: &Login,
        pin: &PinHash,
        now: Moment,
    ) -> Result<Option<BadgeId>, StorageError> {
        let id = sqlx::query_scalar(
            "INSERT INTO badge (uid_key, uid_hint, login, pin_hash, added_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (uid_key) DO NOTHING RETURNING id",
        )
        .bind(&key.0)
        .bind(hint)
        .bind(login.as_str())
        .bind(&pin.0)
        .bind(now.0)
        .fetch_optional(self.on())
        .await;
        Ok(during("register a badge", id)?.map(BadgeId))
    }

    /// The badge with this UID.
    ///
    /// # Errors
    /// The database failed.
    pub async fn badge_of(&mut self, key: &BadgeKey) -> Result<Option<Badge>, StorageError> {
        let row = sqlx::query_as(sqlx::AssertSqlSafe(format!("{BADGE} WHERE uid_key = $1")))
            .bind(&key.0)
            .fetch_optional(self.on())
            .await;
        during("look a badge up", row)
    }

    /// The badge itself.
    ///
    /// # Errors
    /// The database failed.
    pub async fn badge(&mut self, id: BadgeId) -> Result<Option<Badge>, StorageError> {
        let row = sqlx::query_as(sqlx::AssertSqlSafe(format!("{BADGE} WHERE id = $1")))
            .bind(id.0)
            .fetch_optional(self.on())
            .await;
        during("read a badge", row)
    }

    /// All of them, by login.
    ///
    /// # Errors
    /// The database failed.
    pub async fn badges(&mut self) -> Result<Vec<BadgeRow>, StorageError> {
        let rows = sqlx::query_as(
            "SELECT id, login, uid_hint, wrong_in_row, wrong_at, wrong_since_set, added_at
             FROM badge ORDER BY login, id",
        )
        .fetch_all(self.on())
        .await;
        during("list the badges", rows)
    }

    /// Sets the PIN; what was counted against the old one is forgotten.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_pin(&mut self, id: BadgeId, pin: &PinHash) -> Result<(), StorageError> {
        self.clear_wrong(id).await?;
        let done = sqlx::query(
            "UPDATE badge SET pin_hash = $1, wrong_since_set = 0, wrong_since_visit = 0 WHERE id = $2",
        )
        .bind(&pin.0)
        .bind(id.0)
        .execute(self.on())
        .await;
        during("set a PIN", done.map(drop))
    }

    /// Removes the badge, with its taps.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_badge(&mut self, id: BadgeId) -> Result<(), StorageError> {
        let done =
            sqlx::query("DELETE FROM badge WHERE id = $1").bind(id.0).execute(self.on()).await;
        during("remove a badge", done.map(drop))
    }

    /// Remembers a tap; earlier taps of the terminal are void.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_tap(
        &mut self,
        tap: &TapId,
        terminal: TerminalId,
        badge: BadgeId,
        expires: Moment,
    ) -> Result<(), StorageError> {
        let work = async {
            sqlx::query("DELETE FROM tap WHERE terminal = $1")
                .bind(terminal.0)
                .execute(self.on())
                .await?;
            sqlx::query(
                "INSERT INTO tap (digest, terminal, badge, expires_at) VALUES ($1, $2, $3, $4)",
            )
            .bind(digest(&tap.0).0)
            .bind(terminal.0)
            .bind(badge.0)
            .bind(expires.0)
            .execute(self.on())
            .await
        };
        during("remember a tap", work.await.map(drop))
    }

    /// The tap, if it still counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tap(&mut self, tap: &TapId, now: Moment) -> Result<Option<Tap>, StorageError> {
        let row =
            sqlx::query_as("SELECT badge, terminal FROM tap WHERE digest = $1 AND expires_at > $2")
                .bind(digest(&tap.0).0)
                .bind(now.0)
                .fetch_optional(self.on())
                .await;
        during("look a tap up", row)
    }

    /// Uses a tap up. `false`: it was used meanwhile.
    ///
    /// # Errors
    /// The database failed.
    pub async fn use_tap(&mut self, tap: &TapId) -> Result<bool, StorageError> {
        let done = sqlx::query("DELETE FROM tap WHERE digest = $1")
            .bind(digest(&tap.0).0)
            .execute(self.on())
            .await;
        Ok(during("use a tap up", done)?.rows_affected() == 1)
    }
}
