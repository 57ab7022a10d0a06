//! What a person has besides the password, as the transitions that decide by it read it.

use crate::db::{Connection, DbError, passkeys, totp_credentials};
use idp_core::authentication::{CredentialDigest, Factor};
use idp_core::passkey::Passkey;
use idp_core::totp::TotpCredential;
use uuid::Uuid;

/// The second factors of a person, of each kind the oldest first.
#[derive(Clone, Debug, Default)]
pub struct SecondFactors {
    /// Authenticator apps.
    pub apps: Vec<TotpCredential>,
    /// Passkeys. Each also signs in without the password.
    pub passkeys: Vec<Passkey>,
}

impl SecondFactors {
    /// Those of `user`.
    pub(super) fn of(connection: &mut Connection, user: Uuid) -> Result<Self, DbError> {
        let apps = totp_credentials::of_user(connection, user)?;
        Ok(Self { apps, passkeys: passkeys::of_user(connection, user)? })
    }

    /// Whether the password alone signs in.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.apps.is_empty() && self.passkeys.is_empty()
    }

    /// How many there are.
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

    /// What proofs of them rest on.
    pub(super) fn digests(&self) -> impl Iterator<Item = CredentialDigest> {
        let apps = self.apps.iter().map(CredentialDigest::of_totp);
        apps.chain(self.passkeys.iter().map(CredentialDigest::of_passkey))
    }
}
