//! Which addresses the provider connects to by itself: public unicast ones, and networks that the operator names.
//! IANA special-purpose address registries (RFC 6890); RFC 4291 section 2.5.5.2 (IPv4-mapped addresses).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 that is not globally reachable, beside what the standard library names.
const SPECIAL_V4: [Ipv4Net; 7] = [
    // "This network", shared address space of carriers, protocol assignments, 6to4 relays, benchmarks, multicast,
    // reserved.
    v4(0, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(192, 0, 0, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// All of IPv6 that is assigned as global unicast.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// What in there is not, or leads to an IPv4 address of the sender's choice: protocol assignments with Teredo, 6to4,
/// documentation.
const SPECIAL_V6: [Ipv6Net; 4] =
    [v6(0x2001, 0, 23), v6(0x2001, 0xDB8, 32), v6(0x2002, 0, 16), v6(0x3FFF, 0, 20)];

/// The addresses that may be connected to.
#[derive(Clone, Debug, Default)]
pub struct AddressFilter(Vec<IpNet>);

impl AddressFilter {
    /// Public addresses, and those in `networks`.
    #[must_use]
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.to_vec())
    }

    /// Whether `address` may be connected to.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address)) || is_public(address)
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation();
    !is_special && !SPECIAL_V4.iter().any(|network| network.contains(&address))
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(first: u16, second: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn s93_only_public_addresses_are_reached() {
        let filter = AddressFilter::default();
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!filter.allows(address(text)), "{text}");
        }
        for text in ["1.1.1.1", "172.32.0.1", "8.8.8.8", "::ffff:1.1.1.1", "2606:4700::1111", "2a00::1"] {
            assert!(filter.allows(address(text)), "{text}");
        }
    }

    #[test]
    fn s93_networks_that_the_operator_names_are_reached_and_no_more() {
        let filter = AddressFilter::new(&["10.1.0.0/16".parse().unwrap(), "fd00::/64".parse().unwrap()]);
        for text in ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7", "1.1.1.1"] {
            assert!(filter.allows(address(text)), "{text}");
        }
        for text in ["10.2.0.1", "127.0.0.1", "fd00:0:0:1::1"] {
            assert!(!filter.allows(address(text)), "{text}");
        }
    }
}
