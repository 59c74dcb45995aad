//! A host and port in the one spelling everything compares by.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Lower-case DNS name (or IP address, IPv6 without brackets), and TCP port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// Lower-case ASCII, no trailing dot.
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
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port =
            port.parse().ok().filter(|port| digits && *port != 0).ok_or(HostPortError::Port)?;
        if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let found: Ipv6Addr = address.parse().map_err(|_| HostPortError::Host)?;
            let plain = found.to_ipv4_mapped().is_none() && found.to_string() == address;
            return if plain {
                Ok(Self { host: address.to_owned(), port })
            } else {
                Err(HostPortError::Host)
            };
        }
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        // What ends in a number is an address to a browser and to a resolver (WHATWG URL), whatever
        // comes before it.
        let last = host.rsplit('.').next().unwrap_or_default();
        let number = last.bytes().all(|byte| byte.is_ascii_digit())
            || last
                .strip_prefix("0x")
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let name = host.len() <= 253 && host.split('.').all(label) && !number;
        if !name && host.parse::<Ipv4Addr>().is_err() {
            return Err(HostPortError::Host);
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

/// The host and port of an `https` URL without userinfo.
pub(crate) fn of_https_url(url: &str) -> Result<HostPort, HostPortError> {
    let rest = url.strip_prefix("https://").ok_or(HostPortError::Host)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let has_port = authority.contains(':') && !authority.ends_with(']');
    if has_port { HostPort::parse(authority) } else { HostPort::parse(&format!("{authority}:443")) }
}

/// An address with one `{}`: `https` on a listed host, or relative, which cannot leave the host.
pub(crate) fn is_template(text: &str, allow: &[HostPort]) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let scheme = text.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':'));
    let listed = of_https_url(text).is_ok_and(|host_port| allow.contains(&host_port));
    plain && text.matches("{}").count() == 1 && (listed || !scheme && !text.starts_with("//"))
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
            "2001:db8::7:8443",
            "[2001:db8:0::7]:8443",
            "[::ffff:10.77.0.10]:443",
        ] {
            assert!(HostPort::parse(bad).is_err(), "{bad}");
        }
    }
}
