//! What ending means for each kind of thing: its rows, the entries of the revocation log by which sites learn of it,
//! and the clients that are told at the back channel. What ends nothing writes nothing.

use super::Revoking;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::ending_sessions::EndingSessions;
use crate::db::{DbError, clients, denied_tokens, grants, sessions, signing_keys, users};
use idp_core::client::ClientId;
use idp_core::grant::LostRights;
use idp_core::revocation::Revoked;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// Open grants of a client that are looked at one by one when it loses a right, and named one by one in the revocation log.
/// Those of a client with more end all together, by one time and one entry, so that no write takes long.
pub(super) const MOST_NAMED: i64 = 500;

/// Ends one access token until `until`, its expiry plus leeway. Answers whether it was good before.
pub(super) fn token(
    tx: &mut Revoking<'_>,
    jti: &str,
    until: UnixTime,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    let first = denied_tokens::deny(tx, jti, until)?;
    if first {
        tx.log(vec![Revoked::token(jti)], cause, now)?;
    }
    Ok(first)
}

/// Ends one grant with its refresh family. Answers whether it was open.
pub(in crate::store) fn grant(
    tx: &mut Revoking<'_>,
    id: Uuid,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    let was_open = grants::end(tx, &grants::GrantSelector::Grant(id), cause, now)? > 0;
    if was_open {
        let mut revoked = vec![Revoked::grant(id)];
        // Its tokens have another name by now, if those before them were taken back.
        if let Some(ended) = grants::by_id(tx, id)?.filter(|ended| ended.epoch > 0) {
            revoked.push(Revoked::grant_tokens(id, ended.epoch));
        }
        tx.log(revoked, cause, now)?;
    }
    Ok(was_open)
}

/// Ends one session and every grant in it. Answers whether it was open.
pub(in crate::store) fn session(
    tx: &mut Revoking<'_>,
    sid: Uuid,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    let was_open = session_rows(tx, &[sid], cause, now)? > 0;
    if was_open {
        tx.log(vec![Revoked::session(sid)], cause, now)?;
    }
    Ok(was_open)
}

/// The same of several sessions without the log, which names them already. Three statements, however many there are.
pub(super) fn session_rows(
    tx: &mut Revoking<'_>,
    sids: &[Uuid],
    cause: EndCause,
    now: UnixTime,
) -> Result<usize, DbError> {
    tx.queue_logout(EndingSessions::Sessions(sids), now)?;
    grants::end(tx, &grants::GrantSelector::Sessions(sids), cause, now)?;
    sessions::end(tx, sids, cause, now)
}

/// Ends sessions of one user, each for a cause of its own, and records each in the audit log, with what `by` says of who
/// does it and from where.
pub(in crate::store) fn sessions(
    tx: &mut Revoking<'_>,
    user: Uuid,
    ended: impl IntoIterator<Item = (Uuid, EndCause)>,
    by: &AuditContext,
    now: UnixTime,
) -> Result<(), DbError> {
    let ended: Vec<(Uuid, EndCause)> = ended.into_iter().collect();
    for (sid, cause) in &ended {
        let (sid, cause) = (*sid, *cause);
        session(tx, sid, cause, now)?;
        let about = AuditContext {
            user: Some(user),
            sid: Some(sid),
            detail: Some(cause.as_str().to_owned()),
            ..by.clone()
        };
        audit_events::record(tx, AuditEvent::SignedOut, about, now)?;
    }
    let forced: Vec<Uuid> =
        ended.into_iter().filter(|(_, cause)| is_by_force(*cause)).map(|(sid, _)| sid).collect();
    if forced.is_empty() {
        return Ok(());
    }
    let devices = sessions::devices_of(tx, &forced)?;
    known_devices(tx, user, Some(&devices), now)
}

