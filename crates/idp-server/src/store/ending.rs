//! Where things end. Whatever ends a session, a grant, a token or a key comes through here, inside a transaction: the
//! rows, the entries of the revocation log by which every site learns of it, and which clients are told at the back
//! channel. What did not end anything writes nothing.

use crate::db::counters::{self, ENDED_BEFORE, VOID_BEFORE};
use crate::db::{Connection, DbError, clients, denied_tokens, grants, revocations, sessions, signing_keys};
use crate::store::logout_outbox;
use idp_core::client::ClientId;
use idp_core::revocation::Revoked;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// One access token, until `until`, its expiry plus leeway. Whether it was not denied before.
///
/// # Errors
/// [`DbError`].
pub fn token(
    connection: &mut Connection,
    jti: &str,
    until: UnixTime,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    let first = denied_tokens::deny(connection, jti, until)?;
    if first {
        revocations::append(connection, &[Revoked::token(jti)], cause, now)?;
    }
    Ok(first)
}

/// One grant, with its refresh family. Whether it was open.
///
/// # Errors
/// [`DbError`].
pub fn grant(connection: &mut Connection, id: Uuid, cause: EndCause, now: UnixTime) -> Result<bool, DbError> {
    let was_open = grants::end(connection, &grants::Of::Grant(id), cause, now)? > 0;
    if was_open {
        revocations::append(connection, &[Revoked::grant(id)], cause, now)?;
    }
    Ok(was_open)
}

/// One session and every grant in it. Whether it was open.
///
/// # Errors
/// [`DbError`].
pub fn session(
    connection: &mut Connection,
    sid: Uuid,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    logout_outbox::enqueue(connection, logout_outbox::Of::Session(sid), now)?;
    grants::end(connection, &grants::Of::Session(sid), cause, now)?;
    let was_open = sessions::end(connection, sid, cause, now)?;
    if was_open {
        revocations::append(connection, &[Revoked::session(sid)], cause, now)?;
    }
    Ok(was_open)
}

/// Every session and grant of a user. What was issued in earlier seconds is named by the user, what may have been
/// issued in this one by its session, so that somebody who signs in again at once is not turned away.
///
/// # Errors
/// [`DbError`].
pub fn user(connection: &mut Connection, user: Uuid, cause: EndCause, now: UnixTime) -> Result<(), DbError> {
    let open = sessions::open_of(connection, user)?;
    logout_outbox::enqueue(connection, logout_outbox::Of::User(user), now)?;
    grants::end(connection, &grants::Of::User(user), cause, now)?;
    sessions::end_all_of(connection, user, cause, now)?;
    let mut revoked = vec![Revoked::user(user, now)];
    revoked.extend(open.iter().map(|(session, _)| Revoked::session(session.sid)));
    revocations::append(connection, &revoked, cause, now)
}

/// Sessions that one write ends when everybody is signed out: as many as take a moment.
const AT_ONCE: i64 = 500;

/// Every session and grant there is. One number says so, so that it takes a moment however many there are; the
/// sessions that nobody has named are ended one by one by [`leftovers`].
///
/// # Errors
/// [`DbError`].
pub fn everybody(connection: &mut Connection, cause: EndCause, now: UnixTime) -> Result<(), DbError> {
    counters::raise(connection, VOID_BEFORE, now.as_secs())?;
    revocations::append(connection, &[Revoked::all(now)], cause, now)?;
    // The newest first, among them whoever signed in within this very second.
    end_some(connection, now.plus(1), cause, now).map(drop)
}

/// Whether there may be sessions to end that are void because everybody was signed out.
///
/// # Errors
/// [`DbError`].
pub fn has_leftovers(connection: &mut Connection) -> Result<bool, DbError> {
    Ok(counters::get(connection, ENDED_BEFORE)? < counters::get(connection, VOID_BEFORE)?)
}

/// Ends some of the sessions that are void because everybody was signed out; whether there are none left.
///
/// # Errors
/// [`DbError`].
pub fn leftovers(connection: &mut Connection, now: UnixTime) -> Result<bool, DbError> {
    if !has_leftovers(connection)? {
        return Ok(true);
    }
    let void_before = counters::get(connection, VOID_BEFORE)?;
    let all = !end_some(connection, UnixTime(void_before), EndCause::Administrator, now)?;
    if all {
        counters::raise(connection, ENDED_BEFORE, void_before)?;
    }
    Ok(all)
}

/// The log has said already that they are void. Whether there may be more.
fn end_some(
    connection: &mut Connection,
    began_before: UnixTime,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    let open = sessions::open_before(connection, began_before, AT_ONCE)?;
    for sid in &open {
        logout_outbox::enqueue(connection, logout_outbox::Of::Session(*sid), now)?;
        grants::end(connection, &grants::Of::Session(*sid), cause, now)?;
        sessions::end(connection, *sid, cause, now)?;
    }
    Ok(!open.is_empty())
}

/// A client and what it was given. Whether it was registered.
///
/// # Errors
/// [`DbError`].
pub fn client(
    connection: &mut Connection,
    id: &ClientId,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    grants::end(connection, &grants::Of::Client(id), cause, now)?;
    // Before the row goes, which may say how long its tokens live.
    if clients::kind(connection, id)?.is_some() {
        revocations::append(connection, &[Revoked::client(id, now)], cause, now)?;
    }
    clients::remove(connection, id)
}

/// Signing keys that others may have: whatever they have signed.
///
/// # Errors
/// [`DbError`].
pub fn keys(
    connection: &mut Connection,
    kids: &[String],
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    let revoked: Vec<Revoked> = kids.iter().map(|kid| Revoked::key(kid)).collect();
    revocations::append(connection, &revoked, cause, now)
}

/// All signing keys, whose rows go as well.
///
/// # Errors
/// [`DbError`].
pub fn all_keys(connection: &mut Connection, cause: EndCause, now: UnixTime) -> Result<(), DbError> {
    let kids: Vec<String> = signing_keys::all(connection)?.into_iter().map(|key| key.kid).collect();
    signing_keys::replace(connection, Vec::new())?;
    keys(connection, &kids, cause, now)
}
