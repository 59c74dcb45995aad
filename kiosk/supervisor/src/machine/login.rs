//! From the badge on the reader to the first page.

use super::state::Login;
use super::{
    ANSWER, Auth, BadgeMark, Browser, DEBOUNCE, Effect, GatewayError, MESSAGE, Machine, OPENING,
    PIN_PAD, State,
};
use borne_gateway_api::{EndReason, Grant, PinAnswer, Refusal, TapAnswer, TapId};
use borne_ipc::{
    BadgeNotice, Card, LoadFailure, Notice, PanelState, Screen, Secret, Strip, Unclear,
};

impl Machine {
    /// A badge was laid.
    pub(super) fn tapped(&mut self, mark: BadgeMark, card: Card) {
        let trembling = self
            .last_tap
            .replace((mark, self.now))
            .is_some_and(|(last, at)| last == mark && self.now.saturating_sub(at) < DEBOUNCE);
        match &mut self.state {
            State::OutOfService(_) | State::Advising { .. } => {}
            // The hand that has just logged out by this badge, still trembling.
            State::Idle if trembling && self.left_by == Some(mark) => {}
            State::Idle | State::Message { .. } => self.ask_tap(mark, card),
            State::Authenticating(
                Auth::Asking { mark: shown, .. }
                | Auth::PinPad { mark: shown, .. }
                | Auth::Checking { mark: shown, .. },
            ) => {
                if *shown != mark {
                    self.ask_tap(mark, card);
                }
            }
            State::Starting(_) | State::Active(_) => self.tapped_in_session(trembling, mark, card),
            State::Ending(ending) => {
                if !trembling {
                    ending.pending = Some((mark, card, self.now));
                    self.tell_panel(PanelState::Read);
                }
            }
        }
    }

    pub(super) fn ask_tap(&mut self, mark: BadgeMark, card: Card) {
        self.asked += 1;
        self.left_by = None;
        self.state = State::Authenticating(Auth::Asking {
            mark,
            asked: self.asked,
            until: self.now + ANSWER,
        });
        // The badge's answer comes from the terminal itself, before the gateway's.
        self.show(Screen::Reading);
        self.effects.push(Effect::AskTap { asked: self.asked, card });
    }

    pub(super) fn tap_answered(&mut self, asked: u64, answer: Result<TapAnswer, GatewayError>) {
        if self.knock.as_ref().is_some_and(|knock| knock.asked == asked) {
            return self.knock_answered(&answer);
        }
        let State::Authenticating(Auth::Asking { mark, asked: open, .. }) = &self.state else {
            return;
        };
        if *open != asked {
            return;
        }
        match answer {
            Ok(TapAnswer::AskPin { tap }) => self.put_up_pad(*mark, tap, None),
            Ok(TapAnswer::Wait { seconds }) => self.refuse(wait(seconds)),
            Ok(TapAnswer::Refused(refusal)) => self.refuse(notice_of(refusal)),
            Err(error) => self.refuse(notice_of_error(error)),
        }
    }

    fn put_up_pad(&mut self, mark: BadgeMark, tap: TapId, tries_left: Option<u8>) {
        let since = self.show(Screen::Pin { tries_left });
        let until = self.now + PIN_PAD;
        self.state = State::Authenticating(Auth::PinPad { mark, tap, tries_left, since, until });
    }

    /// What lies on the reader is no card to be asked about.
    pub(super) fn unclear(&mut self, unclear: Unclear) {
        let (notice, strip) = match unclear {
            Unclear::Several => (Notice::OneBadge, BadgeNotice::OneBadge),
            Unclear::Unreadable => (Notice::UnreadableBadge, BadgeNotice::Unreadable),
        };
        match &self.state {
            State::Idle
            | State::Message { .. }
            | State::Authenticating(Auth::Asking { .. } | Auth::PinPad { .. }) => {
                self.refuse(notice)
            }
            State::Active(_) => self.strip(Strip::Badge(strip)),
            State::OutOfService(_)
            | State::Advising { .. }
            | State::Authenticating(Auth::Checking { .. })
            | State::Starting(_)
            | State::Ending(_) => {}
        }
    }

    pub(super) fn pin_typed(&mut self, pin: Secret) {
        let State::Authenticating(Auth::PinPad { mark, tap, .. }) = &self.state else { return };
        self.asked += 1;
        let (mark, tap) = (*mark, tap.clone());
        self.effects.push(Effect::AskPin { asked: self.asked, tap: tap.clone(), pin });
        self.state = State::Authenticating(Auth::Checking {
            mark,
            tap,
            asked: self.asked,
            until: self.now + ANSWER,
        });
        self.show(Screen::Opening { name: None });
    }

