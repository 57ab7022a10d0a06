//! Devices: the browsers that users sign in from, by the hash of their cookie.

use super::schema::{devices, sessions};
use super::update::update;
use super::{Connection, DbError, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::device::{Device, DeviceKind};
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = devices, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    secret_hash: String,
    kind: String,
    browser: Option<String>,
    system: Option<String>,
    created_at: i64,
    last_seen_at: i64,
}

/// Stores a new device under the hash of its cookie.
pub fn insert(connection: &mut Connection, device: &Device, secret: &SecretHash) -> Result<(), DbError> {
    let row = Row {
        id: device.id.to_string(),
        secret_hash: secret.to_string(),
        kind: device.kind.as_str().to_owned(),
        browser: device.browser.clone(),
        system: device.system.clone(),
        created_at: device.created_at.as_secs(),
        last_seen_at: device.last_seen_at.as_secs(),
    };
    diesel::insert_into(devices::table).values(row).execute(connection)?;
    Ok(())
}

/// The device a cookie names.
pub fn by_secret(connection: &mut Connection, secret: &SecretHash) -> Result<Option<Device>, DbError> {
    let named = devices::table.filter(devices::secret_hash.eq(secret.to_string()));
    let row: Option<Row> = named.get_result(connection).optional()?;
    row.map(read).transpose()
}

/// Notes a sign-in from it, and what it calls itself by now.
pub fn seen(connection: &mut Connection, device: &Device) -> Result<(), DbError> {
    let columns = (
        devices::kind.eq(device.kind.as_str()),
        devices::browser.eq(&device.browser),
        devices::system.eq(&device.system),
        devices::last_seen_at.eq(device.last_seen_at.as_secs()),
    );
    update(devices::table.find(device.id.to_string()), columns).execute(connection)?;
    Ok(())
}

/// The hash of the cookie of a device that no session is on.
pub(super) fn unused(connection: &mut Connection, id: &str) -> Result<Option<SecretHash>, DbError> {
    let on_it = sessions::table.filter(sessions::device_id.eq(id));
    let device = devices::table.find(id).filter(diesel::dsl::not(diesel::dsl::exists(on_it)));
    let hash: Option<String> = device.select(devices::secret_hash).get_result(connection).optional()?;
    hash.map(|hash| parsed(SecretHash::parse(&hash), "devices.secret_hash")).transpose()
}

/// Forgets those of these devices that no session is on.
pub fn forget_unused(connection: &mut Connection, cookies: &[SecretHash]) -> Result<(), DbError> {
    for cookie in cookies {
        let Some(device) = by_secret(connection, cookie)? else { continue };
        let id = device.id.to_string();
        if unused(connection, &id)?.is_some() {
            diesel::delete(devices::table.find(id)).execute(connection)?;
        }
    }
    Ok(())
}

/// Forgets devices without a sign-in since `limit`. Their sessions stay.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = devices::table.filter(devices::last_seen_at.lt(limit.as_secs()));
    let some: Vec<String> =
        old.order(devices::last_seen_at).limit(most).select(devices::id).load(connection)?;
    Ok(diesel::delete(devices::table.filter(devices::id.eq_any(some))).execute(connection)?)
}

/// Forgets the devices that no user but this one has signed in from.
pub fn forget_those_of(connection: &mut Connection, user: Uuid) -> Result<(), DbError> {
    let theirs = sessions::table.filter(sessions::user_id.eq(user.to_string()));
    let theirs = theirs.filter(sessions::device_id.is_not_null()).select(sessions::device_id).distinct();
    let theirs: Vec<String> = theirs.load::<Option<String>>(connection)?.into_iter().flatten().collect();
    for id in theirs {
        let others = sessions::table.filter(sessions::device_id.eq(&id));
        let others = others.filter(sessions::user_id.ne(user.to_string()));
        if !diesel::select(diesel::dsl::exists(others)).get_result::<bool>(connection)? {
            diesel::delete(devices::table.find(id)).execute(connection)?;
        }
    }
    Ok(())
}

/// The device without a name, which is its person's and not its own.
pub(super) fn read(row: Row) -> Result<Device, DbError> {
    Ok(Device {
        id: to_uuid(&row.id, "devices.id")?,
        kind: parsed(DeviceKind::parse(&row.kind), "devices.kind")?,
        browser: row.browser,
        system: row.system,
        name: None,
        created_at: UnixTime(row.created_at),
        last_seen_at: UnixTime(row.last_seen_at),
    })
}
