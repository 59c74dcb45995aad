//! The terminal's configuration, `terminal.toml`.
//!
//! Duties: parse, check, and say what is wrong with the key and the mend. A [`CheckedConfig`]
//! cannot be made otherwise. Never: a secret (the configuration is pushed and shown), a default
//! that opens something.

mod host;
mod network;
pub mod provision;

pub use host::{HostPort, HostPortError};
pub use network::{Network, NetworkError};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// The file as written. Every key is explained in `docs/terminal.example.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    gateway: Gateway,
    browser: Browser,
    #[serde(default)]
    session: Session,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    url: String,
    ca: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Browser {
    allow: Vec<String>,
    #[serde(default)]
    lan: Vec<String>,
    warm_url: Option<String>,
    mailto: Option<String>,
    #[serde(default = "normal_zoom")]
    zoom_percent: u16,
    #[serde(default = "yes")]
    standby: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Session {
    idle_s: u64,
    countdown_s: u64,
    max_s: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self { idle_s: 120, countdown_s: 20, max_s: 1_800 }
    }
}

const fn normal_zoom() -> u16 {
    100
}

const fn yes() -> bool {
    true
}

/// A configuration that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckedConfig {
    /// `https` origin of the terminal API, without a trailing slash.
    pub gateway_url: String,
    /// PEM file: the authority of the gateway and of the groupware, and the only one the terminal
    /// trusts.
    pub ca: PathBuf,
    /// Exactly these may be reached by the browser.
    pub allow: Vec<HostPort>,
    /// Private networks in which those hosts may live.
    pub lan: Vec<Network>,
    /// Loaded by the standby browser.
    pub warm_url: Option<String>,
    /// The groupware's editor for a `mailto:` link; has one `{}`.
    pub mailto: Option<String>,
    /// 50 to 300.
    pub zoom_percent: u16,
    /// Keep a warmed browser ready while idle (about 190 MB).
    pub standby: bool,
    /// Rest before the countdown.
    pub idle: Duration,
    /// The countdown.
    pub countdown: Duration,
    /// Absolute length of a session.
    pub max: Duration,
}

/// What is wrong with the file. Every text names the key and the mend.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// Not TOML, an unknown key, a missing key, a wrong type.
    #[error("terminal.toml: {0}")]
    Shape(String),
    /// `gateway.url`.
    #[error(
        "gateway.url: {0:?} is not an https origin; write it like https://passerelle.mairie.example:8443"
    )]
    GatewayUrl(String),
    /// `browser.allow`.
    #[error("browser.allow: {0:?}: {1}; write host:port, like groupware.mairie.example:443")]
    Allow(String, HostPortError),
    /// `browser.allow` is empty.
    #[error(
        "browser.allow is empty: no page could open; list at least the gateway and the groupware"
    )]
    AllowNothing,
    /// `browser.lan`.
    #[error("browser.lan: {0:?}: {1}")]
    Lan(String, NetworkError),
    /// `browser.warm_url`.
    #[error("browser.warm_url: {0:?} is not an https URL of a host in browser.allow")]
    WarmUrl(String),
    /// `browser.mailto`.
    #[error(
        "browser.mailto: {0:?}: write an address with one {{}} in it for the mail address, relative to the groupware's first page or https on a host in browser.allow"
    )]
    Mailto(String),
    /// `browser.zoom_percent`.
    #[error("browser.zoom_percent: {0} is not between 50 and 300")]
    Zoom(u16),
    /// A duration.
    #[error("session.{key}: {value} s is not between {least} and {most}")]
    Session {
        /// The key.
        key: &'static str,
        /// What the file says, in seconds.
        value: u64,
        /// Smallest allowed, in seconds.
        least: u64,
        /// Largest allowed, in seconds.
        most: u64,
    },
}

