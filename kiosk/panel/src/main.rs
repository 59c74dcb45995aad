//! kiosk-panel: a light, a buzzer, a small display and a presence sensor on the 40-pin header.
//!
//! Duties: show the state that the supervisor orders, by light, sound and two languages; say whether
//! somebody is there and which part works. Everything is optional: what is not there, hangs or
//! breaks leaves the rest alone, and comes back by itself.
//!
//! Never: the network, a file, a decision; a name, or any text that is not in `table.rs`; a sound of
//! three seconds or more. Without the supervisor there is nothing to show: it exits. `kiosk-panel
//! silence` switches light and buzzer off and exits: the unit calls it after every end.

#![forbid(unsafe_code)]

mod beat;
mod draw;
mod link;
mod night;
mod oled;
mod pins;
mod presence;
mod run;
mod table;

use borne_harden::{Confinement, HardenError, Process, log};
use borne_ipc::Wiring;
use link::Link;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let setting =
        |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    log::start(std::env::var("BORNE_LOG").ok().as_deref());
    let wiring: Wiring = match setting("BORNE_WIRING", "").parse() {
        Ok(wiring) => wiring,
        Err(error) => {
            tracing::error!(%error, "BORNE_WIRING");
            return ExitCode::FAILURE;
        }
    };
    if std::env::args().nth(1).is_some_and(|word| word == "silence") {
        return match pins::silence(&wiring) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tracing::error!(%error, "not silenced");
                ExitCode::FAILURE
            }
        };
    }
    // The devices first: silent from here on, whatever the last life of this process left on.
    let pins = pins::Pins::open(&wiring);
    let bus = pins::bus(&wiring);
    if let Err(error) = confine() {
        tracing::error!(%error, "cannot be confined");
        return ExitCode::FAILURE;
    }
    let socket =
        borne_ipc::paths::supervisor_socket(&PathBuf::from(setting("BORNE_RUN", "/run/borne")));
    let end = Link::connect(&socket)
        .and_then(|link| run::Panel::new(pins, bus, link, &wiring).and_then(run::Panel::run));
    match end {
        Ok(run::End::DeviceThere) => {
            tracing::info!("starting afresh: a device that was missing is there");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "exiting");
            ExitCode::FAILURE
        }
    }
}

/// Of files it needs the time zone alone, for the night; its devices are open already.
fn confine() -> Result<(), HardenError> {
    Confinement::of(Process::Panel).reads("/etc/localtime").reads("/usr/share/zoneinfo").enter()
}
