//! The passkeys of a person: looking one up for a sign-in, adding, naming and removing one. Its use is noted where the session
//! opens (`sign_in`).

use super::Store;
use super::methods::{MethodActor, MethodChange, may_change, note};
use super::second_factors::SecondFactors;
use crate::db::audit_events::AuditEvent;
use crate::db::{DbError, Locks, passkeys, users};
use crate::mail::News;
use idp_core::passkey::{CredentialId, Passkey};
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// The most passkeys of a person: more than they have devices and password managers.
pub const MOST_PASSKEYS: usize = 20;
/// What a passkey is called in the audit log and in letters.
const KIND: &str = "passkey";

impl Store {
    /// The passkey that its authenticator calls so, and whose it is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn passkey_for_login(&self, id: CredentialId) -> Result<Option<(User, Passkey)>, DbError> {
        self.read(move |connection| {
            let Some(passkey) = passkeys::by_credential_id(connection, &id)? else {
                return Ok(None);
            };
            Ok(users::by_id(connection, passkey.user)?.map(|user| (user, passkey)))
        })
        .await
    }

    /// Adds a passkey.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_passkey(
        &self,
        passkey: Passkey,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let (policy, letters) = (self.policies.session, self.letters.clone());
        self.write(Locks::person(by.user), move |connection| {
            let factors = SecondFactors::of(connection, by.user)?;
            if factors.passkeys.iter().any(|other| other.id == passkey.id) {
                // The form was sent twice.
                return Ok(MethodChange::Done);
            }
            if !may_change(connection, &by, !factors.is_empty(), policy, now)? {
                return Ok(MethodChange::SignInAgain);
            }
            if factors.passkeys.len() >= MOST_PASSKEYS {
                return Ok(MethodChange::TooMany);
            }
            // WebAuthn 7.1, step 26. Two people who make one of the same id at once are told apart by the table.
            if passkeys::by_credential_id(connection, &passkey.credential_id)?.is_some() {
                return Ok(MethodChange::Taken);
            }
            passkeys::insert(connection, &passkey)?;
            let news = News::MethodAdded { at: now, method: KIND.to_owned(), name: passkey.name };
            letters.write_to(connection, by.user, &news, now)?;
            note(connection, AuditEvent::MethodAdded, by, KIND, passkey.id, now)
        })
        .await
    }

    /// Gives a passkey another name. The name opens nothing: a session that lives is enough.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn rename_passkey(
        &self,
        passkey: Uuid,
        name: String,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let policy = self.policies.session;
        self.write(Locks::person(by.user), move |connection| {
            if !may_change(connection, &by, false, policy, now)? {
                return Ok(MethodChange::SignInAgain);
            }
            Ok(match passkeys::rename(connection, by.user, passkey, &name)? {
                true => MethodChange::Done,
                false => MethodChange::NotFound,
            })
        })
        .await
    }

    /// Removes a passkey.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn remove_passkey(
        &self,
        passkey: Uuid,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let (policy, letters) = (self.policies.session, self.letters.clone());
        self.write(Locks::person(by.user), move |connection| {
            if !may_change(connection, &by, true, policy, now)? {
                return Ok(MethodChange::SignInAgain);
            }
            let own = passkeys::of_user(connection, by.user)?;
            let Some(found) = own.into_iter().find(|own| own.id == passkey) else {
                return Ok(MethodChange::NotFound);
            };
            passkeys::remove(connection, by.user, passkey)?;
            let news = News::MethodRemoved { at: now, method: KIND.to_owned(), name: found.name };
            letters.write_to(connection, by.user, &news, now)?;
            note(connection, AuditEvent::MethodRemoved, by, KIND, passkey, now)
        })
        .await
    }
}
