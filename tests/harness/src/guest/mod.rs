//! The test image in QEMU: the whole card, booted on an emulated 64-bit ARM board, with the reader's emulator on its serial
//! card, the town on its cable, a touch panel and a screen.
//!
//! Duties: start and end it, watch its console, drive it from outside. Never: a program of the tests inside the image: what
//! is seen of the inside comes through one unit that QEMU hands to systemd beside the card (`watch.service`).

pub mod card;
pub mod memory;
pub mod network;
pub mod qmp;

use crate::hall::Hall;
use crate::pn532::{Kind, Pn532, control};
use crate::settings::Settings;
use crate::{agents::Agent, screen::Frame, try_wait_for, wait_for};
use network::Cable;
use qmp::Qmp;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The guest's memory: a Pi 3 has half of it, but the emulator's pages are not what is measured.
pub const MEMORY: u64 = 1536 << 20;
/// Longest start, on a busy machine without hardware virtualisation.
pub const START: Duration = Duration::from_secs(420);
/// What this slow machine and the watch add to the card's own command line.
const QEMU_WORDS: [&str; 3] =
    ["systemd.default_device_timeout_sec=600", "systemd.default_timeout_start_sec=600", "systemd.wants=w.service"];
const WATCH: &str = include_str!("watch.service");

/// The first start's own work, which `boot.rs` watches: on an emulator it takes from a page what the page needs.
pub const WITHOUT_COPYING: &str = "systemd.mask=borne-copy-slot.path";

/// What differs between two starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Words of the card's command line to leave out: for a control run.
    pub without: Vec<&'static str>,
    /// Words to add to it.
    pub with: Vec<&'static str>,
    /// The beginning of the data partition holds no file system.
    pub data_damaged: bool,
}

/// A running guest. Dropping it pulls the plug.
pub struct Guest {
    qemu: Child,
    qmp: Qmp,
    reader: Pn532,
    cable: Cable,
    /// What the console shows, by QEMU's log of it, and the other direction.
    console: PathBuf,
    keyboard: UnixStream,
    directory: PathBuf,
    size: (u32, u32),
    /// When QEMU was started.
    pub begun: Instant,
}

impl Guest {
    /// Starts the card of `settings` in the terminal's house of the town; it is not idle when this returns.
    ///
    /// # Panics
    /// When QEMU does not start.
    #[must_use]
    pub fn start(hall: &Hall, settings: &Settings, options: &Options) -> Self {
        let directory = PathBuf::from(format!("/var/tmp/borne/guest-{}", std::process::id()));
        let _none_there = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("make the guest's directory");
        let card = card::write(settings, hall, &directory);
        if options.data_damaged {
            card::damage_data(&card);
        }
        let reader = Pn532::start(&directory.join("reader"), 0);
        let cable = Cable::lay(hall.town(), &directory);
        let boot = card::boot(&card, &directory, false);
        let words = boot.command_line.split_whitespace().filter(|word| !options.without.contains(word));
        let mut command_line: Vec<&str> = words.collect();
        command_line.extend(QEMU_WORDS);
        command_line.extend(&options.with);
        fs::write(directory.join("watch.service"), WATCH).expect("write the watch");
        let mut line = hall.town().enter(crate::town::House::Terminal);
        line.extend(machine(&directory, &card, &boot, &command_line.join(" "), settings.size));
        let log = File::create(directory.join("qemu.log")).expect("make a log");
        let begun = Instant::now();
        let mut qemu = Command::new("nice");
        qemu.arg("-n10").args(&line).stdin(Stdio::null()).stdout(log.try_clone().expect("share the log")).stderr(log);
        let mut qemu = qemu.spawn().expect("start QEMU");
        let qmp = try_wait_for("QEMU", Duration::from_secs(30), || {
            Qmp::connect(&directory.join("qmp"), &directory).map_err(|error| error.to_string())
        });
        let qmp = qmp.unwrap_or_else(|late| {
            let _gone = qemu.kill();
            panic!("{late}\n{}", fs::read_to_string(directory.join("qemu.log")).unwrap_or_default())
        });
        let console = directory.join("console.log");
        let keyboard = UnixStream::connect(directory.join("console")).expect("the guest's console");
        let mut heard = keyboard.try_clone().expect("share the console");
        // Somebody must listen: a line whose other end is full stops the guest's console.
        std::thread::spawn(move || while heard.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {});
        Self { qemu, qmp, reader, cable, console, keyboard, directory, size: settings.size, begun }
    }

