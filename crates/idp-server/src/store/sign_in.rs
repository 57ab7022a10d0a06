//! Signing a person in on a device, in one transaction: what they proved still holds and is enough, the sessions that the
//! login policy or the limit ends, the session that begins, and what is used up by it.

use super::mail_outbox::Letters;
use super::revoke::{Revoking, end};
use super::second_factors::{self, SecondFactors};
use super::sessions::SignedIn;
use super::{Store, clock_corrections};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::sessions::OnDevice;
use crate::db::{Connection, DbError, Locks, devices, password_credentials, sessions, users};
use crate::mail::News;
use idp_core::authentication::{Authentication, CredentialDigest, LoginStep, next_step};
use idp_core::device::{Described, Device, DeviceKind, OpenSession};
use idp_core::secret::SecretHash;
use idp_core::session::{EndCause, Ended, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::User;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many ended sessions a person has on record: more than a person asks about, and a bound on what an account that
/// signs in again and again can fill.
pub(super) const MOST_ENDED: i64 = 200;
/// For how long, in seconds, a sign-in that comes again is taken for the same one: a double click, or a request that a
/// browser repeats.
const REPEATED: i64 = 10;

/// A sign-in that was just proven.
pub struct NewSignIn {
    /// Who, how and when.
    pub authentication: Authentication,
    /// The session this browser had before, of any person.
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
    pub agreed: Option<ConfirmedEvictions>,
}

/// The browser that signs in.
pub struct PresentDevice {
    /// The hash of its cookie, if one came.
    pub cookie: Option<SecretHash>,
    /// The id it gets when that names no device of ours: an id that a client made up is never adopted.
    pub new_id: Uuid,
    /// The hash of the cookie it gets then.
    pub new_cookie: SecretHash,
    /// What it says of itself.
    pub described: Described,
}

/// A yes to signing out elsewhere. It opens the session it was given for, and that once.
pub struct ConfirmedEvictions {
    /// Those that may end.
    pub to_end: BTreeSet<Uuid>,
}

/// What became of a sign-in.
pub enum SignInOutcome {
    /// The person is signed in.
    SignedIn {
        /// The session.
        signed_in: Box<SignedIn>,
        /// Whether the device is a new one, whose cookie must be set.
        device_is_new: bool,
    },
    /// Nothing happened yet: the person has a second factor, and has not proven it.
    SecondStep {
        /// Who signs in.
        user: Box<User>,
        /// What they can be asked for.
        factors: SecondFactors,
    },
    /// A code that was proven with has opened another session meanwhile, or the counter of a passkey has not grown since.
    CodeSpent,
    /// Nothing happened yet: the person has not agreed to what would end.
    Asks {
        /// Who signs in.
        user: Box<User>,
        /// The sessions that would end.
        to_end: Vec<OnDevice>,
    },
    /// The session that this sign-in would open was opened before, and is no answer any more.
    Spent,
    /// What was proven holds no more: the user was disabled or signed out everywhere, or a credential changed.
    Void,
}

impl Store {
    /// Signs a person in.
    ///
    /// A person who proves themselves again keeps their session (and the sites that hang on it) under a new cookie and
    /// with what they proved now: what they proved before was at another time, and is not kept. Another person's session in
    /// this browser ends. The cookie's value is new either way: one that was known before the sign-in names nothing after
    /// it. Sessions on other devices end as the policy says, in the same transaction that opens this one.
    ///
    /// # Errors
    /// When the outcome is not stored and published.
    pub async fn sign_in(&self, sign_in: NewSignIn, now: UnixTime) -> Result<SignInOutcome, DbError> {
        let (policies, letters) = (self.policies, self.letters.clone());
        let has_mark_ahead = self.has_mark_ahead(sign_in.authentication.user, now).await?;
        let locks = locks(&sign_in, has_mark_ahead);
        let outcome = self.write_revoking(locks, now, move |tx| {
            let Some((user, factors)) = still_proven(tx, &sign_in.authentication, now)? else {
                return Ok((SignInOutcome::Void, Vec::new()));
            };
            let user = if has_mark_ahead { clock_corrections::of_user(tx, user, now)? } else { user };
            if next_step(&sign_in.authentication.proofs, &factors.kinds()) == LoginStep::SecondStep {
                return Ok((SignInOutcome::SecondStep { user: Box::new(user), factors }, Vec::new()));
            }
            // Before anything is used up: a form that is sent twice finds the session that it opened.
            if let Some(outcome) = opened_before(tx, &user, &sign_in, policies.session, now)? {
                return Ok((outcome, Vec::new()));
            }
            let Some(spending) = factors.unspent(&sign_in.authentication, now) else {
                return Ok((SignInOutcome::CodeSpent, Vec::new()));
            };
            let known = match &sign_in.device.cookie {
                Some(cookie) => devices::by_secret(tx, cookie)?,
                None => None,
            };
            let open = OpenSessions::of(tx, &user, &sign_in, known.as_ref(), policies.session, now)?;
            let kind = sign_in.device.described.kind;
            let evictions = policies.login.evictions(kind, &open.as_seen_by_policy());
            let agreed = sign_in.agreed.as_ref();
            let may_end = |sid: &Uuid| agreed.is_some_and(|agreed| agreed.to_end.contains(sid));
            if !evictions.by_policy.iter().all(may_end) {
                let asked = |(session, _): &OnDevice| evictions.by_policy.contains(&session.sid);
                let to_end = open.elsewhere.into_iter().filter(asked).collect();
                return Ok((SignInOutcome::Asks { user: Box::new(user), to_end }, Vec::new()));
            }
            // Used up where the session opens and not before: nothing was opened by what was only asked about.
            if !second_factors::use_up(tx, spending, now)? {
                return Ok((SignInOutcome::CodeSpent, Vec::new()));
            }
            let by_policy = evictions.by_policy.into_iter().map(|sid| (sid, EndCause::DevicePolicy));
            let by_limit = evictions.by_limit.into_iter().map(|sid| (sid, EndCause::TooManySessions));
            end::sessions(tx, user.id, by_policy.chain(by_limit), Some(&sign_in.address), now)?;
            let renewed = make_room(tx, &open, &sign_in, now)?;
            let device_is_new = known.is_none();
            let is_strange = open.own.is_empty() && is_strange_to(tx, &letters, user.id, known.as_ref())?;
            let device = present(tx, known, &sign_in.device, now)?;
            let session = begin(tx, renewed, &device, &sign_in, now)?;
            note_sign_in(tx, &session, now)?;
            if is_strange {
                letters.write(tx, &user, &news_of(&session, &device), now)?;
            }
            let left = sessions::forget_ended_of(tx, user.id, MOST_ENDED)?;
            let signed_in = Box::new(SignedIn { session, user });
            Ok((SignInOutcome::SignedIn { signed_in, device_is_new }, left))
        });
        let (outcome, left) = outcome.await?;
        self.forget_unused(left).await;
        Ok(outcome)
    }

    /// Forgets devices unless a session is on one by now. Another person may be signing in from one of them, so this is a
    /// transition of its own, which waits for that: the sign-in before it did not lock devices that it came across later.
    pub(super) async fn forget_unused(&self, cookies: Vec<SecretHash>) {
        if cookies.is_empty() {
            return;
        }
        let locks = of_devices(Locks::none(), &cookies);
        let forgotten = self.write(locks, move |connection| devices::forget_unused(connection, &cookies));
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "devices that are in use no more stay until the clean-up");
        }
    }
}

