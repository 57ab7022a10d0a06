//! The definitions of attributes. There are few, and they are read together.

use super::schema::attributes;
use super::update::update;
use super::{Connection, DbError, from_json, parsed, to_json, to_uuid};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use idp_core::user::attribute::{Attribute, AttributeAccess};
use uuid::Uuid;

#[derive(Queryable)]
struct Row {
    id: String,
    name: String,
    label: String,
    description: String,
    value_type: String,
    access: String,
    created_at: i64,
}

/// Adds one, which nobody has a value of yet.
///
/// # Errors
/// [`DbError::Exists`] when the name is taken.
pub fn insert(connection: &mut Connection, attribute: &Attribute) -> Result<(), DbError> {
    let row = (
        attributes::id.eq(attribute.id.to_string()),
        attributes::name.eq(attribute.name.as_str()),
        attributes::label.eq(&attribute.label),
        attributes::description.eq(&attribute.description),
        attributes::value_type.eq(to_json(&attribute.of, "attributes.value_type")?),
        attributes::access.eq(attribute.access.as_str()),
        attributes::created_at.eq(attribute.created_at.as_secs()),
    );
    diesel::insert_into(attributes::table).values(row).execute(connection)?;
    Ok(())
}

/// Replaces what may change of one.
pub fn set(connection: &mut Connection, attribute: &Attribute) -> Result<(), DbError> {
    let columns = (
        attributes::label.eq(&attribute.label),
        attributes::description.eq(&attribute.description),
        attributes::value_type.eq(to_json(&attribute.of, "attributes.value_type")?),
        attributes::access.eq(attribute.access.as_str()),
    );
    update(attributes::table.find(attribute.id.to_string()), columns).execute(connection)?;
    Ok(())
}

/// Removes one. `false` when there was none. The values of people are forgotten later
/// ([`memberships::forget_later`](super::memberships::forget_later)).
pub fn remove(connection: &mut Connection, id: Uuid) -> Result<bool, DbError> {
    Ok(diesel::delete(attributes::table.find(id.to_string())).execute(connection)? > 0)
}

/// The one of this id.
pub fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<Attribute>, DbError> {
    let found: Option<Row> = attributes::table.find(id.to_string()).get_result(connection).optional()?;
    found.map(Attribute::try_from).transpose()
}

/// All of them, by name.
pub fn all(connection: &mut Connection) -> Result<Vec<Attribute>, DbError> {
    let rows: Vec<Row> = attributes::table.order(attributes::name).load(connection)?;
    rows.into_iter().map(Attribute::try_from).collect()
}

impl TryFrom<Row> for Attribute {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: to_uuid(&row.id, "attributes.id")?,
            name: row.name.parse().map_err(|_| DbError::Corrupt("attributes.name"))?,
            label: row.label,
            description: row.description,
            of: from_json(&row.value_type, "attributes.value_type")?,
            access: parsed(AttributeAccess::parse(&row.access), "attributes.access")?,
            created_at: UnixTime(row.created_at),
        })
    }
}
