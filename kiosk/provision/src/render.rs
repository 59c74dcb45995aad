//! What is written where. The values have been checked to be one line each (`borne_config::provision`).

use borne_config::provision::{Dot1x, Method, Provision, Wifi};
use std::fmt::Write as _;

/// A file to be written.
pub struct File {
    /// Below the root.
    pub path: String,
    /// Whole.
    pub text: String,
    /// Permission bits.
    pub mode: u32,
}

/// All of them.
pub fn files(provision: &Provision) -> Vec<File> {
    let open = |path: &str, text: String| File { path: path.to_owned(), text, mode: 0o644 };
    let mut files = vec![
        open("data/config/ca.pem", provision.ca.clone()),
        open("data/config/terminal.toml", provision.terminal.clone()),
        open("run/systemd/network/10-borne.network", network(provision)),
    ];
    if !provision.ntp.is_empty() {
        let text = format!("[Time]\nNTP={}\n", provision.ntp.join(" "));
        files.push(open("run/systemd/timesyncd.conf.d/10-borne.conf", text));
    }
    let reader = provision.bus.libnfc().map_or_else(String::new, |at| format!("BORNE_READER={at}\n"));
    files.push(open("data/config/reader.env", reader));
    if let Some(url) = &provision.proxy {
        files.push(open("run/borne/provision/update-proxy.env", format!("https_proxy={url}\n")));
    }
    if let Some(wifi) = &provision.wifi {
        files.push(open("run/borne/provision/iwd/main.conf", format!("[General]\nCountry={}\n", wifi.country)));
        files.push(known_network(wifi, provision.dot1x.as_ref()));
    } else if let Some(dot1x) = &provision.dot1x {
        files.push(secret("var/lib/ead/default.8021x".to_owned(), security(dot1x)));
    }
    files
}

fn secret(path: String, text: String) -> File {
    File { path, text, mode: 0o600 }
}

/// systemd.network(5).
fn network(provision: &Provision) -> String {
    let kind = if provision.wifi.is_some() { "wlan" } else { "ether" };
    let mut text =
        format!("[Match]\nType={kind}\nKind=!*\n\n[Network]\nLinkLocalAddressing=ipv6\nLLMNR=no\nMulticastDNS=no\n");
    match &provision.method {
        Method::Dhcp => text.push_str("DHCP=yes\n"),
        Method::Static { address, prefix, gateway, dns } => {
            let _infallible = writeln!(text, "Address={address}/{prefix}\nGateway={gateway}");
            for server in dns {
                let _infallible = writeln!(text, "DNS={server}");
            }
        }
    }
    text
}

/// iwd.network(5): the file's name is the network's, in hexadecimal after `=` when it holds more than letters, digits,
/// spaces, hyphens and underscores.
fn known_network(wifi: &Wifi, dot1x: Option<&Dot1x>) -> File {
    let plain = wifi.ssid.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_'));
    let hex = || wifi.ssid.bytes().fold("=".to_owned(), |name, byte| format!("{name}{byte:02x}"));
    let name = if plain { wifi.ssid.clone() } else { hex() };
    match (dot1x, &wifi.passphrase) {
        (Some(dot1x), _) => secret(format!("var/lib/iwd/{name}.8021x"), security(dot1x)),
        (None, Some(passphrase)) => {
            let text = format!("[Security]\nPassphrase={}\n", escaped(passphrase));
            secret(format!("var/lib/iwd/{name}.psk"), text)
        }
        // The parser lets no open network through.
        (None, None) => secret(format!("var/lib/iwd/{name}.psk"), String::new()),
    }
}

/// The same for a cable (ead) and for a wireless network (iwd).
fn security(dot1x: &Dot1x) -> String {
    let (identity, password) = (escaped(&dot1x.identity), escaped(&dot1x.password));
    format!(
        "[Security]\nEAP-Method=PEAP\nEAP-Identity={identity}\nEAP-PEAP-CACert=embed:town\n\
         EAP-PEAP-Phase2-Method=MSCHAPV2\nEAP-PEAP-Phase2-Identity={identity}\nEAP-PEAP-Phase2-Password={password}\n\n\
         [@pem@town]\n{}",
        dot1x.ca
    )
}

/// iwd reads backslashes as escapes, and drops spaces at the beginning.
fn escaped(value: &str) -> String {
    let text = value.replace('\\', "\\\\");
    text.strip_prefix(' ').map_or(text.clone(), |rest| format!("\\s{rest}"))
}
