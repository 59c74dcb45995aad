//! The terminal's configuration, `terminal.toml`.
//!
//! Duties: parse, check, and say what is wrong with the key and how to fix it. A [`CheckedConfig`]
//! cannot be made otherwise. Never: a secret (the configuration is pushed and shown), a default
//! that opens something.

mod authority;
mod countries;
mod host;
pub mod provision;

use borne_ipc::{HostPort, HostPortError, Network, PanelModes, Wrong};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// The file as written. Every key is explained in `docs/terminal.example.toml`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    gateway: Gateway,
    browser: Browser,
    #[serde(default)]
    session: Session,
    #[serde(default)]
    panel: Panel,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    url: String,
    ca: PathBuf,
}

/// Numbers are wider than they may be: one that is out of range is refused by its key's name.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Browser {
    allow: Vec<String>,
    #[serde(default)]
    lan: Vec<String>,
    warm_url: Option<String>,
    mailto: Option<String>,
    #[serde(default = "normal_zoom")]
    zoom_percent: i64,
    #[serde(default = "yes")]
    standby: bool,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Session {
    idle_s: i64,
    countdown_s: i64,
    max_s: i64,
}

impl Default for Session {
    fn default() -> Self {
        Self { idle_s: 120, countdown_s: 20, max_s: 1_800 }
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Panel {
    sounds: bool,
    brightness_percent: i64,
    night: Option<String>,
    sleep_s: i64,
}

impl Default for Panel {
    fn default() -> Self {
        Self { sounds: true, brightness_percent: 60, night: None, sleep_s: 0 }
    }
}

/// How a panel behaves where nothing is said of it.
pub const DEFAULT_PANEL: PanelModes =
    PanelModes { sounds: true, brightness_percent: 60, night: None, stuck_after_s: STUCK_AFTER_S };
/// Nobody stands before a terminal for two hours.
const STUCK_AFTER_S: u32 = 7_200;

const fn normal_zoom() -> i64 {
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
    /// How loud and how bright the panel is.
    pub panel: PanelModes,
    /// Rest before an idle screen gets dark; `None`: it never does.
    pub sleep: Option<Duration>,
}

/// What is wrong with the file. Every text names the key and how to fix it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// Not TOML, an unknown key, a missing key, a wrong type.
    #[error("terminal.toml: {0}")]
    Shape(String),
    /// A key's value.
    #[error("{key}: {what}")]
    Key {
        /// `table.key`.
        key: &'static str,
        /// What to write instead.
        what: Wrong,
    },
}

const fn wrong<T>(key: &'static str, what: Wrong) -> Result<T, ConfigError> {
    Err(ConfigError::Key { key, what })
}

impl CheckedConfig {
    /// Parses and checks `terminal.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text)
            .map_err(|error| ConfigError::Shape(error.to_string()))
            .and_then(Self::of)
    }

    fn of(file: File) -> Result<Self, ConfigError> {
        let gateway_url = gateway_url(&file.gateway.url)?;
        let allow = each("browser.allow", &file.browser.allow, Wrong::HostPort, HostPort::parse)?;
        if allow.is_empty() {
            return wrong("browser.allow", Wrong::Nothing);
        }
        let lan = each("browser.lan", &file.browser.lan, Wrong::Lan, Network::parse)?;
        if let Some(url) = &file.browser.warm_url {
            let plain = !url.contains(|c: char| c.is_whitespace() || c.is_control());
            let listed = host::of_https_url(url).is_ok_and(|host_port| allow.contains(&host_port));
            if !plain || !listed {
                return wrong(
                    "browser.warm_url",
                    if plain { Wrong::WarmUrl } else { Wrong::Blank },
                );
            }
        }
        if let Some(template) = &file.browser.mailto
            && !host::is_template(template, &allow)
        {
            return wrong("browser.mailto", Wrong::Mailto);
        }
        Ok(Self {
            gateway_url,
            ca: file.gateway.ca,
            allow,
            lan,
            warm_url: file.browser.warm_url,
            zoom_percent: number("browser.zoom_percent", file.browser.zoom_percent, 50, 300)?,
            mailto: file.browser.mailto,
            standby: file.browser.standby,
            idle: seconds("session.idle_s", file.session.idle_s, 2, 3_600)?,
            countdown: seconds("session.countdown_s", file.session.countdown_s, 2, 120)?,
            max: seconds("session.max_s", file.session.max_s, 10, 43_200)?,
            panel: modes(&file.panel)?,
            sleep: match file.panel.sleep_s {
                0 => None,
                time => Some(seconds("panel.sleep_s", time, 10, 43_200)?),
            },
        })
    }
}

/// An `https` origin in its plain spelling, so that nothing the client's own parser would take
/// otherwise, or refuse later, gets through.
fn gateway_url(text: &str) -> Result<String, ConfigError> {
    const KEY: &str = "gateway.url";
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return wrong(KEY, Wrong::Blank);
    }
    let origin = text.strip_suffix('/').unwrap_or(text);
    match host::of_https_url(origin) {
        Err(HostPortError::Port) if origin.starts_with("https://") => wrong(KEY, Wrong::Port),
        Ok(_) if !origin.get(8..).unwrap_or_default().contains(['/', '?', '#']) => {
            Ok(origin.to_owned())
        }
        _ => wrong(KEY, Wrong::Url),
    }
}

fn modes(panel: &Panel) -> Result<PanelModes, ConfigError> {
    let brightness =
        number("panel.brightness_percent", panel.brightness_percent, 1, 100)?.try_into();
    let night = panel.night.as_deref().map(str::parse).transpose();
    Ok(PanelModes {
        sounds: panel.sounds,
        brightness_percent: brightness.unwrap_or(DEFAULT_PANEL.brightness_percent),
        night: night.or_else(|_| wrong("panel.night", Wrong::Hours))?,
        stuck_after_s: STUCK_AFTER_S,
    })
}

fn each<T, E>(
    key: &'static str,
    texts: &[String],
    what: Wrong,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, ConfigError> {
    texts.iter().map(|text| parse(text).or_else(|_| wrong(key, what))).collect()
}

fn number(key: &'static str, value: i64, least: u16, most: u16) -> Result<u16, ConfigError> {
    match u16::try_from(value) {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => wrong(key, Wrong::Range { least: least.into(), most: most.into() }),
    }
}

fn seconds(key: &'static str, value: i64, least: u16, most: u16) -> Result<Duration, ConfigError> {
    number(key, value, least, most).map(|seconds| Duration::from_secs(seconds.into()))
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
            ("zoom_percent = 100", "zoom_percent = -1", "browser.zoom_percent"),
            ("idle_s = 120", "idle_s = 0", "session.idle_s"),
            ("max_s = 1800", "max_s = 99999999999", "session.max_s"),
            ("brightness_percent = 60", "brightness_percent = 0", "panel.brightness_percent"),
            ("sleep_s = 0", "night = \"21:00-21:00\"", "panel.night"),
            ("sleep_s = 0", "night = \"21h-6h\"", "panel.night"),
            ("sleep_s = 0", "sleep_s = 5", "panel.sleep_s"),
            ("sleep_s = 0", "sleep_s = -1", "panel.sleep_s"),
            ("example:8443\"", "example:84433\"", "gateway.url"),
            ("example:8443\"", "example:8443 \"", "gateway.url"),
            ("example:8443\"", "example:8443/v1\"", "gateway.url"),
            ("example:8443\"", "example:\"", "gateway.url"),
            ("https://passerelle", "https://nom@passerelle", "gateway.url"),
            ("https://passerelle", "https://Passerelle", "gateway.url"),
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
