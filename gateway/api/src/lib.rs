//! The terminal API: the types a terminal and the gateway exchange, as JSON over HTTP/1.1 over
//! mutual TLS.
//!
//! Duties: shapes, paths, limits. Never: a decision, a socket. `docs/protocol/terminal-api.md` is
//! the prose. The gateway knows the terminal by its client certificate alone; nothing in a body
//! names a terminal.

pub mod admin;
mod secret;
pub mod text;
pub mod update;

pub use secret::Secret;
use serde::{Deserialize, Serialize};
pub use update::{StatusAnswer, StatusRequest, Version};

/// Paths, all `POST`.
pub mod path {
    /// [`super::JoinRequest`] → [`super::JoinAnswer`]. The only path open without a client
    /// certificate.
    pub const JOIN: &str = "/v1/join";
    /// No body → [`super::StartAnswer`]. The terminal starts afresh: every session it held ends.
    pub const START: &str = "/v1/start";
    /// [`super::PollRequest`] → [`super::PollAnswer`]; held for up to [`super::POLL_HOLD_MS`]. It
    /// is the heartbeat too.
    pub const POLL: &str = "/v1/poll";
    /// [`super::TapRequest`] → [`super::TapAnswer`].
    pub const TAP: &str = "/v1/tap";
    /// [`super::PinRequest`] → [`super::PinAnswer`].
    pub const PIN: &str = "/v1/pin";
    /// [`super::EndRequest`] → [`super::EndAnswer`].
    pub const END: &str = "/v1/end";
    /// [`super::StatusRequest`] → [`super::StatusAnswer`]. What the terminal is, and the update it
    /// may install.
    pub const STATUS: &str = "/v1/status";
    /// [`super::RenewRequest`] → [`super::RenewAnswer`]. Since version 3.
    pub const RENEW: &str = "/v1/renew";
}

/// The version of this API that these types speak. A terminal names its version in [`header::API`];
/// one that names none speaks 1. The gateway answers in the words of the terminal's version: an
/// answer gains a field or a variant only together with a new number, and no number is ever dropped
/// while a terminal speaks it (docs/protocol/terminal-api.md).
pub const API_VERSION: u32 = 3;

/// Headers of every request; whoever does not know one ignores it.
pub mod header {
    /// The terminal's [`super::API_VERSION`], a decimal number.
    pub const API: &str = "borne-api";
    /// [`super::StartAnswer::run`], as the terminal has kept it.
    pub const RUN: &str = "borne-run";
}

/// A poll is answered after this long at the latest, in milliseconds.
pub const POLL_HOLD_MS: u64 = 2_000;
/// A login ticket lives this long at most, in milliseconds.
pub const TICKET_LIFE_MS: u64 = 10_000;
/// Digits of a PIN.
pub const PIN_DIGITS: usize = 6;
/// Wrong PINs in a row at one terminal after which the badge has to wait there.
pub const PIN_TRIES: u8 = 3;
/// Largest body either side accepts, in bytes.
pub const MAX_BODY: usize = 16 * 1024;

/// A terminal asks to join.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// One-time token made by `bornectl terminal invite`.
    pub token: Secret,
    /// PKCS#10 certificate request (RFC 2986), PEM. Its subject is ignored: the gateway names the
    /// terminal.
    pub csr_pem: String,
}

/// The terminal's identity.
#[derive(Debug, Serialize, Deserialize)]
pub struct JoinAnswer {
    /// Client certificate (RFC 5280), PEM, signed by the gateway's terminal authority.
    pub certificate_pem: String,
    /// Name given by IT, for the log.
    pub terminal: String,
}

/// A terminal asks for the certificate that follows the one it shows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewRequest {
    /// PKCS#10 certificate request (RFC 2986) of a new key, PEM. Its subject is ignored.
    pub csr_pem: String,
}

/// The certificate that follows. The one before is good until this one is shown for the first time.
#[derive(Debug, Serialize, Deserialize)]
pub struct RenewAnswer {
    /// Client certificate (RFC 5280), PEM, signed by the gateway's terminal authority.
    pub certificate_pem: String,
}

/// Answer to `START`.
#[derive(Debug, Serialize, Deserialize)]
pub struct StartAnswer {
    /// Name given by IT, for the log.
    pub terminal: String,
    /// Since version 2: the run that begins, to be kept and then shown with every call ([`header::RUN`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Secret>,
}

/// Heartbeat.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollRequest {
    /// The session the terminal is showing, if any.
    pub session: Option<SessionId>,
}

/// What the gateway wants of the terminal.
#[derive(Debug, Serialize, Deserialize)]
pub struct PollAnswer {
    /// The session asked about is over (IT, another terminal, lost heartbeat): end it here too.
    pub end_session: bool,
    /// Since version 3: the terminal's certificate comes to its end, it should renew it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub renew: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A badge as the reader saw it; upper-case hexadecimal (ISO/IEC 14443-3 type A).
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TapRequest {
    /// 4, 7 or 10 bytes.
    pub uid: Secret,
    /// Two bytes.
    pub atqa: String,
    /// One byte.
    pub sak: String,
    /// Historical answer of a 14443-4 card, or empty.
    pub ats: String,
}

/// What the tap leads to.
#[derive(Debug, Serialize, Deserialize)]
pub enum TapAnswer {
    /// The badge is known; ask for the PIN.
    AskPin {
        /// Names this tap in [`PinRequest`]; bound to the terminal, good for 60 s.
        tap: TapId,
    },
    /// Since version 2: too many wrong ones; not before this time has passed.
    Wait {
        /// At least 1.
        seconds: u32,
    },
    /// Refused, for this reason.
    Refused(Refusal),
}

/// The PIN of a tap.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinRequest {
    /// From [`TapAnswer::AskPin`].
    pub tap: TapId,
    /// [`PIN_DIGITS`] digits.
    pub pin: Secret,
}

