//! Where things are on this machine: the environment, read once.

use std::path::PathBuf;

/// From the environment.
#[derive(Debug)]
pub struct Settings {
    /// `BORNE_RUN`.
    pub run: PathBuf,
    /// `BORNE_CONFIG`.
    pub config: PathBuf,
    /// `BORNE_DATA`.
    pub data: PathBuf,
    /// `BORNE_CLOCK`: where the gateway's time is kept, when there is such a directory.
    pub clock: PathBuf,
    /// `BORNE_LOG`.
    pub log: Option<String>,
}

impl Settings {
    /// `get` is the environment.
    pub fn from(get: impl Fn(&str) -> Option<String>) -> Self {
        let path = |name: &str, default: &str| {
            PathBuf::from(get(name).unwrap_or_else(|| default.to_owned()))
        };
        Self {
            run: path("BORNE_RUN", "/run/borne"),
            config: path("BORNE_CONFIG", "/etc/borne/terminal.toml"),
            data: path("BORNE_DATA", "/var/lib/borne"),
            clock: path("BORNE_CLOCK", "/data/gateway-time"),
            log: get("BORNE_LOG"),
        }
    }
}
