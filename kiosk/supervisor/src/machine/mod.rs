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
#[cfg(test)]
mod properties;
mod session;
mod state;
#[cfg(test)]
mod tests;

pub use agent::Agent;
pub use effect::Effect;
pub use event::{BadgeMark, Event, GatewayError, GatewayLink, Peer};
use state::Knock;
pub use state::{Auth, Browser, Login, Moment, State, World};

use borne_ipc::{
    BrowserEvent, Notice, Outage, PageNotice, ProvisionFault, ReaderEvent, Screen, ShellEvent,
    Strip,
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
}

/// What a step hands back besides its effects is the machine itself, changed.
type Effects = Vec<Effect>;

impl Machine {
    /// A machine that has heard of nobody yet; `known` when the gateway has once let this terminal
    /// in, so that its silence is not the configuration's fault.
    #[must_use]
    pub fn new(times: Times, standby: bool, known: bool) -> Self {
        Self {
            state: State::OutOfService(Outage::Starting),
            world: World::new(standby, known),
            times,
            asked: 0,
            shown: 0,
            last_tap: None,
            left_by: None,
            knock: None,
        }
    }

    /// Shows this before the first person is served.
    pub fn advise(&mut self, fault: ProvisionFault) {
        self.state = State::Advising { fault, until: ADVICE };
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
        [a, b, c, self.world.browser.deadline(), link, knock]
            .into_iter()
            .flatten()
            .filter(|moment| *moment > now)
            .min()
    }

    /// Orders a screen; its serial.
    fn show(&mut self, screen: Screen, effects: &mut Effects) -> u64 {
        self.shown += 1;
        effects.push(Effect::Show { serial: self.shown, screen });
        self.shown
    }

    /// One event, at one moment (monotonic, since start).
    #[must_use]
    pub fn step(&mut self, event: Event, now: Moment) -> Effects {
        let mut effects = Effects::new();
        self.world.learn(&event, now);
        match event {
            Event::Reader(ReaderEvent::Card(card), mark) => {
                self.tapped(mark, card, now, &mut effects)
            }
            Event::Reader(ReaderEvent::Lost, _) => self.peer_gone(Peer::Reader, now, &mut effects),
            Event::Reader(ReaderEvent::Unclear(unclear), _) => {
                self.unclear(unclear, now, &mut effects)
            }
            Event::Reader(..) => {}
            Event::Shell(event) => self.shell(event, now, &mut effects),
            Event::Agent(event) => self.agent(event, &mut effects),
            Event::ReportAnswered(answer) => self.report_answered(answer, &mut effects),
            Event::EgressReady | Event::Gateway(_) => {}
            Event::PeerGone(peer) => self.peer_gone(peer, now, &mut effects),
            Event::TapAnswered { asked, answer } => {
                self.tap_answered(asked, answer, now, &mut effects)
            }
            Event::PinAnswered { asked, answer } => {
                self.pin_answered(asked, answer, now, &mut effects)
            }
            Event::EndAnswered { session } => self.end_answered(&session),
            Event::EndSession { session } => self.ended_remotely(&session, now, &mut effects),
            Event::Browser { generation, event } => {
                self.browser(generation, event, now, &mut effects)
            }
            Event::BrowserGone { generation } => self.browser_gone(generation, now, &mut effects),
            Event::Wiped { generation } => self.wiped(generation, &mut effects),
            Event::Tick => {}
        }
        self.elapse(now, &mut effects);
        self.settle(now, &mut effects);
        effects
    }

    /// What the passing of time alone brings about.
    fn elapse(&mut self, now: Moment, effects: &mut Effects) {
        match &self.state {
            State::OutOfService(_) | State::Idle => {}
            State::Advising { until, .. } => {
                if now >= *until {
                    self.state = State::OutOfService(Outage::Starting);
                    self.show(Screen::OutOfService(Outage::Starting), effects);
                }
            }
            State::Message { until, .. } => {
                if now >= *until {
                    self.state = State::Idle;
                    self.show(Screen::Idle, effects);
                }
            }
            State::Authenticating(_) => self.authenticating_elapsed(now, effects),
            State::Starting(login) => {
                let late = now >= login.until;
                self.knock_elapsed(now, effects);
                if late {
                    self.end(
                        borne_gateway_api::EndReason::LoginFailed,
                        Some(Notice::LoginFailed),
                        now,
                        effects,
                    );
                }
            }
            State::Active(_) => self.session_elapsed(now, effects),
            State::Ending(_) => self.ending_elapsed(now, effects),
        }
    }

