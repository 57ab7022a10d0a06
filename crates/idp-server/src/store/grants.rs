//! Grants and their refresh families: loading one with all that decides over it, and putting a
//! successor in place.

use crate::db::audit_events::{self, About, Event};
use crate::db::{Db, DbError, grants, sessions as session_rows, users};
use crate::fault;
use crate::hot::redis::{self, Family, RedisHome};
use crate::hot::{Hot, HotError};
use crate::store::ending;
use idp_core::grant::{Grant, Rotation};
use idp_core::session::{EndCause, Session};
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// A grant with its session and user, in whatever state they are.
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

/// The grant with this id. Who and which, and whether it ended, is SQL's to say in either home.
///
/// # Errors
/// [`DbError`].
pub async fn load(db: &Db, hot: &Hot, id: Uuid) -> Result<Option<LoadedGrant>, DbError> {
    let mut loaded = load_cold(db, id).await?;
    if let (Hot::Redis(home), Some(loaded)) = (hot, &mut loaded) {
        warm_up(home, loaded).await?;
    }
    Ok(loaded)
}

/// The same without what changes at every use: enough to know whose it is.
///
/// # Errors
/// [`DbError`].
pub async fn load_cold(db: &Db, id: Uuid) -> Result<Option<LoadedGrant>, DbError> {
    db.read(move |connection| {
        let Some(grant) = grants::by_id(connection, id)? else {
            return Ok(None);
        };
        let session = session_rows::by_sid(connection, grant.sid)?;
        let user = users::by_id(connection, grant.user)?;
        Ok(session.zip(user).map(|(session, user)| {
            let written_at = session.last_seen_at;
            LoadedGrant { grant, session, user, written_at }
        }))
    })
    .await
}

/// Adds what Redis has. A family that it does not have (any more) has no token that is good.
async fn warm_up(home: &RedisHome, loaded: &mut LoadedGrant) -> Result<(), HotError> {
    loaded.grant.refresh = None;
    if loaded.grant.ended.is_some() {
        return Ok(());
    }
    let family = home.load_family(&Family::of(&loaded.grant)).await?;
    loaded.grant.refresh = family.refresh;
    loaded.session.last_seen_at = loaded.session.last_seen_at.max(family.last_seen_at.unwrap_or_default());
    Ok(())
}

/// Carries out a rotation of the family in `loaded`; `false` when another request was first, or the
/// grant ended meanwhile.
///
/// # Errors
/// [`DbError`].
pub async fn rotate(
    db: &Db,
    hot: &Hot,
    loaded: &LoadedGrant,
    rotation: Rotation,
    now: UnixTime,
) -> Result<bool, DbError> {
    if let Hot::Redis(home) = hot {
        return rotate_in_redis(db, home, loaded, rotation, now).await;
    }
    let (id, sid) = (loaded.grant.id, loaded.session.sid);
    db.write(move |connection| {
        let first = grants::rotate(connection, id, &rotation)?;
        if first {
            // To the second: the refresh token idles from here, and must not find its session idle first.
            session_rows::touch(connection, sid, now)?;
        }
        Ok(first)
    })
    .await
}

/// Between loading and this the grant may have ended in SQL; then what is handed out is dead already, here and at
/// every site that asks.
async fn rotate_in_redis(
    db: &Db,
    home: &RedisHome,
    loaded: &LoadedGrant,
    rotation: Rotation,
    now: UnixTime,
) -> Result<bool, DbError> {
    let family = Family::of(&loaded.grant);
    if home.rotate_refresh(&family, &rotation).await? != redis::Rotation::Rotated {
        return Ok(false);
    }
    fault::point("family.rotated");
    if now.seconds_since(loaded.written_at) >= home.written_every() {
        let sid = loaded.session.sid;
        let written = db.write(move |connection| session_rows::touch(connection, sid, now)).await;
        if let Err(error) = written {
            // The token is rotated; to answer anything else would lose it.
            tracing::warn!(%error, "the use of a session was not written down");
        }
    }
    Ok(true)
}

/// Ends a family in which a spent token came back (RFC 9700 4.14.2).
///
/// # Errors
/// [`DbError`].
pub async fn end_reused(db: &Db, grant: &Grant, address: String, now: UnixTime) -> Result<(), DbError> {
    let (id, about) = (
        grant.id,
        About {
            user: Some(grant.user),
            client: Some(grant.client_id.to_string()),
            sid: Some(grant.sid),
            address: Some(address),
            detail: None,
        },
    );
    db.write(move |connection| {
        if !ending::grant(connection, id, EndCause::RefreshReuse, now)? {
            return Ok(());
        }
        audit_events::record(connection, Event::RefreshTokenReused, about, now)
    })
    .await
}
