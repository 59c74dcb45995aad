//! The eyes and the hands on a bare compositor.

use super::{Init, SOON};
use borne_harness::init::Unit;
use borne_harness::screen::{Recording, Screen, settled};
use borne_harness::{input::Input, wait_for};
use borne_ipc::Role;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn compositor(name: &str) -> (Init, PathBuf) {
    // The init's own directory, which goes with it.
    let directory = PathBuf::from(format!("/var/tmp/borne/init-{}-{name}", std::process::id()));
    let configuration = directory.join("sway.conf");
    fs::create_dir_all(&directory).unwrap();
    fs::write(
        &configuration,
        "output * resolution 320x200\noutput * bg #204060 solid_color\nxwayland disable\n",
    )
    .unwrap();
    let run = directory.join("run");
    let sway = Unit::of(Role::Compositor, "sway", "/usr/bin/sway".as_ref())
        .arg("--config")
        .arg(configuration.display())
        .env("XDG_RUNTIME_DIR", run.display())
        .env("WLR_BACKENDS", "headless")
        .env("WLR_LIBINPUT_NO_DEVICES", 1)
        .env("WLR_RENDERER", "pixman");
    let init = Init::start(name, vec![sway]);
    (init, run.join("wayland-1"))
}

#[test]
fn a_picture_shows_what_the_compositor_shows() {
    let (_init, socket) = compositor("picture");
    let frame = wait_for("the background", SOON * 2, || {
        let frame = Screen::connect(&socket)
            .and_then(|mut screen| screen.frame())
            .map_err(|error| error.to_string())?;
        let pixel = frame.pixel(160, 100);
        if pixel == [0x20, 0x40, 0x60] { Ok(frame) } else { Err(format!("{pixel:02x?}")) }
    });
    assert_eq!((frame.width, frame.height), (320, 200));
}

#[test]
fn a_recording_holds_every_change_and_when_it_came() {
    let (init, socket) = compositor("recording");
    wait_for("the compositor", SOON * 2, || {
        Screen::connect(&socket).and_then(|mut screen| screen.frame())
    });
    let recording = Recording::start(&socket, None).unwrap();
    let ipc = || {
        fs::read_dir(init.directory.join("run"))
            .unwrap()
            .flatten()
            .find(|entry| entry.path().extension().is_some_and(|e| e == "sock"))
    };
    let ipc = wait_for("sway's own socket", SOON, ipc).path();
    let begun = std::time::Instant::now();
    let status = Command::new("swaymsg")
        .arg("-s")
        .arg(&ipc)
        .args(["output", "*", "bg", "#ff0000", "solid_color"])
        .status();
    assert!(status.unwrap().success());
    wait_for("the change", SOON, || {
        let pixel = Screen::connect(&socket).unwrap().frame().unwrap().pixel(10, 10);
        if pixel == [255, 0, 0] { Ok(()) } else { Err(pixel) }
    });
    let frames = recording.stop().unwrap();
    assert_eq!(frames.last().unwrap().pixel(10, 10), [255, 0, 0]);
    assert!(settled(&frames, None).unwrap() > begun, "the last look came after the order");
}

#[test]
fn the_hands_reach_the_seat() {
    let (_init, socket) = compositor("hands");
    let mut hands = wait_for("a pointer", SOON * 2, || Input::connect(&socket, (320, 200)));
    hands.click(10, 10).unwrap();
    hands.scroll(10.0).unwrap();
    hands.type_text("é a\n").unwrap();
}
