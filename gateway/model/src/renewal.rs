//! When a terminal's certificate is to be followed by another.

use crate::Moment;

/// Certificates that one terminal may ask for in a minute. An honest one needs one, and a few more
/// when answers are lost.
pub const RENEWALS_PER_MINUTE: usize = 6;

/// Whether a third of its life or less is left: two thirds of it have passed, as most ACME clients
/// count, so that a third is left to notice that renewing fails. A certificate of which the end is
/// not known is renewed.
#[must_use]
pub fn is_renewal_due(began: Option<Moment>, ends: Option<Moment>, now: Moment) -> bool {
    let (Some(began), Some(ends)) = (began, ends) else { return true };
    let (left, life) = (ends.0.saturating_sub(now.0), ends.0.saturating_sub(began.0));
    left <= life / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_from_two_thirds_of_its_life() {
        let due = |now| is_renewal_due(Some(Moment(1_000)), Some(Moment(4_000)), Moment(now));
        assert_eq!([0, 1_000, 2_999].map(due), [false; 3]);
        assert_eq!([3_000, 4_000, 9_000, i64::MAX].map(due), [true; 4]);
    }

    #[test]
    fn one_whose_life_is_not_known_is_due() {
        assert!(is_renewal_due(Some(Moment(0)), None, Moment(1)));
        assert!(is_renewal_due(None, Some(Moment(i64::MAX)), Moment(1)));
    }
}
