//! The gateway's one configuration file. `docs/gateway.example.toml` explains every key.
//!
//! Duties: read, check, refuse with the key's name and the mend. Never: open a socket; keep a
//! secret (files hold them).

use borne_gateway_model::{App, AppLogout, Apps, DirectoryProfile};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A configuration that has been checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub state_dir: PathBuf,
    pub terminal_api: TerminalApi,
    pub web: Web,
    pub directory: Directory,
    #[serde(default)]
    pub session: Session,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub audit: Audit,
    #[serde(rename = "app")]
    apps: Vec<App>,
}

/// The listener of the terminals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminalApi {
    pub listen: SocketAddr,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// The listener of browsers and applications.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    pub listen: SocketAddr,
    /// Origin, as browsers see it.
    pub url: String,
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Authorities of the applications, PEM.
    #[serde(default = "system_authorities")]
    pub trust: PathBuf,
    /// Name of the application a login goes to.
    pub home: String,
}

/// Where accounts are looked up.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    pub url: String,
    #[serde(default = "system_authorities")]
    pub trust: PathBuf,
    pub bind_dn: String,
    pub password_file: PathBuf,
    pub base: String,
    pub profile: DirectoryProfile,
    #[serde(default = "two_seconds")]
    pub timeout_ms: u64,
}

/// Lives.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    pub heartbeat_ms: u64,
    pub absolute_s: u64,
    pub login_ticket_ms: u64,
    pub service_ticket_ms: u64,
    pub tap_ms: u64,
    pub logout_timeout_ms: u64,
    /// How often the directory is asked whether an agent may still be in.
    pub recheck_s: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            heartbeat_ms: 6_000,
            absolute_s: 4 * 3600,
            login_ticket_ms: borne_gateway_api::TICKET_LIFE_MS,
            service_ticket_ms: 10_000,
            tap_ms: 60_000,
            logout_timeout_ms: 2_000,
            recheck_s: 300,
        }
    }
}

/// What one terminal may do in a minute, and one address at the web listener.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    pub taps_per_minute: usize,
    pub pins_per_minute: usize,
    /// Of whatever kind: an honest terminal makes some thirty, and a few more while somebody is there.
    pub requests_per_minute: usize,
    pub connections_per_address: usize,
    pub connections_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            taps_per_minute: 30,
            pins_per_minute: 20,
            requests_per_minute: 1200,
            connections_per_address: 128,
            connections_per_second: 50,
        }
    }
}

/// How long the audit is kept.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    pub keep_days: u64,
}

impl Default for Audit {
    fn default() -> Self {
        Self { keep_days: 365 }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Cannot be read.
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// Not TOML, an unknown key, a missing one, or one of the wrong kind.
    #[error("{path}: {message}")]
    Shape { path: PathBuf, message: String },
    /// A value that cannot be.
    #[error("{key}: {problem}; {mend}")]
    Value { key: String, problem: String, mend: &'static str },
}

impl Config {
    /// Reads and checks the file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text)
            .map_err(|e| ConfigError::Shape { path: path.to_owned(), message: e.to_string() })?;
        config.check()?;
        Ok(config)
    }

    /// The files it names, none of which is ever written.
    pub fn files(&self) -> [&Path; 7] {
        let (api, web, directory) = (&self.terminal_api, &self.web, &self.directory);
        [
            &api.certificate,
            &api.key,
            &web.certificate,
            &web.key,
            &web.trust,
            &directory.trust,
            &directory.password_file,
        ]
        .map(PathBuf::as_path)
    }

    /// The applications.
    pub fn apps(&self) -> Apps {
        Apps::new(self.apps.clone())
    }

    fn check(&self) -> Result<(), ConfigError> {
        let origin = self
            .web
            .url
            .strip_prefix("https://")
            .filter(|host| !host.is_empty() && !host.contains('/'));
        demand(
            origin.is_some(),
            "web.url",
            &self.web.url,
            "write an origin such as https://passerelle.mairie.fr, without a path",
        )?;
        demand(
            self.directory.url.starts_with("ldaps://"),
            "directory.url",
            &self.directory.url,
            "write ldaps://host: the account's state must not be forged on the way",
        )?;
        demand(
            self.session.login_ticket_ms <= borne_gateway_api::TICKET_LIFE_MS,
            "session.login_ticket_ms",
            "more than ten seconds",
            "write 10000 or less",
        )?;
        demand(
            self.session.heartbeat_ms >= 100,
            "session.heartbeat_ms",
            "less than 100",
            "write at least 3 × the poll's 2000 for real terminals",
        )?;
        demand(
            self.apps.iter().any(|app| app.name == self.web.home),
            "web.home",
            &self.web.home,
            "write the name of one of the [[app]] tables",
        )?;
        self.apps.iter().try_for_each(check_app)
    }
}

fn check_app(app: &App) -> Result<(), ConfigError> {
    let key = |name: &str| format!("app.{}.{name}", app.name);
    demand(!app.services.is_empty(), &key("services"), "empty", "name at least one service URL")?;
    let https = |name: &str, url: &str| {
        demand(
            has_path(url),
            &key(name),
            url,
            "write a full https:// URL with a path (a host alone would also match host.elsewhere)",
        )
    };
    app.services.iter().try_for_each(|url| https("services", url))?;
    app.proxy_callbacks.iter().try_for_each(|url| https("proxy_callbacks", url))?;
    app.warm_assets.iter().try_for_each(|url| https("warm_assets", url))?;
    https("entry", &app.entry)?;
    match &app.logout {
        AppLogout::CasSloTo(url) | AppLogout::BrowserVisit(url) => https("logout", url),
        AppLogout::CasSlo | AppLogout::None => Ok(()),
    }
}

fn has_path(url: &str) -> bool {
    let clean =
        !url.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>'));
    clean
        && url
            .strip_prefix("https://")
            .and_then(|rest| rest.split_once('/'))
            .is_some_and(|(host, _)| !host.is_empty())
}

fn demand(good: bool, key: &str, problem: &str, mend: &'static str) -> Result<(), ConfigError> {
    if good {
        Ok(())
    } else {
        Err(ConfigError::Value {
            key: key.to_owned(),
            problem: format!("“{problem}” cannot be used"),
            mend,
        })
    }
}

fn system_authorities() -> PathBuf {
    PathBuf::from("/etc/ssl/certs/ca-certificates.crt")
}

fn two_seconds() -> u64 {
    2_000
}
