//! What may differ between two terminals of the tests, and the files that say so: `terminal.toml`,
//! the authority, the join token, the compositor's configuration.

use crate::agents::repository;
use crate::hall::Hall;
use crate::init::Unit;
use crate::trap::Trap;
use crate::viewer::Viewer;
use borne_ipc::Role;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// A terminal's peculiarities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Of the output, in pixels.
    pub size: (u32, u32),
    /// Seconds without a touch before the countdown.
    pub idle_s: u64,
    /// Seconds of the countdown.
    pub countdown_s: u64,
    /// Longest session, in seconds.
    pub max_s: u64,
    /// Page zoom.
    pub zoom_percent: u16,
    /// Keep a warmed browser.
    pub standby: bool,
    /// How it stands to the hostile sites of `trap`.
    pub trap: Lure,
    /// Where it is seen.
    pub display: Display,
    /// Whether a panel is on the header.
    pub panel: bool,
    /// Its pins are watched store by store, which keeps another tracer out; else looked at.
    pub watched: bool,
    /// Seconds after which an idle screen gets dark; 0: never.
    pub sleep_s: u64,
    /// Put into the environment of everything that init starts, as somebody with a foot in the door
    /// might.
    pub environment: Vec<(&'static str, &'static str)>,
    /// A known place, for a terminal that other commands must find; else a directory of its own.
    pub directory: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        let display = Display::Headless(None);
        Self {
            size: (1280, 800),
            idle_s: 120,
            countdown_s: 20,
            max_s: 1800,
            zoom_percent: 100,
            standby: true,
            trap: Lure::Absent,
            display,
            panel: true,
            watched: true,
            sleep_s: 0,
            environment: Vec::new(),
            directory: None,
        }
    }
}

/// What the hostile sites of `trap` are to a terminal and its town.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lure {
    /// They are not there.
    Absent,
    /// They are there and on the terminal's list; a login leads to the groupware.
    Listed,
    /// And a login leads to the trap: it is the gateway's home application.
    Home,
}

/// `WIDTHxHEIGHT` in pixels.
#[must_use]
pub fn size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?)).filter(|size| size.0 >= 320 && size.1 >= 240)
}

/// Where a terminal is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Display {
    /// Nowhere but in pictures; or through these doors.
    Headless(Option<Viewer>),
    /// In a window of the Wayland compositor that listens at this path.
    Wayland(PathBuf),
    /// In a window of this X server.
    X11 {
        /// As in `DISPLAY`.
        name: String,
        /// As in `XAUTHORITY`.
        authority: Option<PathBuf>,
    },
}

impl Display {
    /// The compositor, told where to show itself.
    pub(crate) fn compositor(&self, directory: &Path, wayland: &Path) -> Unit {
        let unit = Unit::of(Role::Compositor, "sway", Path::new("/usr/bin/sway"))
            // No waiting for a window that shall change its size: meanwhile sway would keep its old
            // picture (ADR 0009).
            .arg("-Dnoatomic")
            .arg("--config")
            .arg(directory.join("etc/sway.conf").display())
            .env("XDG_RUNTIME_DIR", wayland.display())
            .env("WLR_LIBINPUT_NO_DEVICES", 1)
            .env("WLR_RENDERER", "pixman");
        match self {
            Self::Headless(_) => unit.env("WLR_BACKENDS", "headless"),
            // The window's compositor knows its user's processes only; so root connects and hands
            // the connection on.
            Self::Wayland(socket) => {
                let mut unit = unit.env("WLR_BACKENDS", "wayland").env("WAYLAND_SOCKET", 0);
                unit.stdin_socket = Some(socket.clone());
                unit
            }
            Self::X11 { name, authority } => {
                let unit = unit.env("WLR_BACKENDS", "x11").env("DISPLAY", name);
                match authority {
                    Some(_) => unit.env("XAUTHORITY", directory.join("etc/xauthority").display()),
                    None => unit,
                }
            }
        }
    }

    /// The servers through which a person without a display looks.
    pub(crate) fn viewer(&self, directory: &Path, wayland: &Path) -> Vec<Unit> {
        match self {
            Self::Headless(Some(viewer)) => viewer.units(directory, wayland),
            _ => Vec::new(),
        }
    }
}

