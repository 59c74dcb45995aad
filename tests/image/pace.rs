//! How long a start takes, beside the same root that starts nothing of ours; by the guest's own clock, since its kernel's start.
//!
//! Duties: the ratio of the two, measured in turn. Never: a figure of this machine's clock, which the emulator's load bends.

use crate::figures::{booted, figure};
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::world::say;

/// Starts of either kind, in turn; the median counts.
const ROUNDS: usize = 3;
/// Everything of systemd's own is there, nothing else: what a shell needs.
const BARE: &str = "systemd.unit=basic.target";

#[test]
fn the_idle_screen_is_not_far_behind_a_bare_shell() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let [mut bare, mut first, mut idle, mut ratio] = [const { Vec::new() }; 4];
    for round in 0..ROUNDS {
        let options = |more: &[&'static str]| {
            let with = [&[WITHOUT_COPYING], more].concat();
            Options { with, ..Options::default() }
        };
        let mut guest = Guest::start(&hall, &settings, &options(&[BARE]));
        guest.wait_for_console("Reached target basic.target", START);
        assert!(guest.run("echo $((6 * 7))").contains("42"), "no shell answers");
        bare.push(seconds(&guest, "Reached target basic.target"));
        booted(&guest);
        drop(guest);
        let mut guest = Guest::start(&hall, &settings, &options(&[]));
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
    let line = console.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no line with {words:?}"));
    let stamp = line.strip_prefix('[').and_then(|rest| rest.split(']').next()?.trim().parse().ok());
    stamp.unwrap_or_else(|| panic!("no time in {line:?}"))
}
