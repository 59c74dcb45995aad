//! What is wrong with a card's `borne.toml`: a key by its own name, and how to write it.
//!
//! The texts here are for the log; the screen's, in both languages, are in `ui/provision.slint`.

use serde::{Deserialize, Serialize};

/// For the screen. It repeats no value of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionFault {
    /// Counted from one; 0 when it is nowhere in particular.
    pub line: u32,
    /// `table.key`; for [`Wrong::OtherName`] the name of the file that was found. Printable ASCII,
    /// at most [`ProvisionFault::LONGEST`] letters; may be empty.
    pub key: String,
    /// What, and so how to fix it.
    pub what: Wrong,
}

impl ProvisionFault {
    /// Longest `key`.
    pub const LONGEST: usize = 40;

    /// A fault; whatever of `key` should not be on a screen is left out.
    #[must_use]
    pub fn new(line: u32, key: &str, what: Wrong) -> Self {
        let shown = |letter: &char| letter.is_ascii_graphic() || *letter == ' ';
        Self { line, key: key.chars().filter(shown).take(Self::LONGEST).collect(), what }
    }
}

/// What is wrong, in words that say how to fix it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[rustfmt::skip]
pub enum Wrong {
    /// Not TOML.
    #[error("not TOML: check quotes, brackets and the equals sign")]
    Syntax,
    /// A key that does not exist.
    #[error("unknown key: correct its name, or remove the line")]
    UnknownKey,
    /// A key or table that must be there.
    #[error("missing: add it")]
    MissingKey,
    /// A key or table that is there twice.
    #[error("written twice: keep one")]
    Twice,
    /// Text for a number, a number for text…
    #[error("the wrong kind of value: text has quotation marks, numbers and true or false have none")]
    Kind,
    /// Not UTF-8.
    #[error("save the file as UTF-8")]
    Encoding,
    /// More than 64 KiB.
    #[error("the file is larger than 64 KiB")]
    TooLarge,
    /// No file, on a card that was never set up.
    #[error("there is no borne.toml on the card: put it there")]
    NoFile,
    /// No `borne.toml`, but a file whose name is nearly that.
    #[error("the file must be named borne.toml, exactly: rename it")]
    OtherName,
    /// The card or its data partition cannot be read or written.
    #[error("the card cannot be read or written")]
    Card,
    /// Not an `https` origin.
    #[error("write https://, the host in lower case and the port, and nothing after it")]
    Url,
    /// Blank or control characters in an address.
    #[error("remove the blanks from the address")]
    Blank,
    /// No port.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Not whole PEM, or not a certificate.
    #[error("the certificate is incomplete or damaged: copy all of it, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----")]
    CaDamaged,
    /// A private key.
    #[error("this is a private key: put the authority's certificate here, and replace that key")]
    CaPrivateKey,
    /// Past its end.
    #[error("the authority's certificate has expired: put the present one here")]
    CaExpired,
    /// A server's certificate.
    #[error("this certificate is no authority's: put that of the authority here, not the server's")]
    CaNotAuthority,
    /// Not what the gateway prints.
    #[error("copy the whole line that `bornectl terminal invite` printed")]
    Token,
    /// Not `host:port`.
    #[error("list host:port, like groupware.mairie.example:443")]
    HostPort,
    /// Empty.
    #[error("list at least the gateway and the groupware")]
    Nothing,
    /// Not a private network.
    #[error("list private networks by first address and bits, like 10.20.0.0/24")]
    Lan,
    /// Not on the list.
    #[error("write an https address of a host in browser.allow")]
    WarmUrl,
    /// Not an address with a place for the mail address.
    #[error(
        "write an address with one {{}} in it for the mail address, relative to the groupware's first page or https on a host in browser.allow"
    )]
    Mailto,
    /// A number out of range.
    #[error("write a number from {least} to {most}")]
    Range {
        /// Smallest allowed.
        least: u32,
        /// Largest allowed.
        most: u32,
    },
    /// Not an address with a prefix.
    #[error("write address and bits of the network, like 10.20.0.15/24; leave it out for DHCP")]
    Address,
    /// The network's own address.
    #[error("this is the address of the whole network: write the terminal's own, like 10.20.0.15/24")]
    AddressOfNetwork,
    /// The network's last address.
    #[error("this is the network's broadcast address: write the terminal's own, like 10.20.0.15/24")]
    AddressOfAll,
    /// Not a neighbour.
    #[error("write the router's address, in the network of network.address, like 10.20.0.1")]
    Router,
    /// Not name servers.
    #[error("list one to four name servers by address, like [\"10.20.0.53\"]")]
    Dns,
    /// No SSID.
    #[error("write the network's name, 1 to 32 bytes: an accented letter counts for two")]
    Ssid,
    /// No WPA key.
    #[error("write 8 to 63 characters without accents, or the key itself as 64 hexadecimal digits")]
    WifiKey,
    /// A WPA key besides 802.1X.
    #[error("leave it out: [dot1x] says who the terminal is")]
    WifiKeyTwice,
    /// No WPA key.
    #[error("write it, or add [dot1x]; an open network is not joined")]
    WifiKeyMissing,
    /// Not a country of ISO 3166-1.
    #[error("write the country's two capital letters, like FR (the United Kingdom is GB)")]
    Country,
    /// Not one line.
    #[error("write it in one line, at most 253 bytes, as the RADIUS server knows it")]
    Line,
    /// Not an HTTP proxy.
    #[error("write it like http://proxy.mairie.example:3128, without name and password")]
    Proxy,
    /// Not hosts.
    #[error("list names or addresses, like [\"ntp.mairie.example\"]")]
    Ntp,
    /// Not in the image's time zones.
    #[error("there is no such time zone: write it as the tz database does, like Europe/Paris or Indian/Reunion")]
    Zone,
    /// Not a bus of the card reader.
    #[error("write uart, i2c, spi or usb")]
    Bus,
    /// Not hours of a day.
    #[error("write two different times of the day, like 21:00-06:30")]
    Hours,
    /// Not a pin, or not a free one.
    #[error("write a GPIO number from 2 to 27 that nothing else uses: neither another line, nor the reader on its bus, nor the display (2 and 3)")]
    GpioPin,
    /// Not the address of an SSD1306.
    #[error("write 0x3c or 0x3d")]
    DisplayAddress,
}

impl Wrong {
    /// Every one, for translations and tests.
    pub const ALL: [Self; 42] = [
        Self::Syntax,
        Self::UnknownKey,
        Self::MissingKey,
        Self::Twice,
        Self::Kind,
        Self::Encoding,
        Self::TooLarge,
        Self::NoFile,
        Self::OtherName,
        Self::Card,
        Self::Url,
        Self::Blank,
        Self::Port,
        Self::CaDamaged,
        Self::CaPrivateKey,
        Self::CaExpired,
        Self::CaNotAuthority,
        Self::Token,
        Self::HostPort,
        Self::Nothing,
        Self::Lan,
        Self::WarmUrl,
        Self::Mailto,
        Self::Range { least: 2, most: 3_600 },
        Self::Address,
        Self::AddressOfNetwork,
        Self::AddressOfAll,
        Self::Router,
        Self::Dns,
        Self::Ssid,
        Self::WifiKey,
        Self::WifiKeyTwice,
        Self::WifiKeyMissing,
        Self::Country,
        Self::Line,
        Self::Proxy,
        Self::Ntp,
        Self::Zone,
        Self::Bus,
        Self::Hours,
        Self::GpioPin,
        Self::DisplayAddress,
    ];
}
