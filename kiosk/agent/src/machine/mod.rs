//! The agent's decisions: one pure function, [`Machine::step`].
//!
//! Duties: when to report, what to install and when, when a slot has proved itself, when to wish
//! for a restart. Never: install or restart while somebody is logged in; take a version that is not
//! newer; confirm a slot without all of its proofs at one moment; a clock, a process, a file.

mod event;
#[cfg(test)]
mod properties;
mod trial;

pub use event::{Bundle, Effect, Event, Facts, InstallError, Moment, Wanted};

use borne_gateway_api::update::{LastUpdate, Outcome};
use borne_ipc::{AgentEvent, AgentOrder, Answer, Report, Terminal};
use std::time::Duration;

/// A slot on trial has this long, from the agent's first start in this boot, to prove itself.
pub const TRIAL: Duration = Duration::from_secs(180);
/// Between two reports.
pub const REPORT: Duration = Duration::from_secs(60);
/// Between two looks at the units while a slot is on trial, or not yet vouched for in this boot.
pub const LOOK: Duration = Duration::from_secs(5);
/// An update that could not be fetched or written is tried again after this: lines falter, and in
/// one of some thirty updates udev looks at RAUC's network block device, which goes away when it
/// looks elsewhere (rauc#1741).
pub const FIRST_RETRY: Duration = Duration::from_secs(60);
/// Twice as long after each failure of the same offer, and at most this: forty terminals share the
/// line.
pub const RETRY: Duration = Duration::from_secs(600);
/// A restart that was granted and did not come is given up after this: the terminal serves again.
pub const RESTART: Duration = Duration::from_secs(120);
/// A supervisor that is away for so long does not come back by itself, and no session outlives it.
pub const ALONE: Duration = Duration::from_secs(30);

/// Where the agent is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The running slot is on trial.
    Proving {
        /// Until then.
        until: Moment,
    },
    /// It has proved itself; RAUC is told.
    Confirming {
        /// The trial's end, should that fail.
        until: Moment,
    },
    /// The trial is over without proof, and RAUC is told: back to the version before, as soon as
    /// nobody is logged in.
    Returning {
        /// RAUC was told, or could not be.
        condemned: bool,
    },
    /// The running slot is good; nothing is under way.
    Watching,
    /// A bundle's signature and manifest are looked at.
    Inspecting(Wanted),
    /// A bundle is being written; what happens in front of the terminal does not matter any more.
    Installing(Wanted),
    /// Written. Waits for rest and its hours to start.
    Installed {
        /// Hours of the offer, if it is known.
        wanted: Option<Wanted>,
        /// After a restart that did not come.
        not_before: Moment,
    },
    /// A restart is under way.
    Leaving {
        /// It should have come by then.
        until: Moment,
        /// Into a trial's end, not into an update.
        returning: bool,
        /// What was installed.
        wanted: Option<Wanted>,
    },
}

/// The supervisor, as the agent sees it.
#[derive(Clone, Copy, Debug)]
enum Link {
    /// It has not said how the terminal is, since then.
    Away {
        /// The moment.
        since: Moment,
        /// It is there, whatever it does.
        connected: bool,
    },
    /// It has said how the terminal is.
    Here {
        /// What it said last.
        terminal: Terminal,
        /// It was told that a restart is wished.
        wishing: bool,
    },
}

/// When what comes again is due.
#[derive(Clone, Copy, Debug)]
struct Due {
    /// A look at the units.
    look: Moment,
    /// A report.
    report: Moment,
    /// An offer that has failed.
    retry: Moment,
    /// How long the offer rests after its next failure.
    rest: Duration,
}

/// The machine.
#[derive(Debug)]
pub struct Machine {
    /// Where it is.
    pub state: State,
    facts: Facts,
    link: Link,
    due: Due,
    /// The last look at the units.
    units: bool,
    /// The gateway's offer, as long as it stands.
    offer: Option<Wanted>,
    /// RAUC is being told that the committed slot has started well.
    vouching: bool,
    /// The moment of the event that is being dealt with, since boot.
    now: Moment,
    /// The minute of the local day at that moment.
    minute: u16,
    /// What that event wants done so far.
    effects: Vec<Effect>,
}

impl Machine {
    /// What is done first is up to the slot: one on trial has to prove itself before anything else.
    #[must_use]
    pub fn new(facts: Facts, now: Moment) -> (Self, Vec<Effect>) {
        let mut machine = Self {
            state: State::Watching,
            facts,
            link: Link::Away { since: now, connected: false },
            due: Due { look: now, report: now, retry: now, rest: FIRST_RETRY },
            units: false,
            offer: None,
            vouching: false,
            now,
            minute: 0,
            effects: Vec::new(),
        };
        machine.resume();
        let effects = std::mem::take(&mut machine.effects);
        (machine, effects)
    }

