//! From the plug to the idle screen, and what is open then.

use crate::figures::figure;
use borne_harness::guest::card;
use borne_harness::guest::{Guest, Options, START};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::world::say;
use std::time::Duration;

/// The emulator is about ten times slower than a board; a screen of the shell takes as much longer.
const SLOW: Duration = Duration::from_secs(90);

#[test]
fn a_card_boots_to_the_idle_screen_and_opens_nothing() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let mut guest = Guest::start(&hall, &settings, &Options::default());
    guest.wait_for_state("Idle", START);
    figure("seconds_to_idle", guest.begun.elapsed().as_secs());
    guest.wait_for_picture("the idle screen", SLOW, |frame| (frame.pixel(2, 2) == [0x0b, 0x2a, 0x5b]).then_some(()));
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
    assert!(of("write").contains("refused") || of("write").contains("Read-only"), "{}", of("write"));
    assert!(guest.cable().answers(), "the guest does not answer a ping: the scan would prove nothing");
    let open = guest.cable().open_tcp_ports();
    assert!(open.is_empty(), "open ports: {open:?}");
    figure("failed_units", 0);
    let megabytes = |field: &str| {
        let words: Vec<u64> = of("memory").split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let at = ["total", "used"].iter().position(|name| *name == field).unwrap();
        words.get(at).map(|kilobytes| kilobytes / 1000)
    };
    figure("idle_memory_mb_without_standby", megabytes("used"));
    figure("root_mb", root_bytes() / 1_000_000);
    figure("open_ports", open.len());
}

/// As `image/scripts/card` wrote it down.
fn root_bytes() -> u64 {
    let text = std::fs::read_to_string(card::built().join("root.env")).unwrap();
    text.lines().find_map(|line| line.strip_prefix("ROOT_BYTES=")?.parse().ok()).unwrap()
}
