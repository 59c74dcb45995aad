//! A private network in which the town's own servers may live.

use std::net::IpAddr;

/// Addresses of one private network. It cannot hold the terminal itself (loopback), its link,
/// multicast or the Internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is not such a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Not `address/bits`.
    #[error("not a network; write its first address and its bits, like 10.20.0.0/24")]
    Shape,
    /// `10.20.0.7/24`.
    #[error("this is not the first address of a network of {0} bits")]
    HostBits(u8),
    /// Public, loopback, link-local, multicast, or larger than any private network.
    #[error(
        "not within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7; public hosts need no entry"
    )]
    NotPrivate,
}

/// RFC 1918, RFC 6598 (towns behind their provider's translation), RFC 4193.
const PRIVATE: [Network; 5] = [
    Network { address: IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 0)), prefix: 8 },
    Network { address: IpAddr::V4(std::net::Ipv4Addr::new(172, 16, 0, 0)), prefix: 12 },
    Network { address: IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 0, 0)), prefix: 16 },
    Network { address: IpAddr::V4(std::net::Ipv4Addr::new(100, 64, 0, 0)), prefix: 10 },
    Network {
        address: IpAddr::V6(std::net::Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)),
        prefix: 7,
    },
];

impl Network {
    /// Parses `address/bits`.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text.split_once('/').ok_or(NetworkError::Shape)?;
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Shape)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u8 = prefix
            .parse()
            .ok()
            .filter(|bits| digits && *bits <= width)
            .ok_or(NetworkError::Shape)?;
        let network = Self { address, prefix };
        if bits(address) != masked(address, prefix) {
            return Err(NetworkError::HostBits(prefix));
        }
        if PRIVATE.iter().any(|private| private.holds(&network)) {
            Ok(network)
        } else {
            Err(NetworkError::NotPrivate)
        }
    }

    /// First address.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// Bits that all its addresses share.
    #[must_use]
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    fn holds(&self, other: &Self) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.prefix <= other.prefix
            && bits(self.address) == masked(other.address, self.prefix)
    }
}

/// Left-aligned, so that a prefix counts from the same end in both families.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn masked(address: IpAddr, prefix: u8) -> u128 {
    bits(address) & !u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_network_is_taken() {
        for text in [
            "10.77.0.0/24",
            "10.0.0.0/8",
            "172.16.4.0/22",
            "192.168.1.7/32",
            "100.64.0.0/10",
            "fd12:3456::/32",
        ] {
            assert!(Network::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_private_network_is_refused() {
        for (text, error) in [
            ("10.77.0.0", NetworkError::Shape),
            ("10.77.0/24", NetworkError::Shape),
            ("10.77.0.0/33", NetworkError::Shape),
            ("10.77.0.0/+8", NetworkError::Shape),
            ("10.77.0.0/", NetworkError::Shape),
            ("mairie.example/24", NetworkError::Shape),
            ("10.77.0.10/24", NetworkError::HostBits(24)),
            ("0.0.0.0/0", NetworkError::NotPrivate),
            ("::/0", NetworkError::NotPrivate),
            ("10.0.0.0/7", NetworkError::NotPrivate),
            ("127.0.0.0/8", NetworkError::NotPrivate),
            ("169.254.0.0/16", NetworkError::NotPrivate),
            ("224.0.0.0/4", NetworkError::NotPrivate),
            ("1.1.1.0/24", NetworkError::NotPrivate),
            ("::1/128", NetworkError::NotPrivate),
            ("fe80::/10", NetworkError::NotPrivate),
            ("::ffff:10.0.0.0/104", NetworkError::NotPrivate),
        ] {
            assert_eq!(Network::parse(text), Err(error), "{text}");
        }
    }
}
