//! Attributes of people: defining, changing and removing one, and the values of people. A value that sites were told and that is
//! lost reaches them as the loss of a role does.

use super::Store;
use super::revoke::Revoking;
use super::revoke::losses::{Concerned, Losses};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::memberships::{self, MembershipKind};
use crate::db::{Connection, DbError, Locks, attributes, clients, user_attributes};
use idp_core::client::Client;
use idp_core::time::UnixTime;
use idp_core::user::attribute::{
    Attribute, AttributeName, AttributeValue, AttributeValues, MOST_ATTRIBUTES, Narrowing,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What became of a change of a definition.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum AttributeWrite {
    /// It is as asked for.
    Written,
    /// It is gone, or not as it was any more.
    ChangedMeanwhile,
    /// Another one has the name.
    Taken,
    /// There are as many as there may be.
    TooMany,
    /// People have values that it would not take.
    HasOtherValues,
}

impl Store {
    /// Every definition, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attributes(&self) -> Result<Vec<Attribute>, DbError> {
        self.read(attributes::all).await
    }

    /// The definition of this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attribute(&self, id: Uuid) -> Result<Option<Attribute>, DbError> {
        self.read(move |connection| attributes::by_id(connection, id)).await
    }

    /// The values of each of these people who have any.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attributes_of(&self, people: Vec<Uuid>) -> Result<HashMap<Uuid, AttributeValues>, DbError> {
        let held = self.read(move |connection| user_attributes::of_users(connection, &people)).await?;
        Ok(held.into_iter().map(|(user, held)| (user, user_attributes::values_of(held))).collect())
    }

    /// How many people have a value of an attribute, as far as `most`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn people_with_attribute(&self, id: Uuid, most: usize) -> Result<usize, DbError> {
        self.read(move |connection| Ok(user_attributes::holders(connection, id, most)?.len())).await
    }

    /// The clients that are told of an attribute.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clients_told_of(&self, name: AttributeName) -> Result<Vec<Client>, DbError> {
        let mut using = self.read(clients::using_memberships).await?;
        using.retain(|client| client.metadata.claims_mapping.attributes().any(|told| *told == name));
        Ok(using)
    }

    /// Defines an attribute.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_attribute(
        &self,
        attribute: Attribute,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<AttributeWrite, DbError> {
        self.write(Locks::installation().and_rights(), move |connection| {
            about.check_right(connection)?;
            let known = attributes::all(connection)?;
            if known.iter().any(|one| one.name == attribute.name) {
                return Ok(AttributeWrite::Taken);
            }
            if known.len() >= MOST_ATTRIBUTES {
                return Ok(AttributeWrite::TooMany);
            }
            attributes::insert(connection, &attribute)?;
            let about = AuditContext { detail: Some(attribute.name.to_string()), ..about };
            audit_events::record(connection, AuditEvent::AttributeAdded, about, now)?;
            Ok(AttributeWrite::Written)
        })
        .await
    }

    /// Puts `after` in the place of `before`, which has the same id and name. Nothing else is written meanwhile, so that no value
    /// comes in that `after` does not take.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn change_attribute(
        &self,
        before: Attribute,
        after: Attribute,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<AttributeWrite, DbError> {
        self.write(Locks::installation().and_rights(), move |connection| {
            about.check_right(connection)?;
            if attributes::by_id(connection, before.id)?.as_ref() != Some(&before) {
                return Ok(AttributeWrite::ChangedMeanwhile);
            }
            if before == after {
                return Ok(AttributeWrite::Written);
            }
            if has_other_values(connection, &before, &after)? {
                return Ok(AttributeWrite::HasOtherValues);
            }
            attributes::set(connection, &after)?;
            let about = AuditContext { detail: Some(changed(&before, &after)), ..about };
            audit_events::record(connection, AuditEvent::AttributeChanged, about, now)?;
            Ok(AttributeWrite::Written)
        })
        .await
    }

    /// Removes an attribute, and the values of everybody.
    ///
    /// # Errors
    /// When it is not stored and published.
    pub async fn remove_attribute(
        &self,
        attribute: Attribute,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<AttributeWrite, DbError> {
        let removal = self.write_revoking(Locks::installation().and_rights(), now, move |tx| {
            about.check_right(tx)?;
            if attributes::by_id(tx, attribute.id)?.as_ref() != Some(&attribute) {
                return Ok(AttributeWrite::ChangedMeanwhile);
            }
            let concerned = Concerned::holders_of_attribute(tx, &attribute)?;
            let losses = Losses::before(tx, concerned)?;
            let about = AuditContext { detail: Some(attribute.name.to_string()), ..about };
            audit_events::record(tx, AuditEvent::AttributeRemoved, about, now)?;
            attributes::remove(tx, attribute.id)?;
            memberships::forget_later(tx, MembershipKind::Attribute, attribute.id)?;
            losses.end(tx, now)?;
            Ok(AttributeWrite::Written)
        });
        let written = removal.await?;
        self.forget_few_memberships().await;
        Ok(written)
    }
}

