//! The second factors of a person: adding one, removing one. Who may is decided where it is written, so that no session
//! that ended meanwhile, and none that proved less than the account asks for, changes how the account is signed in to.

use super::Store;
use super::sessions::{REPEATED, SignedIn};
use super::step_up;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{Connection, DbError, Locks, devices, sessions, totp_credentials, users};
use idp_core::authentication::{Factor, Proofs};
use idp_core::secret::SecretHash;
use idp_core::session::SessionPolicy;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::User;
use uuid::Uuid;

/// The most apps of a person: more than they have phones, and a bound on what each sign-in looks at.
pub const MOST_APPS: usize = 10;

/// Who changes it, and from where.
#[derive(Clone, Debug)]
pub struct MethodActor {
    /// The person.
    pub user: Uuid,
    /// Their session.
    pub sid: Uuid,
    /// Where the request came from.
    pub address: String,
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
    },
    /// The session ended meanwhile, or proved less than the account asks for.
    SignInAgain,
    /// The person has as many as there may be.
    TooMany,
}

/// What became of a removal.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum MethodChange {
    /// It is done, or was before.
    Done,
    /// The session ended meanwhile, or proved less than the account asks for.
    SignInAgain,
    /// The person has no such method.
    NotFound,
}

impl Store {
    /// A person with their authenticator apps, for the second step of a sign-in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_step_of(&self, user: Uuid) -> Result<Option<(User, Vec<TotpCredential>)>, DbError> {
        self.read(move |connection| {
            let found = users::by_id(connection, user)?;
            found.map(|found| Ok((found, totp_credentials::of_user(connection, user)?))).transpose()
        })
        .await
    }

    /// The second factors that a person has, each once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_factors_of(&self, user: Uuid) -> Result<Vec<Factor>, DbError> {
        let apps = self.authenticator_apps(user).await?;
        Ok(if apps.is_empty() { Vec::new() } else { vec![Factor::Totp] })
    }

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
                devices::by_secret(connection, &device)?,
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
    /// cookie of `secret`.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_authenticator_app(
        &self,
        app: TotpCredential,
        by: MethodActor,
        secret: SecretHash,
        now: UnixTime,
    ) -> Result<MethodAddition, DbError> {
        let policy = self.policies.session;
        self.write(Locks::person(by.user), move |connection| {
            let apps = totp_credentials::of_user(connection, by.user)?;
            let is_added = apps.iter().any(|other| other.id == app.id);
            let Some(found) = actor(connection, &by, policy, now)? else {
                return Ok(MethodAddition::SignInAgain);
            };
            if is_added {
                // The form was sent twice.
                let is_under_new_cookie = sessions::by_secret(connection, &secret)?
                    .is_some_and(|session| session.sid == found.session.sid);
                return Ok(MethodAddition::Added { signed_in: Box::new(found), is_under_new_cookie });
            }
            if !apps.is_empty() && !found.session.proofs.has_two_factors() {
                return Ok(MethodAddition::SignInAgain);
            }
            if apps.len() >= MOST_APPS {
                return Ok(MethodAddition::TooMany);
            }
            totp_credentials::insert(connection, &app)?;
            let proofs = Proofs::of(Factor::Totp, now);
            let session = step_up::add(connection, found.session, &proofs, &secret, now)?;
            note(connection, AuditEvent::MethodAdded, by, app.id, now)?;
            let signed_in = Box::new(SignedIn { session, user: found.user });
            Ok(MethodAddition::Added { signed_in, is_under_new_cookie: true })
        })
        .await
    }

    /// Removes an authenticator app.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn remove_authenticator_app(
        &self,
        app: Uuid,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let policy = self.policies.session;
        self.write(Locks::person(by.user), move |connection| {
            let found = actor(connection, &by, policy, now)?;
            if !found.is_some_and(|found| found.session.proofs.has_two_factors()) {
                return Ok(MethodChange::SignInAgain);
            }
            if !totp_credentials::remove(connection, by.user, app)? {
                return Ok(MethodChange::NotFound);
            }
            note(connection, AuditEvent::MethodRemoved, by, app, now)?;
            Ok(MethodChange::Done)
        })
        .await
    }
}

/// The person in the session that they act in, while it lives.
fn actor(
    connection: &mut Connection,
    by: &MethodActor,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SignedIn>, DbError> {
    let session = sessions::by_sid(connection, by.sid)?.filter(|session| session.user == by.user);
    let found = session.zip(users::by_id(connection, by.user)?);
    let signed_in = found.map(|(session, user)| SignedIn { session, user });
    Ok(signed_in.filter(|signed_in| signed_in.is_alive(policy, now)))
}

fn note(
    connection: &mut Connection,
    event: AuditEvent,
    by: MethodActor,
    app: Uuid,
    now: UnixTime,
) -> Result<(), DbError> {
    let about = AuditContext {
        user: Some(by.user),
        sid: Some(by.sid),
        address: Some(by.address),
        detail: Some(format!("totp {app}")),
        ..AuditContext::default()
    };
    audit_events::record(connection, event, about, now)
}
