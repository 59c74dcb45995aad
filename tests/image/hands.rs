//! What hands with time and tools do to a terminal: plug things in, press what a kernel listens
//! for, ruin the card's small partition. Nothing of it leads anywhere, least of all to a prompt.

use crate::figures::{booted, figure};
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING, WITHOUT_READING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use serde_json::json;
use std::time::Duration;

const SLOW: Duration = Duration::from_secs(900);

#[test]
fn nothing_that_is_plugged_in_or_pressed_gets_through() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let mut guest = Guest::start(
        &hall,
        &settings,
        &Options { with: vec![WITHOUT_COPYING, WITHOUT_READING], ..Options::default() },
    );
    guest.wait_for_state("Idle", START);
    let before = guest.report();
    let qmp = guest.qmp();
    for (driver, id) in [("usb-kbd", "keyboard"), ("usb-mouse", "mouse"), ("usb-tablet", "tablet")]
    {
        qmp.ask("device_add", json!({ "driver": driver, "id": id, "bus": "usb.0" })).unwrap();
    }
    qmp.ask(
        "blockdev-add",
        json!({ "driver": "null-co", "node-name": "stick", "size": 1 << 20, "read-zeroes": true }),
    )
    .unwrap();
    qmp.ask(
        "device_add",
        json!({ "driver": "usb-storage", "id": "usbstick", "bus": "usb.0", "drive": "stick" }),
    )
    .unwrap();
    qmp.ask("netdev_add", json!({ "type": "user", "id": "dongle" })).unwrap();
    qmp.ask(
        "device_add",
        json!({ "driver": "usb-net", "id": "usbnet", "bus": "usb.0", "netdev": "dongle" }),
    )
    .unwrap();

    // All five have been seen by the kernel, and none has a driver.
    let seen = borne_harness::try_wait_for("five USB devices", SLOW, || {
        let report = guest.report();
        let devices = report.get("usb").cloned().unwrap_or_default();
        if devices.split_whitespace().count() >= 5 { Ok(report) } else { Err(devices) }
    })
    .unwrap_or_else(|late| panic!("{late}"));
    assert!(
        seen["usb"].split_whitespace().all(|device| device.ends_with("=0")),
        "authorised: {}",
        seen["usb"]
    );
    for key in ["inputs", "disks", "links"] {
        assert_eq!(seen[key], before[key], "{key} changed when USB devices were plugged in");
    }

    // Ctrl+Alt+Del more than seven times, virtual terminals, the X server's old exit, SysRq by key
    // and by serial break.
    for _ in 0..9 {
        guest.qmp().keys(&["ctrl", "alt", "delete"]).unwrap();
    }
    for key in ["f1", "f2", "f12", "backspace"] {
        guest.qmp().keys(&["ctrl", "alt", key]).unwrap();
    }
    guest.qmp().keys(&["alt", "sysrq", "b"]).unwrap();
    guest.serial_break('b');
    let after = guest.report();
    assert_eq!(after["boot"], before["boot"], "the terminal has restarted");
    assert_eq!(after["sysrq"], "0");
    assert_eq!(after["getty"], "0");
    assert_eq!(guest.state().as_deref(), Some("Idle"));
    guest.keep_picture("hands");
    figure("usb_devices_refused", 5);
}

#[test]
fn a_ruined_data_partition_is_made_anew_and_shows_no_prompt() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let mut guest = Guest::start(
        &hall,
        &settings,
        &Options {
            data_damaged: true,
            with: vec![WITHOUT_COPYING, WITHOUT_READING],
            ..Options::default()
        },
    );
    guest.wait_for_console("making a new one", START);
    let report = guest.report();
    assert_eq!(report["failed"], "", "failed units");
    // Without its configuration the terminal says that its card must be prepared: words on the calm
    // ground, no prompt.
    guest.wait_for_console("the screen says how to fix it", SLOW);
    guest.wait_for_picture("words on the calm ground", SLOW, |frame| {
        let ground = |x: u32, y: u32| frame.pixel(x, y) == [0x0b, 0x2a, 0x5b];
        let row = |y: u32| (0..frame.width).step_by(2).all(|x| ground(x, y));
        (row(2) && row(frame.height - 2) && !(0..frame.height).step_by(2).all(row)).then_some(())
    });
    guest.keep_picture("data-rebuilt");
    figure("data_rebuilt", true);
    booted(&guest);
}