/// Those whom a sign-in concerns: everybody, where a time that a clock ahead wrote is brought back with it.
pub(super) fn locks(sign_in: &NewSignIn, has_mark_ahead: bool) -> Locks {
    if has_mark_ahead {
        return Locks::installation();
    }
    let former = sign_in.former.as_ref().map(|former| former.user);
    let persons = std::iter::once(sign_in.authentication.user).chain(former);
    of_devices(Locks::persons(persons), &sign_in.device.cookie)
}

/// Locks, and those of devices by the hashes of their cookies.
fn of_devices<'a>(locks: Locks, cookies: impl IntoIterator<Item = &'a SecretHash>) -> Locks {
    let names: Vec<String> = cookies.into_iter().map(SecretHash::to_string).collect();
    locks.and_named("device", names.iter().map(String::as_str))
}

/// The user and their second factors, as long as what was proven still holds.
pub(super) fn still_proven(
    connection: &mut Connection,
    authentication: &Authentication,
    now: UnixTime,
) -> Result<Option<(User, SecondFactors)>, DbError> {
    let password = password_credentials::by_user(connection, authentication.user)?;
    let factors = SecondFactors::of(connection, authentication.user)?;
    let passwords = password.iter().map(|hash| CredentialDigest::of_password(hash));
    let credentials = passwords.chain(factors.digests()).collect();
    let user = users::by_id(connection, authentication.user)?;
    Ok(user.filter(|user| authentication.holds(user, &credentials, now)).map(|user| (user, factors)))
}

