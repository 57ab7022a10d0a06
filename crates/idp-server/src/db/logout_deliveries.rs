//! The outbox of back-channel logout: which clients are still to be told that a session ended, and what came of it. Who is
//! to be told is `ending_sessions`', sending `task::logout_outbox`'s.

use super::schema::{clients, logout_deliveries as deliveries};
use super::update::update;
use super::{Connection, DbError, parsed};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use uuid::Uuid;

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

/// A client with something to be told now.
#[derive(Clone, Debug)]
pub struct Due {
    /// The client.
    pub client: ClientId,
    /// Where.
    pub uri: BackchannelLogoutUri,
    /// The fewest tries that one of its deliveries has had.
    pub attempts: i64,
}

/// The clients with deliveries that are due, those first that were not tried yet. However many wait, it looks at the first
/// that is due of each client.
pub fn due(connection: &mut Connection, now_ms: i64) -> Result<Vec<Due>, DbError> {
    let mut found = Vec::new();
    for client in waiting(connection)? {
        let mut least_tried = None;
        each_number_of_tries(connection, &client, |connection, attempts| {
            let is_due = due_of(connection, &client, attempts, 1, now_ms)?.pop().is_some();
            least_tried = is_due.then_some(attempts);
            Ok(!is_due)
        })?;
        if let Some(attempts) = least_tried {
            let uri = clients::table.find(&client).select(clients::backchannel_logout_uri);
            let uri: Option<Option<String>> = uri.get_result(connection).optional()?;
            found.extend(read_due(client, uri.flatten(), attempts));
        }
    }
    found.sort_by_key(|due| due.attempts);
    Ok(found)
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

/// Calls `look` with each number of tries that deliveries waiting for a client have had, the least first, until it answers
/// `false`.
fn each_number_of_tries(
    connection: &mut Connection,
    client: &str,
    mut look: impl FnMut(&mut Connection, i64) -> Result<bool, DbError>,
) -> Result<(), DbError> {
    let mut after = -1;
    loop {
        let next = deliveries::table.filter(pending()).filter(deliveries::client_id.eq(client));
        let next = next.filter(deliveries::attempts.gt(after)).order(deliveries::attempts);
        let Some(attempts) = next.select(deliveries::attempts).limit(1).get_result(connection).optional()?
        else {
            return Ok(());
        };
        if !look(connection, attempts)? {
            return Ok(());
        }
        after = attempts;
    }
}

/// Deliveries to a client that are due, of those with so many tries.
fn due_of(
    connection: &mut Connection,
    client: &str,
    attempts: i64,
    count: i64,
    now_ms: i64,
) -> Result<Vec<Row>, DbError> {
    let due = deliveries::table
        .filter(pending())
        .filter(deliveries::client_id.eq(client))
        .filter(deliveries::attempts.eq(attempts))
        .filter(deliveries::next_attempt_ms.le(now_ms))
        .filter(deliveries::leased_until_ms.le(now_ms))
        .order(deliveries::next_attempt_ms)
        .limit(count);
    Ok(due.load(connection)?)
}

/// `None` for a client that takes no logout tokens any more, or whose registration does not read back: its deliveries
/// wait until they are forgotten, and hold up no other client's.
fn read_due(client: String, uri: Option<String>, attempts: i64) -> Option<Due> {
    let read = (ClientId::parse(&client), BackchannelLogoutUri::parse(&uri?));
    let (Ok(client), Ok(uri)) = read else {
        tracing::error!(client, "the registration of a client does not read back: it is told of no sign-out");
        return None;
    };
    Some(Due { client, uri, attempts })
}

/// Takes at most `count` deliveries of a client until `leased_until_ms`, those first that were tried least; no
/// other node gets them before.
pub fn claim(
    connection: &mut Connection,
    client: &ClientId,
    count: i64,
    now_ms: i64,
    leased_until_ms: i64,
) -> Result<Vec<Delivery>, DbError> {
    let mut rows: Vec<Row> = Vec::new();
    each_number_of_tries(connection, client.as_str(), |connection, attempts| {
        let wanted = count - i64::try_from(rows.len()).unwrap_or(count);
        rows.extend(due_of(connection, client.as_str(), attempts, wanted, now_ms)?);
        Ok(i64::try_from(rows.len()).unwrap_or(count) < count)
    })?;
    let mut claimed = Vec::new();
    for row in rows {
        let unchanged = deliveries::table
            .find(&row.id)
            .filter(deliveries::state.eq(State::Pending.as_str()))
            .filter(deliveries::leased_until_ms.eq(row.leased_until_ms));
        let lease =
            (deliveries::leased_until_ms.eq(leased_until_ms), deliveries::attempts.eq(row.attempts + 1));
        if update(unchanged, lease).execute(connection)? == 1 {
            let attempts = row.attempts + 1;
            claimed.push(Delivery { attempts, leased_until_ms, ..Delivery::try_from(row)? });
        }
    }
    Ok(claimed)
}

/// What came of a try.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum DeliveryOutcome {
    /// The client took it.
    Delivered {
        /// When.
        at_ms: i64,
    },
    /// Another try is due then.
    Again {
        /// Why it failed.
        error: String,
        /// When to try again.
        next_attempt_ms: i64,
    },
    /// There is no further try.
    GivenUp {
        /// Why.
        error: String,
    },
}

/// Writes down what came of a try. One that lost its lease to another node meanwhile counts only if it delivered.
pub fn settle(
    connection: &mut Connection,
    tried: &Delivery,
    outcome: &DeliveryOutcome,
) -> Result<(), DbError> {
    let pending = deliveries::table.find(&tried.id).filter(deliveries::state.eq(State::Pending.as_str()));
    let still_ours = pending.filter(deliveries::leased_until_ms.eq(tried.leased_until_ms));
    match outcome {
        DeliveryOutcome::Delivered { at_ms } => {
            let columns = (
                deliveries::state.eq(State::Delivered.as_str()),
                deliveries::delivered_ms.eq(*at_ms),
                deliveries::last_error.eq(None::<String>),
            );
            update(pending, columns).execute(connection)?;
            hurry(connection, &tried.client, *at_ms)?;
        }
        DeliveryOutcome::Again { error, next_attempt_ms } => {
            let columns = (
                deliveries::next_attempt_ms.eq(*next_attempt_ms),
                deliveries::leased_until_ms.eq(0),
                deliveries::last_error.eq(error),
            );
            update(still_ours, columns).execute(connection)?;
        }
        DeliveryOutcome::GivenUp { error } => {
            let columns = (deliveries::state.eq(State::GivenUp.as_str()), deliveries::last_error.eq(error));
            update(still_ours, columns).execute(connection)?;
        }
    }
    Ok(())
}

/// Deliveries that one success hurries. Each of these hurries as many again.
const HURRIED: i64 = 100;

/// A client that answers again need not wait for the rest.
fn hurry(connection: &mut Connection, client: &ClientId, now_ms: i64) -> Result<(), DbError> {
    let waiting = deliveries::table.filter(pending()).filter(deliveries::client_id.eq(client.as_str()));
    let waiting = waiting.filter(deliveries::next_attempt_ms.gt(now_ms)).order(deliveries::next_attempt_ms);
    let some: Vec<String> = waiting.limit(HURRIED).select(deliveries::id).load(connection)?;
    if !some.is_empty() {
        let pending = deliveries::table.filter(pending()).filter(deliveries::id.eq_any(some));
        update(pending, deliveries::next_attempt_ms.eq(now_ms)).execute(connection)?;
    }
    Ok(())
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
