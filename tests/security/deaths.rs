//! What is killed in a session takes the session with it: no desktop, no frame of the page, nothing
//! left. `flow/deaths` kills every process in every state; here is what is seen meanwhile.

use crate::outputs::{below_the_clock, shows_a_page};
use borne_harness::agents::agent;
use borne_harness::report::attempt;
use borne_harness::screen::{Recording, Screen};
use borne_harness::settings::{Lure, Settings};
use borne_harness::visit::{INBOX, SCREEN, START, Visit};
use borne_harness::world::{World, say, world};
use borne_harness::{processes, touch, wait_for};
use borne_ipc::Role;
use std::time::Duration;

/// From a death, or from Logout, to the end of everything of the session.
const OVER: Duration = Duration::from_secs(5);

fn trapped() -> Settings {
    Settings { trap: Lure::Home, ..Settings::default() }
}

fn pages(world: &World) -> Vec<i32> {
    let mut pids = world.terminal.processes_of(Role::Browser);
    pids.retain(|pid| processes::name(*pid).starts_with("WebKitWebProc"));
    pids
}

/// The session's processes are gone, the gateway knows of none, and the screen shows none.
#[track_caller]
fn over(world: &World, session: &[i32]) {
    wait_for("the end of the session's processes", OVER, || {
        let left: Vec<_> = session.iter().filter(|pid| processes::alive(**pid)).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    });
    world.wait_for_no_session(OVER);
    wait_for("no page on the screen", OVER, || !shows_a_page(&world.terminal.look()));
}

fn session_of(world: &World) -> Vec<i32> {
    [Role::Browser, Role::WaylandFilter]
        .into_iter()
        .flat_map(|role| world.terminal.processes_of(role))
        .collect()
}

#[test]
fn a_page_whose_process_is_killed_is_covered_at_once_and_never_seen_again() {
    let world = world(trapped());
    let trap = world.trap();
    let tried = attempt(41, "kill -9 of the web process; every frame from then on");
    Visit::at(&world.terminal).log_in(&agent("a.martin"));
    assert!(trap.page().lives());
    let session = session_of(&world);
    let recording = Recording::start(&world.terminal.display(), None).expect("record");
    let log = world.terminal.log_length();
    pages(&world).into_iter().for_each(processes::kill);
    world.wait_for_log(log, "message notice=PageCrashed", OVER);
    over(&world, &session);
    let frames = recording.stop().expect("frames");
    assert!(shows_a_page(&frames[0]), "positive control: the recording saw the page");
    let covered = frames.iter().position(|frame| !shows_a_page(frame)).expect("it is covered");
    assert!(!frames[covered..].iter().any(shows_a_page), "the page came back");
    tried.held();
    world.rest();
}

#[test]
fn a_page_that_hangs_or_is_greedy_holds_up_nobody() {
    let world = world(trapped());
    let trap = world.trap();
    for (what, script) in [
        (
            "a page in an endless loop: Logout within its deadline",
            "setTimeout(() => { for (;;); }); return 1",
        ),
        (
            "a page in an endless loop that also draws and rewrites its history: the same",
            "setTimeout(() => { for (;;) { document.title = Math.random(); document.body.append('x'); \
             try { history.pushState(0, '', '/'); } catch {} } }); return 1",
        ),
    ] {
        say(&format!("deaths: {what}"));
        let tried = attempt(41, what);
        let mut visit = Visit::at(&world.terminal);
        visit.log_in(&agent("a.martin"));
        let page = trap.page();
        assert_eq!(page.run(script), "1");
        let session = session_of(&world);
        let busy = || pages(&world).iter().map(|pid| processes::ticks(*pid)).sum::<u64>();
        let before = busy();
        // A tenth of a second of work: the loop is on.
        wait_for("the page to be busy", SCREEN, || busy() > before + 10);
        visit.log_out();
        over(&world, &session);
        tried.held();
    }
    world.rest();
}

#[test]
fn a_page_that_eats_memory_is_killed_alone_and_the_session_goes_on() {
    let world = world(trapped());
    let trap = world.trap();
    let tried = attempt(
        41,
        "a page that takes 2 GB, three times: killed by its limit, words about it, its first page again by Back",
    );
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("a.martin"));
    for _ in 0..3 {
        let before = pages(&world);
        trap.page().send(
            "const kept = []; for (let n = 0; n < 256; n++) { kept.push(new Uint8Array(8 << 20).fill(n + 1)); \
             await new Promise(done => setTimeout(done)); } window.kept = kept; return kept.length",
        );
        let gone = Duration::from_secs(60);
        wait_for("the greedy process gone", gone, || {
            !before.iter().any(|pid| processes::alive(*pid))
        });
        let button = visit.wait_for_picture("words about it", SCREEN, touch::notice);
        assert_eq!(world.terminal.state().as_deref(), Some("Active"));
        trap.forget_pages();
        visit.click(button);
        assert!(trap.page().lives(), "the first page is there again");
    }
    tried.held();
    visit.log_out();
    world.rest();
}

#[test]
fn a_compositor_or_a_shell_that_is_killed_leaves_no_desktop_and_no_page() {
    let world = world(Settings::default());
    let idle = below_the_clock(&world.terminal.look());
    for unit in ["shell", "sway"] {
        say(&format!("deaths: {unit}"));
        let tried = attempt(
            42,
            &format!("kill -9 of {unit} in a session; what is seen until it is idle again"),
        );
        world.rest();
        Visit::at(&world.terminal).log_in(&agent("b.lefevre"));
        let session = session_of(&world);
        let display = world.terminal.display();
        world.terminal.kill(unit);
        wait_for("the idle screen or a message", START, || {
            let Ok(frame) = Screen::connect(&display).and_then(|mut screen| screen.frame()) else {
                return false;
            };
            let ours = below_the_clock(&frame) == idle
                || touch::middle_of_accent(&frame, 400..800).is_some();
            ours && !shows_a_page(&frame)
        });
        over(&world, &session);
        world.rest();
        wait_for("the idle screen", INBOX, || below_the_clock(&world.terminal.look()) == idle);
        tried.held();
    }
}
