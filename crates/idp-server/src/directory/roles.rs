//! Roles: making, changing and removing one, and giving it to people and groups. A role is never given, changed or taken by
//! a caller who lacks what it permits.

use super::{Administration, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::db::authority::Authority;
use crate::random;
use crate::store::roles::{RoleHolder, RoleWrite, RolesOfUser};
use idp_core::administration::{Permission, Permissions, Role, RoleName, RolePermissions};
use idp_core::authentication::Requirement;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// The longest description of a role or a group, in bytes.
pub const LONGEST_DESCRIPTION: usize = 500;

/// What to change of a role.
#[derive(Clone, Debug, Default)]
pub struct RoleChange {
    /// The new name.
    pub name: Option<RoleName>,
    /// The new description.
    pub description: Option<String>,
    /// What its holders may administer from now on. A built-in role keeps its own.
    pub permissions: Option<Permissions>,
    /// Whether its holders must prove two factors. This alone may be changed of a built-in role.
    pub requires_second_factor: Option<bool>,
}

impl RoleChange {
    /// Whether it leaves everything as it is but what its holders must prove.
    const fn is_about_proof_alone(&self) -> bool {
        self.name.is_none() && self.description.is_none() && self.permissions.is_none()
    }
}

/// A role to make.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// What it is called.
    pub name: RoleName,
    /// What it is for.
    pub description: String,
    /// What its holders may administer.
    pub permissions: Permissions,
    /// Whether its holders must prove two factors.
    pub requires_second_factor: bool,
}

impl NewRole {
    /// One of this name that permits nothing here and asks for nothing.
    #[must_use]
    pub const fn named(name: RoleName) -> Self {
        Self {
            name,
            description: String::new(),
            permissions: Permissions::NONE,
            requires_second_factor: false,
        }
    }
}

