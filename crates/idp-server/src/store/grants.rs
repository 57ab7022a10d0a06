//! Grants and their refresh families: loading one with all that decides over it, and putting a
//! successor in place.

use super::Store;
use super::ephemeral::redis::{Family, RedisBackend, RotationOutcome};
use super::ephemeral::{Ephemeral, EphemeralError};
use super::revoke::end;
use super::sessions::{refresh_noted_every, seems_idle};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::grants::{self, GrantKey, OfPerson};
use crate::db::{Connection, DbError, Locks, sessions as session_rows};
use crate::fault;
use idp_core::grant::{Grant, Rotation};
use idp_core::session::{EndCause, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// A grant with its session and user, ended or not.
pub struct LoadedGrant {
    /// The grant.
    pub grant: Grant,
    /// Its session.
    pub session: Session,
    /// Its user.
    pub user: User,
    /// When the database last heard of the session.
    written_at: UnixTime,
}

/// What a request with a refresh token came to.
pub struct Refreshed<D> {
    /// The grant as it was decided about.
    pub loaded: LoadedGrant,
    /// What was decided.
    pub decision: D,
    /// False when another request was first or the grant ended meanwhile, so that the rotation was not carried out.
    pub has_happened: bool,
}

impl Store {
    /// The grant with this id. SQL says whose it is and whether it ended, wherever its refresh family lives.
    ///
    /// # Errors
    /// When the database or Redis does not answer.
    pub async fn grant(&self, id: Uuid, now: UnixTime) -> Result<Option<LoadedGrant>, DbError> {
        let Some(mut loaded) = self.grant_owner(id).await? else {
            return Ok(None);
        };
        if let Ephemeral::Redis(redis) = &self.ephemeral {
            add_family(redis, &mut loaded).await?;
        }
        self.add_last_use(&mut loaded.session, &loaded.user, now).await?;
        Ok(Some(loaded))
    }

    /// The same without what changes at every use: enough to know whose it is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn grant_owner(&self, id: Uuid) -> Result<Option<LoadedGrant>, DbError> {
        Ok(self.grants.ask(GrantKey::by_id(id)).await?.map(LoadedGrant::from))
    }

    /// Loads the grant of a refresh token, has `decide` say what becomes of it, and carries out the rotation that it asks
    /// for, if it does. In SQL all this is one transaction: one visit to the database. With Redis another request may come
    /// between, and then `has_happened` is false.
    ///
    /// # Errors
    /// When the outcome is not stored; the successor may be in place, and the same request again finds out.
    pub async fn refresh<D: Send + 'static>(
        &self,
        grant: Uuid,
        user: Uuid,
        now: UnixTime,
        decide: impl FnOnce(&LoadedGrant) -> (D, Option<Rotation>) + Send + 'static,
    ) -> Result<Option<Refreshed<D>>, DbError> {
        let policy = self.policies.session;
        if let Ephemeral::Redis(redis) = &self.ephemeral {
            let Some(loaded) = self.grant(grant, now).await? else {
                return Ok(None);
            };
            let (decision, rotation) = decide(&loaded);
            let has_happened = match rotation {
                None => true,
                Some(rotation) => self.rotate_in_redis(redis, &loaded, rotation, now).await?,
            };
            return Ok(Some(Refreshed { loaded, decision, has_happened }));
        }
        self.write(Locks::person(user), move |connection| {
            let Some(found) = grants::with_person(connection, &GrantKey::by_id(grant))? else {
                return Ok(None);
            };
            let mut loaded = LoadedGrant::from(found);
            if seems_idle(&loaded.session, &loaded.user, policy, now) {
                let noted = grants::last_use_within(connection, loaded.session.sid)?;
                loaded.session.last_seen_at = loaded.written_at.max(noted.unwrap_or_default());
            }
            let (decision, rotation) = decide(&loaded);
            let has_happened = match rotation {
                None => true,
                Some(rotation) => rotate(connection, &loaded, &rotation, policy, now)?,
            };
            Ok(Some(Refreshed { loaded, decision, has_happened }))
        })
        .await
    }

    /// Between loading and this the grant may have ended in SQL; then what is handed out is dead already, here and at
    /// every site that asks.
    async fn rotate_in_redis(
        &self,
        redis: &RedisBackend,
        loaded: &LoadedGrant,
        rotation: Rotation,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let family = Family::of(&loaded.grant);
        if redis.rotate_refresh(&family, &rotation).await? != RotationOutcome::Rotated {
            return Ok(false);
        }
        fault::point("family.rotated");
        if loaded.is_to_be_noted(self.policies.session, now) {
            let sid = loaded.session.sid;
            let written = self
                .write(Locks::person(loaded.grant.user), move |connection| {
                    session_rows::touch(connection, sid, now)
                })
                .await;
            if let Err(error) = written {
                // The token is rotated; to answer anything else would lose it.
                tracing::warn!(%error, "the use of a session was not written down");
            }
        }
        Ok(true)
    }

    /// Ends a family in which a spent refresh token came back (RFC 9700 4.14.2).
    ///
    /// # Errors
    /// When the end is not stored and published.
    pub async fn end_reused_family(
        &self,
        grant: &Grant,
        address: String,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let id = grant.id;
        let about = AuditContext {
            user: Some(grant.user),
            client: Some(grant.client_id.to_string()),
            sid: Some(grant.sid),
            address: Some(address),
            detail: None,
        };
        self.write_revoking(Locks::person(grant.user), now, move |tx| {
            if !end::grant(tx, id, EndCause::RefreshReuse, now)? {
                return Ok(());
            }
            audit_events::record(tx, AuditEvent::RefreshTokenReused, about, now)
        })
        .await
    }
}

/// Puts a successor in place; `false` when it is not the turn of this one.
fn rotate(
    connection: &mut Connection,
    loaded: &LoadedGrant,
    rotation: &Rotation,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<bool, DbError> {
    let first = grants::rotate(connection, loaded.grant.id, rotation)?;
    if first && loaded.is_to_be_noted(policy, now) {
        session_rows::touch(connection, loaded.session.sid, now)?;
    }
    Ok(first)
}

impl From<OfPerson> for LoadedGrant {
    fn from((grant, session, user): OfPerson) -> Self {
        let written_at = session.last_seen_at;
        Self { grant, session, user, written_at }
    }
}

impl LoadedGrant {
    /// Whether this use of the session is due to be written down in its row.
    fn is_to_be_noted(&self, policy: SessionPolicy, now: UnixTime) -> bool {
        now.seconds_since(self.written_at) >= refresh_noted_every(policy)
    }
}

/// Adds what Redis has. A family that it does not have (any more) has no token that is good.
async fn add_family(redis: &RedisBackend, loaded: &mut LoadedGrant) -> Result<(), EphemeralError> {
    loaded.grant.refresh = None;
    if loaded.grant.ended.is_some() {
        return Ok(());
    }
    let family = redis.load_family(&Family::of(&loaded.grant)).await?;
    loaded.grant.refresh = family.refresh;
    loaded.session.last_seen_at = loaded.session.last_seen_at.max(family.last_seen_at.unwrap_or_default());
    Ok(())
}
