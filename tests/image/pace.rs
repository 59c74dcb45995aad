//! How long a start takes, beside the same root that starts nothing of ours; by the guest's own clock, since its kernel's start.
//!
//! A bare start is all of `multi-user.target` but what makes a terminal: devices, data partition, network, names, time, and a
//! shell could be there. `boot_basic_s` is less than that, systemd's own basic system without a network, for comparison.
//!
//! Duties: the ratio of the two, measured in turn. Never: a figure of this machine's clock, which the emulator's load bends.

use crate::figures::{booted, figure};
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::world::say;

/// Starts of either kind, in turn; the median counts.
const ROUNDS: usize = 3;
/// Less than a bare start.
const BASIC: Start = Start { with: &["systemd.unit=basic.target"], until: "Reached target basic.target" };
/// Nothing of ours but what the network needs.
const BARE: Start = Start {
    with: &["systemd.mask=borne.target", "systemd.mask=borne-read-root.service", "systemd.mask=rauc.service"],
    until: "Reached target multi-user.target",
};

struct Start {
    with: &'static [&'static str],
    until: &'static str,
}

#[test]
fn the_idle_screen_is_not_far_behind_a_bare_shell() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let [mut basic, mut bare, mut first, mut idle, mut ratio] = [const { Vec::new() }; 5];
    let start = |more: &[&'static str]| {
        let with = [&[WITHOUT_COPYING], more].concat();
        Guest::start(&hall, &settings, &Options { with, ..Options::default() })
    };
    for round in 0..ROUNDS {
        for (Start { with, until }, took) in [(BASIC, &mut basic), (BARE, &mut bare)] {
            let guest = start(with);
            guest.wait_for_console(until, START);
            took.push(seconds(&guest, until));
            booted(&guest);
        }
        let mut guest = start(&[]);
        guest.wait_for_state("Idle", START);
        first.push(seconds(&guest, "first picture is on the screen"));
        idle.push(seconds(&guest, "state=\"Idle\""));
        ratio.push(idle[round] / bare[round]);
        booted(&guest);
        say(&format!(
            "pace: basic {:.1} s, bare {:.1} s, first picture {:.1} s, idle {:.1} s",
            basic[round], bare[round], first[round], idle[round]
        ));
    }
    let names = ["boot_basic_s", "boot_bare_s", "boot_first_picture_s", "boot_idle_s", "boot_idle_over_bare"];
    for (name, mut runs) in names.into_iter().zip([basic, bare, first, idle, ratio]) {
        runs.sort_by(f64::total_cmp);
        figure(name, (runs[ROUNDS / 2] * 100.0).round() / 100.0);
    }
}

/// When the first line with these words was written.
fn seconds(guest: &Guest, words: &str) -> f64 {
    let console = guest.console();
    let line = console.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no line with {words:?}"));
    let stamp = line.strip_prefix('[').and_then(|rest| rest.split(']').next()?.trim().parse().ok());
    stamp.unwrap_or_else(|| panic!("no time in {line:?}"))
}
