//! A further proof in a session that is open: it stays the same session, under a new cookie and with what was proven added
//! (ADR 12, 42, 55). A session that ended meanwhile stays ended, no matter what is proven.

use super::sessions::SignedIn;
use crate::db::{Connection, DbError, sessions};
use idp_core::authentication::Proofs;
use idp_core::secret::SecretHash;
use idp_core::session::{Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// The session `sid` of this user as it is by now, if it lives and is the one of the browser that proves more, whose session
/// is `former`.
pub(super) fn continued(
    connection: &mut Connection,
    user: User,
    sid: Uuid,
    former: Option<&Session>,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SignedIn>, DbError> {
    let Some(former) = former.filter(|former| former.sid == sid && former.user == user.id) else {
        return Ok(None);
    };
    let Some(session) = sessions::by_sid(connection, sid)? else {
        return Ok(None);
    };
    // The caller, which loaded the session, knows of uses that its row was not told of.
    let last_seen_at = session.last_seen_at.max(former.last_seen_at);
    let signed_in = SignedIn { session: Session { last_seen_at, ..session }, user };
    Ok(Some(signed_in).filter(|signed_in| signed_in.is_alive(policy, now)))
}

/// Adds proofs to a session, and puts it under a new cookie: a value that was known before they were given names nothing
/// after them.
pub(super) fn add(
    connection: &mut Connection,
    session: Session,
    proofs: &Proofs,
    secret: &SecretHash,
    now: UnixTime,
) -> Result<Session, DbError> {
    let session = Session { proofs: session.proofs.joined(proofs), last_seen_at: now, ..session };
    sessions::prove_again(connection, &session, secret)?;
    Ok(session)
}
