//! The gateway's time: kept for the next start, raised and never lowered, and not believed when it
//! cannot be.

use crate::supervisor::Terminal;
use borne_harness::agents::repository;
use borne_harness::gateway::{Double, Wrong, YEAR};
use borne_harness::wait_for;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

const SOON: Duration = Duration::from_secs(20);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A terminal that this gateway has let in.
fn joined(name: &str, gateway: &Double) -> Terminal {
    let terminal = Terminal::of(name, &gateway.authority(), gateway.port);
    terminal.lay("terminal.key", &gateway.identity.0);
    terminal.lay("terminal.crt", &gateway.identity.1);
    terminal
}

fn kept(terminal: &Terminal) -> Option<SystemTime> {
    fs::metadata(terminal.0.join("clock/gateway")).and_then(|file| file.modified()).ok()
}

fn is_about(kept: Option<SystemTime>, told: SystemTime) -> bool {
    let apart = |kept| told.duration_since(kept).unwrap_or_else(|error| error.duration());
    kept.is_some_and(|kept| apart(kept) < Duration::from_secs(2))
}

#[track_caller]
fn wait_until_kept(terminal: &Terminal, told: SystemTime) {
    wait_for("the gateway's time to be kept", SOON, || {
        let kept = kept(terminal);
        if is_about(kept, told) {
            Ok(())
        } else {
            Err(format!("{kept:?}, {}", terminal.read("log")))
        }
    });
}

#[test]
fn the_gateways_time_is_kept() {
    let wrong = Wrong::default();
    let ahead = SystemTime::now() + 20 * DAY;
    *wrong.clock.lock().unwrap() = ahead;
    let gateway = Double::start(&wrong);
    let terminal = joined("clock-kept", &gateway);
    let _running = terminal.start();
    wait_until_kept(&terminal, ahead);
    // A gateway that was wrong and is put right is believed again.
    let now = SystemTime::now();
    *wrong.clock.lock().unwrap() = now;
    wait_until_kept(&terminal, now);
}

#[test]
fn a_time_at_which_the_gateways_certificate_is_not_good_is_not_believed() {
    for (number, told) in
        [SystemTime::now() + 2 * YEAR, SystemTime::now() - 2 * YEAR].into_iter().enumerate()
    {
        let wrong = Wrong::default();
        *wrong.clock.lock().unwrap() = told;
        let gateway = Double::start(&wrong);
        let terminal = joined(&format!("clock-wrong-{number}"), &gateway);
        let _running = terminal.start();
        terminal.wait_for_log("gateway answers");
        let right = SystemTime::now() + DAY;
        // Whatever it says first is dealt with before what it says later is kept.
        std::thread::park_timeout(Duration::from_secs(2));
        assert_eq!(kept(&terminal), None, "{told:?}");
        *wrong.clock.lock().unwrap() = right;
        wait_until_kept(&terminal, right);
    }
}

/// What the image runs before its time service.
fn raise(from: &Path, clock: &Path) {
    let script = repository().join("buildroot-overlay/usr/libexec/borne/raise-clock");
    assert!(Command::new(script).arg(from).arg(clock).status().unwrap().success());
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

fn file(folder: &Path, name: &str, time: SystemTime) -> PathBuf {
    let path = folder.join(name);
    File::create(&path).unwrap().set_modified(time).unwrap();
    path
}

#[test]
fn the_floor_of_the_clock_is_raised_and_never_lowered() {
    let here = crate::directory("raise-clock");
    let now = SystemTime::now();
    let (later, earlier) = (now + 30 * DAY, now - 30 * DAY);
    for (told, floor, expected) in
        [(later, Some(now), later), (earlier, Some(now), now), (later, None, later)]
    {
        let (from, clock) = (file(&here, "gateway", told), here.join("clock"));
        let _none_there = fs::remove_file(&clock);
        if let Some(floor) = floor {
            file(&here, "clock", floor);
        }
        raise(&from, &clock);
        assert_eq!(modified(&clock), expected);
    }
    let clock = file(&here, "clock", now);
    raise(&here.join("nowhere"), &clock);
    assert_eq!(modified(&clock), now, "the gateway was never heard");
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn the_image_raises_its_clock_before_its_time_service() {
    let overlay = repository().join("buildroot-overlay");
    let read = |path: &str| fs::read_to_string(overlay.join(path)).unwrap();
    let unit = read("usr/lib/systemd/system/systemd-timesyncd.service.d/20-clock.conf");
    let step = "ExecStartPre=-/usr/libexec/borne/raise-clock /data/gateway-time/gateway \
                /var/lib/systemd/timesync/clock";
    assert!(unit.lines().any(|line| line == step), "{unit}");
    let directories = read("usr/lib/tmpfiles.d/borne.conf");
    assert!(directories.contains("d /data/gateway-time"), "{directories}");
    let rights = read("usr/lib/systemd/system/kiosk-supervisor.service.d/20-rights.conf");
    assert!(rights.contains("-/data/gateway-time"), "{rights}");
}
