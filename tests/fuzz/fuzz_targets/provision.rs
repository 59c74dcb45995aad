//! borne.toml.
//!
//! Holds: no panic; an error repeats neither token nor passphrase; where the token is said to
//! stand, it stands; and no value that is let through can begin a line of its own in a file it is
//! written to.
#![no_main]

use borne_config::CheckedConfig;
use borne_config::provision::{Here, Method, Provision};
use libfuzzer_sys::fuzz_target;

const HERE: Here<'_> = Here {
    ca_file: "/etc/borne/ca.pem",
    now: 1_790_000_000,
    has_zone: &|zone| zone == "Europe/Paris",
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(provision) = Provision::parse(text, HERE) else { return };
    assert!(CheckedConfig::parse(&provision.terminal).is_ok(), "the supervisor would refuse it");
    if let Some(at) = provision.token_at.clone() {
        let value = text.get(at).expect("the token's place is within the file");
        assert!(value.starts_with(['"', '\'']), "{value:?} is no text");
        // Blanked in place, the file must still be one, with no token.
        let blank: String = value
            .chars()
            .map(|c| if "\"'\r\n".contains(c) { c.to_string() } else { " ".repeat(c.len_utf8()) })
            .collect();
        let at = provision.token_at.clone().unwrap_or_default();
        let erased = format!("{}{blank}{}", &text[..at.start], &text[at.end..]);
        let again = Provision::parse(&erased, HERE).unwrap_or_else(|error| panic!("{error}"));
        assert!(again.token.is_none(), "it is still there");
    }
    let lines = [provision.proxy.as_ref(), Some(&provision.zone)];
    let wifi = provision.wifi.as_ref();
    let wifi = wifi
        .into_iter()
        .flat_map(|wifi| [Some(&wifi.ssid), wifi.passphrase.as_ref(), Some(&wifi.country)]);
    let dot1x = provision
        .dot1x
        .as_ref()
        .into_iter()
        .flat_map(|dot1x| [Some(&dot1x.identity), Some(&dot1x.password)]);
    for value in lines.into_iter().chain(wifi).chain(dot1x).flatten().chain(&provision.ntp) {
        assert!(!value.chars().any(char::is_control), "{value:?} is not one line");
    }
    assert!(!provision.zone.contains(".."));
    if let Method::Static { address, dns, .. } = &provision.method {
        assert!(!address.is_loopback() && !dns.is_empty());
    }
});
