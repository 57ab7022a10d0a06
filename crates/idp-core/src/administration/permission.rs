//! The permissions of administrators. Each is a scope value as well, so that a token can carry less than its owner has.

use crate::scope::Scope;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an administrator may do.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub enum Permission {
    /// See people: profile, addresses, ways to sign in (never a secret of theirs), devices, consents, invitations.
    ReadUsers,
    /// Add, invite, change, disable and remove people.
    ManageUsers,
    /// Set passwords, and remove second factors and passkeys.
    ManageCredentials,
    /// Define, change and remove the attributes of people, with the values of everybody.
    ManageAttributes,
    /// Sign people out, and withdraw their consents.
    ManageSessions,
    /// See groups and who is in them.
    ReadGroups,
    /// Make, change and remove groups, and decide who is in them.
    ManageGroups,
    /// See roles and who has them.
    ReadRoles,
    /// Make, change and remove roles, and give them to people and groups.
    ManageRoles,
    /// See clients.
    ReadClients,
    /// Register, change and remove clients, and replace their secrets.
    ManageClients,
    /// See signing keys (never their private half).
    ReadKeys,
    /// Rotate signing keys and give them up.
    ManageKeys,
    /// Read the audit log.
    ReadAudit,
    /// See the configuration (never a secret of it).
    ReadSettings,
    /// See mail, logout tokens and the feed on their way.
    ReadDeliveries,
    /// Try deliveries again, and give them up.
    ManageDeliveries,
}

impl Permission {
    /// Every permission there is.
    pub const ALL: [Self; 17] = [
        Self::ReadUsers,
        Self::ManageUsers,
        Self::ManageCredentials,
        Self::ManageAttributes,
        Self::ManageSessions,
        Self::ReadGroups,
        Self::ManageGroups,
        Self::ReadRoles,
        Self::ManageRoles,
        Self::ReadClients,
        Self::ManageClients,
        Self::ReadKeys,
        Self::ManageKeys,
        Self::ReadAudit,
        Self::ReadSettings,
        Self::ReadDeliveries,
        Self::ManageDeliveries,
    ];

    /// The scope value (RFC 6749 3.3), which is also the name that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadUsers => "idp.users.read",
            Self::ManageUsers => "idp.users.manage",
            Self::ManageCredentials => "idp.credentials.manage",
            Self::ManageAttributes => "idp.attributes.manage",
            Self::ManageSessions => "idp.sessions.manage",
            Self::ReadGroups => "idp.groups.read",
            Self::ManageGroups => "idp.groups.manage",
            Self::ReadRoles => "idp.roles.read",
            Self::ManageRoles => "idp.roles.manage",
            Self::ReadClients => "idp.clients.read",
            Self::ManageClients => "idp.clients.manage",
            Self::ReadKeys => "idp.keys.read",
            Self::ManageKeys => "idp.keys.manage",
            Self::ReadAudit => "idp.audit.read",
            Self::ReadSettings => "idp.settings.read",
            Self::ReadDeliveries => "idp.deliveries.read",
            Self::ManageDeliveries => "idp.deliveries.manage",
        }
    }

    /// Reads a scope value back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == word)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A set of permissions.
#[derive(Copy, Clone, Eq, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Permissions(u32);

/// A word that names no permission.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("there is no permission {0:?}")]
pub struct UnknownPermission(pub String);

impl Permissions {
    /// None.
    pub const NONE: Self = Self(0);

    /// All there are.
    #[must_use]
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// Those among the words of a scope; other words are other resources' business.
    #[must_use]
    pub fn of_scope(scope: &Scope) -> Self {
        scope.words().filter_map(Permission::parse).collect()
    }

    /// Whether `permission` is one of them.
    #[must_use]
    pub const fn contain(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether all of `others` are among them.
    #[must_use]
    pub const fn contain_all(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// Those of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that `other` does not have.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One after the other, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.contain(*permission))
    }
}

impl From<Permission> for Permissions {
    fn from(permission: Permission) -> Self {
        Self(permission.bit())
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

impl TryFrom<Vec<String>> for Permissions {
    type Error = UnknownPermission;

    fn try_from(words: Vec<String>) -> Result<Self, UnknownPermission> {
        words.into_iter().map(|word| Permission::parse(&word).ok_or(UnknownPermission(word))).collect()
    }
}

impl From<Permissions> for Vec<String> {
    fn from(permissions: Permissions) -> Self {
        permissions.iter().map(|permission| permission.as_str().to_owned()).collect()
    }
}

/// The words with one space between them, as in a scope.
impl fmt::Display for Permissions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&Vec::from(*self).join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_listed_and_is_read_back_from_its_word() {
        let words = include_str!("permission.rs").matches("=> \"idp.").count();
        assert_eq!(Permission::ALL.len(), words, "Permission::ALL lists every permission");
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
            assert!(Scope::parse(permission.as_str()).is_ok());
        }
        assert_eq!(Permissions::all().iter().count(), Permission::ALL.len());
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set: Permissions = [Permission::ReadUsers, Permission::ManageKeys].into_iter().collect();
        assert!(set.contain(Permission::ReadUsers) && !set.contain(Permission::ManageUsers));
        assert!(set.contain_all(Permission::ManageKeys.into()) && set.contain_all(Permissions::NONE));
        assert!(!Permissions::NONE.contain_all(set));
        assert_eq!(set.without(Permission::ReadUsers.into()), Permission::ManageKeys.into());
        assert_eq!(set.to_string(), "idp.users.read idp.keys.manage");
        assert_eq!(Permissions::try_from(Vec::<String>::from(set)), Ok(set));
        assert_eq!(
            Permissions::try_from(vec!["idp.users.own".to_owned()]),
            Err(UnknownPermission("idp.users.own".to_owned()))
        );
        let scope = Scope::parse("openid idp.keys.manage idp.keys idp.users.read").unwrap();
        assert_eq!(Permissions::of_scope(&scope), set);
    }
}
