//! What the gateway answers: one variant per kind of answer, in values. Whoever shows them lays them
//! out: `bornectl` in columns, or as JSON under exactly these names.
//!
//! The names of the lines' fields are stable: one may be added, none is renamed or removed
//! (bornectl(1), "JSON").

use crate::update::{Health, Hours, Outcome, Version};
use crate::{Secret, SessionId};
use serde::{Deserialize, Serialize};

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AdminAnswer {
    /// Done; a sentence for the operator.
    Done(String),
    /// A one-time token, to be shown once.
    Token(Secret),
    /// So many bytes follow the line: an encrypted file.
    File(u64),
    /// All terminals.
    Terminals(Vec<TerminalLine>),
    /// All badges.
    Badges(Vec<BadgeLine>),
    /// Open sessions.
    Sessions(Vec<SessionLine>),
    /// Offers of updates.
    Updates(Vec<UpdateLine>),
    /// Lines of the audit, oldest first.
    Audit(Vec<AuditLine>),
    /// Not done; a sentence that says why.
    Refused(String),
}

/// A moment, RFC 3339 in UTC, to the second.
pub type At = String;

/// One terminal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminalLine {
    /// Its name.
    pub terminal: String,
    /// Whether it may be used.
    pub state: TerminalState,
    /// When it joined.
    pub joined: Option<At>,
    /// When it was revoked, or cut off as a copy.
    pub cut_off: Option<At>,
    /// Until when its certificate is good.
    pub certificate_ends: Option<At>,
    /// What it said last of itself.
    pub report: Option<ReportLine>,
}

/// Whether a terminal may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminalState {
    /// It has a token and has not joined.
    Invited,
    /// It has joined.
    Ok,
    /// IT cut it off.
    Revoked,
    /// Two holders of its key were seen; it is cut off.
    Cloned,
}

/// What a terminal said last of itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportLine {
    /// RAUC's `compatible`.
    pub board: String,
    /// Of the running image.
    pub version: Version,
    /// RAUC's `bootname`.
    pub slot: String,
    /// Whether that slot starts by itself; `false` while an update is on trial.
    pub confirmed: bool,
    /// What is right; `None` when the stored report cannot be read.
    pub health: Option<Health>,
    /// When it said so.
    pub seen: At,
}

/// One badge.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadgeLine {
    /// Its number in the registry.
    pub badge: i64,
    /// Whose it is.
    pub login: String,
    /// The last two characters of its UID.
    pub uid_hint: String,
    /// Whether its PIN may be tried.
    pub state: BadgeState,
    /// Seconds until it may be; `None` unless it waits.
    pub wait_seconds: Option<u32>,
    /// Wrong PINs in a row, at all terminals together.
    pub wrong_in_row: u32,
    /// Wrong PINs since it was set, over all badges of the login.
    pub wrong_since_set: u32,
    /// At how many of these a new PIN is needed.
    pub wrong_allowed: u32,
    /// When it was registered.
    pub added: At,
}

/// Whether a badge's PIN may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadgeState {
    /// Yes.
    Ok,
    /// After wrong ones, not yet.
    Waiting,
    /// After too many wrong ones, not before IT has set a new one.
    Locked,
}

/// One open session.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionLine {
    /// Its name, which opens nothing.
    pub session: SessionId,
    /// Whose it is.
    pub login: String,
    /// The number of the badge it was opened with, where that is known.
    pub badge: Option<i64>,
    /// The terminal it was opened at.
    pub terminal: Option<String>,
    /// When it was opened.
    pub since: At,
    /// Its absolute end.
    pub ends: At,
}

/// One offer of an update.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateLine {
    /// To which terminal.
    pub terminal: String,
    /// The version that is offered.
    pub version: Version,
    /// Where the bundle is.
    pub url: String,
    /// SHA-256 of the bundle's manifest, when the offer names it.
    pub manifest_sha256: Option<String>,
    /// When it may be installed; `None`: at any hour.
    pub hours: Option<Hours>,
    /// When it was offered.
    pub offered: At,
    /// The version the terminal runs, if it has reported.
    pub runs: Option<Version>,
    /// How far it has come; `None`: the terminal has not begun.
    pub outcome: Option<Outcome>,
}

/// One line of the audit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditLine {
    /// When it happened.
    pub at: At,
    /// The word of what happened.
    pub event: String,
    /// How often, where lines were folded into one.
    pub times: u32,
    /// The login of the account concerned.
    pub login: Option<String>,
    /// The badge's number in the registry.
    pub badge: Option<i64>,
    /// At which terminal.
    pub terminal: Option<String>,
    /// In which session.
    pub session: Option<SessionId>,
    /// For which application.
    pub application: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// Who did it, when it was IT.
    pub by: Option<String>,
}
