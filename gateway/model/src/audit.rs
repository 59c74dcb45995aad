//! What is written down. The login name is the only personal datum in it; never a UID, a PIN, a
//! ticket or a name.
//!
//! Never: a word that is made from a variant's name. Stored words outlive a renaming.

use crate::{BadgeId, Login};
use borne_gateway_api::update::Outcome;
use borne_gateway_api::{EndReason, Refusal, SessionId};
use std::net::IpAddr;

/// One line of the audit: what happened, and what is known of who, where and which.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// What happened, as the audit has it.
    pub kind: AuditKind,
    /// Who did it, when it was IT: `uid 0`.
    pub actor: Option<String>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The account concerned.
    pub login: Option<Login>,
    /// Which badge of the registry.
    pub badge: Option<BadgeId>,
    /// A terminal's name.
    pub terminal: Option<String>,
    /// The session it happened in.
    pub session: Option<SessionId>,
    /// The application it concerns.
    pub application: Option<String>,
}

impl AuditEvent {
    /// An event of which nothing more is known yet.
    #[must_use]
    pub fn of(kind: AuditKind) -> Self {
        Self {
            kind,
            actor: None,
            address: None,
            login: None,
            badge: None,
            terminal: None,
            session: None,
            application: None,
        }
    }

    /// Done by IT.
    #[must_use]
    pub fn by(mut self, actor: &str) -> Self {
        self.actor = Some(actor.to_owned());
        self
    }

    /// Asked from this address.
    #[must_use]
    pub fn from(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// Concerns this account.
    #[must_use]
    pub fn login(mut self, login: &Login) -> Self {
        self.login = Some(login.clone());
        self
    }

    /// Concerns this badge.
    #[must_use]
    pub fn badge(mut self, badge: BadgeId) -> Self {
        self.badge = Some(badge);
        self
    }

    /// Concerns this terminal.
    #[must_use]
    pub fn terminal(mut self, name: &str) -> Self {
        self.terminal = Some(name.to_owned());
        self
    }

    /// Concerns this session.
    #[must_use]
    pub fn session(mut self, session: &SessionId) -> Self {
        self.session = Some(session.clone());
        self
    }

    /// Concerns this application.
    #[must_use]
    pub fn application(mut self, name: &str) -> Self {
        self.application = Some(name.to_owned());
        self
    }
}

/// What happened, as the audit has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// The gateway started.
    Started,
    /// IT invited a terminal.
    TerminalInvited,
    /// A terminal joined.
    TerminalJoined,
    /// A terminal that had joined and lost the answer was given its certificate again.
    JoinRepeated,
    /// A terminal was given the certificate that follows its present one.
    RenewalGiven,
    /// It has shown that: the one before is worthless.
    TerminalRenewed,
    /// A terminal asked for a certificate with a bad request, or too often.
    RenewalRefused,
    /// IT made a backup.
    BackupMade,
    /// IT revoked a terminal.
    TerminalRevoked,
    /// Two holders of one terminal's key were seen; it is cut off.
    TerminalCloned,
    /// One terminal had two polls open at once.
    TerminalDoubled,
    /// A terminal that had shown its run started without one: older software, or a copy of its card.
    TerminalWithoutRun,
    /// Somebody tried to join with a bad token.
    JoinRefused,
    /// A terminal's certificate was refused: revoked, replaced, or never given.
    CertificateRefused,
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
    /// A PIN is being checked. Stays only when the gateway was lost in the middle.
    PinTried,
    /// A wrong PIN.
    PinWrong,
    /// A badge or PIN was refused.
    Refused(Refusal),
    /// A badge or PIN was refused because of earlier wrong ones.
    Delayed,
    /// One terminal laid too many different badges in vain: it may try once a minute.
    AlarmTerminal,
    /// The town's terminals laid too many different badges in vain.
    AlarmTown,
    /// Badge and PIN were right.
    Granted,
    /// The browser redeemed its ticket.
    Redeemed,
    /// A ticket was refused at redeem.
    TicketRefused,
    /// An application let the agent in.
    Entered,
    /// A page asked for a service that is not registered.
    ServiceRefused,
    /// A session ended.
    Ended(EndReason),
    /// An application was told about the end.
    LogoutSent(LogoutOutcome),
    /// Lines were dropped because the audit had reached its size.
    AuditShortened,
}

/// How telling an application went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogoutOutcome {
    /// It answered with success.
    Told,
    /// It did not, and will be told again.
    Retrying,
    /// It did not, and will not be told again.
    GivenUp,
    /// The terminal's browser visits it; whether it did, the gateway does not see.
    ByBrowser,
    /// It is never told.
    Untold,
}

impl LogoutOutcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Retrying => "retrying",
            Self::GivenUp => "given_up",
            Self::ByBrowser => "by_browser",
            Self::Untold => "untold",
        }
    }
}

impl AuditKind {
    /// The word in the audit table.
    #[must_use]
    pub fn word(self) -> String {
        let plain = match self {
            Self::Update(outcome) => return format!("update_{}", outcome.word()),
            Self::Refused(refusal) => return format!("refused_{}", refusal.word()),
            Self::Ended(reason) => return format!("ended_{}", reason.word()),
            Self::LogoutSent(outcome) => return format!("logout_{}", outcome.word()),
            Self::Started => "gateway_started",
            Self::TerminalInvited => "terminal_invited",
            Self::TerminalJoined => "terminal_joined",
            Self::JoinRepeated => "join_repeated",
            Self::RenewalGiven => "renewal_given",
            Self::TerminalRenewed => "terminal_renewed",
            Self::RenewalRefused => "renewal_refused",
            Self::BackupMade => "backup_made",
            Self::TerminalRevoked => "terminal_revoked",
            Self::TerminalCloned => "terminal_cloned",
            Self::TerminalDoubled => "terminal_doubled",
            Self::TerminalWithoutRun => "terminal_without_run",
            Self::JoinRefused => "join_refused",
            Self::CertificateRefused => "certificate_refused",
            Self::UpdateOffered => "update_offered",
            Self::UpdateWithdrawn => "update_withdrawn",
            Self::BadgeAdded => "badge_added",
            Self::BadgeRemoved => "badge_removed",
            Self::BadgeUnlocked => "badge_unlocked",
            Self::PinSet => "pin_set",
            Self::PinTried => "pin_tried",
            Self::PinWrong => "pin_wrong",
            Self::Delayed => "delayed",
            Self::AlarmTerminal => "alarm_terminal",
            Self::AlarmTown => "alarm_town",
            Self::Granted => "granted",
            Self::Redeemed => "redeemed",
            Self::TicketRefused => "ticket_refused",
            Self::Entered => "entered",
            Self::ServiceRefused => "service_refused",
            Self::AuditShortened => "audit_shortened",
        };
        plain.to_owned()
    }
}
