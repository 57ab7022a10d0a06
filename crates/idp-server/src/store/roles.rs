//! Roles: making, changing and removing one, and who has them. Taking away what permitted something takes it away at once:
//! administrators' rights are looked up at each act.

use super::Store;
use super::revoke::Revoking;
use super::revoke::losses::{Concerned, Losses};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::{self, AdministratorGuard, Principal};
use crate::db::memberships::{self, MembershipKind};
use crate::db::{Connection, DbError, Locks, groups, roles, users};
use idp_core::administration::{Permissions, Role, RoleName};
use idp_core::time::UnixTime;
use uuid::Uuid;

/// What became of a change of a role, or of who has it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RoleWrite {
    /// It is as asked for; `false` when it was so before.
    Written(bool),
    /// The role, the person or the group is gone, or the role is not as it was any more.
    ChangedMeanwhile,
    /// Another role has the name.
    Taken,
}

/// Who gets a role.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RoleHolder {
    /// A person.
    User(Uuid),
    /// A group, for all its members.
    Group(Uuid),
}

/// A person's roles.
#[derive(Clone, Debug, Default)]
pub struct RolesOfUser {
    /// Those that they were given themselves.
    pub own: Vec<Role>,
    /// Those that they have by a group, each once.
    pub by_groups: Vec<Role>,
}

impl Store {
    /// What this principal may administer now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn permissions_of(&self, principal: Principal) -> Result<Permissions, DbError> {
        self.read(move |connection| authority::permissions_of(connection, &principal)).await
    }

    /// So many roles, by name, beginning after this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn roles_after(&self, after: Option<RoleName>, count: i64) -> Result<Vec<Role>, DbError> {
        self.read(move |connection| roles::page(connection, after.as_ref(), count)).await
    }

    /// The role of this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn role(&self, id: Uuid) -> Result<Option<Role>, DbError> {
        self.read(move |connection| roles::by_id(connection, id)).await
    }

    /// The role of this name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn role_named(&self, name: RoleName) -> Result<Option<Role>, DbError> {
        self.read(move |connection| roles::by_name(connection, &name)).await
    }

    /// The roles of a person.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn roles_of_user(&self, user: Uuid) -> Result<RolesOfUser, DbError> {
        self.read(move |connection| {
            let own = roles::of_user(connection, user)?;
            let mut by_groups = roles::by_groups_of_user(connection, user)?;
            by_groups.dedup_by_key(|role| role.id);
            Ok(RolesOfUser { own, by_groups })
        })
        .await
    }

    /// The roles of a group.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn roles_of_group(&self, group: Uuid) -> Result<Vec<Role>, DbError> {
        self.read(move |connection| roles::of_group(connection, group)).await
    }

    /// So many of the people who were given the role themselves, beginning after this one, and all groups that have it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holders_after(
        &self,
        role: Uuid,
        after: Option<Uuid>,
        count: i64,
    ) -> Result<(Vec<Uuid>, Vec<Uuid>), DbError> {
        self.read(move |connection| {
            Ok((roles::holders(connection, role, after, count)?, roles::groups_with(connection, role)?))
        })
        .await
    }

    /// Makes a role.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_role(
        &self,
        role: Role,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<RoleWrite, DbError> {
        self.write(Locks::rights(), move |connection| {
            about.check_right(connection)?;
            if roles::by_name(connection, &role.name)?.is_some() {
                return Ok(RoleWrite::Taken);
            }
            roles::insert(connection, &role, now)?;
            let about = AuditContext { detail: Some(role.name.to_string()), ..about };
            audit_events::record(connection, AuditEvent::RoleAdded, about, now)?;
            Ok(RoleWrite::Written(true))
        })
        .await
    }

    /// Puts `after` in the place of `before`, which has the same id.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn change_role(
        &self,
        before: Role,
        after: Role,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<RoleWrite, DbError> {
        let is_renamed = before.name != after.name;
        // Sites know it by its name.
        let locks = if is_renamed { Locks::installation() } else { Locks::rights() };
        self.write_revoking(locks.and_rights(), now, move |connection| {
            about.check_right(connection)?;
            if roles::by_id(connection, before.id)?.as_ref() != Some(&before) {
                return Ok(RoleWrite::ChangedMeanwhile);
            }
            if before == after {
                return Ok(RoleWrite::Written(false));
            }
            if is_renamed && roles::by_name(connection, &after.name)?.is_some() {
                return Ok(RoleWrite::Taken);
            }
            let losses = match is_renamed {
                true => {
                    let concerned = Concerned::holders_of(connection, &before)?;
                    Some(Losses::before(connection, concerned)?)
                }
                false => None,
            };
            roles::set(connection, &after)?;
            if let Some(losses) = losses {
                losses.end(connection, now)?;
            }
            let about = AuditContext { detail: Some(changed(&before, &after)), ..about };
            audit_events::record(connection, AuditEvent::RoleChanged, about, now)?;
            Ok(RoleWrite::Written(true))
        })
        .await
    }

    /// Removes a role from everybody and altogether.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn remove_role(
        &self,
        role: Role,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<RoleWrite, DbError> {
        let removal = self.write_revoking(Locks::installation().and_rights(), now, move |connection| {
            about.check_right(connection)?;
            if roles::by_id(connection, role.id)?.as_ref() != Some(&role) {
                return Ok(RoleWrite::ChangedMeanwhile);
            }
            let concerned = Concerned::holders_of(connection, &role)?;
            let losses = Losses::before(connection, concerned)?;
            let about = AuditContext { detail: Some(role.name.to_string()), ..about };
            audit_events::record(connection, AuditEvent::RoleRemoved, about, now)?;
            let removed = roles::remove(connection, role.id)?;
            memberships::forget_later(connection, MembershipKind::Role, role.id)?;
            losses.end(connection, now)?;
            Ok(RoleWrite::Written(removed))
        });
        let written = removal.await?;
        self.forget_few_memberships().await;
        Ok(written)
    }

    /// Gives a role, or takes it away.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn assign_role(
        &self,
        (role, holder, is_given): (Role, RoleHolder, bool),
        about: AuditContext,
        now: UnixTime,
    ) -> Result<RoleWrite, DbError> {
        let locks = match (holder, is_given) {
            (RoleHolder::User(user), _) => Locks::person(user),
            (RoleHolder::Group(_), true) => Locks::none(),
            (RoleHolder::Group(_), false) => Locks::installation(),
        };
        self.write_revoking(locks.and_rights(), now, move |connection| {
            about.check_right(connection)?;
            if roles::by_id(connection, role.id)?.as_ref() != Some(&role) {
                return Ok(RoleWrite::ChangedMeanwhile);
            }
            let losses = match is_given {
                true => None,
                false => Some(losses_of(connection, &role, holder)?),
            };
            let guard = AdministratorGuard::before(connection, about.by.as_ref())?;
            let is_changed = assign(connection, role.id, holder, is_given)?;
            guard.after(connection)?;
            let Some(is_changed) = is_changed else { return Ok(RoleWrite::ChangedMeanwhile) };
            if let Some(losses) = losses {
                losses.end(connection, now)?;
            }
            if is_changed {
                let event = if is_given { AuditEvent::RoleGiven } else { AuditEvent::RoleTaken };
                audit_events::record(connection, event, about, now)?;
            }
            Ok(RoleWrite::Written(is_changed))
        })
        .await
    }
}

