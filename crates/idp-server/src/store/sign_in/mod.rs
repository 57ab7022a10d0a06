//! Signing a person in on a device, in one transaction: what they proved still holds and is enough, the sessions that the
//! login policy or the limit ends, the session that begins, and what is used up by it. `proven` looks at the proofs again,
//! `open_sessions` at what makes room, `present` at the browser and its session.

mod open_sessions;
mod present;
mod proven;
mod temporary_password;

pub(super) use present::{begin, note_sign_in, present};
pub(super) use proven::{Proven, still_proven};

use super::revoke::{Revoking, end};
use super::sessions::{REPEATED, SignedIn};
use super::{Store, accounts, clock_corrections, step_up};
use crate::db::audit_events::AuditContext;
use crate::db::sessions::OnDevice;
use crate::db::{Connection, DbError, Locks, device_names, devices, sessions};
use idp_core::authentication::{Authentication, LoginStep};
use idp_core::device::{Described, Device};
use idp_core::secret::SecretHash;
use idp_core::session::{EndCause, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::{User, UserStatus};
use open_sessions::{OpenSessions, make_room};
use present::{is_strange_to, news_of};
use proven::{note_confirmed_password, unspent, use_up};
use std::collections::BTreeSet;
use temporary_password::Replaced;
use uuid::Uuid;

/// How many ended sessions a person has on record: more than a person asks about, and a bound on what an account that
/// signs in again and again can fill.
pub(super) const MOST_ENDED: i64 = 200;

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
    /// The open session that the proof is a further one in; `None` for a sign-in that begins with its first proof.
    pub continues: Option<Uuid>,
    /// Whether the person keeps an account that is being deleted.
    pub keeps_account: bool,
    /// What the person chose in the place of a temporary password, if they were asked.
    pub chosen: Option<ChosenPassword>,
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

/// A password that a person chose in the place of a temporary one.
pub struct ChosenPassword {
    /// Its hash (a PHC string).
    pub hash: String,
    /// The hash of the temporary one. It is replaced by a choice once.
    pub replaces: String,
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
    SecondStep,
    /// Nothing happened yet: the account is being deleted, and the person has not said that they keep it.
    Deleting {
        /// Who signs in.
        user: Box<User>,
        /// When the account is deleted.
        due: UnixTime,
    },
    /// Nothing happened yet: the password is a temporary one, and the person has not chosen another.
    ChoosePassword {
        /// Who signs in.
        user: Box<User>,
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
    /// A person who proves themselves again on the same device keeps their session (and the sites that hang on it) under a new
    /// cookie and with what they proved now: what they proved before was at another time, and is not kept. Another person's session in
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
            let Some(proven) = still_proven(tx, &sign_in.authentication, now)? else {
                return Ok((temporary_password::repeated(tx, &sign_in, policies.session, now)?, Vec::new()));
            };
            let step = proven.next_step(&sign_in.authentication);
            let Proven { user, factors, password } = proven;
            let user = if has_mark_ahead { clock_corrections::of_user(tx, user, now)? } else { user };
            if step == LoginStep::SecondStep {
                return Ok((SignInOutcome::SecondStep, Vec::new()));
            }
            let was_deleting = user.status.deleted_at();
            if let Some(due) = was_deleting.filter(|_| !sign_in.keeps_account) {
                return Ok((SignInOutcome::Deleting { user: Box::new(user), due }, Vec::new()));
            }
            let user = User { status: UserStatus::Active, ..user };
            let replaced = match temporary_password::replaced(step, password, &sign_in) {
                Replaced::Nothing => None,
                Replaced::By(hashes) => Some(hashes),
                Replaced::NotYet => {
                    return Ok((SignInOutcome::ChoosePassword { user: Box::new(user) }, Vec::new()));
                }
                Replaced::Before => {
                    let outcome = temporary_password::repeated(tx, &sign_in, policies.session, now)?;
                    return Ok((outcome, Vec::new()));
                }
            };
            // Before anything is used up: a form that is sent twice finds the session that it opened.
            if let Some(outcome) = opened_before(tx, &user, &sign_in, policies.session, now)? {
                return Ok((outcome, Vec::new()));
            }
            let Some(spending) = unspent(&sign_in.authentication, &factors, now) else {
                return Ok((SignInOutcome::CodeSpent, Vec::new()));
            };
            if let Some(sid) = sign_in.continues {
                let here = device_of(tx, sign_in.device.cookie.as_ref())?;
                let former = sign_in.former.as_ref();
                let former = former.filter(|former| former.is_of_device(here.map(|device| device.id)));
                let Some(open) = step_up::continued(tx, user, sid, former, policies.session, now)? else {
                    return Ok((SignInOutcome::Void, Vec::new()));
                };
                if !use_up(tx, &letters, &open.user, spending, &sign_in.address, now)? {
                    return Ok((SignInOutcome::CodeSpent, Vec::new()));
                }
                return Ok((prove_further(tx, open, &sign_in, now)?, Vec::new()));
            }
            let known = device_of(tx, sign_in.device.cookie.as_ref())?;
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
            if !use_up(tx, &letters, &user, spending, &sign_in.address, now)? {
                return Ok((SignInOutcome::CodeSpent, Vec::new()));
            }
            if was_deleting.is_some() {
                accounts::keep(tx, &letters, &user, sign_in.address.clone(), now)?;
            }
            let by_policy = evictions.by_policy.into_iter().map(|sid| (sid, EndCause::DevicePolicy));
            let by_limit = evictions.by_limit.into_iter().map(|sid| (sid, EndCause::TooManySessions));
            let by = AuditContext { address: Some(sign_in.address.clone()), ..AuditContext::default() };
            end::sessions(tx, user.id, by_policy.chain(by_limit), &by, now)?;
            let renewed = make_room(tx, &open, &sign_in, now)?;
            let device_is_new = known.is_none();
            let is_strange = is_strange_to(tx, &letters, user.id, known.as_ref(), now)?;
            let device = present(tx, known, &sign_in.device, now)?;
            let session = begin(tx, renewed, &device, &sign_in, now)?;
            note_sign_in(tx, &session, now)?;
            note_confirmed_password(tx, &sign_in.authentication)?;
            if let Some(hashes) = replaced {
                temporary_password::replace(tx, &letters, &user, &hashes, &session, now)?;
            }
            if is_strange {
                let name = device_names::of(tx, user.id, device.id)?;
                letters.write(tx, &user, &news_of(&session, Device { name, ..device }), now)?;
            }
            let left = sessions::forget_ended_of(tx, user.id, MOST_ENDED)?;
            let signed_in = Box::new(SignedIn { session, user });
            Ok((SignInOutcome::SignedIn { signed_in, device_is_new }, left))
        });
        let (outcome, left) = outcome.await?;
        self.forget_unused(left).await;
        Ok(outcome)
    }

    /// Whether a session is of the browser with this device cookie.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_of_browser(
        &self,
        session: &Session,
        cookie: Option<SecretHash>,
    ) -> Result<bool, DbError> {
        let session = session.clone();
        self.read(move |connection| {
            let device = device_of(connection, cookie.as_ref())?;
            Ok(session.is_of_device(device.map(|device| device.id)))
        })
        .await
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

/// The device that a cookie names.
fn device_of(connection: &mut Connection, cookie: Option<&SecretHash>) -> Result<Option<Device>, DbError> {
    match cookie {
        Some(cookie) => devices::by_secret(connection, cookie),
        None => Ok(None),
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

/// The session that goes on, with what was proven now as well.
fn prove_further(
    tx: &mut Revoking<'_>,
    open: SignedIn,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<SignInOutcome, DbError> {
    let session = Session { address: Some(sign_in.address.clone()), ..open.session };
    let session = step_up::add(tx, session, &sign_in.authentication.proofs, &sign_in.secret, now)?;
    note_sign_in(tx, &session, now)?;
    let signed_in = Box::new(SignedIn { session, user: open.user });
    Ok(SignInOutcome::SignedIn { signed_in, device_is_new: false })
}
