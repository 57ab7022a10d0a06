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
}

impl AdminRoom {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Overview, Self::People, Self::Groups, Self::Roles];

    /// Where it is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => path::ADMIN,
            Self::People => path::ADMIN_PEOPLE,
            Self::Groups => path::ADMIN_GROUPS,
            Self::Roles => path::ADMIN_ROLES,
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
