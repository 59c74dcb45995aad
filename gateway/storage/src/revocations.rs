//! The revocation log: what must stay closed when an older backup is put back.
//!
//! A text file beside the database that only grows and holds no secret: a line is
//! `MILLISECONDS KIND HEXADECIMAL`, its kinds are those of `0008_born.sql`. The database makes the
//! lines; a commit writes them, so that no act can forget it.

use crate::{StorageError, during};
use sqlx::{Row as _, SqliteConnection};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What a line closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// A terminal's certificate: revoked, cut off or replaced.
    Certificate,
    /// A badge: removed.
    Badge,
    /// A badge's PIN before that moment.
    Pin,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Milliseconds since 1970.
    pub at: i64,
    /// What is closed.
    pub what: Closed,
    /// Digest of it.
    pub subject: Vec<u8>,
}

impl Revocation {
    /// Reads a line; `None` when it is malformed.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (at, kind, subject) = (words.next()?, words.next()?, words.next()?);
        let what = match kind {
            "certificate" => Closed::Certificate,
            "badge" => Closed::Badge,
            "pin" => Closed::Pin,
            _ => return None,
        };
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let whole = words.next().is_none() && subject.len() == 64 && subject.is_ascii();
        let subject = subject.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>()?;
        whole.then_some(Self { at: at.parse().ok()?, what, subject })
    }
}

/// Where the log is.
#[derive(Clone, Debug)]
pub(crate) struct Log(PathBuf);

impl Log {
    pub(crate) fn beside(database: &Path) -> Self {
        Self(database.with_file_name("revocations.log"))
    }

    /// Appends the lines that `transaction` has made.
    pub(crate) async fn write(
        &self,
        transaction: &mut SqliteConnection,
    ) -> Result<(), StorageError> {
        const OPERATION: &str = "write the revocation log";
        let rows =
            sqlx::query("SELECT at, kind, subject FROM revocation WHERE written = 0 ORDER BY id")
                .fetch_all(&mut *transaction)
                .await;
        let rows = during(OPERATION, rows)?;
        if rows.is_empty() {
            return Ok(());
        }
        let line = |row: &sqlx::sqlite::SqliteRow| {
            let (at, kind): (i64, String) = (row.get(0), row.get(1));
            format!("{at} {kind} {}\n", row.get::<String, _>(2))
        };
        let text: String = rows.iter().map(line).collect();
        during(OPERATION, self.append(&text).map_err(sqlx::Error::Io))?;
        let done = sqlx::query("UPDATE revocation SET written = 1 WHERE written = 0")
            .execute(transaction)
            .await;
        during(OPERATION, done.map(drop))
    }

    fn append(&self, text: &str) -> io::Result<()> {
        let mut file = File::options().create(true).append(true).mode(0o600).open(&self.0)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_whole_or_none() {
        let digest = "ab".repeat(32);
        let line = Revocation::parse(&format!("17 badge {digest}")).unwrap();
        assert_eq!((line.at, line.what, line.subject), (17, Closed::Badge, vec![0xab; 32]));
        for bad in [
            format!("17 badge {}", &digest[2..]),
            format!("17 badge {digest} more"),
            format!("x badge {digest}"),
            format!("17 user {digest}"),
            format!("17 pin {}zz", &digest[2..]),
            String::new(),
        ] {
            assert_eq!(Revocation::parse(&bad), None, "{bad}");
        }
    }
}