    /// Everything the guest's console has said: the kernel, and the log of every unit by the watch.
    #[must_use]
    pub fn console(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.console).unwrap_or_default()).replace('\r', "")
    }

    /// The supervisor's state, by the last `state=` of its log.
    #[must_use]
    pub fn state(&self) -> Option<String> {
        let log = self.console();
        let after = log.rsplit_once("state=")?.1.trim_start_matches('"');
        Some(after.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned())
    }

    /// Waits until the supervisor is in this state.
    #[track_caller]
    pub fn wait_for_state(&mut self, state: &str, deadline: Duration) {
        wait_for(&format!("state {state} in the guest"), deadline, || {
            if let Ok(Some(status)) = self.qemu.try_wait() {
                panic!("QEMU ended ({status}); {}", self.last_words());
            }
            match self.state() {
                Some(now) if now == state => Ok(()),
                other => Err(format!("{other:?}; {}", self.last_words())),
            }
        });
    }

    /// Waits until the console has said this.
    #[track_caller]
    pub fn wait_for_console(&self, text: &str, deadline: Duration) {
        wait_for(&format!("{text:?} on the console"), deadline, || {
            if self.console().contains(text) { Ok(()) } else { Err(self.last_words()) }
        });
    }

    fn last_words(&self) -> String {
        let console = self.console();
        let from = console.len().saturating_sub(1500);
        format!("console: …{}", console.get(from..).unwrap_or(&console))
    }

    /// Asks the watch for its report: `name: value` lines, by name.
    #[track_caller]
    pub fn report(&mut self) -> std::collections::BTreeMap<String, String> {
        let before = self.console().len();
        self.keyboard.write_all(b"report\n").expect("ask for a report");
        let text = wait_for("the guest's report", Duration::from_secs(120), || {
            let console = self.console();
            let text = console.get(before..).unwrap_or_default();
            let begin = text.find("REPORT BEGIN").ok_or("nothing")?;
            let end = text.find("REPORT END").ok_or("no end")?;
            text.get(begin..end).map(str::to_owned).ok_or("torn")
        });
        let fields = text.lines().filter_map(|line| line.split_once(": "));
        fields.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
    }

    /// What its screen shows.
    ///
    /// # Panics
    /// When QEMU is gone.
    pub fn look(&mut self) -> Frame {
        self.qmp.look().expect("look at the guest's screen")
    }

    /// Waits until `seen` finds in the picture what it looks for. On failure the picture stays in `target/image`.
    #[track_caller]
    pub fn wait_for_picture<T>(&mut self, what: &str, deadline: Duration, seen: impl Fn(&Frame) -> Option<T>) -> T {
        let found = try_wait_for(what, deadline, || seen(&self.look()));
        found.unwrap_or_else(|late| {
            let shown = self.keep_picture("failure");
            panic!("{late}; the screen is in {}; {}", shown.display(), self.last_words())
        })
    }

    /// Saves a picture as `target/image/NAME.png`.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn keep_picture(&mut self, name: &str) -> PathBuf {
        let directory = crate::agents::repository().join("target/image");
        fs::create_dir_all(&directory).expect("make target/image");
        let file = directory.join(format!("{name}.png"));
        self.look().save(&file).expect("save the picture");
        file
    }

    /// One touch.
    ///
    /// # Panics
    /// When QEMU is gone.
    pub fn touch(&mut self, at: (u32, u32)) {
        self.qmp.touch(at, self.size).expect("touch the guest's screen");
    }

    /// Holds the badge to the reader until the terminal has seen it, and takes it away.
    #[track_caller]
    pub fn tap(&mut self, agent: &Agent, deadline: Duration) {
        let before = self.state();
        let uid = control::unhex(&agent.badge).expect("a badge's number");
        self.reader.lay(Kind::usual_for(&uid), &agent.badge);
        wait_for("the guest sees the badge", deadline, || self.state() != before);
        self.reader.lift();
    }

    /// A break on the serial line that is the console, and a letter after it: SysRq, where the kernel listens for it.
    ///
    /// # Panics
    /// When QEMU is gone.
    pub fn serial_break(&mut self, letter: char) {
        self.qmp.ask("chardev-send-break", serde_json::json!({ "id": "console" })).expect("a break");
        self.keyboard.write_all(letter.to_string().as_bytes()).expect("a letter");
    }

    /// The cable, to knock from.
    #[must_use]
    pub fn cable(&self) -> &Cable {
        &self.cable
    }

    /// QEMU's control socket.
    pub fn qmp(&mut self) -> &mut Qmp {
        &mut self.qmp
    }

    /// Counts `needles` in all of the guest's memory.
    ///
    /// # Panics
    /// When the dump cannot be made.
    pub fn search(&mut self, needles: &[memory::Needle]) -> std::collections::BTreeMap<String, usize> {
        // In memory itself: as large as the guest's, and nothing a disk should keep.
        let file = PathBuf::from(format!("/dev/shm/borne-guest-{}", std::process::id()));
        self.qmp.dump(&file, MEMORY).expect("dump the guest's memory");
        let counts = memory::count(&file, needles).expect("search the dump");
        fs::remove_file(&file).expect("remove the dump");
        counts
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _gone = self.qemu.kill();
        let _reaped = self.qemu.wait();
        if std::thread::panicking() {
            eprintln!("the guest's console stays in {}", self.console.display());
        } else {
            let _not_there = fs::remove_dir_all(&self.directory);
        }
    }
}

