//! How many passwords have each cost, kept beside the passwords: what a login for an unknown name is compared with has
//! to cost as much as theirs do, and no start reads them all.

use super::schema::password_costs as costs;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use idp_core::password::cost_of;
use std::collections::BTreeMap;

/// Counts a password that went and one that came, by their hashes (PHC strings).
pub fn count(connection: &mut Connection, gone: Option<&str>, come: Option<&str>) -> Result<(), DbError> {
    let (gone, come) = (gone.map(cost_of), come.map(cost_of));
    if gone == come {
        return Ok(());
    }
    if let Some(cost) = gone {
        let counted = costs::table.find(cost).filter(costs::users.gt(0));
        update(counted, costs::users.eq(costs::users - 1)).execute(connection)?;
    }
    come.map_or(Ok(()), |cost| add(connection, cost, 1))
}

/// Counts passwords that came, by their hashes.
pub fn count_all<'a>(
    connection: &mut Connection,
    come: impl IntoIterator<Item = &'a str>,
) -> Result<(), DbError> {
    // In one order, so that transactions that count several do not wait for each other in a circle.
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    come.into_iter().for_each(|hash| *counts.entry(cost_of(hash)).or_default() += 1);
    counts.into_iter().try_for_each(|(cost, number)| add(connection, cost, number))
}

/// In one statement: two transactions may be the first with a cost.
fn add(connection: &mut Connection, cost: &str, number: i64) -> Result<(), DbError> {
    let added = |[cost_at, number_at]: [&str; 2]| {
        let row = format!("INSERT INTO password_costs (cost, users) VALUES ({cost_at}, {number_at})");
        let more = "DO UPDATE SET users = password_costs.users + excluded.users";
        diesel::sql_query(format!("{row} ON CONFLICT (cost) {more}"))
            .bind::<Text, _>(cost)
            .bind::<BigInt, _>(number)
    };
    match connection {
        Connection::Sqlite(file) => added(["?", "?"]).execute(file)?,
        Connection::Postgres(server) => added(["$1", "$2"]).execute(server)?,
    };
    Ok(())
}

/// How many users have a password of each cost: the beginning of its PHC string, up to the salt.
pub fn all(connection: &mut Connection) -> Result<BTreeMap<String, u32>, DbError> {
    let rows: Vec<(String, i64)> = costs::table.filter(costs::users.gt(0)).load(connection)?;
    Ok(rows.into_iter().map(|(cost, users)| (cost, u32::try_from(users).unwrap_or(u32::MAX))).collect())
}
