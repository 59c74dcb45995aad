//! terminal.toml.
//!
//! Holds: no panic; every place the configuration takes is one egress can be asked for, in the same
//! spelling (an entry that nothing can match would be a page that never opens and no error).
#![no_main]

use borne_config::CheckedConfig;
use kiosk_egress::target::{Target, Verdict, judge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(config) = CheckedConfig::parse(text) else { return };
    assert!(
        config.gateway_url.starts_with("https://") && (50..=300).contains(&config.zoom_percent)
    );
    for place in &config.allow {
        let asked = place.to_string();
        let target = Target::parse(&asked)
            .unwrap_or_else(|error| panic!("{asked:?} can never be asked for: {error}"));
        assert_eq!(
            judge(&target, std::slice::from_ref(place)),
            Verdict::Allowed,
            "{asked:?} matches nothing"
        );
    }
    for network in &config.lan {
        assert!(
            !network.address.is_loopback()
                && !network.address.is_multicast()
                && network.prefix >= 7
        );
    }
});