impl Administration<'_> {
    /// So many roles, by name, beginning after this one.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn roles(&self, after: Option<RoleName>, count: i64) -> Result<Vec<Role>, DirectoryError> {
        self.require(Permission::ReadRoles)?;
        Ok(self.store.roles_after(after, count).await?)
    }

    /// A role.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownRole`], or that the database does not answer.
    pub async fn role(&self, id: Uuid) -> Result<Role, DirectoryError> {
        self.require(Permission::ReadRoles)?;
        self.known_role(id).await
    }

    /// The role of this name.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn role_named(&self, name: RoleName) -> Result<Option<Role>, DirectoryError> {
        self.require(Permission::ReadRoles)?;
        Ok(self.store.role_named(name).await?)
    }

    /// The roles of a person.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn roles_of_user(&self, user: Uuid) -> Result<RolesOfUser, DirectoryError> {
        self.require(Permission::ReadRoles)?;
        Ok(self.store.roles_of_user(user).await?)
    }

    /// So many of the people who were given the role themselves, beginning after this one, and all groups that have it.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn holders_of_role(
        &self,
        role: Uuid,
        after: Option<Uuid>,
        count: i64,
    ) -> Result<(Vec<Uuid>, Vec<Uuid>), DirectoryError> {
        self.require(Permission::ReadRoles)?;
        Ok(self.store.holders_after(role, after, count).await?)
    }

    /// The roles of a group.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn roles_of_group(&self, group: Uuid) -> Result<Vec<Role>, DirectoryError> {
        self.require(Permission::ReadRoles)?;
        Ok(self.store.roles_of_group(group).await?)
    }

    /// Makes a role.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::RoleExists`], [`DirectoryError::Description`], or that it is not
    /// stored.
    pub async fn add_role(&self, new: NewRole, now: UnixTime) -> Result<Role, DirectoryError> {
        let about = AuditContext::of(self.right_to_roles(new.permissions)?);
        self.check_factor(new.requires_second_factor)?;
        let role = Role {
            id: random::new_id(now),
            name: new.name,
            description: described(new.description)?,
            permissions: RolePermissions::Chosen(new.permissions),
            requires_second_factor: new.requires_second_factor,
        };
        written(self.store.add_role(role.clone(), about, now).await?, &role)?;
        Ok(role)
    }

    /// Changes a role, for everybody who has it, at once.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownRole`], [`DirectoryError::BuiltInRole`],
    /// [`DirectoryError::RoleExists`], [`DirectoryError::Description`], [`DirectoryError::ChangedMeanwhile`], or that it is
    /// not stored.
    pub async fn change_role(
        &self,
        before: Role,
        change: RoleChange,
        now: UnixTime,
    ) -> Result<Role, DirectoryError> {
        let old = before.permissions.get();
        let new = change.permissions.unwrap_or(old);
        let about = AuditContext::of(self.right_to_roles(old.union(new))?);
        let permissions = match before.permissions {
            RolePermissions::Chosen(_) => RolePermissions::Chosen(new),
            built_in if change.is_about_proof_alone() => built_in,
            RolePermissions::BuiltIn(_) => return Err(DirectoryError::BuiltInRole(before.name)),
        };
        let requires_second_factor = change.requires_second_factor.unwrap_or(before.requires_second_factor);
        self.check_factor(requires_second_factor && !before.requires_second_factor)?;
        let after = Role {
            id: before.id,
            name: change.name.unwrap_or_else(|| before.name.clone()),
            description: described(change.description.unwrap_or_else(|| before.description.clone()))?,
            permissions,
            requires_second_factor,
        };
        written(self.store.change_role(before, after.clone(), about, now).await?, &after)?;
        Ok(after)
    }

    /// Removes a role from everybody and altogether.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::BuiltInRole`], [`DirectoryError::ChangedMeanwhile`], or that it is
    /// not stored.
    pub async fn remove_role(&self, role: Role, now: UnixTime) -> Result<(), DirectoryError> {
        let RolePermissions::Chosen(permissions) = role.permissions else {
            return Err(DirectoryError::BuiltInRole(role.name));
        };
        let about = AuditContext::of(self.right_to_roles(permissions)?);
        written(self.store.remove_role(role.clone(), about, now).await?, &role).map(drop)
    }

    /// Gives a role to a person or a group, or takes it away. Answers whether that changed anything.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownRole`], [`DirectoryError::ChangedMeanwhile`],
    /// [`DirectoryError::LastAdministrator`], or that it is not stored.
    pub async fn assign_role(
        &self,
        role: Uuid,
        holder: RoleHolder,
        is_given: bool,
        now: UnixTime,
    ) -> Result<bool, DirectoryError> {
        let role = self.known_role(role).await?;
        let right = self.right_to_roles(role.permissions.get())?;
        let detail = Some(role.name.to_string());
        let about = match holder {
            RoleHolder::User(user) => {
                let by = Some(right.over(user));
                AuditContext { by, user: Some(user), detail, ..AuditContext::default() }
            }
            RoleHolder::Group(group) => {
                let by = Some(right.over_group(group));
                AuditContext { by, detail, ..AuditContext::default() }
            }
        };
        written(self.store.assign_role((role.clone(), holder, is_given), about, now).await?, &role)
    }

    /// That people can prove what they would have to.
    fn check_factor(&self, is_demanded: bool) -> Result<(), DirectoryError> {
        let can_prove_two = self.config.authentication.methods.reach(Requirement::TwoFactors);
        if is_demanded && !can_prove_two { Err(DirectoryError::NoSecondFactor) } else { Ok(()) }
    }

    async fn known_role(&self, id: Uuid) -> Result<Role, DirectoryError> {
        self.store.role(id).await?.ok_or(DirectoryError::UnknownRole(id))
    }

    /// Rights are handed out and withdrawn by those alone who have them.
    fn right_to_roles(&self, permissions: Permissions) -> Result<Authority, DirectoryError> {
        self.right(permissions.union(Permission::ManageRoles.into()))
    }
}

fn written(write: RoleWrite, role: &Role) -> Result<bool, DirectoryError> {
    match write {
        RoleWrite::Written(is_changed) => Ok(is_changed),
        RoleWrite::ChangedMeanwhile => Err(DirectoryError::ChangedMeanwhile),
        RoleWrite::Taken => Err(DirectoryError::RoleExists(role.name.clone())),
    }
}

pub(super) fn described(description: String) -> Result<String, DirectoryError> {
    let is_fit = description.len() <= LONGEST_DESCRIPTION && !description.chars().any(char::is_control);
    if is_fit { Ok(description) } else { Err(DirectoryError::Description) }
}
