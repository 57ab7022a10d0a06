//! How many passwords have each cost, kept beside the passwords: what a login for an unknown name is compared with has
//! to cost as much as theirs do, and no start reads them all.

use super::schema::password_costs as costs;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use diesel::sql_types::Text;
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
    let Some(cost) = come else {
        return Ok(());
    };
    // In one statement: two transactions may be the first with a cost.
    let added = |placeholder: &str| {
        let row = format!("INSERT INTO password_costs (cost, users) VALUES ({placeholder}, 1)");
        diesel::sql_query(format!("{row} ON CONFLICT (cost) DO UPDATE SET users = password_costs.users + 1"))
            .bind::<Text, _>(cost)
    };
    match connection {
        Connection::Sqlite(file) => added("?").execute(file)?,
        Connection::Postgres(server) => added("$1").execute(server)?,
    };
    Ok(())
}

/// How many users have a password of each cost: the beginning of its PHC string, up to the salt.
pub fn all(connection: &mut Connection) -> Result<BTreeMap<String, u32>, DbError> {
    let rows: Vec<(String, i64)> = costs::table.filter(costs::users.gt(0)).load(connection)?;
    Ok(rows.into_iter().map(|(cost, users)| (cost, u32::try_from(users).unwrap_or(u32::MAX))).collect())
}
