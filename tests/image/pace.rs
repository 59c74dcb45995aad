//! How long a start takes, beside the same root that starts nothing of ours; by the guest's own
//! clock, since its kernel's start.
//!
//! A bare start is all of `multi-user.target` but what makes a terminal: devices, data partition,
//! network, names, time, and a shell could be there.
//!
//! Duties: the ratio of the two, measured in turn. Never: a figure of this machine's clock, which
//! the emulator's load bends.

use crate::figures::{booted, figure};
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::world::say;

/// Starts of either kind, in turn; the median counts.
const ROUNDS: usize = 3;
/// Nothing of ours but what the network needs.
const BARE: [&str; 3] = [
    "systemd.mask=borne.target",
    "systemd.mask=borne-read-root.service",
    "systemd.mask=rauc.service",
];
const BARE_UNTIL: &str = "Reached target multi-user.target";

#[test]
fn the_idle_screen_is_not_far_behind_a_bare_shell() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let [mut bare, mut first, mut idle, mut ratio] = [const { Vec::new() }; 4];
    let start = |more: &[&'static str]| {
        let with = [&[WITHOUT_COPYING], more].concat();
        Guest::start(&hall, &settings, &Options { with, ..Options::default() })
    };
    for round in 0..ROUNDS {
        let guest = start(&BARE);
        guest.wait_for_console(BARE_UNTIL, START);
        bare.push(seconds(&guest, BARE_UNTIL));
        booted(&guest);
        drop(guest);
        let mut guest = start(&[]);
        guest.wait_for_state("Idle", START);
        first.push(seconds(&guest, "first picture is on the screen"));
        idle.push(seconds(&guest, "state=\"Idle\""));
        ratio.push(idle[round] / bare[round]);
        booted(&guest);
        say(&format!(
            "pace: bare {:.1} s, first picture {:.1} s, idle {:.1} s",
            bare[round], first[round], idle[round]
        ));
    }
    let names = ["boot_bare_s", "boot_first_picture_s", "boot_idle_s", "boot_idle_over_bare"];
    for (name, mut runs) in names.into_iter().zip([bare, first, idle, ratio]) {
        runs.sort_by(f64::total_cmp);
        figure(name, (runs[ROUNDS / 2] * 100.0).round() / 100.0);
    }
}

/// When the first line with these words was written.
fn seconds(guest: &Guest, words: &str) -> f64 {
    let console = guest.console();
    let line = console
        .lines()
        .find(|line| line.contains(words))
        .unwrap_or_else(|| panic!("no line with {words:?}"));
    let stamp = line.strip_prefix('[').and_then(|rest| rest.split(']').next()?.trim().parse().ok());
    stamp.unwrap_or_else(|| panic!("no time in {line:?}"))
}
