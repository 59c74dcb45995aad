//! PIN, badge number, tickets and cookies of a visit are where they are needed and nowhere else: in
//! no argument list, no environment, no log, and never in a core file.

use borne_harness::agents::{Agent, agent};
use borne_harness::processes;
use borne_harness::settings::Settings;
use borne_harness::stolen::Stolen;
use borne_harness::visit::Visit;
use borne_harness::world::{World, say, world};
use borne_ipc::Role;
use std::fs;
use std::path::{Path, PathBuf};

/// The first number of the users of this project, and one above the last.
const USERS: std::ops::Range<u32> = 60900..61000;

#[test]
fn of_a_visit_are_in_no_argument_environment_or_log() {
    let world = world(Settings::default());
    let agent = agent("k.traore");
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent);
    let stolen = Stolen::from(&world, &agent);
    let secrets = secrets(&agent, &stolen);
    let ours = ours(&world);
    assert!(ours.len() > 10, "the project's processes are found: {}", ours.len());
    for pid in &ours {
        for file in ["cmdline", "environ"] {
            let Ok(bytes) = fs::read(format!("/proc/{pid}/{file}")) else { continue };
            none_in(
                &secrets,
                &String::from_utf8_lossy(&bytes),
                &format!("{file} of {}", processes::name(*pid)),
            );
        }
    }
    say(&format!("secrets: {} processes have none in their arguments or environment", ours.len()));
    visit.log_out();

    none_in(&secrets, &world.terminal.logs(), "the terminal's logs");
    none_in(&secrets, &world.hall.log(), "the gateway's log");
    let mut logs = Vec::new();
    files(&world.hall.town().state().join("log"), &mut logs);
    assert!(!logs.is_empty(), "the town's logs are found");
    for path in &logs {
        let text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        none_in(&secrets, &text, &path.display().to_string());
        // tests/town/README: SOGo itself writes the addresses it is called by, with the service
        // ticket of a login (spent by then) and the proxy-granting ticket (dead with the session).
        let kinds: &[&str] = if path.ends_with("sogo.log") { &[] } else { &["ST-", "PT-", "PGT-"] };
        kinds.iter().for_each(|kind| {
            assert!(!has_ticket(&text, kind), "a {kind} ticket in {}", path.display())
        });
    }
    for kind in ["ST-", "PT-", "PGT-"] {
        assert!(
            !has_ticket(&world.hall.log(), kind) && !has_ticket(&world.terminal.logs(), kind),
            "a {kind} ticket"
        );
    }
    say(&format!(
        "secrets: none in the logs of the terminal, the gateway and the town ({} files)",
        logs.len()
    ));
}

#[test]
fn of_a_visit_are_in_no_core_file_for_there_can_be_none() {
    let world = world(Settings::default());
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent("k.traore"));
    for pid in ours(&world) {
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap_or_default();
        let Some(line) = limits.lines().find_map(|line| line.strip_prefix("Max core file size"))
        else {
            continue;
        };
        // One byte, where it is not none: then the kernel pipes nothing to a handler either
        // (core(5)).
        let least = line.split_whitespace().take(2).all(|limit| matches!(limit, "0" | "1"));
        assert!(least, "{} may leave a core file: {line}", processes::name(pid));
    }
    let supervisor = world
        .terminal
        .status()
        .units
        .get("supervisor")
        .and_then(|unit| unit.pid)
        .expect("a supervisor");
    for (what, pid) in
        [("supervisor", supervisor), ("gateway", world.hall.gateway().expect("a gateway"))]
    {
        // proc(5): what may not be dumped belongs to root, whoever runs it.
        let owner = fs::metadata(format!("/proc/{pid}/environ"))
            .map(|data| std::os::unix::fs::MetadataExt::uid(&data));
        assert_eq!(owner.expect("look at the process"), 0, "the {what} may be dumped");
    }
    visit.log_out();
}

/// Name and text of each secret; the name goes into the failure, the text never.
fn secrets(agent: &Agent, stolen: &Stolen) -> Vec<(&'static str, String)> {
    vec![
        ("the badge's number", agent.badge.clone()),
        ("the PIN", agent.pin.clone()),
        ("SOGo's cookie", stolen.value().to_owned()),
    ]
}

fn none_in(secrets: &[(&'static str, String)], text: &str, place: &str) {
    for (name, secret) in secrets {
        let (text, secret) = (text.to_lowercase(), secret.to_lowercase());
        // Six digits after a point are the fraction of a second.
        let there = text.match_indices(&secret).any(|(at, _)| !text[..at].ends_with('.'));
        assert!(
            !there && !text.contains("__Host-borne="),
            "{name} or the SSO cookie is in {place}"
        );
    }
}

/// A ticket is its kind and 43 letters; `ST-` alone is a word of a message.
fn has_ticket(text: &str, kind: &str) -> bool {
    let long = |rest: &str| {
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).count() >= 40
    };
    text.match_indices(kind).any(|(at, _)| text.get(at + kind.len()..).is_some_and(long))
}

/// The processes of the terminal, the gateway and the browser's cage.
fn ours(world: &World) -> Vec<i32> {
    let mut pids = processes::all();
    pids.retain(|pid| processes::owner(*pid).is_some_and(|uid| USERS.contains(&uid)));
    // The agent needs an image's slots, and tests/agent starts it; no PIN, ticket or name comes
    // near it.
    let mut roles = Role::ALL.iter().filter(|role| **role != Role::Agent);
    assert!(
        roles.all(|role| !world.terminal.processes_of(*role).is_empty()),
        "a session of all processes"
    );
    pids
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.path().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}
