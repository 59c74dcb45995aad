//! What is written down. The login name is the only personal datum in it; never a UID, a PIN, a
//! ticket or a name.

use crate::Login;
use borne_gateway_api::update::Outcome;
use borne_gateway_api::{EndReason, Refusal};

/// One line of the audit.
#[derive(Debug)]
pub struct AuditEvent {
    /// What happened.
    pub kind: AuditKind,
    /// To whom, when known.
    pub login: Option<Login>,
    /// Where: a terminal's name, when it has to do with one.
    pub terminal: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditKind {
    /// The gateway started.
    Started,
    /// IT invited a terminal.
    TerminalInvited,
    /// A terminal joined.
    TerminalJoined,
    /// A terminal that had joined and lost the answer was given its certificate again.
    JoinRepeated,
    /// IT revoked a terminal.
    TerminalRevoked,
    /// Somebody tried to join with a bad token.
    JoinRefused,
    /// IT offered an update to a terminal.
    UpdateOffered,
    /// IT took the offer back.
    UpdateWithdrawn,
    /// A terminal reported how far an update has come.
    Update(Outcome),
    /// IT registered a badge.
    BadgeAdded,
    /// IT removed a badge.
    BadgeRemoved,
    /// IT unlocked a badge.
    BadgeUnlocked,
    /// IT set a PIN.
    PinSet,
    /// A wrong PIN.
    PinWrong,
    /// A badge or PIN was refused.
    Refused(Refusal),
    /// Badge and PIN were right.
    Granted,
    /// The browser redeemed its ticket.
    Redeemed,
    /// A ticket was refused at redeem.
    TicketRefused,
    /// A session ended.
    Ended(EndReason),
    /// An application was told about the end.
    LogoutSent(LogoutOutcome),
}

/// How telling an application went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// It answered with success.
    Told,
    /// It did not, and will be told again.
    Retrying,
    /// It did not, and will not be told again.
    GivenUp,
}

impl AuditKind {
    /// The word in the audit table.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Started => "gateway_started".to_owned(),
            Self::TerminalInvited => "terminal_invited".to_owned(),
            Self::TerminalJoined => "terminal_joined".to_owned(),
            Self::JoinRepeated => "join_repeated".to_owned(),
            Self::TerminalRevoked => "terminal_revoked".to_owned(),
            Self::JoinRefused => "join_refused".to_owned(),
            Self::UpdateOffered => "update_offered".to_owned(),
            Self::UpdateWithdrawn => "update_withdrawn".to_owned(),
            Self::Update(outcome) => format!("update_{}", outcome.word()),
            Self::BadgeAdded => "badge_added".to_owned(),
            Self::BadgeRemoved => "badge_removed".to_owned(),
            Self::BadgeUnlocked => "badge_unlocked".to_owned(),
            Self::PinSet => "pin_set".to_owned(),
            Self::PinWrong => "pin_wrong".to_owned(),
            Self::Refused(refusal) => format!("refused_{}", snake(&format!("{refusal:?}"))),
            Self::Granted => "granted".to_owned(),
            Self::Redeemed => "redeemed".to_owned(),
            Self::TicketRefused => "ticket_refused".to_owned(),
            Self::Ended(reason) => format!("ended_{}", snake(&format!("{reason:?}"))),
            Self::LogoutSent(outcome) => format!("logout_{}", snake(&format!("{outcome:?}"))),
        }
    }
}

fn snake(camel: &str) -> String {
    camel.char_indices().fold(String::new(), |mut out, (at, c)| {
        if c.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        out
    })
}
