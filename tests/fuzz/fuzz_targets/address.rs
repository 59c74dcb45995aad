//! Which addresses a listed name may lead to: sixteen bytes of address, then listed networks of
//! seventeen bytes each.
//!
//! Holds: without a listed network nothing private is admitted, in any form the standard library
//! knows; with one, only what begins as it does.
#![no_main]

use borne_ipc::Network;
use kiosk_egress::address::admit;
use libfuzzer_sys::fuzz_target;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn from(bytes: &[u8; 16]) -> IpAddr {
    // An address in twelve zeros is meant as IPv4: random bytes would hardly ever be one.
    match bytes {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, a, b, c, d] => Ipv4Addr::new(*a, *b, *c, *d).into(),
        _ => Ipv6Addr::from(*bytes).into(),
    }
}

fn private_v4(address: Ipv4Addr) -> bool {
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
}

fn private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => private_v4(address),
        IpAddr::V6(address) => {
            let [.., a, b, c, d] = address.octets();
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.to_ipv4().is_some_and(private_v4)
                || (address.segments()[..2] == [0x64, 0xff9b]
                    && private_v4(Ipv4Addr::new(a, b, c, d)))
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((bytes, rest)) = data.split_first_chunk::<16>() else { return };
    let address = from(bytes);
    let alone = admit(address, &[]);
    assert!(alone.is_none() || !private(address), "{address} was admitted");
    let lan: Vec<Network> = rest
        .chunks_exact(17)
        .filter_map(|chunk| {
            Some(Network { address: from(chunk.first_chunk()?), prefix: chunk[16] })
        })
        .collect();
    let listed = admit(address, &lan);
    assert!(alone.is_none() || listed == alone, "a listed network took a public address away");
    if alone.is_none()
        && let Some(admitted) = listed
    {
        let bits = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => (32, u128::from(ip.to_bits()) << 96),
            IpAddr::V6(ip) => (128, ip.to_bits()),
        };
        let (width, bits_of) = bits(admitted);
        let held = lan.iter().any(|network| {
            let (network_width, network_bits) = bits(network.address);
            network_width == width
                && u32::from(network.prefix) <= width
                && (network_bits ^ bits_of).leading_zeros() >= u32::from(network.prefix)
        });
        assert!(held, "{admitted} is in no listed network");
    }
});
