//! Where a device was last seen: the network of its address, which a person can recognise and which does not show the
//! whole address. There is no look-up of towns, since an address does not give one.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A place in words short enough for a list.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub enum Place {
    /// The machine that the provider runs on.
    ThisComputer,
    /// A private network (RFC 1918, RFC 4193, link-local).
    LocalNetwork,
    /// The /24 of an IPv4 address.
    V4(Ipv4Addr),
    /// The /48 of an IPv6 address: what one site is commonly given (RFC 6177).
    V6(Ipv6Addr),
}

impl Place {
    /// The place of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Self::ThisComputer,
            IpAddr::V4(v4) if v4.is_private() || v4.is_link_local() => Self::LocalNetwork,
            IpAddr::V6(v6) if v6.is_unique_local() || v6.is_unicast_link_local() => Self::LocalNetwork,
            IpAddr::V4(v4) => Self::V4(Ipv4Addr::from(u32::from(v4) & (u32::MAX << 8))),
            IpAddr::V6(v6) => Self::V6(Ipv6Addr::from(u128::from(v6) & (u128::MAX << 80))),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ThisComputer => f.write_str("This computer"),
            Self::LocalNetwork => f.write_str("Local network"),
            Self::V4(network) => write!(f, "{network}/24"),
            Self::V6(network) => write!(f, "{network}/48"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_its_network() {
        let places = [
            ("127.0.0.1", "This computer"),
            ("::1", "This computer"),
            ("::ffff:127.0.0.1", "This computer"),
            ("10.1.2.3", "Local network"),
            ("192.168.0.9", "Local network"),
            ("169.254.1.1", "Local network"),
            ("fd00::1", "Local network"),
            ("fe80::1", "Local network"),
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("2001:db8::5", "2001:db8::/48"),
        ];
        for (address, place) in places {
            let found = address.parse().map(Place::of).map(|place| place.to_string());
            assert_eq!(found.as_deref(), Ok(place), "{address}");
        }
    }
}
