//! Looks for processes that are not its own, and lays hands on them.

use crate::raw::{call, reached};
use crate::{Attempt, Outcome, Targets};
use std::fs::{self, File};
use std::io::Read as _;

/// In the order in which they are tried.
pub const ATTEMPTS: &[Attempt] = &[
    ("processes: see one outside the cage", see_outside),
    ("processes: read another one's environment", |_| of_others(|pid| read(pid, "environ"))),
    ("processes: read another one's memory", |_| of_others(memory)),
    ("processes: list another one's files", |_| of_others(|pid| list(pid, "fd"))),
    ("processes: ptrace another one", |_| of_others(ptrace)),
    ("processes: process_vm_readv of another one", |_| of_others(vm_read)),
    ("processes: take another one's file (pidfd_getfd)", |_| of_others(take_file)),
    ("processes: signal another one", |_| of_others(signal)),
];

/// Of the terminal, never in the cage.
const OUTSIDE: [&str; 6] =
    ["kiosk-superviso", "kiosk-shell", "kiosk-reader", "kiosk-egress", "kiosk-wayland-", "sway"];
/// Of the terminal; the last one is in the cage.
const VICTIMS: [&str; 7] = [
    "kiosk-superviso",
    "kiosk-shell",
    "kiosk-reader",
    "kiosk-egress",
    "kiosk-wayland-",
    "sway",
    "kiosk-browser",
];

fn named(names: &[&str]) -> Vec<(i32, String)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let with_names = pids.map(|pid| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        (pid, name.trim_end().to_owned())
    });
    with_names.filter(|(_, name)| names.contains(&name.as_str())).collect()
}

fn see_outside(_: &Targets) -> Outcome {
    let seen: Vec<String> = named(&OUTSIDE).into_iter().map(|(_, name)| name).collect();
    if seen.is_empty() {
        Outcome::Refused("only the cage's".to_owned())
    } else {
        Outcome::Succeeded(seen.join(" "))
    }
}

fn of_others(attempt: fn(i32) -> Result<String, String>) -> Outcome {
    let mut why = "there is none".to_owned();
    for (pid, name) in named(&VICTIMS) {
        match attempt(pid) {
            Ok(got) => return Outcome::Succeeded(format!("{name}: {got}")),
            Err(error) => why = format!("{name}: {error}"),
        }
    }
    Outcome::Refused(why)
}

fn read(pid: i32, file: &str) -> Result<String, String> {
    let bytes = fs::read(format!("/proc/{pid}/{file}")).map_err(|error| error.to_string())?;
    Ok(format!("{} bytes", bytes.len()))
}

fn memory(pid: i32) -> Result<String, String> {
    use std::io::{Seek as _, SeekFrom};
    let maps =
        fs::read_to_string(format!("/proc/{pid}/maps")).map_err(|error| error.to_string())?;
    let begin = maps
        .split('-')
        .next()
        .and_then(|text| u64::from_str_radix(text, 16).ok())
        .ok_or("no maps")?;
    let mut file = File::open(format!("/proc/{pid}/mem")).map_err(|error| error.to_string())?;
    file.seek(SeekFrom::Start(begin)).map_err(|error| error.to_string())?;
    file.read_exact(&mut [0; 16]).map_err(|error| error.to_string())?;
    Ok("16 bytes".to_owned())
}

fn list(pid: i32, directory: &str) -> Result<String, String> {
    let entries =
        fs::read_dir(format!("/proc/{pid}/{directory}")).map_err(|error| error.to_string())?;
    Ok(format!("{} entries", entries.count()))
}

/// PTRACE_SEIZE stops nothing; it ends with this process.
fn ptrace(pid: i32) -> Result<String, String> {
    const SEIZE: usize = 0x4206;
    let seized = call(libc::SYS_ptrace, [SEIZE, pid as usize, 0, 0, 0, 0]);
    seized.map(|_| "seized".to_owned()).map_err(|error| error.to_string())
}

fn vm_read(pid: i32) -> Result<String, String> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let begin = maps
        .split('-')
        .next()
        .and_then(|text| usize::from_str_radix(text, 16).ok())
        .unwrap_or(0x1000);
    let mut buffer = [0_u8; 16];
    let (ours, theirs) = ([buffer.as_mut_ptr() as usize, buffer.len()], [begin, buffer.len()]);
    let arguments = [pid as usize, ours.as_ptr() as usize, 1, theirs.as_ptr() as usize, 1, 0];
    call(libc::SYS_process_vm_readv, arguments)
        .map(|read| format!("{read} bytes"))
        .map_err(|error| error.to_string())
}

fn take_file(pid: i32) -> Result<String, String> {
    let pidfd = call(libc::SYS_pidfd_open, [pid as usize, 0, 0, 0, 0, 0])
        .map_err(|error| error.to_string())?;
    call(libc::SYS_pidfd_getfd, [pidfd, 0, 0, 0, 0, 0])
        .map(|fd| format!("file {fd}"))
        .map_err(|error| error.to_string())
}

/// SIGCONT: harmless to who is not stopped.
fn signal(pid: i32) -> Result<String, String> {
    reached(call(libc::SYS_kill, [pid as usize, libc::SIGCONT as usize, 0, 0, 0, 0]))
}
