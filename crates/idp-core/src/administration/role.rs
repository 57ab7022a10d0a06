//! Roles: what people are, for sites and for the provider itself.

use super::{Permission, Permissions, RoleName};
use uuid::Uuid;

/// A role. Sites are told its name where a client asks for it; what it permits counts at the provider alone.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Role {
    /// Its id, which stays when it is renamed.
    pub id: Uuid,
    /// What it is called.
    pub name: RoleName,
    /// What it is for, in words for people.
    pub description: String,
    /// What its holders may administer.
    pub permissions: RolePermissions,
    /// Whether its holders must prove two factors, whatever the installation asks of others.
    pub requires_second_factor: bool,
}

/// Where the permissions of a role come from.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RolePermissions {
    /// This version of the provider decides; nobody changes or removes the role.
    BuiltIn(BuiltInRole),
    /// An administrator chose them; most roles have none.
    Chosen(Permissions),
}

impl RolePermissions {
    /// The permissions.
    #[must_use]
    pub fn get(self) -> Permissions {
        match self {
            Self::BuiltIn(role) => role.permissions(),
            Self::Chosen(permissions) => permissions,
        }
    }
}

/// A role that every installation has.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum BuiltInRole {
    /// May do everything, what later versions add included.
    Administrator,
    /// Looks after people and groups, and gives no rights.
    UserManager,
    /// Helps people who cannot sign in.
    HelpDesk,
    /// Looks after the registrations of sites.
    ClientManager,
    /// Sees everything and changes nothing.
    Auditor,
}

/// Every built-in role.
pub const BUILT_IN_ROLES: [BuiltInRole; 5] = [
    BuiltInRole::Administrator,
    BuiltInRole::UserManager,
    BuiltInRole::HelpDesk,
    BuiltInRole::ClientManager,
    BuiltInRole::Auditor,
];

impl BuiltInRole {
    /// What it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::UserManager => "user-manager",
            Self::HelpDesk => "help-desk",
            Self::ClientManager => "client-manager",
            Self::Auditor => "auditor",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        BUILT_IN_ROLES.into_iter().find(|role| role.as_str() == name)
    }

    /// What its holders may administer.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        use Permission::{
            ManageClients, ManageCredentials, ManageGroups, ManageSessions, ManageUsers, ReadAudit,
            ReadClients, ReadDeliveries, ReadGroups, ReadKeys, ReadRoles, ReadSettings, ReadUsers,
        };
        let listed: &[Permission] = match self {
            Self::Administrator => return Permissions::all(),
            Self::UserManager => &[
                ReadUsers,
                ManageUsers,
                ManageCredentials,
                ManageSessions,
                ReadGroups,
                ManageGroups,
                ReadRoles,
            ],
            Self::HelpDesk => &[ReadUsers, ManageCredentials, ManageSessions, ReadGroups, ReadDeliveries],
            Self::ClientManager => &[ReadClients, ManageClients, ReadKeys, ReadDeliveries],
            Self::Auditor => &[
                ReadUsers,
                ReadGroups,
                ReadRoles,
                ReadClients,
                ReadKeys,
                ReadAudit,
                ReadSettings,
                ReadDeliveries,
            ],
        };
        listed.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_built_in_roles_are_names_of_roles_and_are_read_back() {
        for role in BUILT_IN_ROLES {
            assert!(role.as_str().parse::<RoleName>().is_ok());
            assert_eq!(BuiltInRole::parse(role.as_str()), Some(role));
            assert!(!role.permissions().is_empty());
        }
    }

    #[test]
    fn only_an_administrator_gives_rights_and_an_auditor_changes_nothing() {
        for role in BUILT_IN_ROLES {
            let gives = role.permissions().contain(Permission::ManageRoles);
            assert_eq!(gives, role == BuiltInRole::Administrator, "{role:?}");
        }
        let sees = BuiltInRole::Auditor.permissions();
        assert!(sees.iter().all(|permission| permission.as_str().ends_with(".read")));
        let all_sights = Permission::ALL.into_iter().filter(|one| one.as_str().ends_with(".read"));
        assert!(all_sights.into_iter().all(|permission| sees.contain(permission)));
    }
}