    /// Goes on where the last start left off.
    fn resume(&mut self) {
        if !self.facts.confirmed {
            self.state = State::Proving { until: self.facts.since + TRIAL };
            return;
        }
        let Some(last) = self.facts.last else { return };
        match last.outcome {
            // The bootloader still leads to the other slot: a power cut came between, or a trial
            // may be tried again.
            Outcome::Installed if self.facts.other_is_next => {
                self.state = State::Installed { wanted: None, not_before: self.now };
            }
            Outcome::Installed if last.version == self.facts.version => {
                self.settle(last, Outcome::Confirmed);
            }
            Outcome::Installed => self.settle(last, Outcome::Returned),
            // Cut off in the middle: the slot is written again from its beginning.
            Outcome::Installing => self.settle(last, Outcome::Failed),
            _ => {}
        }
    }

    /// The next moment at which [`Event::Tick`] must come.
    #[must_use]
    pub fn deadline(&self) -> Moment {
        let own = match (&self.state, self.link) {
            (
                State::Proving { until }
                | State::Confirming { until }
                | State::Leaving { until, .. },
                _,
            ) => *until,
            (State::Returning { condemned: true }, Link::Away { since, .. }) => since + ALONE,
            _ => Moment::MAX,
        };
        own.min(self.due.look)
    }

    /// One event, at one moment (since boot) and minute of the local day.
    #[must_use]
    pub fn step(&mut self, event: Event, now: Moment, minute: u16) -> Vec<Effect> {
        (self.now, self.minute) = (now, minute);
        match event {
            Event::Connected => self.connected(),
            Event::Gone => self.gone(),
            Event::Order(AgentOrder::Terminal(terminal)) => self.learn(terminal),
            Event::Order(AgentOrder::Answer(answer)) => self.heard(answer),
            Event::Order(AgentOrder::Restart) => self.restart(),
            Event::Units(good) => {
                self.units = good;
                self.prove();
                self.vouch();
                self.report();
            }
            Event::Confirmed(done) => self.confirmed(done),
            Event::Condemned => {
                if let State::Returning { condemned } = &mut self.state {
                    *condemned = true;
                }
            }
            Event::Inspected(bundle) => self.inspected(bundle),
            Event::Progress(percent) => {
                if let State::Installing(_) = self.state {
                    self.effects.push(Effect::Tell(AgentEvent::Progress(Some(percent.min(100)))));
                }
            }
            Event::Installed(done) => self.installed(done),
            Event::Tick => {}
        }
        self.elapse();
        self.begin();
        self.wish();
        std::mem::take(&mut self.effects)
    }

    /// How the terminal is, if there is a supervisor to say so.
    const fn terminal(&self) -> Option<Terminal> {
        match self.link {
            Link::Here { terminal, .. } => Some(terminal),
            Link::Away { .. } => None,
        }
    }

    fn learn(&mut self, terminal: Terminal) {
        let wishing = matches!(self.link, Link::Here { wishing: true, .. });
        self.link = Link::Here { terminal, wishing };
        if terminal.gateway && self.now >= self.due.report {
            // A report is due and can be made: with a fresh look at the units.
            self.due.look = self.now;
        }
    }

    fn gone(&mut self) {
        let since = match self.link {
            Link::Away { since, .. } => since,
            Link::Here { .. } => self.now,
        };
        self.link = Link::Away { since, connected: false };
    }

    fn connected(&mut self) {
        self.effects.push(Effect::Tell(AgentEvent::Ready));
        if self.on_trial() {
            self.effects.push(Effect::Tell(AgentEvent::Proving(true)));
        }
        if let State::Installing(_) = self.state {
            self.effects.push(Effect::Tell(AgentEvent::Progress(Some(0))));
        }
        self.link = match self.link {
            Link::Away { since, .. } => Link::Away { since, connected: true },
            Link::Here { terminal, .. } => Link::Here { terminal, wishing: false },
        };
        (self.due.report, self.due.look) = (self.now, self.now);
    }

    fn elapse(&mut self) {
        match self.state.clone() {
            State::Proving { until } | State::Confirming { until } if self.now >= until => {
                self.effects.push(Effect::Condemn);
                self.state = State::Returning { condemned: false };
            }
            State::Leaving { until, returning, wanted } if self.now >= until => {
                self.effects.push(Effect::Tell(AgentEvent::WantsRestart(false)));
                if let Link::Here { wishing, .. } = &mut self.link {
                    *wishing = false;
                }
                self.state = match returning {
                    true => State::Returning { condemned: true },
                    false => State::Installed { wanted, not_before: self.now + RETRY },
                };
            }
            _ => {}
        }
        if self.now >= self.due.look {
            self.effects.push(Effect::LookAtUnits);
            self.due.look =
                self.now + if self.on_trial() || !self.facts.vouched { LOOK } else { REPORT };
        }
    }

