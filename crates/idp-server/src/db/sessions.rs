//! Single sign-on sessions, by the hash of their cookie. Ended ones stay for a while, with the cause that answers "why was
//! I signed out?". Whether an open one can still be used is `idp_core::session`'s to decide.

use super::clients::Row as ClientRow;
use super::counters::NOT_BEFORE;
use super::devices::{self, Row as DeviceRow};
use super::schema::{
    clients, consents, counters, device_names, devices as device_table, mail_addresses, sessions, users,
};
use super::update::update;
use super::users::{Whole, asked_by_role, join_whole, read, whole};
use super::{Connection, DbError, first_id_of, from_json, on_either, to_ended, to_json, to_uuid};
use diesel::prelude::*;
use idp_core::client::{Client, ClientId};
use idp_core::device::{Device, DeviceName};
use idp_core::secret::SecretHash;
use idp_core::session::{EndCause, Session};
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(super) struct Row {
    sid: String,
    secret_hash: String,
    user_id: String,
    proofs: String,
    created_at: i64,
    last_seen_at: i64,
    ended_at: Option<i64>,
    ended_cause: Option<String>,
    device_id: Option<String>,
    address: Option<String>,
    device_forgotten_at: Option<i64>,
}

/// A session with its user, as one question answers it.
pub(super) type WithUser = (Row, Whole);

/// Stores a new session under the hash of its cookie.
pub fn insert(connection: &mut Connection, session: &Session, secret: &SecretHash) -> Result<(), DbError> {
    let row = Row {
        sid: session.sid.to_string(),
        secret_hash: secret.to_string(),
        user_id: session.user.to_string(),
        proofs: to_json(&session.proofs, "sessions.proofs")?,
        created_at: session.created_at.as_secs(),
        last_seen_at: session.last_seen_at.as_secs(),
        ended_at: None,
        ended_cause: None,
        device_id: session.device.map(|device| device.to_string()),
        address: session.address.clone(),
        device_forgotten_at: None,
    };
    diesel::insert_into(sessions::table).values(row).execute(connection)?;
    Ok(())
}

/// The session a cookie names.
pub fn by_secret(connection: &mut Connection, secret: &SecretHash) -> Result<Option<Session>, DbError> {
    let named = sessions::table.filter(sessions::secret_hash.eq(secret.to_string()));
    let row: Option<Row> = named.get_result(connection).optional()?;
    row.map(Session::try_from).transpose()
}

/// The session a cookie names, with its user, in one question.
pub fn with_user_by_secret(
    connection: &mut Connection,
    secret: &SecretHash,
) -> Result<Option<(Session, User)>, DbError> {
    let named = join_whole!(sessions::table.inner_join(users::table.on(users::id.eq(sessions::user_id))))
        .filter(sessions::secret_hash.eq(secret.to_string()))
        .select((sessions::all_columns, whole!()));
    let found: Option<WithUser> =
        on_either!(connection, |connection| named.get_result(connection)).optional()?;
    found.map(read_with_user).transpose()
}

/// Whom an authorization code speaks of, at this moment.
pub struct CodeHolders {
    /// The session that it was issued in.
    pub session: Session,
    /// Its user.
    pub user: User,
    /// The client, if it is still registered.
    pub client: Option<Client>,
    /// When the user last took back what the client may have.
    pub withdrawn_at: Option<UnixTime>,
}

