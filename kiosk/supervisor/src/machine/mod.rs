//! The session state machine: one pure function, [`Machine::step`].
//!
//! Duties: decide. Every way out of a session passes through [`State::Ending`], and nothing leaves
//! that state for [`State::Idle`] before the wipe is proved. Every wait has a deadline; a missed
//! one ends in an outage or a message. Never: a clock, a socket, a process, randomness, a secret
//! kept longer than the effect that carries it.

mod agent;
mod effect;
mod ending;
mod event;
mod login;
mod panel;
#[cfg(test)]
mod properties;
mod session;
mod state;
#[cfg(test)]
mod tests;

pub use agent::Agent;
pub use effect::Effect;
pub use event::{BadgeMark, Event, GatewayError, GatewayLink, Peer};
use panel::{Panel, Wake};
use state::Knock;
pub use state::{Auth, Browser, Login, Moment, State, World};

use borne_gateway_api::EndReason;
use borne_ipc::{
    BrowserEvent, Notice, Outage, PageNotice, ProvisionFault, Screen, ShellEvent, Strip,
};
use std::time::Duration;

/// Times of the site, and the fixed ones.
#[derive(Clone, Debug)]
pub struct Times {
    /// Rest before the countdown.
    pub idle: Duration,
    /// The countdown.
    pub countdown: Duration,
    /// Absolute length of a session.
    pub max: Duration,
    /// Rest before an idle screen gets dark; `None`: it never does.
    pub sleep: Option<Duration>,
}

/// A second tap of the same badge sooner than this is the hand trembling, not a wish.
pub const DEBOUNCE: Duration = Duration::from_secs(2);
/// The gateway has this long to answer a tap or a PIN.
pub const ANSWER: Duration = Duration::from_secs(8);
/// The PIN pad closes by itself.
pub const PIN_PAD: Duration = Duration::from_secs(30);
/// From the right PIN to the first page.
pub const OPENING: Duration = Duration::from_secs(25);
/// From the first order to end a session to the proof that it is wiped.
pub const ENDING: Duration = Duration::from_secs(5);
/// The gateway may be silent this long in a session; it then ends the session on its side too.
pub const GATEWAY_GRACE: Duration = Duration::from_secs(6);
/// A message goes away by itself.
pub const MESSAGE: Duration = Duration::from_secs(12);
/// A standby browser that has not warmed up by then is replaced.
pub const WARMING: Duration = Duration::from_secs(30);
/// Pause before a standby browser that died is replaced.
pub const RESPAWN: Duration = Duration::from_millis(500);
/// What should be corrected of the card is shown so long at the start, when whoever has put the card
/// in still stands there.
pub const ADVICE: Duration = Duration::from_secs(45);
/// A tap made during the wipe is still meant this much later.
pub const PENDING_TAP: Duration = Duration::from_secs(8);

/// The machine. `step` consumes an event and says what to do.
#[derive(Debug)]
pub struct Machine {
    /// Where we are.
    pub state: State,
    /// What is known of the peers.
    pub world: World,
    times: Times,
    /// The moment of the event that is being dealt with.
    now: Moment,
    /// What that event wants done so far.
    effects: Vec<Effect>,
    /// Numbers questions to the gateway, so that a late answer is known as one.
    asked: u64,
    /// Serial of the last screen ordered.
    shown: u64,
    /// Last badge and when it was laid, for the debounce.
    last_tap: Option<(BadgeMark, Moment)>,
    /// The badge whose second tap ended the last session.
    left_by: Option<BadgeMark>,
    /// Another badge laid while somebody is logged in, until the gateway says whose it is not.
    knock: Option<Knock>,
    /// Whether an idle screen is lit.
    wake: Wake,
}

impl Machine {
    /// A machine that has heard of nobody yet; `known` when the gateway has once let this terminal
    /// in, so that its silence is not the configuration's fault.
    #[must_use]
    pub fn new(times: Times, standby: bool, known: bool) -> Self {
        Self {
            state: State::OutOfService(Outage::Starting),
            world: World::new(standby, known),
            times,
            now: Moment::ZERO,
            effects: Vec::new(),
            asked: 0,
            shown: 0,
            last_tap: None,
            left_by: None,
            knock: None,
            wake: Wake::Awake(None),
        }
    }

    /// Shows this before the first person is served.
    pub fn advise(&mut self, fault: ProvisionFault) {
        self.state = State::Advising { fault, until: ADVICE };
    }

