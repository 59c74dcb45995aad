//! Where a client wants to go, in one spelling only, and whether it may. Pure.
//!
//! The spelling is the configuration's ([`HostPort::parse`]), but for case and the root's dot, which
//! mean nothing in a name (RFC 4343). What is not plainly a name or a canonical address is refused,
//! never repaired.

use borne_ipc::HostPort;
use std::net::Ipv4Addr;

/// A place in its one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(HostPort);

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
    let listed = allow.contains(&target.0);
    if listed { Verdict::Allowed } else { Verdict::NotListed }
}

impl Target {
    /// Reads the authority-form of a CONNECT request (RFC 9112, section 3.2.3).
    ///
    /// # Errors
    /// [`NotATarget`]: user information, an address in an unusual notation, a name that is not
    /// ASCII, a port out of range…
    pub fn parse(authority: &str) -> Result<Self, NotATarget> {
        let authority = authority.to_ascii_lowercase();
        let place = match authority.rsplit_once(".:") {
            // The root's dot says the same of a name (RFC 1034, section 3.1); no address has one.
            Some((name, _)) if name.parse::<Ipv4Addr>().is_ok() => return Err(NotATarget),
            Some((name, port)) => HostPort::parse(&format!("{name}:{port}")),
            None => HostPort::parse(&authority),
        };
        place.map(Self).map_err(|_| NotATarget)
    }

    /// Lower-case name, or address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.0.host
    }

    /// TCP port, never 0.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.0.port
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
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
