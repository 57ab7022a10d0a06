//! Which sites are in use with a user's sessions: a question over sessions, grants and clients.

use super::schema::{clients, grants, sessions};
use super::{Connection, DbError, to_uuid};
use diesel::prelude::*;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// A site with a live grant in a session.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct OpenSite {
    /// The session.
    pub sid: Uuid,
    /// What the client is called.
    pub name: String,
    /// The client.
    pub client: ClientId,
    /// The lifetime of its access tokens in seconds, when it has one of its own.
    pub access_token_lifetime: Option<i64>,
}

/// Every site with a live grant in an open session of `user`, once a session, by name.
pub fn open_of(connection: &mut Connection, user: Uuid, now: UnixTime) -> Result<Vec<OpenSite>, DbError> {
    let live = grants::table
        .inner_join(clients::table.on(grants::client_id.eq(clients::id)))
        .inner_join(sessions::table.on(grants::sid.eq(sessions::sid)))
        .filter(sessions::user_id.eq(user.to_string()))
        .filter(sessions::ended_at.is_null())
        .filter(grants::ended_at.is_null())
        .filter(grants::expires_at.gt(now.as_secs()))
        .filter(clients::removed_at.is_null())
        .filter(grants::created_at.ge(clients::not_before))
        .select((grants::sid, clients::id, clients::name, clients::access_token_lifetime))
        .distinct();
    let rows: Vec<(String, String, String, Option<i64>)> = live.load(connection)?;
    let mut sites = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    sites.sort();
    Ok(sites)
}

fn read(row: (String, String, String, Option<i64>)) -> Result<OpenSite, DbError> {
    let (sid, client, name, access_token_lifetime) = row;
    Ok(OpenSite {
        sid: to_uuid(&sid, "grants.sid")?,
        name,
        client: ClientId::parse(&client).map_err(|_| DbError::Corrupt("clients.id"))?,
        access_token_lifetime,
    })
}
