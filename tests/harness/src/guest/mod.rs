//! The test image in QEMU: the whole card, booted on an emulated 64-bit ARM board, with the
//! reader's emulator on its serial card, the town on its cable, a touch panel and a screen.
//!
//! Duties: start and end it, watch its console, drive it from outside. Never: a program of the
//! tests inside the image: what is seen of the inside comes through one unit that QEMU hands to
//! systemd beside the card (`watch.service`).

pub mod card;
pub mod dice;
pub mod flash;
pub mod memory;
pub mod network;
pub mod port;
pub mod qmp;
mod watch;

use crate::hall::Hall;
use crate::pn532::{Kind, Pn532, control};
use crate::settings::Settings;
use crate::{agents::Agent, screen::Frame, try_wait_for, wait_for};
use card::Firmware;
use dice::Dice;
use flash::{Flash, Loss, Trap};
use network::Cable;
use qmp::Qmp;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The guest's memory: a Pi 3's.
pub const MEMORY: u64 = 1 << 30;
/// Longest start, on a busy machine without hardware virtualisation.
pub const START: Duration = Duration::from_secs(1800);
/// What this slow machine and the watch add to the card's own command line. Page tables that change
/// at each system call, against a flaw of real processors, cost the emulator most: it forgets all
/// that it has translated addresses to.
const QEMU_WORDS: [&str; 4] = [
    "systemd.default_device_timeout_sec=600",
    "systemd.default_timeout_start_sec=600",
    "systemd.wants=w.service",
    "kpti=off",
];
const WATCH: &str = include_str!("watch.service");

/// The first start's own work, which `boot.rs` watches: on an emulator it takes from a page what
/// the page needs.
pub const WITHOUT_COPYING: &str = "systemd.mask=borne-copy-slot.path";
/// No slot is kept before its root was read to the end (borne-read-root.service), which takes as
/// long here as all of the start. Tests of other things have nothing read: a drop-in, by a
/// credential of the command line (systemd.system-credentials(7)).
pub const WITHOUT_READING: &str = "systemd.set_credential_binary=systemd.unit-dropin.borne-read-root.service:\
W1NlcnZpY2VdCkV4ZWNTdGFydD0KRXhlY1N0YXJ0PS9iaW4vdHJ1ZQo=";

/// What differs between two starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Words of the card's command line to leave out: for a control run.
    pub without: Vec<&'static str>,
    /// Words to add to it.
    pub with: Vec<&'static str>,
    /// The data partition holds no file system.
    pub data_damaged: bool,
    /// Its configuration comes by `borne.toml` on the first partition, and the data partition is
    /// empty.
    pub by_file: bool,
    /// More tables of that file.
    pub tables: String,
}

/// A guest. Dropping it pulls the plug.
pub struct Guest {
    power: Option<Power>,
    /// The far end of its reader's line.
    pub reader: Pn532,
    cable: Cable,
    flash: Flash,
    card: PathBuf,
    directory: PathBuf,
    enter: Vec<String>,
    options: Options,
    size: (u32, u32),
    starts: usize,
    /// When QEMU was last started.
    pub begun: Instant,
}

/// What there is while it has power.
struct Power {
    qemu: Child,
    qmp: Qmp,
    /// The console's other direction.
    keyboard: UnixStream,
}

impl Guest {
    /// Starts the card of `settings` in the terminal's house of the town; it is not idle when this
    /// returns.
    ///
    /// # Panics
    /// When QEMU does not start.
    #[must_use]
    pub fn start(hall: &Hall, settings: &Settings, options: &Options) -> Self {
        let mut guest = Self::unpowered(hall, settings, options);
        guest.power_on(Firmware::Committed, None);
        guest
    }

    /// The same, before the plug is in.
    ///
    /// # Panics
    /// When the card cannot be made.
    #[must_use]
    pub fn unpowered(hall: &Hall, settings: &Settings, options: &Options) -> Self {
        let directory = PathBuf::from(format!("/var/tmp/borne/guest-{}", std::process::id()));
        let _none_there = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("make the guest's directory");
        let card = card::write(settings, hall, &directory, options);
        fs::write(directory.join("watch.service"), WATCH).expect("write the watch");
        Self {
            power: None,
            reader: Pn532::start(&directory.join("reader"), 0),
            cable: Cable::lay(hall.town(), &directory),
            flash: Flash::insert(&card, &directory.join("card.sock"))
                .expect("put the card into its slot"),
            card,
            enter: hall.town().enter(crate::town::House::Terminal),
            options: options.clone(),
            size: settings.size,
            starts: 0,
            begun: Instant::now(),
            directory,
        }
    }

