//! The audit log: who did what, when, from where. Never a secret; texts from outside are stored as data
//! and bounded in length.

pub use super::audit_event::AuditEvent;
use super::authority::Authority;
use super::devices::Row as DeviceRow;
use super::schema::{audit_events, device_names, devices, sessions};
use super::{Connection, DbError, first_id_of, insert_rows, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::device::{Device, DeviceName};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use uuid::Uuid;

const MAX_TEXT: usize = 200;

/// Whom and what an event concerns.
#[derive(Clone, Default, Debug)]
pub struct AuditContext {
    /// By whose right, where it is an act of an administrator.
    pub by: Option<Authority>,
    /// The user.
    pub user: Option<Uuid>,
    /// The client.
    pub client: Option<String>,
    /// The session.
    pub sid: Option<Uuid>,
    /// Where the request came from.
    pub address: Option<String>,
    /// A word more, never a secret.
    pub detail: Option<String>,
}

impl AuditContext {
    /// Looks up the right to it, if it is an act of an administrator: the first thing that its transaction does.
    ///
    /// # Errors
    /// [`DbError::NotPermitted`].
    pub fn check_right(&self, connection: &mut Connection) -> Result<(), DbError> {
        self.by.as_ref().map_or(Ok(()), |by| by.check(connection))
    }

    /// An act of an administrator.
    #[must_use]
    pub fn of(by: Authority) -> Self {
        Self { by: Some(by), ..Self::default() }
    }
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct Row {
    id: String,
    at: i64,
    event: String,
    actor: Option<String>,
    user_id: Option<String>,
    client_id: Option<String>,
    sid: Option<String>,
    address: Option<String>,
    detail: Option<String>,
}

/// Writes an event down. Part of the transaction it tells about. An act of an administrator whose right that transaction has
/// not looked up is not recorded, and so not done.
pub fn record(
    connection: &mut Connection,
    event: AuditEvent,
    about: AuditContext,
    now: UnixTime,
) -> Result<(), DbError> {
    record_all(connection, [(event, about)], now)
}

/// Writes down several of one transaction, in this order.
///
/// # Errors
/// As [`record`].
pub fn record_all(
    connection: &mut Connection,
    all: impl IntoIterator<Item = (AuditEvent, AuditContext)>,
    now: UnixTime,
) -> Result<(), DbError> {
    let rows: Vec<Row> =
        all.into_iter().map(|(event, about)| row(event, about, now)).collect::<Result<_, _>>()?;
    insert_rows!(connection, audit_events::table, &rows)
}

fn row(event: AuditEvent, about: AuditContext, now: UnixTime) -> Result<Row, DbError> {
    let (actor, from) = match &about.by {
        Some(by) if !by.is_checked() => return Err(DbError::NotPermitted(by.needs)),
        Some(by) => (Some(by.principal.to_string()), by.address.clone()),
        None => (None, None),
    };
    Ok(Row {
        id: crate::random::new_id(now).to_string(),
        at: now.as_secs(),
        event: event.as_str().to_owned(),
        actor: actor.map(bounded),
        user_id: about.user.map(|id| id.to_string()),
        client_id: about.client.map(bounded),
        sid: about.sid.map(|id| id.to_string()),
        address: about.address.or(from).map(bounded),
        detail: about.detail.map(bounded),
    })
}

/// An event, as a person may be told of it.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct RecordedEvent {
    /// Its name, which says when it happened as well.
    pub id: String,
    /// When.
    pub at: UnixTime,
    /// What, in the word stored.
    pub event: String,
    /// Who did it, if not the person themselves ([`Principal`](super::authority::Principal)).
    pub actor: Option<String>,
    /// The client that it concerns.
    pub client: Option<String>,
    /// The session that it concerns.
    pub sid: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// A word more.
    pub detail: Option<String>,
}

/// So many events about a user, the oldest first, beginning after the one of this id.
pub fn all_of_user(
    connection: &mut Connection,
    user: Uuid,
    after: &str,
    count: i64,
) -> Result<Vec<RecordedEvent>, DbError> {
    let own = audit_events::table.filter(audit_events::user_id.eq(user.to_string()));
    let page = own.filter(audit_events::id.gt(after)).order(audit_events::id).limit(count);
    let rows: Vec<Row> = page.load(connection)?;
    Ok(rows.into_iter().map(RecordedEvent::from).collect())
}

impl From<Row> for RecordedEvent {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: UnixTime(row.at),
            event: row.event,
            actor: row.actor,
            client: row.client_id,
            sid: row.sid,
            address: row.address,
            detail: row.detail,
        }
    }
}

