//! The parser's complaint in our words: line, key, and what is wrong.
//!
//! Never: a value of the file, which may be a secret; the parser's own picture of the place repeats
//! the line.

use super::ProvisionError;
use borne_ipc::Wrong;

/// Names of keys are shown up to here; ours are shorter.
const LONGEST: usize = 24;

/// Nothing more is known.
pub fn nowhere(what: Wrong) -> ProvisionError {
    ProvisionError { line: 0, key: String::new(), what }
}

/// What `error` says of `text`.
pub fn of(text: &str, error: &toml::de::Error) -> ProvisionError {
    let at = error.span().map_or(0, |span| span.start);
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let message = error.message();
    let named = |start: &str| Some(message.strip_prefix(start)?.split('`').next().unwrap_or(""));
    let here = text.lines().nth(line - 1).unwrap_or_default();
    let (key, what) = if let Some(name) = named("unknown field `") {
        (Some(name), Wrong::UnknownKey)
    } else if let Some(name) = named("missing field `") {
        (Some(name), Wrong::MissingKey)
    } else if message.starts_with("duplicate key") {
        (here.split('=').next(), Wrong::Twice)
    } else if message.starts_with("invalid type") || message.starts_with("invalid value") {
        (here.split('=').next(), Wrong::Kind)
    } else {
        (None, Wrong::Syntax)
    };
    let key = key.and_then(|key| bare(key.trim()));
    // A line in brackets is the table.
    let table = table(text, line)
        .filter(|_| !here.trim_start().starts_with('[') || what == Wrong::MissingKey);
    let key = match (table, key) {
        (Some(table), Some(key)) => format!("{table}.{key}"),
        (_, key) => key.unwrap_or_default().to_owned(),
    };
    // A key that is missing has no line of its own.
    let line = if what == Wrong::MissingKey { 0 } else { u32::try_from(line).unwrap_or(0) };
    ProvisionError { line, key, what }
}

/// The table that this line is in.
fn table(text: &str, line: usize) -> Option<&str> {
    let heads = text.lines().take(line).filter_map(|line| line.trim().strip_prefix('['));
    heads.last().and_then(|head| bare(head.split(']').next()?.trim()))
}

/// A key as keys are written (TOML 1.0, bare keys); anything else may be a value.
fn bare(key: &str) -> Option<&str> {
    let key = key.trim_matches(['"', '\'', '[', ']']);
    let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (plain && (1..=LONGEST).contains(&key.len())).then_some(key)
}