/// What a repeated sign-in comes to: a moment later the same session, under the same cookie, and afterwards nothing.
fn opened_before(
    connection: &mut Connection,
    user: &User,
    sign_in: &NewSignIn,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SignInOutcome>, DbError> {
    let Some(session) = sessions::by_secret(connection, &sign_in.secret)? else {
        let is_spent = sessions::by_sid(connection, sign_in.sid)?.is_some();
        return Ok(is_spent.then_some(SignInOutcome::Spent));
    };
    let signed_in = SignedIn { session, user: user.clone() };
    let opened_at = signed_in.session.proofs.newest().max(signed_in.session.created_at);
    let is_recent = (-REPEATED..=REPEATED).contains(&now.seconds_since(opened_at));
    if !is_recent || signed_in.session.user != user.id || !signed_in.is_alive(policy, now) {
        return Ok(Some(SignInOutcome::Spent));
    }
    let device_is_new = signed_in.session.device == Some(sign_in.device.new_id);
    Ok(Some(SignInOutcome::SignedIn { signed_in: Box::new(signed_in), device_is_new }))
}

/// What a person has open, seen from the browser that signs in.
struct OpenSessions {
    /// On other devices.
    elsewhere: Vec<OnDevice>,
    /// In this browser, of this person; the one it had a cookie of comes first.
    own: Vec<Session>,
    /// In this browser, of another person.
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

/// Ends what this browser had open besides the session that goes on, which is answered. A yes always opens a
/// session of its own: its id is what makes it good for once.
fn make_room(
    tx: &mut Revoking<'_>,
    open: &OpenSessions,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<Option<Session>, DbError> {
    for (sid, ended) in &open.over {
        end::session(tx, *sid, ended.cause, now)?;
    }
    let (renewed, superseded) = match open.own.split_first() {
        Some((first, rest)) if sign_in.agreed.is_none() => (Some(first), rest),
        _ => (None, open.own.as_slice()),
    };
    for session in superseded.iter().chain(&open.former) {
        end::session(tx, session.sid, EndCause::SignedInAgain, now)?;
    }
    Ok(renewed.cloned())
}

/// The device as it is from now on: the known one, or a new one.
pub(super) fn present(
    connection: &mut Connection,
    known: Option<Device>,
    present: &PresentDevice,
    now: UnixTime,
) -> Result<Device, DbError> {
    let is_new = known.is_none();
    let (id, created_at) = known.map_or((present.new_id, now), |device| (device.id, device.created_at));
    let device = Device {
        id,
        kind: present.described.kind,
        browser: present.described.browser.map(str::to_owned),
        system: present.described.system.map(str::to_owned),
        created_at,
        last_seen_at: now,
    };
    match is_new {
        true => devices::insert(connection, &device, &present.new_cookie)?,
        false => devices::seen(connection, &device)?,
    }
    Ok(device)
}

pub(super) fn begin(
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
        proofs: sign_in.authentication.proofs.clone(),
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

/// Whether a person who was signed in elsewhere before has never been so on this device. The first device of an account
/// is no news.
fn is_strange_to(
    connection: &mut Connection,
    letters: &Letters,
    user: Uuid,
    device: Option<&Device>,
) -> Result<bool, DbError> {
    if !letters.are_on() || !sessions::has_any(connection, user)? {
        return Ok(false);
    }
    Ok(match device {
        Some(device) => !sessions::was_on(connection, user, device.id)?,
        None => true,
    })
}

fn news_of(session: &Session, device: &Device) -> News {
    News::NewSignIn {
        at: session.last_seen_at,
        browser: device.browser.clone(),
        system: device.system.clone(),
        address: session.address.clone(),
    }
}

pub(super) fn note_sign_in(
    connection: &mut Connection,
    session: &Session,
    now: UnixTime,
) -> Result<(), DbError> {
    let about = AuditContext {
        user: Some(session.user),
        sid: Some(session.sid),
        address: session.address.clone(),
        ..AuditContext::default()
    };
    audit_events::record(connection, AuditEvent::SignedIn, about, now)
}
