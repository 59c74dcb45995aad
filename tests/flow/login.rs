//! From the badge to the inbox.

use borne_harness::agents::agent;
use borne_harness::settings::Settings;
use borne_harness::visit::{START, Visit};
use borne_harness::world::world;
use borne_ipc::Role;

#[test]
fn a_terminal_comes_up_and_invites() {
    let world = world(Settings::default());
    world.terminal.wait_for_state("Idle", START);
}

#[test]
fn a_badge_and_pin_open_the_inbox() {
    let world = world(Settings::default());
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("e.benali"));
    visit.log_out();
}

#[test]
fn screen_and_pages_have_the_towns_time_zone_whatever_the_machines_is() {
    let world = world(Settings::default());
    world.wait_for_standby();
    for role in [Role::Shell, Role::Browser] {
        let processes = world.terminal.processes_of(role);
        assert!(!processes.is_empty(), "{role:?}");
        for pid in processes {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let zone = environment.split(|byte| *byte == 0).find(|entry| entry.starts_with(b"TZ="));
            let program = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            // bubblewrap itself runs without any environment, and reads no clock.
            if program.trim() == "bwrap" {
                continue;
            }
            assert_eq!(zone, Some(&b"TZ=Europe/Paris"[..]), "{role:?}: {program}");
        }
    }
}
