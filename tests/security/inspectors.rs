//! The inspectors of WebKit and GTK, asked for by the environment: nothing of it gets into the
//! cage, and no port opens.

use crate::scene::ports;
use borne_harness::agents::agent;
use borne_harness::report::attempt;
use borne_harness::settings::Settings;
use borne_harness::terminal::DISPLAY;
use borne_harness::visit::{INBOX, Visit};
use borne_harness::world::{World, say, world};
use borne_harness::{processes, wait_for};
use borne_ipc::Role;
use std::process::{Command, Stdio};

/// Whoever may set the environment of init's children asks for every inspector there is.
const ASKED: [(&str, &str); 6] = [
    ("WEBKIT_INSPECTOR_SERVER", "127.0.0.1:9222"),
    ("WEBKIT_INSPECTOR_HTTP_SERVER", "127.0.0.1:9223"),
    ("GTK_DEBUG", "interactive"),
    ("GTK_MODULES", "gail:atk-bridge"),
    ("GTK_INSPECTOR_DISPLAY", DISPLAY),
    ("WEBKIT_DEBUG", "all"),
];

/// Ports 9222 and 9223, as /proc writes them.
fn inspected() -> Vec<String> {
    ports().into_iter().filter(|line| line.ends_with(":2406") || line.ends_with(":2407")).collect()
}

/// The same engine in a browser that takes what it is given: its port opens, where the tests look.
fn port_would_be_seen(world: &World) {
    say("inspectors: positive control, a browser that heeds them");
    let display = world.terminal.display();
    let mut browser = Command::new("/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser");
    browser
        .arg("about:blank")
        .envs(ASKED.into_iter().take(2))
        .env("NO_AT_BRIDGE", "1")
        .env("GDK_BACKEND", "wayland");
    browser
        .env("WAYLAND_DISPLAY", display.file_name().unwrap())
        .env("XDG_RUNTIME_DIR", display.parent().unwrap());
    let mut browser =
        browser.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("start MiniBrowser");
    wait_for("an inspector's port", INBOX, || !inspected().is_empty());
    browser.kill().expect("end MiniBrowser");
    browser.wait().expect("reap MiniBrowser");
    wait_for("no inspector's port", INBOX, || inspected().is_empty());
}

#[test]
fn no_inspector_can_be_had_by_the_environment() {
    let world = world(Settings { environment: ASKED.to_vec(), ..Settings::default() });
    let [web, gtk] = [
        attempt(
            12,
            "WEBKIT_INSPECTOR_SERVER and WEBKIT_INSPECTOR_HTTP_SERVER in the environment of all daemons",
        ),
        attempt(
            13,
            "GTK_DEBUG=interactive, GTK_MODULES and GTK_INSPECTOR_DISPLAY in the environment of all daemons",
        ),
    ];
    let environment = |pid: i32| {
        let bytes = std::fs::read(format!("/proc/{pid}/environ")).expect("an environment");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let names =
        |text: &str| ASKED.iter().filter(|(name, _)| text.contains(&format!("{name}="))).count();
    let supervisor = world.terminal.status().units["supervisor"].pid.expect("a supervisor");
    assert_eq!(
        names(&environment(supervisor)),
        ASKED.len(),
        "positive control: the supervisor has them"
    );

    Visit::at(&world.terminal).log_in(&agent("a.martin"));
    // The filter is a daemon like the supervisor, and no program of GTK or WebKit: it has what it
    // is given and heeds none of it.
    let caged = world.terminal.processes_of(Role::Browser);
    assert!(caged.len() >= 4, "{caged:?}");
    for pid in caged {
        assert_eq!(names(&environment(pid)), 0, "{} has them", processes::name(pid));
    }
    assert_eq!(inspected(), Vec::<String>::new());
    Visit::here(&world.terminal).log_out();
    port_would_be_seen(&world);
    web.held();
    gtk.held();
    world.throw_terminal_away();
}
