//! What is counted against guessing (`borne_gateway_model::verdict` says what follows from it).

use crate::{StorageError, Tx, during};
use borne_gateway_model::{BadgeId, Counted, Moment, TerminalId};

impl Tx {
    /// What has been counted for a badge at a terminal. What is of a time to come is of now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn counted(
        &mut self,
        badge: BadgeId,
        terminal: TerminalId,
        now: Moment,
    ) -> Result<Counted, StorageError> {
        let work = async {
            for text in [
                "UPDATE badge SET wrong_at = $1 WHERE id = $2 AND wrong_at > $1",
                "UPDATE wrong_here SET wrong_at = $1 WHERE badge = $2 AND wrong_at > $1",
            ] {
                sqlx::query(text).bind(now.0).bind(badge.0).execute(self.on()).await?;
            }
            sqlx::query_as::<_, (u32, i64, u32, i64, u32)>(
                "SELECT coalesce(h.wrong, 0), coalesce(h.wrong_at, 0), b.wrong_in_row, b.wrong_at,
                 (SELECT sum(wrong_since_set) FROM badge WHERE login = b.login)
                 FROM badge b LEFT JOIN wrong_here h ON h.badge = b.id AND h.terminal = $1
                 WHERE b.id = $2",
            )
            .bind(terminal.0)
            .bind(badge.0)
            .fetch_one(self.on())
            .await
        };
        let (here, here_at, row, row_at, since_set) =
            during("read what was counted against a badge", work.await)?;
        Ok(Counted { here: (here, Moment(here_at)), anywhere: (row, Moment(row_at)), since_set })
    }

    /// Counts a try as wrong, before it is made: neither tries in parallel nor a lost process give
    /// one away.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_wrong(
        &mut self,
        badge: BadgeId,
        terminal: TerminalId,
        now: Moment,
    ) -> Result<(), StorageError> {
        let work = async {
            sqlx::query(
                "UPDATE badge SET wrong_in_row = wrong_in_row + 1, wrong_at = $1,
                 wrong_since_set = wrong_since_set + 1, wrong_since_visit = wrong_since_visit + 1
                 WHERE id = $2",
            )
            .bind(now.0)
            .bind(badge.0)
            .execute(self.on())
            .await?;
            sqlx::query(
                "INSERT INTO wrong_here (badge, terminal, wrong, wrong_at) VALUES ($1, $2, 1, $3)
                 ON CONFLICT (badge, terminal) DO UPDATE SET wrong = wrong + 1, wrong_at = $3",
            )
            .bind(badge.0)
            .bind(terminal.0)
            .bind(now.0)
            .execute(self.on())
            .await
        };
        during("count a PIN try", work.await.map(drop))
    }

    /// The try was right: it is taken back, and none are in a row any more. How many have been wrong
    /// since the last right one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn was_right(&mut self, badge: BadgeId) -> Result<u32, StorageError> {
        let work = async {
            let wrong: u32 =
                sqlx::query_scalar("SELECT max(wrong_since_visit - 1, 0) FROM badge WHERE id = $1")
                    .bind(badge.0)
                    .fetch_one(self.on())
                    .await?;
            sqlx::query(
                "UPDATE badge SET wrong_since_set = max(wrong_since_set - 1, 0),
                 wrong_since_visit = 0 WHERE id = $1",
            )
            .bind(badge.0)
            .execute(self.on())
            .await?;
            Ok(wrong)
        };
        let wrong = during("take a right try back", work.await)?;
        self.clear_wrong(badge).await?;
        Ok(wrong)
    }

    /// Forgets the wrong PINs in a row, here and anywhere.
    ///
    /// # Errors
    /// The database failed.
    pub async fn clear_wrong(&mut self, badge: BadgeId) -> Result<(), StorageError> {
        let work = async {
            sqlx::query("UPDATE badge SET wrong_in_row = 0, wrong_at = 0 WHERE id = $1")
                .bind(badge.0)
                .execute(self.on())
                .await?;
            sqlx::query("DELETE FROM wrong_here WHERE badge = $1")
                .bind(badge.0)
                .execute(self.on())
                .await
        };
        during("forget the wrong PINs", work.await.map(drop))
    }

    /// Remembers a badge (keyed digest of its UID) that a terminal laid in vain, and forgets those
    /// before `horizon`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn suspect(
        &mut self,
        terminal: TerminalId,
        key: &[u8],
        now: Moment,
        horizon: Moment,
    ) -> Result<(), StorageError> {
        let work = async {
            sqlx::query("DELETE FROM suspect WHERE at < $1 OR at > $2")
                .bind(horizon.0)
                .bind(now.0)
                .execute(self.on())
                .await?;
            sqlx::query(
                "INSERT INTO suspect (terminal, key, at) VALUES ($1, $2, $3)
                 ON CONFLICT (terminal, key) DO UPDATE SET at = excluded.at",
            )
            .bind(terminal.0)
            .bind(key)
            .bind(now.0)
            .execute(self.on())
            .await
        };
        during("remember a badge laid in vain", work.await.map(drop))
    }

    /// How many different badges this terminal, and all of them together, laid in vain since
    /// `horizon`; and when this terminal laid the last.
    ///
    /// # Errors
    /// The database failed.
    pub async fn suspects(
        &mut self,
        terminal: TerminalId,
        horizon: Moment,
    ) -> Result<(u32, u32, Moment), StorageError> {
        let row = sqlx::query_as::<_, (u32, u32, i64)>(
            "SELECT coalesce(sum(terminal = $1), 0), count(*),
             coalesce(max(CASE WHEN terminal = $1 THEN at END), 0) FROM suspect WHERE at >= $2",
        )
        .bind(terminal.0)
        .bind(horizon.0)
        .fetch_one(self.on())
        .await;
        let (here, town, last) = during("count the badges laid in vain", row)?;
        Ok((here, town, Moment(last)))
    }

    /// The badge of a right PIN was not laid in vain.
    ///
    /// # Errors
    /// The database failed.
    pub async fn clear_suspect(&mut self, key: &[u8]) -> Result<(), StorageError> {
        let done =
            sqlx::query("DELETE FROM suspect WHERE key = $1").bind(key).execute(self.on()).await;
        during("forget a badge laid in vain", done.map(drop))
    }
}
