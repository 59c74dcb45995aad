//! The wire between the houses, packet by packet: what the terminal sends, to whom.
//!
//! Duties: count each packet that arrives at the hall's end. Never: a packet.

use super::lock;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketFlags, SocketType, recv, socket_with};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

/// Every protocol (linux/if_ether.h), in network byte order.
const ETH_P_ALL: u32 = 0x0300;

/// Where a packet was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination {
    /// Its address.
    pub address: IpAddr,
    /// 6 is TCP, 17 UDP.
    pub protocol: u8,
    /// 0 where the protocol has none.
    pub port: u16,
}

/// How many packets went where since the trap was started.
pub struct Wire {
    sent: Arc<Mutex<BTreeMap<Destination, u64>>>,
}

impl Wire {
    /// Call it in the hall's network.
    pub(super) fn listen(terminal: IpAddr) -> Self {
        let every = Protocol::from_raw(NonZeroU32::new(ETH_P_ALL).expect("not zero"));
        let socket = socket_with(
            AddressFamily::PACKET,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            Some(every),
        )
        .expect("listen to the wire");
        let sent: Arc<Mutex<BTreeMap<Destination, u64>>> = Arc::default();
        let counted = Arc::clone(&sent);
        std::thread::spawn(move || {
            let mut packet = [0; 2048];
            while let Ok((length, _)) = recv(&socket, &mut packet, RecvFlags::empty()) {
                if let Some((from, to)) = ends(&packet[..length])
                    && from == terminal
                {
                    *lock(&counted).entry(to).or_default() += 1;
                }
            }
        });
        Self { sent }
    }

    /// Begins to count anew.
    pub fn forget(&self) {
        lock(&self.sent).clear();
    }

    /// Packets by destination.
    #[must_use]
    pub fn sent(&self) -> BTreeMap<Destination, u64> {
        lock(&self.sent).clone()
    }

    /// Packets to this address.
    #[must_use]
    pub fn to(&self, address: IpAddr) -> u64 {
        self.sent().iter().filter(|(to, _)| to.address == address).map(|(_, count)| count).sum()
    }

    /// Destinations that no listed place has: neither HTTPS of the town's servers and the trap's
    /// listed names, nor the name server, nor the gateway's terminal API. Must be empty, whatever a
    /// page did.
    #[must_use]
    pub fn strayed(&self) -> Vec<Destination> {
        let town = |last: u8| IpAddr::from([10, 77, 0, last]);
        let is_listed = |to: &Destination| match (to.protocol, to.port) {
            (6, 443) => (10..=12).any(|last| to.address == town(last)),
            (6, 8443) => to.address == town(11),
            (6, super::faces::OLD_TLS_PORT) => to.address == town(12),
            (17, 53) => to.address == town(13),
            _ => false,
        };
        self.sent().into_keys().filter(|to| !is_listed(to)).collect()
    }
}

/// Source and destination of an IP packet.
fn ends(packet: &[u8]) -> Option<(IpAddr, Destination)> {
    let bytes = |at: usize| {
        Some([*packet.get(at)?, *packet.get(at + 1)?, *packet.get(at + 2)?, *packet.get(at + 3)?])
    };
    // RFC 791, 3.1. The terminal has no IPv6 address but a link-local one of the kernel's own.
    if packet.first()? >> 4 != 4 {
        return None;
    }
    let header = usize::from(packet[0] & 0xf) * 4;
    let protocol = *packet.get(9)?;
    let port = match protocol {
        6 | 17 => u16::from_be_bytes([*packet.get(header + 2)?, *packet.get(header + 3)?]),
        _ => 0,
    };
    Some((
        IpAddr::from(bytes(12)?),
        Destination { address: IpAddr::from(bytes(16)?), protocol, port },
    ))
}
