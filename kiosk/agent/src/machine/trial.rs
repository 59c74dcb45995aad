//! The trial of a new slot, and restarts.

use super::{ALONE, Effect, Link, Machine, RESTART, State, Wanted};
use borne_gateway_api::update::Outcome;
use borne_ipc::AgentEvent;

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
                .terminal()
                .is_some_and(|t| t.gateway && t.browser && t.reader && t.screen && t.egress)
    }

    pub(super) fn prove(&mut self) {
        if let State::Proving { until } = self.state
            && self.now < until
            && self.proved()
        {
            self.effects.push(Effect::Confirm);
            self.state = State::Confirming { until };
        }
    }

    /// The committed slot has started well: its units and a supervisor are there, its root has been
    /// read. No more is asked of it: a gateway that is down at night must not move a terminal to
    /// its old system.
    pub(super) fn vouch(&mut self) {
        if self.facts.confirmed
            && !self.facts.vouched
            && !self.vouching
            && self.units
            && !matches!(self.link, Link::Away { connected: false, .. })
        {
            self.vouching = true;
            self.effects.push(Effect::Confirm);
        }
    }

    pub(super) fn confirmed(&mut self, done: bool) {
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
        self.effects.push(Effect::Tell(AgentEvent::Proving(false)));
        if let Some(last) = self.facts.last.filter(|last| last.version == self.facts.version) {
            self.settle(last, Outcome::Confirmed);
        }
        (self.due.report, self.due.look) = (self.now, self.now);
    }

    /// Wishes for a restart, or takes the wish back; the supervisor grants it when nobody is there.
    /// Without a supervisor there is no session either, and a slot that cannot even start one goes
    /// back by itself.
    pub(super) fn wish(&mut self) {
        let wishes = match &self.state {
            State::Returning { condemned } => *condemned,
            State::Installed { wanted, not_before } => {
                // After a power cut only the gateway knows the hours: it is waited for.
                let last = self.facts.last.as_ref().map(|last| last.offer);
                let same = self.offer.as_ref().filter(|offer| Some(offer.offer) == last);
                let wanted = wanted.as_ref().or(same);
                let hours =
                    |wanted: &Wanted| wanted.hours.is_none_or(|hours| hours.hold(self.minute));
                self.now >= *not_before && wanted.is_some_and(hours)
            }
            State::Leaving { .. } => return,
            _ => false,
        };
        match &mut self.link {
            Link::Away { since, .. } => {
                if matches!(self.state, State::Returning { condemned: true })
                    && self.now >= *since + ALONE
                {
                    self.leave();
                }
            }
            Link::Here { wishing, .. } => {
                if wishes != *wishing {
                    *wishing = wishes;
                    self.effects.push(Effect::Tell(AgentEvent::WantsRestart(wishes)));
                }
            }
        }
    }

    pub(super) fn restart(&mut self) {
        if matches!(self.link, Link::Here { wishing: true, .. })
            && matches!(self.state, State::Returning { condemned: true } | State::Installed { .. })
        {
            self.leave();
        }
    }

    fn leave(&mut self) {
        self.effects.push(Effect::Restart);
        let (returning, wanted) = match &self.state {
            State::Installed { wanted, .. } => (false, wanted.clone()),
            _ => (true, None),
        };
        self.state = State::Leaving { until: self.now + RESTART, returning, wanted };
    }
}
