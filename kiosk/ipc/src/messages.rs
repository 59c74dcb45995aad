//! The messages, one enum per direction. Names say who speaks: `…Event` goes to the supervisor,
//! `…Order` comes from it.

use crate::{HostPort, Network, ProvisionFault, Secret};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A card as ISO/IEC 14443-3 type A shows it during anticollision. All texts are upper-case
/// hexadecimal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// 4, 7 or 10 bytes. Personal: it identifies the holder.
    pub uid: Secret,
    /// ATQA, two bytes.
    pub atqa: String,
    /// SAK, one byte.
    pub sak: String,
    /// Historical answer of a 14443-4 card, or empty.
    pub ats: String,
}

/// Reader to supervisor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ReaderEvent {
    /// The device answers; its name as libnfc gives it.
    Ready {
        /// For the log.
        device: String,
    },
    /// A card was laid on the reader (once per laying).
    Card(Card),
    /// The card was lifted.
    CardGone,
    /// Something lies there that is no card to be reported: once, until that changes. A card that
    /// was laid before counts as lifted.
    Unclear(Unclear),
    /// The device does not answer any more; the reader keeps trying.
    Lost,
}

/// Why what lies on the reader is not reported as a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unclear {
    /// Two cards or more: which of them is meant, only the person knows.
    Several,
    /// A card of another kind, or one that answers with nothing a card may say.
    Unreadable,
}

/// Shell to supervisor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ShellEvent {
    /// The shell is connected to the compositor and will draw what it is told.
    Ready,
    /// The screen of this order has been painted into every buffer the compositor may hold.
    Painted {
        /// The `serial` of the order.
        serial: u64,
    },
    /// Six digits were typed.
    Pin {
        /// The `serial` of the order that put up the pad they were typed on: a PIN answers that pad
        /// only.
        serial: u64,
        /// The digits.
        pin: Secret,
    },
    /// "Annuler" on the PIN pad.
    PinCancelled,
    /// "Déconnexion" on the bar.
    Logout,
    /// A message was read ("OK").
    Dismissed,
    /// The button of the strip below the bar: "Retour" under a page's notice, "OK" under a badge's.
    Back,
    /// The person touched the screen or a key after at least a second of rest.
    UserActive,
    /// Nothing was touched for a second.
    UserIdle,
}

/// Supervisor to shell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ShellOrder {
    /// Draw this screen. The shell answers `Painted` with the same serial.
    Show {
        /// Grows by one with every order.
        serial: u64,
        /// What to draw.
        screen: Screen,
    },
    /// On the idle screen: this much of an update is written, in percent; `None`: nothing is. Not
    /// answered.
    Update(Option<u8>),
}

/// What the person sees. The shell translates; no text of a peer is shown but the holder's own
/// name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Screen {
    /// "Présentez votre badge."
    Idle,
    /// Black: nobody is there. A touch of it is only `UserActive`.
    Asleep,
    /// A card is on the reader, the gateway is being asked.
    Reading,
    /// The PIN pad. The holder's name is not shown before the PIN is right.
    Pin {
        /// Shown above the pad after a wrong PIN.
        tries_left: Option<u8>,
    },
    /// The PIN is being checked or the mailbox is opening.
    Opening {
        /// Given name and family name, once known.
        name: Option<String>,
    },
    /// The bar above the groupware; the rest of the screen is the browser's.
    Session {
        /// Given name and family name.
        name: String,
        /// Milliseconds until the session's absolute end, counted from this order.
        ends_in_ms: u64,
        /// Shown below the bar, over the page.
        notice: Option<Strip>,
    },
    /// As `Session`, with the countdown over it. Any touch stops it.
    Countdown {
        /// Given name and family name.
        name: String,
        /// Milliseconds until the session's absolute end.
        ends_in_ms: u64,
        /// Milliseconds until logout.
        logout_in_ms: u64,
    },
    /// "À bientôt": the session is being ended and wiped.
    Ending,
    /// Full-screen message with an OK button.
    Message(Notice),
    /// Full-screen message without a button: the terminal cannot serve.
    OutOfService(Outage),
    /// The same, until the card's `borne.toml` is corrected.
    Provision(ProvisionFault),
}

