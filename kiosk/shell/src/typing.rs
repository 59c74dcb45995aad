//! What is typed on the on-screen keyboard, and whether that keyboard is up.
//!
//! A page's toolkit drops text that crosses with its own news of the field (text-input-v3: the
//! serial of `done` is then an old one), and so it does before the field has the focus. So what is
//! touched waits in a queue until the page has taken what came before it: a busy page loses
//! none.

use crate::ui::KeyKind;
use crate::wayland::{Field, Method, Stroke};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use zeroize::Zeroize;

/// The page has been told of everything when it has said nothing for so long.
const SETTLED: Duration = Duration::from_millis(30);
/// A page that does not answer a letter (a field that takes none) is not waited for any longer.
const UNANSWERED: Duration = Duration::from_millis(400);
/// Touches that may wait; a page that takes none of so many takes no more.
const WAITING: usize = 256;
/// The keyboard stays this long after a field has lost the focus: the next field may take it at
/// once.
const LINGERS: Duration = Duration::from_millis(150);

/// The keyboard on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keyboard {
    /// No field has the focus.
    #[default]
    Hidden,
    /// The person has put it away; the bar offers it again.
    Offered(Field),
    /// It is up.
    Shown(Field),
    /// The field has lost the focus.
    Lingering {
        /// It goes then.
        until: Instant,
        /// It is up.
        shown: bool,
    },
}

impl Keyboard {
    /// The compositor's word on the focus. True when the keyboard begins afresh, for another field.
    pub fn focus(&mut self, focus: Option<Field>, activated: bool, now: Instant) -> bool {
        let before = *self;
        let until = now + LINGERS;
        *self = match (focus, before) {
            // Going from field to field by Tab changes what is wanted without a new activation.
            (Some(field), Self::Offered(_)) if !activated => Self::Offered(field),
            (Some(field), _) => Self::Shown(field),
            (None, Self::Shown(_)) => Self::Lingering { until, shown: true },
            (None, Self::Offered(_)) => Self::Lingering { until, shown: false },
            (None, Self::Hidden | Self::Lingering { .. }) => before,
        };
        let same = |field| before == Self::Shown(field) || before == Self::Offered(field);
        focus.is_some_and(|field| activated || !same(field))
    }

    /// The person puts it away.
    pub fn hide(&mut self) {
        *self = match *self {
            Self::Shown(field) => Self::Offered(field),
            Self::Lingering { until, .. } => Self::Lingering { until, shown: false },
            other => other,
        };
    }

    /// The person wants it back.
    pub fn show(&mut self) {
        if let Self::Offered(field) = *self {
            *self = Self::Shown(field);
        }
    }

    /// True when it has lingered long enough, and is gone.
    pub fn has_gone(&mut self, now: Instant) -> bool {
        let gone = self.until().is_some_and(|until| until <= now);
        if gone {
            *self = Self::Hidden;
        }
        gone
    }

    /// Whether it is on the screen, in a session.
    pub const fn is_up(self) -> bool {
        matches!(self, Self::Shown(_) | Self::Lingering { shown: true, .. })
    }

    /// When [`Self::has_gone`] has something to say.
    pub const fn until(self) -> Option<Instant> {
        match self {
            Self::Lingering { until, .. } => Some(until),
            _ => None,
        }
    }
}

pub struct Typing {
    method: Method,
    start: Instant,
    /// Words on the focus so far: the serial of what is typed.
    serial: u32,
    focused: bool,
    /// Touched, and not yet typed.
    waiting: VecDeque<Stroke>,
    /// The next one may be typed.
    free_at: Instant,
    /// The last one was a key.
    after_key: bool,
}

impl Typing {
    /// Types by this input method.
    pub fn new(method: Method) -> Self {
        let (waiting, start) = (VecDeque::new(), Instant::now());
        Self { method, start, serial: 0, focused: false, waiting, free_at: start, after_key: false }
    }

    /// The compositor's word on the focus.
    pub fn focus(&mut self, focused: bool, now: Instant) {
        self.serial = self.serial.wrapping_add(1);
        self.free_at = now + SETTLED;
        self.focused = focused;
    }

    /// Types characters, once the page can take them.
    pub fn text(&mut self, text: &str) {
        // One by one: together they would stand in the compositor's memory as a text.
        self.wait(Stroke::Text(text.to_owned()));
    }

    /// Presses and releases a key that is no character, in its turn.
    pub fn key(&mut self, kind: KeyKind) {
        self.wait(Stroke::Key(kind));
    }

    fn wait(&mut self, stroke: Stroke) {
        if self.waiting.len() < WAITING {
            self.waiting.push_back(stroke);
        }
    }

    /// Forgets what was touched for a page that is not there any more.
    pub fn forget(&mut self) {
        for stroke in self.waiting.drain(..) {
            if let Stroke::Text(mut text) = stroke {
                text.zeroize();
            }
        }
    }

    /// When [`Self::turn`] has something to do next.
    pub fn wake_at(&self) -> Option<Instant> {
        let next = self.waiting.front().filter(|_| self.focused)?;
        match next {
            // Keys keep their order among themselves, and none is dropped.
            Stroke::Key(_) if self.after_key => Some(self.start),
            _ => Some(self.free_at),
        }
    }

    /// Types what waits, if the page can take it.
    pub fn turn(&mut self, now: Instant) {
        while self.wake_at().is_some_and(|at| at <= now) {
            let Some(stroke) = self.waiting.pop_front() else { return };
            self.free_at = now + UNANSWERED;
            self.after_key = matches!(stroke, Stroke::Key(_));
            self.method.strike(stroke, self.serial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: Field = Field { digits: false, secret: false };
    const CODE: Field = Field { digits: true, secret: false };

    #[test]
    fn a_keyboard_put_away_stays_so_until_another_field_is_touched() {
        let (mut keyboard, now) = (Keyboard::default(), Instant::now());
        assert!(keyboard.focus(Some(TEXT), true, now), "the first field begins afresh");
        assert!(!keyboard.focus(Some(TEXT), false, now), "news of the same field do not");
        keyboard.hide();
        assert!(keyboard.focus(Some(CODE), false, now), "Tab leads to another kind of field");
        assert_eq!(keyboard, Keyboard::Offered(CODE));
        keyboard.focus(Some(TEXT), true, now);
        assert_eq!(keyboard, Keyboard::Shown(TEXT));
    }

    #[test]
    fn from_field_to_field_it_does_not_blink_and_after_the_last_it_goes() {
        let (mut keyboard, now) = (Keyboard::Shown(TEXT), Instant::now());
        keyboard.focus(None, false, now);
        assert!(keyboard.is_up() && !keyboard.has_gone(now));
        keyboard.focus(Some(CODE), true, now);
        assert_eq!(keyboard, Keyboard::Shown(CODE));
        keyboard.focus(None, false, now);
        keyboard.hide();
        assert!(!keyboard.is_up());
        assert!(keyboard.has_gone(now + LINGERS) && !keyboard.has_gone(now + LINGERS));
        keyboard.show();
        assert_eq!(keyboard, Keyboard::Hidden, "nobody offers it without a field");
    }
}
