//! How many sign-ins each site holds, as they were counted an hour ago at most: counting them takes a look at each
//! (docs/adr/0069).

use super::schema::{clients, site_sessions};
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::client::ClientId;

/// A site with sign-ins.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct SiteSessions {
    /// Its id.
    pub client_id: String,
    /// What it is called.
    pub name: String,
    /// So many.
    pub open: i64,
    /// When they were counted (seconds since 1970).
    pub counted_at: i64,
}

/// Notes how many a site has.
pub fn put(connection: &mut Connection, client: &ClientId, open: i64, at: i64) -> Result<(), DbError> {
    let columns = (site_sessions::open.eq(open), site_sessions::counted_at.eq(at));
    if update(site_sessions::table.find(client.as_str()), columns).execute(connection)? == 0 {
        let row = (site_sessions::client_id.eq(client.as_str()), columns);
        diesel::insert_into(site_sessions::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// At most so many of those with the most. The names are looked up one by one, which takes an index whatever the planner makes of a
/// table of few rows.
pub fn busiest(connection: &mut Connection, count: i64) -> Result<Vec<SiteSessions>, DbError> {
    let rows: Vec<(String, i64, i64)> =
        site_sessions::table.order(site_sessions::open.desc()).limit(count).load(connection)?;
    let mut busiest = Vec::new();
    for (client_id, open, counted_at) in rows {
        let client = clients::table.find(&client_id).filter(clients::removed_at.is_null());
        if let Some(name) = client.select(clients::name).get_result(connection).optional()? {
            busiest.push(SiteSessions { client_id, name, open, counted_at });
        }
    }
    Ok(busiest)
}
