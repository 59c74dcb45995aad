//! What each window shows: the last screen the supervisor ordered, the clocks on it, the language.
//!
//! It knows no compositor and no socket; time is a parameter.

use crate::drawing::Studio;
use crate::error::ShellError;
use crate::pin::PinEntry;
use crate::ui::{Bar, Countdown, FullScreen, KeyKind, Keyboard, OutageText, Page, PageStrip};
use crate::wayland::{Field, SurfaceId};
use borne_ipc::{BadgeNotice, Notice, Outage, ProvisionFault, Screen, Secret, Strip};
use chrono::{DateTime, Datelike, Local, Timelike};
use slint::SharedString;
use slint::platform::software_renderer::MinimalSoftwareWindow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// After this long on a screen without a session, the next person finds French again.
const FRENCH_AFTER: Duration = Duration::from_secs(30);
/// The time left is written in the accent colour from here on.
const SOON: Duration = Duration::from_secs(60);

/// What the person pressed.
#[derive(Clone)]
pub enum Press {
    /// A digit of the PIN pad. Not `Debug`: it must not be printed.
    Digit(u8),
    /// The PIN pad's backspace.
    Erase,
    /// "Annuler" on the PIN pad.
    CancelPin,
    /// "OK" under a message.
    Dismiss,
    /// The other language.
    Language,
    /// "Déconnexion".
    Logout,
    /// "Retour" on the strip.
    Back,
    /// Characters of the keyboard.
    Text(SharedString),
    /// Another key of the keyboard.
    Key(KeyKind),
    /// The bar's keyboard button.
    OfferedKeyboard,
}

type Presses = Rc<RefCell<VecDeque<Press>>>;

pub struct Stage {
    full: FullScreen,
    bar: Bar,
    strip: PageStrip,
    countdown: Countdown,
    keyboard: Keyboard,
    presses: Presses,
    screen: Screen,
    pin: PinEntry,
    session_ends: Option<Instant>,
    logout_at: Option<Instant>,
    english: bool,
    french_at: Option<Instant>,
    clock_at: Option<Instant>,
}

impl Stage {
    /// The components, and their windows in the order of [`SurfaceId::ALL`].
    ///
    /// # Errors
    /// [`ShellError::Drawing`].
    pub fn new(studio: &Studio) -> Result<(Self, [Rc<MinimalSoftwareWindow>; 5]), ShellError> {
        let (full, full_window) = studio.make(FullScreen::new)?;
        let (bar, bar_window) = studio.make(Bar::new)?;
        let (strip, strip_window) = studio.make(PageStrip::new)?;
        let (countdown, countdown_window) = studio.make(Countdown::new)?;
        let (keyboard, keyboard_window) = studio.make(Keyboard::new)?;
        let stage = Self {
            full,
            bar,
            strip,
            countdown,
            keyboard,
            presses: Presses::default(),
            screen: Screen::OutOfService(Outage::Starting),
            pin: PinEntry::default(),
            session_ends: None,
            logout_at: None,
            english: false,
            french_at: None,
            clock_at: None,
        };
        stage.connect();
        stage.apply_language()?;
        Ok((stage, [full_window, bar_window, strip_window, countdown_window, keyboard_window]))
    }

    fn connect(&self) {
        let say = |press: Press| {
            let presses = self.presses.clone();
            move || presses.borrow_mut().push_back(press.clone())
        };
        let presses = self.presses.clone();
        self.full.on_pin_digit(move |digit| {
            presses.borrow_mut().extend(u8::try_from(digit).ok().map(Press::Digit));
        });
        self.full.on_pin_erase(say(Press::Erase));
        self.full.on_pin_cancel(say(Press::CancelPin));
        self.full.on_dismissed(say(Press::Dismiss));
        self.full.on_switch_language(say(Press::Language));
        self.bar.on_logout(say(Press::Logout));
        self.bar.on_keyboard(say(Press::OfferedKeyboard));
        self.strip.on_back(say(Press::Back));
        let presses = self.presses.clone();
        self.keyboard.on_typed(move |text| presses.borrow_mut().push_back(Press::Text(text)));
        let presses = self.presses.clone();
        self.keyboard.on_pressed(move |key| presses.borrow_mut().push_back(Press::Key(key)));
    }

