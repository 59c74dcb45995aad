//! The list of units, written by who wants a terminal and read by `borne-init`; and the status file
//! the other way round.

use borne_ipc::Role;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Everything `borne-init` is told.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Made before the first unit.
    pub directories: Vec<Directory>,
    /// Where one log file per unit is written.
    pub log_dir: PathBuf,
    /// A [`Status`] as JSON, replaced at every change.
    pub status: PathBuf,
    /// Held while the units run: of all plans of the machine that name the same file, one may run
    /// at a time.
    #[serde(default)]
    pub lock: Option<PathBuf>,
    /// Started in this order, stopped in the reverse one.
    pub units: Vec<Unit>,
}

/// A directory, its owner and mode.
#[derive(Debug, Serialize, Deserialize)]
pub struct Directory {
    /// Absolute.
    pub path: PathBuf,
    /// Numeric user.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// Permission bits, setgid included.
    pub mode: u32,
}

/// One program that is kept running.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// Names its log and its line in the status.
    pub name: String,
    /// Numeric user and group; 0 is root and keeps its capabilities.
    pub uid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// Ambient capabilities, as setpriv(1) names them (`setuid`).
    pub capabilities: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// A command that enters a namespace and then executes the rest of its arguments in its own
    /// place.
    pub enter: Vec<String>,
    /// Program and arguments. Never a secret.
    pub argv: Vec<String>,
    /// Started once this path exists, or after five seconds.
    pub after: Option<PathBuf>,
    /// Directory, writable for the unit's user, in which strace(1) writes what the unit calls; for
    /// `tests/syscalls`.
    #[serde(default)]
    pub calls: Option<PathBuf>,
    /// Started after each of its ends, as the same program with these arguments; nothing when there
    /// are none.
    #[serde(default)]
    pub ended: Vec<String>,
    /// A Unix socket to connect to; the unit gets it as its standard input.
    pub stdin_socket: Option<PathBuf>,
    /// Not started with the others: each connection to this socket starts an instance, which has it
    /// as its standard input and is not started again.
    #[serde(default)]
    pub accepts: Option<Socket>,
    /// Every instance is killed when this unit ends.
    #[serde(default)]
    pub bound_to: Option<String>,
    /// Whose log it writes into, when it has none of its own.
    #[serde(default)]
    pub log: Option<String>,
}

/// A listening socket, its owner (user and group) and its mode.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Socket {
    /// Absolute.
    pub path: PathBuf,
    /// Numeric user, and group.
    pub uid: u32,
    /// Permission bits.
    pub mode: u32,
}

impl Unit {
    /// A unit of one of the terminal's roles, with the groups the role has.
    #[must_use]
    pub fn of(role: Role, name: &str, program: &Path) -> Self {
        Self {
            name: name.to_owned(),
            uid: role.uid(),
            groups: role.groups().iter().map(|group| group.gid()).collect(),
            argv: vec![program.display().to_string()],
            calls: calls_directory(),
            ..Self::default()
        }
    }

    /// Adds a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.environment.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl std::fmt::Display) -> Self {
        self.argv.push(argument.to_string());
        self
    }

    /// The command line: enter the namespace, become the user, give up the rest, execute. One
    /// process all along, so the pid that is started is the pid of the program.
    #[must_use]
    pub fn command_line(&self) -> Vec<String> {
        let mut line = self.enter.clone();
        line.extend(["setpriv", "--pdeathsig", "KILL", "--no-new-privs"].map(str::to_owned));
        if self.uid != 0 {
            let kept: String = self.capabilities.iter().map(|name| format!(",+{name}")).collect();
            line.extend([format!("--reuid={}", self.uid), format!("--regid={}", self.uid)]);
            line.extend(["inh", "ambient"].map(|set| format!("--{set}-caps=-all{kept}")));
            line.push(format!("--bounding-set=-all{kept}"));
            line.push(match self.groups.as_slice() {
                [] => "--clear-groups".to_owned(),
                groups => format!(
                    "--groups={}",
                    groups.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
                ),
            });
        }
        line.push("--".to_owned());
        if let Some(directory) = &self.calls {
            line.extend(watched(directory, &self.name));
        }
        line.extend(self.argv.iter().cloned());
        line
    }
}

/// The words before a program whose system calls are written down, in a file of their own for each
/// of its lives.
#[must_use]
pub fn watched(directory: &Path, name: &str) -> Vec<String> {
    static LIVES: AtomicU32 = AtomicU32::new(0);
    let life = LIVES.fetch_add(1, Ordering::Relaxed);
    let file = directory.join(format!("{name}.{}-{life}", std::process::id()));
    // -D: the tracer is the grandchild, so that the pid stays the program's.
    let mut line = ["strace", "-D", "-f", "-qq", "-s0", "--decode-pids=pidns", "-o"]
        .map(str::to_owned)
        .to_vec();
    line.push(file.display().to_string());
    line
}

/// `BORNE_SYSCALLS`: set by `tests/syscalls` alone.
#[must_use]
pub fn calls_directory() -> Option<PathBuf> {
    std::env::var_os("BORNE_SYSCALLS").map(PathBuf::from)
}

/// What runs: for tests that kill things and for a person who looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// By name of the unit.
    pub units: BTreeMap<String, UnitStatus>,
}

/// One line of the status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitStatus {
    /// `None` between two lives.
    pub pid: Option<i32>,
    /// How often it has been started.
    pub starts: u32,
    /// How the last life ended.
    pub last_end: Option<String>,
}

impl Status {
    /// Reads the file; the default when there is none yet.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        std::fs::read(path)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_kept() {
        let mut unit = Unit::of(Role::Supervisor, "supervisor", Path::new("/bin/true"));
        unit.capabilities = vec!["setuid".to_owned(), "kill".to_owned()];
        let line = unit.command_line();
        assert!(line.contains(&"--ambient-caps=-all,+setuid,+kill".to_owned()), "{line:?}");
        assert!(line.contains(&"--groups=60920".to_owned()), "{line:?}");
        let browser = Unit::of(Role::Browser, "browser", Path::new("/bin/true")).command_line();
        assert!(
            browser.contains(&"--bounding-set=-all".to_owned())
                && browser.contains(&"--clear-groups".to_owned())
        );
    }
}
