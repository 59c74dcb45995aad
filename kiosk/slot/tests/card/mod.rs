//! A real card, made by image/scripts/card (mkfs.vfat, mtools, genimage) with a few kilobytes where
//! kernel and root are; the real borne-slot on it, watched by strace; and the firmware, which reads
//! `autoboot.txt` through mtools.
#![allow(dead_code)] // Each suite uses its part.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Byte offset of the first partition (image/board/genimage.cfg.in aligns to 4 MiB).
const START: u64 = 4 * 1024 * 1024;
/// Set as the kernel's command line by GRUB or `config.txt`.
pub type Booted = (char, bool);

/// A copy of its own for each test; gone with it.
pub struct Card {
    folder: PathBuf,
}

/// One thing a program did to the card.
#[derive(Clone, Debug)]
pub enum Act {
    Write { at: u64, bytes: Vec<u8> },
    Flush,
}

impl Card {
    pub fn new(name: &str) -> Self {
        let folder = scratch().join(name);
        fs::create_dir_all(&folder).unwrap();
        let made = Command::new("cp")
            .args(["--sparse=always", "-f"])
            .arg(model())
            .arg(folder.join("card.img"))
            .status();
        assert!(made.unwrap().success());
        Self { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.join("card.img")
    }

    fn open(&self) -> File {
        File::options().read(true).write(true).open(self.path()).unwrap()
    }

    pub fn read(&self, at: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.open().read_exact_at(&mut bytes, at).unwrap();
        bytes
    }

    pub fn write(&self, at: u64, bytes: &[u8]) {
        self.open().write_all_at(bytes, at).unwrap();
    }

    /// Runs borne-slot as in the boot that `booted` describes.
    pub fn run(&self, booted: Booted, arguments: &[&str]) -> Output {
        self.command(booted, &[env!("CARGO_BIN_EXE_borne-slot")]).args(arguments).output().unwrap()
    }

    /// Runs it and gives its answer; it must succeed.
    pub fn answer(&self, booted: Booted, arguments: &[&str]) -> String {
        let output = self.run(booted, arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs it under strace and gives, besides its success, everything it did to the card, in
    /// order.
    pub fn watch(&self, booted: Booted, arguments: &[&str]) -> (bool, Vec<Act>) {
        let log = self.folder.join("strace");
        let traced = "trace=pwrite64,pwritev,write,writev,fsync,fdatasync,sync_file_range,ftruncate,fallocate";
        let watched = [
            &["strace", "-f", "-y", "-xx", "-s", "4096", "-e", traced, "-o", log.to_str().unwrap()]
                [..],
            &[env!("CARGO_BIN_EXE_borne-slot")],
        ];
        let output = self.command(booted, &watched.concat()).args(arguments).output().unwrap();
        let text = fs::read_to_string(log).unwrap();
        (output.status.success(), text.lines().filter_map(act).collect())
    }

    fn command(&self, (slot, tryboot): Booted, program: &[&str]) -> Command {
        let line = self.folder.join("cmdline");
        let flag = if tryboot { " borne.tryboot=1" } else { "" };
        fs::write(&line, format!("quiet rauc.slot={slot}{flag}\n")).unwrap();
        let mut command = Command::new(program[0]);
        command
            .args(&program[1..])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("BORNE_CARD", self.path());
        command.env("BORNE_CMDLINE", line).env("BORNE_BOOTLOADER", "/nonexistent");
        command
    }

    /// What the firmware starts; the rules of Raspberry Pi's documentation, on what mtools reads.
    pub fn firmware(&self, tryboot: bool) -> Option<char> {
        let text = self.mtools("mtype", "autoboot.txt");
        let (mut applies, mut partition) = (true, None);
        for line in text.lines().map(str::trim) {
            match line {
                "[all]" => applies = true,
                "[tryboot]" => applies = tryboot,
                _ if line.starts_with('[') => applies = false,
                _ if applies => partition = line.strip_prefix("boot_partition=").or(partition),
                _ => {}
            }
        }
        match partition {
            Some("2") => Some('A'),
            Some("3") => Some('B'),
            _ => None,
        }
    }

    pub fn mtools(&self, program: &str, file: &str) -> String {
        let image = format!("{}@@{START}", self.path().display());
        let output =
            Command::new(program).args(["-i", &image, &format!("::{file}")]).output().unwrap();
        assert!(
            output.status.success(),
            "{program} {file}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _left_for_the_next_run = fs::remove_dir_all(&self.folder);
    }
}

fn scratch() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("slot-{}", std::process::id()))
}

/// The card every copy is made of, built once a run.
fn model() -> &'static Path {
    static MODEL: OnceLock<PathBuf> = OnceLock::new();
    MODEL.get_or_init(|| {
        let (input, output) = (scratch().join("input"), scratch().join("model"));
        fs::create_dir_all(input.join("start")).unwrap();
        for name in ["kernel.img", "initramfs.img", "root.fs"] {
            fs::write(input.join(name), name.repeat(700)).unwrap();
        }
        // What IT leaves beside autoboot.txt: a name longer than eight letters, and a gap in the
        // directory.
        fs::write(input.join("start/borne.toml"), "# \n").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image/scripts/card");
        let mut command = Command::new(&script);
        for (name, size) in
            [("BORNE_BOOT_SIZE", "40M"), ("BORNE_ROOT_SIZE", "1M"), ("BORNE_DATA_SIZE", "1M")]
        {
            command.env(name, size);
        }
        let made = command.arg("rpi4").args([&input, &output]).output().unwrap();
        assert!(
            made.status.success(),
            "{}: {}",
            script.display(),
            String::from_utf8_lossy(&made.stderr)
        );
        output.join("card.img")
    })
}

/// One line of strace: `PID pwrite64(3</card.img>, "\x..", 512, 4194304) = 512`.
fn act(line: &str) -> Option<Act> {
    let (call, arguments) = line.split_once(' ')?.1.trim_start().split_once('(')?;
    // strace writes the file's name in hexadecimal as well: "card.img".
    if !arguments.contains(r"\x63\x61\x72\x64\x2e\x69\x6d\x67>") {
        return None;
    }
    match call {
        "fsync" | "fdatasync" => Some(Act::Flush),
        "pwrite64" => {
            let (text, rest) = arguments.split_once('"')?.1.split_once('"')?;
            let bytes = text
                .split("\\x")
                .skip(1)
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect::<Vec<_>>();
            let numbers: Vec<u64> =
                rest.split([',', ')', ' ']).filter_map(|word| word.parse().ok()).collect();
            assert_eq!(numbers[0], bytes.len() as u64, "strace cut it short: {line}");
            Some(Act::Write { at: numbers[1], bytes })
        }
        _ => panic!("borne-slot does to the card what no test foresees: {line}"),
    }
}
