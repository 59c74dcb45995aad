//! The SQLite database, and a transaction on it.

use crate::revocations::Log;
use crate::{StorageError, backup, during};
use sqlx::migrate::{Migrate as _, MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqlSafeStr as _, Sqlite, SqliteConnection, Transaction};
use std::fs::{File, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
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
    pub(crate) pool: SqlitePool,
    log: Log,
}

/// One act: all of it happens, or, when it is dropped without [`Tx::commit`], nothing.
pub struct Tx {
    inner: Transaction<'static, Sqlite>,
    log: Log,
}

impl Storage {
    /// Opens the file, making it and its tables when missing. `version` is the program's: before
    /// older tables are changed, a copy named after it is made.
    ///
    /// # Errors
    /// The file cannot be opened, or is of a later version.
    pub async fn open(path: &Path, version: &str) -> Result<Self, StorageError> {
        let private = keep_private(path).map_err(sqlx::Error::Io);
        during("open the file", private)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
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
        upgrade(&pool, path, version).await?;
        Ok(Self { pool, log: Log::beside(path) })
    }

    /// Closes the file; its journal is written into it.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// Begins an act.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin(&self) -> Result<Tx, StorageError> {
        Ok(Tx { inner: during("begin", self.pool.begin().await)?, log: self.log.clone() })
    }
}

impl Tx {
    /// Makes it happen.
    ///
    /// # Errors
    /// The database failed; then nothing has happened.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        self.log.write(&mut self.inner).await?;
        during("commit", self.inner.commit().await)
    }

    pub(crate) fn on(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}

/// SQLite gives its journals the rights of the file they belong to.
fn keep_private(path: &Path) -> std::io::Result<()> {
    let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    for journal in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(journal);
        match std::fs::set_permissions(&name, Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// What to do with a file that a later program has changed.
pub(crate) const LATER: &str = "it is of a later version of Borne; install that version again, or put back \
                                the copy beside it that was made before the upgrade (*.before-VERSION)";

async fn upgrade(pool: &SqlitePool, path: &Path, version: &str) -> Result<(), StorageError> {
    let (known, applied) = (migrator(), applied(pool).await?);
    let later = applied.iter().find(|step| known.iter().all(|m| m.version != **step));
    if let Some(step) = later {
        return during(LATER, Err(MigrateError::VersionMissing(*step).into()));
    }
    if !applied.is_empty() && applied.len() < known.iter().count() {
        backup::copy_before(pool, path, version).await?;
    }
    let migrated = known.run(pool).await.map_err(Into::into);
    during("bring the tables up to date", migrated)
}

/// Steps that were taken, in a file that may be new.
async fn applied(pool: &SqlitePool) -> Result<Vec<i64>, StorageError> {
    let work = async {
        let mut connection = pool.acquire().await?;
        connection.ensure_migrations_table(TABLE).await?;
        connection.list_applied_migrations(TABLE).await
    };
    let found: Result<_, MigrateError> = work.await;
    let versions = found.map(|steps| steps.into_iter().map(|step| step.version).collect());
    during("read which steps it has taken", versions.map_err(Into::into))
}

/// sqlx's own.
const TABLE: &str = "_sqlx_migrations";

/// The last step that this program knows.
pub(crate) fn newest() -> i64 {
    migrator().iter().map(|step| step.version).max().unwrap_or_default()
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
        step(8, "born", include_str!("../migrations/sqlite/0008_born.sql")),
        step(9, "renewal", include_str!("../migrations/sqlite/0009_renewal.sql")),
        step(10, "clients", include_str!("../migrations/sqlite/0010_clients.sql")),
    ])
}
