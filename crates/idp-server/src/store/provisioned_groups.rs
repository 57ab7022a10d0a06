//! Groups as the systems that provision them change them (SCIM): the group and many of its members together or not at all.

use super::Store;
use super::revoke::Revoking;
use super::revoke::losses::{Concerned, Losses};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::AdministratorGuard;
use crate::db::{Connection, DbError, Locks, groups, users};
use idp_core::administration::Group;
use idp_core::time::UnixTime;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Changes of more people than this take one lock for all of them: a server has so many and no more.
const MOST_LOCKS: usize = 64;

/// What is to be written.
#[derive(Clone, Debug)]
pub struct GroupEdit {
    /// As the system saw it; `None` for one that is made.
    pub before: Option<Group>,
    /// As it is to be.
    pub after: Group,
    /// Who comes.
    pub come: BTreeSet<Uuid>,
    /// Who goes.
    pub go: BTreeSet<Uuid>,
}

/// What became of it. Unless it was written, nothing is changed.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum GroupEdited {
    /// It is so.
    Written,
    /// The group is not as it was any more.
    ChangedMeanwhile,
    /// Another group has the name.
    Taken,
    /// There is no such person.
    UnknownPerson(Uuid),
}

impl GroupEdit {
    fn is_renamed(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.name != self.after.name)
    }

    fn people(&self) -> Vec<Uuid> {
        self.come.union(&self.go).copied().collect()
    }

    fn locks(&self) -> Locks {
        let people = self.people();
        // Sites know a group by its name.
        match self.is_renamed() || people.len() > MOST_LOCKS {
            true => Locks::installation().and_rights(),
            false => Locks::persons(people).and_rights(),
        }
    }
}

impl Store {
    /// So many groups that a provisioning system calls so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn groups_by_external_id(
        &self,
        external_id: String,
        count: i64,
    ) -> Result<Vec<Group>, DbError> {
        self.read(move |connection| groups::by_external_id(connection, &external_id, count)).await
    }

    /// Makes or changes a group, all of it or nothing.
    ///
    /// # Errors
    /// When it is not stored and, where something ends with it, published.
    pub async fn edit_group(
        &self,
        edit: GroupEdit,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<GroupEdited, DbError> {
        self.write_revoking(edit.locks(), now, move |tx| apply(tx, &edit, &about, now)).await
    }
}

fn apply(
    tx: &mut Revoking<'_>,
    edit: &GroupEdit,
    about: &AuditContext,
    now: UnixTime,
) -> Result<GroupEdited, DbError> {
    about.check_right(tx)?;
    check_right_over(tx, edit, about)?;
    let GroupEdit { before, after, .. } = edit;
    if let Some(before) = before
        && groups::by_id(tx, before.id)?.as_ref() != Some(before)
    {
        return Ok(GroupEdited::ChangedMeanwhile);
    }
    let is_named_anew = before.is_none() || edit.is_renamed();
    if is_named_anew && groups::by_name(tx, &after.name)?.is_some() {
        return Ok(GroupEdited::Taken);
    }
    if let Some(unknown) = first_unknown(tx, &edit.come)? {
        return Ok(GroupEdited::UnknownPerson(unknown));
    }
    let concerned = match before {
        Some(before) if edit.is_renamed() => Concerned::members_of(tx, before)?,
        _ => Concerned::People(edit.go.iter().copied().collect()),
    };
    let losses = Losses::before(tx, concerned)?;
    let guard = AdministratorGuard::before(tx, about.by.as_ref())?;
    write_group(tx, edit, about, now)?;
    write_members(tx, edit, about, now)?;
    guard.after(tx)?;
    losses.end(tx, now)?;
    Ok(GroupEdited::Written)
}

/// Who puts a person into a group, or takes them out, must have what that person may.
fn check_right_over(tx: &mut Connection, edit: &GroupEdit, about: &AuditContext) -> Result<(), DbError> {
    let Some(by) = &about.by else { return Ok(()) };
    edit.people().into_iter().try_for_each(|user| by.clone().over(user).check(tx))
}

/// The first of these people who is not there.
fn first_unknown(tx: &mut Connection, people: &BTreeSet<Uuid>) -> Result<Option<Uuid>, DbError> {
    let ids: Vec<Uuid> = people.iter().copied().collect();
    let found: BTreeSet<Uuid> = users::by_ids(tx, &ids)?.into_iter().map(|user| user.id).collect();
    Ok(people.iter().find(|user| !found.contains(user)).copied())
}

fn write_group(
    tx: &mut Connection,
    edit: &GroupEdit,
    about: &AuditContext,
    now: UnixTime,
) -> Result<(), DbError> {
    let GroupEdit { before, after, .. } = edit;
    let event = match before {
        None => {
            groups::insert(tx, after)?;
            AuditEvent::GroupAdded
        }
        Some(before) if before != after => {
            groups::set(tx, after)?;
            AuditEvent::GroupChanged
        }
        Some(_) => return Ok(()),
    };
    let about = AuditContext { detail: Some(after.name.to_string()), ..about.clone() };
    audit_events::record(tx, event, about, now)
}

fn write_members(
    tx: &mut Connection,
    edit: &GroupEdit,
    about: &AuditContext,
    now: UnixTime,
) -> Result<(), DbError> {
    let record = |tx: &mut Connection, event, user| {
        let about =
            AuditContext { user: Some(user), detail: Some(edit.after.name.to_string()), ..about.clone() };
        audit_events::record(tx, event, about, now)
    };
    for user in &edit.come {
        if groups::add_member(tx, edit.after.id, *user)? {
            record(tx, AuditEvent::MemberAdded, *user)?;
        }
    }
    for user in &edit.go {
        if groups::remove_member(tx, edit.after.id, *user)? {
            record(tx, AuditEvent::MemberRemoved, *user)?;
        }
    }
    Ok(())
}
