//! What is to be sent now, by which node, and what came of it.

use super::{Delivery, Row, State, pending, waiting};
use crate::db::schema::{clients, logout_deliveries as deliveries};
use crate::db::update::update;
use crate::db::{Connection, DbError};
use diesel::prelude::*;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::client::ClientId;

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
