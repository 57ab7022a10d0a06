//! Lists of roles and groups that tokens name by their hash (ADR 66).

use super::schema::permission_bundles as bundles;
use super::update::update;
use super::{Connection, DbError, on_either};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use idp_core::token::PermissionBundle;

/// Until when the bundle of this hash stays, if there is one.
pub fn kept_until(connection: &mut Connection, hash: &str) -> Result<Option<UnixTime>, DbError> {
    let found = bundles::table.find(hash).select(bundles::expires_at).get_result(connection).optional()?;
    Ok(found.map(UnixTime))
}

/// Keeps a bundle until `until` at least.
pub fn keep(connection: &mut Connection, bundle: &PermissionBundle, until: UnixTime) -> Result<(), DbError> {
    let row = (
        bundles::hash.eq(&bundle.hash),
        bundles::content.eq(&bundle.content),
        bundles::expires_at.eq(until.as_secs()),
    );
    let inserted = diesel::insert_into(bundles::table).values(row).on_conflict_do_nothing();
    if on_either!(connection, |connection| inserted.execute(connection))? == 1 {
        return Ok(());
    }
    let shorter = bundles::table.find(&bundle.hash).filter(bundles::expires_at.lt(until.as_secs()));
    update(shorter, bundles::expires_at.eq(until.as_secs())).execute(connection)?;
    Ok(())
}

/// What is in the bundle of this hash, if there is one.
pub fn content(connection: &mut Connection, hash: &str) -> Result<Option<String>, DbError> {
    Ok(bundles::table.find(hash).select(bundles::content).get_result(connection).optional()?)
}

/// Forgets bundles that no token names since `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = bundles::table.filter(bundles::expires_at.lt(limit.as_secs()));
    let some: Vec<String> =
        old.order(bundles::expires_at).limit(most).select(bundles::hash).load(connection)?;
    // Looked at again: one that was kept longer meanwhile stays.
    let gone = bundles::table.filter(bundles::hash.eq_any(some));
    let gone = gone.filter(bundles::expires_at.lt(limit.as_secs()));
    Ok(diesel::delete(gone).execute(connection)?)
}
