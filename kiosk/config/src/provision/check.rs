//! One function per value of `borne.toml`. What is let through is one line of plain text.

use super::{Bus, Dot1x, Method, ProvisionError, Wifi, WiringTable};
use crate::authority;
use crate::countries::is_country;
use borne_ipc::{HostPort, HostPortError, Wiring, WiringError, Wrong};
use std::net::IpAddr;

type Checked<T> = Result<T, ProvisionError>;

fn wrong<T>(key: &'static str, what: Wrong) -> Checked<T> {
    Err(ProvisionError { line: 0, key: key.to_owned(), what })
}

fn one_line(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && !text.chars().any(char::is_control)
}

pub fn ca(key: &'static str, text: &str, now: i64) -> Checked<String> {
    authority::check(text, now).or_else(|what| wrong(key, what))
}

/// What the gateway makes: 256 bits in base64url (RFC 4648).
const TOKEN: usize = 43;
/// What a card writes whole or not at all.
const SECTOR: usize = 512;

/// `None` once it was used: spaces stand in its place. A power cut in the middle of that leaves
/// some of its letters at one end, up to where a sector of the card begins; `at` is where the text
/// begins in the file. A token that is short in any other way was copied badly.
pub fn token(text: &str, at: usize) -> Checked<Option<String>> {
    let token = text.trim();
    let letters = token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let edge = if text.starts_with(' ') { at + TOKEN - token.len() } else { at + token.len() };
    let half = letters
        && text.len() == TOKEN
        && token.len() < TOKEN
        && (text.starts_with(token) || text.ends_with(token))
        && edge.is_multiple_of(SECTOR);
    if token.is_empty() || half {
        return Ok(None);
    }
    if letters && token.len() == TOKEN {
        return Ok(Some(token.to_owned()));
    }
    wrong("gateway.token", Wrong::Token)
}

pub fn method(address: Option<String>, router: Option<String>, dns: &[String]) -> Checked<Method> {
    let Some(text) = address else {
        return match (router, dns) {
            (None, []) => Ok(Method::Dhcp),
            _ => wrong("network.address", Wrong::Address),
        };
    };
    let parsed = text.split_once('/').and_then(|(address, bits)| {
        let digits = bits.bytes().all(|byte| byte.is_ascii_digit());
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 30 } else { 126 };
        Some((address, bits.parse::<u8>().ok().filter(|bits| digits && (8..=most).contains(bits))?))
    });
    let Some((address, prefix)) = parsed.filter(|(address, _)| is_a_hosts(address)) else {
        return wrong("network.address", Wrong::Address);
    };
    if let Some(what) = of_the_whole_network(address, prefix) {
        return wrong("network.address", what);
    }
    let way: Option<IpAddr> = router.and_then(|text| text.parse().ok());
    let near = |ip: &IpAddr| {
        ip.is_ipv4() == address.is_ipv4()
            && *ip != address
            && bits(*ip, prefix) == bits(address, prefix)
            && of_the_whole_network(*ip, prefix).is_none()
    };
    let Some(gateway) = way.filter(near) else {
        return wrong("network.router", Wrong::Router);
    };
    let other = |ip: &IpAddr| is_a_hosts(ip) && *ip != address;
    let servers: Option<Vec<IpAddr>> =
        dns.iter().map(|text| text.parse().ok().filter(other)).collect();
    match servers.filter(|servers| (1..=4).contains(&servers.len())) {
        Some(dns) => Ok(Method::Static { address, prefix, gateway, dns }),
        None => wrong("network.dns", Wrong::Dns),
    }
}

/// Neither loopback nor multicast, nor of the blocks that no host may have (RFC 1122, 3.2.1.3; RFC
/// 1112, 4).
const fn is_a_hosts(ip: &IpAddr) -> bool {
    let reserved = match ip {
        IpAddr::V4(ip) => matches!(ip.octets()[0], 0 | 240..),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().is_some(),
    };
    !reserved && !ip.is_loopback() && !ip.is_multicast() && !ip.is_unspecified()
}

/// The first address of a network is its name; the last one of an IPv4 network is everybody's.
fn of_the_whole_network(address: IpAddr, prefix: u8) -> Option<Wrong> {
    let (value, width) = value(address);
    let hosts = width - u32::from(prefix);
    let host = value & !(u128::MAX << hosts);
    match host {
        0 => Some(Wrong::AddressOfNetwork),
        _ if address.is_ipv4() && host + 1 == 1 << hosts => Some(Wrong::AddressOfAll),
        _ => None,
    }
}

