//! How many wrong PINs are too many, and what follows: a growing delay, and only at the very end a
//! lock.
//!
//! Duties: from what has been counted say whether a try may be made now. Four counts, each kept in
//! the database by the transaction that counts the try:
//!
//! 1. wrong in a row, at one terminal and anywhere: delays, first for this badge at this terminal,
//!    later for this badge everywhere. Somebody who knows the number of a badge makes its owner wait
//!    for minutes at most, and not at another terminal;
//! 2. wrong since the PIN was set, which no right PIN takes back: the end of guessing between two
//!    logins of the owner. Then IT sets a new PIN;
//! 3. different badges that one terminal laid in vain: one try a minute there, and an alarm;
//! 4. the same in the whole town: an alarm.
//!
//! Never: a lock that a stranger can close in a minute; the current time.

use crate::Moment;

/// Wrong PINs of one login since its PINs were set, after which IT must set a new one. Of 10^6 PINs
/// (less those that cannot be chosen) this is what guessing gets, whatever the time.
pub const BUDGET: u32 = 20;
/// Different badges that a terminal may lay in vain within [`SUSPECT_MS`] before it is slowed.
pub const SUSPECTS_PER_TERMINAL: u32 = 3;
/// The same in the whole town, before the alarm.
pub const SUSPECTS_IN_TOWN: u32 = 20;
/// How long a badge laid in vain is remembered, in milliseconds.
pub const SUSPECT_MS: u64 = 10 * MINUTE_MS;
/// Pause between two tries of a terminal that is slowed, in milliseconds.
pub const SLOWED_MS: u64 = MINUTE_MS;

const MINUTE_MS: u64 = 60_000;
/// Minutes to wait after the wrong PINs at which a delay begins, one more each time.
const DELAYS: [u64; 4] = [1, 5, 15, 60];
/// Wrong in a row at one terminal before the first delay.
const FREE_HERE: u32 = borne_gateway_api::PIN_TRIES as u32;
/// Wrong in a row at all terminals together before the first delay, and between two steps.
const FREE_ANYWHERE: u32 = 6;
const STEP_ANYWHERE: u32 = 2;

/// What has been counted when a badge is laid or a PIN is typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// Wrong in a row for this badge at this terminal, and when the last was.
    pub here: (u32, Moment),
    /// Wrong in a row for this badge at any terminal, and when the last was.
    pub anywhere: (u32, Moment),
    /// Wrong since the PINs of this login were set, all its badges together.
    pub since_set: u32,
}

/// Whether a PIN may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Go {
        /// Tries before the first delay at this terminal; at least 1.
        left: u32,
    },
    /// Not for so many seconds; at least 1.
    Wait(u32),
    /// Not before IT has set a new PIN.
    NewPin,
}

/// Judges what has been counted. A moment after `now` (the clock was put back) counts as `now`; the
/// caller writes it back so, or the wait would be as long as the step.
#[must_use]
pub fn verdict(counted: &Counted, now: Moment) -> Verdict {
    if counted.since_set >= BUDGET {
        return Verdict::NewPin;
    }
    let ((here, here_at), (anywhere, anywhere_at)) = (counted.here, counted.anywhere);
    let until = |at: Moment, delay: u64| at.min(now).plus_ms(delay).ms_from(now);
    let wait = until(here_at, delay(here, FREE_HERE, 1))
        .max(until(anywhere_at, delay(anywhere, FREE_ANYWHERE, STEP_ANYWHERE)));
    match u32::try_from(wait.div_ceil(1000)).unwrap_or(u32::MAX) {
        0 => Verdict::Go { left: FREE_HERE.saturating_sub(here).max(1) },
        seconds => Verdict::Wait(seconds),
    }
}

fn delay(wrong: u32, free: u32, step: u32) -> u64 {
    let Some(beyond) = wrong.checked_sub(free) else { return 0 };
    let at = usize::try_from(beyond / step).unwrap_or(usize::MAX).min(DELAYS.len() - 1);
    DELAYS[at] * MINUTE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Moment = Moment(43_200_000);

    fn after(here: u32, anywhere: u32, since_set: u32, ms: u64) -> Verdict {
        let counted = Counted { here: (here, NOON), anywhere: (anywhere, NOON), since_set };
        verdict(&counted, NOON.plus_ms(ms))
    }

    #[test]
    fn the_delay_grows_at_one_terminal_and_then_everywhere() {
        assert_eq!(after(0, 0, 0, 0), Verdict::Go { left: 3 });
        assert_eq!(after(2, 2, 2, 0), Verdict::Go { left: 1 });
        for (wrong, seconds) in [(3, 60), (4, 300), (5, 900), (6, 3600), (90, 3600)] {
            assert_eq!(after(wrong, 0, 0, 0), Verdict::Wait(seconds), "{wrong}");
        }
        assert_eq!(after(0, 5, 5, 0), Verdict::Go { left: 3 }, "another terminal is free");
        for (wrong, seconds) in [(6, 60), (8, 300), (10, 900), (12, 3600)] {
            assert_eq!(after(0, wrong, 0, 0), Verdict::Wait(seconds), "{wrong}");
        }
    }

    #[test]
    fn a_delay_passes_and_leaves_one_try() {
        assert_eq!(after(3, 3, 3, 59_001), Verdict::Wait(1));
        assert_eq!(after(3, 3, 3, 60_000), Verdict::Go { left: 1 });
    }

    #[test]
    fn guessing_ends_whatever_the_owner_does_between() {
        assert_eq!(after(0, 0, BUDGET, 0), Verdict::NewPin);
        assert_eq!(after(0, 0, BUDGET - 1, 0), Verdict::Go { left: 3 });
    }

    #[test]
    fn a_clock_that_was_put_back_makes_nobody_wait_for_the_step() {
        let tomorrow = NOON.plus_ms(86_400_000);
        let counted = Counted { here: (3, tomorrow), anywhere: (3, tomorrow), since_set: 3 };
        assert_eq!(verdict(&counted, NOON), Verdict::Wait(60));
    }
}