    /// Brings the state in line with the world: out of service when something is missing, idle when
    /// all is there, and a browser in standby.
    fn settle(&mut self, now: Moment, effects: &mut Effects) {
        self.leave_ending(now, effects);
        self.grant_restart(effects);
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
                self.show(Screen::OutOfService(outage), effects);
            }
            (State::OutOfService(_), None) => {
                self.state = State::Idle;
                self.show(Screen::Idle, effects);
            }
            _ => {}
        }
        self.keep_standby(now, effects);
        self.tell_agent(effects);
    }

    fn shell(&mut self, event: ShellEvent, now: Moment, effects: &mut Effects) {
        if matches!(event, ShellEvent::Ready) {
            self.progress_again(effects);
        }
        match (event, &mut self.state) {
            // A new shell knows nothing: tell it again.
            (ShellEvent::Ready, State::Ending(_)) => self.cover_again(effects),
            (ShellEvent::Ready, state) => {
                let screen = state.screen(now);
                self.show(screen, effects);
            }
            (ShellEvent::Painted { serial }, State::Ending(ending)) => ending.painted(serial),
            (
                ShellEvent::Pin { serial, pin },
                State::Authenticating(Auth::PinPad { since, .. }),
            ) if serial >= *since => self.pin_typed(pin, now, effects),
            (ShellEvent::PinCancelled, State::Authenticating(Auth::PinPad { .. }))
            | (ShellEvent::Dismissed, State::Message { .. }) => {
                self.state = State::Idle;
                self.show(Screen::Idle, effects);
            }
            (ShellEvent::Logout, State::Active(_)) => {
                self.end(borne_gateway_api::EndReason::Button, None, now, effects)
            }
            (ShellEvent::Back, State::Active(_)) => self.strip_pressed(now, effects),
            (ShellEvent::UserActive, State::Active(_)) => self.user_active(now, effects),
            (ShellEvent::UserIdle, State::Active(session)) => {
                session.idle_at = Some(now + self.times.idle)
            }
            // Raced by a timeout or by another event: the person pressed what was still on the
            // screen.
            _ => {}
        }
    }

    fn peer_gone(&mut self, peer: Peer, now: Moment, effects: &mut Effects) {
        if peer == Peer::Agent {
            // No session depends on it.
            self.agent_gone(effects);
            return;
        }
        match &self.state {
            State::Starting(_) | State::Active(_) => {
                let (reason, notice) = match peer {
                    Peer::Reader => {
                        (borne_gateway_api::EndReason::ReaderLost, Notice::ReaderUnplugged)
                    }
                    Peer::Shell | Peer::Egress | Peer::Agent => {
                        (borne_gateway_api::EndReason::Crash, Notice::PageCrashed)
                    }
                };
                self.end(reason, Some(notice), now, effects);
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
                    self.world.browser = Browser::Absent { generation, retry_at: now + RESPAWN };
                    effects.push(Effect::KillBrowser { generation });
                }
            }
            _ => {}
        }
    }

    fn browser(
        &mut self,
        generation: u64,
        event: BrowserEvent,
        now: Moment,
        effects: &mut Effects,
    ) {
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
            effects.push(Effect::KillBrowser { generation });
            return;
        }
        match event {
            BrowserEvent::Ready => self.open_if_waiting(effects),
            BrowserEvent::Opened => self.opened(now, effects),
            BrowserEvent::OpenFailed(failure) => self.open_failed(failure, now, effects),
            BrowserEvent::Blocked => self.strip(Strip::Page(PageNotice::Blocked), now, effects),
            BrowserEvent::PageNotice(notice) => self.strip(Strip::Page(notice), now, effects),
            BrowserEvent::Crashed => self.end(
                borne_gateway_api::EndReason::Crash,
                Some(Notice::PageCrashed),
                now,
                effects,
            ),
            BrowserEvent::LoggedOut => self.visited(effects),
        }
    }

    fn browser_gone(&mut self, generation: u64, now: Moment, effects: &mut Effects) {
        if generation != self.world.browser.generation() {
            return;
        }
        self.world.browser = Browser::Absent { generation, retry_at: now + RESPAWN };
        match &self.state {
            State::Starting(_) | State::Active(_) => {
                self.end(
                    borne_gateway_api::EndReason::Crash,
                    Some(Notice::PageCrashed),
                    now,
                    effects,
                );
            }
            // Whatever the sandbox left behind: its users must have no process before the next one
            // starts.
            State::Ending(_) => {}
            _ => effects.push(Effect::KillBrowser { generation }),
        }
    }

    /// A browser in standby whenever nobody is logged in and all it needs is there; at the latest
    /// when a login waits.
    fn keep_standby(&mut self, now: Moment, effects: &mut Effects) {
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
                if wanted && now >= *retry_at && self.world.shell && self.world.egress =>
            {
                let generation = generation + 1;
                self.world.browser = Browser::Warming { generation, until: now + WARMING };
                effects.push(Effect::StartBrowser { generation });
            }
            Browser::Warming { generation, until } if now >= *until => {
                let generation = *generation;
                self.world.browser = Browser::Absent { generation, retry_at: now + RESPAWN };
                effects.push(Effect::KillBrowser { generation });
            }
            _ => {}
        }
    }
}
