//! Why nothing answers: what systemd-networkd says of the terminal's own network.
//!
//! Duties: tell a cable that is out, and a network that gives no address (no DHCP, or 802.1X that
//! refuses), from a gateway that does not answer. Never: a guess. Where networkd is not, as on a
//! PC, it says nothing.

use crate::machine::GatewayLink;
use std::path::Path;

/// Where systemd-networkd keeps what it knows. `state` is of all links together: `KEY=value` lines,
/// which the same words explain as networkctl(1).
pub const NETWORKD: &str = "/run/systemd/netif";

/// A gateway that does not answer, as far as the terminal's own network explains it.
pub fn explain(networkd: &Path) -> GatewayLink {
    std::fs::read_to_string(networkd.join("state")).map_or(GatewayLink::Down, |text| of(&text))
}

fn of(text: &str) -> GatewayLink {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    match (value("CARRIER_STATE"), value("ADDRESS_STATE")) {
        (Some("off" | "no-carrier" | "dormant"), _) => GatewayLink::Unplugged,
        (_, Some("off" | "degraded")) => GatewayLink::NoAddress,
        _ => GatewayLink::Down,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networkds_word_is_taken_and_nothing_is_guessed() {
        let state = |carrier: &str, address: &str| {
            of(&format!(
                "# private\nOPER_STATE=x\nCARRIER_STATE={carrier}\nADDRESS_STATE={address}\n"
            ))
        };
        assert_eq!(state("no-carrier", "off"), GatewayLink::Unplugged);
        assert_eq!(state("carrier", "off"), GatewayLink::NoAddress);
        // A link-local address is one of its own making.
        assert_eq!(state("carrier", "degraded"), GatewayLink::NoAddress);
        assert_eq!(state("carrier", "routable"), GatewayLink::Down);
        assert_eq!(of("CARRIER_STATE=later\n"), GatewayLink::Down);
        assert_eq!(explain(Path::new("/nowhere")), GatewayLink::Down);
    }
}
