//! The agent: it reports and updates; the machine tells it how the terminal is, and lets it restart
//! when nobody is there.

use super::{Effect, GatewayError, GatewayLink, Machine, State};
use borne_ipc::{AgentEvent, AgentOrder, Answer, Terminal};

/// What the agent has said.
#[derive(Debug, Default)]
pub struct Agent {
    /// What it was told last; `None` when it is not there or knows nothing yet.
    told: Option<Terminal>,
    present: bool,
    wants_restart: bool,
    /// It was told to restart: until it does, or goes away, the terminal serves nobody.
    pub(super) restarting: bool,
    /// The slot must prove itself: a browser is wanted.
    pub(super) proving: bool,
    pub(super) progress: Option<u8>,
}

impl Machine {
    pub(super) fn agent(&mut self, event: AgentEvent) {
        let agent = &mut self.world.agent;
        match event {
            AgentEvent::Ready => *agent = Agent { present: true, ..Agent::default() },
            AgentEvent::Report(report) => {
                self.effects.push(Effect::Report { report, terminal: self.as_told() })
            }
            AgentEvent::Progress(percent) => {
                self.update_progress(percent.map(|percent| percent.min(100)))
            }
            AgentEvent::Proving(proving) => agent.proving = proving,
            AgentEvent::WantsRestart(wants) => {
                agent.wants_restart = wants;
                agent.restarting &= wants;
            }
        }
    }

    pub(super) fn report_answered(&mut self, answer: Result<Answer, GatewayError>) {
        if self.world.agent.present {
            self.effects
                .push(Effect::TellAgent(AgentOrder::Answer(answer.unwrap_or(Answer::Unanswered))));
        }
    }

    /// Whatever it wished is not wished any more.
    pub(super) fn agent_gone(&mut self) {
        self.update_progress(None);
        self.world.agent = Agent::default();
    }

    fn update_progress(&mut self, percent: Option<u8>) {
        if self.world.agent.progress != percent {
            self.world.agent.progress = percent;
            self.effects.push(Effect::ShowUpdate(percent));
            self.panel_follows_update();
        }
    }

    /// A new shell knows nothing of it.
    pub(super) fn progress_again(&mut self) {
        if self.world.agent.progress.is_some() {
            self.effects.push(Effect::ShowUpdate(self.world.agent.progress));
        }
    }

    /// Grants the restart when nobody is there, before the state is brought in line with it.
    pub(super) fn grant_restart(&mut self) {
        let resting = self.resting();
        let agent = &mut self.world.agent;
        if agent.wants_restart && !agent.restarting && resting {
            agent.restarting = true;
            self.effects.push(Effect::TellAgent(AgentOrder::Restart));
        }
    }

    /// Tells it how the terminal is, when that has changed.
    pub(super) fn tell_agent(&mut self) {
        if !self.world.agent.present {
            return;
        }
        let now = self.as_told();
        if self.world.agent.told.replace(now) != Some(now) {
            self.effects.push(Effect::TellAgent(AgentOrder::Terminal(now)));
        }
    }

    fn as_told(&self) -> Terminal {
        Terminal {
            resting: self.resting(),
            screen: self.world.shell,
            egress: self.world.egress,
            reader: self.world.reader,
            gateway: self.world.gateway == GatewayLink::Up,
            browser: matches!(self.world.browser, super::Browser::Ready { .. }),
            panel: self.world.panel.is_good(),
        }
    }

    /// Nobody is logged in, logging in, reading a message, or being wiped.
    const fn resting(&self) -> bool {
        matches!(self.state, State::Idle | State::OutOfService(_))
    }
}