fn has_other_values(
    connection: &mut Connection,
    before: &Attribute,
    after: &Attribute,
) -> Result<bool, DbError> {
    match before.of.narrowed_by(&after.of) {
        Narrowing::None => Ok(false),
        Narrowing::Other => user_attributes::has_any(connection, before.id),
        Narrowing::Shorter(length) => {
            user_attributes::has_longer(connection, before.id, i64::try_from(length).unwrap_or(i64::MAX))
        }
        Narrowing::Without(choices) => user_attributes::has_one_of(connection, before.id, &choices),
    }
}

fn changed(before: &Attribute, after: &Attribute) -> String {
    let words = [
        (before.label != after.label).then_some("label"),
        (before.description != after.description).then_some("description"),
        (before.of != after.of).then_some("type"),
        (before.access != after.access).then_some("access"),
    ];
    format!("{}: {}", after.name, words.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// Values to write: the id of the attribute, and what takes the place of what is there.
pub(super) type ValueWrites = Vec<(Uuid, Option<AttributeValue>)>;

/// What makes the values of a person those of `after`; `None` where a definition does not take one of them any more.
pub(super) fn writes(
    connection: &mut Connection,
    before: &AttributeValues,
    after: &AttributeValues,
) -> Result<Option<ValueWrites>, DbError> {
    match before == after {
        true => Ok(Some(Vec::new())),
        false => Ok(writes_by(&attributes::all(connection)?, before, after)),
    }
}

/// The same, of definitions that were read in the same transaction.
pub(super) fn writes_by(
    defined: &[Attribute],
    before: &AttributeValues,
    after: &AttributeValues,
) -> Option<ValueWrites> {
    let write = |name: AttributeName| {
        let attribute = defined.iter().find(|attribute| attribute.name == name)?;
        let value = after.get(&name);
        value.is_none_or(|value| attribute.of.fits(value)).then(|| (attribute.id, value.cloned()))
    };
    before.differences(after).into_iter().map(write).collect()
}

/// Writes the values of people who are new.
pub(super) fn insert_values<'a>(
    connection: &mut Connection,
    all: impl IntoIterator<Item = &'a (Uuid, ValueWrites)>,
) -> Result<(), DbError> {
    let values = all.into_iter().flat_map(|(user, values)| {
        values.iter().filter_map(|(attribute, value)| Some((*user, *attribute, value.as_ref()?)))
    });
    user_attributes::insert_all(connection, values)
}

/// Writes the values of a person whom sites may know.
pub(super) fn change_values(
    tx: &mut Revoking<'_>,
    user: Uuid,
    values: &ValueWrites,
    now: UnixTime,
) -> Result<(), DbError> {
    if values.is_empty() {
        return Ok(());
    }
    let losses = Losses::before(tx, Concerned::People(vec![user]))?;
    for (attribute, value) in values {
        user_attributes::set(tx, user, *attribute, value.as_ref())?;
    }
    losses.end(tx, now)
}
