//! What a presence sensor's level means: somebody is there, has gone, or the sensor is broken. Pure.

use std::time::Duration;

/// How often the level is read.
pub const LOOK: Duration = Duration::from_millis(100);
/// A pulse shorter than this is a disturbance, not a person.
const COMING: Duration = Duration::from_millis(200);
/// Somebody who stands still is not gone at once.
const LEAVING: Duration = Duration::from_secs(5);
/// So many badges in a row that the sensor did not see: it sees nothing.
const UNSEEN: u32 = 10;

/// What is known of the sensor. Times count from the start of the process.
pub struct Presence {
    stuck_after: Duration,
    high: bool,
    since: Duration,
    said: bool,
    unseen: u32,
    blind: bool,
}

impl Presence {
    /// Nobody is there. A level that stays high for `stuck_after` is not believed any more.
    pub const fn new(stuck_after: Duration) -> Self {
        Self {
            stuck_after,
            high: false,
            since: Duration::ZERO,
            said: false,
            unseen: 0,
            blind: false,
        }
    }

    /// Replaces the time after which a high level is not believed.
    pub const fn stuck_after(&mut self, time: Duration) {
        self.stuck_after = time;
    }

    /// Takes the level of now; what is to be said, if that has changed.
    pub fn looks(&mut self, high: bool, now: Duration) -> Option<bool> {
        if high != self.high {
            (self.high, self.since) = (high, now);
        }
        if high {
            (self.unseen, self.blind) = (0, false);
        }
        let lasting = now.saturating_sub(self.since);
        let there = match high {
            true => lasting < self.stuck_after && (self.said || lasting >= COMING),
            false => self.said && lasting < LEAVING,
        };
        (there != self.said).then(|| {
            self.said = there;
            there
        })
    }

    /// A badge was laid: somebody is there, whatever the sensor says.
    pub const fn badge(&mut self) {
        self.unseen = self.unseen.saturating_add(1);
        self.blind = self.unseen >= UNSEEN;
    }

    /// Whether the sensor has said the same for too long to be believed.
    pub fn is_stuck(&self, now: Duration) -> bool {
        self.blind || self.high && now.saturating_sub(self.since) >= self.stuck_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(tenths: u64) -> Duration {
        Duration::from_millis(tenths * 100)
    }

    #[test]
    fn somebody_comes_after_two_looks_and_goes_after_five_seconds() {
        let mut presence = Presence::new(s(72_000));
        assert_eq!(presence.looks(true, s(1)), None);
        assert_eq!(presence.looks(false, s(2)), None, "a disturbance");
        assert_eq!(presence.looks(true, s(3)), None);
        assert_eq!(presence.looks(true, s(5)), Some(true));
        assert_eq!(presence.looks(false, s(6)), None);
        assert_eq!(presence.looks(true, s(50)), None, "was still there");
        assert_eq!(presence.looks(false, s(60)), None);
        assert_eq!(presence.looks(false, s(110)), Some(false));
        assert_eq!(presence.looks(false, s(111)), None);
    }

    #[test]
    fn a_sensor_that_is_always_high_is_stuck_until_it_is_low() {
        let mut presence = Presence::new(s(100));
        presence.looks(true, s(1));
        assert_eq!(presence.looks(true, s(3)), Some(true));
        assert!(!presence.is_stuck(s(100)));
        assert_eq!(presence.looks(true, s(101)), Some(false));
        assert!(presence.is_stuck(s(101)));
        assert_eq!(presence.looks(true, s(102)), None);
        assert_eq!(presence.looks(false, s(103)), None);
        assert!(!presence.is_stuck(s(103)));
        presence.looks(true, s(104));
        assert_eq!(presence.looks(true, s(106)), Some(true));
    }

    #[test]
    fn a_sensor_that_sees_ten_badges_and_nobody_is_stuck_until_it_sees_somebody() {
        let mut presence = Presence::new(s(72_000));
        (0..9).for_each(|_| presence.badge());
        assert!(!presence.is_stuck(s(1)));
        presence.badge();
        assert!(presence.is_stuck(s(1)));
        presence.looks(true, s(2));
        assert!(!presence.is_stuck(s(2)));
    }
}
