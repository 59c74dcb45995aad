//! What a checked file becomes: texts and the places they belong in.

use crate::Provision;
use std::fmt::Write;

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Below `/data/config`: outlives a boot, everybody may read it.
    Config(&'static str),
    /// `/data/terminal/join-token`: the supervisor alone reads it, once.
    Token,
}

/// Every file, the token's last: when it is there, all it needs is there too.
#[must_use]
pub fn files(provision: &Provision) -> Vec<(Place, String)> {
    let mut files = vec![
        (Place::Config("ca.pem"), provision.ca.clone()),
        (Place::Config("terminal.toml"), provision.terminal.clone()),
        (Place::Config("10-borne.network"), network(provision)),
        (Place::Config("10-borne.timesyncd.conf"), time(provision)),
        (
            Place::Config("reader.env"),
            provision.bus.libnfc().map_or(String::new(), |at| format!("BORNE_READER={at}\n")),
        ),
    ];
    files.extend(provision.token.iter().map(|token| (Place::Token, token.clone() + "\n")));
    files
}

/// systemd.network(5), before the image's own DHCP default.
fn network(provision: &Provision) -> String {
    let mut text =
        "[Match]\nType=ether\nKind=!*\n\n[Network]\nLLMNR=no\nMulticastDNS=no\nLinkLocalAddressing=ipv6\n".to_owned();
    match &provision.fixed {
        Some((address, router)) => {
            let _ = writeln!(text, "DHCP=no\nIPv6AcceptRA=no\nAddress={address}\nGateway={router}");
        }
        None => text.push_str("DHCP=yes\n"),
    }
    for server in &provision.dns {
        let _ = writeln!(text, "DNS={server}");
    }
    text
}

/// timesyncd.conf(5).
fn time(provision: &Provision) -> String {
    if provision.ntp.is_empty() { "[Time]\n".to_owned() } else { format!("[Time]\nNTP={}\n", provision.ntp.join(" ")) }
}
