//! Single sign-on sessions: who is signed in in a browser, and why they are not any more. `sign_in` opens sessions,
//! `revoke` ends them.

use super::Store;
use crate::db::{Connection, DbError, sessions};
use idp_core::secret::Secret;
use idp_core::session::{Ended, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::{User, UserStatus};
use uuid::Uuid;

/// A refresh is a use as well, and is written down in the row of its session this often, in seconds. The rest is known from
/// the grants ([`Store::add_last_use`]): so most refreshes write one row, and losing Redis costs no more of the idle time.
pub(super) fn refresh_noted_every(policy: SessionPolicy) -> i64 {
    (policy.idle / 10).min(10 * 60)
}

/// Noting each use of a session would be a write a request; to the minute is enough.
const SEEN_EVERY: i64 = 60;

/// For how long, in seconds, a proof that comes again is taken for the same one: a double click, or a request that a browser
/// repeats.
pub(super) const REPEATED: i64 = 10;

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
    /// How many sessions are open, counted no further than `most`: what signing everybody out would end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_open_sessions(&self, now: UnixTime, most: i64) -> Result<usize, DbError> {
        self.read(move |connection| Ok(sessions::open_before(connection, now.plus(1), most)?.len())).await
    }

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
        self.add_last_use(&mut found.session, &found.user, now).await?;
        Ok(found.is_alive(policy, now).then_some(found))
    }

    /// Adds the use that the row of a session was not told of, where it makes a difference.
    pub(super) async fn add_last_use(
        &self,
        session: &mut Session,
        user: &User,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let seems_idle =
            session.ended.is_none() && !session.is_alive(now, self.policies.session, user.not_before);
        if seems_idle {
            session.last_seen_at = self.ephemeral.last_seen(&self.db, session).await?;
        }
        Ok(())
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

/// A use of a session that is worth writing down: one a minute, and any from another address.
pub(super) struct NotedUse {
    sid: Uuid,
    address: String,
    now: UnixTime,
}

impl NotedUse {
    /// The use of `session`, as it was loaded; `None` when there is nothing to write.
    pub(super) fn of(session: &Session, address: String, now: UnixTime) -> Option<Self> {
        let is_known = session.address.as_ref() == Some(&address)
            && now.seconds_since(session.last_seen_at) < SEEN_EVERY;
        (!is_known).then_some(Self { sid: session.sid, address, now })
    }

    /// Writes it down, unless another request did meanwhile.
    pub(super) fn write(&self, connection: &mut Connection) -> Result<(), DbError> {
        sessions::touch_from(connection, self.sid, &self.address, self.now.plus(-SEEN_EVERY), self.now)
    }
}
