//! The agent's decisions: one pure function, [`Machine::step`].
//!
//! Duties: when to report, what to install and when, when a slot has proved itself, when to wish
//! for a restart. Never: install or restart while somebody is logged in; take a version that is not
//! newer; confirm a slot without all of its proofs at one moment; a clock, a process, a file.

mod event;
#[cfg(test)]
mod properties;
mod trial;

pub use event::{Bundle, Effect, Event, Facts, InstallError, Last, Moment, Wanted};

use borne_ipc::{AgentEvent, AgentOrder, Answer, LastUpdate, Outcome, Report, Terminal};
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

/// The machine.
#[derive(Debug)]
pub struct Machine {
    /// Where it is.
    pub state: State,
    facts: Facts,
    /// How the terminal is; `None` without a supervisor.
    terminal: Option<Terminal>,
    /// The last look at the units.
    units: bool,
    look_at: Moment,
    report_at: Moment,
    /// The gateway's offer, as long as it stands.
    offer: Option<Wanted>,
    retry_at: Moment,
    /// How long it rests after the next failure.
    rest: Moment,
    wishing: bool,
    /// A supervisor is there, whatever it does.
    connected: bool,
    /// RAUC is being told that the committed slot has started well.
    vouching: bool,
    /// Since when there is no supervisor; `None` while there is one.
    alone_since: Option<Moment>,
}

type Effects = Vec<Effect>;

impl Machine {
    /// What is done first is up to the slot: one on trial has to prove itself before anything else.
    #[must_use]
    pub fn new(facts: Facts, now: Moment) -> (Self, Effects) {
        let mut effects = Effects::new();
        let mut machine = Self {
            state: State::Watching,
            terminal: None,
            units: false,
            look_at: now,
            report_at: now,
            offer: None,
            retry_at: now,
            rest: FIRST_RETRY,
            wishing: false,
            connected: false,
            vouching: false,
            alone_since: Some(now),
            facts,
        };
        if !machine.facts.confirmed {
            machine.state = State::Proving { until: machine.facts.since + TRIAL };
        } else if let Some(last) = machine.facts.last.clone() {
            match last.outcome {
                // The bootloader still leads to the other slot: a power cut came between, or a
                // trial may be tried again.
                Outcome::Installed if machine.facts.other_is_next => {
                    machine.state = State::Installed { wanted: None, not_before: now };
                }
                Outcome::Installed if last.version == machine.facts.version => {
                    machine.settle(last, Outcome::Confirmed, &mut effects);
                }
                Outcome::Installed => machine.settle(last, Outcome::Returned, &mut effects),
                // Cut off in the middle: the slot is written again from its beginning.
                Outcome::Installing => machine.settle(last, Outcome::Failed, &mut effects),
                _ => {}
            }
        }
        (machine, effects)
    }

    /// The next moment at which [`Event::Tick`] must come.
    #[must_use]
    pub fn deadline(&self) -> Moment {
        let own = match self.state {
            State::Proving { until }
            | State::Confirming { until }
            | State::Leaving { until, .. } => until,
            State::Returning { condemned: true } => {
                self.alone_since.map_or(Moment::MAX, |since| since + ALONE)
            }
            _ => Moment::MAX,
        };
        own.min(self.look_at)
    }

    /// One event, at one moment (since boot) and minute of the local day.
    #[must_use]
    pub fn step(&mut self, event: Event, now: Moment, minute: u16) -> Effects {
        let mut effects = Effects::new();
        match event {
            Event::Connected => self.connected(now, &mut effects),
            Event::Gone => {
                (self.terminal, self.wishing, self.connected) = (None, false, false);
                self.alone_since.get_or_insert(now);
            }
            Event::Order(AgentOrder::Terminal(terminal)) => {
                (self.terminal, self.alone_since) = (Some(terminal), None);
                if terminal.gateway && now >= self.report_at {
                    // A report is due and can be made: with a fresh look at the units.
                    self.look_at = now;
                }
            }
            Event::Order(AgentOrder::Answer(answer)) => self.heard(answer),
            Event::Order(AgentOrder::Restart) => self.restart(now, &mut effects),
            Event::Units(good) => {
                self.units = good;
                self.prove(now, &mut effects);
                self.vouch(&mut effects);
                self.report(now, &mut effects);
            }
            Event::Confirmed(done) => self.confirmed(done, now, &mut effects),
            Event::Condemned => {
                if let State::Returning { condemned } = &mut self.state {
                    *condemned = true;
                }
            }
            Event::Inspected(bundle) => self.inspected(bundle, now, minute, &mut effects),
            Event::Progress(percent) => {
                if let State::Installing(_) = self.state {
                    effects.push(Effect::Tell(AgentEvent::Progress(Some(percent.min(100)))));
                }
            }
            Event::Installed(done) => self.installed(done, now, &mut effects),
            Event::Tick => {}
        }
        self.elapse(now, &mut effects);
        self.begin(now, minute, &mut effects);
        self.wish(now, minute, &mut effects);
        effects
    }

    fn connected(&mut self, now: Moment, effects: &mut Effects) {
        effects.push(Effect::Tell(AgentEvent::Ready));
        if self.on_trial() {
            effects.push(Effect::Tell(AgentEvent::Proving(true)));
        }
        if let State::Installing(_) = self.state {
            effects.push(Effect::Tell(AgentEvent::Progress(Some(0))));
        }
        (self.wishing, self.connected, self.report_at, self.look_at) = (false, true, now, now);
    }

