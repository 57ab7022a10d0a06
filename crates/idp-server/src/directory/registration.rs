//! Accounts that people open by themselves, by a link that they asked for or were sent, and the invitations of operators.

use super::users::{FirstPassword, NewUser};
use super::{Administration, Directory, DirectoryError};
use crate::hash_pool::WorkOf;
use crate::random;
use crate::store::registration::{NewInvitation, RegistrationOutcome};
use crate::words::Language;
use idp_core::administration::Permission;
use idp_core::mail_address::MailAddress;
use idp_core::password::Password;
use idp_core::registration_link::{LONGEST_INVITATION, RegistrationLink, RegistrationOrigin};
use idp_core::secret::{Secret, SecretKind};
use idp_core::time::UnixTime;
use idp_core::user::attribute::AttributesChange;
use idp_core::user::{AddressChange, SignInName, StandardClaims, UserStatus};
use idp_core::username::Username;
use uuid::Uuid;

/// What a person says of themselves who opens an account.
pub struct OwnAccount {
    /// What they are called.
    pub name: String,
    /// The username, if they wish to have one; else it is their address.
    pub username: Option<Username>,
    /// The language in which they did it, which their letters are in as well.
    pub language: Language,
    /// Their password.
    pub password: Password,
}

/// What became of it.
pub enum OwnAccountOutcome {
    /// It is theirs.
    Opened {
        /// Their id.
        user: Uuid,
        /// The hash of the password, for the sign-in that follows.
        hash: String,
    },
    /// The username is taken.
    UsernameTaken,
    /// The link is no longer good, or the address is on an account by now.
    Void,
}

/// Who is invited.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Where the letter goes. It is theirs once they follow the link.
    pub address: MailAddress,
    /// What they are called, as far as the operator knows.
    pub name: Option<String>,
    /// The username that they get.
    pub username: Option<Username>,
    /// The language of the letter.
    pub language: Language,
    /// For how many seconds the link is good.
    pub lifetime: i64,
}

impl Directory<'_> {
    /// Opens the account of the person who followed `link`, with the secret of it. An invitation decides about the username.
    /// Hashing the password counts as the work of that person.
    ///
    /// # Errors
    /// [`DirectoryError::UnfitClaim`] about the name, [`DirectoryError::WeakPassword`], or that it is not stored.
    pub async fn open_account(
        &self,
        (secret, link): (&Secret, &RegistrationLink),
        own: OwnAccount,
        (work, from): (&WorkOf, String),
        now: UnixTime,
    ) -> Result<OwnAccountOutcome, DirectoryError> {
        let given = match &link.origin {
            RegistrationOrigin::Invited { username, .. } => username.clone(),
            RegistrationOrigin::Asked => None,
        };
        let claims = StandardClaims {
            name: Some(own.name),
            locale: Some(own.language.tag().to_owned()),
            ..StandardClaims::default()
        };
        let new = NewUser {
            username: match given.or(own.username) {
                Some(username) => username,
                None => name_of(&link.address)?,
            },
            claims,
            addresses: vec![AddressChange::Vouch(link.address.clone())],
            attributes: AttributesChange::default(),
            password: FirstPassword::Typed(own.password),
            status: UserStatus::Active,
        };
        let (password, account) = new.into_account(self, now).await?;
        let FirstPassword::Typed(password) = password else { return Ok(OwnAccountOutcome::Void) };
        let hash = self.accepted(work, password, &account).await?;
        let user = account.user.id;
        Ok(match self.store.open_account(secret, account, hash.clone(), from, now).await? {
            RegistrationOutcome::Opened => OwnAccountOutcome::Opened { user, hash },
            RegistrationOutcome::Taken(name) if name != SignInName::from(&link.address) => {
                OwnAccountOutcome::UsernameTaken
            }
            RegistrationOutcome::Taken(_) | RegistrationOutcome::Void => OwnAccountOutcome::Void,
        })
    }
}

impl Administration<'_> {
    /// Invites a person by a letter. Answers until when the link in it is good.
    ///
    /// # Errors
    /// [`DirectoryError::RegistrationIsOff`], [`DirectoryError::InvitationLifetime`], [`DirectoryError::UnfitClaim`],
    /// [`DirectoryError::NameTaken`], or that it is not stored.
    pub async fn invite(&self, guest: Guest, now: UnixTime) -> Result<UnixTime, DirectoryError> {
        let by = self.right(Permission::ManageUsers)?;
        if !self.config.takes_invitations() {
            return Err(DirectoryError::RegistrationIsOff);
        }
        if !(60..=LONGEST_INVITATION).contains(&guest.lifetime) {
            return Err(DirectoryError::InvitationLifetime);
        }
        // What cannot be stored of them later is not told to them now.
        StandardClaims { name: guest.name.clone(), ..StandardClaims::default() }.checked()?;
        name_of(&guest.address)?;
        let expires_at = now.plus(guest.lifetime);
        let link = RegistrationLink {
            address: guest.address,
            origin: RegistrationOrigin::Invited { name: guest.name, username: guest.username },
            way_back: None,
            created_at: now,
            expires_at,
            opened: None,
        };
        let secret = Secret::generate(SecretKind::MailLink, &mut random::rng());
        let invitation = NewInvitation { link, secret, language: guest.language };
        match self.store.invite(invitation, by, now).await? {
            Ok(()) => Ok(expires_at),
            Err(name) => Err(DirectoryError::NameTaken(name)),
        }
    }

    /// Takes back an invitation that was not followed yet.
    ///
    /// # Errors
    /// [`DirectoryError::NoInvitation`], or that it is not stored.
    pub async fn withdraw_invitation(
        &self,
        address: MailAddress,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let by = self.right(Permission::ManageUsers)?;
        match self.store.withdraw_invitation(address.clone(), by, now).await? {
            true => Ok(()),
            false => Err(DirectoryError::NoInvitation(address)),
        }
    }
}

/// The username of a person who has no other: it follows the address, should that change.
fn name_of(address: &MailAddress) -> Result<Username, DirectoryError> {
    Username::parse(address.as_str()).map_err(DirectoryError::AddressIsNoName)
}