/// A message the person can dismiss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Notice {
    /// The badge is not in the registry.
    UnknownBadge,
    /// First UID byte 08 (ISO/IEC 14443-3: random UID): not a badge that can be recognised.
    RandomUid,
    /// Too many wrong PINs since it was set: IT sets a new one.
    BadgeLocked,
    /// Wrong PINs: not before so many minutes have passed.
    Wait {
        /// At least 1.
        minutes: u16,
    },
    /// The directory says the account has expired.
    AccountExpired,
    /// The directory says the account is disabled.
    AccountDisabled,
    /// Too many tries on this terminal.
    TooManyTries,
    /// The gateway did not answer.
    GatewayUnreachable,
    /// The gateway could not ask the directory.
    DirectoryUnavailable,
    /// The groupware did not answer.
    GroupwareUnreachable,
    /// The groupware's or gateway's certificate is not one the town trusts.
    UntrustedCertificate,
    /// The reader was unplugged; the session was ended.
    ReaderUnplugged,
    /// The page crashed; the session was ended.
    PageCrashed,
    /// The session reached its absolute end.
    SessionExpired,
    /// IT or the gateway ended the session.
    SessionEnded,
    /// The login did not finish in time.
    LoginFailed,
    /// Several cards lie on the reader.
    OneBadge,
    /// The reader cannot read this card.
    UnreadableBadge,
}

impl Notice {
    /// Every notice, for translations and tests.
    pub const ALL: [Self; 18] = [
        Self::UnknownBadge,
        Self::RandomUid,
        Self::BadgeLocked,
        Self::Wait { minutes: 5 },
        Self::AccountExpired,
        Self::AccountDisabled,
        Self::TooManyTries,
        Self::GatewayUnreachable,
        Self::DirectoryUnavailable,
        Self::GroupwareUnreachable,
        Self::UntrustedCertificate,
        Self::ReaderUnplugged,
        Self::PageCrashed,
        Self::SessionExpired,
        Self::SessionEnded,
        Self::LoginFailed,
        Self::OneBadge,
        Self::UnreadableBadge,
    ];
}

/// Why the terminal cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outage {
    /// Starting up: not an error yet.
    Starting,
    /// No card reader.
    ReaderUnplugged,
    /// The gateway does not answer.
    GatewayUnreachable,
    /// The terminal has no cable, and no Wi-Fi.
    NetworkUnplugged,
    /// The network gives the terminal no address: no DHCP, or 802.1X that refuses.
    NoAddress,
    /// The gateway's certificate is not one the town trusts.
    UntrustedCertificate,
    /// The gateway's certificate has ended, or is not good yet.
    GatewayCertificateEnded,
    /// The gateway's certificate is for another name than the one it is called by.
    GatewayName,
    /// The terminal's own certificate has ended.
    CertificateEnded,
    /// IT revoked this terminal.
    TerminalRevoked,
    /// The terminal has no certificate yet and its token was refused or is missing.
    NotJoined,
    /// The wipe did not finish in time. Only a restart leaves this state.
    WipeFailed,
    /// Restarting into another version.
    Restarting,
    /// The gateway has never answered this terminal: what is wrong may be its configuration.
    GatewayNeverReached,
}

impl Outage {
    /// Every outage, for translations and tests.
    pub const ALL: [Self; 14] = [
        Self::Starting,
        Self::ReaderUnplugged,
        Self::GatewayUnreachable,
        Self::NetworkUnplugged,
        Self::NoAddress,
        Self::UntrustedCertificate,
        Self::GatewayCertificateEnded,
        Self::GatewayName,
        Self::CertificateEnded,
        Self::TerminalRevoked,
        Self::NotJoined,
        Self::WipeFailed,
        Self::Restarting,
        Self::GatewayNeverReached,
    ];
}

/// What is said inside a session, which goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Strip {
    /// Of the page.
    Page(PageNotice),
    /// Of a badge that was laid meanwhile.
    Badge(BadgeNotice),
}

