//! The second factors of a person: adding one, removing one. Who may is decided where it is written, so that no session
//! that ended meanwhile, and none that proved less than the account asks for, changes how the account is signed in to.

use super::Store;
use super::second_factors::SecondFactors;
use super::sessions::SignedIn;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{Connection, DbError, Locks, sessions, totp_credentials, users};
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

/// What became of a change.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum MethodChange {
    /// It is done, or was before.
    Done,
    /// The session ended meanwhile, or proved less than the account asks for.
    SignInAgain,
    /// The person has as many as there may be.
    TooMany,
    /// The person has no such method.
    NotFound,
    /// Somebody has that very credential.
    Taken,
}

impl Store {
    /// A person with their second factors, for the second step of a sign-in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_step_of(&self, user: Uuid) -> Result<Option<(User, SecondFactors)>, DbError> {
        self.read(move |connection| {
            let found = users::by_id(connection, user)?;
            found.map(|found| Ok((found, SecondFactors::of(connection, user)?))).transpose()
        })
        .await
    }

    /// The second factors of a person.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_factors(&self, user: Uuid) -> Result<SecondFactors, DbError> {
        self.read(move |connection| SecondFactors::of(connection, user)).await
    }

    /// The authenticator apps of a person, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn authenticator_apps(&self, user: Uuid) -> Result<Vec<TotpCredential>, DbError> {
        self.read(move |connection| totp_credentials::of_user(connection, user)).await
    }

    /// Adds an authenticator app.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_authenticator_app(
        &self,
        app: TotpCredential,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let policy = self.policies.session;
        self.write(Locks::person(by.user), move |connection| {
            let factors = SecondFactors::of(connection, by.user)?;
            let apps = &factors.apps;
            if apps.iter().any(|other| other.id == app.id) {
                // The form was sent twice.
                return Ok(MethodChange::Done);
            }
            if !may_change(connection, &by, !factors.is_empty(), policy, now)? {
                return Ok(MethodChange::SignInAgain);
            }
            if apps.len() >= MOST_APPS {
                return Ok(MethodChange::TooMany);
            }
            totp_credentials::insert(connection, &app)?;
            note(connection, AuditEvent::MethodAdded, by, "totp", app.id, now)
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
            if !may_change(connection, &by, true, policy, now)? {
                return Ok(MethodChange::SignInAgain);
            }
            if !totp_credentials::remove(connection, by.user, app)? {
                return Ok(MethodChange::NotFound);
            }
            note(connection, AuditEvent::MethodRemoved, by, "totp", app, now)
        })
        .await
    }
}

pub(super) fn may_change(
    connection: &mut Connection,
    by: &MethodActor,
    needs_two_factors: bool,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<bool, DbError> {
    let session = sessions::by_sid(connection, by.sid)?.filter(|session| session.user == by.user);
    let user = users::by_id(connection, by.user)?;
    Ok(session.zip(user).is_some_and(|(session, user)| {
        let is_enough = !needs_two_factors || session.proofs.has_two_factors();
        is_enough && SignedIn { session, user }.is_alive(policy, now)
    }))
}

pub(super) fn note(
    connection: &mut Connection,
    event: AuditEvent,
    by: MethodActor,
    kind: &str,
    id: Uuid,
    now: UnixTime,
) -> Result<MethodChange, DbError> {
    let about = AuditContext {
        user: Some(by.user),
        sid: Some(by.sid),
        address: Some(by.address),
        detail: Some(format!("{kind} {id}")),
        ..AuditContext::default()
    };
    audit_events::record(connection, event, about, now).map(|()| MethodChange::Done)
}
