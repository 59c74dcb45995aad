//! Which addresses a listed name may lead to. Pure.
//!
//! A name's owner decides where it leads, and may change it between two questions (DNS rebinding).
//! So an address is judged by itself, however it was found: public ones pass, all others only
//! inside a network the configuration lists.

use borne_ipc::Network;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Unicast space that is not public: IANA's special-purpose registry (RFC 6890), multicast and what
/// is reserved beyond it.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Parts of 2000::/3 that are not somebody's public addresses: protocol assignments with Teredo
/// (RFC 2928), documentation (RFC 3849, RFC 9637), 6to4 (RFC 7526: it names an IPv4 address,
/// private ones too).
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// RFC 6052: a network without IPv4 writes a public IPv4 address so.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether a connection to this address may be made, and to which: an IPv4-mapped one
/// (`::ffff:10.0.0.1`) *is* the IPv4 address, so that is judged and handed back. `None`: no.
#[must_use]
pub fn admit(address: IpAddr, lan: &[Network]) -> Option<IpAddr> {
    let address = address.to_canonical();
    (is_public(address) || lan.iter().any(|network| contains(network, address))).then_some(address)
}

/// Whether anybody on the Internet could have this address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !NOT_PUBLIC_V4.iter().any(|(network, prefix)| same_v4(*network, address, *prefix))
        }
        IpAddr::V6(address) if same_v6(NAT64.0, address, NAT64.1) => {
            let [.., a, b, c, d] = address.octets();
            is_public(Ipv4Addr::new(a, b, c, d).into())
        }
        // Global unicast is 2000::/3 (RFC 4291, 2.4); loopback, link-local, unique-local,
        // multicast, IPv4-compatible and whatever is invented next lie outside.
        IpAddr::V6(address) => {
            address.segments()[0] & 0xe000 == 0x2000
                && !NOT_PUBLIC_V6
                    .iter()
                    .any(|(network, prefix)| same_v6(*network, address, *prefix))
        }
    }
}

fn contains(network: &Network, address: IpAddr) -> bool {
    match (network.address, address) {
        (IpAddr::V4(network_address), IpAddr::V4(address)) => {
            same_v4(network_address, address, network.prefix.into())
        }
        (IpAddr::V6(network_address), IpAddr::V6(address)) => {
            same_v6(network_address, address, network.prefix.into())
        }
        _ => false,
    }
}

/// Whether the first `prefix` bits agree; a prefix longer than an address agrees with nothing.
fn same_v4(network: Ipv4Addr, address: Ipv4Addr, prefix: u32) -> bool {
    let differ = network.to_bits() ^ address.to_bits();
    prefix <= 32 && differ.checked_shr(32 - prefix).unwrap_or(0) == 0
}

fn same_v6(network: Ipv6Addr, address: Ipv6Addr, prefix: u32) -> bool {
    let differ = network.to_bits() ^ address.to_bits();
    prefix <= 128 && differ.checked_shr(128 - prefix).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        let (address, prefix) = text.split_once('/').unwrap();
        Network { address: address.parse().unwrap(), prefix: prefix.parse().unwrap() }
    }

    fn admitted(address: &str, lan: &[&str]) -> bool {
        let lan: Vec<_> = lan.iter().map(|text| network(text)).collect();
        admit(address.parse().unwrap(), &lan).is_some()
    }

    #[test]
    fn public_addresses_pass() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "223.255.255.255",
            "2606:4700::1111",
            "2a01::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(admitted(address, &[]), "{address}");
        }
    }

    #[test]
    fn every_other_address_is_refused_in_every_form() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.77.0.10",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.251",
            "239.255.255.250",
            "255.255.255.255",
            "::",
            "::1",
            "::10.77.0.10",
            "::ffff:10.77.0.10",
            "::ffff:127.0.0.1",
            "64:ff9b::10.77.0.10",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::10.77.0.10",
            "2002:a4d:a::1",
            "2002:101:101::1",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(!admitted(address, &[]), "{address}");
        }
    }

    #[test]
    fn a_listed_network_opens_itself_and_nothing_beside() {
        assert!(admitted("10.77.0.10", &["10.77.0.0/24"]));
        assert!(admitted("::ffff:10.77.0.10", &["10.77.0.0/24"]), "the same address");
        assert!(admitted("fd12::7", &["10.77.0.0/24", "fd12::/64"]));
        assert!(admitted("192.168.1.7", &["192.168.1.7/32"]));
        for address in [
            "10.77.1.10",
            "10.76.255.255",
            "127.0.0.1",
            "64:ff9b::10.77.0.10",
            "fd12:0:0:1::7",
            "fe80::1",
        ] {
            assert!(!admitted(address, &["10.77.0.0/24", "fd12::/64"]), "{address}");
        }
        assert!(!admitted("10.77.0.10", &["10.77.0.0/33"]), "no such prefix");
        assert!(!admitted("fd12::7", &["fd12::/129"]), "no such prefix");
    }

    #[test]
    fn what_is_connected_to_is_what_was_judged() {
        assert_eq!(admit("::ffff:1.1.1.1".parse().unwrap(), &[]), Some(IpAddr::from([1, 1, 1, 1])));
    }
}
