//! What ends with a role, a group or a value of an attribute that people lose, or with a rule of who may sign in at a client (M10, ADR 65). Grants are
//! compared one by one with what their people were and are; at a client with very many they end all together.

use super::end::{self, MOST_NAMED};
use super::transaction::Revoking;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{DbError, clients, grants, groups, memberships, roles, user_attributes};
use idp_core::administration::{Group, HeldAttribute, Memberships, Role};
use idp_core::client::{AccessRefusal, Client, ClientId};
use idp_core::grant::{Grant, LossEffect};
use idp_core::revocation::Revoked;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::attribute::{Attribute, AttributeValue};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Why these things end.
const CAUSE: EndCause = EndCause::Administrator;

/// Whose roles, groups and attributes a transition is about to change.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(in crate::store) enum Concerned {
    /// Those of these people.
    People(Vec<Uuid>),
    /// Those of very many, who may lose no more than this. The caller has the lock of the installation.
    Many(Memberships),
}

impl Concerned {
    /// Those who have a role, themselves or by a group.
    pub(in crate::store) fn holders_of(tx: &mut Revoking<'_>, role: &Role) -> Result<Self, DbError> {
        let mut people = roles::holders(tx, role.id, None, MOST_NAMED + 1)?;
        for group in roles::groups_with(tx, role.id)? {
            if has_too_many(&people) {
                break;
            }
            people.extend(groups::members(tx, group, None, MOST_NAMED + 1)?);
        }
        let lost = Memberships { roles: [role.name.clone()].into(), ..Memberships::default() };
        Ok(if has_too_many(&people) { Self::Many(lost) } else { Self::People(people) })
    }

    /// Those who are in a group, and have its roles by it.
    pub(in crate::store) fn members_of(tx: &mut Revoking<'_>, group: &Group) -> Result<Self, DbError> {
        let people = groups::members(tx, group.id, None, MOST_NAMED + 1)?;
        if !has_too_many(&people) {
            return Ok(Self::People(people));
        }
        let roles = roles::of_group(tx, group.id)?.into_iter().map(|role| role.name).collect();
        Ok(Self::Many(Memberships { roles, groups: [group.name.clone()].into(), ..Memberships::default() }))
    }

    /// Those who have a value of an attribute.
    pub(in crate::store) fn holders_of_attribute(
        tx: &mut Revoking<'_>,
        attribute: &Attribute,
    ) -> Result<Self, DbError> {
        let most = usize::try_from(MOST_NAMED + 1).unwrap_or(usize::MAX);
        let people: Vec<Uuid> = user_attributes::holders(tx, attribute.id, most)?.into_iter().collect();
        if !has_too_many(&people) {
            return Ok(Self::People(people));
        }
        // Whatever their value is, it goes.
        let held = HeldAttribute { value: AttributeValue::Boolean(true), is_persons: false };
        let attributes = [(attribute.name.clone(), held)].into();
        Ok(Self::Many(Memberships { attributes, ..Memberships::default() }))
    }
}

/// An open grant, and its client.
type Held = (Grant, Arc<Client>);

/// The open grants that a change may end, and what their people were before it.
pub(in crate::store) struct Losses {
    grants: Vec<Held>,
    before: HashMap<Uuid, Memberships>,
    /// Clients whose grants are too many to be looked at one by one. Any of their people may have lost what the client cares for.
    whole: Vec<Client>,
}

impl Losses {
    /// Looks, before the change.
    pub(in crate::store) fn before(tx: &mut Revoking<'_>, of: Concerned) -> Result<Self, DbError> {
        let (grants, whole) = match of {
            Concerned::People(people) => (of_people(tx, people)?, Vec::new()),
            Concerned::Many(lost) => of_many(tx, &lost)?,
        };
        let before = memberships::of_users(tx, &people(&grants))?;
        Ok(Self { grants, before, whole })
    }

    /// Ends what rests on what was lost, after the change.
    pub(in crate::store) fn end(self, tx: &mut Revoking<'_>, now: UnixTime) -> Result<(), DbError> {
        let after = memberships::of_users(tx, &people(&self.grants))?;
        let nothing = Memberships::default();
        for (grant, client) in &self.grants {
            let [before, after] = [&self.before, &after].map(|all| all.get(&grant.user).unwrap_or(&nothing));
            apply(tx, grant, LossEffect::of(&client.metadata, before, after), now)?;
        }
        self.whole.iter().try_for_each(|client| end::all_of_client(tx, &client.id, CAUSE, now))
    }
}

