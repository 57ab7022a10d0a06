//! People and groups in the hands of a system that provisions them (SCIM). It is an administrator like others: each act asks for the
//! permissions that the same act of a person would, and is recorded as one.

use super::users::{NewUser, UserChange, differences};
use super::{Administration, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::hash_pool::WorkOf;
use crate::random;
use crate::store::accounts::AccountWrite;
use crate::store::provisioned_groups::{GroupEdit, GroupEdited};
use crate::store::provisioning::{Provisioned, ProvisionedChange, ProvisionedWrite};
use idp_core::administration::{Group, GroupName, Permission, Permissions};
use idp_core::password::Password;
use idp_core::time::UnixTime;
use idp_core::username::Username;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The longest id that a system may have for something of ours, in bytes.
pub const LONGEST_EXTERNAL_ID: usize = 500;

/// What to change of a person.
#[derive(Default)]
pub struct Provisioning {
    /// Their account.
    pub account: UserChange,
    /// What the system calls them from now on.
    pub external_id: Option<String>,
    /// A new password.
    pub password: Option<Password>,
    /// Whether they may sign in from now on, where that changes.
    pub active: Option<bool>,
}

impl Administration<'_> {
    /// Those of these people who are there, in the order of their ids, as the caller sees them: without groups and roles where they
    /// may not see those.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn provisioned(&self, ids: Vec<Uuid>) -> Result<Vec<Provisioned>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        let mut found = self.store.provisioned(self.provisioner(), ids).await?;
        let may = self.caller.permissions();
        for person in &mut found {
            if !may.contain(Permission::ReadGroups) {
                person.groups.clear();
            }
            if !may.contain(Permission::ReadRoles) {
                person.roles.clear();
            }
        }
        Ok(found)
    }

    /// Whom the caller calls so.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn owner_of_external_id(&self, external_id: String) -> Result<Option<Uuid>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.owner_of_external_id(self.provisioner(), external_id).await?)
    }

    /// The ids of so many people in the order in which they were added, beginning after this one; of the members of `group` alone
    /// where one is given.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn people_after(
        &self,
        group: Option<Uuid>,
        after: Option<Uuid>,
        count: i64,
    ) -> Result<Vec<Uuid>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        if group.is_some() {
            self.require(Permission::ReadGroups)?;
        }
        Ok(self.store.people_after(group, after, count).await?)
    }

    /// Groups that a provisioning system calls so.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn groups_by_external_id(
        &self,
        external_id: String,
        count: i64,
    ) -> Result<Vec<Group>, DirectoryError> {
        self.require(Permission::ReadGroups)?;
        Ok(self.store.groups_by_external_id(external_id, count).await?)
    }

    /// Adds a person, and answers their id.
    ///
    /// # Errors
    /// As for [`Administration::add_user`], and [`DirectoryError::ExternalIdTaken`].
    pub async fn provision_user(
        &self,
        new: NewUser,
        external_id: Option<String>,
        now: UnixTime,
    ) -> Result<Uuid, DirectoryError> {
        let by = self.right(Permission::ManageUsers)?;
        let external_id = external_id.map(checked).transpose()?;
        let (password, account) = new.into_account(self, now).await?;
        let password = self.first_password(password, &account, now).await?;
        let user = account.user.id;
        let about = AuditContext { user: Some(user), ..AuditContext::of(by) };
        let id = (self.provisioner(), external_id.clone());
        let username = account.user.username.clone();
        let written = self.store.add_provisioned(account, password, id, about, now).await?;
        self.written(written, (username, external_id)).await.map(|()| user)
    }

    /// Changes a person, all of it or nothing. A change that changes nothing leaves no trace.
    ///
    /// # Errors
    /// As for [`Administration::change_account`], and [`DirectoryError::WeakPassword`], [`DirectoryError::ExternalIdTaken`],
    /// [`DirectoryError::LastAdministrator`].
    pub async fn reprovision_user(
        &self,
        before: Provisioned,
        change: Provisioning,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let Provisioning { account, external_id, password, active } = change;
        let manage = Permissions::from(Permission::ManageUsers);
        let needs = match password {
            Some(_) => manage.union(Permission::ManageCredentials.into()),
            None => manage,
        };
        let Provisioned { account: seen, external_id: former_id, .. } = before;
        let about = self.right_over(seen.user.id, needs)?;
        let external_id = external_id.map(checked).transpose()?;
        let mut after = account.apply(&seen, self, now).await?;
        let mut changed = differences(&seen, &after);
        if !changed.is_empty() || seen.addresses != after.addresses {
            after.user.claims.updated_at = Some(now.as_secs());
        }
        changed.extend((former_id != external_id).then(|| "external_id".to_owned()));
        if changed.is_empty() && seen.addresses == after.addresses && password.is_none() && active.is_none() {
            return Ok(());
        }
        let password = match password {
            Some(password) => Some(self.accepted(&WorkOf::operator(), password, &after).await?),
            None => None,
        };
        let names = (after.user.username.clone(), external_id.clone());
        let change =
            ProvisionedChange { before: seen, former_id, after, external_id, changed, password, active };
        let written = self.store.change_provisioned(self.provisioner(), change, about, now).await?;
        self.written(written, names).await
    }

    /// Makes a group with these members.
    ///
    /// # Errors
    /// As for [`Administration::add_group`], and [`DirectoryError::UnknownUser`].
    pub async fn provision_group(
        &self,
        name: GroupName,
        external_id: Option<String>,
        members: BTreeSet<Uuid>,
        now: UnixTime,
    ) -> Result<Group, DirectoryError> {
        let about = AuditContext::of(self.right(Permission::ManageGroups)?);
        let external_id = external_id.map(checked).transpose()?;
        let group =
            Group { id: random::new_id(now), name, description: String::new(), external_id, created_at: now };
        let edit = GroupEdit { before: None, after: group.clone(), come: members, go: BTreeSet::new() };
        edited(self.store.edit_group(edit, about, now).await?, &group)?;
        Ok(group)
    }

    /// Changes a group and who is in it, all of it or nothing.
    ///
    /// # Errors
    /// As for [`Administration::change_group`] and [`Administration::set_member`].
    pub async fn reprovision_group(
        &self,
        before: Group,
        (name, external_id): (GroupName, Option<String>),
        (come, go): (BTreeSet<Uuid>, BTreeSet<Uuid>),
        now: UnixTime,
    ) -> Result<Group, DirectoryError> {
        let by = self.right(Permission::ManageGroups)?.over_group(before.id);
        let external_id = external_id.map(checked).transpose()?;
        let after = Group { name, external_id, ..before.clone() };
        let edit = GroupEdit { before: Some(before), after: after.clone(), come, go };
        edited(self.store.edit_group(edit, AuditContext::of(by), now).await?, &after)?;
        Ok(after)
    }

    /// In whose names external ids are.
    fn provisioner(&self) -> String {
        self.caller.principal().to_string()
    }

    async fn written(
        &self,
        written: ProvisionedWrite,
        (username, external_id): (Username, Option<String>),
    ) -> Result<(), DirectoryError> {
        match written {
            ProvisionedWrite::Account(AccountWrite::Written) => Ok(()),
            ProvisionedWrite::Account(AccountWrite::ChangedMeanwhile) => {
                Err(DirectoryError::ChangedMeanwhile)
            }
            ProvisionedWrite::Account(AccountWrite::Taken(name)) => Err(self.taken(name, username).await?),
            ProvisionedWrite::IdTaken => {
                Err(DirectoryError::ExternalIdTaken(external_id.unwrap_or_default()))
            }
        }
    }
}

fn checked(external_id: String) -> Result<String, DirectoryError> {
    let is_fit =
        (1..=LONGEST_EXTERNAL_ID).contains(&external_id.len()) && !external_id.chars().any(char::is_control);
    if is_fit { Ok(external_id) } else { Err(DirectoryError::ExternalId) }
}

fn edited(edited: GroupEdited, group: &Group) -> Result<(), DirectoryError> {
    match edited {
        GroupEdited::Written => Ok(()),
        GroupEdited::ChangedMeanwhile => Err(DirectoryError::ChangedMeanwhile),
        GroupEdited::Taken => Err(DirectoryError::GroupExists(group.name.clone())),
        GroupEdited::UnknownPerson(user) => Err(DirectoryError::UnknownUser(user.into())),
    }
}