/// The session with this `sid`, its user, the client with this id, and when the one disconnected the other.
pub fn with_user_and_client(
    connection: &mut Connection,
    sid: Uuid,
    client: &ClientId,
) -> Result<Option<CodeHolders>, DbError> {
    let consent =
        consents::user_id.eq(sessions::user_id).and(consents::client_id.eq(client.as_str().to_owned()));
    let named = join_whole!(sessions::table.inner_join(users::table.on(users::id.eq(sessions::user_id))))
        .left_join(
            clients::table.on(clients::id.eq(client.as_str().to_owned()).and(clients::removed_at.is_null())),
        )
        .left_join(consents::table.on(consent))
        .filter(sessions::sid.eq(sid.to_string()))
        .select((
            (sessions::all_columns, whole!()),
            clients::all_columns.nullable(),
            consents::withdrawn_at.nullable(),
        ));
    let found: Option<(WithUser, Option<ClientRow>, Option<i64>)> =
        on_either!(connection, |connection| named.get_result(connection)).optional()?;
    let Some((found, client, withdrawn_at)) = found else {
        return Ok(None);
    };
    let (session, user) = read_with_user(found)?;
    let client = client.map(Client::try_from).transpose()?;
    Ok(Some(CodeHolders { session, user, client, withdrawn_at: withdrawn_at.map(UnixTime) }))
}

pub(super) fn read_with_user((session, user): WithUser) -> Result<(Session, User), DbError> {
    Ok((Session::try_from(session)?, read(user)?))
}

/// The session with this `sid`.
pub fn by_sid(connection: &mut Connection, sid: Uuid) -> Result<Option<Session>, DbError> {
    let row: Option<Row> = sessions::table.find(sid.to_string()).get_result(connection).optional()?;
    row.map(Session::try_from).transpose()
}

/// A session with the device it is or was open on, under the name that its user gave that.
pub type OnDevice = (Session, Option<Device>);

/// The device of a session, and what the session's user calls it.
macro_rules! with_devices {
    ($sessions:expr) => {
        $sessions
            .left_join(device_table::table.on(sessions::device_id.eq(device_table::id.nullable())))
            .left_join(
                device_names::table.on(device_names::user_id
                    .eq(sessions::user_id)
                    .and(sessions::device_id.eq(device_names::device_id.nullable()))),
            )
            .select((
                sessions::all_columns,
                device_table::all_columns.nullable(),
                device_names::name.nullable(),
            ))
    };
}

/// Every session of a user that was not ended, whether it can still be used or not.
pub fn open_of(connection: &mut Connection, user: Uuid) -> Result<Vec<OnDevice>, DbError> {
    let open = with_devices!(sessions::table)
        .filter(sessions::user_id.eq(user.to_string()))
        .filter(sessions::ended_at.is_null());
    on_devices(open.load(connection)?)
}

/// The sessions of a user that were ended at `since` or later, the last first, at most `limit`.
pub fn ended_of(
    connection: &mut Connection,
    user: Uuid,
    since: UnixTime,
    limit: i64,
) -> Result<Vec<OnDevice>, DbError> {
    let ended = with_devices!(sessions::table)
        .filter(sessions::user_id.eq(user.to_string()))
        .filter(sessions::ended_at.ge(since.as_secs()))
        .order((sessions::ended_at.desc(), sessions::sid.desc()))
        .limit(limit);
    on_devices(ended.load(connection)?)
}

fn on_devices(rows: Vec<(Row, Option<DeviceRow>, Option<String>)>) -> Result<Vec<OnDevice>, DbError> {
    let read = |(session, device, name): (Row, Option<DeviceRow>, Option<String>)| {
        let device = device.map(devices::read).transpose()?;
        let name = name.as_deref().and_then(DeviceName::typed);
        Ok((Session::try_from(session)?, device.map(|device| Device { name, ..device })))
    };
    rows.into_iter().map(read).collect()
}

/// Notes that it was used from `address`, unless that was noted already since `unless_after`.
pub fn touch_from(
    connection: &mut Connection,
    sid: Uuid,
    address: &str,
    unless_after: UnixTime,
    now: UnixTime,
) -> Result<(), DbError> {
    let same = sessions::table.find(sid.to_string()).filter(sessions::last_seen_at.le(now.as_secs()));
    let news = sessions::last_seen_at
        .le(unless_after.as_secs())
        .or(sessions::address.is_null())
        .or(sessions::address.ne(address));
    let columns = (sessions::last_seen_at.eq(now.as_secs()), sessions::address.eq(address));
    update(same.filter(news), columns).execute(connection)?;
    Ok(())
}

