//! What a town would do instead: Debian's Chromium in kiosk mode, a fresh profile, SOGo's own login
//! form.
//!
//! Duties: give it the same compositor, the same screen, the same wire; do for it what can be done
//! beforehand. Never: a switch that makes it slower.

use crate::borne::millis;
use crate::devtools::Devtools;
use crate::memory;
use crate::numbers::Numbers;
use crate::pictures::Pictures;
use crate::watch::Watch;
use borne_harness::agents::{Agent, repository};
use borne_harness::init::{Directory, Plan, Unit};
use borne_harness::screen::{Region, Screen};
use borne_harness::town::{House, Town};
use borne_harness::{processes, programs, wait_for};
use borne_ipc::{Group, Role};
use std::fs;
use std::io::Write;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Its user.
const USER: u32 = 60931;
/// As for Borne, without the bar.
const LIST: Region = Region { x: 264, y: 184, width: 360, height: 460 };
const PATIENCE: Duration = Duration::from_secs(40);
/// `launcher`: waits for a line, so that entering the namespace and changing the user cost Chromium
/// no time.
const LAUNCHER: &str = "read -r _ && exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

/// A compositor for Chromium alone.
pub struct Desk {
    directory: PathBuf,
    town: Town,
    init: Child,
}

impl Desk {
    /// Starts the compositor.
    pub fn start(town: &Town) -> Self {
        town.open_password_login();
        let directory = PathBuf::from(format!("/var/tmp/borne/chromium-{}", std::process::id()));
        let _none_there = fs::remove_dir_all(&directory);
        let wayland = directory.join("wayland");
        fs::create_dir_all(directory.join("log")).expect("make Chromium's directory");
        let product = repository().join("buildroot-overlay/etc/borne/sway.conf");
        let conf = fs::read_to_string(product).expect("read sway.conf");
        fs::write(
            directory.join("sway.conf"),
            format!("{conf}\noutput * resolution 1280x800 position 0,0\n"),
        )
        .expect("write sway.conf");
        let sway = Unit::of(Role::Compositor, "sway", Path::new("/usr/bin/sway"))
            .arg("--config")
            .arg(directory.join("sway.conf").display())
            .env("XDG_RUNTIME_DIR", wayland.display())
            .env("WLR_LIBINPUT_NO_DEVICES", 1)
            .env("WLR_RENDERER", "pixman")
            .env("WLR_BACKENDS", "headless");
        let made = Directory {
            path: wayland,
            uid: Role::Compositor.uid(),
            gid: Group::Wayland.gid(),
            mode: 0o2750,
        };
        let plan = Plan {
            lock: None,
            directories: vec![made],
            log_dir: directory.join("log"),
            status: directory.join("status.json"),
            units: vec![sway],
        };
        let file = directory.join("plan.json");
        fs::write(&file, serde_json::to_vec(&plan).expect("write a plan")).expect("write the plan");
        let mut init = Command::new(programs::program("borne-init"));
        let init = init.arg(&file).stdin(Stdio::piped()).spawn().expect("start borne-init");
        let desk = Self { directory, town: town.clone(), init };
        wait_for("Chromium's compositor", PATIENCE, || Screen::connect(&desk.display()).map(drop));
        desk
    }

    fn display(&self) -> PathBuf {
        self.directory.join("wayland/wayland-1")
    }

    /// From its start to the message list, once.
    pub fn visit(&self, agent: &Agent, numbers: &mut Numbers, pictures: &Pictures) {
        let home = self.fresh_home();
        let mut chromium = self.launcher(&home);
        let mut to = chromium.stdin.take().expect("a pipe to Chromium");
        let from = chromium.stdout.take().expect("a pipe from Chromium");
        let running = || processes::of_user(USER);
        wait_for("the launcher", PATIENCE, || !running().is_empty());
        let watch = Watch::start(&self.display(), LIST);
        let begun = Instant::now();
        to.write_all(b"\n").expect("start Chromium");
        let mut devtools = Devtools::new(to, from);
        devtools.log_in(&agent.login, &format!("motdepasse-{}", agent.login));
        let seen = watch.settled("Chromium's message list", PATIENCE, shows_list);
        numbers.add("chromium_to_inbox_ms", "ms", millis(seen.at - begun));
        numbers.add("chromium_pss_mb", "MB", memory::of_users(&[USER]));
        pictures.keep("chromium", &seen);
        let mut eyes = Screen::connect(&self.display()).expect("look at Chromium");
        pictures.screen("chromium-screen", &eyes.frame().expect("take a picture"));
        running().into_iter().for_each(processes::kill);
        let _reaped = chromium.wait();
        wait_for("the end of Chromium", PATIENCE, || running().is_empty());
    }

