//! An update from the gateway's offer to its confirmation, and those that are not taken or do not
//! stay: real bundles (`tests/image/update`), streamed over HTTPS from a server of the town by the
//! guest's own RAUC, on the order of the guest's own agent.

use crate::figures::{add, booted, count, figure};
use crate::slots::{chosen, status};
use crate::web::Town;
use borne_harness::guest::card::{self, Firmware, Partition};
use borne_harness::guest::dice::Dice;
use borne_harness::guest::flash::Trap;
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::wait_for;
use borne_harness::world::say;
use std::fs;
use std::time::{Duration, Instant};

/// The agent reports once a minute; the emulator is about ten times slower than a board.
pub const SOON: Duration = Duration::from_secs(240);
/// Streaming, hashing and writing 300 MB on it.
pub const WRITTEN: Duration = Duration::from_secs(900);
const TRIAL: Duration = Duration::from_secs(600);

/// A terminal that has kept its first slot, and the town with the bundles' server.
fn idle_in_slot_a() -> (Town, Guest) {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let mut guest = Guest::start(
        &hall,
        &settings,
        &Options { with: vec![WITHOUT_COPYING], ..Options::default() },
    );
    let town = Town::open(hall, guest.directory());
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("slot A is kept", SOON);
    (town, guest)
}

#[test]
fn an_update_is_fetched_tried_and_kept_and_no_other_one_is() {
    let (town, mut guest) = idle_in_slot_a();

    // Refused by what RAUC and the agent see before a byte is written; the control follows.
    for (version, bundle) in [
        ("20260104.1", "other.raucb"),
        ("20260105.1", "unsigned.raucb"),
        ("20260106.1", "older.raucb"),
    ] {
        count("updates");
        town.offer(version, bundle);
        town.wait_for_outcome(&guest, "refused", SOON);
        assert_eq!(
            [status(&mut guest, "trial"), status(&mut guest, "B")],
            ["none", "untried"],
            "{bundle}"
        );
        say(&format!("{bundle} was refused"));
        count("updates_right");
    }

    count("updates");
    let begun = Instant::now();
    town.offer("20260102.1", "good.raucb");
    guest.wait_for_console("restart: into the trial", WRITTEN);
    figure("update_seconds", begun.elapsed().as_secs());
    figure("update_bytes", town.web.sent("good.raucb"));
    figure(
        "update_bundle_bytes",
        fs::metadata(card::built().join("updates/good.raucb")).unwrap().len(),
    );
    assert_eq!(guest.follow_reset(SOON, None), Firmware::Tryboot, "the restart carried no flag");
    assert_eq!(chosen(&guest), 'A', "committed before it was tried");
    guest.wait_for_console("in slot B (trial: yes)", START);
    guest.wait_for_console("slot B is kept", START);
    assert_eq!(chosen(&guest), 'B');
    town.wait_for_outcome(&guest, "confirmed", SOON);
    assert!(guest.run("cat /etc/os-release").contains("IMAGE_VERSION=20260102.1"));
    say("the update is kept");
    count("updates_right");

    // Signed by the town and newer, and it does not start.
    count("updates");
    town.offer("20260103.1", "spoilt.raucb");
    guest.wait_for_console("restart: into the trial", WRITTEN);
    assert_eq!(guest.follow_reset(SOON, None), Firmware::Tryboot);
    // Its initramfs finds that its root does not verify, and restarts at once.
    assert_eq!(guest.follow_reset(TRIAL, None), Firmware::Committed);
    guest.wait_for_console("in slot B (trial: no)", START);
    town.wait_for_outcome(&guest, "returned", SOON);
    assert_eq!([status(&mut guest, "current"), status(&mut guest, "A")], ["B", "bad"]);
    assert_eq!(chosen(&guest), 'B');
    say("the spoilt update came back by itself");
    count("updates_right");
    booted(&guest);
}

#[test]
fn an_update_that_a_cut_interrupts_is_taken_again() {
    let begun = Instant::now();
    let seed = Dice::seed();
    let mut dice = Dice::of(seed);
    let (town, mut guest) = idle_in_slot_a();
    count("updates");
    town.offer("20260102.1", "good.raucb");
    // RAUC writes the root first: once in it, and once in the boot partition, of which there is a
    // twentieth as much.
    for (partition, most) in [(Partition::RootB, 60), (Partition::BootB, 12)] {
        let trap =
            Trap { region: card::region(guest.card(), partition), writes: 1 + dice.below(most) };
        guest.flash().set_trap(trap.clone());
        wait_for("the plug to be pulled while RAUC writes", WRITTEN, || {
            assert!(
                !guest.console().contains("restart: into the trial"),
                "it was written without a write to {partition:?}"
            );
            guest.flash().tripped()
        });
        count("cuts");
        let loss = guest.pull_the_plug(&mut dice);
        add("sectors_lost_in_cuts", loss.lost);
        say(&format!("BORNE_SEED={seed}: cut at write {} of {partition:?}; {loss:?}", trap.writes));
        assert_eq!(chosen(&guest), 'A', "what was being written is committed");
        guest.power_on(Firmware::Committed, None);
        guest.wait_for_console("in slot A (trial: no)", START);
        assert_eq!([status(&mut guest, "current"), status(&mut guest, "trial")], ["A", "none"]);
        assert_ne!(status(&mut guest, "B"), "good", "a half-written slot counts as one");
        count("cuts_ok");
    }
    guest.wait_for_console("restart: into the trial", START + WRITTEN);
    assert_eq!(guest.follow_reset(SOON, None), Firmware::Tryboot, "the restart carried no flag");
    guest.wait_for_console("in slot B (trial: yes)", START);
    guest.wait_for_console("slot B is kept", START);
    town.wait_for_outcome(&guest, "confirmed", SOON);
    assert!(guest.run("cat /etc/os-release").contains("IMAGE_VERSION=20260102.1"));
    count("updates_right");
    figure("update_cut_twice_seconds", begun.elapsed().as_secs());
    booted(&guest);
}
