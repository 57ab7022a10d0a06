//! Sessions that are about to end, and which clients are to be told of it: what goes into the outbox of back-channel logout.

use super::logout_deliveries::State;
use super::schema::{clients, grants, logout_deliveries as deliveries, sessions};
use super::{Connection, DbError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use idp_core::client::ClientId;
use uuid::Uuid;

/// The sessions that are about to end.
#[derive(Copy, Clone, Debug)]
pub enum EndingSessions<'a> {
    /// These sessions.
    Sessions(&'a [Uuid]),
    /// All of a user.
    User(Uuid),
    /// All of a user, as far as one client is concerned. The sessions themselves go on, so this may happen to them again.
    AtClient {
        /// The user.
        user: Uuid,
        /// The client.
        client: &'a ClientId,
        /// Tells this time from others.
        nonce: Uuid,
    },
}

/// Enqueues a delivery for each open session among `of` and each client that has a back-channel logout URI and was given a
/// grant in the session, ended or not. How many there are.
pub fn enqueue(connection: &mut Connection, of: EndingSessions<'_>, now_ms: i64) -> Result<usize, DbError> {
    let between = match of {
        EndingSessions::AtClient { nonce, .. } => format!(".{nonce}."),
        EndingSessions::Sessions(_) | EndingSessions::User(_) => ".".to_owned(),
    };
    let id = grants::sid.concat(between).concat(grants::client_id);
    let (now, zero) = (now_ms.into_sql::<BigInt>(), 0_i64.into_sql::<BigInt>());
    let pending = State::Pending.as_str().into_sql::<Text>();
    let concerned = grants::table
        .inner_join(clients::table.on(grants::client_id.eq(clients::id)))
        .inner_join(sessions::table.on(grants::sid.eq(sessions::sid)))
        .filter(clients::backchannel_logout_uri.is_not_null())
        .filter(sessions::ended_at.is_null())
        .select((id, grants::client_id, grants::sid, grants::user_id, now, now, zero, pending, zero))
        .distinct();
    let columns = (
        deliveries::id,
        deliveries::client_id,
        deliveries::sid,
        deliveries::sub,
        deliveries::created_ms,
        deliveries::next_attempt_ms,
        deliveries::attempts,
        deliveries::state,
        deliveries::leased_until_ms,
    );
    // One statement, however many there are.
    let insert = diesel::insert_into(deliveries::table);
    Ok(match of {
        EndingSessions::Sessions(sids) => {
            let sids = sids.iter().map(Uuid::to_string);
            let rows = concerned.filter(grants::sid.eq_any(sids));
            insert.values(rows).into_columns(columns).execute(connection)?
        }
        EndingSessions::User(user) => {
            let rows = concerned.filter(sessions::user_id.eq(user.to_string()));
            insert.values(rows).into_columns(columns).execute(connection)?
        }
        EndingSessions::AtClient { user, client, .. } => {
            let rows = concerned.filter(sessions::user_id.eq(user.to_string()));
            let rows = rows.filter(grants::client_id.eq(client.as_str()));
            insert.values(rows).into_columns(columns).execute(connection)?
        }
    })
}
