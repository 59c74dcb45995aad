//! A PIN is in memory while it is checked, and nowhere once it was.

use borne_harness::agents::agent;
use borne_harness::settings::Settings;
use borne_harness::visit::{INBOX, SCREEN, Visit};
use borne_harness::world::{World, say, world};
use borne_harness::{processes, report, wait_for};
use borne_ipc::Role;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

/// How often a text is in the writable memory of a process.
fn count(pid: i32, text: &str) -> usize {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let Ok(memory) = File::open(format!("/proc/{pid}/mem")) else { return 0 };
    let ranges = maps.lines().filter(|line| line.contains(" rw")).filter_map(|line| {
        let (begin, end) = line.split(' ').next()?.split_once('-')?;
        Some((u64::from_str_radix(begin, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
    });
    let mut found = 0;
    for (begin, end) in ranges {
        let mut bytes = vec![0; usize::try_from(end - begin).unwrap_or(0).min(256 << 20)];
        if memory.read_exact_at(&mut bytes, begin).is_ok() {
            found += bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
        }
    }
    found
}

/// Who sees the PIN on its way, and who should not.
fn everyone(world: &World) -> Vec<(&'static str, i32)> {
    let status = world.terminal.status();
    let mut all: Vec<_> = ["supervisor", "shell", "reader", "egress", "panel"]
        .into_iter()
        .map(|name| (name, status.units.get(name).and_then(|unit| unit.pid).expect("a unit")))
        .collect();
    all.push(("gateway", world.hall.gateway().expect("a gateway")));
    all.extend(
        world
            .terminal
            .processes_of(Role::WaylandFilter)
            .into_iter()
            .map(|pid| ("wayland-filter", pid)),
    );
    all
}

/// Goes on when it is dropped, also when the test fails.
struct Stopped(Pid);

impl Stopped {
    fn stop(pid: i32) -> Self {
        let pid = Pid::from_raw(pid).expect("a pid");
        kill_process(pid, Signal::STOP).expect("stop the gateway");
        Self(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _gone_already = kill_process(self.0, Signal::CONT);
    }
}

#[test]
fn holds_no_pin_once_it_was_checked() {
    let world = world(Settings::default());
    let agent = agent("k.traore");
    let attempt = report::attempt(
        54,
        "the PIN in the memory of shell, supervisor, reader, egress, filter and gateway after a login",
    );
    let mut visit = Visit::at(&world.terminal);
    visit.tap(&agent);
    world.terminal.wait_for_state("Pin", SCREEN);
    let gateway = world.hall.gateway().expect("a gateway");
    let supervisor = world
        .terminal
        .status()
        .units
        .get("supervisor")
        .and_then(|unit| unit.pid)
        .expect("a supervisor");
    let stopped = Stopped::stop(gateway);
    visit.pin(&agent.pin);
    // The control: while nobody answers, the PIN is there, and is found.
    wait_for("the PIN in the supervisor's memory", Duration::from_secs(5), || {
        count(supervisor, &agent.pin) > 0
    });
    drop(stopped);
    world.terminal.wait_for_state("Active", INBOX);
    for (name, pid) in everyone(&world) {
        let found = count(pid, &agent.pin);
        assert_eq!(found, 0, "the PIN is in the memory of the {name} ({})", processes::name(pid));
    }
    say("memory: the PIN was in the supervisor while it was checked, and is nowhere now");
    visit.log_out();
    attempt.held();
}