/// Something that happened with the account of a person.
#[derive(Clone, Debug)]
pub struct OwnEvent {
    /// Its id, after which the list goes on.
    pub id: Uuid,
    /// When.
    pub at: UnixTime,
    /// What.
    pub event: AuditEvent,
    /// The client that it was about, by its id.
    pub client: Option<String>,
    /// The session that it was done in, or that it ended.
    pub sid: Option<Uuid>,
    /// From where.
    pub address: Option<String>,
    /// Why the session ended, if one did.
    pub cause: Option<EndCause>,
    /// The device of the session, if it is still known.
    pub device: Option<Device>,
}

type OwnRow = (Row, Option<DeviceRow>, Option<String>);

/// What happened with the account of `user` before the event `before`, or up to now; the last first, at most `limit`.
pub fn of_user(
    connection: &mut Connection,
    user: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<OwnEvent>, DbError> {
    let user = user.to_string();
    // The session is their own as well: the log has no references that would hold it to that.
    let in_session = sessions::sid.nullable().eq(audit_events::sid).and(sessions::user_id.eq(user.clone()));
    let name = device_names::user_id
        .eq(user.clone())
        .and(sessions::device_id.eq(device_names::device_id.nullable()));
    let found = audit_events::table
        .left_join(sessions::table.on(in_session))
        .left_join(devices::table.on(sessions::device_id.eq(devices::id.nullable())))
        .left_join(device_names::table.on(name))
        .filter(audit_events::user_id.eq(user))
        .filter(audit_events::id.lt(before.unwrap_or(Uuid::max()).to_string()))
        .order(audit_events::id.desc())
        .limit(limit)
        .select((audit_events::all_columns, devices::all_columns.nullable(), device_names::name.nullable()));
    let rows: Vec<OwnRow> = found.load(connection)?;
    rows.into_iter().map(read).collect()
}

fn read((row, device, name): OwnRow) -> Result<OwnEvent, DbError> {
    let device = device.map(super::devices::read).transpose()?;
    let name = name.as_deref().and_then(DeviceName::typed);
    Ok(OwnEvent {
        id: to_uuid(&row.id, "audit_events.id")?,
        at: UnixTime(row.at),
        event: parsed(AuditEvent::parse(&row.event), "audit_events.event")?,
        client: row.client_id,
        sid: row.sid.as_deref().and_then(|sid| sid.parse().ok()),
        address: row.address,
        // Other details are for operators.
        cause: row.detail.as_deref().and_then(EndCause::parse),
        device: device.map(|device| Device { name, ..device }),
    })
}

/// How often `event` was recorded; for tests and the operator's overview.
pub fn count(connection: &mut Connection, event: AuditEvent) -> Result<i64, DbError> {
    Ok(audit_events::table.filter(audit_events::event.eq(event.as_str())).count().get_result(connection)?)
}

/// How often `event` was recorded from one time to another: ids begin with the time.
pub fn count_between(
    connection: &mut Connection,
    event: AuditEvent,
    from: UnixTime,
    until: UnixTime,
) -> Result<i64, DbError> {
    let of_event = audit_events::table.filter(audit_events::event.eq(event.as_str()));
    let between = of_event.filter(audit_events::id.ge(first_id_of(from)));
    Ok(between.filter(audit_events::id.lt(first_id_of(until))).count().get_result(connection)?)
}

/// Forgets what happened before `limit`: ids begin with the time.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = audit_events::table.filter(audit_events::id.lt(first_id_of(limit)));
    let some: Vec<String> =
        old.order(audit_events::id).limit(most).select(audit_events::id).load(connection)?;
    Ok(diesel::delete(audit_events::table.filter(audit_events::id.eq_any(some))).execute(connection)?)
}

fn bounded(text: String) -> String {
    if text.chars().any(char::is_control) || text.len() > MAX_TEXT {
        return text.escape_debug().take(MAX_TEXT).collect();
    }
    text
}