/// Ends the grants of people whom `after` does not let in any more.
pub(super) fn shut_out(
    tx: &mut Revoking<'_>,
    (before, after): (&Client, &Client),
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    if !before.metadata.is_narrowed_by(&after.metadata) {
        return Ok(());
    }
    let open = grants::open_of_client(tx, &after.id, UnixTime(0), MOST_NAMED + 1)?;
    if has_too_many(&open) {
        return end::all_of_client(tx, &after.id, cause, now);
    }
    let users: Vec<Uuid> = open.iter().map(|grant| grant.user).collect();
    let people = memberships::of_users(tx, &users)?;
    let is_out = |grant: &&Grant| !people.get(&grant.user).is_some_and(|of| after.metadata.admits(of));
    open.iter().filter(is_out).try_for_each(|grant| end::grant(tx, grant.id, cause, now).map(drop))
}

/// Ends a grant whose person came to refresh it and may not sign in there any more.
pub(in crate::store) fn refuse_refresh(
    tx: &mut Revoking<'_>,
    grant: &Grant,
    address: String,
    now: UnixTime,
) -> Result<(), DbError> {
    if !end::grant(tx, grant.id, CAUSE, now)? {
        return Ok(());
    }
    let about = AuditContext {
        user: Some(grant.user),
        client: Some(grant.client_id.to_string()),
        sid: Some(grant.sid),
        address: Some(address),
        detail: Some(AccessRefusal::Membership.as_str().to_owned()),
        ..AuditContext::default()
    };
    audit_events::record(tx, AuditEvent::AccessDenied, about, now)
}

/// The grants of these people at clients that care for roles and groups.
fn of_people(tx: &mut Revoking<'_>, people: Vec<Uuid>) -> Result<Vec<Held>, DbError> {
    let mut known: HashMap<ClientId, Option<Arc<Client>>> = HashMap::new();
    let mut found = Vec::new();
    for user in people.into_iter().collect::<BTreeSet<_>>() {
        for grant in grants::open_of_user(tx, user)? {
            let client = match known.get(&grant.client_id) {
                Some(client) => client.clone(),
                None => {
                    let client = clients::by_id(tx, &grant.client_id)?;
                    let client = client.filter(|client| client.metadata.uses_memberships()).map(Arc::new);
                    known.entry(grant.client_id.clone()).or_insert(client).clone()
                }
            };
            found.extend(client.map(|client| (grant, client)));
        }
    }
    Ok(found)
}

/// The grants at clients that care for what is lost, and those clients that have too many.
fn of_many(tx: &mut Revoking<'_>, lost: &Memberships) -> Result<(Vec<Held>, Vec<Client>), DbError> {
    let (mut found, mut whole) = (Vec::new(), Vec::new());
    for client in clients::using_memberships(tx)? {
        if !LossEffect::is_possible(&client.metadata, lost) {
            continue;
        }
        let open = grants::open_of_client(tx, &client.id, UnixTime(0), MOST_NAMED + 1)?;
        if has_too_many(&open) {
            whole.push(client);
        } else {
            let client = Arc::new(client);
            found.extend(open.into_iter().map(|grant| (grant, Arc::clone(&client))));
        }
    }
    Ok((found, whole))
}

fn people(grants: &[Held]) -> Vec<Uuid> {
    grants.iter().map(|(grant, _)| grant.user).collect::<BTreeSet<_>>().into_iter().collect()
}

fn has_too_many<T>(items: &[T]) -> bool {
    i64::try_from(items.len()).is_ok_and(|count| count > MOST_NAMED)
}

fn apply(tx: &mut Revoking<'_>, grant: &Grant, effect: LossEffect, now: UnixTime) -> Result<(), DbError> {
    match effect {
        LossEffect::Nothing => Ok(()),
        // Opened before anything was mapped: its tokens have no name of their own.
        LossEffect::NewTokens if grant.epoch == 0 => end::grant(tx, grant.id, CAUSE, now).map(drop),
        LossEffect::End => end::grant(tx, grant.id, CAUSE, now).map(drop),
        LossEffect::NewTokens => {
            grants::begin_epoch(tx, grant.id, grant.epoch.saturating_add(1))?;
            let gone = Revoked::grant_tokens(grant.id, grant.epoch);
            tx.log(vec![gone], CAUSE, now)
        }
    }
}
