//! The card of a guest: the image `tests/image/build` made, with a data partition for one terminal of the town.
//!
//! Duties: write the partition's files, call `tests/image/disk`, be the board's firmware (read kernel and command line off
//! the boot partition). Never: a file of the root; it is the same in every test.

use crate::agents::repository;
use crate::hall::Hall;
use crate::settings::Settings;
use borne_ipc::Role;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a firmware hands over.
pub struct Boot {
    /// The kernel.
    pub kernel: PathBuf,
    /// Its first file system.
    pub initramfs: PathBuf,
    /// Its command line, as it stands on the card.
    pub command_line: String,
}

/// Where `make test-image` built.
///
/// # Panics
/// When it did not.
#[must_use]
pub fn built() -> PathBuf {
    std::env::var_os("BORNE_IMAGE").map(PathBuf::from).expect("BORNE_IMAGE: make test-image builds it and says where")
}

/// Writes a card for a terminal that has its configuration and a fresh token.
///
/// # Panics
/// When a step fails.
pub fn write(settings: &Settings, hall: &Hall, directory: &Path) -> PathBuf {
    let (built, data, card) = (built(), directory.join("data"), directory.join("card.img"));
    let _none_there = fs::remove_dir_all(&data);
    let config = data.join("config");
    fs::create_dir_all(&config).expect("make the data partition's tree");
    let terminal = data.join("terminal");
    crate::settings::make(&terminal, Role::Supervisor.uid(), 0o700);
    let authority = fs::read(hall.town().variable("CA")).expect("read the town's authority");
    crate::settings::put(&config.join("ca.pem"), &authority, 0, 0o644);
    // Where the image has it.
    let text = crate::settings::terminal_toml(settings, Path::new("/etc/borne"));
    crate::settings::put(&config.join("terminal.toml"), text.as_bytes(), Role::Supervisor.uid(), 0o400);
    let token = hall.invite("image");
    crate::settings::put(&terminal.join("join-token"), token.as_bytes(), Role::Supervisor.uid(), 0o400);
    let script = repository().join("tests/image/disk");
    let parts = ["root", "kernel", "initramfs"].map(|name| fs::canonicalize(built.join(name)).expect("a built part"));
    let status = Command::new(script).args(parts).arg(&data).arg(&card).status();
    assert!(status.is_ok_and(|status| status.success()), "tests/image/disk failed");
    card
}

/// Plays the firmware: takes what the boot partition of the card holds.
///
/// # Panics
/// When it holds no kernel.
#[must_use]
pub fn boot(card: &Path, directory: &Path) -> Boot {
    // The first partition begins at 1 MiB (tests/image/disk).
    let partition = format!("{}@@1M", card.display());
    let take = |name: &str| {
        let to = directory.join(name);
        let status = Command::new("mcopy").args(["-n", "-o", "-i", &partition, &format!("::{name}")]).arg(&to).status();
        assert!(status.is_ok_and(|status| status.success()), "the boot partition holds no {name}");
        to
    };
    let (kernel, initramfs) = (take("kernel8.img"), take("initramfs"));
    let command_line = fs::read_to_string(take("cmdline.txt")).expect("read the command line");
    Boot { kernel, initramfs, command_line: command_line.trim().to_owned() }
}
