//! Single sign-on sessions: who is signed in here, and signing somebody in.

use crate::db::audit_events::{self, About, Event};
use crate::db::{Connection, Db, DbError, grants, sessions, users};
use idp_core::secret::{Secret, SecretHash};
use idp_core::session::{EndCause, Session, SessionPolicy};
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

/// The live session that a cookie names, if it does.
///
/// # Errors
/// [`DbError`].
pub async fn current(
    db: &Db,
    secret: &Secret,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SignedIn>, DbError> {
    let hash = secret.hash();
    db.read(move |connection| {
        let Some(session) = sessions::by_secret(connection, &hash)? else {
            return Ok(None);
        };
        alive(connection, session, policy, now)
    })
    .await
}

/// The session together with its user, when both still count.
///
/// # Errors
/// [`DbError`].
pub fn alive(
    connection: &mut Connection,
    session: Session,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SignedIn>, DbError> {
    let Some(user) = users::by_id(connection, session.user)? else {
        return Ok(None);
    };
    let alive = user.status == UserStatus::Active && session.is_alive(now, policy, user.not_before);
    Ok(alive.then_some(SignedIn { session, user }))
}

/// Notes that a session is in use, at most once a minute.
///
/// # Errors
/// [`DbError`].
pub fn note_use(connection: &mut Connection, session: &Session, now: UnixTime) -> Result<(), DbError> {
    if now.seconds_since(session.last_seen_at) < SEEN_EVERY {
        return Ok(());
    }
    sessions::touch(connection, session.sid, now)
}

/// A sign-in that was just proven.
pub struct NewSignIn {
    /// Who.
    pub user: Uuid,
    /// The hash that the password was compared with.
    pub password_hash: String,
    /// How (`amr`).
    pub amr: Vec<String>,
    /// The session this browser had before, of whoever.
    pub former: Option<Session>,
    /// The hash of the new cookie.
    pub secret: SecretHash,
    /// A fresh id, used when a new session begins.
    pub sid: Uuid,
    /// From where, for the audit log.
    pub address: String,
}

/// Signs somebody in; `None` when the user was disabled or the password changed while it was being checked.
///
/// Somebody who proves themselves again keeps their session (and the sites that hang on it) under a new
/// cookie and a new `auth_time`. Anybody else's session in this browser ends. The cookie's value is new
/// either way: one that was known before the sign-in names nothing after it.
///
/// # Errors
/// [`DbError`].
pub async fn sign_in(
    db: &Db,
    sign_in: NewSignIn,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SignedIn>, DbError> {
    db.write(move |connection| {
        let found = users::with_password(connection, sign_in.user)?;
        let unchanged = |found: &users::UserWithPassword| {
            found.user.status == UserStatus::Active && found.password_hash == sign_in.password_hash
        };
        let Some(user) = found.filter(unchanged).map(|found| found.user) else {
            return Ok(None);
        };
        let session = match still_open(connection, sign_in.former.as_ref(), policy, now)? {
            Some(former) if former.user == user.id => prove_again(connection, former, &sign_in, now)?,
            former => {
                if let Some(former) = former {
                    end(connection, former.sid, EndCause::SignedInAgain, now)?;
                }
                begin(connection, &sign_in, now)?
            }
        };
        let about = About {
            user: Some(user.id),
            sid: Some(session.sid),
            address: Some(sign_in.address),
            ..About::default()
        };
        audit_events::record(connection, Event::SignedIn, about, now)?;
        Ok(Some(SignedIn { session, user }))
    })
    .await
}

/// Ends a session and every grant in it. Whether it was open.
///
/// # Errors
/// [`DbError`].
pub fn end(connection: &mut Connection, sid: Uuid, cause: EndCause, now: UnixTime) -> Result<bool, DbError> {
    grants::end(connection, &grants::Of::Session(sid), cause, now)?;
    sessions::end(connection, sid, cause, now)
}

fn still_open(
    connection: &mut Connection,
    former: Option<&Session>,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<Session>, DbError> {
    let Some(former) = former else {
        return Ok(None);
    };
    let Some(session) = sessions::by_sid(connection, former.sid)? else {
        return Ok(None);
    };
    Ok(alive(connection, session, policy, now)?.map(|found| found.session))
}

fn begin(connection: &mut Connection, sign_in: &NewSignIn, now: UnixTime) -> Result<Session, DbError> {
    let session = Session {
        sid: sign_in.sid,
        user: sign_in.user,
        auth_time: now,
        amr: sign_in.amr.clone(),
        created_at: now,
        last_seen_at: now,
        ended: None,
    };
    sessions::insert(connection, &session, &sign_in.secret)?;
    Ok(session)
}

fn prove_again(
    connection: &mut Connection,
    former: Session,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<Session, DbError> {
    sessions::prove_again(connection, former.sid, &sign_in.secret, now)?;
    Ok(Session { auth_time: now, last_seen_at: now, ..former })
}
