//! What a person does in front of a terminal, step by step; each step waits for what it claims.

use crate::agents::Agent;
use crate::input::Input;
use crate::screen::Frame;
use crate::terminal::Terminal;
use crate::touch::{self, Keyboard};
use crate::wait_for;
use std::time::{Duration, Instant};

/// Longest time from the end of the start to "Présentez votre badge".
pub const START: Duration = Duration::from_secs(30);
/// Longest time for a screen of the shell.
pub const SCREEN: Duration = Duration::from_secs(5);
/// Longest time from the last digit of the PIN to the inbox, on a busy machine.
pub const INBOX: Duration = Duration::from_secs(30);

/// docs/ARCHITECTURE: the same badge sooner than this is the same tap.
const DEBOUNCE: Duration = Duration::from_secs(2);

/// Waits out the time in which the same badge again is no wish. Also the end of a test whose last
/// act was a tap: the next one may begin with that badge.
#[track_caller]
pub fn hand_is_still() {
    let begun = Instant::now();
    wait_for("a hand that is still", DEBOUNCE * 2, || begun.elapsed() > DEBOUNCE);
}

/// A person at a terminal that is idle or in use.
pub struct Visit<'a> {
    terminal: &'a Terminal,
    hands: Input,
}

impl<'a> Visit<'a> {
    /// Walks up to it; waits until it invites to present a badge.
    #[must_use]
    pub fn at(terminal: &'a Terminal) -> Self {
        terminal.wait_for_state("Idle", START);
        Self::here(terminal)
    }

    /// Stands in front of it, whatever it shows.
    #[must_use]
    pub fn here(terminal: &'a Terminal) -> Self {
        Self { terminal, hands: terminal.hands() }
    }

    /// Holds the badge to the reader until the terminal has seen it, and takes it away.
    #[track_caller]
    pub fn tap(&mut self, agent: &Agent) {
        let before = self.terminal.state();
        self.terminal.lay(agent);
        wait_for("the terminal sees the badge", SCREEN, || self.terminal.state() != before);
        self.terminal.reader().lift();
    }

    /// Types the PIN on the pad, once the pad is there.
    #[track_caller]
    pub fn pin(&mut self, digits: &str) {
        self.terminal.wait_for_state("Pin", SCREEN);
        self.wait_for_picture("the PIN pad", SCREEN, touch::shows_pin_pad);
        for digit in digits.chars() {
            let at = touch::pin_key(self.terminal.size(), digit);
            self.click(at);
        }
    }

    /// Badge and PIN, until the groupware is there.
    #[track_caller]
    pub fn log_in(&mut self, agent: &Agent) {
        self.tap(agent);
        self.pin(&agent.pin);
        self.terminal.wait_for_state("Active", INBOX);
    }

    /// The Logout button, until the terminal is idle again.
    #[track_caller]
    pub fn log_out(&mut self) {
        let at = self.wait_for_picture("the Logout button", SCREEN, touch::logout);
        self.click(at);
        self.terminal.wait_for_state("Idle", SCREEN);
    }

    /// Types on the on-screen keyboard, which must be there or appear.
    #[track_caller]
    pub fn type_text(&mut self, text: &str) {
        let keyboard = self.wait_for_picture("the keyboard", SCREEN, Keyboard::seen);
        for letter in text.chars() {
            let presses = keyboard.presses(letter);
            assert!(!presses.is_empty(), "the keyboard has no key for {letter:?}");
            presses.into_iter().for_each(|at| self.click(at));
        }
    }

    /// One touch.
    ///
    /// # Panics
    /// When the compositor is gone.
    pub fn click(&mut self, at: touch::Point) {
        self.hands.click(at.0, at.1).expect("touch the screen");
    }

    /// Pushes what is there up by so many pixels.
    ///
    /// # Panics
    /// When the compositor is gone.
    pub fn scroll(&mut self, at: touch::Point, pixels: f64) {
        self.hands.point(at.0, at.1).and_then(|()| self.hands.scroll(pixels)).expect("scroll");
    }

    /// Waits until `seen` finds in the picture what it looks for.
    #[track_caller]
    pub fn wait_for_picture<T>(
        &self,
        what: &str,
        deadline: Duration,
        mut seen: impl FnMut(&Frame) -> Option<T>,
    ) -> T {
        wait_for(what, deadline, || seen(&self.terminal.look()))
    }
}
