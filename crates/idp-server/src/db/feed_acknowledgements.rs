//! Which instances of which sites follow the feed, and up to which number of the revocation log each refuses what was
//! revoked. A site may run on several machines: it has acknowledged a number when all that are connected have.

use super::schema::{clients, feed_acknowledgements as acknowledgements};
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;

/// Instances that are known of one site; forgotten a day after they left.
const MOST_INSTANCES: i64 = 10_000;

/// One instance of a site.
#[derive(Clone, Eq, PartialEq, Debug, Queryable)]
pub struct FeedAcknowledgement {
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

/// Notes that an instance listens; what it acknowledged before stays.
pub fn listens(connection: &mut Connection, client: &str, instance: &str, until: i64) -> Result<(), DbError> {
    let row = acknowledgements::table.find((client, instance));
    let known = update(row, acknowledgements::connected_until.eq(until)).execute(connection)?;
    if known == 0 {
        insert(connection, client, instance, (0, 0), until)?;
    }
    Ok(())
}

/// Notes that an instance does not listen any more and is waited for until `gone`, unless another node has noted since
/// that it listens there. `until` is what this node noted last.
pub fn left(
    connection: &mut Connection,
    client: &str,
    instance: &str,
    until: i64,
    gone: i64,
) -> Result<(), DbError> {
    let row =
        acknowledgements::table.find((client, instance)).filter(acknowledgements::connected_until.eq(until));
    update(row, acknowledgements::connected_until.eq(gone)).execute(connection)?;
    Ok(())
}

/// Notes that an instance refuses everything up to `number`; a greater number stays. Whether it listens is said by its
/// stream: `until` counts for one that was never heard of.
pub fn confirm(
    connection: &mut Connection,
    client: &str,
    instance: &str,
    number: i64,
    now_ms: i64,
    until: i64,
) -> Result<(), DbError> {
    let row = acknowledgements::table.find((client, instance));
    let known: Option<i64> = row.select(acknowledgements::number).get_result(connection).optional()?;
    match known {
        None => insert(connection, client, instance, (number, now_ms), until),
        Some(known) if known < number => {
            let columns = (acknowledgements::number.eq(number), acknowledgements::received_ms.eq(now_ms));
            update(row, columns).execute(connection)?;
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
    // Removed while its stream was still open: it has nothing to acknowledge any more.
    let is_registered =
        diesel::dsl::exists(clients::table.find(client).filter(clients::removed_at.is_null()));
    if !diesel::select(is_registered).get_result::<bool>(connection)? {
        return Ok(());
    }
    let own = acknowledgements::table.filter(acknowledgements::client_id.eq(client));
    if own.count().get_result::<i64>(connection)? >= MOST_INSTANCES {
        // More than any site runs: names that are made up.
        return Ok(());
    }
    let row = (
        acknowledgements::client_id.eq(client),
        acknowledgements::instance.eq(instance),
        acknowledgements::number.eq(number),
        acknowledgements::received_ms.eq(at_ms),
        acknowledgements::connected_until.eq(until),
    );
    diesel::insert_into(acknowledgements::table).values(row).execute(connection)?;
    Ok(())
}

/// The instances of these sites that are taken for connected at `now` (seconds).
pub fn connected(
    connection: &mut Connection,
    clients: &[ClientId],
    now: i64,
) -> Result<Vec<FeedAcknowledgement>, DbError> {
    let names: Vec<String> = clients.iter().map(ToString::to_string).collect();
    let rows = acknowledgements::table
        .filter(acknowledgements::client_id.eq_any(names))
        .filter(acknowledgements::connected_until.gt(now));
    Ok(rows.load(connection)?)
}

/// So many instances by site and name, beginning after this one: of all sites, or of one.
pub fn page(
    connection: &mut Connection,
    client: Option<&ClientId>,
    after: Option<(String, String)>,
    count: i64,
) -> Result<Vec<FeedAcknowledgement>, DbError> {
    let (site, instance) = after.unwrap_or_default();
    let rest = acknowledgements::client_id.gt(site.clone()).or(acknowledgements::instance.gt(instance));
    let rest = acknowledgements::table.filter(acknowledgements::client_id.ge(site)).filter(rest);
    let rest = rest.order((acknowledgements::client_id, acknowledgements::instance)).limit(count);
    Ok(match client {
        Some(client) => rest.filter(acknowledgements::client_id.eq(client.to_string())).load(connection)?,
        None => rest.load(connection)?,
    })
}

/// Forgets instances that have been away since `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let away = acknowledgements::table.filter(acknowledgements::connected_until.lt(limit.as_secs()));
    let keys = (acknowledgements::client_id, acknowledgements::instance);
    let some: Vec<(String, String)> = away.select(keys).limit(most).load(connection)?;
    for key in &some {
        diesel::delete(acknowledgements::table.find((&key.0, &key.1))).execute(connection)?;
    }
    Ok(some.len())
}