    pub(super) fn pin_answered(&mut self, asked: u64, answer: Result<PinAnswer, GatewayError>) {
        let State::Authenticating(Auth::Checking { mark, tap, asked: open, .. }) = &self.state
        else {
            return self.disown(answer);
        };
        if *open != asked {
            return self.disown(answer);
        }
        match answer {
            Ok(PinAnswer::Granted(grant)) => self.granted(*mark, grant),
            Ok(PinAnswer::WrongPin { tries_left }) => {
                self.put_up_pad(*mark, tap.clone(), Some(tries_left))
            }
            Ok(PinAnswer::Wait { seconds }) => self.refuse(wait(seconds)),
            Ok(PinAnswer::Refused(refusal)) => self.refuse(notice_of(refusal)),
            Err(error) => self.refuse(notice_of_error(error)),
        }
    }

    /// A login granted after the person had gone: nobody will use it, so it ends at once.
    fn disown(&mut self, answer: Result<PinAnswer, GatewayError>) {
        if let Ok(PinAnswer::Granted(Grant { session, .. })) = answer {
            self.effects.push(Effect::EndSession { session, reason: EndReason::LoginFailed });
        }
    }

    fn granted(&mut self, mark: BadgeMark, grant: Grant) {
        let name = grant.name.clone();
        self.state = State::Starting(Login {
            mark,
            session: grant.session.clone(),
            name: name.clone(),
            logout_urls: grant.logout_urls.clone(),
            wrong_pins: grant.wrong_pins,
            grant: Some(grant),
            ordered: false,
            until: self.now + OPENING,
            ends_at: self.now + self.times.max,
        });
        self.show(Screen::Opening { name: Some(name) });
        self.open_if_waiting();
    }

    /// Login and browser have found each other.
    pub(super) fn open_if_waiting(&mut self) {
        let Browser::Ready { generation } = self.world.browser else { return };
        let State::Starting(login) = &mut self.state else { return };
        if let Some(grant) = login.grant.take() {
            login.ordered = true;
            self.effects.push(Effect::OpenBrowser { generation, grant });
        }
    }

    pub(super) fn open_failed(&mut self, failure: LoadFailure) {
        let notice = match failure {
            LoadFailure::Unreachable => Notice::GroupwareUnreachable,
            LoadFailure::UntrustedCertificate => Notice::UntrustedCertificate,
            LoadFailure::TicketRefused => Notice::LoginFailed,
        };
        self.end(EndReason::LoginFailed, Some(notice));
    }

    pub(super) fn authenticating_elapsed(&mut self) {
        match &self.state {
            State::Authenticating(Auth::PinPad { until, .. }) if self.now >= *until => {
                self.state = State::Idle;
                self.show(Screen::Idle);
            }
            State::Authenticating(Auth::Asking { until, .. } | Auth::Checking { until, .. })
                if self.now >= *until =>
            {
                self.refuse(Notice::GatewayUnreachable);
            }
            _ => {}
        }
    }

    fn refuse(&mut self, notice: Notice) {
        self.state = State::Message { notice, until: self.now + MESSAGE };
        self.show(Screen::Message(notice));
    }
}

/// In whole minutes, the next one.
fn wait(seconds: u32) -> Notice {
    Notice::Wait { minutes: u16::try_from(seconds.div_ceil(60)).unwrap_or(u16::MAX).max(1) }
}

const fn notice_of(refusal: Refusal) -> Notice {
    match refusal {
        Refusal::UnknownBadge => Notice::UnknownBadge,
        Refusal::RandomUid => Notice::RandomUid,
        Refusal::BadgeLocked => Notice::BadgeLocked,
        Refusal::AccountExpired => Notice::AccountExpired,
        Refusal::AccountDisabled => Notice::AccountDisabled,
        Refusal::TooManyTries => Notice::TooManyTries,
        Refusal::DirectoryUnavailable => Notice::DirectoryUnavailable,
        Refusal::TapExpired => Notice::LoginFailed,
    }
}

const fn notice_of_error(error: GatewayError) -> Notice {
    match error {
        // A revoked terminal is an outage a moment later; until then "unreachable" is what the
        // person can act on.
        GatewayError::Unreachable | GatewayError::Revoked => Notice::GatewayUnreachable,
        GatewayError::UntrustedCertificate => Notice::UntrustedCertificate,
    }
}
