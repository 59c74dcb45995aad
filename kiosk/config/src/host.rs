//! A host and port in the one spelling everything compares by.

use std::net::IpAddr;

/// Lower-case DNS name (or IP address), and TCP port.
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
    #[error("the host is not a DNS name (lower-case letters, digits, hyphens and dots; accents as xn--…)")]
    Host,
}

impl HostPort {
    /// Parses `host:port`. The host must already be in its plain spelling, so that a list reads as it acts.
    ///
    /// # Errors
    /// [`HostPortError`].
    pub fn parse(text: &str) -> Result<Self, HostPortError> {
        let (host, port) = text.rsplit_once(':').ok_or(HostPortError::Port)?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(HostPortError::Port)?;
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let name =
            host.len() <= 253 && host.split('.').all(label) && host.bytes().any(|byte| byte.is_ascii_lowercase());
        if !name && host.parse::<IpAddr>().is_err() {
            return Err(HostPortError::Host);
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

/// The host and port of an `https` URL without userinfo.
pub(crate) fn of_https_url(url: &str) -> Option<HostPort> {
    let authority = url.strip_prefix("https://")?.split(['/', '?', '#']).next()?;
    if authority.contains(':') { HostPort::parse(authority) } else { HostPort::parse(&format!("{authority}:443")) }.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plain_spelling_is_taken() {
        assert!(HostPort::parse("groupware.mairie.example:443").is_ok());
        assert!(HostPort::parse("10.77.0.10:443").is_ok());
        for bad in [
            "Groupware.example:443",
            "a.example.:443",
            "é.example:443",
            "a..b:1",
            "a.example:0",
            "a.example",
            "u@a.example:1",
            "0x7f000001.:1",
        ] {
            assert!(HostPort::parse(bad).is_err(), "{bad}");
        }
    }
}
