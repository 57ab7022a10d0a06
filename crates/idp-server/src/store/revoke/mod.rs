//! The one path by which anything issued is taken back, for every cause. It answers success only when the
//! database holds it and Redis has it. `end` says what ending means for each kind of thing.

pub(super) mod end;
pub(super) mod everybody;
pub(super) mod losses;
mod transaction;

pub use everybody::VoidedSessions;
pub use transaction::Revoking;

use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::AdministratorGuard;
use crate::db::{
    Connection, DbError, Locks, clients, devices, mails, passkeys, password_credentials, recovery_codes,
    revocations, totp_credentials, users,
};
use crate::mail::{News, SecondStepNews};
use crate::store::Store;
use crate::store::client_leases::ClientLeases;
use crate::store::mail_outbox::Letters;
use crate::store::second_factors::SecondFactors;
use crate::store::seen;
use idp_core::client::{Client, ClientId, ClientKind};
use idp_core::grant::LostRights;
use idp_core::secret::SecretHash;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::{Account, UserStatus};
use uuid::Uuid;

/// What is taken back.
#[derive(Clone, Debug)]
pub enum Target {
    /// One access token, by its `jti`, until it would have expired.
    AccessToken {
        /// Its name.
        jti: String,
        /// Its expiry plus leeway.
        until: UnixTime,
    },
    /// One grant: its refresh family and every access token of it.
    Grant(Uuid),
    /// One session and every grant in it.
    Session(Uuid),
    /// Everything of a user, who may sign in again.
    User(Uuid),
    /// Everything of every user.
    Everybody,
    /// Everything of every user, and the keys that signed it.
    SigningKeys,
    /// Everything of a user, whose account is then disabled.
    DisabledUser(Uuid),
    /// Everything of a user, whose account is then removed. Answers `false`, and changes nothing, when the account is not as it was
    /// seen any more.
    RemovedUser(Box<Account>),
    /// Everything of a user, whose password is now this (a PHC string).
    Password {
        /// The user.
        user: Uuid,
        /// The hash of the new password.
        hash: String,
    },
    /// The same with one that signs in until then, and that the user has to replace.
    TemporaryPassword {
        /// The user.
        user: Uuid,
        /// The hash of the new password.
        hash: String,
        /// Until when it signs in.
        until: UnixTime,
    },
    /// Everything of a user, whose second factors are then removed, recovery codes among them. Answers `false`, and changes nothing, when there is none.
    SecondFactors(Uuid),
    /// Everything of a user, of whose second factors one is then removed, and with the last one the recovery codes. Answers `false`,
    /// and changes nothing, when they have none of this id.
    SecondFactor {
        /// The user.
        user: Uuid,
        /// The app or the passkey.
        id: Uuid,
    },
    /// What a client was given by rights that its changed registration does not have. Answers `false`, and changes nothing,
    /// when the registration is not as `before` any more.
    ChangedClient {
        /// The registration that was changed.
        before: Box<Client>,
        /// The same with other metadata.
        after: Box<Client>,
    },
    /// Everything a client was given, and its registration. Answers `false`, and changes nothing, when there is none, or it is not
    /// as it was seen any more.
    Client {
        /// The client.
        id: ClientId,
        /// As it was seen; `None` removes it as it is.
        seen: Option<Box<Client>>,
    },
    /// Secrets of a client, of which one at least stays. What the client was given stays as well.
    ClientSecrets {
        /// The client.
        client: ClientId,
        /// The hashes of those that are good no more.
        secrets: Vec<SecretHash>,
    },
}

impl Target {
    /// Whom it concerns. What takes something from the persons of a client concerns the whole installation.
    fn locks(&self) -> Locks {
        match self {
            Self::AccessToken { jti, .. } => Locks::named("access token", [jti.as_str()]),
            Self::Grant(id) => Locks::owner_of_grant(*id),
            Self::Session(sid) => Locks::owner_of_session(*sid),
            Self::DisabledUser(user) => Locks::person(*user).and_rights(),
            Self::User(user)
            | Self::Password { user, .. }
            | Self::TemporaryPassword { user, .. }
            | Self::SecondFactor { user, .. }
            | Self::SecondFactors(user) => Locks::person(*user),
            Self::ClientSecrets { client, .. } => Locks::client(client),
            Self::RemovedUser(_)
            | Self::Everybody
            | Self::SigningKeys
            | Self::ChangedClient { .. }
            | Self::Client { .. } => Locks::installation(),
        }
    }

