//! The seals over the audit log, each with the mark that a key outside the database makes of it (ADR 71).

use super::audit_search::LoggedEvent;
use super::schema::{audit_events, audit_seals as seals};
use super::{Connection, DbError, first_id_of, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::audit_chain::{AuditSeal, Chain, ChainHash, ChainedEvent};
use idp_core::time::UnixTime;
use uuid::Uuid;

/// A seal and its mark.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct MarkedSeal {
    /// The seal.
    pub seal: AuditSeal,
    /// The mark.
    pub mark: String,
}

type Row = (i64, String, String, i64, String, String);

/// The newest seal.
pub fn last(connection: &mut Connection) -> Result<Option<MarkedSeal>, DbError> {
    let newest = seals::table.filter(seals::number.gt(0)).order(seals::number.desc()).limit(1);
    let row: Option<Row> = newest.get_result(connection).optional()?;
    row.map(read).transpose()
}

/// So many seals with a higher number than this, in order.
pub fn after(connection: &mut Connection, number: i64, count: i64) -> Result<Vec<MarkedSeal>, DbError> {
    let later = seals::table.filter(seals::number.gt(number));
    let rows: Vec<Row> = later.order(seals::number).limit(count).load(connection)?;
    rows.into_iter().map(read).collect()
}

fn read((number, from, until, events, hash, mark): Row) -> Result<MarkedSeal, DbError> {
    let hash: ChainHash = parsed(hash.parse().ok(), "audit_seals.hash")?;
    let (from, until) = (to_uuid(&from, "audit_seals.from_id")?, to_uuid(&until, "audit_seals.until_id")?);
    Ok(MarkedSeal { seal: AuditSeal { number, from, until, events, hash }, mark })
}

/// Writes a seal.
pub fn insert(connection: &mut Connection, marked: &MarkedSeal) -> Result<(), DbError> {
    let MarkedSeal { seal, mark } = marked;
    let row = (
        seals::number.eq(seal.number),
        seals::from_id.eq(seal.from.to_string()),
        seals::until_id.eq(seal.until.to_string()),
        seals::events.eq(seal.events),
        seals::hash.eq(seal.hash.to_string()),
        seals::mark.eq(mark),
    );
    diesel::insert_into(seals::table).values(row).execute(connection)?;
    Ok(())
}

/// Forgets seals over events that all happened before `limit`, but for the newest seal: the next one goes on from it.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let Some(newest) = last(connection)? else { return Ok(0) };
    let old = seals::table.filter(seals::until_id.lt(first_id_of(limit)));
    let old = old.filter(seals::until_id.ne(newest.seal.until.to_string()));
    let some: Vec<i64> = old.order(seals::until_id).limit(most).select(seals::number).load(connection)?;
    Ok(diesel::delete(seals::table.filter(seals::number.eq_any(some))).execute(connection)?)
}

/// At most `count` events from the id `from` on and below `until`, in the order of their ids.
pub fn events(
    connection: &mut Connection,
    from: Uuid,
    until: Uuid,
    count: i64,
) -> Result<Vec<LoggedEvent>, DbError> {
    let within = audit_events::table.filter(audit_events::id.ge(from.to_string()));
    let within = within.filter(audit_events::id.lt(until.to_string()));
    Ok(within.order(audit_events::id).limit(count).load(connection)?)
}

/// The hash over these events and the seal before.
#[must_use]
pub fn hash(previous: ChainHash, events: &[LoggedEvent]) -> ChainHash {
    let mut chain = Chain::after(previous);
    for event in events {
        chain.add(ChainedEvent(
            &event.id,
            event.at,
            &event.event,
            event.actor.as_deref(),
            event.user.as_deref(),
            event.client.as_deref(),
            event.session.as_deref(),
            event.address.as_deref(),
            event.detail.as_deref(),
        ));
    }
    chain.finish()
}
