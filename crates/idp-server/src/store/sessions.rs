//! Single sign-on sessions: who is signed in here, and signing somebody in on a device.

use crate::db::audit_events::{self, About, Event};
use crate::db::sessions::OnDevice;
use crate::db::{Connection, Db, DbError, devices, sessions, users};
use crate::hot::Hot;
use crate::store::ending;
use idp_core::authentication::Authentication;
use idp_core::device::{Described, Device, DeviceKind, LoginPolicy, OpenSession};
use idp_core::secret::{Secret, SecretHash};
use idp_core::session::{EndCause, Ended, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::{User, UserStatus};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Noting each use of a session would be a write a request; to the minute is enough.
const SEEN_EVERY: i64 = 60;
/// How many ended sessions a person has on record: more than anybody asks about, and a bound on what an account that
/// signs in again and again can fill.
const MOST_ENDED: i64 = 200;

/// A live session and whose it is.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Its user, who may sign in.
    pub user: User,
}

impl SignedIn {
    fn is_alive(&self, policy: SessionPolicy, now: UnixTime) -> bool {
        self.user.status == UserStatus::Active && self.session.is_alive(now, policy, self.user.not_before)
    }
}

/// The live session that a cookie names, if it does.
///
/// # Errors
/// [`DbError`].
pub async fn current(
    db: &Db,
    hot: &Hot,
    secret: &Secret,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SignedIn>, DbError> {
    let hash = secret.hash();
    let found = db.read(move |connection| {
        let Some(session) = sessions::by_secret(connection, &hash)? else {
            return Ok(None);
        };
        Ok(users::by_id(connection, session.user)?.map(|user| SignedIn { session, user }))
    });
    let Some(mut found) = found.await? else {
        return Ok(None);
    };
    if found.session.ended.is_none() && !found.is_alive(policy, now) {
        found.session.last_seen_at = hot.last_seen(&found.session).await?;
    }
    Ok(found.is_alive(policy, now).then_some(found))
}

/// When and why the session ended that a cookie names: whoever has the cookie may know.
///
/// # Errors
/// [`DbError`].
pub async fn ended(
    db: &Db,
    secret: &Secret,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<Ended>, DbError> {
    let hash = secret.hash();
    db.read(move |connection| {
        let Some(session) = sessions::by_secret(connection, &hash)? else {
            return Ok(None);
        };
        let user = users::by_id(connection, session.user)?;
        Ok(user.and_then(|user| session.end(now, policy, user.not_before)))
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
    let found = SignedIn { session, user };
    Ok(found.is_alive(policy, now).then_some(found))
}

/// Notes that a session is in use, at most once a minute unless its address is another one.
///
/// # Errors
/// [`DbError`].
pub fn note_use(connection: &mut Connection, session: &Session, now: UnixTime) -> Result<(), DbError> {
    match &session.address {
        Some(address) => sessions::touch_from(connection, session.sid, address, now.plus(-SEEN_EVERY), now),
        None if now.seconds_since(session.last_seen_at) < SEEN_EVERY => Ok(()),
        None => sessions::touch(connection, session.sid, now),
    }
}

/// A sign-in that was just proven.
pub struct NewSignIn {
    /// Who, how and when.
    pub authentication: Authentication,
    /// The hash that the password was compared with.
    pub password_hash: String,
    /// The session this browser had before, of whoever.
    pub former: Option<Session>,
    /// The hash of the new cookie.
    pub secret: SecretHash,
    /// A fresh id, used when a new session begins.
    pub sid: Uuid,
    /// From where.
    pub address: String,
    /// What it comes from.
    pub device: PresentDevice,
    /// What the person was asked about, if they were.
    pub agreed: Option<Agreed>,
}

/// The browser that signs in.
pub struct PresentDevice {
    /// The hash of its cookie, if one came.
    pub cookie: Option<SecretHash>,
    /// The id it gets when that names no device of ours: what others made up is never adopted.
    pub new_id: Uuid,
    /// The hash of the cookie it gets then.
    pub new_cookie: SecretHash,
    /// What it says of itself.
    pub described: Described,
}

/// A yes to signing out elsewhere. It opens the session it was given for, and that once.
pub struct Agreed {
    /// Those that may end.
    pub to_end: BTreeSet<Uuid>,
}

/// What became of a sign-in.
pub enum Outcome {
    /// The person is signed in.
    SignedIn {
        /// The session.
        signed_in: Box<SignedIn>,
        /// Whether the device is a new one, whose cookie must be set.
        device_is_new: bool,
    },
    /// Nothing happened yet: these would end, and nobody has agreed to that.
    Asks(Vec<OnDevice>),
    /// The user was disabled or the password changed while it was being checked, or the yes was used before.
    Void,
}

/// The rules of the installation that a sign-in is under.
#[derive(Copy, Clone, Debug)]
pub struct SignInRules {
    /// How long sessions last.
    pub lasting: SessionPolicy,
    /// How many there may be.
    pub devices: LoginPolicy,
}

/// Signs somebody in.
///
/// Somebody who proves themselves again keeps their session (and the sites that hang on it) under a new
/// cookie and a new `auth_time`. Anybody else's session in this browser ends. The cookie's value is new
/// either way: one that was known before the sign-in names nothing after it. Sessions on other devices end
/// as the policy says, in the same transaction that opens this one.
///
/// # Errors
/// [`DbError`].
pub async fn sign_in(
    db: &Db,
    sign_in: NewSignIn,
    rules: SignInRules,
    now: UnixTime,
) -> Result<Outcome, DbError> {
    db.write(move |connection| {
        let Some(user) = still_proven(connection, &sign_in)? else {
            return Ok(Outcome::Void);
        };
        let known = match &sign_in.device.cookie {
            Some(cookie) => devices::by_secret(connection, cookie)?,
            None => None,
        };
        let open = OpenSessions::of(connection, &user, &sign_in, known.as_ref(), rules.lasting, now)?;
        let evictions = rules.devices.evictions(sign_in.device.described.kind, &open.as_seen_by_policy());
        let may_end = |sid: &Uuid| sign_in.agreed.as_ref().is_some_and(|agreed| agreed.to_end.contains(sid));
        if !evictions.by_policy.iter().all(may_end) {
            let asked = |(session, _): &OnDevice| evictions.by_policy.contains(&session.sid);
            return Ok(Outcome::Asks(open.elsewhere.into_iter().filter(asked).collect()));
        }
        end_each(connection, &evictions.by_policy, EndCause::DevicePolicy, &sign_in, now)?;
        end_each(connection, &evictions.by_limit, EndCause::TooManySessions, &sign_in, now)?;
        let renewed = make_room(connection, &open, &sign_in, now)?;
        let device_is_new = known.is_none();
        let device = present(connection, known, &sign_in.device, now)?;
        let session = begin(connection, renewed, &device, &sign_in, now)?;
        note_sign_in(connection, &session, now)?;
        sessions::forget_ended_of(connection, user.id, MOST_ENDED)?;
        Ok(Outcome::SignedIn { signed_in: Box::new(SignedIn { session, user }), device_is_new })
    })
    .await
}

/// The user, as long as what was proven still holds. A yes that has opened its session is spent.
fn still_proven(connection: &mut Connection, sign_in: &NewSignIn) -> Result<Option<User>, DbError> {
    if sessions::by_sid(connection, sign_in.sid)?.is_some() {
        return Ok(None);
    }
    let found = users::with_password(connection, sign_in.authentication.user)?;
    let unchanged = |found: &users::UserWithPassword| {
        found.user.status == UserStatus::Active && found.password_hash == sign_in.password_hash
    };
    Ok(found.filter(unchanged).map(|found| found.user))
}

/// What a person has open, seen from the browser that signs in.
struct OpenSessions {
    /// On other devices.
    elsewhere: Vec<OnDevice>,
    /// In this browser, of this person; the one it had a cookie of comes first.
    own: Vec<Session>,
    /// In this browser, of somebody else.
    former: Option<Session>,
    /// Over by themselves, and not yet marked so.
    over: Vec<(Uuid, Ended)>,
}

impl OpenSessions {
    fn of(
        connection: &mut Connection,
        user: &User,
        sign_in: &NewSignIn,
        device: Option<&Device>,
        policy: SessionPolicy,
        now: UnixTime,
    ) -> Result<Self, DbError> {
        let former = sign_in.former.as_ref();
        let mut found = Self { elsewhere: Vec::new(), own: Vec::new(), former: None, over: Vec::new() };
        for (session, on) in sessions::open_of(connection, user.id)? {
            let is_former = former.is_some_and(|former| former.sid == session.sid);
            let is_here = is_former || (device.is_some() && session.device == device.map(|device| device.id));
            match session.end(now, policy, user.not_before) {
                Some(ended) => found.over.push((session.sid, ended)),
                None if is_former => found.own.insert(0, session),
                None if is_here => found.own.push(session),
                None => found.elsewhere.push((session, on)),
            }
        }
        found.former = former.filter(|former| former.user != user.id).cloned();
        Ok(found)
    }

    fn as_seen_by_policy(&self) -> Vec<OpenSession> {
        let seen = |(session, device): &OnDevice| OpenSession {
            sid: session.sid,
            kind: device.as_ref().map_or(DeviceKind::Other, |device| device.kind),
            last_seen_at: session.last_seen_at,
        };
        self.elsewhere.iter().map(seen).collect()
    }
}

fn end_each(
    connection: &mut Connection,
    sids: &[Uuid],
    cause: EndCause,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<(), DbError> {
    for sid in sids {
        ending::session(connection, *sid, cause, now)?;
        let about = About {
            user: Some(sign_in.authentication.user),
            sid: Some(*sid),
            address: Some(sign_in.address.clone()),
            detail: Some(cause.as_str().to_owned()),
            ..About::default()
        };
        audit_events::record(connection, Event::SignedOut, about, now)?;
    }
    Ok(())
}

/// Ends what this browser had open besides the session that goes on, which is answered. A yes always opens a
/// session of its own: its id is what makes it good for once.
fn make_room(
    connection: &mut Connection,
    open: &OpenSessions,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<Option<Session>, DbError> {
    for (sid, ended) in &open.over {
        ending::session(connection, *sid, ended.cause, now)?;
    }
    let (renewed, superseded) = match open.own.split_first() {
        Some((first, rest)) if sign_in.agreed.is_none() => (Some(first), rest),
        _ => (None, open.own.as_slice()),
    };
    for session in superseded.iter().chain(&open.former) {
        ending::session(connection, session.sid, EndCause::SignedInAgain, now)?;
    }
    Ok(renewed.cloned())
}

/// The device as it is from now on: the known one, or a new one.
fn present(
    connection: &mut Connection,
    known: Option<Device>,
    present: &PresentDevice,
    now: UnixTime,
) -> Result<Device, DbError> {
    let is_new = known.is_none();
    let (id, created_at) = known.map_or((present.new_id, now), |device| (device.id, device.created_at));
    let (kind, label) = (present.described.kind, present.described.label());
    let device = Device { id, kind, label, created_at, last_seen_at: now };
    match is_new {
        true => devices::insert(connection, &device, &present.new_cookie)?,
        false => devices::seen(connection, &device)?,
    }
    Ok(device)
}

fn begin(
    connection: &mut Connection,
    renewed: Option<Session>,
    device: &Device,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<Session, DbError> {
    let is_new = renewed.is_none();
    let (sid, created_at) = renewed.map_or((sign_in.sid, now), |session| (session.sid, session.created_at));
    let session = Session {
        sid,
        user: sign_in.authentication.user,
        auth_time: sign_in.authentication.at,
        factors: sign_in.authentication.factors.clone(),
        created_at,
        last_seen_at: now,
        device: Some(device.id),
        address: Some(sign_in.address.clone()),
        ended: None,
    };
    match is_new {
        true => sessions::insert(connection, &session, &sign_in.secret)?,
        false => sessions::prove_again(connection, &session, &sign_in.secret)?,
    }
    Ok(session)
}

fn note_sign_in(connection: &mut Connection, session: &Session, now: UnixTime) -> Result<(), DbError> {
    let about = About {
        user: Some(session.user),
        sid: Some(session.sid),
        address: session.address.clone(),
        ..About::default()
    };
    audit_events::record(connection, Event::SignedIn, about, now)
}
