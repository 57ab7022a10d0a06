//! Groups: making, changing and removing one, and who is in them.

use super::Store;
use super::revoke::losses::{Concerned, Losses};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::AdministratorGuard;
use crate::db::memberships::{self, MembershipKind};
use crate::db::{DbError, Locks, groups, roles, users};
use idp_core::administration::{Group, GroupName, Permissions};
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// What became of a change of a group, or of who is in it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum GroupWrite {
    /// It is as asked for; `false` when it was so before.
    Written(bool),
    /// The group or the person is gone, or the group is not as it was any more.
    ChangedMeanwhile,
    /// Another group has the name.
    Taken,
}

impl Store {
    /// So many groups, by name, beginning after this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn groups_after(&self, after: Option<GroupName>, count: i64) -> Result<Vec<Group>, DbError> {
        self.read(move |connection| groups::page(connection, after.as_ref(), count)).await
    }

    /// So many groups whose names begin with `prefix`, by name, beginning after this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn groups_beginning(
        &self,
        prefix: String,
        after: Option<GroupName>,
        count: i64,
    ) -> Result<Vec<Group>, DbError> {
        self.read(move |connection| groups::beginning(connection, &prefix, after.as_ref(), count)).await
    }

    /// The group of this id, with what its members may administer by it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn group(&self, id: Uuid) -> Result<Option<(Group, Permissions)>, DbError> {
        self.read(move |connection| {
            let Some(group) = groups::by_id(connection, id)? else { return Ok(None) };
            Ok(Some((group, roles::permissions_of_group(connection, id)?)))
        })
        .await
    }

    /// The group of this name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn group_named(&self, name: GroupName) -> Result<Option<Group>, DbError> {
        self.read(move |connection| groups::by_name(connection, &name)).await
    }

    /// The groups that a person is in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn groups_of_user(&self, user: Uuid) -> Result<Vec<Group>, DbError> {
        self.read(move |connection| groups::of_user(connection, user)).await
    }

    /// So many members of a group, in the order of their accounts, beginning after this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn members_after(
        &self,
        group: Uuid,
        after: Option<Uuid>,
        count: i64,
    ) -> Result<Vec<User>, DbError> {
        self.read(move |connection| {
            let ids = groups::members(connection, group, after, count)?;
            users::by_ids(connection, &ids)
        })
        .await
    }

    /// Makes a group.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_group(
        &self,
        group: Group,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<GroupWrite, DbError> {
        self.write(Locks::rights(), move |connection| {
            about.check_right(connection)?;
            if groups::by_name(connection, &group.name)?.is_some() {
                return Ok(GroupWrite::Taken);
            }
            groups::insert(connection, &group)?;
            let about = AuditContext { detail: Some(group.name.to_string()), ..about };
            audit_events::record(connection, AuditEvent::GroupAdded, about, now)?;
            Ok(GroupWrite::Written(true))
        })
        .await
    }

    /// Puts `after` in the place of `before`, which has the same id.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn change_group(
        &self,
        before: Group,
        after: Group,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<GroupWrite, DbError> {
        let is_renamed = before.name != after.name;
        // Sites know it by its name.
        let locks = if is_renamed { Locks::installation() } else { Locks::rights() };
        self.write_revoking(locks.and_rights(), now, move |connection| {
            about.check_right(connection)?;
            if groups::by_id(connection, before.id)?.as_ref() != Some(&before) {
                return Ok(GroupWrite::ChangedMeanwhile);
            }
            if before == after {
                return Ok(GroupWrite::Written(false));
            }
            if is_renamed && groups::by_name(connection, &after.name)?.is_some() {
                return Ok(GroupWrite::Taken);
            }
            let losses = match is_renamed {
                true => {
                    let concerned = Concerned::members_of(connection, &before)?;
                    Some(Losses::before(connection, concerned)?)
                }
                false => None,
            };
            groups::set(connection, &after)?;
            if let Some(losses) = losses {
                losses.end(connection, now)?;
            }
            let about = AuditContext { detail: Some(after.name.to_string()), ..about };
            audit_events::record(connection, AuditEvent::GroupChanged, about, now)?;
            Ok(GroupWrite::Written(true))
        })
        .await
    }

    /// Removes a group. Its members stay, without what they had by it.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn remove_group(
        &self,
        group: Group,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<GroupWrite, DbError> {
        let removal = self.write_revoking(Locks::installation().and_rights(), now, move |connection| {
            about.check_right(connection)?;
            if groups::by_id(connection, group.id)?.as_ref() != Some(&group) {
                return Ok(GroupWrite::ChangedMeanwhile);
            }
            let concerned = Concerned::members_of(connection, &group)?;
            let losses = Losses::before(connection, concerned)?;
            let guard = AdministratorGuard::before(connection, about.by.as_ref())?;
            let about = AuditContext { detail: Some(group.name.to_string()), ..about };
            audit_events::record(connection, AuditEvent::GroupRemoved, about, now)?;
            groups::remove(connection, group.id)?;
            memberships::forget_later(connection, MembershipKind::Group, group.id)?;
            guard.after(connection)?;
            losses.end(connection, now)?;
            Ok(GroupWrite::Written(true))
        });
        let written = removal.await?;
        self.forget_few_memberships().await;
        Ok(written)
    }

    /// Puts a person into a group, or takes them out.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn set_member(
        &self,
        (group, user, is_in): (Uuid, Uuid, bool),
        about: AuditContext,
        now: UnixTime,
    ) -> Result<GroupWrite, DbError> {
        self.write_revoking(Locks::person(user).and_rights(), now, move |connection| {
            about.check_right(connection)?;
            let Some(named) = groups::by_id(connection, group)? else {
                return Ok(GroupWrite::ChangedMeanwhile);
            };
            if users::by_id(connection, user)?.is_none() {
                return Ok(GroupWrite::ChangedMeanwhile);
            }
            let losses = match is_in {
                true => None,
                false => Some(Losses::before(connection, Concerned::People(vec![user]))?),
            };
            let guard = AdministratorGuard::before(connection, about.by.as_ref())?;
            let is_changed = match is_in {
                true => groups::add_member(connection, group, user)?,
                false => groups::remove_member(connection, group, user)?,
            };
            guard.after(connection)?;
            if let Some(losses) = losses {
                losses.end(connection, now)?;
            }
            if is_changed {
                let event = if is_in { AuditEvent::MemberAdded } else { AuditEvent::MemberRemoved };
                let about = AuditContext { detail: Some(named.name.to_string()), ..about };
                audit_events::record(connection, event, about, now)?;
            }
            Ok(GroupWrite::Written(is_changed))
        })
        .await
    }
}