    const fn changes_registration(&self) -> bool {
        matches!(self, Self::ChangedClient { .. } | Self::Client { .. } | Self::ClientSecrets { .. })
    }
}

impl Store {
    /// Takes `target` back. Answers whether there was anything to take.
    ///
    /// # Errors
    /// When the database or Redis does not confirm it; then the caller must not either.
    pub async fn revoke(
        &self,
        target: Target,
        cause: EndCause,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let changes_registration = target.changes_registration();
        let removed = if let Target::Client { id, .. } = &target { Some(id.clone()) } else { None };
        let letters = self.letters.clone();
        let (changed, _) = self
            .write_revoking_first(target.locks(), now, move |tx| {
                about.check_right(tx)?;
                let shuts_out = matches!(target, Target::DisabledUser(_) | Target::RemovedUser(_));
                let guard = match shuts_out {
                    true => Some(AdministratorGuard::before(tx, about.by.as_ref())?),
                    false => None,
                };
                let changed = apply(tx, &target, &letters, cause, now)?;
                if let Some(guard) = guard {
                    guard.after(tx)?;
                }
                if changed {
                    audit_events::record(tx, event_of(&target), about, now)?;
                }
                Ok(changed)
            })
            .await?;
        // Also when there was nothing to do: a first try may have made the change a moment ago, and ended in an error.
        if changes_registration {
            ClientLeases::run_out().await;
        }
        // Not an id that names no client: it may be a secret that was pasted into its place (A8).
        if let (Some(id), true) = (removed, changed) {
            self.forget_what_is_little(&id).await;
        }
        Ok(changed)
    }
}

fn apply(
    tx: &mut Revoking<'_>,
    target: &Target,
    letters: &Letters,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    match target {
        Target::AccessToken { jti, until } => end::token(tx, jti, *until, cause, now),
        Target::Grant(id) => end::grant(tx, *id, cause, now),
        Target::Session(sid) => end::session(tx, *sid, cause, now),
        Target::User(user) => {
            users::void_earlier(tx, *user, now)?;
            end::user(tx, *user, cause, now).map(|()| true)
        }
        Target::Everybody => everybody::everybody(tx, cause, now).map(|()| true),
        Target::SigningKeys => {
            everybody::everybody(tx, cause, now)?;
            end::all_keys(tx, cause, now).map(|()| true)
        }
        Target::DisabledUser(user) => {
            users::set_status(tx, *user, UserStatus::Disabled, now)?;
            end::user(tx, *user, cause, now).map(|()| true)
        }
        Target::Password { user, hash } => {
            set_password(tx, (*user, hash), letters, cause, now).map(|()| true)
        }
        Target::TemporaryPassword { user, hash, until } => {
            set_password(tx, (*user, hash), letters, cause, now)?;
            password_credentials::make_temporary(tx, *user, *until).map(|()| true)
        }
        Target::SecondFactors(user) => {
            let removed = totp_credentials::remove_all_of(tx, *user)? + passkeys::remove_all_of(tx, *user)?;
            if removed == 0 {
                return Ok(false);
            }
            recovery_codes::remove_all_of(tx, *user)?;
            users::void_earlier(tx, *user, now)?;
            end::user(tx, *user, cause, now)?;
            let news = News::SecondStep(SecondStepNews::Reset { at: now });
            letters.write_to(tx, *user, &news, now).map(|()| true)
        }
        Target::SecondFactor { user, id } => remove_factor(tx, (*user, *id), letters, cause, now),
        Target::RemovedUser(seen) if !seen::is_same_account(tx, seen)? => Ok(false),
        Target::RemovedUser(seen) => {
            end::user(tx, seen.user.id, cause, now)?;
            remove_user(tx, seen.user.id)
        }
        // An id that names no client reaches no further statement: it may be a secret that was pasted into its place (A8).
        Target::Client { id, .. } if clients::kind(tx, id)?.is_none() => Ok(false),
        Target::Client { seen: Some(seen), .. } if !seen::is_same_client(tx, seen)? => Ok(false),
        Target::Client { id, .. } => end::client(tx, id, cause, now),
        Target::ChangedClient { before, after } => change_client(tx, before, after, cause, now),
        Target::ClientSecrets { client, secrets } => forget_secrets(tx, client, secrets),
    }
}

