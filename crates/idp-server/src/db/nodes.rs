//! The nodes that serve from this database. Each renews its lease while it lives and removes it when it stops.

use super::schema::nodes;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use std::collections::BTreeMap;

/// Renews the lease of a node, which has these master keys.
pub fn renew(
    connection: &mut Connection,
    id: &str,
    master_keys: &[String],
    now: UnixTime,
) -> Result<(), DbError> {
    let keys = nodes::master_keys.eq(master_keys.join(" "));
    let renewed = (nodes::seen_at.eq(now.as_secs()), nodes::renewals.eq(nodes::renewals + 1), keys);
    if update(nodes::table.find(id), renewed).execute(connection)? == 0 {
        let row = (
            nodes::id.eq(id),
            nodes::seen_at.eq(now.as_secs()),
            nodes::renewals.eq(0),
            nodes::master_keys.eq(master_keys.join(" ")),
        );
        diesel::insert_into(nodes::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Removes the lease of a node that stops.
pub fn forget(connection: &mut Connection, id: &str) -> Result<(), DbError> {
    diesel::delete(nodes::table.find(id)).execute(connection)?;
    Ok(())
}

/// Forgets the leases of nodes that died, which were not renewed since `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let dead = nodes::table.filter(nodes::seen_at.lt(limit.as_secs()));
    let some: Vec<String> = dead.limit(most).select(nodes::id).load(connection)?;
    Ok(diesel::delete(nodes::table.filter(nodes::id.eq_any(some))).execute(connection)?)
}

/// A lease.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Lease {
    /// How often it was renewed.
    pub renewals: i64,
    /// The master keys of the node, the one that it seals under first.
    pub master_keys: Vec<String>,
}

/// The lease of each node.
pub fn leases(connection: &mut Connection) -> Result<BTreeMap<String, Lease>, DbError> {
    let columns = (nodes::id, nodes::renewals, nodes::master_keys);
    let leases: Vec<(String, i64, String)> = nodes::table.select(columns).load(connection)?;
    let read = |(id, renewals, keys): (String, i64, String)| {
        (id, Lease { renewals, master_keys: keys.split_whitespace().map(str::to_owned).collect() })
    };
    Ok(leases.into_iter().map(read).collect())
}