    /// The next thing the person pressed.
    pub fn next_press(&self) -> Option<Press> {
        self.presses.borrow_mut().pop_front()
    }

    /// What is on.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Whether the page may be seen.
    pub fn in_session(&self) -> bool {
        matches!(self.screen, Screen::Session { .. } | Screen::Countdown { .. })
    }

    /// The surface that carries the screen.
    pub fn carrier(&self) -> SurfaceId {
        match self.screen {
            Screen::Session { .. } => SurfaceId::Bar,
            Screen::Countdown { .. } => SurfaceId::Countdown,
            _ => SurfaceId::Full,
        }
    }

    /// Puts a screen on.
    ///
    /// # Errors
    /// [`ShellError::Drawing`].
    pub fn show(
        &mut self,
        screen: Screen,
        now: Instant,
        local: DateTime<Local>,
    ) -> Result<(), ShellError> {
        let ended = self.in_session();
        self.screen = screen;
        self.pin.clear();
        self.full.set_pin_entered(0);
        self.full.set_name(SharedString::default());
        self.bar.set_name(SharedString::default());
        (self.session_ends, self.logout_at) = (None, None);
        let page = match &self.screen {
            Screen::Idle => Page::Idle,
            Screen::Asleep => Page::Asleep,
            Screen::Reading => Page::Reading,
            Screen::Pin { tries_left } => {
                self.full.set_pin_tries_left(tries_left.map_or(-1, i32::from));
                Page::Pin
            }
            Screen::Opening { name } => {
                self.full.set_name(name.as_deref().unwrap_or_default().into());
                Page::Opening
            }
            Screen::Session { name, ends_in_ms, notice } => {
                self.bar.set_name(name.into());
                self.session_ends = Some(now + Duration::from_millis(*ends_in_ms));
                if let Some(notice) = notice {
                    self.strip.set_what((*notice).into());
                    self.strip.set_of_page(matches!(notice, Strip::Page(_)));
                    if let Strip::Badge(BadgeNotice::WrongPins { count }) = notice {
                        self.strip.set_count(i32::from(*count));
                    }
                }
                Page::Blank
            }
            Screen::Countdown { name, ends_in_ms, logout_in_ms } => {
                self.bar.set_name(name.into());
                self.session_ends = Some(now + Duration::from_millis(*ends_in_ms));
                self.logout_at = Some(now + Duration::from_millis(*logout_in_ms));
                Page::Blank
            }
            Screen::Ending => Page::Ending,
            Screen::Message(notice) => {
                self.full.set_notice((*notice).into());
                if let Notice::Wait { minutes } = notice {
                    self.full.set_notice_minutes(i32::from(*minutes));
                }
                Page::Notice
            }
            Screen::OutOfService(outage) => {
                self.full.set_outage((*outage).into());
                Page::Outage
            }
            Screen::Provision(fault) => {
                self.show_fault(fault);
                Page::Outage
            }
        };
        self.full.set_page(page);
        if ended && !self.in_session() {
            self.speak(false)?;
        }
        self.french_at = (self.english && matches!(page, Page::Idle | Page::Notice | Page::Outage))
            .then(|| now + FRENCH_AFTER);
        self.tick(now, local)
    }

    fn show_fault(&self, fault: &ProvisionFault) {
        let (least, most) = crate::provision::range(fault.what);
        self.full.set_outage(OutageText::Provision);
        self.full.set_fault(crate::provision::text(fault.what));
        self.full.set_fault_line(i32::try_from(fault.line).unwrap_or_default());
        self.full.set_fault_key(fault.key.as_str().into());
        self.full.set_fault_least(least);
        self.full.set_fault_most(most);
    }

    /// How much of an update is written, in percent, for the idle screen.
    pub fn show_update(&self, percent: Option<u8>) {
        self.full.set_update_percent(percent.map_or(-1, i32::from));
    }

