//! `borne.toml`, the file IT puts on a fresh card.
//!
//! Duties: parse, check, and say what is wrong with the key and how to fix it. A [`Provision`] cannot be
//! made otherwise, and no value of one can break out of the line it will be written to. Never:
//! print the token, a passphrase or a password; a default that opens something.

mod check;
mod shape;

use crate::{CheckedConfig, ConfigError};
use borne_ipc::{Wiring, Wrong};
use serde::Deserialize;
use std::net::IpAddr;
use std::ops::Range;

/// Largest file, in bytes.
pub const MAX_FILE: usize = 64 * 1024;

/// What is wrong. The text names the key and how to fix it; none repeats a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("borne.toml{}{key}: {what}", if *line == 0 { ": ".to_owned() } else { format!(", line {line}: ") })]
pub struct ProvisionError {
    /// Counted from one; 0 when it is nowhere in particular.
    pub line: u32,
    /// `table.key`, or nothing.
    pub key: String,
    /// What is wrong there.
    pub what: Wrong,
}

/// What the terminal knows that the file is held to.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    /// Where the town's authority will be written.
    pub ca_file: &'a str,
    /// Seconds of the Unix epoch, by a clock that may be slow but not fast.
    pub now: i64,
    /// Whether the image has this time zone.
    pub has_zone: &'a dyn Fn(&str) -> bool,
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

/// Whether a Wi-Fi passphrase is the 256-bit key itself, in hexadecimal.
#[must_use]
pub fn is_raw_key(passphrase: &str) -> bool {
    passphrase.len() == 64 && passphrase.bytes().all(|byte| byte.is_ascii_hexdigit())
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
    /// What else is on the header; none of its pins is the reader's.
    pub wiring: Wiring,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    gateway: Gateway,
    browser: crate::Browser,
    #[serde(default)]
    session: crate::Session,
    #[serde(default)]
    network: Network,
    wifi: Option<WifiTable>,
    dot1x: Option<Dot1xTable>,
    proxy: Option<Proxy>,
    #[serde(default)]
    time: Time,
    #[serde(default)]
    reader: Reader,
    #[serde(default)]
    wiring: WiringTable,
    #[serde(default)]
    panel: crate::Panel,
}

/// Wider than a pin may be: one that is out of range is refused by its key's name.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WiringTable {
    red: Option<i64>,
    green: Option<i64>,
    blue: Option<i64>,
    buzzer: Option<i64>,
    presence: Option<i64>,
    display: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reader {
    bus: Option<String>,
}

/// How the card reader is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// PN532 on the serial line.
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

    /// The header's pins that it uses, by GPIO number.
    #[must_use]
    pub const fn pins(self) -> &'static [u8] {
        match self {
            Self::Uart => &[14, 15],
            Self::I2c => &[2, 3],
            Self::Spi => &[7, 8, 9, 10, 11],
            Self::Usb => &[],
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
    /// Parses and checks `borne.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str, here: Here<'_>) -> Result<Self, ProvisionError> {
        // What editors on Windows put in front.
        let (mark, body) = text.strip_prefix('\u{feff}').map_or((0, text), |body| (3, body));
        let file: File = toml::from_str(body).map_err(|error| shape::of(body, &error))?;
        let ca = check::ca("gateway.ca", &file.gateway.ca, here.now)?;
        let token_at = file.gateway.token.as_ref().map(|token| {
            let at = token.span();
            at.start + mark..at.end + mark
        });
        let token = match (file.gateway.token, &token_at) {
            // Behind its quote.
            (Some(text), Some(at)) => check::token(text.get_ref(), at.start + 1)?,
            _ => None,
        };
        let dot1x = file
            .dot1x
            .map(|table| check::dot1x(table.identity, table.password, table.ca, &ca, here.now))
            .transpose()?;
        let wifi = match file.wifi {
            Some(table) => {
                Some(check::wifi(table.ssid, table.passphrase, table.country, dot1x.is_some())?)
            }
            None => None,
        };
        let bus = check::bus(file.reader.bus.as_deref())?;
        let config = crate::File {
            gateway: crate::Gateway { url: file.gateway.url, ca: here.ca_file.into() },
            browser: file.browser,
            session: file.session,
            panel: file.panel,
        };
        Ok(Self {
            terminal: terminal(&config)?,
            method: check::method(file.network.address, file.network.router, &file.network.dns)?,
            proxy: file.proxy.map(|proxy| check::proxy(proxy.url)).transpose()?,
            ntp: file.time.ntp.into_iter().map(check::ntp).collect::<Result<_, _>>()?,
            zone: check::zone(file.time.zone, here.has_zone)?,
            wiring: check::wiring(&file.wiring, bus)?,
            bus,
            ca,
            token,
            token_at,
            wifi,
            dot1x,
        })
    }
}

/// What the supervisor will read, held to what the supervisor will hold it to.
fn terminal(file: &crate::File) -> Result<String, ProvisionError> {
    let text = toml::to_string(file).map_err(|_| shape::nowhere(Wrong::Syntax))?;
    match CheckedConfig::parse(&text) {
        Ok(_) => Ok(text),
        Err(ConfigError::Key { key, what }) => {
            Err(ProvisionError { line: 0, key: key.to_owned(), what })
        }
        Err(ConfigError::Shape(_)) => Err(shape::nowhere(Wrong::Syntax)),
    }
}

#[cfg(test)]
mod tests;