/// What those may lose from whom a role is taken.
fn losses_of(tx: &mut Revoking<'_>, role: &Role, holder: RoleHolder) -> Result<Losses, DbError> {
    let concerned = match holder {
        RoleHolder::User(user) => Concerned::People(vec![user]),
        RoleHolder::Group(_) => Concerned::holders_of(tx, role)?,
    };
    Losses::before(tx, concerned)
}

/// Whether that changed anything; `None` when the holder is gone.
fn assign(
    connection: &mut Connection,
    role: Uuid,
    holder: RoleHolder,
    is_given: bool,
) -> Result<Option<bool>, DbError> {
    let is_there = match holder {
        RoleHolder::User(user) => users::by_id(connection, user)?.is_some(),
        RoleHolder::Group(group) => groups::by_id(connection, group)?.is_some(),
    };
    if !is_there {
        return Ok(None);
    }
    let is_changed = match (holder, is_given) {
        (RoleHolder::User(user), true) => roles::give_to_user(connection, user, role)?,
        (RoleHolder::User(user), false) => roles::take_from_user(connection, user, role)?,
        (RoleHolder::Group(group), true) => roles::give_to_group(connection, group, role)?,
        (RoleHolder::Group(group), false) => roles::take_from_group(connection, group, role)?,
    };
    Ok(Some(is_changed))
}

fn changed(before: &Role, after: &Role) -> String {
    let name = (before.name != after.name).then_some("name");
    let description = (before.description != after.description).then_some("description");
    let permissions = (before.permissions != after.permissions).then_some("permissions");
    let factor = before.requires_second_factor != after.requires_second_factor;
    let factor = factor.then_some("requires_second_factor");
    let words: Vec<_> = [name, description, permissions, factor].into_iter().flatten().collect();
    format!("{}: {}", after.name, words.join(" "))
}
