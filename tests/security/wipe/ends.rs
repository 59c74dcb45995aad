//! Every way a session can end: what it left is found before, and nowhere after.

use super::traces::{Traces, wait_until_gone};
use borne_harness::agents::{Agent, agent};
use borne_harness::report::attempt;
use borne_harness::settings::{Lure, Settings};
use borne_harness::victim::{VICTIMS, Victim};
use borne_harness::visit::{SCREEN, START, Visit, hand_is_still};
use borne_harness::world::{World, say, world};
use borne_harness::{processes, wait_for};
use borne_ipc::Role;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Of the one whose traces are looked for.
const AGENT: &str = "e.benali";
/// Rest before the countdown: longer than planting and looking take on a busy machine.
const IDLE_S: u64 = 25;

fn settings() -> Settings {
    Settings { trap: Lure::Home, ..Settings::default() }
}

/// Logs in, plants, looks; lets `leave` end the session; looks again as soon as the terminal says
/// it is over.
#[track_caller]
fn nothing_is_left(world: &World, how: &str, leave: impl FnOnce(&mut Visit)) {
    let tried = attempt(
        24,
        "a word in every store of a page, badge, PIN, name and pixels, in memory and files, after every kind of end",
    );
    let agent = agent(AGENT);
    let (begun, trap, mut traces) = (Instant::now(), world.trap(), Traces::of(&agent));
    let mut visit = Visit::at(&world.terminal);
    traces.log_in(world, &mut visit, &agent);
    traces.plant(trap, &trap.page(), &visit);
    traces.look(world);
    traces.all_were_found();
    let (log, session, pictures) = (world.terminal.log_length(), session(world), pictures(world));
    assert!(!pictures.is_empty(), "sway holds no picture of the page");
    leave(&mut visit);
    wait_until_gone(&session);
    wait_for_rest(world, log, &pictures);
    traces.nothing_is_left(world, how);
    tried.held();
    say(&format!("wipe: nothing is left after {how} ({:.1} s)", begun.elapsed().as_secs_f64()));
    world.rest();
}

fn session(world: &World) -> Vec<i32> {
    [Role::Browser, Role::WaylandFilter]
        .into_iter()
        .flat_map(|role| world.terminal.processes_of(role))
        .collect()
}

/// The shared memory in which WebKit draws, as far as sway has it mapped.
fn pictures(world: &World) -> BTreeSet<u64> {
    let sway = world.terminal.status().units["sway"].pid;
    sway.map(|pid| processes::mapped(pid, "memfd:gdk-wayland")).unwrap_or_default()
}

/// The terminal has come out of the session, and all of its processes are there again. From the
/// first moment on at which it says so, sway must have let go of the page's pictures: a search of
/// all memory would come a second too late to see.
fn wait_for_rest(world: &World, log: usize, pictures_then: &BTreeSet<u64>) {
    wait_for("the terminal at rest", START, || {
        let seen = world.states(log);
        let at_rest = matches!(
            seen.last().map(String::as_str),
            Some("Idle" | "Message" | "OutOfService" | "Pin")
        );
        if at_rest {
            let held: Vec<u64> = pictures(world).intersection(pictures_then).copied().collect();
            assert!(held.is_empty(), "sway still holds pictures of the page after {seen:?}");
        }
        let all_there = world.terminal.status().units.values().all(|unit| unit.pid.is_some());
        if at_rest && all_there { Ok(()) } else { Err(seen) }
    });
}

#[test]
fn the_logout_button() {
    let world = world(settings());
    nothing_is_left(&world, "the button", |visit| visit.log_out());
}

#[test]
fn a_second_tap() {
    let (world, agent) = (world(settings()), agent(AGENT));
    nothing_is_left(&world, "a second tap", |visit| {
        hand_is_still();
        visit.tap(&agent);
    });
    hand_is_still();
}

#[test]
fn another_badge() {
    let (world, next): (World, Agent) = (world(settings()), agent("a.martin"));
    nothing_is_left(&world, "a switch", |visit| {
        visit.tap(&next);
        world.terminal.wait_for_state("Pin", SCREEN);
    });
}

#[test]
fn rest() {
    let world = world(Settings { idle_s: IDLE_S, countdown_s: 2, ..settings() });
    nothing_is_left(&world, "rest", |_| {
        world.terminal.wait_for_state("Idle", Duration::from_secs(IDLE_S + 10))
    });
}

#[test]
fn the_absolute_end() {
    let world = world(Settings { max_s: IDLE_S, ..settings() });
    nothing_is_left(&world, "the absolute end", |_| {
        world.terminal.wait_for_state("Message", Duration::from_secs(IDLE_S + 10));
    });
}

#[test]
fn an_order_of_it() {
    let world = world(settings());
    nothing_is_left(&world, "an order of IT", |_| {
        world.hall.bornectl(&["session", "end", AGENT], "").expect("end the session");
        world.terminal.wait_for_state("Message", Duration::from_secs(20));
    });
}

#[test]
fn a_reader_that_is_unplugged() {
    let world = world(settings());
    nothing_is_left(&world, "a reader unplugged", |_| {
        world.terminal.reader().unplug();
        world.terminal.wait_for_state("OutOfService", SCREEN);
        world.terminal.reader().plug();
    });
}

#[test]
fn the_death_of_any_process() {
    let world = world(settings());
    for victim in VICTIMS.into_iter().filter(|victim| *victim != Victim::Gateway) {
        wait_for("a browser in standby", START, || {
            let there = |name| Victim::InCage(name).pid(&world.terminal, &world.hall).is_some();
            there("WebKitWebProc") && there("WebKitNetwork")
        });
        nothing_is_left(&world, &format!("the death of {victim:?}"), |_| {
            let pid = victim.pid(&world.terminal, &world.hall).expect("a process to kill");
            processes::kill(pid);
        });
    }
}
