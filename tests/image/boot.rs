//! From the plug to the idle screen, and what is open then.

use crate::figures::figure;
use borne_harness::guest::{Guest, Options, START};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
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
    let report = guest.report();
    println!("{report:#?}");
    let of = |name: &str| report.get(name).map_or("nothing", String::as_str);
    assert_eq!(of("failed"), "", "failed units");
    assert!(of("root").contains("/dev/mapper/root erofs ro"), "{}", of("root"));
    assert!(of("verity").contains("verity V"), "{}", of("verity"));
    assert!(of("write").contains("refused") || of("write").contains("Read-only"), "{}", of("write"));
    assert!(guest.cable().answers(), "the guest does not answer a ping: the scan would prove nothing");
    let open = guest.cable().open_tcp_ports();
    assert!(open.is_empty(), "open ports: {open:?}");
    figure("failed_units", 0);
    figure("open_ports", open.len());
}
