//! The card of a guest: the one `tests/image/build` made, with a data partition for one terminal of
//! the town.
//!
//! Duties: give it its configuration, by a data partition or by `borne.toml`; be the board's
//! firmware (`autoboot.txt`, then kernel, initramfs and command line of the partition it names);
//! damage what a test wants damaged. Never: anything else on it; the card is the same in every
//! test.

use super::Options;
use crate::hall::Hall;
use crate::settings::{Settings, make, put, terminal_toml};
use borne_ipc::Role;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Partitions by their numbers (image/board/genimage.cfg.in).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Partition {
    /// `autoboot.txt`, `borne.toml`.
    Start = 1,
    /// Kernel and initramfs of slot A.
    BootA = 2,
    /// Of slot B.
    BootB = 3,
    /// Root and verity tree of slot A.
    RootA = 5,
    /// Of slot B.
    RootB = 6,
    /// The slots' ledger.
    Ledger = 7,
    /// Identity and configuration.
    Data = 8,
}

const SECTOR: u64 = 512;

/// The two ways a firmware starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// Power, or a plain reset: `[all]`.
    Committed,
    /// `reboot "0 tryboot"`: `[tryboot]`, once.
    Tryboot,
}

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
    std::env::var_os("BORNE_IMAGE")
        .map(PathBuf::from)
        .expect("BORNE_IMAGE: make test-image builds it and says where")
}

/// A card for a terminal that has its configuration and a fresh token.
///
/// # Panics
/// When a step fails.
#[must_use]
pub fn write(settings: &Settings, hall: &Hall, directory: &Path, options: &Options) -> PathBuf {
    let card = directory.join("card.img");
    run(Command::new("cp")
        .args(["--sparse=always", "--reflink=auto"])
        .arg(built().join("card.img"))
        .arg(&card));
    if options.by_file {
        provision(settings, hall, &card, &options.tables);
    } else {
        fill_data(settings, hall, directory, &card);
    }
    if options.data_damaged {
        damage_data(&card);
    }
    card
}

/// Puts `borne.toml` on it, as whoever flashes a card does: address, authority and a fresh token of
/// the gateway, and these tables after the usual ones.
///
/// # Panics
/// When the card cannot be written.
pub fn provision(settings: &Settings, hall: &Hall, card: &Path, tables: &str) {
    let authority =
        fs::read_to_string(hall.town().variable("CA")).expect("read the town's authority");
    let mut text = String::new();
    for line in terminal_toml(settings, Path::new("/etc/borne")).lines() {
        match line.split('=').next().map(str::trim) {
            Some("ca") => writeln!(
                text,
                "token = \"{}\"\nca = \"\"\"\n{authority}\"\"\"",
                hall.invite("image")
            ),
            _ => writeln!(text, "{line}"),
        }
        .expect("write to a string");
    }
    text.push_str(tables);
    let file = card.with_extension("toml");
    fs::write(&file, text).expect("write borne.toml");
    let to = format!("{}@@{}", card.display(), region(card, Partition::Start).start);
    run(Command::new("mcopy").args(["-o", "-i", &to]).arg(&file).arg("::borne.toml"));
    fs::remove_file(&file).expect("remove the copy");
}

/// `borne.toml` as it lies on the card now.
///
/// # Panics
/// When it does not.
#[must_use]
pub fn provisioning_file(card: &Path, directory: &Path) -> String {
    fs::read_to_string(take(card, Partition::Start as u64, "borne.toml", directory))
        .expect("read borne.toml")
}

fn fill_data(settings: &Settings, hall: &Hall, directory: &Path, card: &Path) {
    let data = directory.join("data");
    let (config, terminal) = (data.join("config"), data.join("terminal"));
    fs::create_dir_all(&config).expect("make the data partition's tree");
    make(&terminal, Role::Supervisor.uid(), 0o700);
    let authority = fs::read(hall.town().variable("CA")).expect("read the town's authority");
    put(&config.join("ca.pem"), &authority, 0, 0o644);
    // Where the image has it.
    let text = terminal_toml(settings, Path::new("/etc/borne"));
    put(&config.join("terminal.toml"), text.as_bytes(), Role::Supervisor.uid(), 0o400);
    put(
        &terminal.join("join-token"),
        hall.invite("image").as_bytes(),
        Role::Supervisor.uid(),
        0o400,
    );
    let Range { start, end } = region(card, Partition::Data);
    let file = directory.join("data.img");
    fs::File::create(&file)
        .and_then(|file| file.set_len(end - start))
        .expect("make the data partition");
    run(Command::new("mkfs.ext4")
        .args(["-q", "-L", "data", "-m", "0", "-d"])
        .arg(&data)
        .arg(&file));
    run(Command::new("dd")
        .args(["bs=1M", "conv=notrunc,sparse", "oflag=seek_bytes", "status=none"])
        .arg(format!("if={}", file.display()))
        .arg(format!("of={}", card.display()))
        .arg(format!("seek={start}")));
    fs::remove_file(&file).expect("remove the copy");
}

