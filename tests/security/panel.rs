//! The small display and who holds the header: what they show of a person, and what a program in the
//! panel's place can reach.

use borne_harness::agents::agent;
use borne_harness::header::{Oled, now};
use borne_harness::pn532::Kind;
use borne_harness::settings::Settings;
use borne_harness::visit::{SCREEN, Visit, hand_is_still};
use borne_harness::world::{World, say, world};
use borne_harness::{report, wait_for};
use borne_ipc::{Group, Role};
use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The pictures of `tests/panel`: every one that the panel has words for, none with a name.
fn kept() -> HashSet<Vec<bool>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("panel/pictures");
    let files = std::fs::read_dir(directory).unwrap().flatten();
    let dots = |path: &Path| {
        let picture = image::open(path).unwrap().to_luma8();
        picture.pixels().map(|dot| dot.0[0] > 127).collect()
    };
    files.map(|file| dots(&file.path())).collect()
}

/// A picture whose frame is not half on the bus: the same at two looks.
fn watch(world: &World, until: &AtomicBool) -> Vec<Oled> {
    let mut seen: Vec<Oled> = Vec::new();
    let mut last = None;
    while !until.load(Ordering::SeqCst) {
        let look = world.terminal.header().oled();
        if last.as_ref() == Some(&look) && seen.last() != Some(&look) {
            seen.push(look.clone());
        }
        last = Some(look);
        std::thread::park_timeout(Duration::from_millis(15));
    }
    seen
}

/// Ends the watching when it is dropped.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn the_display_shows_nobodys_name_before_in_or_after_a_session() {
    let world = world(Settings::default());
    let attempt = report::attempt(
        24,
        "the panel's display and its memory in a whole visit: only pictures that name nobody",
    );
    let (kept, over) = (kept(), AtomicBool::new(false));
    let seen = std::thread::scope(|scope| {
        let eyes = scope.spawn(|| watch(&world, &over));
        let _also_when_it_fails = Over(&over);
        let log = world.terminal.log_length();
        let mut visit = Visit::at(&world.terminal);
        visit.tap(&agent("e.benali"));
        visit.pin("000000");
        wait_for("the pad again", SCREEN, || {
            world.states(log).iter().filter(|state| *state == "Pin").count() >= 2
        });
        visit.pin(&agent("e.benali").pin);
        world.terminal.wait_for_state("Active", borne_harness::visit::INBOX);
        visit.log_out();
        let since = now();
        wait_for("the end of the goodbye", SCREEN, || now() > since + Duration::from_secs(5));
        over.store(true, Ordering::SeqCst);
        eyes.join().unwrap()
    });
    for picture in &seen {
        let nothing = picture.lit() == 0;
        assert!(nothing || kept.contains(&picture.dots), "{} dots", picture.lit());
        // What is in its memory is what is lit: nothing waits there for another to light it.
        let bits: u32 = picture.memory.iter().map(|byte| byte.count_ones()).sum();
        assert!(nothing || bits as usize == picture.lit(), "{bits} bits, {} lit", picture.lit());
    }
    assert!(seen.len() >= 5, "{} pictures", seen.len());
    say(&format!("panel: {} pictures in a visit, each of them one of {}", seen.len(), kept.len()));
    hand_is_still();
    attempt.held();
}

/// Runs a command as the panel's user, where the panel runs, before anything that the panel gives
/// up by itself: what its user and its groups alone reach.
fn as_the_panel(world: &World, command: &str) -> bool {
    let groups = format!("{},{}", Group::Ipc.gid(), Group::I2c.gid());
    let user = Role::Panel.uid();
    let enter = world.terminal.header().enter();
    let mut line = Command::new(&enter[0]);
    line.args(&enter[1..]).args(["setpriv", "--no-new-privs", "--bounding-set=-all"]);
    line.args(["--inh-caps=-all", "--ambient-caps=-all"]);
    line.args([format!("--reuid={user}"), format!("--regid={user}"), format!("--groups={groups}")]);
    line.args(["bash", "-c", command])
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap()
        .success()
}

#[test]
fn a_program_in_the_panels_place_reaches_the_header_and_nothing_else() {
    let world = world(Settings { watched: false, ..Settings::default() });
    let attempt = report::attempt(
        55,
        "a program of the panel's user: secrets, other processes, the screen, the reader's line, the gateway",
    );
    let run = world.terminal.run_dir();
    let (run, home) = (run.display(), world.terminal.directory().display());
    // The control: what it has, it reaches.
    for command in ["exec 3<>/dev/gpiomem", "exec 3<>/dev/i2c-1", "exec 3<>/dev/gpiochip0"] {
        assert!(as_the_panel(&world, command), "{command}");
    }
    for command in [
        format!("cat {home}/data/*"),
        format!("cat {home}/etc/terminal.toml"),
        format!("ls {run}/wayland"),
        format!("ls {run}/egress"),
        format!("ls {run}/start"),
        format!("exec 3<>{home}/reader/tty"),
        format!("cat {home}/log/supervisor.log"),
        "cat /proc/$(pgrep -n kiosk-superviso)/environ".to_owned(),
        "kill -0 $(pgrep -n kiosk-reader)".to_owned(),
        "kill -0 $(pgrep -n kiosk-shell)".to_owned(),
        "exec 3<>/dev/input/event0".to_owned(),
    ] {
        assert!(!as_the_panel(&world, &command), "{command}");
    }
    attempt.held();
}

#[test]
fn a_panel_whose_bus_hangs_keeps_nobody_from_logging_in_and_out() {
    let world = world(Settings::default());
    world.terminal.header().order("bus hang");
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("a.martin"));
    visit.log_out();
    world.terminal.header().order("bus go");
    world.terminal.reader().lay(Kind::Classic1k, "00000000");
    wait_for("an unknown badge is refused as ever", SCREEN, || {
        world.terminal.state().as_deref() == Some("Message")
    });
    world.terminal.reader().lift();
    world.rest();
}
