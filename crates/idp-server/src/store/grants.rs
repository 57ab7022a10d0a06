//! Grants and their refresh families: loading one with all that decides over it, and putting a
//! successor in place.

use crate::db::audit_events::{self, About, Event};
use crate::db::{Db, DbError, grants, sessions as session_rows, users};
use idp_core::grant::{Grant, RefreshState};
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
}

/// The grant with this id.
///
/// # Errors
/// [`DbError`].
pub async fn load(db: &Db, id: Uuid) -> Result<Option<LoadedGrant>, DbError> {
    db.read(move |connection| {
        let Some(grant) = grants::by_id(connection, id)? else {
            return Ok(None);
        };
        let session = session_rows::by_sid(connection, grant.sid)?;
        let user = users::by_id(connection, grant.user)?;
        Ok(session.zip(user).map(|(session, user)| LoadedGrant { grant, session, user }))
    })
    .await
}

/// Puts `successor` in the place of the generation in `loaded`; `false` when another request was first, or the
/// grant ended meanwhile.
///
/// # Errors
/// [`DbError`].
pub async fn rotate(
    db: &Db,
    loaded: &LoadedGrant,
    successor: RefreshState,
    now: UnixTime,
) -> Result<bool, DbError> {
    let (id, sid) = (loaded.grant.id, loaded.session.sid);
    let from = successor.generation - 1;
    db.write(move |connection| {
        let first = grants::rotate(connection, id, from, &successor)?;
        if first {
            // To the second: the refresh token idles from here, and must not find its session idle first.
            session_rows::touch(connection, sid, now)?;
        }
        Ok(first)
    })
    .await
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
        if grants::end(connection, &grants::Of::Grant(id), EndCause::RefreshReuse, now)? == 0 {
            return Ok(());
        }
        audit_events::record(connection, Event::RefreshTokenReused, about, now)
    })
    .await
}
