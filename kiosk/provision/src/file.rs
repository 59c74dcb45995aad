//! The file as written, and what can be wrong with it.

use borne_config::CheckedConfig;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Where the terminal's own configuration says that the town's authority is.
pub const CA: &str = "/etc/borne/ca.pem";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    gateway: Gateway,
    browser: toml::Table,
    #[serde(default)]
    session: toml::Table,
    #[serde(default)]
    network: Network,
    #[serde(default)]
    time: Time,
    #[serde(default)]
    reader: Reader,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reader {
    #[serde(default)]
    bus: Bus,
}

/// How the card reader is connected (docs/OPERATIONS.md, "Wiring").
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bus {
    /// PN532 on UART0.
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
    /// libnfc's connection string; the serial one is what kiosk-reader looks for by itself.
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
    #[serde(default)]
    token: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    address: Option<String>,
    router: Option<IpAddr>,
    #[serde(default)]
    dns: Vec<IpAddr>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    #[serde(default)]
    ntp: Vec<String>,
}

/// What `terminal.toml` holds (docs/terminal.example.toml).
#[derive(Serialize)]
struct Terminal {
    gateway: TerminalGateway,
    browser: toml::Table,
    session: toml::Table,
}

#[derive(Serialize)]
struct TerminalGateway {
    url: String,
    ca: &'static str,
}

/// A file that may be used.
pub struct Provision {
    /// PEM.
    pub ca: String,
    /// Text of `terminal.toml`; it has been checked.
    pub terminal: String,
    /// `None` once it has been used: blanks stand in its place.
    pub token: Option<String>,
    /// Address with prefix, router; `None` for DHCP.
    pub fixed: Option<(String, IpAddr)>,
    /// Name servers, besides or instead of DHCP's.
    pub dns: Vec<IpAddr>,
    /// Time servers.
    pub ntp: Vec<String>,
    /// The card reader's bus.
    pub bus: Bus,
}

/// What is wrong, for the person who wrote the file.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// Not TOML, an unknown key, a missing key, a wrong type.
    #[error("borne.toml, ligne {line} : {reason}")]
    Shape {
        /// From 1.
        line: usize,
        /// The parser's words.
        reason: String,
    },
    /// What the terminal's own configuration refuses.
    #[error("borne.toml : {0}")]
    Terminal(String),
    /// `gateway.ca`.
    #[error("borne.toml : gateway.ca n’est pas un certificat PEM ; collez le fichier entier, de -----BEGIN à -----END")]
    Ca,
    /// `gateway.token`.
    #[error(
        "borne.toml : gateway.token n’est pas un jeton de la passerelle ; demandez-en un avec « bornectl terminal invite »"
    )]
    Token,
    /// `network.address` and `network.router` go together.
    #[error("borne.toml : network.address (adresse/préfixe, par exemple 10.0.0.7/24) et network.router vont ensemble")]
    Network,
    /// A name that would become a line of its own.
    #[error("borne.toml : time.ntp : « {0} » n’est ni un nom ni une adresse")]
    Ntp(String),
}

impl Provision {
    /// Parses and checks the file.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, ProvisionError> {
        let file: File = toml::from_str(text).map_err(|error| shape(text, &error))?;
        let is_name =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
        let terminal = Terminal {
            gateway: TerminalGateway { url: file.gateway.url, ca: CA },
            browser: file.browser,
            session: file.session,
        };
        let terminal = toml::to_string(&terminal).map_err(|error| ProvisionError::Terminal(error.to_string()))?;
        CheckedConfig::parse(&terminal).map_err(|error| ProvisionError::Terminal(error.to_string()))?;
        let ca = file.gateway.ca.trim();
        if !ca.starts_with("-----BEGIN CERTIFICATE-----") || !ca.ends_with("-----END CERTIFICATE-----") {
            return Err(ProvisionError::Ca);
        }
        let token = Some(file.gateway.token.trim()).filter(|token| !token.is_empty()).map(str::to_owned);
        if token
            .as_deref()
            .is_some_and(|token| !token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=.".contains(&b)))
        {
            return Err(ProvisionError::Token);
        }
        let fixed = match (file.network.address, file.network.router) {
            (None, None) => None,
            (Some(address), Some(router)) if is_address_with_prefix(&address) => Some((address, router)),
            _ => return Err(ProvisionError::Network),
        };
        if let Some(wrong) = file.time.ntp.iter().find(|name| !is_name(name)) {
            return Err(ProvisionError::Ntp(wrong.clone()));
        }
        Ok(Self {
            ca: ca.to_owned() + "\n",
            terminal,
            token,
            fixed,
            dns: file.network.dns,
            ntp: file.time.ntp,
            bus: file.reader.bus,
        })
    }
}

fn is_address_with_prefix(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    prefix.parse().is_ok_and(|prefix: u8| prefix > 0 && prefix <= most)
}

/// A parser's message never repeats a value of the file: it may be the token.
fn shape(text: &str, error: &toml::de::Error) -> ProvisionError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    ProvisionError::Shape { line: text[..at].matches('\n').count() + 1, reason: error.message().to_owned() }
}
