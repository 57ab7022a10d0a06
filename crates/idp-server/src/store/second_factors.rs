//! What a person has besides the password, as the transitions that decide by it read it.

use super::Store;
use crate::db::{Connection, DbError, passkeys, recovery_codes, totp_credentials, users};
use idp_core::authentication::{CredentialDigest, Factor};
use idp_core::passkey::Passkey;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::User;
use uuid::Uuid;

/// The second factors of a person, of each kind the oldest first.
#[derive(Clone, Debug, Default)]
pub struct SecondFactors {
    /// Authenticator apps.
    pub apps: Vec<TotpCredential>,
    /// Passkeys. Each also signs in without the password.
    pub passkeys: Vec<Passkey>,
    /// Recovery codes, used ones among them. They are no factor by themselves.
    pub codes: Vec<StoredRecoveryCode>,
}

impl SecondFactors {
    /// Those of `user`.
    pub(super) fn of(connection: &mut Connection, user: Uuid) -> Result<Self, DbError> {
        Ok(Self {
            apps: totp_credentials::of_user(connection, user)?,
            passkeys: passkeys::of_user(connection, user)?,
            codes: recovery_codes::of_user(connection, user)?,
        })
    }

    /// Whether the password alone signs in.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.apps.is_empty() && self.passkeys.is_empty()
    }

    /// How many there are, recovery codes aside.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.apps.len() + self.passkeys.len()
    }

    /// The kinds that can be asked for.
    #[must_use]
    pub fn kinds(&self) -> Vec<Factor> {
        let codes = (!self.apps.is_empty()).then_some(Factor::Totp);
        let passkeys = (!self.passkeys.is_empty()).then_some(Factor::Passkey);
        codes.into_iter().chain(passkeys).collect()
    }

    /// When the newest of them was added. Recovery codes come with another or after it, and begin nothing.
    #[must_use]
    pub fn newest(&self) -> Option<UnixTime> {
        let apps = self.apps.iter().map(|app| app.created_at);
        apps.chain(self.passkeys.iter().map(|passkey| passkey.created_at)).max()
    }

    /// What proofs of them rest on.
    pub(super) fn digests(&self) -> impl Iterator<Item = CredentialDigest> {
        let apps = self.apps.iter().map(CredentialDigest::of_totp);
        let passkeys = self.passkeys.iter().map(CredentialDigest::of_passkey);
        apps.chain(passkeys).chain(self.codes.iter().map(CredentialDigest::of_recovery_code))
    }
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

    /// What a person has besides the password.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_factors(&self, user: Uuid) -> Result<SecondFactors, DbError> {
        self.read(move |connection| SecondFactors::of(connection, user)).await
    }
}
