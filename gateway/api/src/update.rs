//! What a terminal says of itself, and the update it may be offered in answer.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest URL of a bundle, in bytes.
pub const MAX_URL: usize = 1024;

/// The version of an image: the day it was made and a number that counts on that day, `YYYYMMDD.N`.
/// A later one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    day: u32,
    number: u32,
}

impl Version {
    /// Older than every image that was ever made.
    pub const OLDEST: Self = Self { day: 10_000_000, number: 0 };
}

/// A text is no [`Version`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAVersion;

impl fmt::Display for NotAVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version is a day and a number, like 20261124.1")
    }
}

impl std::error::Error for NotAVersion {}

impl FromStr for Version {
    type Err = NotAVersion;

    /// One spelling only, so that equal versions are equal texts too.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let (day, number) = text.split_once('.').ok_or(NotAVersion)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = digits(day) && digits(number) && (number == "0" || !number.starts_with('0'));
        if !plain || day.len() != 8 || day.starts_with('0') || !(1..=6).contains(&number.len()) {
            return Err(NotAVersion);
        }
        Ok(Self {
            day: day.parse().map_err(|_| NotAVersion)?,
            number: number.parse().map_err(|_| NotAVersion)?,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}.{}", self.day, self.number)
    }
}

impl TryFrom<String> for Version {
    type Error = NotAVersion;

    fn try_from(text: String) -> Result<Self, NotAVersion> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

/// A terminal reports. Nothing in it names a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRequest {
    /// What images fit it: RAUC's `compatible`, such as `borne-rpi4`.
    pub board: String,
    /// RAUC's `bootname` of the running slot.
    pub slot: String,
    /// Of the running image.
    pub version: Version,
    /// Whether this slot is the one that starts by itself; `false` while an update is on trial.
    pub confirmed: bool,
    /// What is right.
    pub health: Health,
    /// How the last update went.
    pub last: Option<LastUpdate>,
}

/// What is right in the terminal at the moment of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// No unit has failed.
    pub units: bool,
    /// The shell draws.
    pub screen: bool,
    /// The card reader answers.
    pub reader: bool,
    /// A browser has painted its first page.
    pub browser: bool,
    /// No part of the panel that is wired has failed. Said only when one has: an older gateway does
    /// not know the word.
    #[serde(default = "yes", skip_serializing_if = "is_so")]
    pub panel: bool,
}

const fn yes() -> bool {
    true
}

// serde hands a reference.
#[expect(clippy::trivially_copy_pass_by_ref)]
const fn is_so(word: &bool) -> bool {
    *word
}

/// How an update went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastUpdate {
    /// [`Update::offer`].
    pub offer: u64,
    /// To which version.
    pub version: Version,
    /// How it ended.
    pub outcome: Outcome,
}

/// How far an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Being written to the other slot.
    Installing,
    /// Written; waits for rest and its hours to start.
    Installed,
    /// Started, proved right, committed.
    Confirmed,
    /// Started, not proved right; the terminal is back on the version before.
    Returned,
    /// Signature, board, version or hash are not as they must be.
    Refused,
    /// It could not be fetched or written; it will be tried again.
    Failed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] = [
        Self::Installing,
        Self::Installed,
        Self::Confirmed,
        Self::Returned,
        Self::Refused,
        Self::Failed,
    ];

    /// Its word in tables and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Installing => "installing",
            Self::Installed => "installed",
            Self::Confirmed => "confirmed",
            Self::Returned => "returned",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// The gateway has heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// Greater than the version reported, or none.
    pub update: Option<Update>,
}

/// An update that IT wants on this terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// Grows with every `bornectl update offer`: an offer that failed for good is not tried again,
    /// a new one is.
    pub offer: u64,
    /// Of the bundle's manifest.
    pub version: Version,
    /// `https`, of a RAUC bundle, on whatever host.
    pub url: String,
    /// SHA-256 of the bundle's manifest as `rauc info` prints it, lower-case hexadecimal: pins one
    /// bundle, whole, since the manifest holds the root of the payload's hash tree. Without it, any
    /// bundle of this version signed by the town's key.
    pub manifest_sha256: Option<String>,
    /// When it may be installed and started; without, at any time of rest.
    pub hours: Option<Hours>,
}

/// Hours of the day, in the terminal's local time; minutes since midnight, 0 to 1439. `from` is
/// within, `to` is not; over midnight when `to` is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// First minute.
    pub from: u16,
    /// The minute after the last.
    pub to: u16,
}

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;

impl Hours {
    /// Whether a minute of the day is within.
    #[must_use]
    pub const fn hold(self, minute: u16) -> bool {
        if self.from <= self.to {
            self.from <= minute && minute < self.to
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

impl FromStr for Hours {
    type Err = &'static str;

    /// `22:00-05:00`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "hours are two different times of the day, like 22:00-05:00";
        let minute = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let two =
                |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            let (hour, minute): (u16, u16) = (
                hour.parse().ok().filter(|_| two(hour))?,
                minute.parse().ok().filter(|_| two(minute))?,
            );
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let (from, to) = text.split_once('-').ok_or(SHAPE)?;
        let (from, to) = (minute(from).ok_or(SHAPE)?, minute(to).ok_or(SHAPE)?);
        if from == to { Err(SHAPE) } else { Ok(Self { from, to }) }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (self.from, self.to);
        write!(f, "{:02}:{:02}-{:02}:{:02}", a / 60, a % 60, b / 60, b % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_image_is_greater_and_there_is_one_spelling() {
        let version = |text: &str| text.parse::<Version>();
        assert!(version("20261124.10").ok() > version("20261124.9").ok());
        assert!(version("20261125.0").ok() > version("20261124.9").ok());
        for text in [
            "20261124",
            "20261124.",
            "20261124.01",
            "2026112.1",
            "+0261124.1",
            "20261124.1 ",
            "20261124.1.1",
        ] {
            assert_eq!(version(text), Err(NotAVersion), "{text}");
        }
        assert_eq!(
            version("20261124.10").map(|version| version.to_string()),
            Ok("20261124.10".to_owned())
        );
    }

    #[test]
    fn hours_may_go_over_midnight() {
        let night: Hours = "22:00-05:30".parse().unwrap_or(Hours { from: 0, to: 0 });
        assert_eq!((night.from, night.to), (1320, 330));
        assert!(night.hold(1320) && night.hold(1439) && night.hold(0) && night.hold(329));
        assert!(!night.hold(330) && !night.hold(720));
        assert_eq!(night.to_string(), "22:00-05:30");
        for text in [
            "22:00",
            "22-05",
            "24:00-05:00",
            "22:60-23:00",
            "5:00-06:00",
            "05:00-05:00",
            "+5:00-06:00",
        ] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
    }
}