    /// An empty home with the town's authority in its certificate store.
    fn fresh_home(&self) -> PathBuf {
        let home = self.directory.join("home");
        let _none_there = fs::remove_dir_all(&home);
        let store = home.join(".pki/nssdb");
        fs::create_dir_all(&store).expect("make Chromium's home");
        let certutil = |arguments: &[&str]| {
            let store = format!("sql:{}", store.display());
            let done = Command::new("certutil").args(["-d", &store]).args(arguments).status();
            assert!(done.expect("run certutil").success(), "certutil {arguments:?}");
        };
        certutil(&["-N", "--empty-password"]);
        certutil(&["-A", "-n", "town", "-t", "C,,", "-i", self.town.variable("CA")]);
        for entry in [home.clone(), home.join(".pki"), store.clone()] {
            chown(&entry, Some(USER), Some(USER)).expect("give the home away");
        }
        for file in fs::read_dir(&store).expect("read the store").flatten() {
            chown(file.path(), Some(USER), Some(USER)).expect("give the store away");
        }
        home
    }

    fn launcher(&self, home: &Path) -> Child {
        let mut line = self.town.enter(House::Terminal);
        line.extend(["setpriv", "--pdeathsig", "KILL"].map(str::to_owned));
        line.extend([format!("--reuid={USER}"), format!("--regid={USER}")]);
        line.extend([
            format!("--groups={}", Group::Wayland.gid()),
            "--".to_owned(),
            "env".to_owned(),
            "-i".to_owned(),
        ]);
        line.extend(
            ["PATH=/usr/bin:/bin", "LANG=fr_FR.UTF-8", "WAYLAND_DISPLAY=wayland-1"]
                .map(str::to_owned),
        );
        line.push(format!("HOME={}", home.display()));
        line.push(format!("XDG_RUNTIME_DIR={}", self.directory.join("wayland").display()));
        line.extend(
            ["bash", "-c", LAUNCHER, "launcher", "/usr/lib/chromium/chromium"].map(str::to_owned),
        );
        line.extend(SWITCHES.map(str::to_owned));
        line.push(format!("--user-data-dir={}", home.join("profile").display()));
        line.push(self.town.variable("PASSWORD_LOGIN").to_owned());
        let mut command = Command::new(&line[0]);
        command
            .args(&line[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start the launcher")
    }
}

/// Kiosk mode on Wayland without a GPU, nothing of a first start, no call home.
const SWITCHES: [&str; 12] = [
    "--ozone-platform=wayland",
    "--kiosk",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-save-password-bubble",
    "--disable-sync",
    "--password-store=basic",
    "--lang=fr",
    "--remote-debugging-pipe",
];

/// SOGo's message list has dark letters on its light ground; the login form has none of either
/// there.
fn shows_list(frame: &borne_harness::screen::Frame) -> bool {
    let light =
        frame.pixels.chunks_exact(4).filter(|pixel| pixel[..3] == [0xfa, 0xfa, 0xfa]).count();
    let whole = frame.pixels.len() / 4;
    light * 2 > whole && light * 100 < whole * 97
}

impl Drop for Desk {
    fn drop(&mut self) {
        processes::of_user(USER).into_iter().for_each(processes::kill);
        drop(self.init.stdin.take());
        let _ended = self.init.wait();
        let _not_there = fs::remove_dir_all(&self.directory);
    }
}
