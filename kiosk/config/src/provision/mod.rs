//! `borne.toml`, the file IT puts on a fresh card.
//!
//! Duties: parse, check, and say what is wrong with the key and the mend. A [`Provision`] cannot be
//! made otherwise, and no value of one can break out of the line it will be written to. Never:
//! print the token, a passphrase or a password; a default that opens something.

mod check;

use crate::{CheckedConfig, ConfigError};
use serde::Deserialize;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::ops::Range;

/// Largest file, in bytes.
pub const MAX_FILE: usize = 64 * 1024;

/// What is wrong. Every text names the key and the mend; none repeats a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionError {
    /// Not TOML, an unknown key, a missing key, a wrong type.
    #[error("borne.toml, line {line}: {what}")]
    Shape {
        /// Counted from one; 0 when it is nowhere in particular.
        line: u32,
        /// As the parser says it, without the text of the file.
        what: String,
    },
    /// A key's value.
    #[error("borne.toml: {key}: {mend}")]
    Key {
        /// `table.key`.
        key: &'static str,
        /// What to write instead.
        mend: &'static str,
    },
    /// What becomes `terminal.toml`.
    #[error("borne.toml: {0}")]
    Terminal(ConfigError),
}

/// How the terminal gets its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// It asks for one.
    Dhcp,
    /// It is given one.
    Static {
        /// Its own.
        address: IpAddr,
        /// Bits of the network.
        prefix: u8,
        /// The way out.
        gateway: IpAddr,
        /// Name servers; at least one.
        dns: Vec<IpAddr>,
    },
}

/// A wireless network.
#[derive(Clone, PartialEq, Eq)]
pub struct Wifi {
    /// Its name.
    pub ssid: String,
    /// WPA2 or WPA3 personal; without, 802.1X.
    pub passphrase: Option<String>,
    /// Whose rules for radio hold (ISO 3166-1).
    pub country: String,
}

/// 802.1X by PEAP with MSCHAPv2, on the wire or on the wireless network.
#[derive(Clone, PartialEq, Eq)]
pub struct Dot1x {
    /// The terminal's name there.
    pub identity: String,
    /// Its password.
    pub password: String,
    /// Authority of the server's certificate, PEM.
    pub ca: String,
}

/// A card's file that may be used.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provision {
    /// `terminal.toml`; it has passed [`CheckedConfig::parse`].
    pub terminal: String,
    /// The town's authority, PEM.
    pub ca: String,
    /// One-time token, until it is used.
    pub token: Option<String>,
    /// Where the token's text stands in the file, quotes included.
    pub token_at: Option<Range<usize>>,
    /// Address.
    pub method: Method,
    /// Wireless.
    pub wifi: Option<Wifi>,
    /// Port authentication.
    pub dot1x: Option<Dot1x>,
    /// Through which updates are fetched.
    pub proxy: Option<String>,
    /// Time servers.
    pub ntp: Vec<String>,
    /// As the tz database names it.
    pub zone: String,
    /// The card reader's.
    pub bus: Bus,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    gateway: Gateway,
    browser: toml::Table,
    #[serde(default)]
    session: toml::Table,
    #[serde(default)]
    network: Network,
    wifi: Option<WifiTable>,
    dot1x: Option<Dot1xTable>,
    proxy: Option<Proxy>,
    #[serde(default)]
    time: Time,
    #[serde(default)]
    reader: Reader,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reader {
    bus: Bus,
}

/// How the card reader is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bus {
    /// PN532 on the serial line.
    #[default]
    Uart,
    /// PN532 on I2C bus 1.
    I2c,
    /// PN532 on SPI bus 0, first select line.
    Spi,
    /// ACR122U and its relatives.
    Usb,
}

impl Bus {
    /// libnfc's connection string; the serial line is what the reader's process looks for by
    /// itself.
    #[must_use]
    pub const fn libnfc(self) -> Option<&'static str> {
        match self {
            Self::Uart => None,
            Self::I2c => Some("pn532_i2c:/dev/i2c-1"),
            Self::Spi => Some("pn532_spi:/dev/spidev0.0"),
            Self::Usb => Some("acr122_usb"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    url: String,
    ca: String,
    token: Option<toml::Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    address: Option<String>,
    router: Option<String>,
    #[serde(default)]
    dns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WifiTable {
    ssid: String,
    passphrase: Option<String>,
    country: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dot1xTable {
    identity: String,
    password: String,
    ca: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proxy {
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Time {
    ntp: Vec<String>,
    zone: String,
}

impl Default for Time {
    fn default() -> Self {
        Self { ntp: Vec::new(), zone: "Europe/Paris".to_owned() }
    }
}

impl Provision {
    /// Parses and checks `borne.toml`. `ca_file` is where its authority will be written.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str, ca_file: &str) -> Result<Self, ProvisionError> {
        // What editors on Windows put in front.
        let (mark, body) = text.strip_prefix('\u{feff}').map_or((0, text), |body| (3, body));
        let file: File = toml::from_str(body).map_err(|error| shape(body, &error))?;
        let ca = check::pem("gateway.ca", &file.gateway.ca)?;
        let token_at = file.gateway.token.as_ref().map(|token| {
            let at = token.span();
            at.start + mark..at.end + mark
        });
        let token = match file.gateway.token.map(toml::Spanned::into_inner) {
            Some(text) => check::token(&text)?,
            None => None,
        };
        let dot1x = file
            .dot1x
            .map(|table| check::dot1x(table.identity, table.password, table.ca, &ca))
            .transpose()?;
        let wifi = match file.wifi {
            Some(table) => {
                Some(check::wifi(table.ssid, table.passphrase, table.country, dot1x.is_some())?)
            }
            None => None,
        };
        Ok(Self {
            terminal: terminal(&file.gateway.url, ca_file, file.browser, file.session)?,
            method: check::method(file.network.address, file.network.router, &file.network.dns)?,
            proxy: file.proxy.map(|proxy| check::proxy(proxy.url)).transpose()?,
            ntp: file.time.ntp.into_iter().map(check::ntp).collect::<Result<_, _>>()?,
            zone: check::zone(file.time.zone)?,
            bus: file.reader.bus,
            ca,
            token,
            token_at,
            wifi,
            dot1x,
        })
    }
}

/// What the supervisor will read, held to what the supervisor will hold it to.
fn terminal(
    url: &str,
    ca_file: &str,
    browser: toml::Table,
    session: toml::Table,
) -> Result<String, ProvisionError> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = format!("[gateway]\nurl = {}\nca = {}\n", quoted(url), quoted(ca_file));
    for (name, table) in [("browser", browser), ("session", session)] {
        let _infallible = writeln!(text, "\n[{name}]\n{table}");
    }
    match CheckedConfig::parse(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(ProvisionError::Terminal(error)),
    }
}

/// The parser's own picture of the place would repeat the line, which may hold a secret.
fn shape(text: &str, error: &toml::de::Error) -> ProvisionError {
    let before = error.span().and_then(|at| text.get(..at.start));
    let line = before.map_or(0, |before| before.matches('\n').count() + 1);
    let what = error.message().split('`').take(3).collect::<Vec<_>>().join("`");
    ProvisionError::Shape { line: u32::try_from(line).unwrap_or(0), what }
}

#[cfg(test)]
mod tests;
