//! How far the audit log was posted to its webhook, and which node posts.

use super::audit_search::LoggedEvent;
use super::schema::{audit_events, audit_stream as stream};
use super::update::update;
use super::{Connection, DbError, to_uuid};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// The only row.
const WEBHOOK: &str = "webhook";

/// Where the stream stands.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct StreamState {
    /// Each event with a smaller id was taken.
    pub delivered: Uuid,
    /// Since when nothing was taken, if that failed last.
    pub failing_since: Option<UnixTime>,
    /// Why.
    pub last_error: Option<String>,
}

/// Where it stands, once there was one.
pub fn state(connection: &mut Connection) -> Result<Option<StreamState>, DbError> {
    let columns = (stream::delivered_id, stream::failing_since, stream::last_error);
    let row: Option<(String, Option<i64>, Option<String>)> =
        stream::table.find(WEBHOOK).select(columns).get_result(connection).optional()?;
    row.map(|(delivered, failing_since, last_error)| {
        let delivered = to_uuid(&delivered, "audit_stream.delivered_id")?;
        Ok(StreamState { delivered, failing_since: failing_since.map(UnixTime), last_error })
    })
    .transpose()
}

/// Takes or renews the lease of `node` until then; `false` where another node has it. The first one begins at `first`.
pub fn lease(
    connection: &mut Connection,
    node: &str,
    now_ms: i64,
    until_ms: i64,
    first: Uuid,
) -> Result<bool, DbError> {
    let free = stream::node.eq(node).or(stream::leased_until_ms.lt(now_ms));
    let leased = (stream::node.eq(node), stream::leased_until_ms.eq(until_ms));
    if update(stream::table.find(WEBHOOK).filter(free), leased).execute(connection)? > 0 {
        return Ok(true);
    }
    if state(connection)?.is_some() {
        return Ok(false);
    }
    let row = (stream::name.eq(WEBHOOK), stream::delivered_id.eq(first.to_string()), leased);
    diesel::insert_into(stream::table).values(row).execute(connection)?;
    Ok(true)
}

/// Notes that each event below this one was taken.
pub fn delivered(connection: &mut Connection, node: &str, below: Uuid) -> Result<(), DbError> {
    // Never back: what was taken is not posted again.
    let own = stream::table
        .find(WEBHOOK)
        .filter(stream::node.eq(node))
        .filter(stream::delivered_id.le(below.to_string()));
    let columns = (
        stream::delivered_id.eq(below.to_string()),
        stream::failing_since.eq(None::<i64>),
        stream::last_error.eq(None::<String>),
    );
    update(own, columns).execute(connection)?;
    Ok(())
}

/// Notes why nothing was taken.
pub fn failed(connection: &mut Connection, node: &str, error: &str, now: UnixTime) -> Result<(), DbError> {
    let own = stream::table.find(WEBHOOK).filter(stream::node.eq(node));
    let first = own.filter(stream::failing_since.is_null());
    update(first, stream::failing_since.eq(now.as_secs())).execute(connection)?;
    update(own, stream::last_error.eq(error)).execute(connection)?;
    Ok(())
}

/// The ids of at most `count` events, from this one on.
pub fn ids_from(connection: &mut Connection, from: Uuid, count: i64) -> Result<Vec<Uuid>, DbError> {
    let later = audit_events::table.filter(audit_events::id.ge(from.to_string()));
    let found: Vec<String> =
        later.order(audit_events::id).limit(count).select(audit_events::id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "audit_events.id")).collect()
}

/// These events, in the order of their ids.
pub fn events(connection: &mut Connection, ids: &[Uuid]) -> Result<Vec<LoggedEvent>, DbError> {
    let named = audit_events::table.filter(audit_events::id.eq_any(ids.iter().map(Uuid::to_string)));
    Ok(named.order(audit_events::id).load(connection)?)
}