/// Why a badge laid in somebody's session changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BadgeNotice {
    /// The gateway does not let it log in, or could not be asked. Whose it is, is not said.
    Refused,
    /// Several cards lie on the reader.
    OneBadge,
    /// The reader cannot read this card.
    Unreadable,
    /// At the beginning of a session: wrong PINs since the agent's last one.
    WrongPins {
        /// At least 1.
        count: u16,
    },
}

/// Something went wrong in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PageNotice {
    /// The page is not on the town's list.
    Blocked,
    /// The page did not load.
    Unreachable,
    /// The server's certificate is not trusted.
    UntrustedCertificate,
    /// A file of this kind cannot be opened here.
    FileNotAvailable,
    /// What the page showed takes more memory than there is; the page is gone.
    TooLarge,
    /// No file can be chosen: the terminal has none.
    NothingToAttach,
    /// A link to a mail address, and the configuration names no editor.
    MailAddress,
    /// A link that is for a telephone.
    Telephone,
    /// A link to another program: a calendar, a map.
    OtherProgram,
}

/// What a session may do; told to the browser before anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrowserPolicy {
    /// Exactly these may be reached, by `https` (and `wss`) only.
    pub allow: Vec<HostPort>,
    /// `https` URL the standby browser loads without any agent, to have the groupware's assets at
    /// hand.
    pub warm_url: Option<String>,
    /// Page zoom in percent, 100 is normal.
    pub zoom_percent: u16,
    /// The groupware's editor, relative to its first page; `{}` is where the `mailto:` URL goes,
    /// percent-encoded.
    pub mailto: Option<String>,
}

/// Supervisor to browser (over the socket the browser inherits as standard input).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BrowserOrder {
    /// First order, once.
    Prepare(BrowserPolicy),
    /// Second order, once: redeem the login ticket and open the groupware.
    Open {
        /// The gateway's redeem URL (no secret in it).
        redeem_url: String,
        /// POSTed to it as form field `ticket`; never part of a URL.
        ticket: Secret,
    },
    /// Go back to the page before the blocked one.
    Back,
    /// Visit these logout URLs one after the other, then answer `LoggedOut`.
    VisitLogout {
        /// `https` URLs on the allow list.
        urls: Vec<String>,
    },
}

/// Browser to supervisor. The browser is the least trusted process: the supervisor takes each only
/// where its state allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BrowserEvent {
    /// Standby: warmed, waiting for `Open`.
    Ready,
    /// The groupware's first page is loaded and painted.
    Opened,
    /// The login could not be finished.
    OpenFailed(LoadFailure),
    /// A main-frame navigation was refused by policy.
    Blocked,
    /// A page of the running session did not load, or a file was refused.
    PageNotice(PageNotice),
    /// The web process died.
    Crashed,
    /// Answer to `VisitLogout`.
    LoggedOut,
}

/// Why the groupware could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoadFailure {
    /// No answer, refused, or an HTTP error.
    Unreachable,
    /// TLS certificate not trusted.
    UntrustedCertificate,
    /// The gateway refused the ticket.
    TicketRefused,
}

/// Supervisor to egress.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum EgressOrder {
    /// Replaces the allow list. Until the first one, everything is refused.
    Allow {
        /// Exactly these may be reached.
        places: Vec<HostPort>,
        /// Networks that are not public in which they may live.
        lan: Vec<Network>,
    },
}

/// Egress to supervisor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum EgressEvent {
    /// Listening.
    Ready,
}

/// Cage to supervisor (over the connection it was started for, its standard input).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CageEvent {
    /// It runs as the browser's user, confined, and waits for its one order. After that the
    /// connection is the browser's.
    Here,
}

/// Supervisor to cage: the one order, without which there is no browser. End of file instead is the
/// end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CageOrder {
    /// The socket of this browser's wayland-filter: a file name below [`crate::paths::filter_dir`].
    pub display: String,
    /// PEM file of the authority the town trusts: the only one the browser will know.
    pub ca: PathBuf,
}

/// Wayland-filter to supervisor (over the connection it was started for, its standard input).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FilterEvent {
    /// Listening; the browser's `WAYLAND_DISPLAY` is this socket in the filter directory.
    Ready {
        /// File name below [`crate::paths::filter_dir`].
        socket: String,
    },
}
