//! Which instances of which sites follow the feed, and up to which number each refuses what was revoked. A site
//! may run on several machines: it has confirmed a number when all that are connected have.

use super::schema::feed_receipts as receipts;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;

/// Instances that are known of one site; forgotten a day after they left.
const MOST_INSTANCES: i64 = 10_000;

/// One instance of a site.
#[derive(Clone, Eq, PartialEq, Debug, Queryable)]
pub struct FeedReceipt {
    /// The site.
    pub client_id: String,
    /// The instance, by the name it gave itself.
    pub instance: String,
    /// It refuses everything up to this number.
    pub number: i64,
    /// Since when, in milliseconds.
    pub received_ms: i64,
    /// It is taken for connected until then (seconds).
    pub connected_until: i64,
}

/// Notes that an instance listens; what it confirmed before stays.
///
/// # Errors
/// [`DbError`].
pub fn listens(connection: &mut Connection, client: &str, instance: &str, until: i64) -> Result<(), DbError> {
    let row = receipts::table.find((client, instance));
    let known = diesel::update(row).set(receipts::connected_until.eq(until)).execute(connection)?;
    if known == 0 {
        insert(connection, client, instance, (0, 0), until)?;
    }
    Ok(())
}

/// Notes that an instance does not listen any more and is waited for until `gone`, unless somebody else has noted since
/// that it does: it may have gone on to another node. `until` is what was noted last here.
///
/// # Errors
/// [`DbError`].
pub fn left(
    connection: &mut Connection,
    client: &str,
    instance: &str,
    until: i64,
    gone: i64,
) -> Result<(), DbError> {
    let row = receipts::table.find((client, instance)).filter(receipts::connected_until.eq(until));
    diesel::update(row).set(receipts::connected_until.eq(gone)).execute(connection)?;
    Ok(())
}

/// Notes that an instance refuses everything up to `number`; a greater number stays. Whether it listens is said by its
/// stream: `until` counts for one that was never heard of.
///
/// # Errors
/// [`DbError`].
pub fn confirm(
    connection: &mut Connection,
    client: &str,
    instance: &str,
    number: i64,
    now_ms: i64,
    until: i64,
) -> Result<(), DbError> {
    let row = receipts::table.find((client, instance));
    let known: Option<i64> = row.select(receipts::number).first(connection).optional()?;
    match known {
        None => insert(connection, client, instance, (number, now_ms), until),
        Some(known) if known < number => {
            let columns = (receipts::number.eq(number), receipts::received_ms.eq(now_ms));
            diesel::update(row).set(columns).execute(connection)?;
            Ok(())
        }
        Some(_) => Ok(()),
    }
}

fn insert(
    connection: &mut Connection,
    client: &str,
    instance: &str,
    (number, at_ms): (i64, i64),
    until: i64,
) -> Result<(), DbError> {
    let own = receipts::table.filter(receipts::client_id.eq(client));
    if own.count().get_result::<i64>(connection)? >= MOST_INSTANCES {
        // Names made up one after the other: nobody runs that many.
        return Ok(());
    }
    let row = (
        receipts::client_id.eq(client),
        receipts::instance.eq(instance),
        receipts::number.eq(number),
        receipts::received_ms.eq(at_ms),
        receipts::connected_until.eq(until),
    );
    diesel::insert_into(receipts::table).values(row).execute(connection)?;
    Ok(())
}

/// The instances of these sites that are taken for connected at `now` (seconds).
///
/// # Errors
/// [`DbError`].
pub fn connected(
    connection: &mut Connection,
    clients: &[ClientId],
    now: i64,
) -> Result<Vec<FeedReceipt>, DbError> {
    let names: Vec<String> = clients.iter().map(ToString::to_string).collect();
    let rows =
        receipts::table.filter(receipts::client_id.eq_any(names)).filter(receipts::connected_until.gt(now));
    Ok(rows.load(connection)?)
}

/// Forgets instances that have been away since `limit`.
///
/// # Errors
/// [`DbError`].
pub fn purge(connection: &mut Connection, limit: UnixTime) -> Result<usize, DbError> {
    let away = receipts::table.filter(receipts::connected_until.lt(limit.as_secs()));
    Ok(diesel::delete(away).execute(connection)?)
}
