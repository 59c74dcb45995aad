//! One function per value of `borne.toml`. What is let through is one line of plain text.

use super::{Dot1x, Method, ProvisionError, Wifi};
use std::net::IpAddr;

type Checked<T> = Result<T, ProvisionError>;

const fn wrong<T>(key: &'static str, mend: &'static str) -> Checked<T> {
    Err(ProvisionError::Key { key, mend })
}

fn one_line(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && !text.chars().any(char::is_control)
}

pub fn pem(key: &'static str, text: &str) -> Checked<String> {
    let text = text.trim();
    let plain = text.bytes().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\n' | b'\r'));
    let framed = text.starts_with("-----BEGIN CERTIFICATE-----")
        && text.ends_with("-----END CERTIFICATE-----");
    if plain && framed && !text.contains("PRIVATE KEY") {
        return Ok(format!("{}\n", text.replace('\r', "")));
    }
    wrong(
        key,
        "paste the certificate of the town's authority between \"\"\" and \"\"\", from -----BEGIN CERTIFICATE----- on",
    )
}

/// What the gateway makes: 256 bits in base64url (RFC 4648).
const TOKEN: usize = 43;

/// `None` once it was used: spaces stand in its place. A power cut in the middle of that leaves
/// some of them at one end.
pub fn token(text: &str) -> Checked<Option<String>> {
    let token = text.trim();
    if token.is_empty() || (text.len() == TOKEN && token.len() < TOKEN) {
        return Ok(None);
    }
    let plain = token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if plain && token.len() == TOKEN {
        return Ok(Some(token.to_owned()));
    }
    wrong("gateway.token", "copy the whole line that `bornectl terminal invite` printed")
}

pub fn method(address: Option<String>, router: Option<String>, dns: &[String]) -> Checked<Method> {
    const ADDRESS: &str =
        "write address and bits of the network, like 10.20.0.15/24; leave it out for DHCP";
    let Some(text) = address else {
        return match (router, dns) {
            (None, []) => Ok(Method::Dhcp),
            _ => wrong("network.address", ADDRESS),
        };
    };
    let parsed = text.split_once('/').and_then(|(address, bits)| {
        let digits = bits.bytes().all(|byte| byte.is_ascii_digit());
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 30 } else { 126 };
        Some((address, bits.parse::<u8>().ok().filter(|bits| digits && (8..=most).contains(bits))?))
    });
    let usable = |ip: &IpAddr| !ip.is_loopback() && !ip.is_multicast() && !ip.is_unspecified();
    let Some((address, prefix)) = parsed.filter(|(address, _)| usable(address)) else {
        return wrong("network.address", ADDRESS);
    };
    let way: Option<IpAddr> = router.and_then(|text| text.parse().ok());
    let near = |ip: &IpAddr| {
        ip.is_ipv4() == address.is_ipv4()
            && *ip != address
            && bits(*ip, prefix) == bits(address, prefix)
    };
    let Some(gateway) = way.filter(near) else {
        return wrong(
            "network.router",
            "write the router's address, in the network of network.address, like 10.20.0.1",
        );
    };
    let servers: Option<Vec<IpAddr>> =
        dns.iter().map(|text| text.parse().ok().filter(usable)).collect();
    match servers.filter(|servers| (1..=4).contains(&servers.len())) {
        Some(dns) => Ok(Method::Static { address, prefix, gateway, dns }),
        None => {
            wrong("network.dns", "list one to four name servers by address, like [\"10.20.0.53\"]")
        }
    }
}

/// The first bits, those of the network.
fn bits(address: IpAddr, prefix: u8) -> u128 {
    let (value, width) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    value >> (width - u32::from(prefix))
}

pub fn wifi(
    ssid: String,
    passphrase: Option<String>,
    country: String,
    dot1x: bool,
) -> Checked<Wifi> {
    if !one_line(&ssid, 32) {
        return wrong("wifi.ssid", "write the network's name, 1 to 32 bytes");
    }
    match &passphrase {
        Some(text)
            if !(8..=63).contains(&text.len())
                || !text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) =>
        {
            return wrong(
                "wifi.passphrase",
                "write 8 to 63 characters without accents, as WPA wants",
            );
        }
        Some(_) if dot1x => {
            return wrong("wifi.passphrase", "leave it out: [dot1x] says who the terminal is");
        }
        None if !dot1x => {
            return wrong(
                "wifi.passphrase",
                "write it, or add [dot1x]; an open network is not joined",
            );
        }
        _ => {}
    }
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return wrong("wifi.country", "write two capital letters, like FR");
    }
    Ok(Wifi { ssid, passphrase, country })
}

pub fn dot1x(identity: String, password: String, ca: Option<String>, town: &str) -> Checked<Dot1x> {
    if !one_line(&identity, 253) {
        return wrong(
            "dot1x.identity",
            "write the terminal's name at the RADIUS server, in one line",
        );
    }
    if !one_line(&password, 253) {
        return wrong(
            "dot1x.password",
            "write the terminal's password at the RADIUS server, in one line",
        );
    }
    let ca = ca.map_or_else(|| Ok(town.to_owned()), |text| pem("dot1x.ca", &text))?;
    Ok(Dot1x { identity, password, ca })
}

pub fn proxy(url: String) -> Checked<String> {
    let place =
        url.strip_prefix("http://").and_then(|rest| rest.trim_end_matches('/').rsplit_once(':'));
    match place {
        Some((host, port))
            if is_host(host)
                && port.parse::<u16>().is_ok_and(|port| port > 0)
                && !port.starts_with('+') =>
        {
            Ok(url)
        }
        _ => wrong(
            "proxy.url",
            "write it like http://proxy.mairie.example:3128, without name and password",
        ),
    }
}

pub fn ntp(host: String) -> Checked<String> {
    if is_host(&host) || host.parse::<IpAddr>().is_ok() {
        return Ok(host);
    }
    wrong("time.ntp", "list names or addresses, like [\"ntp.mairie.example\"]")
}

fn is_host(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

pub fn zone(text: String) -> Checked<String> {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    if text.len() <= 64 && text.split('/').all(part) {
        return Ok(text);
    }
    wrong("time.zone", "write it as the tz database does, like Europe/Paris or Indian/Reunion")
}
