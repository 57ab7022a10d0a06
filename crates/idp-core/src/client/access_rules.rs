//! Who may sign in at a client, and from where.

use super::ClientMetadata;
use crate::administration::Memberships;
use ipnet::IpNet;
use std::net::IpAddr;

/// Why a person may not sign in at a client.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum AccessRefusal {
    /// They have none of the roles and are in none of the groups that may.
    Membership,
    /// Their browser is in none of the networks that may.
    Network,
}

impl AccessRefusal {
    /// The word in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Membership => "membership",
            Self::Network => "network",
        }
    }
}

impl ClientMetadata {
    /// Whether only people with some role or in some group may sign in.
    #[must_use]
    pub fn has_members_only(&self) -> bool {
        !(self.allowed_roles.is_empty() && self.allowed_groups.is_empty())
    }

    /// Whether anything about the client depends on a person's roles and groups. Where not, they need not be read.
    #[must_use]
    pub fn uses_memberships(&self) -> bool {
        self.has_members_only() || !self.claims_mapping.is_empty()
    }

    /// Whether a person with these memberships may sign in: one role or group of those that may is enough.
    #[must_use]
    pub fn admits(&self, memberships: &Memberships) -> bool {
        !self.has_members_only()
            || self.allowed_roles.iter().any(|role| memberships.roles.contains(role))
            || self.allowed_groups.iter().any(|group| memberships.groups.contains(group))
    }

    /// Whether a browser at this address may be signed in.
    #[must_use]
    pub fn admits_from(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed_networks.is_empty()
            || self.allowed_networks.iter().any(|network| network.contains(&address))
    }

    /// Why such a person at this address may not sign in, if they may not.
    #[must_use]
    pub fn access_refusal(&self, memberships: &Memberships, address: IpAddr) -> Option<AccessRefusal> {
        match (self.admits(memberships), self.admits_from(address)) {
            (false, _) => Some(AccessRefusal::Membership),
            (true, false) => Some(AccessRefusal::Network),
            (true, true) => None,
        }
    }

    /// Whether `later` may turn people away by their memberships whom this lets in.
    #[must_use]
    pub fn is_narrowed_by(&self, later: &Self) -> bool {
        later.has_members_only()
            && (!self.has_members_only()
                || self.allowed_roles.iter().any(|role| !later.allowed_roles.contains(role))
                || self.allowed_groups.iter().any(|group| !later.allowed_groups.contains(group)))
    }

    /// Whether `later` may turn browsers away that this lets in.
    #[must_use]
    pub fn has_networks_narrowed_by(&self, later: &Self) -> bool {
        let is_within = |network: &IpNet| later.allowed_networks.iter().any(|wide| wide.contains(network));
        !later.allowed_networks.is_empty()
            && (self.allowed_networks.is_empty() || !self.allowed_networks.iter().all(is_within))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::client::sample;

    fn rules(roles: &[&str], groups: &[&str], networks: &[&str]) -> ClientMetadata {
        ClientMetadata {
            allowed_roles: roles.iter().map(|name| name.parse().unwrap()).collect(),
            allowed_groups: groups.iter().map(|name| name.parse().unwrap()).collect(),
            allowed_networks: networks.iter().map(|text| text.parse().unwrap()).collect(),
            ..sample::client(sample::confidential()).metadata
        }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_role_or_group_is_enough_and_no_rule_lets_everybody_in() {
        let staff = Memberships { groups: ["staff".parse().unwrap()].into(), ..Memberships::default() };
        let nobody = Memberships::default();
        assert!(rules(&[], &[], &[]).admits(&nobody));
        let either = rules(&["shop:editor"], &["staff"], &[]);
        assert!(either.admits(&staff) && !either.admits(&nobody));
        // A role is no group of the same name.
        assert!(!rules(&["staff"], &[], &[]).admits(&staff));
    }

    #[test]
    fn a_network_counts_in_whichever_form_an_address_is_written() {
        let inside = rules(&[], &[], &["10.0.0.0/8", "2001:db8::/32"]);
        for within in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"] {
            assert!(inside.admits_from(address(within)), "{within}");
        }
        for without in ["11.0.0.1", "::1", "2001:db9::1"] {
            assert!(!inside.admits_from(address(without)), "{without}");
        }
        let nobody = Memberships::default();
        let refusal = |at| inside.access_refusal(&nobody, address(at));
        assert_eq!(refusal("10.0.0.1"), None);
        assert_eq!(refusal("192.0.2.1"), Some(AccessRefusal::Network));
    }

    #[test]
    fn a_rule_that_lets_more_in_narrows_nothing() {
        let (none, one, two) =
            (rules(&[], &[], &[]), rules(&["a"], &[], &[]), rules(&["a", "b"], &["c"], &[]));
        assert!(none.is_narrowed_by(&one) && two.is_narrowed_by(&one));
        assert!(!one.is_narrowed_by(&two) && !one.is_narrowed_by(&none) && !one.is_narrowed_by(&one));
        let (wide, part) = (rules(&[], &[], &["10.0.0.0/8"]), rules(&[], &[], &["10.1.0.0/16"]));
        assert!(wide.has_networks_narrowed_by(&part) && none.has_networks_narrowed_by(&wide));
        assert!(!part.has_networks_narrowed_by(&wide) && !wide.has_networks_narrowed_by(&none));
    }
}
