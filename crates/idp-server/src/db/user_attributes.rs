//! The values that people have of attributes. Those of an attribute that was removed are dead: readers join its definition.

use super::insert_rows::insert_rows;
use super::schema::{attributes, user_attributes as values};
use super::{Connection, DbError, from_json, parsed, to_uuid};
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use idp_core::administration::HeldAttribute;
use idp_core::user::attribute::{
    AttributeAccess, AttributeName, AttributeType, AttributeValue, AttributeValues, MOST_VALUES,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// A person, an attribute's name, type and access, the position of a value among several, and the value.
type Row = (String, String, String, String, i64, String);

/// The values of each of these people who have any, in one statement.
pub fn of_users(
    connection: &mut Connection,
    users: &[Uuid],
) -> Result<HashMap<Uuid, BTreeMap<AttributeName, HeldAttribute>>, DbError> {
    let held = values::table.inner_join(attributes::table.on(attributes::id.eq(values::attribute_id)));
    let held = held.filter(values::user_id.eq_any(users.iter().map(Uuid::to_string)));
    let columns = (
        values::user_id,
        attributes::name,
        attributes::value_type,
        attributes::access,
        values::position,
        values::value,
    );
    let mut rows: Vec<Row> = held.select(columns).load(connection)?;
    rows.sort();
    let mut found: HashMap<Uuid, BTreeMap<AttributeName, HeldAttribute>> = HashMap::new();
    for of_one in rows.chunk_by(|one, next| one.0 == next.0 && one.1 == next.1) {
        let Some((user, name, value_type, access, ..)) = of_one.first() else { continue };
        let of: AttributeType = from_json(value_type, "attributes.value_type")?;
        let access = parsed(AttributeAccess::parse(access), "attributes.access")?;
        let texts = of_one.iter().map(|row| row.5.clone()).collect();
        let value = parsed(of.stored(texts), "user_attributes.value")?;
        let name = name.parse().map_err(|_| DbError::Corrupt("attributes.name"))?;
        let held = HeldAttribute { value, is_persons: access.is_persons() };
        found.entry(to_uuid(user, "user_attributes.user_id")?).or_default().insert(name, held);
    }
    Ok(found)
}

/// The values alone.
#[must_use]
pub fn values_of(held: BTreeMap<AttributeName, HeldAttribute>) -> AttributeValues {
    AttributeValues(held.into_iter().map(|(name, held)| (name, held.value)).collect())
}

/// Has a person have this value of an attribute, or none, in the place of the one that they had.
pub fn set(
    connection: &mut Connection,
    user: Uuid,
    attribute: Uuid,
    value: Option<&AttributeValue>,
) -> Result<(), DbError> {
    let own = values::table.filter(values::user_id.eq(user.to_string()));
    diesel::delete(own.filter(values::attribute_id.eq(attribute.to_string()))).execute(connection)?;
    insert_all(connection, value.map(|value| (user, attribute, value)))
}

/// Stores values of people who have none of these attributes: whose it is, the attribute, and the value.
pub fn insert_all<'a>(
    connection: &mut Connection,
    all: impl IntoIterator<Item = (Uuid, Uuid, &'a AttributeValue)>,
) -> Result<(), DbError> {
    let mut rows = Vec::new();
    for (user, attribute, value) in all {
        rows.extend((0_i64..).zip(value.texts()).map(|(position, text)| {
            (
                values::user_id.eq(user.to_string()),
                values::attribute_id.eq(attribute.to_string()),
                values::position.eq(position),
                values::value.eq(text),
            )
        }));
    }
    insert_rows!(connection, values::table, &rows)
}

/// Some of the people who have a value of an attribute, at most so many.
pub fn holders(connection: &mut Connection, attribute: Uuid, most: usize) -> Result<BTreeSet<Uuid>, DbError> {
    // As many rows as they have at most.
    let rows = i64::try_from(most.saturating_mul(MOST_VALUES)).unwrap_or(i64::MAX);
    let held = values::table.filter(values::attribute_id.eq(attribute.to_string())).limit(rows);
    let found: Vec<String> = held.select(values::user_id).load(connection)?;
    let found: Result<BTreeSet<Uuid>, _> =
        found.iter().map(|id| to_uuid(id, "user_attributes.user_id")).collect();
    Ok(found?.into_iter().take(most).collect())
}

/// Whether anybody has a value of an attribute.
pub fn has_any(connection: &mut Connection, attribute: Uuid) -> Result<bool, DbError> {
    let held = values::table.filter(values::attribute_id.eq(attribute.to_string()));
    Ok(diesel::select(exists(held)).get_result(connection)?)
}

/// Whether anybody has one with more characters than this. Looks at all values of the attribute.
pub fn has_longer(connection: &mut Connection, attribute: Uuid, length: i64) -> Result<bool, DbError> {
    let held = values::table.filter(values::attribute_id.eq(attribute.to_string()));
    let longer = held.filter(sql::<Bool>("length(user_attributes.value) > ").bind::<BigInt, _>(length));
    Ok(diesel::select(exists(longer)).get_result(connection)?)
}

/// Whether anybody has one of these.
pub fn has_one_of(connection: &mut Connection, attribute: Uuid, among: &[String]) -> Result<bool, DbError> {
    let held = values::table.filter(values::attribute_id.eq(attribute.to_string()));
    Ok(diesel::select(exists(held.filter(values::value.eq_any(among)))).get_result(connection)?)
}
