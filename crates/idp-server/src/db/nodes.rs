//! The nodes that serve from this database. Each renews its lease while it lives and removes it when it stops.

use super::schema::nodes;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use std::collections::BTreeMap;

/// Renews the lease of a node.
pub fn renew(connection: &mut Connection, id: &str, now: UnixTime) -> Result<(), DbError> {
    let renewed = (nodes::seen_at.eq(now.as_secs()), nodes::renewals.eq(nodes::renewals + 1));
    if update(nodes::table.find(id), renewed).execute(connection)? == 0 {
        let row = (nodes::id.eq(id), nodes::seen_at.eq(now.as_secs()), nodes::renewals.eq(0));
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

/// How often each node has renewed its lease.
pub fn renewals(connection: &mut Connection) -> Result<BTreeMap<String, i64>, DbError> {
    let leases: Vec<(String, i64)> = nodes::table.select((nodes::id, nodes::renewals)).load(connection)?;
    Ok(leases.into_iter().collect())
}
