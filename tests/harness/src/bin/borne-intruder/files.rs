//! Reads what it must not read, writes where nothing may be written, opens devices, starts programs
//! that give rights.

use crate::{Attempt, Outcome, Targets};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// In the order in which they are tried.
pub const ATTEMPTS: &[Attempt] = &[
    ("files: read what is the terminal's, the system's or another user's", read_files),
    ("files: list other users' homes", list_homes),
    ("files: write outside of the session's RAM", write_elsewhere),
    ("files: write a setting of the kernel", write_settings),
    ("files: open a device", open_device),
    ("files: a program with the set-user-ID bit", setuid),
    ("files: execute another program", execute),
];

/// The devices every cage has; none of them leads anywhere.
const HARMLESS: [&str; 8] = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"];

fn any(tried: impl Iterator<Item = (PathBuf, io::Result<()>)>) -> Outcome {
    let (mut got, mut why) = (Vec::new(), "there was nothing".to_owned());
    for (path, result) in tried {
        match result {
            Ok(()) => got.push(path.display().to_string()),
            Err(error) => why = format!("{}: {error}", path.display()),
        }
    }
    if got.is_empty() { Outcome::Refused(why) } else { Outcome::Succeeded(got.join(" ")) }
}

fn read_files(targets: &Targets) -> Outcome {
    any(targets.files.iter().map(|path| (path.clone(), fs::read(path).map(drop))))
}

fn list_homes(_: &Targets) -> Outcome {
    any(["/root", "/var/lib/borne", "/etc/borne", "/data", "/var/log"]
        .map(PathBuf::from)
        .into_iter()
        .map(|path| {
            let listed = fs::read_dir(&path).map(drop);
            (path, listed)
        }))
}

fn write_elsewhere(_: &Targets) -> Outcome {
    let directories = [
        "/",
        "/usr",
        "/usr/bin",
        "/etc",
        "/opt",
        "/opt/borne",
        "/var/tmp",
        "/sys",
        "/boot",
        "/root",
    ];
    any(directories.into_iter().map(|directory| {
        let path = Path::new(directory).join(format!(".borne-intruder-{}", std::process::id()));
        let made = File::create_new(&path);
        if made.is_ok() {
            let _undone = fs::remove_file(&path);
        }
        (path, made.and_then(not_in_ram))
    }))
}

/// WebKit's sandbox has a root of its own in RAM, which goes with it.
fn not_in_ram(file: File) -> io::Result<()> {
    const TMPFS_MAGIC: i64 = 0x0102_1994;
    match rustix::fs::fstatfs(&file) {
        Ok(system) if system.f_type == TMPFS_MAGIC => {
            Err(io::Error::other("it is in the sandbox's own RAM"))
        }
        _ => Ok(()),
    }
}

/// Opened for writing, and nothing written.
fn write_settings(_: &Targets) -> Outcome {
    let files = [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/sysrq",
        "/proc/sysrq-trigger",
        "/proc/sys/vm/drop_caches",
    ];
    any(files
        .into_iter()
        .map(|path| (path.into(), File::options().write(true).open(path).map(drop))))
}

fn open_device(_: &Targets) -> Outcome {
    let mut open = vec![PathBuf::from("/dev")];
    let mut devices = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            if kind.is_dir() && name != "pts" {
                open.push(entry.path());
            } else if (kind.is_block_device() || kind.is_char_device())
                && !HARMLESS.iter().any(|harmless| name == *harmless)
            {
                devices.push(entry.path());
            }
        }
    }
    // A terminal line must not make it wait.
    let opened = devices.into_iter().map(|path| {
        let opened = File::options()
            .read(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(&path)
            .map(drop);
        (path, opened)
    });
    any(opened)
}

/// su(1) waits for a password with the rights of root, or it has none.
fn setuid(_: &Targets) -> Outcome {
    let su = Command::new("/usr/bin/su")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut su = match su {
        Ok(su) => su,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    // `spawn` returns after the execve, so this is what it started with.
    let status = fs::read_to_string(format!("/proc/{}/status", su.id())).unwrap_or_default();
    let line =
        status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default().to_owned();
    let _ended = su.kill();
    let _reaped = su.wait();
    match line.split_whitespace().nth(1) {
        Some("0") => Outcome::Succeeded("it runs as root".to_owned()),
        _ => Outcome::Refused(format!("it runs as {line}")),
    }
}

fn execute(_: &Targets) -> Outcome {
    Command::new("/usr/bin/true").status().into()
}
