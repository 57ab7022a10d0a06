//! Times of a clock that was ahead are brought back (A1). What they voided stays void; what is issued from now on counts.

use super::counters::{NOT_BEFORE, SESSIONS_ENDED_BEFORE};
use super::logout_deliveries::{pending, waiting};
use super::schema::{
    clients, counters, feed_acknowledgements, logout_deliveries, revocations, sessions, users,
};
use super::update::update;
use super::{Connection, DbError, mails};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use idp_core::revocation::{Kind, UNDER_WAY};
use idp_core::time::UnixTime;

/// Brings back the time from which on a user's tokens count. Answers whether it lay beyond `furthest`.
pub fn user(
    connection: &mut Connection,
    id: &str,
    furthest: UnixTime,
    now: UnixTime,
) -> Result<bool, DbError> {
    let ahead = users::table.find(id).filter(users::not_before.gt(furthest.as_secs()));
    Ok(update(ahead, users::not_before.eq(now.as_secs())).execute(connection)? > 0)
}

/// The same of a client.
pub fn client(
    connection: &mut Connection,
    id: &str,
    furthest: UnixTime,
    now: UnixTime,
) -> Result<bool, DbError> {
    let ahead = clients::table.find(id).filter(clients::not_before.gt(furthest.as_secs()));
    Ok(update(ahead, clients::not_before.eq(now.as_secs())).execute(connection)? > 0)
}

/// The same of every user and client.
pub fn every_user_and_client(
    connection: &mut Connection,
    furthest: UnixTime,
    now: UnixTime,
) -> Result<(), DbError> {
    let of_users = users::table.filter(users::not_before.gt(furthest.as_secs()));
    update(of_users, users::not_before.eq(now.as_secs())).execute(connection)?;
    let of_clients = clients::table.filter(clients::not_before.gt(furthest.as_secs()));
    update(of_clients, clients::not_before.eq(now.as_secs())).execute(connection)?;
    Ok(())
}

/// The time before which everything is void, and the one up to which sessions were ended for it. Answers whether the
/// former lay beyond `furthest`. Sessions that a clock ahead began must be ended by the caller: they would count again
/// once their time has come.
pub fn everybody(connection: &mut Connection, furthest: UnixTime, now: UnixTime) -> Result<bool, DbError> {
    let mut bring_back = |name: &'static str| {
        let ahead = counters::table.find(name).filter(counters::value.gt(furthest.as_secs()));
        update(ahead, counters::value.eq(now.as_secs())).execute(connection)
    };
    let brought_back = bring_back(NOT_BEFORE)? > 0;
    bring_back(SESSIONS_ENDED_BEFORE)?;
    Ok(brought_back)
}

/// Entries of the revocation log that would void tokens of the future. Answers the smallest number among them, from which
/// on the log has to be published again.
pub fn revocations(
    connection: &mut Connection,
    furthest: UnixTime,
    now: UnixTime,
) -> Result<Option<i64>, DbError> {
    let ahead = revocations::table.filter(revocations::issued_before.gt(furthest.as_secs()));
    let first: Option<i64> = ahead.select(diesel::dsl::min(revocations::number)).get_result(connection)?;
    if first.is_some() {
        for (of_all, time) in [(true, now.plus(UNDER_WAY)), (false, now)] {
            let all = revocations::kind.eq(Kind::All.as_str()).eq(of_all);
            let ahead = revocations::table.filter(revocations::issued_before.gt(furthest.as_secs()));
            let column = revocations::issued_before.eq(time.as_secs());
            update(ahead.filter(all), column).execute(connection)?;
        }
    }
    Ok(first)
}

/// Until when followers of the feed are taken for connected, and when logout tokens and letters are due: none decides over a
/// token.
pub fn deliveries(connection: &mut Connection, furthest: UnixTime, now: UnixTime) -> Result<(), DbError> {
    let connected =
        feed_acknowledgements::table.filter(feed_acknowledgements::connected_until.gt(furthest.as_secs()));
    let column = feed_acknowledgements::connected_until.eq(now.as_secs());
    update(connected, column).execute(connection)?;
    let (furthest_ms, now_ms) = (furthest.as_secs() * 1000, now.as_secs() * 1000);
    let leased = logout_deliveries::table.filter(pending()).filter(sql::<Bool>("leased_until_ms > 0"));
    let leased = leased.filter(logout_deliveries::leased_until_ms.gt(furthest_ms));
    update(leased, logout_deliveries::leased_until_ms.eq(now_ms)).execute(connection)?;
    // A pause lasts an hour at most, and a delivery is given up a day after it was queued.
    let queued = logout_deliveries::table.filter(logout_deliveries::created_ms.gt(furthest_ms));
    let at_once = (logout_deliveries::created_ms.eq(now_ms), logout_deliveries::next_attempt_ms.eq(now_ms));
    update(queued, at_once).execute(connection)?;
    for client in waiting(connection)? {
        let due = logout_deliveries::table.filter(pending()).filter(logout_deliveries::client_id.eq(client));
        let due = due.filter(logout_deliveries::next_attempt_ms.gt(furthest_ms + 60 * 60 * 1000));
        update(due, logout_deliveries::next_attempt_ms.eq(now_ms)).execute(connection)?;
    }
    mails::bring_back(connection, furthest_ms, now_ms)
}

/// Sessions among so many by id, beginning after `after`, that were used beyond `furthest`; and the last one that was
/// looked at, `None` when there are no more. No index finds them: it would cost each use of a session.
pub fn used_ahead(
    connection: &mut Connection,
    after: Option<&str>,
    count: i64,
    furthest: UnixTime,
) -> Result<(Vec<String>, Option<String>), DbError> {
    let page = sessions::table.filter(sessions::sid.gt(after.unwrap_or_default())).order(sessions::sid);
    let page = page.limit(count).select((sessions::sid, sessions::last_seen_at));
    let page: Vec<(String, i64)> = page.load(connection)?;
    let last = page.last().map(|(sid, _)| sid.clone());
    let ahead = page.into_iter().filter(|(_, used)| *used > furthest.as_secs());
    Ok((ahead.map(|(sid, _)| sid).collect(), last))
}

/// When these sessions were last used.
pub fn last_uses(
    connection: &mut Connection,
    sids: &[String],
    furthest: UnixTime,
    now: UnixTime,
) -> Result<(), DbError> {
    let ahead = sessions::table.filter(sessions::sid.eq_any(sids));
    let ahead = ahead.filter(sessions::last_seen_at.gt(furthest.as_secs()));
    update(ahead, sessions::last_seen_at.eq(now.as_secs())).execute(connection)?;
    Ok(())
}
