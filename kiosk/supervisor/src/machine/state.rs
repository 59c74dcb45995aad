//! Where the terminal is, and what it knows of its peers. State is an enum that carries its data.

use super::{Agent, BadgeMark, Event, GatewayLink, Panel, Peer};
use borne_gateway_api::{Grant, SessionId, TapId};
use borne_ipc::{Card, Notice, Outage, ProvisionFault, Screen, ShellEvent, Strip};
use std::time::Duration;

/// Monotonic time since the supervisor started.
pub type Moment = Duration;

/// The states of the main job.
#[derive(Debug)]
pub enum State {
    /// Something needed is missing.
    OutOfService(Outage),
    /// Something about the card should be corrected: said at the start, then the terminal serves.
    Advising {
        fault: ProvisionFault,
        /// It goes away by itself.
        until: Moment,
    },
    /// Waiting for a badge.
    Idle,
    /// Waiting for a badge, with something to say first.
    Message {
        notice: Notice,
        /// It goes away by itself.
        until: Moment,
    },
    /// A badge was laid; whose it is has not been proved.
    Authenticating(Auth),
    /// The gateway has verified badge and PIN; the browser is opening.
    Starting(Login),
    /// The agent's session.
    Active(Session),
    /// The session is being ended and wiped.
    Ending(Ending),
}

/// Steps of [`State::Authenticating`].
#[derive(Debug)]
pub enum Auth {
    /// The gateway is asked about the badge.
    Asking {
        /// The badge.
        mark: BadgeMark,
        /// The question.
        asked: u64,
        until: Moment,
    },
    /// The PIN pad is shown.
    PinPad {
        /// The badge.
        mark: BadgeMark,
        /// The gateway's name for the tap.
        tap: TapId,
        /// After a wrong PIN.
        tries_left: Option<u8>,
        /// Serial of the order that put this pad up: digits typed on an earlier one are not its.
        since: u64,
        until: Moment,
    },
    /// The gateway is asked about the PIN.
    Checking {
        /// The badge.
        mark: BadgeMark,
        /// The gateway's name for the tap.
        tap: TapId,
        /// The question.
        asked: u64,
        until: Moment,
    },
}

/// A verified login on its way to the first page. Made from a [`Grant`] only.
#[derive(Debug)]
pub struct Login {
    /// The badge.
    pub mark: BadgeMark,
    /// The session at the gateway.
    pub session: SessionId,
    /// The holder.
    pub name: String,
    /// To be visited by the browser before the wipe.
    pub logout_urls: Vec<String>,
    /// Wrong PINs since the last visit, to be said when the page is there.
    pub wrong_pins: u32,
    /// Waits for the standby browser; taken by the order to open.
    pub grant: Option<Grant>,
    /// The browser was told to open.
    pub ordered: bool,
    /// Deadline of the opening.
    pub until: Moment,
    /// Absolute end of the session.
    pub ends_at: Moment,
}

/// A session in use. Made from a [`Login`] only.
#[derive(Debug)]
pub struct Session {
    /// The badge.
    pub mark: BadgeMark,
    /// The session at the gateway.
    pub session: SessionId,
    /// The holder.
    pub name: String,
    /// To be visited by the browser before the wipe.
    pub logout_urls: Vec<String>,
    /// Absolute end of the session.
    pub ends_at: Moment,
    /// When the countdown begins, unless touched; `None` while the person is touching.
    pub idle_at: Option<Moment>,
    /// The countdown runs until then.
    pub logout_at: Option<Moment>,
    /// Shown below the bar.
    pub notice: Option<Strip>,
    /// What is shown there of a badge goes away by itself.
    pub notice_until: Option<Moment>,
}

/// Another badge, laid in somebody's session: nothing happens to the session unless the gateway
/// says that it may log in.
#[derive(Debug)]
pub struct Knock {
    /// The badge.
    pub mark: BadgeMark,
    /// Asked about anew once the session is wiped.
    pub card: Card,
    /// When it was laid.
    pub at: Moment,
    /// The question.
    pub asked: u64,
    pub until: Moment,
}

