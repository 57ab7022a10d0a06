//! Grants and their refresh families: loading one with all that decides over it, and putting a
//! successor in place.

use super::Store;
use super::ephemeral::redis::{Family, RedisBackend, RotationOutcome};
use super::ephemeral::{Ephemeral, EphemeralError};
use super::revoke::{end, losses};
use super::sessions::refresh_noted_every;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::grants::{self, GrantKey};
use crate::db::{DbError, Locks, sessions as session_rows};
use crate::fault;
use idp_core::authentication::SignInRules;
use idp_core::client::Client;
use idp_core::grant::refresh_token::{RefreshDecision, RefreshRefusal, RefreshRequest};
use idp_core::grant::{Grant, Rotation};
use idp_core::secret::RefreshToken;
use idp_core::session::{EndCause, Session};
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
        let found = self.grants.ask(GrantKey::by_id(id)).await?;
        Ok(found.map(|(grant, session, user)| {
            let written_at = session.last_seen_at;
            LoadedGrant { grant, session, user, written_at }
        }))
    }

    /// How `client` would be answered that presented this refresh token now; `None` where nothing is known of its grant. To ask is not
    /// to use it: a spent token ends nothing here.
    ///
    /// # Errors
    /// When the database or Redis does not answer.
    pub async fn judge_refresh_token(
        &self,
        token: &RefreshToken,
        client: &Client,
        rules: SignInRules<'_>,
        now: UnixTime,
    ) -> Result<Option<(LoadedGrant, Result<RefreshDecision, RefreshRefusal>)>, DbError> {
        let Some(loaded) = self.grant(token.grant(), now).await? else {
            return Ok(None);
        };
        let memberships = self.memberships_for(client, loaded.grant.user).await?;
        let (session, user) = (&loaded.session, &loaded.user);
        let presented = RefreshRequest { token, client, session, user, rules, memberships: &memberships };
        let decision = loaded.grant.refresh(&presented, self.policies.refresh, self.policies.session, now);
        Ok(Some((loaded, decision)))
    }

    /// Carries out a rotation of the family in `loaded`. Answers `false` when another request was first, or
    /// the grant ended meanwhile.
    ///
    /// # Errors
    /// When the outcome is not stored; the successor may be in place, and the same request again finds out.
    pub async fn rotate_refresh_token(
        &self,
        loaded: &LoadedGrant,
        rotation: Rotation,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let is_due = now.seconds_since(loaded.written_at) >= refresh_noted_every(self.policies.session);
        if let Ephemeral::Redis(redis) = &self.ephemeral {
            return self.rotate_in_redis(redis, loaded, rotation, is_due, now).await;
        }
        let (id, sid) = (loaded.grant.id, loaded.session.sid);
        self.write(Locks::person(loaded.grant.user), move |connection| {
            let first = grants::rotate(connection, id, &rotation)?;
            if first && is_due {
                session_rows::touch(connection, sid, now)?;
            }
            Ok(first)
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
        is_due: bool,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let family = Family::of(&loaded.grant);
        if redis.rotate_refresh(&family, &rotation).await? != RotationOutcome::Rotated {
            return Ok(false);
        }
        fault::point("family.rotated");
        if is_due {
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

    /// Ends the grant of a person who may not sign in at its client any more.
    ///
    /// # Errors
    /// When the end is not stored and published.
    pub async fn end_unadmitted(&self, grant: Grant, address: String, now: UnixTime) -> Result<(), DbError> {
        self.write_revoking(Locks::person(grant.user), now, move |tx| {
            losses::refuse_refresh(tx, &grant, address, now)
        })
        .await
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
            ..AuditContext::default()
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
