//! The one way out of a session: tell the gateway, wipe, repaint, and only then be idle.

use super::state::{Ending, Login, Session};
use super::{ENDING, Effect, Machine, PENDING_TAP, State};
use borne_gateway_api::{EndReason, SessionId};
use borne_ipc::{Notice, Outage, Screen};
use std::time::Duration;

/// "Idle" says the gateway has ended the session too, unless the gateway takes longer than this:
/// then it is told in the background, and finds out by the heartbeat at the latest.
const END_ANSWER: Duration = Duration::from_millis(700);
/// All logout URLs together have this long.
const VISIT: Duration = Duration::from_secs(2);

impl Ending {
    /// The shell has repainted everything with the screen of this serial.
    pub(super) const fn painted(&mut self, serial: u64) {
        if serial >= self.cover {
            self.painted = true;
        }
    }

    pub(super) const fn screen(&self) -> Screen {
        if self.overdue { Screen::OutOfService(Outage::WipeFailed) } else { Screen::Ending }
    }

    pub(super) const fn visiting(&self) -> bool {
        self.visit_until.is_some()
    }
}

impl Machine {
    /// Ends the login or session. Does nothing in any other state.
    pub(super) fn end(&mut self, reason: EndReason, notice: Option<Notice>) {
        let (session, logout_urls, browsing) = match &self.state {
            State::Starting(Login { session, logout_urls, ordered, .. }) => {
                (session.clone(), logout_urls.clone(), *ordered)
            }
            State::Active(Session { session, logout_urls, .. }) => {
                (session.clone(), logout_urls.clone(), true)
            }
            _ => return,
        };
        let generation = self.world.browser.generation();
        // A browser that is broken or cut off cannot log anything out: the gateway's back channels
        // have to do.
        let visit = browsing
            && !logout_urls.is_empty()
            && !matches!(
                reason,
                EndReason::Crash | EndReason::GatewayLost | EndReason::LoginFailed
            );
        let cover = self.show(Screen::Ending);
        if visit {
            self.effects.push(Effect::VisitLogout { generation, urls: logout_urls });
        } else {
            self.effects.push(Effect::Wipe { generation });
        }
        self.effects.push(Effect::EndSession { session: session.clone(), reason });
        self.state = State::Ending(Ending {
            generation,
            session: Some(session),
            visit_until: visit.then_some(self.now + VISIT),
            cover,
            wiped: false,
            painted: false,
            notice,
            // Whoever knocked meanwhile is asked about once all is wiped.
            pending: self.knock.take().map(|knock| (knock.mark, knock.card, knock.at)),
            answer_until: self.now + END_ANSWER,
            until: self.now + ENDING,
            overdue: false,
        });
    }

    pub(super) fn end_answered(&mut self, which: &SessionId) {
        if let State::Ending(ending) = &mut self.state
            && ending.session.as_ref() == Some(which)
        {
            ending.session = None;
        }
    }

    /// The browser has visited the logout URLs.
    pub(super) fn visited(&mut self) {
        if let State::Ending(ending) = &mut self.state
            && ending.visit_until.take().is_some()
        {
            self.effects.push(Effect::Wipe { generation: ending.generation });
        }
    }

    /// The sandbox is gone. What the compositor still holds of its picture is only proved gone by a
    /// screen that is painted from now on: it learns of the browser's end no later than of that.
    pub(super) fn wiped(&mut self, generation: u64) {
        if let State::Ending(ending) = &mut self.state
            && ending.generation == generation
            && !ending.wiped
        {
            (ending.wiped, ending.painted) = (true, false);
            self.cover_again();
        }
    }

    /// Covers the page anew: for a shell that knows nothing, or because the screen has something
    /// else to say.
    pub(super) fn cover_again(&mut self) {
        let State::Ending(ending) = &self.state else { return };
        let screen = ending.screen();
        let serial = self.show(screen);
        if let State::Ending(ending) = &mut self.state {
            ending.cover = serial;
        }
    }

    pub(super) fn ending_elapsed(&mut self) {
        let State::Ending(ending) = &mut self.state else { return };
        if ending.visit_until.is_some_and(|until| self.now >= until) {
            self.visited();
        } else if self.now >= ending.until && !ending.overdue && !(ending.wiped && ending.painted) {
            // Out of service until the proof comes, if it ever comes.
            ending.overdue = true;
            self.cover_again();
        }
    }

    /// Idle again, once the wipe is proved and the gateway has answered or had its time.
    pub(super) fn leave_ending(&mut self) {
        let State::Ending(ending) = &mut self.state else { return };
        if !(ending.wiped
            && ending.painted
            && (ending.session.is_none() || self.now >= ending.answer_until))
        {
            return;
        }
        let (notice, pending, generation) =
            (ending.notice, ending.pending.take(), ending.generation);
        self.world.browser = super::Browser::Absent { generation, retry_at: self.now };
        self.state = match notice {
            Some(notice) => State::Message { notice, until: self.now + super::MESSAGE },
            None => State::Idle,
        };
        if self.world.outage().is_some() {
            // `settle` says what is missing.
            return;
        }
        match pending {
            Some((mark, card, at)) if self.now.saturating_sub(at) < PENDING_TAP => {
                self.ask_tap(mark, card)
            }
            _ => {
                let screen = self.state.screen(self.now);
                self.show(screen);
            }
        }
    }
}
