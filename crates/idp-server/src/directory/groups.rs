//! Groups: making, changing and removing one, and who is in it. Members have the roles of their group, so that a group is in
//! the hands of those alone who have what it permits.

use super::roles::described;
use super::{Administration, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::db::authority::Authority;
use crate::random;
use crate::store::groups::GroupWrite;
use idp_core::administration::{Group, GroupName, Permission};
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// What to change of a group.
#[derive(Clone, Debug, Default)]
pub struct GroupChange {
    /// The new name.
    pub name: Option<GroupName>,
    /// The new description.
    pub description: Option<String>,
    /// What the system that provisions it calls it from now on.
    pub external_id: Option<Option<String>>,
}

impl Administration<'_> {
    /// So many groups, by name, beginning after this one.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn groups(&self, after: Option<GroupName>, count: i64) -> Result<Vec<Group>, DirectoryError> {
        self.require(Permission::ReadGroups)?;
        Ok(self.store.groups_after(after, count).await?)
    }

    /// So many groups whose names begin with `prefix`, by name, beginning after this one.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn groups_named(
        &self,
        prefix: String,
        after: Option<GroupName>,
        count: i64,
    ) -> Result<Vec<Group>, DirectoryError> {
        self.require(Permission::ReadGroups)?;
        Ok(self.store.groups_beginning(prefix, after, count).await?)
    }

    /// A group.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownGroup`], or that the database does not answer.
    pub async fn group(&self, id: Uuid) -> Result<Group, DirectoryError> {
        self.require(Permission::ReadGroups)?;
        let found = self.store.group(id).await?;
        found.map(|(group, _)| group).ok_or(DirectoryError::UnknownGroup(id))
    }

    /// The group of this name.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn group_named(&self, name: GroupName) -> Result<Option<Group>, DirectoryError> {
        self.require(Permission::ReadGroups)?;
        Ok(self.store.group_named(name).await?)
    }

    /// The groups that a person is in.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn groups_of_user(&self, user: Uuid) -> Result<Vec<Group>, DirectoryError> {
        self.require(Permission::ReadGroups)?;
        Ok(self.store.groups_of_user(user).await?)
    }

    /// So many members of a group, beginning after this one.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn members(
        &self,
        group: Uuid,
        after: Option<Uuid>,
        count: i64,
    ) -> Result<Vec<User>, DirectoryError> {
        self.require(Permission::ReadGroups)?;
        self.require(Permission::ReadUsers)?;
        Ok(self.store.members_after(group, after, count).await?)
    }

    /// Makes a group, which nobody is in and which has no role.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::GroupExists`], [`DirectoryError::Description`], or that it is not
    /// stored.
    pub async fn add_group(
        &self,
        name: GroupName,
        description: String,
        external_id: Option<String>,
        now: UnixTime,
    ) -> Result<Group, DirectoryError> {
        let about = AuditContext::of(self.right(Permission::ManageGroups)?);
        let description = described(description)?;
        let external_id = external_id.map(described).transpose()?;
        let group = Group { id: random::new_id(now), name, description, external_id, created_at: now };
        written(self.store.add_group(group.clone(), about, now).await?, &group)?;
        Ok(group)
    }

    /// Changes a group.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::GroupExists`], [`DirectoryError::Description`],
    /// [`DirectoryError::ChangedMeanwhile`], or that it is not stored.
    pub async fn change_group(
        &self,
        before: Group,
        change: GroupChange,
        now: UnixTime,
    ) -> Result<Group, DirectoryError> {
        let about = AuditContext::of(self.right_over_group(before.id)?);
        let external_id = change.external_id.unwrap_or_else(|| before.external_id.clone());
        let after = Group {
            name: change.name.unwrap_or_else(|| before.name.clone()),
            description: described(change.description.unwrap_or_else(|| before.description.clone()))?,
            external_id: external_id.map(described).transpose()?,
            ..before.clone()
        };
        written(self.store.change_group(before, after.clone(), about, now).await?, &after)?;
        Ok(after)
    }

    /// Removes a group. Its members stay, without what they had by it.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::ChangedMeanwhile`], [`DirectoryError::LastAdministrator`], or that
    /// it is not stored.
    pub async fn remove_group(&self, group: Group, now: UnixTime) -> Result<(), DirectoryError> {
        let about = AuditContext::of(self.right_over_group(group.id)?);
        written(self.store.remove_group(group.clone(), about, now).await?, &group).map(drop)
    }

    /// Puts a person into a group, or takes them out. Answers whether that changed anything.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownGroup`], [`DirectoryError::ChangedMeanwhile`],
    /// [`DirectoryError::LastAdministrator`], or that it is not stored.
    pub async fn set_member(
        &self,
        group: Uuid,
        user: Uuid,
        is_in: bool,
        now: UnixTime,
    ) -> Result<bool, DirectoryError> {
        let by = self.right_over_group(group)?.over(user);
        let about = AuditContext { user: Some(user), ..AuditContext::of(by) };
        let found = self.store.group(group).await?;
        let (group, _) = found.ok_or(DirectoryError::UnknownGroup(group))?;
        written(self.store.set_member((group.id, user, is_in), about, now).await?, &group)
    }

    fn right_over_group(&self, group: Uuid) -> Result<Authority, DirectoryError> {
        Ok(self.right(Permission::ManageGroups)?.over_group(group))
    }
}

fn written(write: GroupWrite, group: &Group) -> Result<bool, DirectoryError> {
    match write {
        GroupWrite::Written(is_changed) => Ok(is_changed),
        GroupWrite::ChangedMeanwhile => Err(DirectoryError::ChangedMeanwhile),
        GroupWrite::Taken => Err(DirectoryError::GroupExists(group.name.clone())),
    }
}