    /// Puts the plug in; the firmware starts what `autoboot.txt` says for this kind of start.
    ///
    /// # Panics
    /// When QEMU does not start, or has power already.
    pub fn power_on(&mut self, firmware: Firmware, trap: Option<Trap>) {
        assert!(self.power.is_none(), "it has power");
        self.starts += 1;
        let boot = card::boot(&self.card, &self.directory, firmware);
        let words = boot
            .command_line
            .split_whitespace()
            .filter(|word| !self.options.without.contains(word));
        let mut command_line: Vec<&str> = words.collect();
        command_line.extend(QEMU_WORDS);
        command_line.extend(&self.options.with);
        self.flash.power_on(trap);
        let mut line = self.enter.clone();
        line.extend(machine(
            &self.directory,
            self.starts,
            &boot,
            &command_line.join(" "),
            self.size,
        ));
        let log = File::create(self.directory.join("qemu.log")).expect("make a log");
        for name in ["qmp", "console"] {
            let _of_the_last_start = fs::remove_file(self.directory.join(name));
        }
        self.begun = Instant::now();
        let mut qemu = Command::new(&line[0]);
        qemu.args(&line[1..])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log);
        let mut qemu = qemu.spawn().expect("start QEMU");
        let qmp = try_wait_for("QEMU", Duration::from_secs(30), || {
            Qmp::connect(&self.directory.join("qmp"), &self.directory)
                .map_err(|error| error.to_string())
        });
        let qmp = qmp.unwrap_or_else(|late| {
            let _gone = qemu.kill();
            panic!(
                "{late}\n{}",
                fs::read_to_string(self.directory.join("qemu.log")).unwrap_or_default()
            )
        });
        let keyboard =
            UnixStream::connect(self.directory.join("console")).expect("the guest's console");
        let mut heard = keyboard.try_clone().expect("share the console");
        // Somebody must listen: a line whose other end is full stops the guest's console.
        std::thread::spawn(move || while heard.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {});
        self.power = Some(Power { qemu, qmp, keyboard });
    }

    /// Pulls the plug: what the card had not flushed is lost as the dice fall.
    ///
    /// # Panics
    /// When the card cannot be written.
    pub fn pull_the_plug(&mut self, dice: &mut Dice) -> Loss {
        let loss = self.flash.pull(dice).expect("pull the plug");
        self.end();
        loss
    }

    /// Waits until the machine resets itself, and starts it again as the firmware would. Says which
    /// kind of start it was.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn follow_reset(&mut self, deadline: Duration, trap: Option<Trap>) -> Firmware {
        wait_for("a reset of the guest", deadline, || match self.ended() {
            Some(status) if status.success() => Ok(()),
            Some(status) => panic!("QEMU ended ({status}); {}", self.last_words()),
            None => Err(self.last_words()),
        });
        // What the Pi's firmware gets by a register, this board's kernel only says
        // (kernel_restart() in kernel/reboot.c).
        let trying = self.console().contains("Restarting system with command '0 tryboot'");
        let firmware = if trying { Firmware::Tryboot } else { Firmware::Committed };
        self.end();
        self.power_on(firmware, trap);
        firmware
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.power.as_mut().and_then(|power| power.qemu.try_wait().ok().flatten())
    }

    fn end(&mut self) {
        if let Some(mut power) = self.power.take() {
            let _gone = power.qemu.kill();
            let _reaped = power.qemu.wait();
        }
    }

    /// The card, for looking at it while the power is off.
    #[must_use]
    pub fn card(&self) -> &Path {
        &self.card
    }

    /// Where its files are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// How often it was started.
    #[must_use]
    pub const fn starts(&self) -> usize {
        self.starts
    }

    /// Its slot.
    #[must_use]
    pub fn flash(&self) -> &Flash {
        &self.flash
    }

    fn console_file(&self) -> PathBuf {
        self.directory.join(format!("console-{}.log", self.starts))
    }

    /// What its screen shows.
    ///
    /// # Panics
    /// When QEMU is gone.
    pub fn look(&mut self) -> Frame {
        self.qmp().look().expect("look at the guest's screen")
    }

    /// Waits until `seen` finds in the picture what it looks for. On failure the picture stays in
    /// `target/image`.
    #[track_caller]
    pub fn wait_for_picture<T>(
        &mut self,
        what: &str,
        deadline: Duration,
        seen: impl Fn(&Frame) -> Option<T>,
    ) -> T {
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
        let size = self.size;
        self.qmp().touch(at, size).expect("touch the guest's screen");
    }

    /// A finger that is drawn from one pixel to the other, slowly enough for the emulator.
    ///
    /// # Panics
    /// When QEMU is gone.
    pub fn drag(&mut self, from: (u32, u32), to: (u32, u32)) {
        const PAUSE: Duration = Duration::from_millis(250);
        let size = self.size;
        self.qmp().drag((from, to), size, PAUSE).expect("drag on the guest's screen");
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

    /// A break on the serial line that is the console, and a letter after it: SysRq, where the
    /// kernel listens for it.
    ///
    /// # Panics
    /// When QEMU is gone.
    pub fn serial_break(&mut self, letter: char) {
        self.qmp()
            .ask("chardev-send-break", serde_json::json!({ "id": "console" }))
            .expect("a break");
        self.say(&letter.to_string());
    }

    /// Takes the cable out of its socket, or puts it in.
    ///
    /// # Panics
    /// When QEMU is gone.
    pub fn plug_cable(&mut self, is_in: bool) {
        self.qmp()
            .ask("set_link", serde_json::json!({ "name": "cable", "up": is_in }))
            .expect("the cable");
    }

    /// The cable, to knock from.
    #[must_use]
    pub fn cable(&self) -> &Cable {
        &self.cable
    }

    /// QEMU's control socket.
    ///
    /// # Panics
    /// When the power is off.
    pub fn qmp(&mut self) -> &mut Qmp {
        &mut self.power.as_mut().expect("the power is off").qmp
    }

    /// Counts `needles` in all of the guest's memory.
    ///
    /// # Panics
    /// When the dump cannot be made.
    pub fn search(&mut self, needles: &[memory::Needle]) -> BTreeMap<String, usize> {
        // In memory itself: as large as the guest's, and nothing a disk should keep.
        let file = PathBuf::from(format!("/dev/shm/borne-guest-{}", std::process::id()));
        self.qmp().dump(&file, MEMORY).expect("dump the guest's memory");
        let counts = memory::count(&file, needles).expect("search the dump");
        fs::remove_file(&file).expect("remove the dump");
        counts
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("the guest's console stays in {}", self.console_file().display());
        } else {
            let _not_there = fs::remove_dir_all(&self.directory);
        }
    }
}