    /// Brings the clocks up to date.
    ///
    /// # Errors
    /// [`ShellError::Drawing`].
    pub fn tick(&mut self, now: Instant, local: DateTime<Local>) -> Result<(), ShellError> {
        let left = self.session_ends.map(|end| end.saturating_duration_since(now));
        self.bar.set_time_left(left.map(minutes).unwrap_or_default().into());
        self.bar.set_soon(left.is_some_and(|left| left <= SOON));
        if let Some(at) = self.logout_at {
            let seconds = seconds(at.saturating_duration_since(now));
            self.countdown.set_seconds(i32::try_from(seconds).unwrap_or(i32::MAX));
        }
        self.clock_at = (self.screen == Screen::Idle).then(|| {
            self.full.set_clock(format!("{:02}:{:02}", local.hour(), local.minute()).into());
            self.full.set_weekday(
                i32::try_from(local.weekday().number_from_monday()).unwrap_or_default(),
            );
            self.full.set_day(i32::try_from(local.day()).unwrap_or_default());
            self.full.set_month(i32::try_from(local.month()).unwrap_or_default());
            now + Duration::from_secs(60 - u64::from(local.second().min(59)))
        });
        if self.french_at.is_some_and(|at| at <= now) {
            self.speak(false)?;
        }
        Ok(())
    }

    /// When `tick` has something to do next.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let second = |end: Option<Instant>| {
            let left = end?.checked_duration_since(now).filter(|left| !left.is_zero())?;
            // The number changes when a whole count of seconds is left.
            let part = Duration::from_nanos(u64::from(left.subsec_nanos()));
            Some(now + if part.is_zero() { Duration::from_secs(1) } else { part })
        };
        [second(self.session_ends), second(self.logout_at), self.clock_at, self.french_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Adds a digit; the sixth hands out the PIN.
    pub fn pin_digit(&mut self, digit: u8) -> Option<Secret> {
        let pin = self.pin.push(digit);
        self.show_count();
        pin
    }

    /// Takes the last digit back.
    pub fn pin_erase(&mut self) {
        self.pin.erase();
        self.show_count();
    }

    fn show_count(&self) {
        self.full.set_pin_entered(i32::try_from(self.pin.count()).unwrap_or_default());
    }

    /// Sets the keyboard for the field that has got the focus.
    pub fn set_keyboard(&self, field: Field, afresh: bool) {
        self.keyboard.set_digits(field.digits);
        self.keyboard.set_secret(field.secret);
        if afresh {
            self.keyboard.invoke_restart();
        }
    }

    /// Shows or hides the bar's keyboard button.
    pub fn offer_keyboard(&self, offered: bool) {
        self.bar.set_keyboard_offered(offered);
    }

    /// The other language, for as long as somebody is there.
    ///
    /// # Errors
    /// [`ShellError::Drawing`].
    pub fn switch_language(&mut self, now: Instant) -> Result<(), ShellError> {
        self.speak(!self.english)?;
        self.french_at = self.english.then(|| now + FRENCH_AFTER);
        Ok(())
    }

    fn speak(&mut self, english: bool) -> Result<(), ShellError> {
        self.english = english;
        self.french_at = None;
        self.full.set_english(english);
        self.apply_language()
    }

    fn apply_language(&self) -> Result<(), ShellError> {
        // French is the language of the sources, which Slint calls "".
        slint::select_bundled_translation(if self.english { "en" } else { "" })
            .map_err(|error| ShellError::Drawing(error.to_string()))
    }
}

/// Seconds to show: counted up, so that 0 is only shown when it is over.
fn seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

fn minutes(left: Duration) -> String {
    let seconds = seconds(left);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_shown_only_when_it_is_over() {
        assert_eq!(minutes(Duration::from_millis(1)), "0:01");
        assert_eq!(minutes(Duration::ZERO), "0:00");
        assert_eq!(minutes(Duration::from_secs(1799)), "29:59");
    }
}