/// Writes the files below `directory`, each readable by who needs it.
///
/// # Panics
/// When one cannot be written.
pub(crate) fn write(settings: &Settings, hall: &Hall, directory: &Path) {
    let (etc, data) = (directory.join("etc"), directory.join("data"));
    let supervisor = Role::Supervisor.uid();
    make(&etc, 0, 0o755);
    make(&data, supervisor, 0o700);
    let authority = fs::read(hall.town().variable("CA")).expect("read the town's authority");
    put(&etc.join("ca.pem"), &authority, 0, 0o644);
    put(&etc.join("terminal.toml"), terminal_toml(settings, &etc).as_bytes(), supervisor, 0o400);
    put(&data.join("join-token"), hall.invite(&name_of(directory)).as_bytes(), supervisor, 0o400);
    put(&etc.join("sway.conf"), sway_conf(settings).as_bytes(), 0, 0o644);
    match &settings.display {
        Display::X11 { authority: Some(authority), .. } => {
            let authority = fs::read(authority).expect("read the X authority");
            put(&etc.join("xauthority"), &authority, Role::Compositor.uid(), 0o400);
        }
        Display::Headless(Some(viewer)) => viewer.write(directory),
        _ => {}
    }
}

fn name_of(directory: &Path) -> String {
    directory
        .file_name()
        .map_or_else(|| "terminal".to_owned(), |name| name.to_string_lossy().into_owned())
}

pub(crate) fn terminal_toml(settings: &Settings, etc: &Path) -> String {
    let example = fs::read_to_string(repository().join("docs/terminal.example.toml"))
        .expect("read the example");
    let places = Trap::places().into_iter().filter(|_| settings.trap != Lure::Absent);
    let places = ["passerelle.mairie.example:443", "groupware.mairie.example:443"]
        .map(str::to_owned)
        .into_iter()
        .chain(places);
    // The town is the one of the example; only what a test varies is changed, and each key must be
    // there to be changed.
    let changes = [
        ("ca", format!("{:?}", etc.join("ca.pem"))),
        ("allow", format!("{:?}", places.collect::<Vec<_>>())),
        ("zoom_percent", settings.zoom_percent.to_string()),
        ("standby", settings.standby.to_string()),
        ("idle_s", settings.idle_s.to_string()),
        ("countdown_s", settings.countdown_s.to_string()),
        ("max_s", settings.max_s.to_string()),
        ("sleep_s", settings.sleep_s.to_string()),
    ];
    let mut out = String::new();
    let mut changed = 0;
    for line in example.lines() {
        let key = line.split('=').next().unwrap_or_default().trim();
        match changes.iter().find(|(name, _)| *name == key) {
            Some((name, value)) => {
                changed += 1;
                writeln!(out, "{name} = {value}").expect("write to a string");
            }
            None => writeln!(out, "{line}").expect("write to a string"),
        }
    }
    assert_eq!(changed, changes.len(), "docs/terminal.example.toml has lost a key the tests vary");
    out
}

fn sway_conf(settings: &Settings) -> String {
    let product = repository().join("buildroot-overlay/etc/borne/sway.conf");
    let product = fs::read_to_string(&product)
        .unwrap_or_else(|error| panic!("read {}: {error}", product.display()));
    let (width, height) = settings.size;
    format!("{product}\noutput * resolution {width}x{height} position 0,0\n")
}

pub(crate) fn make(directory: &Path, owner: u32, mode: u32) {
    fs::create_dir_all(directory)
        .unwrap_or_else(|error| panic!("make {}: {error}", directory.display()));
    chown(directory, Some(owner), Some(owner)).expect("give the directory away");
    fs::set_permissions(directory, Permissions::from_mode(mode)).expect("set the directory's mode");
}

pub(crate) fn put(path: &Path, content: &[u8], owner: u32, mode: u32) {
    fs::write(path, content).unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
    chown(path, Some(owner), Some(owner)).expect("give the file away");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("set the file's mode");
}
