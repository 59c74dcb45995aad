//! What is written where. The values have been checked to be one line each
//! (`borne_config::provision`).

use borne_config::provision::{Dot1x, Method, Provision, Wifi, is_raw_key};
use std::fmt::Write as _;

/// Where a file goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Below `/data/config`: outlives a start, and its readers find it there.
    Config(&'static str),
    /// Anywhere below the root, made anew at each start from a copy on the data partition.
    Start(String),
}

/// A file to be written.
pub struct File {
    pub target: Target,
    /// Whole.
    pub text: String,
    /// Permission bits.
    pub mode: u32,
}

/// All of them.
pub fn files(provision: &Provision) -> Vec<File> {
    let open = |target, text: String| File { target, text, mode: 0o644 };
    let start = |path: &str| Target::Start(path.to_owned());
    let reader =
        provision.bus.libnfc().map_or_else(String::new, |at| format!("BORNE_READER={at}\n"));
    let wiring = if provision.wiring.is_empty() {
        String::new()
    } else {
        format!("BORNE_WIRING=\"{}\"\n", provision.wiring)
    };
    let mut files = vec![
        open(Target::Config("ca.pem"), provision.ca.clone()),
        open(Target::Config("terminal.toml"), provision.terminal.clone()),
        open(Target::Config("reader.env"), reader),
        open(Target::Config("panel.env"), wiring),
        open(start("run/systemd/network/10-borne.network"), network(provision)),
    ];
    if !provision.ntp.is_empty() {
        let text = format!("[Time]\nNTP={}\n", provision.ntp.join(" "));
        files.push(open(start("run/systemd/timesyncd.conf.d/10-borne.conf"), text));
    }
    if let Some(url) = &provision.proxy {
        files.push(open(
            start("run/borne/provision/update-proxy.env"),
            format!("https_proxy={url}\n"),
        ));
    }
    if let Some(wifi) = &provision.wifi {
        files.push(open(
            start("run/borne/provision/iwd.conf"),
            format!("[General]\nCountry={}\n", wifi.country),
        ));
        files.push(known_network(wifi, provision.dot1x.as_ref()));
    } else if let Some(dot1x) = &provision.dot1x {
        files.push(open(start("run/borne/provision/wired.pem"), dot1x.ca.clone()));
        files.push(secret("run/borne/provision/wired.conf".to_owned(), wired(dot1x)));
    }
    files
}

fn secret(path: String, text: String) -> File {
    File { target: Target::Start(path), text, mode: 0o600 }
}

/// systemd.network(5), before the image's own DHCP default.
fn network(provision: &Provision) -> String {
    let kind = if provision.wifi.is_some() { "wlan" } else { "ether" };
    let mut text = format!(
        "[Match]\nType={kind}\nKind=!*\n\n[Network]\nLinkLocalAddressing=ipv6\nLLMNR=no\nMulticastDNS=no\n"
    );
    match &provision.method {
        Method::Dhcp => text.push_str("DHCP=yes\n"),
        Method::Static { address, prefix, gateway, dns } => {
            let fixed = format!(
                "DHCP=no\nIPv6AcceptRA=no\nAddress={address}/{prefix}\nGateway={gateway}\n"
            );
            text.push_str(&fixed);
            for server in dns {
                let _infallible = writeln!(text, "DNS={server}");
            }
        }
    }
    text
}

/// iwd.network(5): the file's name is the network's, in hexadecimal after `=` when it holds more
/// than letters, digits, spaces, hyphens and underscores.
fn known_network(wifi: &Wifi, dot1x: Option<&Dot1x>) -> File {
    let plain =
        wifi.ssid.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_'));
    let name = if plain { wifi.ssid.clone() } else { format!("={}", hex(&wifi.ssid)) };
    match (dot1x, &wifi.passphrase) {
        (Some(dot1x), _) => secret(format!("var/lib/iwd/{name}.8021x"), wireless(dot1x)),
        (None, Some(passphrase)) => {
            let text = if is_raw_key(passphrase) {
                format!("[Security]\nPreSharedKey={}\n", passphrase.to_ascii_lowercase())
            } else {
                format!("[Security]\nPassphrase={}\n", escaped(passphrase))
            };
            secret(format!("var/lib/iwd/{name}.psk"), text)
        }
        // The parser lets no open network through.
        (None, None) => secret(format!("var/lib/iwd/{name}.psk"), String::new()),
    }
}

/// iwd's 802.1X.
fn wireless(dot1x: &Dot1x) -> String {
    let (identity, password) = (escaped(&dot1x.identity), escaped(&dot1x.password));
    format!(
        "[Security]\nEAP-Method=PEAP\nEAP-Identity={identity}\nEAP-PEAP-CACert=embed:town\n\
         EAP-PEAP-Phase2-Method=MSCHAPV2\nEAP-PEAP-Phase2-Identity={identity}\nEAP-PEAP-Phase2-Password={password}\n\n\
         [@pem@town]\n{}",
        dot1x.ca
    )
}

/// wpa_supplicant.conf(5) of the cable: iwd has no part for cables in a Buildroot image. Texts are
/// hexadecimal, which needs no quoting.
fn wired(dot1x: &Dot1x) -> String {
    format!(
        "ap_scan=0\nnetwork={{\n\tkey_mgmt=IEEE8021X\n\teapol_flags=0\n\teap=PEAP\n\tidentity={}\n\tpassword={}\n\
         \tca_cert=\"/run/borne/provision/wired.pem\"\n\tphase2=\"auth=MSCHAPV2\"\n}}\n",
        hex(&dot1x.identity),
        hex(&dot1x.password)
    )
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// iwd reads backslashes as escapes, and drops spaces at the beginning.
fn escaped(value: &str) -> String {
    let text = value.replace('\\', "\\\\");
    text.strip_prefix(' ').map_or(text.clone(), |rest| format!("\\s{rest}"))
}
