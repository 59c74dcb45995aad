//! What can happen.

use borne_gateway_api::{PinAnswer, SessionId, TapAnswer};
use borne_ipc::{AgentEvent, Answer, BrowserEvent, Card, PanelEvent, ShellEvent, Unclear};

/// Recognises a badge laid again without keeping its number: a keyed digest under a key that lives
/// as long as the process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BadgeMark(pub [u8; 32]);

impl std::fmt::Debug for BadgeMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BadgeMark(…)")
    }
}

/// A process that keeps one connection to the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// libnfc.
    Reader,
    /// The screen.
    Shell,
    /// The proxy.
    Egress,
    /// Status and updates.
    Agent,
    /// Light, sound, presence.
    Panel,
}

/// The gateway, as the poll sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayLink {
    /// Not tried yet.
    Unknown,
    /// It answers.
    Up,
    /// It does not.
    Down,
    /// It cannot: the terminal has no cable, and no Wi-Fi.
    Unplugged,
    /// It cannot: the network gives the terminal no address.
    NoAddress,
    /// It answers with a certificate the town does not trust.
    UntrustedCertificate,
    /// It answers with a certificate that is not good at this time.
    GatewayCertificateEnded,
    /// It answers with a certificate for another name.
    GatewayName,
    /// It refuses this terminal's certificate: it has ended.
    CertificateEnded,
    /// It has revoked this terminal.
    Revoked,
    /// The terminal has no certificate and no good token.
    NotJoined,
}

/// A question to the gateway had no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayError {
    /// No connection, no answer, or a broken one.
    Unreachable,
    /// Certificate not trusted.
    UntrustedCertificate,
    /// The terminal was revoked.
    Revoked,
}

/// One thing that happened.
#[derive(Debug)]
pub enum Event {
    /// A card reader answers, or does not any more.
    Reader(bool),
    /// A badge was laid.
    Card {
        /// Tells it from other badges.
        mark: BadgeMark,
        /// What the gateway is asked about.
        card: Card,
    },
    /// Something was laid that cannot be read as one badge.
    Unclear(Unclear),
    /// From the shell.
    Shell(ShellEvent),
    /// Egress listens and has its list.
    EgressReady,
    /// From the agent.
    Agent(AgentEvent),
    /// From the panel.
    Panel(PanelEvent),
    /// Answer to [`super::Effect::Report`].
    ReportAnswered(Result<Answer, GatewayError>),
    /// A peer's connection ended.
    PeerGone(Peer),
    /// The gateway's state, as the poll sees it.
    Gateway(GatewayLink),
    /// The gateway has ended this session.
    EndSession { session: SessionId },
    /// Answer to [`super::Effect::AskTap`].
    TapAnswered {
        /// The question.
        asked: u64,
        /// The answer.
        answer: Result<TapAnswer, GatewayError>,
    },
    /// Answer to [`super::Effect::AskPin`].
    PinAnswered {
        /// The question.
        asked: u64,
        /// The answer.
        answer: Result<PinAnswer, GatewayError>,
    },
    /// The gateway knows that this session is over, or could not be told in time and will find out
    /// by the heartbeat.
    EndAnswered { session: SessionId },
    /// From the sandboxed browser.
    Browser { generation: u64, event: BrowserEvent },
    /// The sandbox has ended, by itself or by a signal.
    BrowserGone { generation: u64 },
    /// No process of the sandbox's users is left.
    Wiped { generation: u64 },
    /// The deadline of [`super::Machine::deadline`] has come.
    Tick,
}