    /// Whether nobody is logged in, logging in, or being logged out.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        matches!(
            self.state,
            State::OutOfService(_) | State::Advising { .. } | State::Idle | State::Message { .. }
        )
    }

    /// The next moment after `now` at which [`Event::Tick`] must come, if no other event comes
    /// before.
    #[must_use]
    pub fn deadline(&self, now: Moment) -> Option<Moment> {
        let link = match (&self.state, self.world.gateway_down_since) {
            (State::Active(_), Some(since)) => Some(since + GATEWAY_GRACE),
            _ => None,
        };
        let [a, b, c] = self.state.deadlines();
        let knock = self.knock.as_ref().map(|knock| knock.until);
        // What is due already was dealt with by the last step, or waits for another event.
        [a, b, c, self.world.browser.deadline(), link, knock, self.sleeps_at()]
            .into_iter()
            .flatten()
            .filter(|moment| *moment > now)
            .min()
    }

    /// Orders a screen; its serial.
    fn show(&mut self, screen: Screen) -> u64 {
        self.shown += 1;
        self.wakes();
        self.panel_follows(&screen);
        self.effects.push(Effect::Show { serial: self.shown, screen });
        self.shown
    }

    /// One event, at one moment (monotonic, since start).
    #[must_use]
    pub fn step(&mut self, event: Event, now: Moment) -> Vec<Effect> {
        self.now = now;
        self.world.learn(&event, now);
        match event {
            Event::Card { mark, card } => self.tapped(mark, card),
            Event::Unclear(unclear) => self.unclear(unclear),
            Event::Reader(false) => self.peer_gone(Peer::Reader),
            Event::Reader(true) => {}
            Event::Shell(event) => self.shell(event),
            Event::Agent(event) => self.agent(event),
            Event::Panel(event) => self.panel(event),
            Event::ReportAnswered(answer) => self.report_answered(answer),
            Event::EgressReady | Event::Gateway(_) => {}
            Event::PeerGone(peer) => self.peer_gone(peer),
            Event::TapAnswered { asked, answer } => self.tap_answered(asked, answer),
            Event::PinAnswered { asked, answer } => self.pin_answered(asked, answer),
            Event::EndAnswered { session } => self.end_answered(&session),
            Event::EndSession { session } => self.ended_remotely(&session),
            Event::Browser { generation, event } => self.browser(generation, event),
            Event::BrowserGone { generation } => self.browser_gone(generation),
            Event::Wiped { generation } => self.wiped(generation),
            Event::Tick => {}
        }
        self.elapse();
        self.settle();
        std::mem::take(&mut self.effects)
    }

    /// What the passing of time alone brings about.
    fn elapse(&mut self) {
        match &self.state {
            State::OutOfService(_) => {}
            State::Idle => self.fall_asleep(),
            State::Advising { until, .. } => {
                if self.now >= *until {
                    self.state = State::OutOfService(Outage::Starting);
                    self.show(Screen::OutOfService(Outage::Starting));
                }
            }
            State::Message { until, .. } => {
                if self.now >= *until {
                    self.state = State::Idle;
                    self.show(Screen::Idle);
                }
            }
            State::Authenticating(_) => self.authenticating_elapsed(),
            State::Starting(login) => {
                let late = self.now >= login.until;
                self.knock_elapsed();
                if late {
                    self.end(EndReason::LoginFailed, Some(Notice::LoginFailed));
                }
            }
            State::Active(_) => self.session_elapsed(),
            State::Ending(_) => self.ending_elapsed(),
        }
    }

    /// Brings the state in line with the world: out of service when something is missing, idle when
    /// all is there, and a browser in standby.
    fn settle(&mut self) {
        self.leave_ending();
        self.grant_restart();
        match (&self.state, self.world.outage()) {
            (State::OutOfService(shown), Some(outage)) if *shown == outage => {}
            (
                State::OutOfService(_)
                | State::Idle
                | State::Message { .. }
                | State::Authenticating(_),
                Some(outage),
            ) => {
                self.state = State::OutOfService(outage);
                self.show(Screen::OutOfService(outage));
            }
            (State::OutOfService(_), None) => {
                self.state = State::Idle;
                self.show(Screen::Idle);
            }
            _ => {}
        }
        self.keep_standby();
        self.tell_agent();
    }

    fn shell(&mut self, event: ShellEvent) {
        if matches!(event, ShellEvent::Ready) {
            self.progress_again();
        }
        match (event, &mut self.state) {
            // A new shell knows nothing: tell it again.
            (ShellEvent::Ready, State::Ending(_)) => self.cover_again(),
            (ShellEvent::Ready, state) => {
                let screen = state.screen(self.now);
                self.show(screen);
            }
            (ShellEvent::Painted { serial }, State::Ending(ending)) => ending.painted(serial),
            (
                ShellEvent::Pin { serial, pin },
                State::Authenticating(Auth::PinPad { since, .. }),
            ) if serial >= *since => self.pin_typed(pin),
            (ShellEvent::PinCancelled, State::Authenticating(Auth::PinPad { .. }))
            | (ShellEvent::Dismissed, State::Message { .. }) => {
                self.state = State::Idle;
                self.show(Screen::Idle);
            }
            (ShellEvent::Logout, State::Active(_)) => self.end(EndReason::Button, None),
            (ShellEvent::Back, State::Active(_)) => self.strip_pressed(),
            (ShellEvent::UserActive, State::Active(_)) => self.user_active(),
            (ShellEvent::UserActive, State::Idle) => self.wake(),
            (ShellEvent::UserIdle, State::Active(session)) => {
                session.idle_at = Some(self.now + self.times.idle)
            }
            // Raced by a timeout or by another event: the person pressed what was still on the
            // screen.
            _ => {}
        }
    }

    fn peer_gone(&mut self, peer: Peer) {
        // No session depends on these two.
        match peer {
            Peer::Agent => return self.agent_gone(),
            Peer::Panel => return self.panel_gone(),
            Peer::Reader | Peer::Shell | Peer::Egress => {}
        }
        match &self.state {
            State::Starting(_) | State::Active(_) => {
                let (reason, notice) = match peer {
                    Peer::Reader => (EndReason::ReaderLost, Notice::ReaderUnplugged),
                    Peer::Shell | Peer::Egress | Peer::Agent | Peer::Panel => {
                        (EndReason::Crash, Notice::PageCrashed)
                    }
                };
                self.end(reason, Some(notice));
            }
            // The socket that was bound into the cage died with its egress; another one is not seen
            // in there.
            State::OutOfService(_)
            | State::Advising { .. }
            | State::Idle
            | State::Message { .. }
            | State::Authenticating(_)
                if peer == Peer::Egress =>
            {
                let generation = self.world.browser.generation();
                if !matches!(self.world.browser, Browser::Absent { .. }) {
                    self.world.browser =
                        Browser::Absent { generation, retry_at: self.now + RESPAWN };
                    self.effects.push(Effect::KillBrowser { generation });
                }
            }
            _ => {}
        }
    }

    fn browser(&mut self, generation: u64, event: BrowserEvent) {
        if generation != self.world.browser.generation() {
            return;
        }
        let allowed = match (&event, &self.state) {
            (BrowserEvent::Ready, _) => self.world.browser.warmed(),
            (BrowserEvent::Opened | BrowserEvent::OpenFailed(_), State::Starting(login)) => {
                login.ordered
            }
            (
                BrowserEvent::Blocked | BrowserEvent::PageNotice(_) | BrowserEvent::Crashed,
                State::Starting(_) | State::Active(_),
            ) => true,
            (BrowserEvent::LoggedOut, State::Ending(ending)) => ending.visiting(),
            // On their way while the session was being ended.
            (_, State::Ending(_)) => return,
            // A standby browser may lose its web process.
            (BrowserEvent::Crashed, _) => false,
            _ => false,
        };
        if !allowed {
            self.effects.push(Effect::KillBrowser { generation });
            return;
        }
        match event {
            BrowserEvent::Ready => self.open_if_waiting(),
            BrowserEvent::Opened => self.opened(),
            BrowserEvent::OpenFailed(failure) => self.open_failed(failure),
            BrowserEvent::Blocked => self.strip(Strip::Page(PageNotice::Blocked)),
            BrowserEvent::PageNotice(notice) => self.strip(Strip::Page(notice)),
            BrowserEvent::Crashed => self.end(EndReason::Crash, Some(Notice::PageCrashed)),
            BrowserEvent::LoggedOut => self.visited(),
        }
    }

    fn browser_gone(&mut self, generation: u64) {
        if generation != self.world.browser.generation() {
            return;
        }
        self.world.browser = Browser::Absent { generation, retry_at: self.now + RESPAWN };
        match &self.state {
            State::Starting(_) | State::Active(_) => {
                self.end(EndReason::Crash, Some(Notice::PageCrashed));
            }
            // Whatever the sandbox left behind: its users must have no process before the next one
            // starts.
            State::Ending(_) => {}
            _ => self.effects.push(Effect::KillBrowser { generation }),
        }
    }

    /// A browser in standby whenever nobody is logged in and all it needs is there; at the latest
    /// when a login waits.
    fn keep_standby(&mut self) {
        let wanted = match &self.state {
            State::Idle | State::Message { .. } => self.world.standby || self.world.agent.proving,
            State::Authenticating(_) | State::Starting(_) => true,
            State::OutOfService(_)
            | State::Advising { .. }
            | State::Active(_)
            | State::Ending(_) => false,
        };
        match &self.world.browser {
            Browser::Absent { generation, retry_at }
                if wanted && self.now >= *retry_at && self.world.shell && self.world.egress =>
            {
                let generation = generation + 1;
                self.world.browser = Browser::Warming { generation, until: self.now + WARMING };
                self.effects.push(Effect::StartBrowser { generation });
            }
            Browser::Warming { generation, until } if self.now >= *until => {
                let generation = *generation;
                self.world.browser = Browser::Absent { generation, retry_at: self.now + RESPAWN };
                self.effects.push(Effect::KillBrowser { generation });
            }
            _ => {}
        }
    }
}