/// QEMU's command line: a Cortex-A72 board of two processors, and what hangs on it.
///
/// Its clock counts instructions, a thousand million a second, and never runs ahead of ours: an
/// emulator that gets little of a busy machine is then a slow board for us, and none for itself.
/// What the terminal allows a page, a slot on trial or its reader is as much as on a board.
fn machine(
    dir: &Path,
    start: usize,
    boot: &card::Boot,
    command_line: &str,
    size: (u32, u32),
) -> Vec<String> {
    let d = dir.display();
    let (width, height) = size;
    let options = [
        "qemu-system-aarch64".to_owned(),
        // Never `-cpu max`: its pointer authentication takes five times as long to emulate.
        "-M virt -cpu cortex-a72 -smp 2 -accel tcg,tb-size=512 -icount shift=0,sleep=on,align=off".into(),
        format!("-m {} -nodefaults -no-reboot -display none -vga none", MEMORY >> 20),
        format!("-device virtio-gpu-pci,xres={width},yres={height},id=screen -device virtio-multitouch-pci"),
        // Ports enough: where they run out, QEMU puts a hub in between, which the terminal does not
        // let in either.
        "-device qemu-xhci,id=usb,p2=8,p3=8 -device virtio-rng-pci -device i6300esb -watchdog-action reset".into(),
        // The card is a server of ours, which loses what was not flushed when the plug is pulled.
        format!("-blockdev driver=nbd,node-name=card,server.type=unix,server.path={d}/card.sock"),
        "-device virtio-blk-pci,drive=card".into(),
        format!("-netdev tap,id=cable,ifname={},script=no,downscript=no", network::TAP),
        format!("-device virtio-net-pci,netdev=cable,mac={},romfile=", network::MAC),
        format!("-chardev serial,id=reader,path={d}/reader/tty -device pci-serial,chardev=reader"),
        format!(
            "-chardev socket,id=console,path={d}/console,server=on,wait=off,logfile={d}/console-{start}.log -serial chardev:console"
        ),
        // QEMU's names end after 55 letters, hence the unit's.
        format!("-fw_cfg name=opt/io.systemd.credentials/systemd.extra-unit.w.service,file={d}/watch.service"),
        format!("-qmp unix:{d}/qmp,server=on,wait=off"),
        format!("-kernel {} -initrd {}", boot.kernel.display(), boot.initramfs.display()),
    ];
    let mut line: Vec<String> =
        options.iter().flat_map(|text| text.split(' ')).map(str::to_owned).collect();
    line.extend(["-append".to_owned(), command_line.to_owned()]);
    line
}