impl CheckedConfig {
    /// Parses and checks `terminal.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let file: File =
            toml::from_str(text).map_err(|error| ConfigError::Shape(error.to_string()))?;
        let gateway_url = file.gateway.url.trim_end_matches('/').to_owned();
        if !gateway_url
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '@', '?', '#']))
        {
            return Err(ConfigError::GatewayUrl(file.gateway.url));
        }
        let mut allow = Vec::new();
        for text in file.browser.allow {
            match HostPort::parse(&text) {
                Ok(host_port) => allow.push(host_port),
                Err(error) => return Err(ConfigError::Allow(text, error)),
            }
        }
        if allow.is_empty() {
            return Err(ConfigError::AllowNothing);
        }
        let mut lan = Vec::new();
        for text in file.browser.lan {
            match Network::parse(&text) {
                Ok(network) => lan.push(network),
                Err(error) => return Err(ConfigError::Lan(text, error)),
            }
        }
        if let Some(url) = &file.browser.warm_url
            && !host::of_https_url(url).is_some_and(|host_port| allow.contains(&host_port))
        {
            return Err(ConfigError::WarmUrl(url.clone()));
        }
        if let Some(template) = &file.browser.mailto
            && !host::is_template(template, &allow)
        {
            return Err(ConfigError::Mailto(template.clone()));
        }
        let zoom_percent = file.browser.zoom_percent;
        if !(50..=300).contains(&zoom_percent) {
            return Err(ConfigError::Zoom(zoom_percent));
        }
        Ok(Self {
            gateway_url,
            ca: file.gateway.ca,
            allow,
            lan,
            warm_url: file.browser.warm_url,
            mailto: file.browser.mailto,
            zoom_percent,
            standby: file.browser.standby,
            idle: seconds("idle_s", file.session.idle_s, 2, 3_600)?,
            countdown: seconds("countdown_s", file.session.countdown_s, 2, 120)?,
            max: seconds("max_s", file.session.max_s, 10, 43_200)?,
        })
    }
}

fn seconds(key: &'static str, value: u64, least: u64, most: u64) -> Result<Duration, ConfigError> {
    if (least..=most).contains(&value) {
        Ok(Duration::from_secs(value))
    } else {
        Err(ConfigError::Session { key, value, least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../docs/terminal.example.toml");

    #[test]
    fn the_example_of_the_docs_is_a_good_configuration() {
        let config = CheckedConfig::parse(EXAMPLE).unwrap();
        assert_eq!(config.allow.len(), 2);
        assert_eq!(config.idle, Duration::from_secs(120));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = CheckedConfig::parse(&EXAMPLE.replace("idle_s", "idel_s")).unwrap_err();
        assert!(error.to_string().contains("idel_s"), "{error}");
    }

    #[test]
    fn each_bad_value_is_refused_and_named() {
        for (from, to, key) in [
            (
                "https://passerelle.mairie.example:8443",
                "http://passerelle.mairie.example",
                "gateway.url",
            ),
            ("groupware.mairie.example:443", "groupware.mairie.example", "browser.allow"),
            ("10.77.0.0/24", "127.0.0.0/8", "browser.lan"),
            ("zoom_percent = 100", "zoom_percent = 10", "browser.zoom_percent"),
            ("idle_s = 120", "idle_s = 0", "session.idle_s"),
            (
                "https://groupware.mairie.example/borne/warm",
                "https://ailleurs.example/",
                "browser.warm_url",
            ),
            ("#!/Mail/0/new?{}", "#!/Mail/0/new", "browser.mailto"),
            ("\"UIxMailPopupView", "\"https://ailleurs.example/", "browser.mailto"),
            ("\"UIxMailPopupView", "\"//ailleurs.example/", "browser.mailto"),
            ("\"UIxMailPopupView", "\"javascript:a", "browser.mailto"),
            ("\"UIxMailPopupView", "\"a{}", "browser.mailto"),
        ] {
            assert!(EXAMPLE.contains(from), "{from}");
            let error = CheckedConfig::parse(&EXAMPLE.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(key), "{key}: {error}");
        }
    }
}
