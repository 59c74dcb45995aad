//! Queries and forms that browsers and applications send: their shapes, before anything in them is
//! believed. An unknown field is skipped, as the CAS protocol wants; a field that comes twice is
//! refused.

use borne_gateway_api::Secret;
use serde::Deserialize;

/// Whether a flag is set. Its value counts, not that it is there: 2.1.1 recommends `true`, and
/// whatever does not say no is taken for it, since a flag asks for more care.
#[must_use]
pub fn is_set(flag: Option<&str>) -> bool {
    const NO: [&str; 7] = ["", "false", "0", "no", "off", "n", "f"];
    flag.is_some_and(|value| !NO.contains(&value.trim().to_ascii_lowercase().as_str()))
}

/// Whether each `%` is followed by two hexadecimal digits and all of it is UTF-8: what is decoded
/// with replacement characters is not what the sender meant.
#[must_use]
pub fn is_decodable(query: &str) -> bool {
    let mut parts = query.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let Some((digits, rest)) = part.split_at_checked(2) else { return false };
        let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let Some(byte) = u8::from_str_radix(digits, 16).ok().filter(|_| hex) else { return false };
        bytes.push(byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    std::str::from_utf8(&bytes).is_ok()
}

/// `POST /borne/redeem`.
#[derive(Debug, Deserialize)]
pub struct Redeem {
    /// `ticket.proof`.
    pub ticket: Secret,
}

/// `GET /cas/login` (CAS Protocol 3.0, 2.1.1).
#[derive(Debug, Deserialize)]
pub struct Login {
    /// Where the ticket is for.
    pub service: Option<String>,
    /// Fresh credentials only: [`is_set`].
    pub renew: Option<String>,
    /// Never ask the person: [`is_set`].
    pub gateway: Option<String>,
}

/// `GET /cas/logout` (2.3.1).
#[derive(Debug, Deserialize)]
pub struct Logout {
    /// Where to go afterwards.
    pub service: Option<String>,
    /// CAS 2's name for it.
    pub url: Option<String>,
}

/// `GET /cas/proxy` (2.7.1).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proxy {
    /// Proxy-granting ticket.
    pub pgt: Option<Secret>,
    /// Where the proxy ticket is for.
    pub target_service: Option<String>,
}

/// `GET /cas/serviceValidate` and `/cas/proxyValidate` (2.5.1, 2.6.1).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validate {
    /// Where the ticket was for.
    pub service: Option<String>,
    /// Service ticket or proxy ticket.
    pub ticket: Option<Secret>,
    /// Where a proxy-granting ticket is to be sent.
    pub pgt_url: Option<String>,
    /// Fresh credentials only: [`is_set`].
    pub renew: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_flag_counts() {
        for no in [None, Some(""), Some("false"), Some("False"), Some("0"), Some("no"), Some(" ")] {
            assert!(!is_set(no), "{no:?}");
        }
        for yes in ["true", "TRUE", "1", "yes", "on", "falsch", "\u{e9}"] {
            assert!(is_set(Some(yes)), "{yes}");
        }
    }

    #[test]
    fn what_is_decoded_is_what_was_meant() {
        for good in ["", "a=b", "a=%C3%A9", "a=é&b=%2B+", "%41=%00"] {
            assert!(is_decodable(good), "{good}");
        }
        for bad in ["a=%", "a=%4", "a=%zz", "a=%+1", "a=%E9", "a=%C3", "a=%C3b", "a=%é"] {
            assert!(!is_decodable(bad), "{bad}");
        }
    }
}
