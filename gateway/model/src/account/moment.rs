//! Times as directories write them: generalized time (RFC 4517, 3.3.13) and FILETIME (MS-DTYP
//! 2.3.3).

use crate::Moment;
use time::{Date, Duration, Month, Time};

/// Milliseconds between 1601-01-01 and 1970-01-01 (MS-DTYP 2.3.3).
const FILETIME_EPOCH_MS: i64 = 11_644_473_600_000;

/// `YYYYMMDDHH[MM[SS]][.fraction](Z|±HH[MM])`; `None` when it is none.
pub fn generalized(text: &str) -> Option<Moment> {
    let zone = text.find(['Z', '+', '-'])?;
    let (time, zone) = text.split_at_checked(zone)?;
    let (digits, fraction) = time.split_once(['.', ',']).unwrap_or((time, "0"));
    let pairs = pairs(digits).filter(|pairs| (5..=7).contains(&pairs.len()))?;
    let field = |index: usize, none: u8| pairs.get(index).copied().unwrap_or(none);
    let year = i32::from(field(0, 0)) * 100 + i32::from(field(1, 0));
    let date =
        Date::from_calendar_date(year, Month::try_from(field(2, 0)).ok()?, field(3, 0)).ok()?;
    // A leap second is the end of the one before.
    let at = Time::from_hms(field(4, 0), field(5, 0), field(6, 0).min(59)).ok()?;
    let unit_ms = [3_600_000, 60_000, 1_000].get(pairs.len() - 5)?;
    let at = date.with_time(at).assume_utc() + Duration::milliseconds(part(fraction, *unit_ms)?)
        - offset(zone)?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(Moment)
}

/// Hundreds of nanoseconds since 1601.
pub fn filetime(ticks: i64) -> Moment {
    Moment(ticks / 10_000 - FILETIME_EPOCH_MS)
}

fn pairs(digits: &str) -> Option<Vec<u8>> {
    let whole = digits.len().is_multiple_of(2) && digits.bytes().all(|b| b.is_ascii_digit());
    let digit = |byte: u8| byte - b'0';
    whole.then(|| digits.as_bytes().chunks(2).map(|c| digit(c[0]) * 10 + digit(c[1])).collect())
}

/// The fraction of a unit, in milliseconds.
fn part(digits: &str, unit_ms: i64) -> Option<i64> {
    let good = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let value = good.then(|| digits.parse::<i64>().ok())??;
    Some(value * unit_ms / 10_i64.pow(u32::try_from(digits.len()).ok()?))
}

fn offset(zone: &str) -> Option<Duration> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("Z", "") => return Some(Duration::ZERO),
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    match pairs(digits)?[..] {
        [hours @ 0..=23] => Some(Duration::hours(sign * i64::from(hours))),
        [hours @ 0..=23, minutes @ 0..=59] => {
            Some(Duration::minutes(sign * (i64::from(hours) * 60 + i64::from(minutes))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_generalized_time_is_read() {
        let at = |text| generalized(text).map(Moment::iso);
        let noon = Some("2026-11-29T12:00:00Z".to_owned());
        for text in [
            "20261129120000Z",
            "202611291200Z",
            "2026112912Z",
            "20261129120000.999Z",
            "20261129130000+0100",
            "2026112907-05",
        ] {
            assert_eq!(at(text), noon, "{text}");
        }
        assert_eq!(at("2026112911,5Z"), Some("2026-11-29T11:30:00Z".to_owned()));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "Z",
            "20261129120000",
            "20261329120000Z",
            "20260230120000Z",
            "20261129250000Z",
            "20261129120000ZZ",
            "20261129120000+1",
            "2026112912000Z",
            "20261129120000.Z",
            "2026112912é0Z",
            "TRUE",
        ] {
            assert_eq!(generalized(text), None, "{text:?}");
        }
    }
}
