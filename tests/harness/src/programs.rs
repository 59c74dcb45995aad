//! The shipped programs: where cargo put them, and a directory in which every user of a terminal
//! may execute them (the target directory lies in somebody's home, which may be closed).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a terminal executes.
pub const TERMINAL: [&str; 9] = [
    "kiosk-browser",
    "kiosk-cage",
    "kiosk-egress",
    "kiosk-network-process",
    "kiosk-panel",
    "kiosk-reader",
    "kiosk-shell",
    "kiosk-supervisor",
    "kiosk-wayland-filter",
];

/// A program of this build.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let me = std::env::current_exe().expect("know my own path");
    // A program lies in the profile's directory, a test one below it.
    let found = me
        .ancestors()
        .skip(1)
        .take(2)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built: make build"))
}

/// Puts `names` into `directory`: hard links where the file system allows, else copies.
///
/// # Panics
/// When that fails.
pub fn install(names: &[&str], directory: &Path) {
    fs::create_dir_all(directory).expect("make the directory of the programs");
    for name in names {
        let (from, to) = (program(name), directory.join(name));
        let _nothing_there = fs::remove_file(&to);
        if fs::hard_link(&from, &to).is_err() {
            // By another process: a program that is open for writing here would be "busy" for
            // whatever another test starts.
            let copied = Command::new("cp").args(["--reflink=auto"]).arg(&from).arg(&to).status();
            let done = copied.as_ref().is_ok_and(std::process::ExitStatus::success);
            assert!(done, "copy {} to {}: {copied:?}", from.display(), to.display());
        }
    }
}
