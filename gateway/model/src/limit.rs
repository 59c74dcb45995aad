//! A sliding minute.

use crate::Moment;
use std::collections::VecDeque;

const MINUTE_MS: i64 = 60_000;

/// So many in any minute, and no more.
#[derive(Debug, Default)]
pub struct RateLimit(VecDeque<Moment>);

impl RateLimit {
    /// Counts one more, unless `per_minute` have happened already.
    pub fn allow(&mut self, per_minute: usize, now: Moment) -> bool {
        while self.0.front().is_some_and(|at| now.0 - at.0 >= MINUTE_MS) {
            self.0.pop_front();
        }
        let room = self.0.len() < per_minute;
        if room {
            self.0.push_back(now);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_of_two_waits_for_the_first_to_be_a_minute_old() {
        let mut limit = RateLimit::default();
        assert!(limit.allow(2, Moment(0)));
        assert!(limit.allow(2, Moment(10)));
        assert!(!limit.allow(2, Moment(59_999)));
        assert!(limit.allow(2, Moment(60_000)));
    }
}
