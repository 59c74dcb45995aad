//! Copies of the database, and what a copy that is put back must forget and keep closed.

use crate::renewals::TAKE_NEXT;
use crate::sqlite::{LATER, newest};
use crate::{Closed, Revocation, Storage, StorageError, Tx, during};
use borne_gateway_model::BUDGET;
use sqlx::migrate::MigrateError;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Copies before an upgrade that are kept.
const KEPT: usize = 3;

/// What putting a backup back has closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reclosed {
    /// Terminals revoked again.
    pub terminals: u64,
    /// Badges removed again.
    pub badges: u64,
    /// Badges that need a new PIN: the backup has an old one.
    pub pins: u64,
    /// The epoch that begins.
    pub epoch: i64,
}

impl Storage {
    /// Writes all of it, as it is at one moment, into a new file (0600) while it is in use.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StorageError> {
        copy(&self.pool, path).await
    }

    /// Makes a copy that was put back safe: every session, ticket, tap and open invitation is void,
    /// and what `revocations` closed since the copy was made is closed again.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn put_back(&self, revocations: &[Revocation]) -> Result<Reclosed, StorageError> {
        let mut tx = self.begin().await?;
        let mut done = Reclosed::default();
        let work = async {
            for line in revocations {
                let query = match line.what {
                    Closed::Certificate => {
                        renewed_since(&mut tx, line).await?;
                        sqlx::query(
                            "UPDATE terminal SET revoked_at = $2 WHERE fingerprint = $1
                             AND revoked_at IS NULL",
                        )
                    }
                    Closed::Badge => {
                        sqlx::query("DELETE FROM badge WHERE uid_key = $1 AND added_at <= $2")
                    }
                    Closed::Pin => sqlx::query(
                        "UPDATE badge SET wrong_since_set = $3 WHERE uid_key = $1 AND added_at <= $2
                         AND wrong_since_set < $3",
                    ),
                };
                let query = query.bind(&line.subject).bind(line.at);
                let query = if line.what == Closed::Pin { query.bind(BUDGET) } else { query };
                let rows = query.execute(tx.on()).await?.rows_affected();
                *match line.what {
                    Closed::Certificate => &mut done.terminals,
                    Closed::Badge => &mut done.badges,
                    Closed::Pin => &mut done.pins,
                } += rows;
            }
            for forget in [
                "DELETE FROM invitation",
                "DELETE FROM tap",
                "DELETE FROM login_ticket",
                "DELETE FROM service_ticket",
                "DELETE FROM granting_ticket",
                "UPDATE sso_session SET cookie = NULL",
                // The terminals have newer ones, which must not look like those of a copy.
                "UPDATE terminal SET run = NULL, run_shown = 0, run_before = NULL",
            ] {
                sqlx::query(forget).execute(tx.on()).await?;
            }
            sqlx::query_scalar("UPDATE born SET epoch = epoch + 1 RETURNING epoch")
                .fetch_one(tx.on())
                .await
        };
        done.epoch = during("put a backup back", work.await)?;
        tx.commit().await?;
        Ok(done)
    }

    /// Looks whether a file is whole and says how far its tables are, without changing anything.
    ///
    /// # Errors
    /// It cannot be opened, is damaged, or of a later version.
    pub async fn inspect(path: &Path) -> Result<String, StorageError> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true);
        let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
        let pool = during("open the file", pool.connect_with(options).await)?;
        let said = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&pool).await;
        let said: String = during("read all of it", said)?;
        let whole = if said == "ok" { Ok(()) } else { Err(sqlx::Error::Protocol(said)) };
        during("it is damaged, put it back from a backup", whole)?;
        let step = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations");
        let step: i64 = during("read its version", step.fetch_one(&pool).await)?;
        pool.close().await;
        if step > newest() {
            return during(LATER, Err(MigrateError::VersionMissing(step).into()));
        }
        Ok(format!("version {step}"))
    }
}

/// A closed certificate whose follower the backup knows was renewed since: that one takes its place,
/// and is itself closed if a later line says so. A closed follower is void.
async fn renewed_since(tx: &mut Tx, line: &Revocation) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE terminal SET next_fingerprint = NULL WHERE next_fingerprint = $1")
        .bind(&line.subject)
        .execute(tx.on())
        .await?;
    let terminal: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM terminal WHERE fingerprint = $1 AND next_fingerprint IS NOT NULL",
    )
    .bind(&line.subject)
    .fetch_optional(tx.on())
    .await?;
    sqlx::query(TAKE_NEXT).bind(line.at).bind(terminal).execute(tx.on()).await.map(drop)
}

/// The copy before an upgrade: `DATABASE.before-VERSION`, the last three of which are kept.
pub(crate) async fn copy_before(
    pool: &sqlx::SqlitePool,
    database: &Path,
    version: &str,
) -> Result<(), StorageError> {
    let copies = database.with_extension(format!("sqlite.before-{version}"));
    // A copy that is there was made before the same upgrade, and is the older one.
    let free = (0..)
        .map(|n| if n == 0 { copies.clone() } else { copies.with_added_extension(n.to_string()) });
    let path = free.into_iter().find(|path| !path.exists()).unwrap_or(copies);
    copy(pool, &path).await?;
    during("drop old copies", drop_oldest(database).map_err(sqlx::Error::Io))
}

async fn copy(pool: &sqlx::SqlitePool, path: &Path) -> Result<(), StorageError> {
    // SQLite takes an empty file, and so never makes one that others could read.
    let empty = File::options().write(true).create_new(true).mode(0o600).open(path);
    during("copy it", empty.map(drop).map_err(sqlx::Error::Io))?;
    let text = path.to_string_lossy().into_owned();
    let copied = sqlx::query("VACUUM INTO $1").bind(text).execute(pool).await;
    if copied.is_err() {
        let _half = fs::remove_file(path);
    }
    during("copy it", copied.map(drop))?;
    during("copy it", File::open(path).and_then(|file| file.sync_all()).map_err(sqlx::Error::Io))
}

fn drop_oldest(database: &Path) -> io::Result<()> {
    let folder = database.parent().unwrap_or(Path::new("."));
    let name = database.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("{name}.before-");
    let mut copies: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(folder)?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    copies.sort();
    for (_, old) in copies.iter().rev().skip(KEPT) {
        fs::remove_file(old)?;
    }
    Ok(())
}
