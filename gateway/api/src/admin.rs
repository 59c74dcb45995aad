//! What `bornectl` and the gateway say to each other: one JSON value per line over the Unix socket
//! in the gateway's state directory, which only the gateway's own user (and root) may open. One
//! answer per request.

use crate::Secret;
use crate::update::{Hours, Version};
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
        /// Whose.
        login: String,
        /// Its number.
        uid: Secret,
        /// Six digits.
        pin: Secret,
    },
    /// All badges.
    BadgeList,
    /// Forget the wrong PINs in a row.
    BadgeUnlock {
        /// Which.
        badges: Badges,
    },
    /// Remove it; a session opened with it ends.
    BadgeRemove {
        /// Which.
        badges: Badges,
    },
    /// Set its PIN; a session opened with it ends.
    BadgeSetPin {
        /// Which.
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
        /// How many.
        last: u32,
        /// Which.
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
        /// Whose.
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
    /// Both.
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

/// What the gateway answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AdminAnswer {
    /// Done; a sentence for the operator.
    Done(String),
    /// A one-time token, to be shown once.
    Token(Secret),
    /// So many bytes follow the line: an encrypted file.
    File(u64),
    /// A table, head first.
    Table(Vec<Vec<String>>),
    /// Not done; a sentence that says why.
    Refused(String),
}