/// QEMU's command line: a Cortex-A72 board of two processors, and what hangs on it.
fn machine(dir: &Path, card: &Path, boot: &card::Boot, command_line: &str, size: (u32, u32)) -> Vec<String> {
    let (d, card) = (dir.display(), card.display());
    let (width, height) = size;
    let options = [
        "qemu-system-aarch64".to_owned(),
        // Never `-cpu max`: its pointer authentication takes five times as long to emulate.
        "-M virt -cpu cortex-a72 -smp 2 -accel tcg,thread=multi,tb-size=512".into(),
        format!("-m {} -nodefaults -no-reboot -display none -vga none", MEMORY >> 20),
        format!("-device virtio-gpu-pci,xres={width},yres={height},id=screen -device virtio-multitouch-pci"),
        "-device qemu-xhci,id=usb -device virtio-rng-pci -device i6300esb -watchdog-action reset".into(),
        // No shutdown by the plug that is pulled: what was not flushed is lost.
        format!("-drive if=none,id=card,file={card},format=raw,cache=writeback -device virtio-blk-pci,drive=card"),
        format!("-netdev tap,id=cable,ifname={},script=no,downscript=no", network::TAP),
        format!("-device virtio-net-pci,netdev=cable,mac={},romfile=", network::MAC),
        format!("-chardev serial,id=reader,path={d}/reader/tty -device pci-serial,chardev=reader"),
        format!(
            "-chardev socket,id=console,path={d}/console,server=on,wait=off,logfile={d}/console.log -serial chardev:console"
        ),
        // QEMU's names end after 55 letters, hence the unit's.
        format!("-fw_cfg name=opt/io.systemd.credentials/systemd.extra-unit.w.service,file={d}/watch.service"),
        format!("-qmp unix:{d}/qmp,server=on,wait=off"),
        format!("-kernel {} -initrd {}", boot.kernel.display(), boot.initramfs.display()),
    ];
    let mut line: Vec<String> = options.iter().flat_map(|text| text.split(' ')).map(str::to_owned).collect();
    line.extend(["-append".to_owned(), command_line.to_owned()]);
    line
}
