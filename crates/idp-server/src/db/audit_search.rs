//! The audit log as administrators search it: the newest first, by whom and what an event concerns. Each filter has an index, that by
//! session the one of its person. Of several at once the narrowest leads, and the others are compared with what it finds, so many rows a time.

use super::audit_event::AuditEvent;
use super::authority::Principal;
use super::schema::{audit_events, sessions};
use super::{Connection, DbError, first_id_of, to_uuid};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use std::net::IpAddr;
use uuid::Uuid;

/// Rows that are read at a time where filters are compared with them.
const BATCH: i64 = 1000;
/// So many times, at most, for one page: the answer then says where to go on, however little was found.
const BATCHES: u32 = 5;

/// Which events.
#[derive(Clone, Default, Debug)]
pub struct AuditFilter {
    /// What happened.
    pub event: Option<AuditEvent>,
    /// Whom it concerns.
    pub user: Option<Uuid>,
    /// Which client it concerns, as it was recorded.
    pub client: Option<String>,
    /// Which administrator did it.
    pub actor: Option<Principal>,
    /// In which session.
    pub session: Option<Uuid>,
    /// From where.
    pub address: Option<IpAddr>,
    /// From then on.
    pub since: Option<UnixTime>,
    /// Before then.
    pub until: Option<UnixTime>,
}

/// An event, as it was recorded.
#[derive(Clone, Eq, PartialEq, Debug, Queryable)]
pub struct LoggedEvent {
    /// Its id, which begins with the time.
    pub id: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What, in the word stored.
    pub event: String,
    /// By whom, if not the person themselves ([`Principal`]).
    pub actor: Option<String>,
    /// Whom it concerns.
    pub user: Option<String>,
    /// The client that it concerns.
    pub client: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// A word more.
    pub detail: Option<String>,
}

/// A page of events.
#[derive(Clone, Default, Debug)]
pub struct FoundEvents {
    /// The events, the newest first.
    pub events: Vec<LoggedEvent>,
    /// Before which event to go on, unless this was all.
    pub older: Option<Uuid>,
}

/// The filters as they are compared with the columns.
struct Columns {
    event: Option<&'static str>,
    user: Option<String>,
    client: Option<String>,
    actor: Option<String>,
    session: Option<String>,
    address: Option<String>,
    /// No id before this one.
    from: String,
    /// Nor from this one on.
    below: String,
}

impl Columns {
    fn of(filter: &AuditFilter, before: Option<Uuid>) -> Self {
        let until = filter.until.map(first_id_of);
        let before = before.unwrap_or(Uuid::max()).to_string();
        Self {
            event: filter.event.map(AuditEvent::as_str),
            user: filter.user.map(|user| user.to_string()),
            client: filter.client.clone(),
            actor: filter.actor.as_ref().map(ToString::to_string),
            session: filter.session.map(|sid| sid.to_string()),
            address: filter.address.map(|address| address.to_string()),
            from: filter.since.map(first_id_of).unwrap_or_default(),
            below: until.map_or_else(|| before.clone(), |until| until.min(before.clone())),
        }
    }

    /// Whether an index finds what is asked for and nothing else.
    fn are_of_one_index(&self) -> bool {
        let texts = [&self.user, &self.client, &self.actor, &self.session, &self.address];
        texts.into_iter().flatten().count() + usize::from(self.event.is_some()) <= 1
    }

    fn fit(&self, row: &LoggedEvent) -> bool {
        let fits = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        self.event.is_none_or(|event| event == row.event)
            && fits(&self.user, &row.user)
            && fits(&self.client, &row.client)
            && fits(&self.actor, &row.actor)
            && fits(&self.session, &row.session)
            && fits(&self.address, &row.address)
    }

    /// So many rows, the newest first, by the index of the narrowest filter.
    fn load(&self, connection: &mut Connection, count: i64) -> Result<Vec<LoggedEvent>, DbError> {
        macro_rules! led_by {
            ($($column:ident = $wanted:expr),*) => {
                $(if let Some(wanted) = $wanted {
                    let led = audit_events::table.filter(audit_events::$column.eq(wanted));
                    let led = led.filter(audit_events::id.ge(&self.from));
                    let led = led.filter(audit_events::id.lt(&self.below));
                    return Ok(led.order(audit_events::id.desc()).limit(count).load(connection)?);
                })*
            };
        }
        led_by!(
            user_id = &self.user,
            actor = &self.actor,
            address = &self.address,
            client_id = &self.client,
            event = self.event
        );
        let all = audit_events::table.filter(audit_events::id.ge(&self.from));
        let all = all.filter(audit_events::id.lt(&self.below));
        Ok(all.order(audit_events::id.desc()).limit(count).load(connection)?)
    }
}

/// An index for sessions would be one more on the table that grows fastest. A session that is still known has a person, and by
/// them its events are found; of another one they are looked for among all, some thousand at a time.
fn by_person(connection: &mut Connection, filter: &AuditFilter) -> Result<AuditFilter, DbError> {
    let (None, Some(sid)) = (filter.user, filter.session) else { return Ok(filter.clone()) };
    let known = sessions::table.find(sid.to_string()).select(sessions::user_id);
    let user: Option<String> = known.get_result(connection).optional()?;
    let user = user.map(|user| to_uuid(&user, "sessions.user_id")).transpose()?;
    Ok(AuditFilter { user, ..filter.clone() })
}

/// At most `count` events that fit, the newest first, before this one. Fewer do not mean that there are no more.
pub fn search(
    connection: &mut Connection,
    filter: &AuditFilter,
    before: Option<Uuid>,
    count: usize,
) -> Result<FoundEvents, DbError> {
    let mut found = FoundEvents { events: Vec::new(), older: before };
    let filter = &by_person(connection, filter)?;
    for _ in 0..BATCHES {
        let columns = Columns::of(filter, found.older);
        let one_more = i64::try_from(count).unwrap_or(BATCH).saturating_add(1);
        let batch = if columns.are_of_one_index() { one_more } else { BATCH };
        let rows = columns.load(connection, batch)?;
        let read = i64::try_from(rows.len()).unwrap_or(batch);
        for (row, left) in rows.into_iter().zip((0..read).rev()) {
            let id = to_uuid(&row.id, "audit_events.id")?;
            if columns.fit(&row) {
                found.events.push(row);
            }
            found.older = Some(id);
            if found.events.len() >= count {
                found.older = found.older.filter(|_| left > 0 || read == batch);
                return Ok(found);
            }
        }
        if read < batch {
            found.older = None;
            return Ok(found);
        }
    }
    Ok(found)
}
