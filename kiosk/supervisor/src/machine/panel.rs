//! The panel: what it shows follows the screen, who it sees keeps the screen awake. No session
//! depends on it.

use super::{Effect, Machine, Moment, State};
use borne_ipc::{BadgeNotice, PanelEvent, PanelHealth, PanelState, Screen, Strip};

/// What is known of the panel, and told to it.
#[derive(Debug, Default)]
pub struct Panel {
    /// What it shows, or would show if it were there.
    shown: Option<PanelState>,
    /// `None` while it is not there.
    health: Option<PanelHealth>,
    /// It sees somebody.
    somebody: bool,
}

impl Panel {
    /// Whether no part that is wired has failed; a terminal need not have any.
    pub(super) fn is_good(&self) -> bool {
        self.health.is_none_or(|health| health.is_good())
    }
}

/// Whether somebody looks at an idle screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Awake until then; `None`: for ever, or as long as somebody is seen.
    Awake(Option<Moment>),
    /// Dark.
    Asleep,
}

impl Machine {
    pub(super) fn panel(&mut self, event: PanelEvent) {
        match event {
            PanelEvent::Ready(health) => {
                self.world.panel.health = Some(health);
                if let Some(state) = self.world.panel.shown {
                    self.effects.push(Effect::TellPanel(state));
                }
            }
            PanelEvent::Health(health) => self.world.panel.health = Some(health),
            PanelEvent::Presence(somebody) => {
                self.world.panel.somebody = somebody;
                if somebody {
                    self.wake();
                } else {
                    self.stay_awake();
                }
            }
        }
    }

    pub(super) fn panel_gone(&mut self) {
        (self.world.panel.health, self.world.panel.somebody) = (None, false);
        self.stay_awake();
    }

    /// Somebody is there: an idle screen is lit.
    pub(super) fn wake(&mut self) {
        if self.wake == Wake::Asleep {
            self.show(Screen::Idle);
        } else {
            self.stay_awake();
        }
    }

    /// An idle screen that is lit stays so for its time, from now on.
    fn stay_awake(&mut self) {
        if self.wake != Wake::Asleep {
            self.wakes();
        }
    }

    /// A screen that is lit was ordered.
    pub(super) fn wakes(&mut self) {
        let sleeps = self.times.sleep.filter(|_| !self.world.panel.somebody);
        self.wake = Wake::Awake(sleeps.map(|time| self.now + time));
    }

    /// Darkens the idle screen when its time has come.
    pub(super) fn fall_asleep(&mut self) {
        if let Wake::Awake(Some(until)) = self.wake
            && self.now >= until
        {
            self.show(Screen::Asleep);
            self.wake = Wake::Asleep;
        }
    }

    /// When `fall_asleep` has something to do next.
    pub(super) const fn sleeps_at(&self) -> Option<Moment> {
        match (&self.state, self.wake) {
            (State::Idle, Wake::Awake(until)) => until,
            _ => None,
        }
    }

    /// Tells the panel, when that is news to it.
    pub(super) fn tell_panel(&mut self, state: PanelState) {
        if self.world.panel.shown.replace(state) != Some(state) {
            self.effects.push(Effect::TellPanel(state));
        }
    }

    /// What the panel shows beside this screen.
    pub(super) fn panel_follows(&mut self, screen: &Screen) {
        let state = match screen {
            Screen::Idle => match (self.world.panel.shown, self.world.agent.progress) {
                (Some(PanelState::Ending), _) => PanelState::Wiped,
                (_, Some(percent)) => PanelState::Updating(percent),
                _ => PanelState::Idle,
            },
            Screen::Asleep => PanelState::Asleep,
            Screen::Reading => PanelState::Read,
            Screen::Pin { tries_left: None } => PanelState::Pin,
            Screen::Pin { tries_left: Some(_) } => PanelState::WrongPin,
            Screen::Opening { name: None } => PanelState::Checking,
            Screen::Opening { name: Some(_) } => PanelState::Right,
            Screen::Session { notice: Some(Strip::Badge(notice)), .. }
                if !matches!(notice, BadgeNotice::WrongPins { .. }) =>
            {
                PanelState::SessionRefused
            }
            Screen::Session { .. } => PanelState::Session,
            Screen::Countdown { .. } => PanelState::Countdown,
            Screen::Ending => PanelState::Ending,
            Screen::Message(notice) => PanelState::Message(*notice),
            Screen::OutOfService(outage) => PanelState::OutOfService(*outage),
            Screen::Provision(_) => PanelState::Provision,
        };
        self.tell_panel(state);
    }

    pub(super) fn panel_follows_update(&mut self) {
        if matches!(self.state, State::Idle) && self.wake != Wake::Asleep {
            self.panel_follows(&Screen::Idle);
        }
    }
}
