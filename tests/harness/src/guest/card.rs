//! The card of a guest: the one `tests/image/build` made, with a data partition for one terminal of the town.
//!
//! Duties: fill the data partition, be the board's firmware (`autoboot.txt`, then kernel, initramfs and command line of the
//! partition it names). Never: a byte of another partition; the card is the same in every test.

use crate::hall::Hall;
use crate::settings::{Settings, make, put, terminal_toml};
use borne_ipc::Role;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Partitions by their numbers (image/board/genimage.cfg.in).
const START: u64 = 1;
const DATA: u64 = 8;
const SECTOR: u64 = 512;

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

/// A card for a terminal that has its configuration and a fresh token.
///
/// # Panics
/// When a step fails.
#[must_use]
pub fn write(settings: &Settings, hall: &Hall, directory: &Path) -> PathBuf {
    let (data, card) = (directory.join("data"), directory.join("card.img"));
    run(Command::new("cp").args(["--sparse=always", "--reflink=auto"]).arg(built().join("card.img")).arg(&card));
    let (config, terminal) = (data.join("config"), data.join("terminal"));
    fs::create_dir_all(&config).expect("make the data partition's tree");
    make(&terminal, Role::Supervisor.uid(), 0o700);
    let authority = fs::read(hall.town().variable("CA")).expect("read the town's authority");
    put(&config.join("ca.pem"), &authority, 0, 0o644);
    // Where the image has it.
    let text = terminal_toml(settings, Path::new("/etc/borne"));
    put(&config.join("terminal.toml"), text.as_bytes(), Role::Supervisor.uid(), 0o400);
    put(&terminal.join("join-token"), hall.invite("image").as_bytes(), Role::Supervisor.uid(), 0o400);
    let (at, length) = partition(&card, DATA);
    let file = directory.join("data.img");
    fs::File::create(&file).and_then(|file| file.set_len(length)).expect("make the data partition");
    run(Command::new("mkfs.ext4").args(["-q", "-L", "data", "-m", "0", "-d"]).arg(&data).arg(&file));
    run(Command::new("dd")
        .args(["bs=1M", "conv=notrunc,sparse", "oflag=seek_bytes", "status=none"])
        .arg(format!("if={}", file.display()))
        .arg(format!("of={}", card.display()))
        .arg(format!("seek={at}")));
    fs::remove_file(&file).expect("remove the copy");
    card
}

/// Overwrites the first mebibyte of the data partition and what e2fsck would rebuild it from.
///
/// # Panics
/// When the card cannot be written.
pub fn damage_data(card: &Path) {
    use std::os::unix::fs::FileExt;
    let (at, length) = partition(card, DATA);
    let file = fs::File::options().write(true).open(card).expect("open the card");
    let noise = vec![0xa5; 1 << 20];
    for place in (0..length).step_by(1 << 20) {
        file.write_all_at(&noise, at + place).expect("damage the data partition");
    }
}

/// Plays the firmware: the partition that `autoboot.txt` names, or its `[tryboot]` one, and what lies there.
///
/// # Panics
/// When it holds no kernel.
#[must_use]
pub fn boot(card: &Path, directory: &Path, tryboot: bool) -> Boot {
    let take = |number: u64, name: &str| {
        let to = directory.join(name);
        let from = format!("{}@@{}", card.display(), partition(card, number).0);
        run(Command::new("mcopy").args(["-n", "-o", "-i", &from, &format!("::{name}")]).arg(&to));
        to
    };
    let text = |file: PathBuf| fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let autoboot = text(take(START, "autoboot.txt"));
    let section = if tryboot { "[tryboot]" } else { "[all]" };
    let after = autoboot.split_once(section).map_or("", |(_, rest)| rest);
    let number = after.split_once("boot_partition=").and_then(|(_, rest)| rest.lines().next()?.trim().parse().ok());
    let number: u64 = number.expect("autoboot.txt names a partition");
    let line = text(take(number, if number == 2 { "cmdline-a.cfg" } else { "cmdline-b.cfg" }));
    let command_line = line.trim().trim_start_matches("set arguments=\"").trim_end_matches('"').to_owned();
    Boot { kernel: take(number, "kernel.img"), initramfs: take(number, "initramfs.img"), command_line }
}

/// First byte and length of a partition.
fn partition(card: &Path, number: u64) -> (u64, u64) {
    let output = Command::new("sfdisk").arg("--json").arg(card).output().expect("sfdisk, of the package fdisk");
    let table: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the card's partitions");
    let entries = table["partitiontable"]["partitions"].as_array().cloned().unwrap_or_default();
    // Their names end in their numbers: card.img1.
    let name = format!("{}{number}", card.display());
    let entry = entries.iter().find(|entry| entry["node"] == name.as_str());
    let entry = entry.unwrap_or_else(|| panic!("no partition {number}: {table}"));
    let sectors = |key: &str| entry[key].as_u64().expect("a number of sectors") * SECTOR;
    (sectors("start"), sectors("size"))
}

fn run(command: &mut Command) {
    let path = std::env::var("PATH").unwrap_or_default();
    let status = command.env("PATH", format!("{path}:/usr/sbin:/sbin")).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
}
