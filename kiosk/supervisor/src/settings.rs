//! Where things are on this machine: the environment, read once.

use crate::sandbox::SandboxSpec;
use borne_config::CheckedConfig;
use std::path::{Path, PathBuf};

/// Bytes of RAM each of the session's file systems may take.
const TMPFS: u64 = 64 * 1024 * 1024;

/// Where WebKitGTK may have been built to look for its programs: Debian's multiarch, and the image's.
const WEBKIT_LIBEXEC: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1",
    "/usr/libexec/webkit2gtk-4.1",
];

/// From the environment.
#[derive(Debug)]
pub struct Settings {
    /// `BORNE_RUN`.
    pub run: PathBuf,
    /// `BORNE_CONFIG`.
    pub config: PathBuf,
    /// `BORNE_DATA`.
    pub data: PathBuf,
    /// `BORNE_LIBEXEC`: where `kiosk-browser`, `kiosk-network-process` and `kiosk-wayland-filter` are.
    pub libexec: PathBuf,
    /// `WAYLAND_DISPLAY` of the compositor.
    pub wayland_display: String,
    /// `BORNE_LOG`.
    pub log: String,
}

impl Settings {
    /// `get` is the environment.
    pub fn from(get: impl Fn(&str) -> Option<String>) -> Self {
        let path = |name: &str, default: &str| PathBuf::from(get(name).unwrap_or_else(|| default.to_owned()));
        Self {
            run: path("BORNE_RUN", "/run/borne"),
            config: path("BORNE_CONFIG", "/etc/borne/terminal.toml"),
            data: path("BORNE_DATA", "/var/lib/borne"),
            libexec: path("BORNE_LIBEXEC", "/usr/libexec/borne"),
            wayland_display: get("WAYLAND_DISPLAY").unwrap_or_else(|| "wayland-1".to_owned()),
            log: get("BORNE_LOG").unwrap_or_else(|| "info".to_owned()),
        }
    }

    /// The cage on this machine.
    pub fn sandbox(&self, config: &CheckedConfig) -> SandboxSpec {
        SandboxSpec {
            browser: self.libexec.join("kiosk-browser"),
            network_process: self.libexec.join("kiosk-network-process"),
            webkit_network_process: webkit_network_process(),
            wayland_filter: self.libexec.join("kiosk-wayland-filter"),
            ca_bundle: config.ca.clone(),
            run: self.run.clone(),
            wayland_display: self.wayland_display.clone(),
            tmpfs_bytes: TMPFS,
            log: self.log.clone(),
        }
    }
}

/// WebKit's network process on this machine. Where there is none the last place is named: bwrap finds nothing there and no
/// browser starts.
fn webkit_network_process() -> PathBuf {
    let found = WEBKIT_LIBEXEC.map(|directory| Path::new(directory).join("WebKitNetworkProcess"));
    found.iter().find(|path| path.exists()).unwrap_or(&found[2]).clone()
}
