//! The outbox of back-channel logout: which clients are still to be told that a session ended, and what came of it. Who is
//! to be told is `ending_sessions`', sending `task::logout_outbox`'s.

mod sending;

use super::schema::logout_deliveries as deliveries;
use super::update::update;
use super::{Connection, DbError, parsed};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use uuid::Uuid;

pub use sending::{DeliveryOutcome, Due, claim, due, settle};

/// What has become of a delivery.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum State {
    /// It is tried, or will be.
    Pending,
    /// The client said that it refuses the session from now on.
    Delivered,
    /// The client refused it for good, or did not answer for too long.
    GivenUp,
}

impl State {
    /// The column's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::GivenUp].into_iter().find(|state| state.as_str() == text)
    }
}

/// After so many tries a client is more than slow.
const STRUGGLING: i64 = 3;

/// A client to be told of the end of a session. Times are milliseconds since 1970.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Delivery {
    /// Its name: session and client, and one of its own where only the client was disconnected.
    pub id: String,
    /// The client.
    pub client: ClientId,
    /// The session.
    pub sid: String,
    /// Whose it was.
    pub sub: String,
    /// When the session ended.
    pub created_ms: i64,
    /// How often it was tried, the try under way included.
    pub attempts: i64,
    /// What has become of it.
    pub state: State,
    /// Until when a node has it for a try.
    pub leased_until_ms: i64,
    /// Why the last try failed, in words of ours.
    pub last_error: Option<String>,
    /// When the client confirmed it.
    pub delivered_ms: Option<i64>,
}

#[derive(Queryable)]
struct Row {
    id: String,
    client_id: String,
    sid: String,
    sub: String,
    created_ms: i64,
    _next_attempt_ms: i64,
    attempts: i64,
    state: String,
    leased_until_ms: i64,
    last_error: Option<String>,
    delivered_ms: Option<i64>,
}

/// Forgets some deliveries to a client, at most so many.
pub fn forget_some_of(connection: &mut Connection, client: &ClientId, most: i64) -> Result<usize, DbError> {
    let some = deliveries::table.filter(deliveries::client_id.eq(client.as_str())).limit(most);
    let ids: Vec<String> = some.select(deliveries::id).load(connection)?;
    Ok(diesel::delete(deliveries::table.filter(deliveries::id.eq_any(ids))).execute(connection)?)
}

/// The clients that something waits for.
pub fn waiting(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    let mut found: Vec<String> = Vec::new();
    loop {
        let after = found.last().map_or("", String::as_str);
        let next = deliveries::table.filter(pending()).filter(deliveries::client_id.gt(after));
        let next = next.order(deliveries::client_id).select(deliveries::client_id);
        match next.limit(1).get_result(connection).optional()? {
            Some(client) => found.push(client),
            None => return Ok(found),
        }
    }
}

/// How many deliveries wait for a client, counted up to `most`.
pub fn waiting_for(connection: &mut Connection, client: &str, most: i64) -> Result<usize, DbError> {
    let waiting = deliveries::table.filter(pending()).filter(deliveries::client_id.eq(client));
    let found: Vec<String> =
        waiting.order(deliveries::next_attempt_ms).select(deliveries::id).limit(most).load(connection)?;
    Ok(found.len())
}

/// When those began to wait that wait for any client (ms), in no order, of at most `most`.
pub fn waiting_since(connection: &mut Connection, most: usize) -> Result<Vec<i64>, DbError> {
    let mut found: Vec<i64> = Vec::new();
    for client in waiting(connection)? {
        let room = i64::try_from(most.saturating_sub(found.len())).unwrap_or_default();
        if room == 0 {
            break;
        }
        let of_client = deliveries::table.filter(pending()).filter(deliveries::client_id.eq(client));
        let of_client = of_client.order(deliveries::next_attempt_ms).select(deliveries::created_ms);
        found.extend(of_client.limit(room).load::<i64>(connection)?);
    }
    Ok(found)
}

/// How many clients have deliveries waiting that were tried `STRUGGLING` times and more.
pub fn struggling(connection: &mut Connection) -> Result<usize, DbError> {
    let mut count = 0;
    for client in waiting(connection)? {
        let tried = deliveries::table.filter(pending()).filter(deliveries::client_id.eq(client));
        let tried = tried.filter(deliveries::attempts.ge(STRUGGLING)).order(deliveries::attempts);
        let found: Option<String> =
            tried.select(deliveries::id).limit(1).get_result(connection).optional()?;
        count += usize::from(found.is_some());
    }
    Ok(count)
}

/// In words rather than as a parameter: a partial index serves no query that might ask for another state.
pub(super) fn pending() -> SqlLiteral<Bool> {
    sql("logout_deliveries.state = 'pending'")
}

