//! Permissions in plain words, and as boxes to be ticked.

use idp_core::administration::Permission;

/// A permission to be ticked.
#[derive(Clone, Debug)]
pub struct PermissionBox {
    /// Which one.
    pub permission: Permission,
    /// Whether it is ticked.
    pub is_ticked: bool,
    /// Whether the person has it themselves, and may so give it.
    pub is_own: bool,
}

impl PermissionBox {
    pub(super) const fn words(&self) -> &'static str {
        permission_words(self.permission)
    }
}

/// The id of what a permission allows, in words.
#[must_use]
pub const fn permission_words(permission: Permission) -> &'static str {
    match permission {
        Permission::ReadUsers => "permission-users-read",
        Permission::ManageUsers => "permission-users-manage",
        Permission::ManageCredentials => "permission-credentials-manage",
        Permission::ManageAttributes => "permission-attributes-manage",
        Permission::ManageSessions => "permission-sessions-manage",
        Permission::ReadGroups => "permission-groups-read",
        Permission::ManageGroups => "permission-groups-manage",
        Permission::ReadRoles => "permission-roles-read",
        Permission::ManageRoles => "permission-roles-manage",
        Permission::ReadClients => "permission-clients-read",
        Permission::ManageClients => "permission-clients-manage",
        Permission::ReadKeys => "permission-keys-read",
        Permission::ManageKeys => "permission-keys-manage",
        Permission::ReadAudit => "permission-audit-read",
        Permission::ReadSettings => "permission-settings-read",
        Permission::ReadDeliveries => "permission-deliveries-read",
        Permission::ManageDeliveries => "permission-deliveries-manage",
    }
}
