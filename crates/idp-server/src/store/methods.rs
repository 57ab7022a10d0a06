//! The second factors of a person: adding one, removing one, new recovery codes. Whether a person may is decided where it is
//! written, so that no session that ended meanwhile, and none that proved less than the account asks for, changes how the account
//! is signed in to. The person learns of each change by a letter.

use super::devices::{self, Actor, SignedOut};
use super::mail_outbox::Letters;
use super::master_key::SealingKey;
use super::recovery_codes::{self, NewRecoveryCodes};
use super::revoke::Revoking;
use super::second_factors::SecondFactors;
use super::sessions::{REPEATED, SignedIn};
use super::step_up;
use super::{Policies, Store};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{Connection, DbError, Locks, devices as known_devices, sessions, totp_credentials, users};
use crate::mail::{News, SecondStepNews};
use crate::seals::Seals;
use idp_core::authentication::{Factor, Proofs};
use idp_core::secret::SecretHash;
use idp_core::session::SessionPolicy;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::User;
use uuid::Uuid;

/// The most apps of a person: a phone, a tablet, a password manager and two to spare. Each more gives an attacker who guesses
/// more codes that count at a time (`http::login::throttle`).
pub const MOST_APPS: usize = 5;

/// Who changes it, from where, and what else they ask for.
#[derive(Clone, Debug)]
pub struct MethodActor {
    /// The person.
    pub user: Uuid,
    /// Their session.
    pub sid: Uuid,
    /// Where the request came from.
    pub address: String,
    /// Whether their other sessions end with the change.
    pub ends_others: bool,
}

impl MethodActor {
    /// They, for the audit log.
    pub(super) fn about(&self) -> AuditContext {
        AuditContext {
            user: Some(self.user),
            sid: Some(self.sid),
            address: Some(self.address.clone()),
            ..AuditContext::default()
        }
    }
}

/// What became of an addition.
#[derive(Clone, Debug)]
pub enum MethodAddition {
    /// It is added, or was by the same form before. The session proves it as well from now on.
    Added {
        /// The person in their session.
        signed_in: Box<SignedIn>,
        /// Whether the session is under the cookie of this addition.
        is_under_new_cookie: bool,
        /// What ended with it.
        ended: SignedOut,
        /// Whether the recovery codes that came with it are the person's now.
        has_codes: bool,
    },
    /// The session ended meanwhile, or proved less than the account asks for.
    SignInAgain,
    /// The person has as many as there may be.
    TooMany,
    /// Somebody has that very credential.
    Taken,
}

/// What became of another change.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum MethodChange {
    /// It is done.
    Done {
        /// What ended with it.
        ended: SignedOut,
        /// Whether the recovery codes that came with it are the person's now.
        has_codes: bool,
    },
    /// The session ended meanwhile, or proved less than the account asks for.
    SignInAgain,
    /// The person has no such method.
    NotFound,
}