/// Makes devices strange to a user, or all where they are `None`, as if nobody had signed in to the account there: the next
/// sign-in on one of them is news to the person. And no browser counts for theirs at the throttles before it signs in again: which of
/// them was on such a device is known to that browser alone.
pub(in crate::store) fn known_devices(
    tx: &mut Revoking<'_>,
    user: Uuid,
    devices: Option<&[Uuid]>,
    now: UnixTime,
) -> Result<(), DbError> {
    sessions::forget_devices(tx, user, devices, now)?;
    users::forget_browsers(tx, user, now)
}

/// Whether it was ended by one who may not want the one who was there: the person from elsewhere, or an operator. A new password does not
/// say so: most people set one because they forgot theirs, and news of each of their own devices would teach them to read none.
const fn is_by_force(cause: EndCause) -> bool {
    matches!(
        cause,
        EndCause::Kicked | EndCause::Administrator | EndCause::UserDisabled | EndCause::FactorRemoved
    )
}

/// Ends every session and grant of a user. What was issued in earlier seconds is named by the user, what may have been
/// issued in this one by its session, so that a person who signs in again at once is not turned away.
pub(in crate::store) fn user(
    tx: &mut Revoking<'_>,
    user: Uuid,
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    let open = sessions::open_of(tx, user)?;
    tx.queue_logout(EndingSessions::User(user), now)?;
    grants::end(tx, &grants::GrantSelector::User(user), cause, now)?;
    sessions::end_all_of(tx, user, cause, now)?;
    if is_by_force(cause) {
        known_devices(tx, user, None, now)?;
    }
    let mut revoked = vec![Revoked::user(user, now)];
    revoked.extend(open.iter().map(|(session, _)| Revoked::session(session.sid)));
    tx.log(revoked, cause, now)
}

/// Removes a client. What it was given ends with it, since every reader of a grant asks for its client as well. Answers
/// whether there was one to remove.
pub(super) fn client(
    tx: &mut Revoking<'_>,
    id: &ClientId,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    // Before the row goes, which may say how long its tokens live.
    tx.log(vec![Revoked::client(id, now)], cause, now)?;
    clients::remove(tx, id, now)
}

/// Ends what a client was given by rights that it has no more.
pub(in crate::store) fn lost_rights(
    tx: &mut Revoking<'_>,
    id: &ClientId,
    lost: &LostRights,
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    if lost.end_own_tokens() {
        tx.log(vec![Revoked::client_itself(id, now)], cause, now)?;
    }
    if !lost.concern_grants() {
        return Ok(());
    }
    let open = grants::open_of_client(tx, id, UnixTime(0), MOST_NAMED.saturating_add(1))?;
    if i64::try_from(open.len()).is_ok_and(|open| open > MOST_NAMED) {
        return all_of_client(tx, id, cause, now);
    }
    let ending = open.iter().filter(|grant| lost.end(grant));
    ending.into_iter().try_for_each(|ending| grant(tx, ending.id, cause, now).map(drop))
}

/// Voids every grant of a client, and ends those of this very second, which the time does not tell from later ones.
pub(super) fn all_of_client(
    tx: &mut Revoking<'_>,
    id: &ClientId,
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    clients::void_earlier(tx, id, now)?;
    for newest in grants::open_of_client(tx, id, now, i64::MAX)? {
        grants::end(tx, &grants::GrantSelector::Grant(newest.id), cause, now)?;
    }
    tx.log(vec![Revoked::client(id, now)], cause, now)
}

/// Ends what these signing keys have signed: others may have the keys.
pub(in crate::store) fn keys(
    tx: &mut Revoking<'_>,
    kids: &[String],
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    let revoked: Vec<Revoked> = kids.iter().map(|kid| Revoked::key(kid)).collect();
    tx.log(revoked, cause, now)
}

/// Ends what any signing key has signed, and removes the keys.
pub(super) fn all_keys(tx: &mut Revoking<'_>, cause: EndCause, now: UnixTime) -> Result<(), DbError> {
    let kids: Vec<String> = signing_keys::all(tx)?.into_iter().map(|key| key.kid).collect();
    signing_keys::replace(tx, Vec::new())?;
    keys(tx, &kids, cause, now)
}
