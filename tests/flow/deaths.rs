//! `kill -9` of any process, in any state: the terminal is idle again (or says why not) within five
//! seconds, the session is over at the gateway and at SOGo, and nothing of it is left on the
//! machine.

use borne_harness::agents::{Agent, agent};
use borne_harness::screen::{Frame, Screen};
use borne_harness::settings::Settings;
use borne_harness::stolen::Stolen;
use borne_harness::victim::{VICTIMS, Victim};
use borne_harness::visit::{INBOX, SCREEN, START, Visit};
use borne_harness::world::{World, say, world};
use borne_harness::{processes, touch, try_wait_for, wait_for};
use borne_ipc::{Role, paths};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What issue and design promise.
const BACK: Duration = Duration::from_secs(5);

/// States with a session whose agent the caller need not name.
const SESSION: [&str; 2] = ["Starting", "Ending"];

/// Kills every victim in the state that `reach` brings about, and prints the slowest return.
fn each_dies(state: &str, agent: Option<&Agent>, reach: impl Fn(&World, &mut Visit)) {
    let world = world(Settings::default());
    wait_for_standby(&world);
    let before = traces(&world);
    let mut slowest = (Duration::ZERO, Victim::Unit("nobody"));
    let mut late = Vec::new();
    for victim in VICTIMS {
        world.rest();
        wait_for_standby(&world);
        let mut visit = Visit::at(&world.terminal);
        reach(&world, &mut visit);
        let stolen = agent.map(|agent| Stolen::from(&world, agent));
        match dies(&world, state, victim, agent.is_some() || SESSION.contains(&state)) {
            Ok(time) if time > slowest.0 => slowest = (time, victim),
            Ok(_) => {}
            Err(what) => late.push(format!("{victim:?}: {what}")),
        }
        if let Some(stolen) = stolen {
            stolen.wait_until_refused(&world, BACK);
        }
        assert!(touch::logout(&screen(&world)).is_none(), "{victim:?}: the page is still shown");
    }
    say(&format!(
        "deaths in {state}: the slowest return took {:.2} s, after {:?}",
        slowest.0.as_secs_f64(),
        slowest.1
    ));
    assert!(late.is_empty(), "in {state}: {late:#?}");
    world.rest();
    wait_for_standby(&world);
    let left = wait_for("nothing to be left", BACK, || {
        let left: Vec<_> = traces(&world).difference(&before).cloned().collect();
        if left.is_empty() { Ok(left) } else { Err(left) }
    });
    assert!(left.is_empty());
}

/// Kills one and waits for the return; how long it took.
fn dies(world: &World, state: &str, victim: Victim, logged_in: bool) -> Result<Duration, String> {
    let Some(pid) = victim.pid(&world.terminal, &world.hall) else {
        // The wipe was quicker than this test; anywhere else everybody must be there.
        say(&format!("deaths in {state}: {victim:?} was gone before"));
        if state != "Ending" {
            return Err("it does not run".to_owned());
        }
        world.rest();
        return Ok(Duration::ZERO);
    };
    let (log, terminal) = (world.terminal.log_length(), &world.terminal);
    let session: Vec<i32> = [Role::Browser, Role::WaylandFilter]
        .into_iter()
        .flat_map(|role| terminal.processes_of(role))
        .collect();
    let begun = Instant::now();
    processes::kill(pid);
    let back = try_wait_for("the return", BACK, || {
        let seen = world.states(log);
        let at_rest = match seen.last() {
            Some(last) => matches!(last.as_str(), "Idle" | "Message" | "OutOfService"),
            // A supervisor that comes back says so; another death may leave the state as it is.
            None if logged_in => world.terminal.state().as_deref() == Some("Idle"),
            None => victim != Victim::Unit("supervisor"),
        };
        let left: Vec<_> =
            session.iter().filter(|pid| logged_in && processes::alive(**pid)).collect();
        let sessions = world.hall.sessions();
        let over = sessions.as_ref().is_ok_and(Vec::is_empty);
        let again = match victim {
            Victim::Unit(_) | Victim::Gateway => {
                victim.pid(&world.terminal, &world.hall).is_some_and(|new| new != pid)
            }
            _ => !processes::alive(pid),
        };
        if at_rest && left.is_empty() && over && again {
            Ok(())
        } else {
            Err(format!(
                "states {seen:?}, processes left {left:?}, sessions {sessions:?}, dead {again}"
            ))
        }
    });
    back.map_err(|late| late.to_string())?;
    let time = begun.elapsed();
    say(&format!("deaths in {state}: {victim:?} {:.2} s", time.as_secs_f64()));
    Ok(time)
}

/// What is on the screen, as soon as there is a compositor again.
fn screen(world: &World) -> Frame {
    let display = world.terminal.display();
    wait_for("a picture", START, || Screen::connect(&display).and_then(|mut screen| screen.frame()))
}

/// The browser of the next session is warm: only then the machine is as it was before.
fn wait_for_standby(world: &World) {
    wait_for("a browser in standby", START, || {
        let pids = world.terminal.processes_of(Role::Browser);
        let names: Vec<String> = pids.into_iter().map(processes::name).collect();
        let has = |name: &str| names.iter().any(|other| other.starts_with(name));
        let log = world.terminal.log("supervisor");
        let ends = ["sandbox wiped", "sandbox ended by itself", "gateway answers"];
        let warm =
            log.rfind("browser in standby") > ends.iter().filter_map(|end| log.rfind(end)).max();
        if warm && has("WebKitWebProc") && has("WebKitNetwork") { Ok(()) } else { Err(names) }
    });
}

