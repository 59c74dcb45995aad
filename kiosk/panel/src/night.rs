//! Whether it is night where the terminal stands, by its modes and its clock.

use borne_ipc::Hours;
use chrono::{Local, Timelike};

/// Now, by the local clock.
pub fn is_now(hours: Option<Hours>) -> bool {
    hours.is_some_and(|hours| {
        let now = Local::now();
        let minute = u16::try_from(now.hour() * 60 + now.minute()).unwrap_or_default();
        hours.hold(minute)
    })
}
