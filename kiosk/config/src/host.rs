//! The host and port that an address of the configuration leads to.

use borne_ipc::{HostPort, HostPortError};

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