/// What the PIN leads to.
#[derive(Debug, Serialize, Deserialize)]
pub enum PinAnswer {
    /// Logged in.
    Granted(Grant),
    /// Try again with the same tap.
    WrongPin {
        /// At least 1: tries before the badge has to wait at this terminal.
        tries_left: u8,
    },
    /// Since version 2: wrong, or not looked at; not before this time has passed, by a new tap.
    Wait {
        /// At least 1.
        seconds: u32,
    },
    /// Refused, for this reason.
    Refused(Refusal),
}

/// A login that waits to be redeemed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The session at the gateway.
    pub session: SessionId,
    /// 256 bits, base64url. Single use, bound to this terminal's certificate: see [`proof`].
    pub ticket: Secret,
    /// Where the browser POSTs `ticket.proof`.
    pub redeem_url: String,
    /// Given name and family name.
    pub name: String,
    /// Logout URLs that must be visited by the browser before the wipe (applications without a back
    /// channel).
    pub logout_urls: Vec<String>,
    /// Since version 2: wrong PINs since the agent's last login, somebody else's perhaps.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wrong_pins: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What a terminal signs with its certificate's key (ECDSA P-256 with SHA-256, ASN.1 DER) to redeem
/// a ticket: the browser, which holds no certificate, POSTs `ticket.base64url(signature)`. Another
/// terminal cannot make the proof.
#[must_use]
pub fn proof(ticket: &str) -> Vec<u8> {
    [b"borne login ticket v1\0", ticket.as_bytes()].concat()
}

/// A session is over at the terminal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// From [`Grant`].
    pub session: SessionId,
    /// For the audit.
    pub reason: EndReason,
}

/// The session is over at the gateway, and the applications have been told.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndAnswer {}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The Logout button.
    Button,
    /// The same badge again.
    SecondTap,
    /// Another badge.
    Switch,
    /// Nobody touched anything.
    Idle,
    /// The absolute end.
    Expired,
    /// A process of the terminal died.
    Crash,
    /// The reader was unplugged.
    ReaderLost,
    /// The gateway said so.
    Remote,
    /// The gateway did not answer any more.
    GatewayLost,
    /// The login did not finish.
    LoginFailed,
    /// The gateway's own: the terminal's heartbeat stopped.
    HeartbeatLost,
    /// The gateway's own: the terminal or the gateway started afresh.
    Restarted,
    /// The gateway's own: the terminal was revoked.
    Revoked,
    /// The gateway's own: the badge was used on another terminal.
    ElsewhereTap,
    /// The gateway's own: IT ended it.
    Operator,
    /// The gateway's own: IT removed the badge or set its PIN.
    BadgeChanged,
    /// The gateway's own: the directory has closed the account.
    AccountClosed,
}

impl EndReason {
    /// Its word on the wire and in the audit.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::SecondTap => "second_tap",
            Self::Switch => "switch",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Crash => "crash",
            Self::ReaderLost => "reader_lost",
            Self::Remote => "remote",
            Self::GatewayLost => "gateway_lost",
            Self::LoginFailed => "login_failed",
            Self::HeartbeatLost => "heartbeat_lost",
            Self::Restarted => "restarted",
            Self::Revoked => "revoked",
            Self::ElsewhereTap => "elsewhere_tap",
            Self::Operator => "operator",
            Self::BadgeChanged => "badge_changed",
            Self::AccountClosed => "account_closed",
        }
    }
}

/// Why a badge or a PIN is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Not in the registry.
    UnknownBadge,
    /// First byte 08 of a four-byte UID: random by ISO/IEC 14443-3, worthless as an identity.
    RandomUid,
    /// Too many wrong PINs since its PIN was set; IT sets a new one.
    BadgeLocked,
    /// The directory says so.
    AccountExpired,
    /// The directory says so, or does not know the login.
    AccountDisabled,
    /// Too many taps or PINs from this terminal in a minute.
    TooManyTries,
    /// The directory did not answer.
    DirectoryUnavailable,
    /// The tap is unknown, used, of another terminal, or older than 60 s.
    TapExpired,
}

impl Refusal {
    /// Its word on the wire and in the audit.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnknownBadge => "unknown_badge",
            Self::RandomUid => "random_uid",
            Self::BadgeLocked => "badge_locked",
            Self::AccountExpired => "account_expired",
            Self::AccountDisabled => "account_disabled",
            Self::TooManyTries => "too_many_tries",
            Self::DirectoryUnavailable => "directory_unavailable",
            Self::TapExpired => "tap_expired",
        }
    }
}

/// An error of the API itself, with status 400 (bad body), 401 (no certificate), 403 (revoked or
/// token refused), 429, 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiError {
    /// The body is not the shape of this path.
    BadRequest,
    /// No client certificate where one is needed.
    NoCertificate,
    /// The certificate was revoked: the terminal goes out of service.
    TerminalRevoked,
    /// The join token is unknown, used or expired.
    TokenRefused,
    /// The certificate request cannot be used.
    BadCertificateRequest,
    /// Since version 3, to `/v1/renew`: asked too often; later.
    TooOften,
    /// The gateway failed; its log says why.
    Internal,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // Enough to follow one through a log, too little to use.
                write!(f, "{}({}…)", stringify!($name), self.0.chars().take(6).collect::<String>())
            }
        }
    };
}

identifier!(
    /// A session at the gateway: 128 random bits, base64url. It opens nothing by itself.
    SessionId
);
identifier!(
    /// One tap: 128 random bits, base64url.
    TapId
);
