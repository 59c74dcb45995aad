//! A gateway's database as another version would leave it, by the `sqlite3` program.
//!
//! Never: a change beside a gateway that runs.

use std::path::Path;
use std::process::Command;

/// SQL that makes of a database the one that the version before the newest migration (0010) left,
/// with its rows. A new migration has this rewritten.
pub const ONE_MIGRATION_BACK: &str = "
    ALTER TABLE outbox RENAME TO new_outbox; ALTER TABLE app_session RENAME TO new_app_session;
    DROP INDEX app_session_session; DROP INDEX outbox_due;
    CREATE TABLE app_session (id INTEGER PRIMARY KEY,
        session TEXT NOT NULL REFERENCES sso_session (id) ON DELETE CASCADE,
        application TEXT NOT NULL, address TEXT NOT NULL, ticket TEXT NOT NULL);
    CREATE INDEX app_session_session ON app_session (session);
    CREATE TABLE outbox (app_session INTEGER PRIMARY KEY REFERENCES app_session (id) ON DELETE CASCADE,
        due_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX outbox_due ON outbox (due_at);
    INSERT INTO app_session SELECT id, session, application, address, handle FROM new_app_session;
    INSERT INTO outbox SELECT * FROM new_outbox;
    DROP TABLE new_outbox; DROP TABLE new_app_session;
    DELETE FROM _sqlx_migrations WHERE version = 10;";

/// SQL that makes of a database one of a version that is still to come.
pub const LATER_VERSION: &str =
    "INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', 1, x'00', 1)";

/// What the statements answer.
///
/// # Panics
/// When `sqlite3` is missing, or does not like them.
#[must_use]
pub fn sqlite(database: &Path, statements: &str) -> String {
    let output = Command::new("sqlite3").arg(database).arg(statements).output();
    let output = output.expect("sqlite3, of the package sqlite3");
    assert!(output.status.success(), "{}: {output:?}", database.display());
    String::from_utf8(output.stdout).expect("text")
}

impl super::Gateway {
    /// What the statements answer on its database.
    ///
    /// # Panics
    /// As [`sqlite`].
    pub fn sql(&self, statements: &str) -> String {
        sqlite(&self.state().join("gateway.sqlite"), statements)
    }
}
