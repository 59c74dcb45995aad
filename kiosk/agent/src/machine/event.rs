//! What the machine hears and what it wants done.

use borne_gateway_api::update::{DAY, Hours, LastUpdate, MAX_URL, Update, Version};
use borne_ipc::{AgentEvent, AgentOrder};
use std::time::Duration;

/// Time since boot.
pub type Moment = Duration;

/// What is known when the agent starts.
#[derive(Clone, Debug)]
pub struct Facts {
    /// RAUC's `compatible`.
    pub board: String,
    /// RAUC's `bootname` of the running slot.
    pub slot: String,
    /// Of the running image.
    pub version: Version,
    /// The running slot is the one that starts by itself.
    pub confirmed: bool,
    /// It was vouched for in this boot: the boot backend does not count this start against it any
    /// more.
    pub vouched: bool,
    /// The bootloader leads to the other slot next.
    pub other_is_next: bool,
    /// When the agent first started in this boot.
    pub since: Moment,
    /// What became of the last update.
    pub last: Option<LastUpdate>,
}

/// An offer that may be taken: newer than what runs, by `https`. It cannot be made otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wanted {
    /// Its number.
    pub offer: u64,
    /// Of the bundle.
    pub version: Version,
    /// Where it is.
    pub url: String,
    /// Of the bundle's manifest.
    pub manifest_sha256: Option<String>,
    /// When it may be installed and started.
    pub hours: Option<Hours>,
}

impl Wanted {
    /// Checks an offer against the version that runs.
    #[must_use]
    pub fn check(update: Update, running: Version) -> Option<Self> {
        let plain =
            update.url.bytes().all(|byte| byte.is_ascii_graphic()) && update.url.len() <= MAX_URL;
        let hours =
            update.hours.is_none_or(|Hours { from, to }| from < DAY && to < DAY && from != to);
        if update.version <= running || !plain || !update.url.starts_with("https://") || !hours {
            return None;
        }
        let Update { offer, version, url, manifest_sha256, hours } = update;
        Some(Self { offer, version, url, manifest_sha256, hours })
    }

    /// Whether a signed bundle is the one that was offered, for this board.
    #[must_use]
    pub fn is(&self, bundle: &Bundle, board: &str) -> bool {
        let pinned = self.manifest_sha256.as_ref();
        bundle.compatible == board
            && bundle.version == self.version.to_string()
            && pinned.is_none_or(|hash| hash.eq_ignore_ascii_case(&bundle.manifest_sha256))
    }
}

/// What a bundle's manifest says, its signature being good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// For which board.
    pub compatible: String,
    pub version: String,
    /// SHA-256 of the manifest.
    pub manifest_sha256: String,
}

/// Why a bundle was not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallError {
    /// Its signature or content; it will not get better.
    Refused,
    /// Network or disk; another time.
    Failed,
}

#[derive(Clone, Debug)]
pub enum Event {
    /// The supervisor is there.
    Connected,
    /// It is not.
    Gone,
    /// It says something.
    Order(AgentOrder),
    /// No unit has failed and the whole root has been read; or not.
    Units(bool),
    /// RAUC was told that the slot is good, or could not be.
    Confirmed(bool),
    /// RAUC was told that the slot is bad, or could not be.
    Condemned,
    /// Answer to [`Effect::Inspect`].
    Inspected(Result<Bundle, InstallError>),
    /// Percent written.
    Progress(u8),
    /// Answer to [`Effect::Install`].
    Installed(Result<(), InstallError>),
    /// The deadline has come.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tell the supervisor.
    Tell(AgentEvent),
    /// [`Event::Units`] follows.
    LookAtUnits,
    /// Tell RAUC that the running slot is good; [`Event::Confirmed`] follows.
    Confirm,
    /// Tell RAUC that the running slot is bad; [`Event::Condemned`] follows.
    Condemn,
    /// [`Event::Inspected`] follows.
    Inspect(Wanted),
    /// [`Event::Progress`] and [`Event::Installed`] follow.
    Install {
        /// The offer.
        wanted: Wanted,
        /// What was inspected, which must be what is found installed.
        bundle: Bundle,
    },
    /// Keep this over a restart.
    Remember(LastUpdate),
    /// Restart the terminal.
    Restart,
}
