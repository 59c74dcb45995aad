//! Places on the network, each in the one spelling that everything compares by.
//!
//! Duties: the rule for host names and ports (RFC 1123, section 2.1), and for the private networks
//! of a town. Never: a look-up; repairing a spelling, so that nothing can mean one place here and
//! another to a resolver.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest DNS name and label (RFC 1035, section 2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// Lower-case DNS name (or IP address, IPv6 without brackets), and TCP port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostPort {
    /// Lower-case ASCII (accents as punycode), no trailing dot.
    pub host: String,
    /// Never 0.
    pub port: u16,
}

/// Why a text is not a host and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostPortError {
    /// No `:port`.
    #[error("the port is missing or is not a number from 1 to 65535")]
    Port,
    /// Not a name.
    #[error(
        "the host is not a DNS name (lower-case letters, digits, hyphens and dots; accents as xn--…) or an address in its \
         shortest spelling (192.0.2.7, [2001:db8::7])"
    )]
    Host,
}

impl HostPort {
    /// Parses `host:port`. The host must already be in its plain spelling, so that a list reads as
    /// it acts.
    ///
    /// # Errors
    /// [`HostPortError`].
    pub fn parse(text: &str) -> Result<Self, HostPortError> {
        let (host, port) = text.rsplit_once(':').ok_or(HostPortError::Port)?;
        let port = parse_port(port).ok_or(HostPortError::Port)?;
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(address) => Some(address).filter(|address| is_plain_v6(address)),
            None => Some(host).filter(|host| is_name(host) || host.parse::<Ipv4Addr>().is_ok()),
        };
        let host = host.ok_or(HostPortError::Host)?.to_owned();
        Ok(Self { host, port })
    }
}

impl std::fmt::Display for HostPort {
    /// As [`HostPort::parse`] takes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// 1 to 65535, without a sign or leading zeros.
fn parse_port(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

/// The canonical spelling (RFC 5952). An IPv4 address in IPv6 clothes has a plainer one, and two of
/// these: `::ffff:192.0.2.7`, `::ffff:c000:207`.
fn is_plain_v6(text: &str) -> bool {
    let address: Option<Ipv6Addr> = text.parse().ok();
    address.is_some_and(|address| address.to_ipv4_mapped().is_none() && address.to_string() == text)
}

/// What ends in a number is an address to a browser and to a resolver (WHATWG URL, "ends in a
/// number"), whatever comes before it: 0x7f.1, 2130706433, a.1.
fn is_name(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit());
    host.len() <= NAME_MAX && host.split('.').all(is_label) && !number
}

fn is_label(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LABEL_MAX).contains(&label.len())
        && label.bytes().all(plain)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Addresses of one network (CIDR, RFC 4632). Parsed, it is private: it cannot hold the terminal
/// itself (loopback), its link, multicast or the Internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Its first address.
    pub address: IpAddr,
    /// Bits that all its addresses share.
    pub prefix: u8,
}

/// Why a text is not such a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Not `address/bits`.
    #[error("not a network; write its first address and its bits, like 10.20.0.0/24")]
    Shape,
    /// `10.20.0.7/24`.
    #[error("this is not the first address of a network of {0} bits")]
    HostBits(u8),
    /// Public, loopback, link-local, multicast, or larger than any private network.
    #[error(
        "not within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7; public hosts need no entry"
    )]
    NotPrivate,
}

/// RFC 1918, RFC 6598 (towns behind their provider's translation), RFC 4193.
const PRIVATE: [Network; 5] = [
    Network { address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), prefix: 8 },
    Network { address: IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), prefix: 12 },
    Network { address: IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), prefix: 16 },
    Network { address: IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), prefix: 10 },
    Network { address: IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), prefix: 7 },
];

impl Network {
    /// Parses `address/bits`.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text.split_once('/').ok_or(NetworkError::Shape)?;
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Shape)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u8 = prefix
            .parse()
            .ok()
            .filter(|bits| digits && *bits <= width)
            .ok_or(NetworkError::Shape)?;
        let network = Self { address, prefix };
        if bits(address) != masked(address, prefix) {
            return Err(NetworkError::HostBits(prefix));
        }
        if PRIVATE.iter().any(|private| private.holds(&network)) {
            Ok(network)
        } else {
            Err(NetworkError::NotPrivate)
        }
    }

    fn holds(&self, other: &Self) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.prefix <= other.prefix
            && bits(self.address) == masked(other.address, self.prefix)
    }
}

/// Left-aligned, so that a prefix counts from the same end in both families.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn masked(address: IpAddr, prefix: u8) -> u128 {
    bits(address) & !u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plain_spelling_is_taken() {
        assert!(HostPort::parse("groupware.mairie.example:443").is_ok());
        assert!(HostPort::parse("10.77.0.10:443").is_ok());
        assert_eq!(
            HostPort::parse("[2001:db8::7]:8443").map(|at| at.host).as_deref(),
            Ok("2001:db8::7")
        );
        for bad in [
            "Groupware.example:443",
            "a.example.:443",
            "é.example:443",
            "a..b:1",
            "a.example:0",
            "a.example",
            "u@a.example:1",
            "0x7f000001.:1",
            "0x7f.0x1:1",
            "a.1:1",
            "a.example:+1",
            "a.example:0443",
            "2001:db8::7:8443",
            "[2001:db8:0::7]:8443",
            "[::ffff:10.77.0.10]:443",
        ] {
            assert!(HostPort::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_private_network_is_taken() {
        for text in [
            "10.77.0.0/24",
            "10.0.0.0/8",
            "172.16.4.0/22",
            "192.168.1.7/32",
            "100.64.0.0/10",
            "fd12:3456::/32",
        ] {
            assert!(Network::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_private_network_is_refused() {
        for (text, error) in [
            ("10.77.0.0", NetworkError::Shape),
            ("10.77.0/24", NetworkError::Shape),
            ("10.77.0.0/33", NetworkError::Shape),
            ("10.77.0.0/+8", NetworkError::Shape),
            ("10.77.0.0/", NetworkError::Shape),
            ("mairie.example/24", NetworkError::Shape),
            ("10.77.0.10/24", NetworkError::HostBits(24)),
            ("0.0.0.0/0", NetworkError::NotPrivate),
            ("::/0", NetworkError::NotPrivate),
            ("10.0.0.0/7", NetworkError::NotPrivate),
            ("127.0.0.0/8", NetworkError::NotPrivate),
            ("169.254.0.0/16", NetworkError::NotPrivate),
            ("224.0.0.0/4", NetworkError::NotPrivate),
            ("1.1.1.0/24", NetworkError::NotPrivate),
            ("::1/128", NetworkError::NotPrivate),
            ("fe80::/10", NetworkError::NotPrivate),
            ("::ffff:10.0.0.0/104", NetworkError::NotPrivate),
        ] {
            assert_eq!(Network::parse(text), Err(error), "{text}");
        }
    }
}
