//! What the supervisor and the panel say to each other: a state out of a closed list, never a text.
//!
//! Nothing personal can be said here. A display whose bus hangs keeps its last picture, so a name
//! that was once shown could not be taken back at the end of a session.

use crate::{Hours, Notice, Outage};
use serde::{Deserialize, Serialize};

/// Supervisor to panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PanelOrder {
    /// First order: how loud and how bright. May come again.
    Modes(PanelModes),
    /// Show this until the next order.
    Show(PanelState),
}

/// How the panel behaves, of `[panel]` in `terminal.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelModes {
    /// Whether the buzzer is used at all.
    pub sounds: bool,
    /// Of the display, 1 to 100 percent.
    pub brightness_percent: u8,
    /// In which it is quiet and dim. `None`: never.
    pub night: Option<Hours>,
    /// Seconds after which a sensor that says "present" without a pause is no longer believed.
    pub stuck_after_s: u32,
}

/// What the panel says to who stands there, or sees its light from afar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PanelState {
    /// Ready for a badge.
    Idle,
    /// The same, while an update is being written: percent.
    Updating(u8),
    /// The screen is dark until somebody comes.
    Asleep,
    /// A badge was read. The gateway has not been asked yet.
    Read,
    /// The PIN pad is up.
    Pin,
    /// The PIN was wrong, the pad is up again.
    WrongPin,
    /// The PIN is being checked.
    Checking,
    /// The PIN was right. After a while the panel shows `Opening` by itself.
    Right,
    /// The mailbox opens.
    Opening,
    /// Somebody is logged in.
    Session,
    /// Somebody is logged in, and a badge was laid that changes nothing.
    SessionRefused,
    /// Somebody is logged in and will be logged out unless the screen is touched.
    Countdown,
    /// The session is being ended and wiped.
    Ending,
    /// Nothing is left of the session, and the terminal is ready for a badge. After a while the
    /// panel shows `Idle` by itself.
    Wiped,
    /// The message on the screen.
    Message(Notice),
    /// The terminal cannot serve.
    OutOfService(Outage),
    /// The terminal cannot serve until the card's `borne.toml` is corrected.
    Provision,
}

impl PanelState {
    /// Every state, for tables and tests; of the percentages, one.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Idle,
            Self::Updating(45),
            Self::Asleep,
            Self::Read,
            Self::Pin,
            Self::WrongPin,
            Self::Checking,
            Self::Right,
            Self::Opening,
            Self::Session,
            Self::SessionRefused,
            Self::Countdown,
            Self::Ending,
            Self::Wiped,
            Self::Provision,
        ];
        let all = plain.into_iter().chain(Notice::ALL.map(Self::Message));
        all.chain(Outage::ALL.map(Self::OutOfService))
    }
}

/// Panel to supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PanelEvent {
    /// First word, once: what it found.
    Ready(PanelHealth),
    /// What it finds has changed.
    Health(PanelHealth),
    /// Somebody has come (true) or gone; these alternate.
    Presence(bool),
}

/// How each part does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelHealth {
    /// The LED. Whether it is lit, a program cannot see: its pins can be switched.
    pub light: PanelPart,
    /// The buzzer; as for the LED.
    pub buzzer: PanelPart,
    /// The display.
    pub display: PanelPart,
    /// The presence sensor.
    pub presence: PanelPart,
}

impl PanelHealth {
    /// Whether every part that is wired works.
    #[must_use]
    pub fn is_good(&self) -> bool {
        [self.light, self.buzzer, self.display, self.presence]
            .iter()
            .all(|part| matches!(part, PanelPart::NotWired | PanelPart::Works))
    }
}

/// How a part of the panel does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PanelPart {
    /// The terminal was not told of one.
    #[default]
    NotWired,
    /// It answers, or can be switched.
    Works,
    /// Its device is not there, or may not be opened.
    NoDevice,
    /// It does not answer: unplugged, or wired wrong.
    Silent,
    /// Its bus does not come back from a transfer.
    Hangs,
    /// The sensor has said the same for too long to be believed.
    Stuck,
}
