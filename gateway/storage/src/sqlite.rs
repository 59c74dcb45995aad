//! The SQLite database, and a transaction on it.

use crate::{StorageError, during};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqlSafeStr as _, Sqlite, SqliteConnection, Transaction};
use std::path::Path;
use std::time::Duration;

/// A gateway's database in one file.
///
/// WAL with `synchronous = NORMAL`: what was answered survives `kill -9` of the gateway; a power cut
/// may take the last moment of it, never the file's consistency. One connection: SQLite has one
/// writer anyway, so there is no lock to lose. Whoever holds a [`Tx`] holds all others up, and so
/// waits for nothing else meanwhile.
#[derive(Clone)]
pub struct Storage {
    pool: SqlitePool,
}

/// One act: all of it happens, or, when it is dropped without [`Tx::commit`], nothing.
pub struct Tx {
    inner: Transaction<'static, Sqlite>,
}

impl Storage {
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
            // What a statement may have to take back would else be a file in /var/tmp, which the gateway
            // may not open.
            .pragma("temp_store", "memory")
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = during("open the file", pool)?;
        let migrated = migrator().run(&pool).await.map_err(Into::into);
        during("bring the tables up to date", migrated)?;
        Ok(Self { pool })
    }

    /// Begins an act.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin(&self) -> Result<Tx, StorageError> {
        Ok(Tx { inner: during("begin", self.pool.begin().await)? })
    }
}

impl Tx {
    /// Makes it happen.
    ///
    /// # Errors
    /// The database failed; then nothing has happened.
    pub async fn commit(self) -> Result<(), StorageError> {
        during("commit", self.inner.commit().await)
    }

    pub(crate) fn on(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}

fn migrator() -> Migrator {
    let step = |version, description: &'static str, sql: &'static str| {
        let sql = sql.into_sql_str();
        Migration::new(version, description.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(vec![
        step(1, "registry", include_str!("../migrations/sqlite/0001_registry.sql")),
        step(2, "sessions", include_str!("../migrations/sqlite/0002_sessions.sql")),
        step(3, "updates", include_str!("../migrations/sqlite/0003_updates.sql")),
        step(4, "joining", include_str!("../migrations/sqlite/0004_joining.sql")),
        step(5, "audit", include_str!("../migrations/sqlite/0005_audit.sql")),
        step(6, "app sessions", include_str!("../migrations/sqlite/0006_sessions.sql")),
        step(7, "guard", include_str!("../migrations/sqlite/0007_guard.sql")),
    ])
}