/// Whether any of a user's sessions, open or ended, is on this device and was not ended there as somebody else's.
pub fn was_on(connection: &mut Connection, user: Uuid, device: Uuid) -> Result<bool, DbError> {
    let on_it = sessions::table.filter(sessions::device_id.eq(device.to_string()));
    let theirs = on_it.filter(sessions::user_id.eq(user.to_string()));
    let theirs = theirs.filter(sessions::device_forgotten_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(theirs)).get_result(connection)?)
}

/// The devices of these sessions, as far as they are known.
pub fn devices_of(connection: &mut Connection, sids: &[Uuid]) -> Result<Vec<Uuid>, DbError> {
    let these = sessions::table.filter(sessions::sid.eq_any(sids.iter().map(Uuid::to_string)));
    let devices: Vec<Option<String>> = these.select(sessions::device_id).load(connection)?;
    devices.iter().flatten().map(|id| to_uuid(id, "sessions.device_id")).collect()
}

/// From `now` on this user was on none of these devices, nor on any where they are `None`. Their sessions stay, and still say where
/// they were open.
pub fn forget_devices(
    connection: &mut Connection,
    user: Uuid,
    devices: Option<&[Uuid]>,
    now: UnixTime,
) -> Result<(), DbError> {
    let known = sessions::table
        .filter(sessions::user_id.eq(user.to_string()))
        .filter(sessions::device_id.is_not_null())
        .filter(sessions::device_forgotten_at.is_null());
    let column = sessions::device_forgotten_at.eq(Some(now.as_secs()));
    match devices {
        None => update(known, column).execute(connection)?,
        Some(devices) => {
            let on_them = sessions::device_id.eq_any(devices.iter().map(Uuid::to_string));
            update(known.filter(on_them), column).execute(connection)?
        }
    };
    Ok(())
}

/// Notes that it was used. Moves forward only.
pub fn touch(connection: &mut Connection, sid: Uuid, now: UnixTime) -> Result<(), DbError> {
    let earlier = sessions::table.find(sid.to_string()).filter(sessions::last_seen_at.lt(now.as_secs()));
    update(earlier, sessions::last_seen_at.eq(now.as_secs())).execute(connection)?;
    Ok(())
}

/// Open sessions that began after `limit`, at most `count`.
pub fn begun_after(connection: &mut Connection, limit: UnixTime, count: i64) -> Result<Vec<Uuid>, DbError> {
    let open = sessions::table
        .filter(sessions::ended_at.is_null())
        .filter(sessions::created_at.gt(limit.as_secs()))
        .limit(count);
    let sids: Vec<String> = open.select(sessions::sid).load(connection)?;
    sids.iter().map(|sid| to_uuid(sid, "sessions.sid")).collect()
}

/// Puts a session under a new cookie, with the proofs, device and address that `session` says.
pub fn prove_again(
    connection: &mut Connection,
    session: &Session,
    secret: &SecretHash,
) -> Result<(), DbError> {
    let columns = (
        sessions::secret_hash.eq(secret.to_string()),
        sessions::proofs.eq(to_json(&session.proofs, "sessions.proofs")?),
        sessions::last_seen_at.eq(session.last_seen_at.as_secs()),
        sessions::device_id.eq(session.device.map(|device| device.to_string())),
        sessions::address.eq(session.address.clone()),
    );
    update(sessions::table.find(session.sid.to_string()), columns).execute(connection)?;
    Ok(())
}

/// Ends sessions, each once: the first cause stays. How many were still open.
pub fn end(
    connection: &mut Connection,
    sids: &[Uuid],
    cause: EndCause,
    now: UnixTime,
) -> Result<usize, DbError> {
    let open = sessions::table.filter(sessions::sid.eq_any(sids.iter().map(Uuid::to_string)));
    let open = open.filter(sessions::ended_at.is_null());
    let ended = (sessions::ended_at.eq(now.as_secs()), sessions::ended_cause.eq(cause.as_str()));
    Ok(update(open, ended).execute(connection)?)
}

