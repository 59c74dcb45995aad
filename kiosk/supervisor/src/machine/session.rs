//! The session in use: idle, countdown, taps, notices, the absolute end.

use super::state::Session;
use super::{BadgeMark, Effects, GATEWAY_GRACE, GatewayLink, Machine, Moment, State};
use borne_gateway_api::{EndReason, SessionId};
use borne_ipc::{Card, Notice, PageNotice};

impl Machine {
    pub(super) fn opened(&mut self, now: Moment, effects: &mut Effects) {
        let State::Starting(login) = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        let session = Session {
            mark: login.mark,
            session: login.session,
            name: login.name,
            logout_urls: login.logout_urls,
            ends_at: login.ends_at,
            idle_at: Some(now + self.times.idle),
            logout_at: None,
            notice: None,
        };
        let screen = session.screen(now);
        self.state = State::Active(session);
        self.show(screen, effects);
    }

    /// The same badge again is a wish to leave; another badge is somebody waiting.
    pub(super) fn tapped_in_session(
        &mut self,
        trembling: bool,
        mark: BadgeMark,
        card: Card,
        now: Moment,
        effects: &mut Effects,
    ) {
        let (State::Starting(super::Login { mark: holder, .. })
        | State::Active(Session { mark: holder, .. })) = &self.state
        else {
            return;
        };
        if *holder != mark {
            self.end(EndReason::Switch, None, now, effects);
            if let State::Ending(ending) = &mut self.state {
                ending.pending = Some((mark, card, now));
            }
        } else if !trembling {
            self.left_by = Some(mark);
            self.end(EndReason::SecondTap, None, now, effects);
        }
    }

    pub(super) fn user_active(&mut self, now: Moment, effects: &mut Effects) {
        let State::Active(session) = &mut self.state else { return };
        session.idle_at = None;
        if session.logout_at.take().is_some() {
            let screen = session.screen(now);
            self.show(screen, effects);
        }
    }

    pub(super) fn page_notice(&mut self, notice: PageNotice, now: Moment, effects: &mut Effects) {
        let State::Active(session) = &mut self.state else { return };
        session.notice = Some(notice);
        let screen = session.screen(now);
        self.show(screen, effects);
    }

    pub(super) fn ended_remotely(&mut self, which: &SessionId, now: Moment, effects: &mut Effects) {
        let (State::Starting(super::Login { session, .. })
        | State::Active(Session { session, .. })) = &self.state
        else {
            return;
        };
        if session == which {
            self.end(EndReason::Remote, Some(Notice::SessionEnded), now, effects);
        }
    }

    pub(super) fn session_elapsed(&mut self, now: Moment, effects: &mut Effects) {
        let State::Active(session) = &mut self.state else { return };
        if now >= session.ends_at {
            return self.end(EndReason::Expired, Some(Notice::SessionExpired), now, effects);
        }
        if self.world.gateway == GatewayLink::Revoked {
            return self.end(EndReason::Revoked, None, now, effects);
        }
        if self.world.gateway_down_since.is_some_and(|since| now >= since + GATEWAY_GRACE) {
            return self.end(
                EndReason::GatewayLost,
                Some(Notice::GatewayUnreachable),
                now,
                effects,
            );
        }
        if !self.world.reader {
            return self.end(EndReason::ReaderLost, Some(Notice::ReaderUnplugged), now, effects);
        }
        match (session.logout_at, session.idle_at) {
            (Some(at), _) if now >= at => self.end(EndReason::Idle, None, now, effects),
            (None, Some(at)) if now >= at => {
                session.logout_at = Some(now + self.times.countdown);
                let screen = session.screen(now);
                self.show(screen, effects);
            }
            _ => {}
        }
    }
}
