//! The session in use: idle, countdown, taps, notices, the absolute end.

use super::state::{Knock, Session};
use super::{
    ANSWER, BadgeMark, Effect, GATEWAY_GRACE, GatewayError, GatewayLink, MESSAGE, Machine, Moment,
    State,
};
use borne_gateway_api::{EndReason, SessionId, TapAnswer};
use borne_ipc::{BadgeNotice, Card, Notice, PanelState, Strip};

/// How long the count of wrong PINs stays, unless it was read before.
const WARNING: Moment = Moment::from_secs(30);

impl Machine {
    pub(super) fn opened(&mut self) {
        let State::Starting(login) = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        let wrong = u16::try_from(login.wrong_pins).unwrap_or(u16::MAX);
        let warning = (wrong > 0).then_some(Strip::Badge(BadgeNotice::WrongPins { count: wrong }));
        let session = Session {
            mark: login.mark,
            session: login.session,
            name: login.name,
            logout_urls: login.logout_urls,
            ends_at: login.ends_at,
            idle_at: Some(self.now + self.times.idle),
            logout_at: None,
            notice: warning,
            notice_until: warning.map(|_| self.now + WARNING),
        };
        let screen = session.screen(self.now);
        self.state = State::Active(session);
        self.show(screen);
    }

    /// The same badge again is a wish to leave. Another badge may be somebody waiting, or any card
    /// that somebody lays to throw the holder out: the gateway is asked which.
    pub(super) fn tapped_in_session(&mut self, trembling: bool, mark: BadgeMark, card: Card) {
        let (State::Starting(super::Login { mark: holder, .. })
        | State::Active(Session { mark: holder, .. })) = &self.state
        else {
            return;
        };
        if *holder != mark {
            if !trembling {
                self.asked += 1;
                self.tell_panel(PanelState::Read);
                self.effects.push(Effect::AskTap { asked: self.asked, card: card.clone() });
                let until = self.now + ANSWER;
                self.knock = Some(Knock { mark, card, at: self.now, asked: self.asked, until });
            }
        } else if !trembling {
            self.knock = None;
            self.left_by = Some(mark);
            self.tell_panel(PanelState::Read);
            self.end(EndReason::SecondTap, None);
        }
    }

    /// The session ends for a badge that may log in, and for no other card.
    pub(super) fn knock_answered(&mut self, answer: &Result<TapAnswer, GatewayError>) {
        if matches!(answer, Ok(TapAnswer::AskPin { .. })) {
            // `end` keeps the knock, to be let in after the wipe.
            self.end(EndReason::Switch, None);
        } else {
            self.knock = None;
            self.strip(Strip::Badge(BadgeNotice::Refused));
        }
    }

    /// The gateway did not answer in time: as if the card had never been laid.
    pub(super) fn knock_elapsed(&mut self) {
        if self.knock.take_if(|knock| self.now >= knock.until).is_some() {
            self.strip(Strip::Badge(BadgeNotice::Refused));
        }
    }

    pub(super) fn user_active(&mut self) {
        let State::Active(session) = &mut self.state else { return };
        session.idle_at = None;
        if session.logout_at.take().is_some() {
            let screen = session.screen(self.now);
            self.show(screen);
        }
    }

    /// Says something below the bar: of the page until its button is pressed, of a badge for a
    /// while. A badge does not hide what the page has to say.
    pub(super) fn strip(&mut self, notice: Strip) {
        let State::Active(session) = &mut self.state else { return };
        let badge = matches!(notice, Strip::Badge(_));
        if badge && matches!(session.notice, Some(Strip::Page(_))) {
            return;
        }
        session.notice = Some(notice);
        session.notice_until = badge.then_some(self.now + MESSAGE);
        let screen = session.screen(self.now);
        self.show(screen);
    }

    /// The strip's button. Without a strip it was pressed too late, and nothing goes back.
    pub(super) fn strip_pressed(&mut self) {
        let State::Active(session) = &mut self.state else { return };
        session.notice_until = None;
        let Some(notice) = session.notice.take() else { return };
        let screen = session.screen(self.now);
        if matches!(notice, Strip::Page(_)) {
            self.effects.push(Effect::BrowserBack { generation: self.world.browser.generation() });
        }
        self.show(screen);
    }

    pub(super) fn ended_remotely(&mut self, which: &SessionId) {
        let (State::Starting(super::Login { session, .. })
        | State::Active(Session { session, .. })) = &self.state
        else {
            return;
        };
        if session == which {
            self.end(EndReason::Remote, Some(Notice::SessionEnded));
        }
    }

    pub(super) fn session_elapsed(&mut self) {
        self.knock_elapsed();
        let State::Active(session) = &mut self.state else { return };
        if session.notice_until.take_if(|until| self.now >= *until).is_some() {
            session.notice = None;
            let screen = session.screen(self.now);
            self.show(screen);
        }
        let State::Active(session) = &mut self.state else { return };
        if self.now >= session.ends_at {
            return self.end(EndReason::Expired, Some(Notice::SessionExpired));
        }
        if self.world.gateway == GatewayLink::Revoked {
            return self.end(EndReason::Revoked, None);
        }
        if self.world.gateway_down_since.is_some_and(|since| self.now >= since + GATEWAY_GRACE) {
            return self.end(EndReason::GatewayLost, Some(Notice::GatewayUnreachable));
        }
        if !self.world.reader {
            return self.end(EndReason::ReaderLost, Some(Notice::ReaderUnplugged));
        }
        match (session.logout_at, session.idle_at) {
            (Some(at), _) if self.now >= at => self.end(EndReason::Idle, None),
            (None, Some(at)) if self.now >= at => {
                session.logout_at = Some(self.now + self.times.countdown);
                let screen = session.screen(self.now);
                self.show(screen);
            }
            _ => {}
        }
    }
}
