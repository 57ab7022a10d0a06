//! The passkeys of a person: looking one up for a sign-in, adding, naming and removing one. Its use is noted where the session
//! opens (`sign_in`).

use super::Store;
use super::devices::SignedOut;
use super::methods::{
    MethodActor, MethodAddition, MethodChange, may_change, numbered, numbered_addition, repeated,
};
use super::recovery_codes::{self, NewRecoveryCodes};
use super::second_factors::SecondFactors;
use super::sessions::SignedIn;
use super::step_up;
use crate::db::audit_events::AuditEvent;
use crate::db::{DbError, Locks, passkeys, users};
use crate::mail::SecondStepNews;
use idp_core::authentication::{Factor, Proofs};
use idp_core::passkey::{CredentialId, Passkey};
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// The most passkeys of a person: more than they have devices and password managers.
pub const MOST_PASSKEYS: usize = 20;

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

    /// Adds a passkey. One that the person made has verified them just now (WebAuthn 7.1), so the session goes on with that
    /// proof, under the cookie of `secret`; one that the browser saved by itself proves nothing. With the first second factor
    /// of a person comes a set of recovery codes; `codes` are its name, and its hashes where the passkey seems to be the first.
    ///
    /// # Errors
    /// When it is not stored, or what ended with it is not published. [`DbError::Exists`] when another person added the very
    /// same credential at this moment.
    pub async fn add_passkey(
        &self,
        passkey: Passkey,
        (set, new_codes): (Uuid, Option<NewRecoveryCodes>),
        by: MethodActor,
        secret: SecretHash,
        now: UnixTime,
    ) -> Result<MethodAddition, DbError> {
        let added = self.change_methods(by, now, move |tx, change| {
            let factors = SecondFactors::of(tx, change.by.user)?;
            let Some(found) = change.signed_in(tx)? else {
                return Ok(MethodAddition::SignInAgain);
            };
            if factors.passkeys.iter().any(|other| other.id == passkey.id) {
                return repeated(tx, found, set, &secret);
            }
            let SignedIn { session, user } = found;
            if !factors.is_empty() && !session.proofs.has_two_factors() {
                return Ok(MethodAddition::SignInAgain);
            }
            if factors.passkeys.len() >= MOST_PASSKEYS {
                return Ok(MethodAddition::TooMany);
            }
            // WebAuthn 7.1, step 26. Two people who make one of the same id at once are told apart by the table.
            if passkeys::by_credential_id(tx, &passkey.credential_id)?.is_some() {
                return Ok(MethodAddition::Taken);
            }
            let was_saved = !passkey.is_asked_for;
            if was_saved && !factors.passkeys.is_empty() {
                // Another came meanwhile.
                return Ok(MethodAddition::TooMany);
            }
            passkeys::insert(tx, &passkey)?;
            let new_codes = new_codes.filter(|_| !was_saved);
            let has_codes = recovery_codes::add_with_first_factor(tx, user.id, &factors, new_codes, now)?;
            let session = match was_saved {
                true => session,
                false => step_up::add(tx, session, &Proofs::of(Factor::Passkey, now), &secret, now)?,
            };
            let event = (AuditEvent::MethodAdded, format!("passkey {}", passkey.id));
            let news = match was_saved {
                true => SecondStepNews::PasskeySaved { at: now, name: passkey.name },
                false => SecondStepNews::PasskeyAdded { at: now, name: passkey.name },
            };
            change.finish(tx, &user, event, news)?;
            let ended = change.end_others(tx)?;
            let signed_in = Box::new(SignedIn { session, user });
            Ok(MethodAddition::Added { signed_in, is_under_new_cookie: !was_saved, ended, has_codes })
        });
        Ok(numbered_addition(added.await?))
    }

    /// Has the account ask for a passkey after the password that the browser of the person saved by itself. With the first second
    /// factor of a person comes a set of recovery codes; `codes` are its name, and its hashes where this is the first.
    ///
    /// # Errors
    /// When it is not stored, or what ended with it is not published.
    pub async fn demand_passkey(
        &self,
        passkey: Uuid,
        (set, new_codes): (Uuid, Option<NewRecoveryCodes>),
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let demanded = self.change_methods(by, now, move |tx, change| {
            let factors = SecondFactors::of(tx, change.by.user)?;
            let Some(found) = factors.passkeys.iter().find(|own| own.id == passkey) else {
                return Ok(MethodChange::NotFound);
            };
            if found.is_asked_for {
                // The form was sent twice.
                let has_codes = recovery_codes::has_set(tx, change.by.user, set)?;
                return Ok(MethodChange::Done { ended: SignedOut::default(), has_codes });
            }
            let Some(user) = change.permitted(tx, !factors.is_empty())? else {
                return Ok(MethodChange::SignInAgain);
            };
            // Without codes it could not be the first: another was removed since the page was made.
            let lacks_codes = factors.is_empty() && new_codes.is_none();
            if lacks_codes || !found.may_be_demanded() || !passkeys::demand(tx, user.id, passkey)? {
                return Ok(MethodChange::NotFound);
            }
            let has_codes = recovery_codes::add_with_first_factor(tx, user.id, &factors, new_codes, now)?;
            let event = (AuditEvent::PasskeyDemanded, format!("passkey {passkey}"));
            let news = SecondStepNews::PasskeyDemanded { at: now, name: found.name.clone() };
            change.finish(tx, &user, event, news)?;
            Ok(MethodChange::Done { ended: change.end_others(tx)?, has_codes })
        });
        Ok(numbered(demanded.await?))
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
                true => MethodChange::Done { ended: SignedOut::default(), has_codes: false },
                false => MethodChange::NotFound,
            })
        })
        .await
    }

    /// Removes a passkey, and with the last second factor the recovery codes.
    ///
    /// # Errors
    /// When it is not stored, or what ended with it is not published.
    pub async fn remove_passkey(
        &self,
        passkey: Uuid,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<MethodChange, DbError> {
        let removed = self.change_methods(by, now, move |tx, change| {
            let Some(user) = change.permitted(tx, true)? else {
                return Ok(MethodChange::SignInAgain);
            };
            let own = passkeys::of_user(tx, user.id)?;
            let Some(found) = own.into_iter().find(|own| own.id == passkey) else {
                return Ok(MethodChange::NotFound);
            };
            passkeys::remove(tx, user.id, passkey)?;
            let was_last = recovery_codes::remove_with_last_factor(tx, user.id)?;
            let news = SecondStepNews::PasskeyRemoved { at: now, name: found.name, was_last };
            change.finish(tx, &user, (AuditEvent::MethodRemoved, format!("passkey {passkey}")), news)?;
            Ok(MethodChange::Done { ended: change.end_others(tx)?, has_codes: false })
        });
        Ok(numbered(removed.await?))
    }
}