/// The last deliveries to a client, the newest first.
pub fn latest_of(
    connection: &mut Connection,
    client: &ClientId,
    count: i64,
) -> Result<Vec<Delivery>, DbError> {
    let rows: Vec<Row> = deliveries::table
        .filter(deliveries::client_id.eq(client.as_str()))
        .order(deliveries::created_ms.desc())
        .limit(count)
        .load(connection)?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// Deliveries, the newest first: of a client, in a state, or both. It goes on after the one that was created then and has this id.
pub fn page(
    connection: &mut Connection,
    (client, state): (Option<&ClientId>, Option<State>),
    after: Option<(i64, String)>,
    count: i64,
) -> Result<Vec<Delivery>, DbError> {
    let (at, id) = after.unwrap_or((i64::MAX, String::new()));
    let rest = deliveries::created_ms.lt(at).or(deliveries::id.lt(id));
    let rest = deliveries::table.filter(deliveries::created_ms.le(at)).filter(rest);
    let rest = rest.order((deliveries::created_ms.desc(), deliveries::id.desc())).limit(count);
    let of_client = |client: &ClientId| deliveries::client_id.eq(client.to_string());
    let in_state = |state: State| deliveries::state.eq(state.as_str());
    let rows: Vec<Row> = match (client, state) {
        (None, None) => rest.load(connection)?,
        (Some(client), None) => rest.filter(of_client(client)).load(connection)?,
        (None, Some(state)) => rest.filter(in_state(state)).load(connection)?,
        (Some(client), Some(state)) => {
            rest.filter(of_client(client)).filter(in_state(state)).load(connection)?
        }
    };
    rows.into_iter().map(Delivery::try_from).collect()
}

/// How many deliveries were given up, counted up to `most`.
pub fn given_up(connection: &mut Connection, most: i64) -> Result<usize, DbError> {
    // In words, as in [`pending`].
    let given_up = sql::<Bool>("logout_deliveries.state = 'given_up'");
    let given_up = deliveries::table.filter(given_up).order(deliveries::created_ms);
    let found: Vec<String> = given_up.select(deliveries::id).limit(most).load(connection)?;
    Ok(found.len())
}

/// The delivery of this id.
pub fn by_id(connection: &mut Connection, id: &str) -> Result<Option<Delivery>, DbError> {
    let row: Option<Row> = deliveries::table.find(id).get_result(connection).optional()?;
    row.map(Delivery::try_from).transpose()
}

/// Has a delivery that was not confirmed tried again at once. `false` when it was confirmed meanwhile.
pub fn retry(connection: &mut Connection, id: &str, now_ms: i64) -> Result<bool, DbError> {
    let open = deliveries::table.find(id).filter(deliveries::delivered_ms.is_null());
    let columns = (deliveries::state.eq(State::Pending.as_str()), deliveries::next_attempt_ms.eq(now_ms));
    Ok(update(open, columns).execute(connection)? == 1)
}

/// Gives a delivery up. `false` when it was confirmed meanwhile.
pub fn give_up(connection: &mut Connection, id: &str, error: &str) -> Result<bool, DbError> {
    let open = deliveries::table.find(id).filter(deliveries::delivered_ms.is_null());
    let columns = (
        deliveries::state.eq(State::GivenUp.as_str()),
        deliveries::leased_until_ms.eq(0),
        deliveries::last_error.eq(error),
    );
    Ok(update(open, columns).execute(connection)? == 1)
}

/// Which clients are told of the end of these sessions, and whether each delivery was confirmed.
pub fn of_sessions(connection: &mut Connection, sids: &[Uuid]) -> Result<Vec<(String, bool)>, DbError> {
    let sids: Vec<String> = sids.iter().map(Uuid::to_string).collect();
    let named = deliveries::table.filter(deliveries::sid.eq_any(sids));
    let rows: Vec<(String, String)> =
        named.select((deliveries::client_id, deliveries::state)).load(connection)?;
    Ok(rows.into_iter().map(|(client, state)| (client, state == State::Delivered.as_str())).collect())
}

/// The deliveries that tell of the end of a session, at most so many.
pub fn of_session(connection: &mut Connection, sid: Uuid, most: i64) -> Result<Vec<Delivery>, DbError> {
    let named = deliveries::table.filter(deliveries::sid.eq(sid.to_string()));
    let rows: Vec<Row> = named.limit(most).load(connection)?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// Forgets deliveries of sessions that ended before `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let limit_ms = limit.as_secs().saturating_mul(1000);
    let old = deliveries::table.filter(deliveries::created_ms.lt(limit_ms));
    let some: Vec<String> =
        old.order(deliveries::created_ms).limit(most).select(deliveries::id).load(connection)?;
    Ok(diesel::delete(deliveries::table.filter(deliveries::id.eq_any(some))).execute(connection)?)
}

impl TryFrom<Row> for Delivery {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            client: parsed(ClientId::parse(&row.client_id).ok(), "logout_deliveries.client_id")?,
            state: parsed(State::parse(&row.state), "logout_deliveries.state")?,
            id: row.id,
            sid: row.sid,
            sub: row.sub,
            created_ms: row.created_ms,
            attempts: row.attempts,
            leased_until_ms: row.leased_until_ms,
            last_error: row.last_error,
            delivered_ms: row.delivered_ms,
        })
    }
}