/// What a session could leave on the machine: files and sockets of the terminal's users (numbers in
/// their names taken out, each with its count), and mounts.
fn traces(world: &World) -> BTreeSet<String> {
    let run = world.terminal.run_dir();
    let mut places =
        ["supervisor", "egress", "filter", "wayland"].map(|name| run.join(name)).to_vec();
    places.extend(["/tmp", "/dev/shm", "/run", "/var/tmp"].map(PathBuf::from));
    let mut counts = BTreeMap::<String, u32>::new();
    for entry in places.iter().flat_map(fs::read_dir).flatten().flatten() {
        let owner =
            fs::symlink_metadata(entry.path()).ok().and_then(|data| Role::from_uid(data.uid()));
        // A killed sway leaves the socket of its own commands, on which nobody listens: no session
        // has to do with it.
        if owner.is_some_and(|owner| owner != Role::Compositor) {
            let path = entry.path().display().to_string();
            *counts
                .entry(path.chars().filter(|letter| !letter.is_ascii_digit()).collect())
                .or_default() += 1;
        }
    }
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mounts = mounts.lines().map(|line| format!("mount {line}"));
    counts.into_iter().map(|(path, count)| format!("{count} × {path}")).chain(mounts).collect()
}

#[test]
fn while_nobody_is_there() {
    each_dies("Idle", None, |_, _| {});
}

#[test]
fn while_the_pin_is_typed() {
    each_dies("Pin", None, |world, visit| {
        visit.tap(&agent("f.girard"));
        world.terminal.wait_for_state("Pin", SCREEN);
    });
}

#[test]
fn while_the_mailbox_opens() {
    let agent = agent("f.girard");
    each_dies("Starting", None, |world, visit| {
        visit.tap(&agent);
        visit.pin(&agent.pin);
        wait_for("the opening", INBOX, || {
            matches!(world.terminal.state().as_deref(), Some("Starting" | "Active"))
        });
    });
}

#[test]
fn while_the_agent_reads() {
    let agent = agent("f.girard");
    each_dies("Active", Some(&agent), |_, visit| visit.log_in(&agent));
}

#[test]
fn while_the_session_is_wiped() {
    let agent = agent("f.girard");
    each_dies("Ending", None, |world, visit| {
        visit.log_in(&agent);
        let at = visit.wait_for_picture("the Logout button", SCREEN, touch::logout);
        let log = world.terminal.log_length();
        visit.click(at);
        world.wait_for_log(log, "state=\"Ending\"", SCREEN);
    });
}

/// An init that is slow, as a busy board's: the connections are made and nobody is started for them
/// yet.
fn waiting_for_the_init(world: &World) -> processes::Paused {
    wait_for_standby(world);
    let paused = processes::pause(vec![world.terminal.init()]);
    world.terminal.processes_of(Role::Browser).into_iter().for_each(processes::kill);
    wait_for("the end of the browser", BACK, || {
        world.terminal.processes_of(Role::Browser).is_empty()
    });
    // A connection that nobody has accepted yet has the socket's name, in the network of who made
    // it.
    let socket = paths::cage_start(&world.terminal.run_dir()).display().to_string();
    let supervisor = world.terminal.status().units["supervisor"].pid.expect("a supervisor");
    wait_for("a connection that waits for the init", BACK, || {
        fs::read_to_string(format!("/proc/{supervisor}/net/unix"))
            .unwrap_or_default()
            .contains(&socket)
    });
    paused
}

/// How many cages have been, and whether there is one browser now.
fn cages(world: &World) -> (u32, usize) {
    let outside = world.terminal.processes_of(Role::Browser).into_iter();
    let init = world.terminal.init();
    let starts = world.terminal.status().units["cage"].starts;
    (starts, outside.filter(|pid| processes::parent(*pid) == Some(init)).count())
}

#[test]
fn a_cage_that_the_init_starts_too_late_comes_to_nothing() {
    let world = world(Settings::default());
    let log = world.terminal.log_length();
    let paused = waiting_for_the_init(&world);
    let (before, _) = cages(&world);
    world.wait_for_log(log, "nothing of this attempt may come any more", BACK * 3);
    // The proof cannot be had while something of it may still come up, and no other attempt begins
    // before.
    assert!(
        !world.terminal.log_since(log).contains("browser did not start"),
        "given up before it was gone"
    );
    let late = world.terminal.log_length();
    drop(paused);
    world.wait_for_log(late, "browser did not start", BACK);
    world.wait_for_log(late, "browser in standby", START);
    assert_eq!(cages(&world), (before + 2, 1), "the late one, then one that stays");
    world.rest();
}

#[test]
fn a_cage_of_a_supervisor_that_has_died_comes_to_nothing() {
    let world = world(Settings::default());
    let paused = waiting_for_the_init(&world);
    let (before, _) = cages(&world);
    let log = world.terminal.log_length();
    processes::kill(world.terminal.status().units["supervisor"].pid.expect("a supervisor"));
    drop(paused);
    world.wait_for_log(log, "browser in standby", START);
    assert_eq!(cages(&world), (before + 2, 1), "the dead one's, then one that stays");
    let told = world.terminal.log_since(log);
    assert_eq!(told.matches("browser in standby").count(), 1, "{told}");
    world.rest();
}
