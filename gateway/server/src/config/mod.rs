//! The gateway's one configuration file. `docs/gateway.example.toml` explains every key.
//!
//! Duties: read, check, refuse with the key's name and how to fix it. Never: open a socket; keep a
//! secret (files hold them).

mod app;
mod check;

use borne_gateway_model::{Clients, DirectoryProfile, Login};
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A configuration that has been checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it was read from.
    #[serde(skip)]
    pub path: PathBuf,
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
    /// The applications that trust the gateway.
    #[serde(rename = "app", deserialize_with = "app::clients")]
    pub clients: Clients,
}

/// The listener of the terminals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminalApi {
    pub listen: SocketAddr,
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// How long a terminal's certificate is good; the terminal renews it by itself.
    #[serde(default = "longest_life")]
    pub certificate_s: u64,
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
    /// What an agent's entry must match besides the login (RFC 4515).
    pub filter: Option<String>,
    /// DN of the password policy of accounts that name none.
    pub default_policy: Option<String>,
    /// Accounts that must be seen as closed, or nobody is let in.
    #[serde(default, deserialize_with = "logins")]
    pub locked_canary: Vec<Login>,
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
    /// Different badges that a terminal may lay in vain in ten minutes, before it may try once a minute.
    pub strange_badges: u32,
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
            strange_badges: borne_gateway_model::SUSPECTS_PER_TERMINAL,
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
    #[error("{key}: “{value}” cannot be used; {fix}")]
    Value { key: String, value: String, fix: &'static str },
    /// A number that is too small or too great.
    #[error("{key}: {value} is not between {least} and {most}")]
    Range { key: &'static str, value: u64, least: u64, most: u64 },
    /// Something that may be there once is there twice.
    #[error("{key}: “{value}” stands there twice; {fix}")]
    Twice { key: String, value: String, fix: &'static str },
}

impl Config {
    /// Reads and checks the file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Checks the text of the file that is, or will be, there.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text)
            .map_err(|e| ConfigError::Shape { path: path.to_owned(), message: e.to_string() })?;
        config.path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        check::check(&config)?;
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
}

fn system_authorities() -> PathBuf {
    PathBuf::from("/etc/ssl/certs/ca-certificates.crt")
}

/// In seconds.
fn longest_life() -> u64 {
    crate::authority::LONGEST_LIFE.whole_seconds().unsigned_abs()
}

fn two_seconds() -> u64 {
    2_000
}

/// One login, or a list.
fn logins<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Login>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    let texts = match OneOrMore::deserialize(from)? {
        OneOrMore::One(text) => vec![text],
        OneOrMore::More(texts) => texts,
    };
    let login = |text: String| Login::read(&text).map_err(serde::de::Error::custom);
    texts.into_iter().map(login).collect()
}