    fn report(&mut self) {
        if self.now < self.due.report || !self.terminal().is_some_and(|terminal| terminal.gateway) {
            return;
        }
        // It goes with the minute's look at the units, whose answer may come sooner than the one
        // before did.
        self.due.report = self.now + REPORT.saturating_sub(LOOK);
        self.effects.push(Effect::Tell(AgentEvent::Report(Report {
            board: self.facts.board.clone(),
            slot: self.facts.slot.clone(),
            version: self.facts.version,
            confirmed: self.facts.confirmed,
            units: self.units,
            last: self.facts.last,
        })));
    }

    /// What the gateway offers stands until it answers otherwise. Nothing of it is believed that
    /// cannot be.
    fn heard(&mut self, answer: Answer) {
        let Answer::Heard(update) = answer else { return };
        let offer = update.and_then(|update| Wanted::check(update, self.facts.version));
        if offer != self.offer {
            self.due.rest = FIRST_RETRY;
        }
        self.offer = offer;
    }

    /// Begins with an offer: at rest, within its hours, and not what has failed for good.
    fn begin(&mut self) {
        let (State::Watching, Some(wanted)) = (&self.state, &self.offer) else { return };
        if !self.may(wanted) || self.is_done_with(wanted) || self.is_too_early_for(wanted) {
            return;
        }
        self.effects.push(Effect::Inspect(wanted.clone()));
        self.state = State::Inspecting(wanted.clone());
    }

    fn may(&self, wanted: &Wanted) -> bool {
        let resting = self.terminal().is_some_and(|terminal| terminal.resting);
        resting
            && wanted.version > self.facts.version
            && wanted.hours.is_none_or(|hours| hours.hold(self.minute))
    }

    fn is_done_with(&self, wanted: &Wanted) -> bool {
        self.facts
            .last
            .as_ref()
            .is_some_and(|last| last.offer == wanted.offer && last.outcome != Outcome::Failed)
    }

    /// It has failed a moment ago; another offer need not wait for that.
    fn is_too_early_for(&self, wanted: &Wanted) -> bool {
        self.now < self.due.retry
            && self.facts.last.as_ref().is_some_and(|last| last.offer == wanted.offer)
    }

    fn inspected(&mut self, bundle: Result<Bundle, InstallError>) {
        let State::Inspecting(wanted) = &self.state else { return };
        let wanted = wanted.clone();
        self.state = State::Watching;
        match bundle {
            Ok(bundle) if !wanted.is(&bundle, &self.facts.board) => {
                self.end(&wanted, Outcome::Refused)
            }
            // Somebody came meanwhile, or the hours are over: later, from the beginning.
            Ok(_) if !self.may(&wanted) => {}
            Ok(bundle) => {
                self.remember(&wanted, Outcome::Installing);
                self.effects.push(Effect::Tell(AgentEvent::Progress(Some(0))));
                self.effects.push(Effect::Install { wanted: wanted.clone(), bundle });
                self.state = State::Installing(wanted);
            }
            Err(InstallError::Refused) => self.end(&wanted, Outcome::Refused),
            Err(InstallError::Failed) => self.end(&wanted, Outcome::Failed),
        }
    }

    fn installed(&mut self, done: Result<(), InstallError>) {
        let State::Installing(wanted) = &self.state else { return };
        let wanted = wanted.clone();
        self.effects.push(Effect::Tell(AgentEvent::Progress(None)));
        self.state = State::Watching;
        match done {
            Ok(()) => {
                self.remember(&wanted, Outcome::Installed);
                self.state = State::Installed { wanted: Some(wanted), not_before: self.now };
            }
            Err(InstallError::Refused) => self.end(&wanted, Outcome::Refused),
            Err(InstallError::Failed) => self.end(&wanted, Outcome::Failed),
        }
    }

    fn end(&mut self, wanted: &Wanted, outcome: Outcome) {
        self.remember(wanted, outcome);
        self.due.retry = self.now + self.due.rest;
        self.due.rest = RETRY.min(self.due.rest * 2);
    }

    fn remember(&mut self, wanted: &Wanted, outcome: Outcome) {
        self.settle(LastUpdate { offer: wanted.offer, version: wanted.version, outcome }, outcome);
        (self.due.report, self.due.look) = (self.now, self.now);
    }

    fn settle(&mut self, last: LastUpdate, outcome: Outcome) {
        let last = LastUpdate { outcome, ..last };
        self.facts.last = Some(last);
        self.effects.push(Effect::Remember(last));
    }
}