    fn elapse(&mut self, now: Moment, effects: &mut Effects) {
        match self.state.clone() {
            State::Proving { until } | State::Confirming { until } if now >= until => {
                effects.push(Effect::Condemn);
                self.state = State::Returning { condemned: false };
            }
            State::Leaving { until, returning, wanted } if now >= until => {
                effects.push(Effect::Tell(AgentEvent::WantsRestart(false)));
                self.wishing = false;
                self.state = match returning {
                    true => State::Returning { condemned: true },
                    false => State::Installed { wanted, not_before: now + RETRY },
                };
            }
            _ => {}
        }
        if now >= self.look_at {
            effects.push(Effect::LookAtUnits);
            self.look_at = now + if self.on_trial() || !self.facts.vouched { LOOK } else { REPORT };
        }
    }

    fn report(&mut self, now: Moment, effects: &mut Effects) {
        if now < self.report_at || !self.terminal.is_some_and(|terminal| terminal.gateway) {
            return;
        }
        // It goes with the minute's look at the units, whose answer may come sooner than the one
        // before did.
        self.report_at = now + REPORT.saturating_sub(LOOK);
        let last = self.facts.last.as_ref().map(|last| LastUpdate {
            offer: last.offer,
            version: last.version.to_string(),
            outcome: last.outcome,
        });
        effects.push(Effect::Tell(AgentEvent::Report(Report {
            board: self.facts.board.clone(),
            slot: self.facts.slot.clone(),
            version: self.facts.version.to_string(),
            confirmed: self.facts.confirmed,
            units: self.units,
            last,
        })));
    }

    /// What the gateway offers stands until it answers otherwise. Nothing of it is believed that
    /// cannot be.
    fn heard(&mut self, answer: Answer) {
        let Answer::Heard(update) = answer else { return };
        let offer = update.and_then(|update| Wanted::check(update, self.facts.version));
        if offer != self.offer {
            self.rest = FIRST_RETRY;
        }
        self.offer = offer;
    }

    /// Begins with an offer: at rest, within its hours, and not what has failed for good.
    fn begin(&mut self, now: Moment, minute: u16, effects: &mut Effects) {
        let (State::Watching, Some(wanted)) = (&self.state, &self.offer) else { return };
        if !self.may(wanted, minute)
            || self.is_done_with(wanted)
            || self.is_too_early_for(wanted, now)
        {
            return;
        }
        effects.push(Effect::Inspect(wanted.clone()));
        self.state = State::Inspecting(wanted.clone());
    }

    fn may(&self, wanted: &Wanted, minute: u16) -> bool {
        let resting = self.terminal.is_some_and(|terminal| terminal.resting);
        resting
            && wanted.version > self.facts.version
            && wanted.hours.is_none_or(|hours| hours.hold(minute))
    }

    fn is_done_with(&self, wanted: &Wanted) -> bool {
        self.facts
            .last
            .as_ref()
            .is_some_and(|last| last.offer == wanted.offer && last.outcome != Outcome::Failed)
    }

    /// It has failed a moment ago; another offer need not wait for that.
    fn is_too_early_for(&self, wanted: &Wanted, now: Moment) -> bool {
        now < self.retry_at
            && self.facts.last.as_ref().is_some_and(|last| last.offer == wanted.offer)
    }

    fn inspected(
        &mut self,
        bundle: Result<Bundle, InstallError>,
        now: Moment,
        minute: u16,
        effects: &mut Effects,
    ) {
        let State::Inspecting(wanted) = &self.state else { return };
        let wanted = wanted.clone();
        self.state = State::Watching;
        match bundle {
            Ok(bundle) if !wanted.is(&bundle, &self.facts.board) => {
                self.end(&wanted, Outcome::Refused, now, effects)
            }
            // Somebody came meanwhile, or the hours are over: later, from the beginning.
            Ok(_) if !self.may(&wanted, minute) => {}
            Ok(bundle) => {
                self.remember(&wanted, Outcome::Installing, now, effects);
                effects.push(Effect::Tell(AgentEvent::Progress(Some(0))));
                effects.push(Effect::Install { wanted: wanted.clone(), bundle });
                self.state = State::Installing(wanted);
            }
            Err(InstallError::Refused) => self.end(&wanted, Outcome::Refused, now, effects),
            Err(InstallError::Failed) => self.end(&wanted, Outcome::Failed, now, effects),
        }
    }

    fn installed(&mut self, done: Result<(), InstallError>, now: Moment, effects: &mut Effects) {
        let State::Installing(wanted) = &self.state else { return };
        let wanted = wanted.clone();
        effects.push(Effect::Tell(AgentEvent::Progress(None)));
        self.state = State::Watching;
        match done {
            Ok(()) => {
                self.remember(&wanted, Outcome::Installed, now, effects);
                self.state = State::Installed { wanted: Some(wanted), not_before: now };
            }
            Err(InstallError::Refused) => self.end(&wanted, Outcome::Refused, now, effects),
            Err(InstallError::Failed) => self.end(&wanted, Outcome::Failed, now, effects),
        }
    }

    fn end(&mut self, wanted: &Wanted, outcome: Outcome, now: Moment, effects: &mut Effects) {
        self.remember(wanted, outcome, now, effects);
        self.retry_at = now + self.rest;
        self.rest = RETRY.min(self.rest * 2);
    }

    fn remember(&mut self, wanted: &Wanted, outcome: Outcome, now: Moment, effects: &mut Effects) {
        self.settle(
            Last { offer: wanted.offer, version: wanted.version, outcome },
            outcome,
            effects,
        );
        (self.report_at, self.look_at) = (now, now);
    }

    fn settle(&mut self, last: Last, outcome: Outcome, effects: &mut Effects) {
        let last = Last { outcome, ..last };
        self.facts.last = Some(last.clone());
        effects.push(Effect::Remember(last));
    }
}