impl Session {
    /// Bar, or bar and countdown.
    pub fn screen(&self, now: Moment) -> Screen {
        let ends_in_ms = millis(self.ends_at.saturating_sub(now));
        match self.logout_at {
            Some(at) => Screen::Countdown {
                name: self.name.clone(),
                ends_in_ms,
                logout_in_ms: millis(at.saturating_sub(now)),
            },
            None => Screen::Session { name: self.name.clone(), ends_in_ms, notice: self.notice },
        }
    }
}

/// A session on its way out. It is over when the sandbox is proved gone, the screen is repainted
/// and the gateway has answered or cannot.
#[derive(Debug)]
pub struct Ending {
    /// The sandbox to be wiped.
    pub generation: u64,
    /// For the gateway; `None` once it has answered or cannot be reached.
    pub session: Option<SessionId>,
    /// Logout URLs are being visited until then; the wipe follows.
    pub visit_until: Option<Moment>,
    /// The wipe was proved.
    pub wiped: bool,
    /// Serial of the screen that covers the page.
    pub cover: u64,
    /// That screen is in every buffer of the compositor.
    pub painted: bool,
    /// Shown afterwards.
    pub notice: Option<Notice>,
    /// A badge laid meanwhile waits here.
    pub pending: Option<(BadgeMark, Card, Moment)>,
    /// The gateway's answer is waited for until then.
    pub answer_until: Moment,
    /// Deadline of the proof.
    pub until: Moment,
    /// The deadline was missed: out of service until the proof comes.
    pub overdue: bool,
}

impl State {
    /// What the person should see.
    #[must_use]
    pub fn screen(&self, now: Moment) -> Screen {
        match self {
            Self::OutOfService(outage) => Screen::OutOfService(*outage),
            Self::Advising { fault, .. } => Screen::Provision(fault.clone()),
            Self::Idle => Screen::Idle,
            Self::Message { notice, .. } => Screen::Message(*notice),
            Self::Authenticating(Auth::Asking { .. }) => Screen::Reading,
            Self::Authenticating(Auth::PinPad { tries_left, .. }) => {
                Screen::Pin { tries_left: *tries_left }
            }
            Self::Authenticating(Auth::Checking { .. }) => Screen::Opening { name: None },
            Self::Starting(login) => Screen::Opening { name: Some(login.name.clone()) },
            Self::Active(session) => session.screen(now),
            Self::Ending(ending) => ending.screen(),
        }
    }

    /// The name for the log: no personal data.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OutOfService(_) | Self::Ending(Ending { overdue: true, .. }) => "OutOfService",
            Self::Advising { .. } => "Advising",
            Self::Idle => "Idle",
            Self::Message { .. } => "Message",
            Self::Authenticating(Auth::Asking { .. }) => "Reading",
            Self::Authenticating(Auth::PinPad { .. }) => "Pin",
            Self::Authenticating(Auth::Checking { .. }) => "Checking",
            Self::Starting(_) => "Starting",
            Self::Active(Session { logout_at: Some(_), .. }) => "Countdown",
            Self::Active(_) => "Active",
            Self::Ending(_) => "Ending",
        }
    }

    pub(super) fn deadlines(&self) -> [Option<Moment>; 3] {
        match self {
            Self::OutOfService(_) | Self::Idle => [None; 3],
            Self::Advising { until, .. } | Self::Message { until, .. } => {
                [Some(*until), None, None]
            }
            Self::Authenticating(
                Auth::Asking { until, .. }
                | Auth::PinPad { until, .. }
                | Auth::Checking { until, .. },
            ) => [Some(*until), None, None],
            Self::Starting(login) => [Some(login.until), None, None],
            Self::Active(session) => {
                [Some(session.ends_at), session.logout_at.or(session.idle_at), session.notice_until]
            }
            Self::Ending(ending) => {
                [Some(ending.until), Some(ending.answer_until), ending.visit_until]
            }
        }
    }
}

/// The sandboxed browser. Generations tell the events of one browser from those of the next.
#[derive(Debug)]
pub enum Browser {
    /// None, and not before then.
    Absent {
        /// The last one.
        generation: u64,
        /// The next one may start.
        retry_at: Moment,
    },
    /// Started, loading the groupware's anonymous assets.
    Warming { generation: u64, until: Moment },
    /// Waiting for an agent, or serving one.
    Ready { generation: u64 },
}

