//! What people call their devices. A browser that two people share has a name of each, which the other never sees.

use super::schema::device_names;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::device::DeviceName;
use uuid::Uuid;

/// Gives the device a name of this user's, in place of the one it had.
pub fn give(connection: &mut Connection, user: Uuid, device: Uuid, name: &DeviceName) -> Result<(), DbError> {
    let key = (user.to_string(), device.to_string());
    let column = device_names::name.eq(name.as_str());
    if update(device_names::table.find(key.clone()), column).execute(connection)? == 0 {
        let row = (device_names::user_id.eq(key.0), device_names::device_id.eq(key.1), column);
        diesel::insert_into(device_names::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Takes the name away that this user gave it.
pub fn take_away(connection: &mut Connection, user: Uuid, device: Uuid) -> Result<(), DbError> {
    let key = (user.to_string(), device.to_string());
    diesel::delete(device_names::table.find(key)).execute(connection)?;
    Ok(())
}

/// What this user calls the device.
pub fn of(connection: &mut Connection, user: Uuid, device: Uuid) -> Result<Option<DeviceName>, DbError> {
    let key = (user.to_string(), device.to_string());
    let name: Option<String> =
        device_names::table.find(key).select(device_names::name).get_result(connection).optional()?;
    Ok(name.as_deref().and_then(DeviceName::typed))
}