/// The first bits, those of the network.
fn bits(address: IpAddr, prefix: u8) -> u128 {
    let (value, width) = value(address);
    value >> (width - u32::from(prefix))
}

/// As a number of so many bits.
fn value(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

pub fn wifi(
    ssid: String,
    passphrase: Option<String>,
    country: String,
    dot1x: bool,
) -> Checked<Wifi> {
    if !one_line(&ssid, 32) {
        return wrong("wifi.ssid", Wrong::Ssid);
    }
    match &passphrase {
        Some(text) if !is_wpa_key(text) => wrong("wifi.passphrase", Wrong::WifiKey),
        Some(_) if dot1x => wrong("wifi.passphrase", Wrong::WifiKeyTwice),
        None if !dot1x => wrong("wifi.passphrase", Wrong::WifiKeyMissing),
        _ if !is_country(&country) => wrong("wifi.country", Wrong::Country),
        _ => Ok(Wifi { ssid, passphrase, country }),
    }
}

/// IEEE 802.11, annex J.4: 8 to 63 printable ASCII characters, or the 256-bit key itself.
fn is_wpa_key(text: &str) -> bool {
    let printable = text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    ((8..=63).contains(&text.len()) && printable) || super::is_raw_key(text)
}

pub fn dot1x(
    identity: String,
    password: String,
    own_ca: Option<String>,
    town: &str,
    now: i64,
) -> Checked<Dot1x> {
    for (key, text) in [("dot1x.identity", &identity), ("dot1x.password", &password)] {
        if !one_line(text, 253) {
            return wrong(key, Wrong::Line);
        }
    }
    let ca = own_ca.map_or_else(|| Ok(town.to_owned()), |text| ca("dot1x.ca", &text, now))?;
    Ok(Dot1x { identity, password, ca })
}

pub fn proxy(url: String) -> Checked<String> {
    const KEY: &str = "proxy.url";
    if url.contains(char::is_whitespace) {
        return wrong(KEY, Wrong::Blank);
    }
    let place = url.strip_prefix("http://").map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    match place.map(|place| HostPort::parse(&place.to_ascii_lowercase())) {
        Some(Ok(_)) => Ok(url),
        Some(Err(HostPortError::Port)) => wrong(KEY, Wrong::Port),
        _ => wrong(KEY, Wrong::Proxy),
    }
}

pub fn ntp(host: String) -> Checked<String> {
    let name = HostPort::parse(&format!("{}:123", host.to_ascii_lowercase())).is_ok();
    if name || host.parse().is_ok_and(|ip| is_a_hosts(&ip)) {
        return Ok(host);
    }
    wrong("time.ntp", Wrong::Ntp)
}

/// `there` says whether the image has this zone.
pub fn zone(text: String, there: impl Fn(&str) -> bool) -> Checked<String> {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    if text.len() <= 64 && text.split('/').all(part) && there(&text) {
        return Ok(text);
    }
    wrong("time.zone", Wrong::Zone)
}

pub fn bus(text: Option<&str>) -> Checked<Bus> {
    match text {
        None | Some("uart") => Ok(Bus::Uart),
        Some("i2c") => Ok(Bus::I2c),
        Some("spi") => Ok(Bus::Spi),
        Some("usb") => Ok(Bus::Usb),
        Some(_) => wrong("reader.bus", Wrong::Bus),
    }
}

/// A display and a reader may share the bus; nothing else shares a pin.
pub fn wiring(table: &WiringTable, bus: Bus) -> Checked<Wiring> {
    let number = |key, value: Option<i64>, what| match value.map(u8::try_from).transpose() {
        Ok(number) => Ok(number),
        Err(_) => wrong(key, what),
    };
    let wiring = Wiring {
        red: number("wiring.red", table.red, Wrong::GpioPin)?,
        green: number("wiring.green", table.green, Wrong::GpioPin)?,
        blue: number("wiring.blue", table.blue, Wrong::GpioPin)?,
        buzzer: number("wiring.buzzer", table.buzzer, Wrong::GpioPin)?,
        presence: number("wiring.presence", table.presence, Wrong::GpioPin)?,
        display: number("wiring.display", table.display, Wrong::DisplayAddress)?,
    };
    wiring.checked(bus.pins()).map_err(|error| {
        let (part, what) = match error {
            WiringError::Pin(part) | WiringError::Twice(part) => (part, Wrong::GpioPin),
            WiringError::Address | WiringError::Word(_) => ("display", Wrong::DisplayAddress),
        };
        ProvisionError { line: 0, key: format!("wiring.{part}"), what }
    })
}