impl Store {
    /// The authenticator apps of a person, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn authenticator_apps(&self, user: Uuid) -> Result<Vec<TotpCredential>, DbError> {
        self.read(move |connection| totp_credentials::of_user(connection, user)).await
    }

    /// The session that an addition has put under the cookie of `secret` a moment ago, for the very browser that it is open
    /// in, by the cookie of its device.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session_moved_to(
        &self,
        secret: SecretHash,
        device: SecretHash,
        now: UnixTime,
    ) -> Result<Option<SignedIn>, DbError> {
        let policy = self.policies.session;
        self.read(move |connection| {
            let (found, device) = (
                sessions::with_user_by_secret(connection, &secret)?,
                known_devices::by_secret(connection, &device)?,
            );
            let signed_in = found.map(|(session, user)| SignedIn { session, user });
            Ok(signed_in.filter(|SignedIn { session, .. }| {
                let is_here = device.is_some_and(|device| session.device == Some(device.id));
                is_here && (-REPEATED..=REPEATED).contains(&now.seconds_since(session.proofs.newest()))
            }))
        })
        .await
        .map(|found| found.filter(|signed_in| signed_in.is_alive(policy, now)))
    }

    /// Adds an authenticator app, of which the person has typed a right code. The session goes on with that proof, under the
    /// cookie of `secret`. With the first second factor of a person comes a set of recovery codes; `codes` are its name, and its
    /// hashes where the app seems to be the first.
    ///
    /// # Errors
    /// When it is not stored, or what ended with it is not published.
    pub async fn add_authenticator_app(
        &self,
        app: TotpCredential,
        codes: (Uuid, Option<NewRecoveryCodes>),
        by: MethodActor,
        secret: SecretHash,
        now: UnixTime,
    ) -> Result<MethodAddition, DbError> {
        let (seals, mut app) = (self.seals()?, app);
        let added = self.change_methods(by, now, move |tx, change| {
            app.sealed_secret = under_sealing_key(tx, &seals, &app)?;
            add(tx, change, &app, codes, &secret)
        });
        Ok(numbered_addition(added.await?))
    }

    /// Removes an authenticator app, and with the last second factor the recovery codes.
    ///
    /// # Errors
    /// When it is not stored, or what ended with it is not published.
    pub async fn remove_authenticator_app(
        &self,
        app: Uuid,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let removed = self.change_methods(by, now, move |tx, change| {
            let Some(user) = change.permitted(tx, true)? else {
                return Ok(MethodChange::SignInAgain);
            };
            if !totp_credentials::remove(tx, user.id, app)? {
                return Ok(MethodChange::NotFound);
            }
            let was_last = recovery_codes::remove_with_last_factor(tx, user.id)?;
            let news = SecondStepNews::AppRemoved { at: now, was_last };
            change.finish(tx, &user, (AuditEvent::MethodRemoved, format!("totp {app}")), news)?;
            Ok(MethodChange::Done { ended: change.end_others(tx)?, has_codes: false })
        });
        Ok(numbered(removed.await?))
    }

    /// Puts new recovery codes in the place of those that a person has. Only beside an app or a passkey: they are no factor by
    /// themselves; and none of a page that was made before those that they have.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn replace_recovery_codes(
        &self,
        new: NewRecoveryCodes,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let replaced = self.change_methods(by, now, move |tx, change| {
            if recovery_codes::has_set(tx, change.by.user, new.set)? {
                // The form was sent twice.
                return Ok(MethodChange::Done { ended: SignedOut::default(), has_codes: true });
            }
            let Some(user) = change.permitted(tx, true)? else {
                return Ok(MethodChange::SignInAgain);
            };
            let is_alone = SecondFactors::of(tx, user.id)?.is_empty();
            if is_alone || recovery_codes::is_overtaken(tx, user.id, &new)? {
                return Ok(MethodChange::NotFound);
            }
            let event = (AuditEvent::RecoveryCodesMade, format!("set {}", new.set));
            recovery_codes::replace(tx, user.id, new, now)?;
            change.finish(tx, &user, event, SecondStepNews::RecoveryCodesMade { at: now })?;
            Ok(MethodChange::Done { ended: change.end_others(tx)?, has_codes: true })
        });
        Ok(numbered(replaced.await?))
    }

    /// Runs a change under the lock of its person, before others that wait: it may end sessions. Answered is also up to which
    /// number of the log it reaches.
    pub(super) async fn change_methods<T: Send + 'static>(
        &self,
        by: MethodActor,
        now: UnixTime,
        change: impl FnOnce(&mut Revoking<'_>, &Change) -> Result<T, DbError> + Send + 'static,
    ) -> Result<(T, Option<i64>), DbError> {
        let locks = Locks::person(by.user);
        let of = Change { by, letters: self.letters.clone(), policies: self.policies, now };
        self.write_revoking_first(locks, now, move |tx| change(tx, &of)).await
    }
}

/// With the number that it reaches in the log.
pub(super) fn numbered_addition((added, number): (MethodAddition, Option<i64>)) -> MethodAddition {
    match (added, number) {
        (MethodAddition::Added { signed_in, is_under_new_cookie, ended, has_codes }, Some(number)) => {
            let ended = SignedOut { number, ..ended };
            MethodAddition::Added { signed_in, is_under_new_cookie, ended, has_codes }
        }
        (added, _) => added,
    }
}

/// The same of another change.
pub(super) fn numbered((changed, number): (MethodChange, Option<i64>)) -> MethodChange {
    match (changed, number) {
        (MethodChange::Done { ended, has_codes }, Some(number)) => {
            MethodChange::Done { ended: SignedOut { number, ..ended }, has_codes }
        }
        (changed, _) => changed,
    }
}

fn add(
    tx: &mut Revoking<'_>,
    change: &Change,
    app: &TotpCredential,
    (set, new_codes): (Uuid, Option<NewRecoveryCodes>),
    secret: &SecretHash,
) -> Result<MethodAddition, DbError> {
    let factors = SecondFactors::of(tx, change.by.user)?;
    let apps = &factors.apps;
    let Some(found) = change.signed_in(tx)? else {
        return Ok(MethodAddition::SignInAgain);
    };
    if apps.iter().any(|other| other.id == app.id) {
        return repeated(tx, found, set, secret);
    }
    if !factors.is_empty() && !found.session.proofs.has_two_factors() {
        return Ok(MethodAddition::SignInAgain);
    }
    if apps.len() >= MOST_APPS {
        return Ok(MethodAddition::TooMany);
    }
    totp_credentials::insert(tx, app)?;
    let has_codes =
        recovery_codes::add_with_first_factor(tx, change.by.user, &factors, new_codes, change.now)?;
    let proofs = Proofs::of(Factor::Totp, change.now);
    let session = step_up::add(tx, found.session, &proofs, secret, change.now)?;
    let news = SecondStepNews::AppAdded { at: change.now };
    change.finish(tx, &found.user, (AuditEvent::MethodAdded, format!("totp {}", app.id)), news)?;
    let ended = change.end_others(tx)?;
    let signed_in = Box::new(SignedIn { session, user: found.user });
    Ok(MethodAddition::Added { signed_in, is_under_new_cookie: true, ended, has_codes })
}

