//! What a person has besides the password, as the transitions that decide by it read it.

use super::{Store, recipients};
use crate::db::users::HeldFactors;
use crate::db::{
    Connection, DbError, passkeys, password_credentials, recovery_codes, second_step_links, totp_credentials,
    users,
};
use idp_core::authentication::{CredentialDigest, Factor, OwnFactors};
use idp_core::mail_address::MailAddress;
use idp_core::passkey::Passkey;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::second_step_link::SecondStepLink;
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
    /// The link that they were sent in place of these, where one may count.
    pub link: Option<SecondStepLink>,
}

/// A person who is asked for a second factor.
#[derive(Clone, Debug)]
pub struct AtSecondStep {
    /// Who.
    pub user: User,
    /// What they can be asked for.
    pub factors: SecondFactors,
    /// Whether their password was used together with a second factor since it was set.
    pub password_is_confirmed: bool,
    /// Where a link that stands in for it goes.
    pub address: Option<MailAddress>,
}

/// The kinds of second factors that a person has.
#[derive(Clone, Debug, Default)]
pub struct FactorKinds {
    all: Vec<Factor>,
    asked: Vec<Factor>,
}

impl FactorKinds {
    /// The same, as the rules take it.
    #[must_use]
    pub fn own(&self) -> OwnFactors<'_> {
        OwnFactors { all: &self.all, asked: &self.asked }
    }
}

impl From<HeldFactors> for FactorKinds {
    fn from(held: HeldFactors) -> Self {
        let of = |passkey: bool| {
            let kinds = [(held.totp, Factor::Totp), (passkey, Factor::Passkey)];
            kinds.into_iter().filter_map(|(is_held, kind)| is_held.then_some(kind)).collect()
        };
        Self { all: of(held.passkey), asked: of(held.asked_passkey) }
    }
}

impl SecondFactors {
    /// Those of `user`.
    pub(super) fn of(connection: &mut Connection, user: Uuid) -> Result<Self, DbError> {
        Ok(Self {
            apps: totp_credentials::of_user(connection, user)?,
            passkeys: passkeys::of_user(connection, user)?,
            codes: recovery_codes::of_user(connection, user)?,
            link: None,
        })
    }

    /// The same, and the link that they were sent.
    pub(super) fn with_link_of(connection: &mut Connection, user: Uuid) -> Result<Self, DbError> {
        let link = second_step_links::of_user(connection, user)?;
        Ok(Self { link, ..Self::of(connection, user)? })
    }

    /// Whether the password alone signs in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many are asked for, recovery codes aside.
    #[must_use]
    pub fn len(&self) -> usize {
        self.apps.len() + self.asked_passkeys().count()
    }

    /// The passkeys that are asked for after the password. The others sign in as well, and change nothing of that.
    fn asked_passkeys(&self) -> impl Iterator<Item = &Passkey> {
        self.passkeys.iter().filter(|passkey| passkey.is_asked_for)
    }

    /// Whether without this one the password alone would sign in.
    #[must_use]
    pub fn is_last(&self, id: Uuid) -> bool {
        let app = self.apps.iter().map(|app| app.id);
        let asked: Vec<Uuid> = app.chain(self.asked_passkeys().map(|passkey| passkey.id)).collect();
        asked == [id]
    }

    /// The kinds that the person can prove, where more is demanded than the account asks for.
    #[must_use]
    pub fn kinds(&self) -> Vec<Factor> {
        let passkeys = (!self.passkeys.is_empty()).then_some(Factor::Passkey);
        self.codes_of_apps().chain(passkeys).collect()
    }

    /// The kinds that the account asks for after the password.
    #[must_use]
    pub fn asked_kinds(&self) -> Vec<Factor> {
        let passkeys = self.asked_passkeys().next().map(|_| Factor::Passkey);
        self.codes_of_apps().chain(passkeys).collect()
    }

    fn codes_of_apps(&self) -> impl Iterator<Item = Factor> + use<> {
        (!self.apps.is_empty()).then_some(Factor::Totp).into_iter()
    }

    /// When the newest of them was added. Recovery codes come with another or after it, and begin nothing.
    #[must_use]
    pub fn newest(&self) -> Option<UnixTime> {
        let apps = self.apps.iter().map(|app| app.created_at);
        apps.chain(self.asked_passkeys().map(|passkey| passkey.created_at)).max()
    }

    /// What proofs of them rest on.
    pub(super) fn digests(&self) -> impl Iterator<Item = CredentialDigest> {
        let apps = self.apps.iter().map(CredentialDigest::of_totp);
        let passkeys = self.passkeys.iter().map(CredentialDigest::of_passkey);
        let link = self.link.iter().map(CredentialDigest::of_mail_link);
        apps.chain(passkeys).chain(self.codes.iter().map(CredentialDigest::of_recovery_code)).chain(link)
    }
}

impl Store {
    /// A person with their second factors, for the second step of a sign-in; and what decides about a link in their place, where
    /// `with_link` says that there may be one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_step_of(&self, user: Uuid, with_link: bool) -> Result<Option<AtSecondStep>, DbError> {
        self.read(move |connection| {
            let Some(user) = users::by_id(connection, user)? else {
                return Ok(None);
            };
            if !with_link {
                let factors = SecondFactors::of(connection, user.id)?;
                return Ok(Some(AtSecondStep { user, factors, password_is_confirmed: false, address: None }));
            }
            let factors = SecondFactors::with_link_of(connection, user.id)?;
            let password_is_confirmed = password_credentials::is_confirmed(connection, user.id)?;
            let address = recipients::of_links(connection, &user)?;
            Ok(Some(AtSecondStep { user, factors, password_is_confirmed, address }))
        })
        .await
    }

    /// Of which kinds that is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn factor_kinds(&self, user: Uuid) -> Result<FactorKinds, DbError> {
        self.read(move |connection| Ok(users::held_factors(connection, user)?.into())).await
    }

    /// What a person has besides the password.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_factors(&self, user: Uuid) -> Result<SecondFactors, DbError> {
        self.read(move |connection| SecondFactors::of(connection, user)).await
    }
}
