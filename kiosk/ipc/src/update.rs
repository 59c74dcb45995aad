//! What the agent and the supervisor say to each other, in the words of the gateway's API.

use borne_gateway_api::update::{LastUpdate, Update, Version};
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
    /// No part of the panel that is wired has failed.
    pub panel: bool,
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
    pub version: Version,
    /// Whether the slot starts by itself.
    pub confirmed: bool,
    /// No unit has failed.
    pub units: bool,
    /// How the last update went.
    pub last: Option<LastUpdate>,
}

/// Answer to a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The gateway has heard, and offers this or nothing.
    Heard(Option<Update>),
    /// The gateway did not answer.
    Unanswered,
}