/// The secret of a new app, under the master key that seals by now.
pub(super) fn under_sealing_key(
    connection: &mut Connection,
    seals: &Seals,
    app: &TotpCredential,
) -> Result<String, DbError> {
    let key = SealingKey::now(connection)?;
    key.rest_sealed(&seals.totp_secret, &app.sealed_secret, &app.user.to_string())
}

/// What a form finds that was sent twice.
pub(super) fn repeated(
    connection: &mut Connection,
    found: SignedIn,
    set: Uuid,
    secret: &SecretHash,
) -> Result<MethodAddition, DbError> {
    let under_secret = sessions::by_secret(connection, secret)?;
    let is_under_new_cookie = under_secret.is_some_and(|session| session.sid == found.session.sid);
    let has_codes = recovery_codes::has_set(connection, found.user.id, set)?;
    let (signed_in, ended) = (Box::new(found), SignedOut::default());
    Ok(MethodAddition::Added { signed_in, is_under_new_cookie, ended, has_codes })
}

/// A change of the ways to sign in that is being made.
pub(super) struct Change {
    pub(super) by: MethodActor,
    letters: Letters,
    policies: Policies,
    now: UnixTime,
}

impl Change {
    /// The person in the session that they act in, while it lives.
    pub(super) fn signed_in(&self, connection: &mut Connection) -> Result<Option<SignedIn>, DbError> {
        let session = sessions::by_sid(connection, self.by.sid)?;
        let session = session.filter(|session| session.user == self.by.user);
        let found = session.zip(users::by_id(connection, self.by.user)?);
        let signed_in = found.map(|(session, user)| SignedIn { session, user });
        Ok(signed_in.filter(|signed_in| signed_in.is_alive(self.policies.session, self.now)))
    }

    /// The person, if their session may make it.
    pub(super) fn permitted(
        &self,
        connection: &mut Connection,
        has_second_factor: bool,
    ) -> Result<Option<User>, DbError> {
        let Some(user) = users::by_id(connection, self.by.user)? else {
            return Ok(None);
        };
        let (sid, policy) = (self.by.sid, self.policies.session);
        let may = may_change_sign_in(connection, &user, sid, has_second_factor, policy, self.now)?;
        Ok(may.then_some(user))
    }

    /// What the audit log and the person are told of it.
    pub(super) fn finish(
        &self,
        connection: &mut Connection,
        user: &User,
        (event, detail): (AuditEvent, String),
        news: SecondStepNews,
    ) -> Result<(), DbError> {
        let about = AuditContext { detail: Some(detail), ..self.by.about() };
        audit_events::record(connection, event, about, self.now)?;
        self.letters.write(connection, user, &News::SecondStep(news), self.now)
    }

    pub(super) fn end_others(&self, tx: &mut Revoking<'_>) -> Result<SignedOut, DbError> {
        if !self.by.ends_others {
            return Ok(SignedOut::default());
        }
        let (user, sid) = (self.by.user, self.by.sid);
        let open = sessions::open_of(tx, user)?.into_iter().map(|(session, _)| session.sid);
        let others = open.filter(|open| *open != sid).collect();
        devices::end_all(tx, user, others, Actor::Person(sid), &self.by.about(), self.now)
    }
}

/// Whether the session `sid` of `user` may change how they sign in: it is open still, and it proved as much as the account asks
/// for by now. A session that began with less may be a thief's.
pub(super) fn may_change_sign_in(
    connection: &mut Connection,
    user: &User,
    sid: Uuid,
    has_second_factor: bool,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<bool, DbError> {
    let session = sessions::by_sid(connection, sid)?.filter(|session| session.user == user.id);
    Ok(session.is_some_and(|session| {
        let is_enough = !has_second_factor || session.proofs.has_two_factors();
        is_enough && SignedIn { session, user: user.clone() }.is_alive(policy, now)
    }))
}

/// The same of who acts.
pub(super) fn may_change(
    connection: &mut Connection,
    by: &MethodActor,
    has_second_factor: bool,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<bool, DbError> {
    let user = users::by_id(connection, by.user)?;
    user.map_or(Ok(false), |user| {
        may_change_sign_in(connection, &user, by.sid, has_second_factor, policy, now)
    })
}