impl Browser {
    /// The present or last one.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        match self {
            Self::Absent { generation, .. }
            | Self::Warming { generation, .. }
            | Self::Ready { generation } => *generation,
        }
    }

    /// Takes `Ready` from the browser; false when it had said so before.
    pub(super) const fn warmed(&mut self) -> bool {
        match self {
            Self::Warming { generation, .. } => {
                *self = Self::Ready { generation: *generation };
                true
            }
            Self::Absent { .. } | Self::Ready { .. } => false,
        }
    }

    pub(super) const fn deadline(&self) -> Option<Moment> {
        match self {
            Self::Absent { retry_at, .. } => Some(*retry_at),
            Self::Warming { until, .. } => Some(*until),
            Self::Ready { .. } => None,
        }
    }
}

/// What is known of the peers.
#[derive(Debug)]
pub struct World {
    /// A card reader answers.
    pub reader: bool,
    /// The shell is connected and drawing.
    pub shell: bool,
    /// Egress is connected.
    pub egress: bool,
    /// The gateway.
    pub gateway: GatewayLink,
    /// It has answered this terminal, now or before an earlier start.
    pub known: bool,
    /// Since when the gateway does not answer.
    pub gateway_down_since: Option<Moment>,
    /// The sandbox.
    pub browser: Browser,
    /// Keep a browser ready while idle.
    pub standby: bool,
    /// What the agent wishes.
    pub agent: Agent,
    /// What the panel shows and says.
    pub(super) panel: Panel,
}

impl World {
    pub(super) fn new(standby: bool, known: bool) -> Self {
        Self {
            reader: false,
            shell: false,
            egress: false,
            gateway: GatewayLink::Unknown,
            known,
            gateway_down_since: None,
            browser: Browser::Absent { generation: 0, retry_at: Moment::ZERO },
            standby,
            agent: Agent::default(),
            panel: Panel::default(),
        }
    }

    pub(super) fn learn(&mut self, event: &Event, now: Moment) {
        match event {
            Event::Reader(answers) => self.reader = *answers,
            Event::PeerGone(Peer::Reader) => self.reader = false,
            Event::Shell(ShellEvent::Ready) => self.shell = true,
            Event::PeerGone(Peer::Shell) => self.shell = false,
            Event::EgressReady => self.egress = true,
            Event::PeerGone(Peer::Egress) => self.egress = false,
            Event::Gateway(link) => {
                self.gateway = *link;
                self.known |= *link == GatewayLink::Up;
                self.gateway_down_since = match link {
                    GatewayLink::Up => None,
                    _ => self.gateway_down_since.or(Some(now)),
                };
            }
            _ => {}
        }
    }

    /// The most useful thing to say of what is missing. Egress comes back by itself within a
    /// second: it counts as starting.
    pub(super) const fn outage(&self) -> Option<Outage> {
        if self.agent.restarting {
            return Some(Outage::Restarting);
        }
        match self.gateway {
            GatewayLink::NotJoined => return Some(Outage::NotJoined),
            GatewayLink::Revoked => return Some(Outage::TerminalRevoked),
            GatewayLink::UntrustedCertificate => return Some(Outage::UntrustedCertificate),
            GatewayLink::GatewayCertificateEnded => return Some(Outage::GatewayCertificateEnded),
            GatewayLink::GatewayName => return Some(Outage::GatewayName),
            GatewayLink::CertificateEnded => return Some(Outage::CertificateEnded),
            GatewayLink::Down if !self.known => return Some(Outage::GatewayNeverReached),
            GatewayLink::Down => return Some(Outage::GatewayUnreachable),
            GatewayLink::Unplugged => return Some(Outage::NetworkUnplugged),
            GatewayLink::NoAddress => return Some(Outage::NoAddress),
            GatewayLink::Unknown | GatewayLink::Up => {}
        }
        match self.gateway {
            GatewayLink::Up if self.shell && self.egress => {
                if self.reader {
                    None
                } else {
                    Some(Outage::ReaderUnplugged)
                }
            }
            _ => Some(Outage::Starting),
        }
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
