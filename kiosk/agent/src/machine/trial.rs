//! The trial of a new slot, and restarts.

use super::{ALONE, Effect, Effects, Machine, Moment, RESTART, State, Wanted};
use borne_ipc::{AgentEvent, Outcome};

impl Machine {
    pub(super) const fn on_trial(&self) -> bool {
        matches!(
            self.state,
            State::Proving { .. } | State::Confirming { .. } | State::Returning { .. }
        )
    }

    /// All four proofs at this moment: units up, gateway reached, browser painted, reader answering
    /// (and a screen to see it on, and a way out for the browser, without which the two would be
    /// worth nothing).
    pub(super) fn proved(&self) -> bool {
        self.units
            && self
                .terminal
                .is_some_and(|t| t.gateway && t.browser && t.reader && t.screen && t.egress)
    }

    pub(super) fn prove(&mut self, now: Moment, effects: &mut Effects) {
        if let State::Proving { until } = self.state
            && now < until
            && self.proved()
        {
            effects.push(Effect::Confirm);
            self.state = State::Confirming { until };
        }
    }

    /// The committed slot has started well: its units and a supervisor are there, its root has been
    /// read. No more is asked of it: a gateway that is down at night must not move a terminal to
    /// its old system.
    pub(super) fn vouch(&mut self, effects: &mut Effects) {
        if self.facts.confirmed
            && !self.facts.vouched
            && !self.vouching
            && self.units
            && self.connected
        {
            self.vouching = true;
            effects.push(Effect::Confirm);
        }
    }

    pub(super) fn confirmed(&mut self, done: bool, now: Moment, effects: &mut Effects) {
        if std::mem::take(&mut self.vouching) {
            self.facts.vouched = done;
        }
        let State::Confirming { until } = self.state else { return };
        if !done {
            self.state = State::Proving { until };
            return;
        }
        (self.facts.confirmed, self.facts.vouched) = (true, true);
        self.state = State::Watching;
        effects.push(Effect::Tell(AgentEvent::Proving(false)));
        if let Some(last) =
            self.facts.last.clone().filter(|last| last.version == self.facts.version)
        {
            self.settle(last, Outcome::Confirmed, effects);
        }
        (self.report_at, self.look_at) = (now, now);
    }

    /// Wishes for a restart, or takes the wish back; the supervisor grants it when nobody is there.
    /// Without a supervisor there is no session either, and a slot that cannot even start one goes
    /// back by itself.
    pub(super) fn wish(&mut self, now: Moment, minute: u16, effects: &mut Effects) {
        let wishes = match &self.state {
            State::Returning { condemned } => *condemned,
            State::Installed { wanted, not_before } => {
                // After a power cut only the gateway knows the hours: it is waited for.
                let last = self.facts.last.as_ref().map(|last| last.offer);
                let same = self.offer.as_ref().filter(|offer| Some(offer.offer) == last);
                let wanted = wanted.as_ref().or(same);
                let hours = |wanted: &Wanted| wanted.hours.is_none_or(|hours| hours.hold(minute));
                now >= *not_before && wanted.is_some_and(hours)
            }
            State::Leaving { .. } => return,
            _ => false,
        };
        if self.terminal.is_none() {
            if matches!(self.state, State::Returning { condemned: true })
                && self.alone_since.is_some_and(|since| now >= since + ALONE)
            {
                self.leave(now, effects);
            }
            return;
        }
        if wishes != self.wishing {
            self.wishing = wishes;
            effects.push(Effect::Tell(AgentEvent::WantsRestart(wishes)));
        }
    }

    pub(super) fn restart(&mut self, now: Moment, effects: &mut Effects) {
        if self.wishing
            && matches!(self.state, State::Returning { condemned: true } | State::Installed { .. })
        {
            self.leave(now, effects);
        }
    }

    fn leave(&mut self, now: Moment, effects: &mut Effects) {
        effects.push(Effect::Restart);
        let (returning, wanted) = match &self.state {
            State::Installed { wanted, .. } => (false, wanted.clone()),
            _ => (true, None),
        };
        self.state = State::Leaving { until: now + RESTART, returning, wanted };
    }
}
