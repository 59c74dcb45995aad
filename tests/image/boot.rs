//! From the plug to the idle screen, and what is open then.

use crate::figures::{booted, figure};
use borne_harness::guest::card;
use borne_harness::guest::{Guest, Options, START};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::world::say;
use std::time::Duration;

/// The most `systemd-analyze security` may say of a unit of ours.
const MOST_EXPOSED: f64 = 2.0;
/// The emulator is about ten times slower than a board; a screen of the shell takes as much longer.
const SLOW: Duration = Duration::from_secs(900);

#[test]
fn a_card_boots_to_the_idle_screen_and_opens_nothing() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let mut guest = Guest::start(&hall, &settings, &Options::default());
    guest.wait_for_state("Idle", START);
    figure("seconds_to_idle", guest.begun.elapsed().as_secs());
    guest.wait_for_picture("the idle screen", SLOW, |frame| {
        (frame.pixel(2, 2) == [0x0b, 0x2a, 0x5b]).then_some(())
    });
    guest.keep_picture("idle");
    // The slot has read its whole root and vouches for itself; then it fills the other one.
    guest.wait_for_console("slot A is kept", SLOW);
    guest.wait_for_console("slot B is a copy of A", 3 * SLOW);
    let report = guest.report();
    say(&format!("{report:#?}"));
    let of = |name: &str| report.get(name).map_or("nothing", String::as_str);
    assert_eq!(of("failed"), "", "failed units");
    assert!(of("root").contains("/dev/mapper/root erofs ro"), "{}", of("root"));
    assert!(of("verity").contains("verity V"), "{}", of("verity"));
    assert!(
        of("write").contains("refused") || of("write").contains("Read-only"),
        "{}",
        of("write")
    );
    assert!(
        guest.cable().answers(),
        "the guest does not answer a ping: the scan would prove nothing"
    );
    let open = guest.cable().open_tcp_ports();
    assert!(open.is_empty(), "open ports: {open:?}");
    figure("failed_units", 0);
    figure("idle_memory_mb_without_standby", guest.memory_used() / 1_000_000);
    figure("root_mb", root_bytes() / 1_000_000);
    figure("open_ports", open.len());
    exposed_no_more_than_said(&mut guest);
    booted(&guest);
}

/// What this systemd has to say of each of our units that runs on, and of those that a session
/// starts. `tests/house` asks the build machine's of all files; here it is the terminal's own
/// version, with everything that is loaded.
fn exposed_no_more_than_said(guest: &mut Guest) {
    let table = guest.run("systemd-analyze security --no-pager | grep -E \"^ *(kiosk|borne)-\"");
    let mut figures: Vec<(String, f64)> = Vec::new();
    for line in table.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [unit, level, ..] = words[..]
            && unit.ends_with(".service")
            && let Ok(level) = level.parse()
        {
            figures.push((unit.trim_end_matches(".service").to_owned(), level));
        }
    }
    for unit in ["kiosk-cage@", "kiosk-wayland-filter@"] {
        let said = guest
            .run(&format!("systemd-analyze security --no-pager {unit}asked.service | tail -n 1"));
        let level =
            said.split_once(": ").and_then(|(_, level)| level.split(' ').next()?.parse().ok());
        figures.push((unit.to_owned(), level.unwrap_or_else(|| panic!("{unit}: {said}"))));
    }
    assert!(figures.len() >= 7, "systemd-analyze knows too few of our units: {table}");
    figure(
        "exposure",
        figures
            .iter()
            .map(|(unit, level)| (unit.clone(), (*level).into()))
            .collect::<serde_json::Map<_, _>>(),
    );
    for (unit, level) in figures {
        assert!(level <= MOST_EXPOSED, "{unit} is exposed by {level}");
    }
}

/// As `image/scripts/card` wrote it down.
fn root_bytes() -> u64 {
    let text = std::fs::read_to_string(card::built().join("root.env")).unwrap();
    text.lines().find_map(|line| line.strip_prefix("ROOT_BYTES=")?.parse().ok()).unwrap()
}
