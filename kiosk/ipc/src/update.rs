//! What the agent and the supervisor say to each other. Versions are texts here, as the gateway's
//! API writes them.

use serde::{Deserialize, Serialize};

/// Agent to supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentEvent {
    /// Connected.
    Ready,
    /// To be handed to the gateway; answered by [`AgentOrder::Answer`]. One at a time.
    Report(Report),
    /// How much of an update is written, in percent, for the idle screen; `None` when none is being
    /// written.
    Progress(Option<u8>),
    /// The running slot has yet to prove itself: a browser in standby is wanted, also where none is
    /// kept.
    Proving(bool),
    /// The terminal should be restarted when nobody is logged in; answered by
    /// [`AgentOrder::Restart`] then, perhaps never.
    WantsRestart(bool),
}

/// Supervisor to agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentOrder {
    /// How the terminal is: after `Ready`, and whenever it changes.
    Terminal(Terminal),
    /// What the gateway answered to the report.
    Answer(Answer),
    /// Nobody is logged in, and nobody can log in until the agent takes its wish back or goes away:
    /// restart.
    Restart,
}

/// How the terminal is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terminal {
    /// Nobody is logged in, logging in, or being wiped.
    pub resting: bool,
    /// The shell has painted.
    pub screen: bool,
    /// The allow-list proxy serves.
    pub egress: bool,
    /// The card reader answers.
    pub reader: bool,
    /// The gateway answers.
    pub gateway: bool,
    /// A browser has painted its first page: the standby's, or an agent's.
    pub browser: bool,
}

/// What the agent knows of the terminal; the supervisor adds what it knows itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What images fit it.
    pub board: String,
    /// The running slot.
    pub slot: String,
    /// The running image's.
    pub version: String,
    /// Whether the slot starts by itself.
    pub confirmed: bool,
    /// No unit has failed.
    pub units: bool,
    /// How the last update went.
    pub last: Option<LastUpdate>,
}

/// How an update went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastUpdate {
    /// [`Update::offer`].
    pub offer: u64,
    /// To which version.
    pub version: String,
    /// So.
    pub outcome: Outcome,
}

/// Where an update has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Being written to the other slot.
    Installing,
    /// Written; waits for its start.
    Installed,
    /// Started, proved right, committed.
    Confirmed,
    /// Started, not proved right; back on the version before.
    Returned,
    /// Signature, board, version or hash are not as they must be.
    Refused,
    /// Not fetched or not written; it will be tried again.
    Failed,
}

/// Answer to a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The gateway has heard, and offers this or nothing.
    Heard(Option<Update>),
    /// The gateway did not answer.
    Unanswered,
}

/// An update that IT wants on this terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// Its number; a new offer has a new one.
    pub offer: u64,
    /// Of the bundle's manifest.
    pub version: String,
    /// `https`.
    pub url: String,
    /// SHA-256 of the manifest, lower-case hexadecimal.
    pub manifest_sha256: Option<String>,
    /// First minute of the day and the minute after the last, local time; over midnight when the
    /// second is smaller.
    pub hours: Option<(u16, u16)>,
}
