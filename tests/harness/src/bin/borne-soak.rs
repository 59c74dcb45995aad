//! `borne-soak [SESSIONS]`: many sessions in a row on one terminal (`make soak`); what its
//! long-lived processes have grown by.
//!
//! Duties: tap, PIN, inbox, logout, again and again; measure at rest; add `soak_sessions` and
//! `soak_drift_percent` to target/security.json; fail when a process has grown by more than
//! [`MOST`]. Never: a figure of a session that went wrong.
#![allow(clippy::expect_used, clippy::print_stdout)]

use borne_harness::agents::{agent, repository};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::terminal::Terminal;
use borne_harness::visit::{START, Visit};
use borne_harness::{processes, try_wait_for, wait_for};
use borne_ipc::Role;
use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Percent a process may grow by, from after the warm-up to the end.
const MOST: f64 = 5.0;
/// Measurements whose median counts as one.
const MEDIAN: usize = 5;

/// A process has this long to close what it opened for a session.
const REST: Duration = Duration::from_secs(5);
/// Sessions from one line of progress to the next.
const REPORT: usize = 25;

/// One process at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    /// Proportional set size (proc(5), smaps_rollup), kB.
    pss: u64,
    /// Of that, what no file is behind: the only part that can grow with sessions.
    own: u64,
    files: u64,
    threads: u64,
}

fn main() -> ExitCode {
    let sessions: usize = match std::env::args().nth(1).map(|text| text.parse()) {
        None => 200,
        Some(Ok(sessions)) if sessions >= 2 * MEDIAN => sessions,
        _ => {
            eprintln!("usage: borne-soak [SESSIONS], at least {}", 2 * MEDIAN);
            return ExitCode::from(2);
        }
    };
    let hall = Hall::start();
    let terminal = Terminal::start(&hall, Settings::default());
    terminal.wait_for_state("Idle", START);
    // At the start a peer may have been there before the supervisor.
    let started = starts(&terminal);
    let (begun, warm_up) = (Instant::now(), sessions / 10);
    let mut series = BTreeMap::<&str, Vec<Measure>>::new();
    for number in 0..sessions + warm_up {
        session(&hall, &terminal, number);
        if number >= warm_up {
            rest(&hall, &terminal, &series);
            for (name, pid) in long_lived(&hall, &terminal) {
                series.entry(name).or_default().push(measure(pid));
            }
        }
        if (number + 1) % REPORT == 0 {
            println!("soak: {:>4.0} s  {} sessions", begun.elapsed().as_secs_f64(), number + 1);
            let _so_far = largest(&series);
        }
    }
    let worst = largest(&series);
    println!("soak: {sessions} sessions, largest drift {worst:.2} %, at most {MOST} %");
    write(sessions, worst);
    if starts(&terminal) != started {
        println!("soak: a process was started again: {:?}", terminal.status());
        return ExitCode::FAILURE;
    }
    if worst <= MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How often each unit has been started.
fn starts(terminal: &Terminal) -> Vec<u32> {
    terminal.status().units.values().map(|unit| unit.starts).collect()
}

/// Prints what each process has grown by so far; the largest.
fn largest(series: &BTreeMap<&str, Vec<Measure>>) -> f64 {
    let long_enough = series.iter().filter(|(_, measures)| measures.len() >= 2 * MEDIAN);
    long_enough.map(|(name, measures)| drift(name, measures)).fold(0.0, f64::max)
}

/// One visit, until the browser of the next one is warm.
fn session(hall: &Hall, terminal: &Terminal, number: usize) {
    let mut visit = Visit::at(terminal);
    let log = terminal.log_length();
    visit.log_in(&agent(["e.benali", "a.martin"][number % 2]));
    visit.log_out();
    wait_for("the next browser in standby", START, || {
        let log = terminal.log_since(log);
        log.contains("sandbox wiped")
            && log.rfind("browser in standby") > log.rfind("sandbox wiped")
    });
    wait_for("no session at the gateway", START, || {
        hall.sessions().is_ok_and(|open| open.is_empty())
    });
    assert_eq!(
        terminal.processes_of(Role::WaylandFilter).len(),
        1,
        "one filter, that of the standby"
    );
}

/// The next browser may be drawing its first picture still, which sway holds meanwhile: gives every
/// process a while to have no more files open than it had at first. What is kept for good is
/// measured after that while.
fn rest(hall: &Hall, terminal: &Terminal, series: &BTreeMap<&str, Vec<Measure>>) {
    let first = |name: &str| series.get(name).and_then(|measures| Some(measures.first()?.files));
    let _measured_all_the_same = try_wait_for("files closed", REST, || {
        long_lived(hall, terminal)
            .iter()
            .all(|(name, pid)| first(name).is_none_or(|first| measure(*pid).files <= first))
    });
}

fn long_lived(hall: &Hall, terminal: &Terminal) -> Vec<(&'static str, i32)> {
    let units = terminal.status().units;
    let names = ["supervisor", "reader", "shell", "egress", "sway"];
    let unit = |name: &'static str| Some((name, units.get(name)?.pid?));
    names.into_iter().filter_map(unit).chain(hall.gateway().map(|pid| ("gateway", pid))).collect()
}

fn measure(pid: i32) -> Measure {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    let count = |what: &str| {
        fs::read_dir(format!("/proc/{pid}/{what}")).map_or(0, |entries| entries.count() as u64)
    };
    let measure = Measure {
        pss: field("Pss:"),
        own: field("Pss_Anon:") + field("Pss_Shmem:"),
        files: count("fd"),
        threads: count("task"),
    };
    assert!(measure.pss > 0 && processes::alive(pid), "a process to measure");
    measure
}

/// Prints a process' line; how many percent its memory has grown by. Files and threads must not
/// have grown at all.
fn drift(name: &str, measures: &[Measure]) -> f64 {
    let (first, last) = (median(&measures[..MEDIAN]), median(&measures[measures.len() - MEDIAN..]));
    let grown = |from: u64, to: u64| (to as f64 - from as f64) * 100.0 / from as f64;
    // Growth in what is the process' own, in percent of all it has: other programs come and go
    // behind shared files.
    let percent = (last.own as f64 - first.own as f64) * 100.0 / first.pss as f64;
    println!(
        "soak: {name:<10} PSS {} -> {} kB, own {} -> {} kB ({:+.2} %), drift {percent:+.2} %, files {} -> {}, threads {} -> {}",
        first.pss,
        last.pss,
        first.own,
        last.own,
        grown(first.own, last.own),
        first.files,
        last.files,
        first.threads,
        last.threads
    );
    assert!(last.files <= first.files + 1, "{name} keeps files open");
    assert!(last.threads <= first.threads, "{name} keeps threads");
    percent
}

fn median(measures: &[Measure]) -> Measure {
    let middle = |of: fn(&Measure) -> u64| {
        let mut values: Vec<u64> = measures.iter().map(of).collect();
        values.sort_unstable();
        values[values.len() / 2]
    };
    Measure {
        pss: middle(|m| m.pss),
        own: middle(|m| m.own),
        files: middle(|m| m.files),
        threads: middle(|m| m.threads),
    }
}

/// Adds the figures to what the security suite has written.
fn write(sessions: usize, drift: f64) {
    let path = repository().join("target/security.json");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut json: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|_| serde_json::json!({}));
    json["soak_sessions"] = sessions.into();
    json["soak_drift_percent"] = ((drift * 100.0).round() / 100.0).into();
    fs::create_dir_all(path.parent().expect("a directory")).expect("make target");
    fs::write(&path, serde_json::to_string_pretty(&json).expect("write JSON") + "\n")
        .expect("write target/security.json");
}
