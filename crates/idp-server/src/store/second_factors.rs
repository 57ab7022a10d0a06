//! What a person has besides the password, as the transitions that decide by it read it.

use crate::db::{Connection, DbError, passkeys, totp_credentials};
use idp_core::authentication::{Authentication, CredentialDigest, Factor, Spend};
use idp_core::passkey::{Passkey, Use};
use idp_core::time::UnixTime;
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

    /// What a sign-in uses up; `None` when some of it is used up already, or is not credible.
    pub(super) fn unspent(
        &self,
        authentication: &Authentication,
        now: UnixTime,
    ) -> Option<Vec<Spending<'_>>> {
        let spending = |spend: &Spend| match spend {
            Spend::Totp { credential, step } => {
                let app = self.apps.iter().find(|app| app.id == *credential)?;
                app.is_unspent(*step, now).then_some(Spending::Code(app, *step))
            }
            Spend::Passkey { credential, used } => {
                let passkey = self.passkeys.iter().find(|passkey| passkey.id == *credential)?;
                used.is_credible(passkey).then_some(Spending::Passkey(passkey, *used))
            }
        };
        authentication.spends.iter().map(spending).collect()
    }

    /// What proofs of them rest on.
    pub(super) fn digests(&self) -> impl Iterator<Item = CredentialDigest> {
        let apps = self.apps.iter().map(CredentialDigest::of_totp);
        apps.chain(self.passkeys.iter().map(CredentialDigest::of_passkey))
    }
}

/// What is used up by a sign-in.
pub(super) enum Spending<'a> {
    Code(&'a TotpCredential, i64),
    Passkey(&'a Passkey, Use),
}

/// Uses it up. Answers whether all of it was there.
pub(super) fn use_up(
    connection: &mut Connection,
    spending: Vec<Spending<'_>>,
    now: UnixTime,
) -> Result<bool, DbError> {
    for spending in spending {
        let is_done = match spending {
            Spending::Code(app, step) => totp_credentials::spend(connection, app, step, now)?,
            Spending::Passkey(passkey, used) => passkeys::note_use(connection, passkey.id, used, now)?,
        };
        if !is_done {
            return Ok(false);
        }
    }
    Ok(true)
}
