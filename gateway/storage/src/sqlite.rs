//! The SQLite database.

use crate::{StorageError, during};
use borne_gateway_model::Moment;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;
use std::time::Duration;

/// A gateway's database in one file.
///
/// WAL with `synchronous = NORMAL`: what was answered survives `kill -9` of the gateway; a power
/// cut may take the last moment of it, never the file's consistency. One connection: SQLite has one
/// writer anyway, so there is no lock to lose.
#[derive(Clone)]
pub struct Sqlite {
    pub(crate) pool: SqlitePool,
}

impl Sqlite {
    /// Opens the file, making it and its tables when missing.
    ///
    /// # Errors
    /// The file cannot be opened, or is of a later version.
    pub async fn open(path: &Path) -> Result<Self, StorageError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            // KiB. SQLite's own default of 2 MiB would be as much as all else the gateway holds,
            // and fill up over weeks.
            .pragma("cache_size", "-256")
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = during("open the file", pool)?;
        let migrated = migrator().run(&pool).await.map_err(Into::into);
        during("bring the tables up to date", migrated)?;
        Ok(Self { pool })
    }

    /// Forgets what is long over: used or expired tickets and taps, and sessions (with their
    /// tickets) that ended before `horizon` and of which every application has been told.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget(&self, now: Moment, horizon: Moment) -> Result<(), StorageError> {
        let sweep = async {
            sqlx::query("DELETE FROM tap WHERE expires_at < ?")
                .bind(now.0)
                .execute(&self.pool)
                .await?;
            sqlx::query("DELETE FROM login_ticket WHERE expires_at < ?")
                .bind(horizon.0)
                .execute(&self.pool)
                .await?;
            sqlx::query("DELETE FROM service_ticket WHERE expires_at < ?")
                .bind(horizon.0)
                .execute(&self.pool)
                .await?;
            sqlx::query("DELETE FROM invitation WHERE expires_at < ?")
                .bind(horizon.0)
                .execute(&self.pool)
                .await?;
            sqlx::query(
                "DELETE FROM sso_session WHERE ended_at < ?1
                 AND NOT EXISTS (SELECT 1 FROM logout_call WHERE session = sso_session.id AND done_at IS NULL)",
            )
            .bind(horizon.0)
            .execute(&self.pool)
            .await
        };
        during("forget what is over", sweep.await.map(drop))
    }
}

fn migrator() -> Migrator {
    let step = |version, description: &'static str, sql: &'static str| {
        Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    };
    Migrator::with_migrations(vec![
        step(1, "registry", include_str!("../migrations/sqlite/0001_registry.sql")),
        step(2, "sessions", include_str!("../migrations/sqlite/0002_sessions.sql")),
        step(3, "updates", include_str!("../migrations/sqlite/0003_updates.sql")),
        step(4, "joining", include_str!("../migrations/sqlite/0004_joining.sql")),
    ])
}
