//! Single sign-on sessions: who is signed in in a browser, and why they are not any more. `sign_in` opens sessions,
//! `revoke` ends them.

use super::Store;
use crate::db::{Connection, DbError, sessions};
use idp_core::secret::Secret;
use idp_core::session::{Ended, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::{User, UserStatus};
use uuid::Uuid;

/// Noting each use of a session would be a write a request; to the minute is enough.
const SEEN_EVERY: i64 = 60;

/// A live session and whose it is.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Its user, who may sign in.
    pub user: User,
}

impl SignedIn {
    pub(super) fn is_alive(&self, policy: SessionPolicy, now: UnixTime) -> bool {
        self.user.status == UserStatus::Active && self.session.is_alive(now, policy, self.user.not_before)
    }
}

impl Store {
    /// The live session that a cookie names, if it does.
    ///
    /// # Errors
    /// When the database or Redis does not answer.
    pub async fn current_session(&self, secret: &Secret, now: UnixTime) -> Result<Option<SignedIn>, DbError> {
        let (hash, policy) = (secret.hash(), self.policies.session);
        let found = self.read(move |connection| {
            let found = sessions::with_user_by_secret(connection, &hash)?;
            Ok(found.map(|(session, user)| SignedIn { session, user }))
        });
        let Some(mut found) = found.await? else {
            return Ok(None);
        };
        if found.session.ended.is_none() && !found.is_alive(policy, now) {
            found.session.last_seen_at = self.ephemeral.last_seen(&found.session).await?;
        }
        Ok(found.is_alive(policy, now).then_some(found))
    }

    /// When and why the session ended that a cookie names: the browser that has the cookie may know.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ended_session(&self, secret: &Secret, now: UnixTime) -> Result<Option<Ended>, DbError> {
        let (hash, policy) = (secret.hash(), self.policies.session);
        self.read(move |connection| {
            let found = sessions::with_user_by_secret(connection, &hash)?;
            Ok(found.and_then(|(session, user)| session.end(now, policy, user.not_before)))
        })
        .await
    }
}

/// The session with its user, when both still count.
pub(super) fn alive(
    connection: &mut Connection,
    sid: Uuid,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SignedIn>, DbError> {
    let found = sessions::with_user_by_sid(connection, sid)?;
    let found = found.map(|(session, user)| SignedIn { session, user });
    Ok(found.filter(|found| found.is_alive(policy, now)))
}

/// Notes that a session is in use, at most once a minute unless its address is another one.
pub(super) fn note_use(connection: &mut Connection, session: &Session, now: UnixTime) -> Result<(), DbError> {
    match &session.address {
        Some(address) => sessions::touch_from(connection, session.sid, address, now.plus(-SEEN_EVERY), now),
        None if now.seconds_since(session.last_seen_at) < SEEN_EVERY => Ok(()),
        None => sessions::touch(connection, session.sid, now),
    }
}
