//! The panel: how soon it answers a badge, and what it costs while nobody is there.

use crate::memory;
use crate::numbers::Numbers;
use borne_harness::header::{BUZZER, now};
use borne_harness::terminal::Terminal;
use borne_harness::wait_for;
use borne_ipc::Role;
use std::time::Duration;

/// How long it is watched doing nothing.
const WATCHED: Duration = Duration::from_secs(10);

/// From the moment the badge lay there to the buzzer's first edge.
pub fn beep_after(terminal: &Terminal, laid: Duration) -> Option<Duration> {
    let edges = terminal.header().edges(0);
    let beep = edges.iter().find(|edge| edge.pin == BUZZER && edge.high && edge.at >= laid)?;
    Some(beep.at - laid)
}

/// Memory, idle time of all its threads, and one frame at the pace of a bus at 400 kHz.
pub fn measure(terminal: &Terminal, numbers: &mut Numbers) {
    let pid = terminal.status().units.get("panel").and_then(|unit| unit.pid).expect("a panel");
    numbers.add("panel_pss_mb", "MB", memory::of_users(&[Role::Panel.uid()]));
    let (begun, before) = (now(), worked(pid));
    wait_for("ten seconds", WATCHED * 2, || now() >= begun + WATCHED);
    let (wall, work) = (now() - begun, worked(pid) - before);
    numbers.add("panel_idle_cpu_percent", "%", work.as_secs_f64() / wall.as_secs_f64() * 100.0);
    let header = terminal.header();
    let seen = header.frame();
    header.order("bus pace");
    // A display that was away is set up and drawn again.
    let missed = || terminal.log("panel").matches("unplugged").count();
    let before = missed();
    header.order("bus unplug");
    wait_for("the display to be missed", WATCHED, || missed() > before);
    header.order("bus plug");
    wait_for("a frame", WATCHED, || header.oled().on && header.frame() != seen);
    let frame = now();
    wait_for("all of the frame", WATCHED, || now() > frame + Duration::from_millis(200));
    numbers.add("oled_frame_ms", "ms", header.frame().as_secs_f64() * 1000.0);
    header.order("bus fast");
}

/// The processor's time of all its threads (`schedstat` of proc(5), in nanoseconds).
fn worked(pid: i32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
