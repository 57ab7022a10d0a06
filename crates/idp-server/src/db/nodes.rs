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

/// Removes the lease of a node that stops, and those that were not renewed since `limit`.
pub fn forget(connection: &mut Connection, id: &str, limit: UnixTime) -> Result<(), DbError> {
    let gone = nodes::table.filter(nodes::id.eq(id).or(nodes::seen_at.lt(limit.as_secs())));
    diesel::delete(gone).execute(connection)?;
    Ok(())
}

/// How often each node has renewed its lease.
pub fn renewals(connection: &mut Connection) -> Result<BTreeMap<String, i64>, DbError> {
    let leases: Vec<(String, i64)> = nodes::table.select((nodes::id, nodes::renewals)).load(connection)?;
    Ok(leases.into_iter().collect())
}
