//! Links by which people become administrators, and the account that one opens by such a link (ADR 67).

use super::registration::OwnAccountOutcome;
use super::users::{FirstPassword, NewUser};
use super::{Administration, Directory, DirectoryError};
use crate::hash_pool::WorkOf;
use crate::random;
use crate::store::accounts::AccountWrite;
use crate::words::Language;
use idp_core::administration::Permissions;
use idp_core::administrator_link::AdministratorLink;
use idp_core::discovery::path;
use idp_core::password::Password;
use idp_core::secret::{Secret, SecretKind};
use idp_core::time::UnixTime;
use idp_core::user::attribute::AttributesChange;
use idp_core::user::{StandardClaims, UserStatus};
use idp_core::username::Username;

/// What a person says of themselves who opens the account of an administrator.
pub struct OwnAdministrator {
    /// What they are called.
    pub name: String,
    /// The name that they sign in with.
    pub username: Username,
    /// The language in which they did it.
    pub language: Language,
    /// Their password.
    pub password: Password,
}

impl Administration<'_> {
    /// Makes a link by which a person becomes an administrator, also while there are some. Answers its address.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that it is not stored.
    pub async fn administrator_link(&self, now: UnixTime) -> Result<String, DirectoryError> {
        let link = AdministratorLink::new(false, now);
        self.add_administrator_link(link, now).await.map(|(address, _)| address)
    }

    /// The same for the first administrator. `None` where there is one.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that it is not stored.
    pub async fn first_administrator_link(&self, now: UnixTime) -> Result<Option<String>, DirectoryError> {
        if self.store.has_administrator().await? {
            return Ok(None);
        }
        let (address, is_made) = self.add_administrator_link(AdministratorLink::new(true, now), now).await?;
        Ok(is_made.then_some(address))
    }

    async fn add_administrator_link(
        &self,
        link: AdministratorLink,
        now: UnixTime,
    ) -> Result<(String, bool), DirectoryError> {
        let by = self.right(Permissions::all())?;
        let secret = Secret::generate(SecretKind::MailLink, &mut random::rng());
        let is_made = self.store.add_administrator_link(link, &secret, by, now).await?;
        let issuer = self.config.issuer.url.as_str();
        Ok((format!("{issuer}{}?link={}", path::FIRST_ADMINISTRATOR, secret.expose()), is_made))
    }
}

impl Directory<'_> {
    /// Opens the account of the administrator who followed the link with this secret. Hashing the password counts as `work`.
    ///
    /// # Errors
    /// [`DirectoryError::UnfitClaim`] about the name, [`DirectoryError::WeakPassword`], or that it is not stored.
    pub async fn open_administrator_account(
        &self,
        secret: &Secret,
        own: OwnAdministrator,
        (work, from): (&WorkOf, String),
        now: UnixTime,
    ) -> Result<OwnAccountOutcome, DirectoryError> {
        let claims = StandardClaims {
            name: Some(own.name),
            locale: Some(own.language.tag().to_owned()),
            ..StandardClaims::default()
        };
        let new = NewUser {
            username: own.username,
            claims,
            addresses: Vec::new(),
            attributes: AttributesChange::default(),
            password: FirstPassword::Typed(own.password),
            status: UserStatus::Active,
        };
        let (password, account) = new.into_account(self, now).await?;
        let FirstPassword::Typed(password) = password else { return Ok(OwnAccountOutcome::Void) };
        let hash = self.accepted(work, password, &account).await?;
        let user = account.user.id;
        Ok(match self.store.open_administrator_account(secret, account, hash.clone(), from, now).await? {
            AccountWrite::Written => OwnAccountOutcome::Opened { user, hash },
            AccountWrite::Taken(_) => OwnAccountOutcome::UsernameTaken,
            AccountWrite::ChangedMeanwhile => OwnAccountOutcome::Void,
        })
    }
}
