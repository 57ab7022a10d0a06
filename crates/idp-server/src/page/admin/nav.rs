//! The way from room to room.

use idp_core::discovery::path;

/// A room of the pages of administrators.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum AdminRoom {
    /// What needs attention.
    Overview,
    /// People.
    People,
    /// Groups.
    Groups,
    /// Roles.
    Roles,
    /// Attributes of people.
    Attributes,
    /// Clients.
    Clients,
    /// Signing keys.
    Keys,
    /// The audit log.
    Audit,
    /// What is on its way to sites and people.
    Deliveries,
    /// The configuration in force.
    Settings,
}

impl AdminRoom {
    /// All of them, in their order.
    pub const ALL: [Self; 10] = [
        Self::Overview,
        Self::People,
        Self::Groups,
        Self::Roles,
        Self::Attributes,
        Self::Clients,
        Self::Keys,
        Self::Audit,
        Self::Deliveries,
        Self::Settings,
    ];

    /// Where it is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => path::ADMIN,
            Self::People => path::ADMIN_PEOPLE,
            Self::Groups => path::ADMIN_GROUPS,
            Self::Roles => path::ADMIN_ROLES,
            Self::Attributes => path::ADMIN_ATTRIBUTES,
            Self::Clients => path::ADMIN_CLIENTS,
            Self::Keys => path::ADMIN_KEYS,
            Self::Audit => path::ADMIN_AUDIT,
            Self::Deliveries => path::ADMIN_DELIVERIES,
            Self::Settings => path::ADMIN_SETTINGS,
        }
    }

    /// What the id of its link is.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Overview => "admin-overview",
            Self::People => "admin-people",
            Self::Groups => "admin-groups",
            Self::Roles => "admin-roles",
            Self::Attributes => "admin-attributes",
            Self::Clients => "admin-clients",
            Self::Keys => "admin-keys",
            Self::Audit => "admin-audit",
            Self::Deliveries => "admin-deliveries",
            Self::Settings => "admin-settings",
        }
    }

    /// The id of its name in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Overview => "admin-overview-title",
            Self::People => "admin-people-title",
            Self::Groups => "admin-groups-title",
            Self::Roles => "admin-roles-title",
            Self::Attributes => "admin-attributes-title",
            Self::Clients => "admin-clients-title",
            Self::Keys => "admin-keys-title",
            Self::Audit => "admin-audit-title",
            Self::Deliveries => "admin-deliveries-title",
            Self::Settings => "admin-settings-title",
        }
    }

    /// The id of what one finds there.
    #[must_use]
    pub const fn lead(self) -> &'static str {
        match self {
            Self::Overview => "admin-overview-lead",
            Self::People => "admin-people-lead",
            Self::Groups => "admin-groups-lead",
            Self::Roles => "admin-roles-lead",
            Self::Attributes => "admin-attributes-lead",
            Self::Clients => "admin-clients-lead",
            Self::Keys => "admin-keys-lead",
            Self::Audit => "admin-audit-lead",
            Self::Deliveries => "admin-deliveries-lead",
            Self::Settings => "admin-settings-lead",
        }
    }
}

/// The rooms that the person may enter, and the one that they are in.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct AdminNav {
    /// In their order.
    pub rooms: Vec<AdminRoom>,
    /// Where the person is.
    pub here: AdminRoom,
}
