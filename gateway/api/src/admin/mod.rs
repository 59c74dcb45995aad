//! What `bornectl` and the gateway say to each other: one JSON value per line over the Unix socket
//! in the gateway's state directory, which only the gateway's own user (and root) may open. One
//! answer per request.
//!
//! Both come in one package, so both sides are always of one version: an unknown field is an error on
//! either side, and nothing here has a version of its own.

mod answer;

use crate::Secret;
use crate::update::{Hours, Version};
pub use answer::{
    AdminAnswer, At, AuditLine, BadgeLine, BadgeState, ReportLine, SessionLine, TerminalLine,
    TerminalState, UpdateLine,
};
use serde::{Deserialize, Serialize};

/// Name of the socket in the state directory.
pub const SOCKET: &str = "admin.sock";

/// What IT asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AdminRequest {
    /// A one-time token for a terminal, new or known.
    TerminalInvite {
        /// Its name.
        name: String,
    },
    /// All terminals.
    TerminalList,
    /// Cut a terminal off, at once.
    TerminalRevoke {
        /// Its name.
        name: String,
    },
    /// Register a badge that is not registered yet.
    BadgeAdd {
        /// The agent's login.
        login: String,
        /// Its UID, hexadecimal.
        uid: Secret,
        /// Six digits.
        pin: Secret,
    },
    /// All badges.
    BadgeList,
    /// Forget the wrong PINs in a row.
    BadgeUnlock {
        /// Those that are meant.
        badges: Badges,
    },
    /// Remove it; a session opened with it ends.
    BadgeRemove {
        /// Those that are meant.
        badges: Badges,
    },
    /// Set its PIN; a session opened with it ends.
    BadgeSetPin {
        /// Those that are meant.
        badges: Badges,
        /// Six digits.
        pin: Secret,
    },
    /// Open sessions.
    SessionList,
    /// End a session.
    SessionEnd {
        /// The beginning of its name, or a login.
        session: String,
    },
    /// Offer an update to terminals; it replaces what they were offered before.
    UpdateOffer {
        /// Greater than what they run.
        version: Version,
        /// `https` URL of the bundle.
        url: String,
        /// SHA-256 of the manifest, as `rauc info` prints it.
        manifest_sha256: Option<String>,
        /// When it may be installed.
        hours: Option<Hours>,
        /// To whom.
        terminals: Terminals,
    },
    /// Take an offer back. What is installed already stays.
    UpdateWithdraw {
        /// From whom.
        terminals: Terminals,
    },
    /// What is offered to whom, and how far it has come.
    UpdateList,
    /// A copy of all that must not be lost, encrypted.
    Backup {
        /// Public keys of age, `age1…`; any of theirs opens it.
        recipients: Vec<String>,
    },
    /// The last lines of the audit.
    Audit {
        /// At most so many.
        last: u32,
        /// Of which trail.
        lines: Lines,
    },
}

/// Badges that are meant. A number is never read as a login, nor a login as a number.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Badges {
    /// One, by its number in the registry.
    Badge(i64),
    /// Those of one login.
    Login {
        /// The agent's login.
        login: String,
        /// Whether several may be meant.
        all: bool,
    },
}

/// Lines of the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lines {
    /// What terminals, agents, applications and IT did.
    Own,
    /// What anybody on the network can cause.
    Refused,
    /// Both trails.
    All,
}

/// Terminals that are meant.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Terminals {
    /// All that have joined and are not revoked.
    All,
    /// These, by name.
    Named(Vec<String>),
}
