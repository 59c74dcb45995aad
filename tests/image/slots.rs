//! The two slots in a whole machine: a trial that works is kept, one that does not goes back by
//! itself, and a slot that no longer verifies is left for the other one. The watch stands in for
//! the update agent: it gives `borne-slot` and the restart the same orders, in the same sequence as
//! RAUC does.

use crate::figures::{booted, count, figure};
use borne_harness::guest::card::{self, Firmware, Partition};
use borne_harness::guest::dice::Dice;
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING};
use borne_harness::hall::Hall;
use borne_harness::pn532::Fault;
use borne_harness::settings::Settings;
use borne_harness::world::say;
use std::time::Duration;

/// A trial has three minutes; then it restarts.
const TRIAL: Duration = Duration::from_secs(1800);
const SLOW: Duration = Duration::from_secs(900);
/// Somewhere in the middle of a root's files, in bytes.
const DEEP: u64 = 150 << 20;
const SLOT: &str = "/usr/libexec/borne/borne-slot";

/// A card with both slots filled, idle in slot A, which has been kept. `with` are more words for
/// the kernel, at every start.
pub fn both_filled(hall: &Hall, settings: &Settings, with: &[&'static str]) -> Guest {
    let with = [&[WITHOUT_COPYING], with].concat();
    let mut guest = Guest::unpowered(hall, settings, &Options { with, ..Options::default() });
    card::fill_slot_b(guest.card());
    guest.power_on(Firmware::Committed, None);
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("slot A is kept", SLOW);
    guest.run(&format!("{SLOT} set-state B good"));
    guest
}

/// What RAUC orders round the writing of a slot, then what the agent does when the terminal is
/// idle.
pub fn update(guest: &mut Guest, slot: char) {
    guest.begin(&format!(
        "{SLOT} set-state {slot} bad && {SLOT} set-primary {slot} && {SLOT} arm && systemctl reboot --reboot-argument=\"0 tryboot\""
    ));
}

/// A value of `borne-slot status`.
pub fn status(guest: &mut Guest, name: &str) -> String {
    let text = guest.run(&format!("{SLOT} status"));
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
}

/// The slot the firmware starts without a flag.
pub fn chosen(guest: &Guest) -> char {
    card::chosen(guest.card(), guest.directory(), Firmware::Committed)
}

#[test]
fn a_trial_that_works_is_kept_and_a_ruined_slot_is_left_for_the_other() {
    let hall = Hall::start();
    let mut guest = both_filled(&hall, &Settings { standby: false, ..Settings::default() }, &[]);
    count("updates");
    update(&mut guest, 'B');
    assert_eq!(guest.follow_reset(SLOW, None), Firmware::Tryboot, "the restart carried no flag");
    assert_eq!(chosen(&guest), 'A', "committed before it was tried");
    guest.wait_for_console("slot B (trial: yes)", START);
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("slot B is kept", SLOW);
    assert_eq!(chosen(&guest), 'B');
    assert_eq!(status(&mut guest, "trial"), "none");
    count("updates_right");

    // The plug, and then a bit of its root: where it begins, so that it does not even mount.
    let seed = Dice::seed();
    let _loss = guest.pull_the_plug(&mut Dice::of(seed));
    card::flip(guest.card(), Partition::RootB, 1030);
    guest.power_on(Firmware::Committed, None);
    assert_eq!(guest.follow_reset(START, None), Firmware::Committed);
    assert!(chosen(&guest) == 'A', "the ruined slot is still chosen");
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("slot A is kept", SLOW);
    assert_eq!([status(&mut guest, "current"), status(&mut guest, "B")], ["A", "bad"]);
    say("a ruined slot was left for the other one");
    figure("ruined_slot_left", true);
    booted(&guest);
}

#[test]
fn a_trial_that_does_not_show_that_it_works_goes_back_by_itself() {
    let hall = Hall::start();
    let mut guest = both_filled(&hall, &Settings { standby: false, ..Settings::default() }, &[]);
    count("updates");
    update(&mut guest, 'B');
    // The new system gets no answer from its reader.
    guest.reader.fault(Fault::Silent);
    assert_eq!(guest.follow_reset(SLOW, None), Firmware::Tryboot);
    guest.wait_for_console("slot B did not show that it works", TRIAL);
    guest.reader.fault(Fault::None);
    assert_eq!(guest.follow_reset(SLOW, None), Firmware::Committed);
    assert_eq!(chosen(&guest), 'A');
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("slot A is kept", SLOW);
    assert_eq!(
        [status(&mut guest, "current"), status(&mut guest, "B"), status(&mut guest, "trial")],
        ["A", "bad", "none"]
    );
    count("updates_right");
    booted(&guest);
}

#[test]
fn a_kept_slot_with_one_bit_wrong_deep_inside_is_left_after_three_starts() {
    let hall = Hall::start();
    let mut guest = both_filled(&hall, &Settings { standby: false, ..Settings::default() }, &[]);
    let _loss = guest.pull_the_plug(&mut Dice::of(Dice::seed()));
    // It mounts and starts; what is there is read before long, by whom does not matter: the kernel
    // ends it all.
    card::flip(guest.card(), Partition::RootA, DEEP);
    guest.power_on(Firmware::Committed, None);
    for start in 1..=3 {
        assert_eq!(guest.follow_reset(START, None), Firmware::Committed, "start {start}");
        assert_eq!(chosen(&guest), 'A', "left after start {start}");
    }
    // The fourth goes no further than to the switch.
    assert_eq!(guest.follow_reset(START, None), Firmware::Committed);
    assert_eq!(chosen(&guest), 'B');
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("slot B is kept", SLOW);
    assert_eq!(status(&mut guest, "current"), "B");
    figure("deep_ruin_left", true);
    booted(&guest);
}