/// The new password, and the end of what the old one opened.
pub(in crate::store) fn set_password(
    tx: &mut Revoking<'_>,
    (user, hash): (Uuid, &str),
    letters: &Letters,
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    password_credentials::set_password(tx, user, hash, now)?;
    end::user(tx, user, cause, now)?;
    letters.write_to(tx, user, &News::PasswordSet { at: now }, now)
}

fn remove_factor(
    tx: &mut Revoking<'_>,
    (user, id): (Uuid, Uuid),
    letters: &Letters,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    let passkey = passkeys::of_user(tx, user)?.into_iter().find(|own| own.id == id);
    let is_app = passkey.is_none() && totp_credentials::remove(tx, user, id)?;
    if passkey.is_some() {
        passkeys::remove(tx, user, id)?;
    } else if !is_app {
        return Ok(false);
    }
    let was_last = SecondFactors::of(tx, user)?.is_empty();
    if was_last {
        recovery_codes::remove_all_of(tx, user)?;
    }
    users::void_earlier(tx, user, now)?;
    end::user(tx, user, cause, now)?;
    let news = match passkey {
        Some(passkey) => SecondStepNews::PasskeyRemoved { at: now, name: passkey.name, was_last },
        None => SecondStepNews::AppRemoved { at: now, was_last },
    };
    letters.write_to(tx, user, &News::SecondStep(news), now).map(|()| true)
}

fn change_client(
    tx: &mut Revoking<'_>,
    before: &Client,
    after: &Client,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    let found = clients::by_id(tx, &before.id)?;
    if !found.is_some_and(|found| found.metadata == before.metadata) {
        return Ok(false);
    }
    // Tokens of a longer life are still out there.
    revocations::note_lifetime(tx, before.metadata.access_token_lifetime)?;
    clients::set_metadata(tx, after)?;
    end::lost_rights(tx, &after.id, &LostRights::between(before, after), cause, now)?;
    losses::shut_out(tx, (before, after), cause, now)?;
    Ok(true)
}

/// What is left of a user are the audit log, the revocation log and logout tokens under way, which name the id.
fn remove_user(connection: &mut Connection, user: Uuid) -> Result<bool, DbError> {
    forget_belongings(connection, user)?;
    users::remove(connection, user)
}

/// Removes what does not go with the row of its user by itself.
pub(super) fn forget_belongings(connection: &mut Connection, user: Uuid) -> Result<(), DbError> {
    devices::forget_those_of(connection, user)?;
    mails::forget_of(connection, user)?;
    password_credentials::remove(connection, user)?;
    Ok(())
}

/// Looked up again inside the transaction: two who remove one of two secrets each must not leave none.
fn forget_secrets(
    connection: &mut Connection,
    client: &ClientId,
    gone: &[SecretHash],
) -> Result<bool, DbError> {
    let Some(ClientKind::Confidential { secrets }) = clients::kind(connection, client)? else {
        return Ok(false);
    };
    let kept: Vec<SecretHash> = secrets.iter().copied().filter(|secret| !gone.contains(secret)).collect();
    if kept.is_empty() || kept.len() == secrets.len() {
        return Ok(false);
    }
    clients::set_secrets(connection, client, &kept)?;
    Ok(true)
}

const fn event_of(target: &Target) -> AuditEvent {
    match target {
        Target::AccessToken { .. } | Target::Grant(_) => AuditEvent::TokenRevoked,
        Target::Session(_) => AuditEvent::SignedOut,
        Target::User(_) => AuditEvent::UserSignedOut,
        Target::Everybody => AuditEvent::EverybodySignedOut,
        Target::SigningKeys => AuditEvent::KeysReset,
        Target::DisabledUser(_) => AuditEvent::UserDisabled,
        Target::RemovedUser(_) => AuditEvent::UserRemoved,
        Target::Password { .. } | Target::TemporaryPassword { .. } => AuditEvent::PasswordSet,
        Target::SecondFactors(_) => AuditEvent::MethodsReset,
        Target::SecondFactor { .. } => AuditEvent::MethodRemoved,
        Target::ChangedClient { .. } => AuditEvent::ClientChanged,
        Target::Client { .. } => AuditEvent::ClientRemoved,
        Target::ClientSecrets { .. } => AuditEvent::ClientSecretsRemoved,
    }
}