/// Overwrites the beginning of each mebibyte of the data partition, and with it what e2fsck would
/// rebuild it from.
fn damage_data(card: &Path) {
    let Range { start, end } = region(card, Partition::Data);
    let file = fs::File::options().write(true).open(card).expect("open the card");
    let noise = vec![0xa5; 1 << 20];
    for place in (start..end).step_by(1 << 20) {
        file.write_all_at(&noise, place).expect("damage the data partition");
    }
}

/// Flips one bit of a partition.
///
/// # Panics
/// When the card cannot be written.
pub fn flip(card: &Path, partition: Partition, at: u64) {
    let file = fs::File::options().read(true).write(true).open(card).expect("open the card");
    let place = region(card, partition).start + at;
    let mut byte = [0];
    file.read_exact_at(&mut byte, place).expect("read the card");
    file.write_all_at(&[byte[0] ^ 1], place).expect("damage the card");
}

/// Slot B as a copy of slot A, as a terminal makes it of itself at its first start (which takes the
/// emulator minutes).
///
/// # Panics
/// When the card cannot be written.
pub fn fill_slot_b(card: &Path) {
    fill_other_slot(card, 'A');
}

/// The other slot as a copy of this one, whatever it holds.
///
/// # Panics
/// When the card cannot be written.
pub fn fill_other_slot(card: &Path, of: char) {
    for (a, b) in [(Partition::BootA, Partition::BootB), (Partition::RootA, Partition::RootB)] {
        let (from, to) = if of == 'A' {
            (region(card, a), region(card, b))
        } else {
            (region(card, b), region(card, a))
        };
        assert_eq!(from.end - from.start, to.end - to.start, "the slots differ in size");
        run(Command::new("dd")
            .args([
                "bs=1M",
                "conv=notrunc",
                "iflag=skip_bytes,count_bytes",
                "oflag=seek_bytes",
                "status=none",
            ])
            .args([format!("if={}", card.display()), format!("of={}", card.display())])
            .args([format!("skip={}", from.start), format!("seek={}", to.start)])
            .arg(format!("count={}", from.end - from.start)));
    }
}

/// The slot a firmware starts: what `autoboot.txt` names for this kind of start.
///
/// # Panics
/// When it names none.
#[must_use]
pub fn chosen(card: &Path, directory: &Path, firmware: Firmware) -> char {
    let text = fs::read_to_string(take(card, Partition::Start as u64, "autoboot.txt", directory))
        .expect("autoboot.txt");
    let section = if firmware == Firmware::Tryboot { "[tryboot]" } else { "[all]" };
    let after = text.split_once(section).map_or("", |(_, rest)| rest);
    let number = after
        .split_once("boot_partition=")
        .and_then(|(_, rest)| rest.lines().next()?.trim().parse().ok());
    match number {
        Some(2) => 'A',
        Some(3) => 'B',
        other => panic!("autoboot.txt names partition {other:?}: {text:?}"),
    }
}

/// Plays the firmware: the partition that `autoboot.txt` names, and what lies there.
///
/// # Panics
/// When it holds no kernel.
#[must_use]
pub fn boot(card: &Path, directory: &Path, firmware: Firmware) -> Boot {
    let (partition, line) = match chosen(card, directory, firmware) {
        'A' => (Partition::BootA, "cmdline-a.cfg"),
        _ => (Partition::BootB, "cmdline-b.cfg"),
    };
    let take = |name: &str| take(card, partition as u64, name, directory);
    let line = fs::read_to_string(take(line)).expect("a command line");
    let line = line.trim().trim_start_matches("set arguments=\"").trim_end_matches('"');
    // As image/board/grub.cfg says it to the kernel, where there is no device tree to say it.
    let flag = if firmware == Firmware::Tryboot { " borne.tryboot=1" } else { "" };
    Boot {
        kernel: take("kernel.img"),
        initramfs: take("initramfs.img"),
        command_line: format!("{line}{flag}"),
    }
}

/// A copy of a file of a FAT partition.
fn take(card: &Path, number: u64, name: &str, directory: &Path) -> PathBuf {
    let to = directory.join(name);
    let from = format!("{}@@{}", card.display(), partition(card, number).start);
    run(Command::new("mcopy").args(["-n", "-o", "-i", &from, &format!("::{name}")]).arg(&to));
    to
}

/// The bytes of a partition.
///
/// # Panics
/// When the card has none of that number.
#[must_use]
pub fn region(card: &Path, of: Partition) -> Range<u64> {
    partition(card, of as u64)
}

fn partition(card: &Path, number: u64) -> Range<u64> {
    let output = Command::new("sfdisk")
        .arg("--json")
        .arg(card)
        .output()
        .expect("sfdisk, of the package fdisk");
    let table: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("the card's partitions");
    let entries = table["partitiontable"]["partitions"].as_array().cloned().unwrap_or_default();
    // Their names end in their numbers: card.img1.
    let name = format!("{}{number}", card.display());
    let entry = entries.iter().find(|entry| entry["node"] == name.as_str());
    let entry = entry.unwrap_or_else(|| panic!("no partition {number}: {table}"));
    let bytes = |key: &str| entry[key].as_u64().expect("a number of sectors") * SECTOR;
    bytes("start")..bytes("start") + bytes("size")
}

fn run(command: &mut Command) {
    let path = std::env::var("PATH").unwrap_or_default();
    let status = command.env("PATH", format!("{path}:/usr/sbin:/sbin")).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
}
