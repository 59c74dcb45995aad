//! What the security suite tried and what came of it, written down as it happens.
//!
//! Duties: one line per attempt and per figure in `target/security/tries.jsonl`;
//! `borne-security-report` reads them back. Never: a verdict of its own. An attempt that does not
//! say it was held counts as an escape.

pub mod matrix;

use crate::agents::repository;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;

/// One line of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Line {
    /// A row of the matrix was tried.
    Tried {
        /// Its number in [`matrix::ROWS`].
        row: u8,
        /// What was done, in a phrase.
        what: String,
        /// Source file of the test.
        by: String,
        /// Whether it held to the end.
        held: bool,
    },
    /// A number for `target/security.json`; those of one name and different sources add up.
    Figure {
        /// Its key.
        name: String,
        /// As measured.
        value: f64,
        /// Whose part of it this is; the last one of a source counts.
        of: String,
    },
}

/// A row being tried. Dropped without [`Attempt::held`], by a panic or by an early return, it is an
/// escape.
#[must_use = "say that it was held"]
pub struct Attempt(Option<Line>);

/// Begins to try `row`; `what` is a phrase that is the same in every run, for docs/ESCAPES.md.
///
/// # Panics
/// When the matrix has no such row.
#[track_caller]
pub fn attempt(row: u8, what: &str) -> Attempt {
    assert!(matrix::ROWS.iter().any(|known| known.number == row), "the matrix has no row {row}");
    let by = std::panic::Location::caller().file().to_owned();
    Attempt(Some(Line::Tried { row, what: what.to_owned(), by, held: false }))
}

impl Attempt {
    /// Everything that was asserted about it is true.
    pub fn held(mut self) {
        if let Some(Line::Tried { row, what, by, .. }) = self.0.take() {
            write(&Line::Tried { row, what, by, held: true });
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(line) = self.0.take() {
            write(&line);
        }
    }
}

/// A part of a number for `target/security.json`; what of the same name comes from elsewhere is
/// added to it.
pub fn figure(name: &str, value: f64, of: &str) {
    write(&Line::Figure { name: name.to_owned(), value, of: of.to_owned() });
}

/// Where the lines are.
#[must_use]
pub fn file() -> PathBuf {
    repository().join("target/security/tries.jsonl")
}

/// All lines so far; none when nothing was tried.
///
/// # Panics
/// When a line is not one of ours.
#[must_use]
pub fn read() -> Vec<Line> {
    let text = fs::read_to_string(file()).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a line of the record")).collect()
}

fn write(line: &Line) {
    let path = file();
    let directory = path.parent().expect("a directory");
    fs::create_dir_all(directory).expect("make the record's directory");
    let mut text = serde_json::to_string(line).expect("write a line");
    text.push('\n');
    let written = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut f| f.write_all(text.as_bytes()));
    written.unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
}