/// Ends every open session of a user; how many there were.
pub fn end_all_of(
    connection: &mut Connection,
    user: Uuid,
    cause: EndCause,
    now: UnixTime,
) -> Result<usize, DbError> {
    let open =
        sessions::table.filter(sessions::user_id.eq(user.to_string())).filter(sessions::ended_at.is_null());
    let ended = (sessions::ended_at.eq(now.as_secs()), sessions::ended_cause.eq(cause.as_str()));
    Ok(update(open, ended).execute(connection)?)
}

/// An open session.
#[derive(Copy, Clone, Debug)]
pub struct OpenSession {
    /// The session.
    pub sid: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// When it began.
    pub began: UnixTime,
}

/// So many open sessions that began before `limit`, the newest first.
pub fn open_before(
    connection: &mut Connection,
    limit: UnixTime,
    count: i64,
) -> Result<Vec<OpenSession>, DbError> {
    let open = sessions::table
        .filter(sessions::ended_at.is_null())
        .filter(sessions::created_at.lt(limit.as_secs()))
        .order(sessions::created_at.desc())
        .limit(count);
    let columns = (sessions::sid, sessions::user_id, sessions::created_at);
    let found: Vec<(String, String, i64)> = open.select(columns).load(connection)?;
    let read = |(sid, user, began): (String, String, i64)| {
        let (sid, user) = (to_uuid(&sid, "sessions.sid")?, to_uuid(&user, "sessions.user_id")?);
        Ok(OpenSession { sid, user, began: UnixTime(began) })
    };
    found.into_iter().map(read).collect()
}

/// Forgets the ended sessions of a user but the `kept` that ended last. Answers the devices that no session is
/// on any more, as far as this transaction sees.
pub fn forget_ended_of(
    connection: &mut Connection,
    user: Uuid,
    kept: i64,
) -> Result<Vec<SecretHash>, DbError> {
    let ended = sessions::table
        .filter(sessions::user_id.eq(user.to_string()))
        .filter(sessions::ended_at.is_not_null())
        .order((sessions::ended_at.desc(), sessions::sid.desc()))
        .select((sessions::sid, sessions::device_id))
        .limit(i64::MAX)
        .offset(kept);
    let old: Vec<(String, Option<String>)> = ended.load(connection)?;
    let mut left = Vec::new();
    for (sid, device) in old {
        diesel::delete(sessions::table.find(sid)).execute(connection)?;
        if let Some(device) = device {
            left.extend(devices::unused(connection, &device)?);
        }
    }
    Ok(left)
}

/// Forgets sessions that were not used since `limit`, with their grants.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    // Ids begin with the time at which they were made: none that is later can have been unused since before `limit`.
    let old = sessions::table.filter(sessions::sid.lt(first_id_of(limit)));
    let old = old.filter(sessions::last_seen_at.lt(limit.as_secs()));
    let some: Vec<String> = old.order(sessions::sid).limit(most).select(sessions::sid).load(connection)?;
    Ok(diesel::delete(sessions::table.filter(sessions::sid.eq_any(some))).execute(connection)?)
}

impl TryFrom<Row> for Session {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            sid: to_uuid(&row.sid, "sessions.sid")?,
            user: to_uuid(&row.user_id, "sessions.user_id")?,
            proofs: from_json(&row.proofs, "sessions.proofs")?,
            created_at: UnixTime(row.created_at),
            last_seen_at: UnixTime(row.last_seen_at),
            device: row.device_id.map(|id| to_uuid(&id, "sessions.device_id")).transpose()?,
            address: row.address,
            ended: to_ended(row.ended_at, row.ended_cause.as_deref())?,
        })
    }
}
