//! Where a client wants to go, in one spelling only, and whether it may. Pure.
//!
//! The spelling is narrow on purpose: what is not plainly a DNS name (RFC 1123, section 2.1) or a
//! canonical address is refused, never repaired, so that nothing can mean one place here and
//! another to the resolver.

use borne_ipc::HostPort;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest DNS name and label (RFC 1035, 2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// A place in its one spelling: lower case, no trailing dot; an IPv6 address without brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
}

/// The text is no `host:port`. It is not repeated: it is the browser's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a host and port")]
pub struct NotATarget;

/// May it be reached?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is on the list.
    Allowed,
    /// It is not.
    NotListed,
}

/// Exact comparison with the list. Where the name leads is judged by itself:
/// [`crate::address::admit`].
#[must_use]
pub fn judge(target: &Target, allow: &[HostPort]) -> Verdict {
    let listed = allow.iter().any(|place| place.host == target.host && place.port == target.port);
    if listed { Verdict::Allowed } else { Verdict::NotListed }
}

impl Target {
    /// Reads the authority-form of a CONNECT request (RFC 9112, section 3.2.3).
    ///
    /// # Errors
    /// [`NotATarget`]: user information, an address in an unusual notation, a name that is not
    /// ASCII, a port out of range…
    pub fn parse(authority: &str) -> Result<Self, NotATarget> {
        let (host, port) = authority.rsplit_once(':').ok_or(NotATarget)?;
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(address) => canonical_v6(address)?,
            None => name_or_v4(host)?,
        };
        Ok(Self { host, port: parse_port(port)? })
    }

    /// Lower-case name, or address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port, never 0.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

fn parse_port(text: &str) -> Result<u16, NotATarget> {
    let digits =
        !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(NotATarget),
    }
}

fn canonical_v6(text: &str) -> Result<String, NotATarget> {
    let address: Ipv6Addr = text.parse().map_err(|_| NotATarget)?;
    let text = text.to_ascii_lowercase();
    // An IPv4 address in IPv6 clothes has a plainer spelling, and two of these: `::ffff:192.0.2.7`,
    // `::ffff:c000:207`.
    let plain = address.to_ipv4_mapped().is_none() && address.to_string() == text;
    if plain { Ok(text) } else { Err(NotATarget) }
}

fn name_or_v4(text: &str) -> Result<String, NotATarget> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let labels_fit = !name.is_empty() && name.len() <= NAME_MAX && name.split('.').all(is_label);
    if !labels_fit {
        return Err(NotATarget);
    }
    // WHATWG URL, "ends in a number": a resolver takes these for addresses (0x7f.1, 2130706433,
    // 127.1).
    let last = name.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match name.parse::<Ipv4Addr>() {
        Ok(_) if !text.ends_with('.') => Ok(name),
        _ if number => Err(NotATarget),
        _ => Ok(name),
    }
}

fn is_label(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LABEL_MAX).contains(&label.len())
        && label.bytes().all(plain)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(host: &str, port: u16) -> HostPort {
        HostPort { host: host.to_owned(), port }
    }

    #[test]
    fn one_place_has_one_spelling() {
        for text in [
            "groupware.mairie.example:443",
            "GroupWare.Mairie.Example:443",
            "groupware.mairie.example.:443",
        ] {
            let target = Target::parse(text).map(|target| target.to_string());
            assert_eq!(target.as_deref(), Ok("groupware.mairie.example:443"), "{text}");
        }
        assert_eq!(Target::parse("xn--mairie-dva.example:443").map(|t| t.port()), Ok(443));
    }

    #[test]
    fn what_is_not_plainly_a_place_is_refused() {
        for text in [
            "",
            ":443",
            "a",
            "a:",
            "a:0",
            "a:65536",
            "a:+443",
            "a: 443",
            "a:443:",
            "a..b:443",
            "a..:443",
            ".a:443",
            "agent@a.example:443",
            "https://a:443",
            "a.example/:443",
            "a%2eb:443",
            "a b:443",
            "é.example:443",
            "a_b.example:443",
            "-a.example:443",
            "127.1:443",
            "0x7f.0.0.1:443",
            "0177.0.0.1:443",
            "2130706433:443",
            "127.0.0.1.:443",
            "a.0x7f:443",
            "a.1:443",
            "[::1]",
            "[0:0::1]:443",
            "[::1%lo]:443",
            "[::ffff:192.0.2.7]:443",
            "[::ffff:c000:207]:443",
            "::1:443",
            "[a]:443",
        ] {
            assert_eq!(Target::parse(text), Err(NotATarget), "{text:?}");
        }
        assert_eq!(Target::parse(&format!("{}.example:443", "a".repeat(64))), Err(NotATarget));
        assert_eq!(Target::parse(&format!("{}e:443", "a.".repeat(127))), Err(NotATarget));
    }

    #[test]
    fn only_exactly_what_is_listed_is_allowed() {
        let list = [
            place("groupware.mairie.example", 443),
            place("192.0.2.7", 443),
            place("2001:db8::7", 8443),
        ];
        let verdict = |text: &str| Target::parse(text).map(|target| judge(&target, &list));
        for text in ["GROUPWARE.mairie.example.:443", "192.0.2.7:443", "[2001:DB8::7]:8443"] {
            assert_eq!(verdict(text), Ok(Verdict::Allowed), "{text}");
        }
        for text in [
            "groupware.mairie.example:80",
            "mairie.example:443",
            "x.groupware.mairie.example:443",
            "groupware.mairie.example.evil.test:443",
            "192.0.2.8:443",
            "[2001:db8::7]:443",
            "localhost:443",
        ] {
            assert_eq!(verdict(text), Ok(Verdict::NotListed), "{text}");
        }
        let target = Target::parse("groupware.mairie.example:443");
        assert_eq!(
            target.map(|target| judge(&target, &[])),
            Ok(Verdict::NotListed),
            "before the first list"
        );
    }
}
