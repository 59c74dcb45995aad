//! Where a terminal without a display is looked at and touched: by VNC, and by noVNC in a web page.
//!
//! Duties: listen on 127.0.0.1 only; let into the web page's connection only who knows its address.
//! Never: a part of a terminal; it exists for `make run` alone.

use crate::init::Unit;
use crate::settings::put;
use crate::terminal::DISPLAY;
use borne_ipc::Role;
use std::fs::File;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Debian's package `novnc`.
const PAGES: &str = "/usr/share/novnc";
/// Debian's package `websockify`.
const BRIDGE: &str = "/usr/bin/websockify";

/// The doors of one terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// TCP port of 127.0.0.1, spoken to by VNC.
    pub vnc_port: u16,
    /// The web page, when what it needs is installed.
    pub web: Option<Web>,
}

/// The web page's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    port: u16,
    /// Any page in the person's browser may try to connect to 127.0.0.1; it does not know this.
    token: String,
}

impl Viewer {
    /// On ports that are free now; `None` when all of them are taken.
    #[must_use]
    pub fn on_free_ports() -> Option<Self> {
        let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        let there = Path::new(BRIDGE).exists() && Path::new(PAGES).join("vnc.html").exists();
        let web = (6080..6180).find(free).filter(|_| there);
        Some(Self {
            vnc_port: (5900..5999).find(free)?,
            web: web.map(|port| Web { port, token: token() }),
        })
    }

    /// The servers, for `borne-init`.
    pub(crate) fn units(&self, directory: &Path, wayland: &Path) -> Vec<Unit> {
        let mut vnc = Unit::of(Role::Compositor, "vnc", Path::new("/usr/bin/wayvnc"))
            .arg("--config=/dev/null")
            .arg("127.0.0.1")
            .arg(self.vnc_port)
            .env("XDG_RUNTIME_DIR", wayland.display())
            .env("WAYLAND_DISPLAY", DISPLAY);
        vnc.after = Some(wayland.join(DISPLAY));
        let web = self.web.as_ref().map(|web| {
            Unit::of(Role::Compositor, "web", Path::new(BRIDGE))
                .arg(format!("--web={PAGES}"))
                .arg("--token-plugin=TokenFile")
                .arg(format!("--token-source={}", token_file(directory).display()))
                .arg(format!("127.0.0.1:{}", web.port))
        });
        [Some(vnc), web].into_iter().flatten().collect()
    }

    /// Writes the file that says whom the web page's server lets in.
    pub(crate) fn write(&self, directory: &Path) {
        let Some(web) = &self.web else { return };
        let line = format!("{}: 127.0.0.1:{}\n", web.token, self.vnc_port);
        put(&token_file(directory), line.as_bytes(), Role::Compositor.uid(), 0o400);
    }
}

impl Web {
    /// To open in a browser on this machine, or through `ssh -L`.
    #[must_use]
    pub fn address(&self) -> String {
        let Self { port, token } = self;
        format!(
            "http://127.0.0.1:{port}/vnc.html?autoconnect=true&resize=scale&path=websockify%3Ftoken%3D{token}"
        )
    }

    /// TCP port of 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

fn token_file(directory: &Path) -> PathBuf {
    directory.join("etc/web-token")
}

/// 128 bits in hex.
fn token() -> String {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .expect("read /dev/urandom");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
