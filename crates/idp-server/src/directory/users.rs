//! Users: adding one, changing and removing one, setting a password, shutting one out, signing one out. What takes
//! something away from a user ends what was issued before, in the same transaction.

use super::{Administration, Directory, DirectoryError, MOST_COUNTED, UserKey};
use crate::db::audit_events::AuditContext;
use crate::hash_pool::WorkOf;
use crate::random;
use crate::store::accounts::AccountWrite;
use crate::store::devices::{Actor, SessionList, SessionSelector, SignOut, SignedOut};
use crate::store::revoke::Target;
use idp_core::administration::{Permission, Permissions};
use idp_core::authentication::Requirement;
use idp_core::password::Password;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::attribute::{AttributeValues, AttributesChange};
use idp_core::user::{
    Account, AddressChange, ClaimsChange, MailAddresses, STANDARD_CLAIMS, SecondFactorDuty, SignInName,
    StandardClaims, User, UserStatus,
};
use idp_core::username::Username;

/// A user to add.
pub struct NewUser {
    /// The name that they go by and sign in with.
    pub username: Username,
    /// What sites may be told. `email` and `email_verified` are not read, for they come from the addresses, nor are
    /// `preferred_username`, which is the username, and `updated_at`, which is the time of the act.
    pub claims: StandardClaims,
    /// What to begin their addresses with.
    pub addresses: Vec<AddressChange>,
    /// The values of attributes.
    pub attributes: AttributesChange,
    /// The first password.
    pub password: FirstPassword,
    /// Whether they may sign in.
    pub status: UserStatus,
}

/// What a new user signs in with.
pub enum FirstPassword {
    /// Nothing: they sign in by another way, or choose one by a link in a letter.
    None,
    /// This, if the policy accepts it.
    Typed(Password),
    /// Likewise, until they choose another at their first sign-in (`password.temporary_lifetime`).
    Temporary(Password),
    /// What another system kept the hash of, as that system writes it. The provider does not know which password
    /// it is, so no policy weighs it.
    Hashed(String),
}

/// What to change of a user. It takes nothing away that was issued, but for values of attributes that a client's tokens have: sites
/// learn new claims at the next look.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// The new username.
    pub username: Option<Username>,
    /// The claims to set and to remove.
    pub claims: ClaimsChange,
    /// What to do to the addresses, in this order.
    pub addresses: Vec<AddressChange>,
    /// The values of attributes to set and to remove.
    pub attributes: AttributesChange,
    /// Whether they must prove two factors, whatever the installation asks of everybody.
    pub requires_second_factor: Option<bool>,
}

impl UserChange {
    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.username.is_none()
            && self.claims.is_empty()
            && self.addresses.is_empty()
            && self.attributes.is_empty()
            && self.requires_second_factor.is_none()
    }

    pub(super) async fn apply(
        self,
        account: &Account,
        directory: &Directory<'_>,
        now: UnixTime,
    ) -> Result<Account, DirectoryError> {
        let attributes = directory.changed_attributes(&self.attributes, &account.attributes).await?;
        let user = account.user.clone();
        let is_required = self.requires_second_factor.unwrap_or(user.second_factor.is_required);
        let second_factor = SecondFactorDuty { is_required, ..user.second_factor };
        let user = User { claims: self.claims.apply(user.claims)?.checked()?, second_factor, ..user };
        let account = Account { user, addresses: account.addresses.clone(), attributes };
        Ok(account.with_names(self.username, &self.addresses, now, || random::new_id(now))?)
    }
}

impl Administration<'_> {
    /// Adds a user.
    ///
    /// # Errors
    /// [`DirectoryError::UnfitClaim`], [`DirectoryError::UnfitAddress`], [`DirectoryError::WeakPassword`],
    /// [`DirectoryError::UnfitHash`], [`DirectoryError::UserExists`], [`DirectoryError::NameTaken`], or that it is not
    /// stored.
    pub async fn add_user(&self, new: NewUser, now: UnixTime) -> Result<Account, DirectoryError> {
        let by = self.right(Permission::ManageUsers)?;
        let (password, account) = new.into_account(self, now).await?;
        let password = self.first_password(password, &account, now).await?;
        let about = AuditContext { user: Some(account.user.id), ..AuditContext::of(by) };
        match self.store.add_account(account.clone(), password, about, now).await? {
            AccountWrite::Written => Ok(account),
            AccountWrite::Taken(name) => Err(self.taken(name, account.user.username).await?),
            AccountWrite::ChangedMeanwhile => Err(DirectoryError::ChangedMeanwhile),
        }
    }

    /// Changes a user's username, claims, addresses and attributes. Answers the account as it is then. A change that changes nothing
    /// leaves no trace.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::UnfitClaim`], [`DirectoryError::UnfitAddress`],
    /// [`DirectoryError::NoSecondFactor`], [`DirectoryError::UserExists`] or [`DirectoryError::NameTaken`] when a name is another's, that another operator
    /// changed the user at the same moment, or that it is not stored.
    pub async fn change_user(
        &self,
        user: impl Into<UserKey>,
        change: UserChange,
        now: UnixTime,
    ) -> Result<Account, DirectoryError> {
        let before = self.account(user).await?;
        self.change_account(before, change, now).await
    }

    /// The same of the account as the caller has seen it: when it is another by now, nothing is changed.
    ///
    /// # Errors
    /// As for [`Administration::change_user`].
    pub async fn change_account(
        &self,
        before: Account,
        change: UserChange,
        now: UnixTime,
    ) -> Result<Account, DirectoryError> {
        let can_prove_two = self.config.authentication.methods.reach(Requirement::TwoFactors);
        if change.requires_second_factor == Some(true) && !can_prove_two {
            return Err(DirectoryError::NoSecondFactor);
        }
        let about = self.right_over(before.user.id, Permission::ManageUsers)?;
        let mut after = change.apply(&before, self, now).await?;
        let changed = differences(&before, &after);
        if changed.is_empty() && before.addresses == after.addresses {
            return Ok(before);
        }
        after.user.claims.updated_at = Some(now.as_secs());
        match self.store.change_account(before, after.clone(), changed, about, now).await? {
            AccountWrite::Written => Ok(after),
            AccountWrite::Taken(name) => Err(self.taken(name, after.user.username).await?),
            AccountWrite::ChangedMeanwhile => Err(DirectoryError::ChangedMeanwhile),
        }
    }

    /// Says whose a taken name is: a person is there already who is called so, or the name is another's for another reason.
    pub(super) async fn taken(
        &self,
        name: SignInName,
        username: Username,
    ) -> Result<DirectoryError, DirectoryError> {
        let owner = self.store.user_by_name(username.clone()).await?;
        let is_called_so = name == SignInName::from(&username)
            && owner.is_none_or(|owner| SignInName::from(&owner.username) == name);
        Ok(if is_called_so { DirectoryError::UserExists(username) } else { DirectoryError::NameTaken(name) })
    }

    /// Signs a user out everywhere and removes them, with their credentials, devices and consents. The audit log keeps the
    /// id, which no other user ever gets; the name is free.
    ///
    /// # Errors
    /// As [`Administration::remove_account`].
    pub async fn remove_user(&self, user: impl Into<UserKey>, now: UnixTime) -> Result<User, DirectoryError> {
        let account = self.account(user).await?;
        let user = account.user.clone();
        self.remove_account(account, now).await?;
        Ok(user)
    }

    /// The same of an account as the caller has seen it: when it is another by now, nothing is removed.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownUser`], [`DirectoryError::ChangedMeanwhile`],
    /// [`DirectoryError::LastAdministrator`], or that it is not stored and published.
    pub async fn remove_account(&self, seen: Account, now: UnixTime) -> Result<(), DirectoryError> {
        let user = seen.user.id;
        let about = self.right_over(user, Permission::ManageUsers)?;
        let target = Target::RemovedUser(Box::new(seen));
        if self.store.revoke(target, EndCause::Administrator, about, now).await? {
            return Ok(());
        }
        self.account(user).await?;
        Err(DirectoryError::ChangedMeanwhile)
    }

    /// Sets a new password and signs the user out everywhere: the old password may have leaked, so everything that it
    /// began ends with it.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::WeakPassword`], or that it is not stored and published.
    pub async fn set_password(
        &self,
        user: impl Into<UserKey>,
        password: Password,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let account = self.account(user).await?;
        let user = account.user.id;
        let about = self.right_over(user, Permission::ManageCredentials)?;
        let hash = self.accepted(&WorkOf::operator(), password, &account).await?;
        self.store.revoke(Target::Password { user, hash }, EndCause::PasswordChanged, about, now).await?;
        Ok(())
    }

    /// The same with a password that signs in for `password.temporary_lifetime`, and that the user replaces at the next sign-in.
    /// Answers until when.
    ///
    /// # Errors
    /// As for [`Administration::set_password`].
    pub async fn set_temporary_password(
        &self,
        user: impl Into<UserKey>,
        password: Password,
        now: UnixTime,
    ) -> Result<UnixTime, DirectoryError> {
        let (account, until) = (self.account(user).await?, self.temporary_until(now));
        let user = account.user.id;
        let about = self.right_over(user, Permission::ManageCredentials)?;
        let hash = self.accepted(&WorkOf::operator(), password, &account).await?;
        let target = Target::TemporaryPassword { user, hash, until };
        self.store.revoke(target, EndCause::PasswordChanged, about, now).await?;
        Ok(until)
    }

    /// Until when a temporary password signs in that is set now.
    #[must_use]
    pub fn temporary_until(&self, now: UnixTime) -> UnixTime {
        now.plus(self.config.password.temporary_lifetime.as_secs())
    }

    /// Shuts a user out and signs them out everywhere.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that it is not stored and published.
    pub async fn disable_user(&self, user: impl Into<UserKey>, now: UnixTime) -> Result<(), DirectoryError> {
        let user = self.user(user).await?.id;
        let about = self.right_over(user, Permission::ManageUsers)?;
        self.store.revoke(Target::DisabledUser(user), EndCause::UserDisabled, about, now).await?;
        Ok(())
    }

    /// Lets a user in again. What was issued before stays void.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that it is not stored.
    pub async fn enable_user(&self, user: impl Into<UserKey>, now: UnixTime) -> Result<(), DirectoryError> {
        let user = self.user(user).await?.id;
        let about = self.right_over(user, Permission::ManageUsers)?;
        Ok(self.store.enable_user(user, about, now).await?)
    }

    /// Where a user is signed in, and was.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn devices(
        &self,
        user: impl Into<UserKey>,
        now: UnixTime,
    ) -> Result<SessionList, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        let user = self.user(user).await?;
        Ok(self.store.devices(user, now).await?)
    }

    /// Signs a user out everywhere; they may sign in again.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that it is not stored and published.
    pub async fn sign_out_user(&self, user: impl Into<UserKey>, now: UnixTime) -> Result<(), DirectoryError> {
        let user = self.user(user).await?.id;
        let by = self.right(Permission::ManageSessions)?;
        let about = AuditContext { user: Some(user), ..AuditContext::of(by) };
        self.store.revoke(Target::User(user), EndCause::Administrator, about, now).await?;
        Ok(())
    }

    /// Ends some of a user's sessions.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::NoSuchSession`], or that it is not stored and published.
    pub async fn sign_out_sessions(
        &self,
        user: impl Into<UserKey>,
        which: SessionSelector,
        now: UnixTime,
    ) -> Result<SignedOut, DirectoryError> {
        let key = user.into();
        let user = self.user(key.clone()).await?.id;
        let about = AuditContext::of(self.right(Permission::ManageSessions)?);
        match self.store.sign_out(user, which, Actor::Administrator, about, now).await? {
            SignOut::Ended(ended) => Ok(ended),
            SignOut::AlreadyOut | SignOut::NotFound => Err(DirectoryError::NoSuchSession(key)),
        }
    }

    /// How many sign-ins of all people are open, counted no further than one more than [`MOST_COUNTED`].
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn count_open_sessions(&self, now: UnixTime) -> Result<usize, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.count_open_sessions(now, MOST_COUNTED + 1).await?)
    }

    /// Signs everybody out; they may sign in again.
    ///
    /// # Errors
    /// When it is not stored and published.
    pub async fn sign_out_everybody(&self, now: UnixTime) -> Result<(), DirectoryError> {
        let everybody = [Permission::ManageSessions, Permission::ManageUsers];
        let by = self.right(everybody.into_iter().collect::<Permissions>())?;
        let about = AuditContext::of(by);
        self.store.revoke(Target::Everybody, EndCause::Administrator, about, now).await?;
        Ok(())
    }
}

impl Directory<'_> {
    /// A user.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn user(&self, user: impl Into<UserKey>) -> Result<User, DirectoryError> {
        Ok(self.account(user).await?.user)
    }

    /// The account of a user.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn account(&self, user: impl Into<UserKey>) -> Result<Account, DirectoryError> {
        let key = user.into();
        let found = match &key {
            UserKey::Id(id) => self.store.account(*id).await?,
            UserKey::Name(name) => self.store.account_by_name(name.clone()).await?,
        };
        found.ok_or(DirectoryError::UnknownUser(key))
    }
}

impl NewUser {
    pub(super) async fn into_account(
        self,
        directory: &Directory<'_>,
        now: UnixTime,
    ) -> Result<(FirstPassword, Account), DirectoryError> {
        let attributes = directory.changed_attributes(&self.attributes, &AttributeValues::default()).await?;
        let claims = StandardClaims {
            email: None,
            email_verified: None,
            preferred_username: None,
            updated_at: Some(now.as_secs()),
            ..self.claims
        };
        let user = User {
            id: random::new_id(now),
            username: self.username,
            status: self.status,
            not_before: now,
            claims: claims.checked()?,
            created_at: now,
            second_factor: SecondFactorDuty::default(),
            browsers_forgotten_at: None,
        };
        let account = Account { user, addresses: MailAddresses::default(), attributes };
        let account = account.with_names(None, &self.addresses, now, || random::new_id(now))?;
        Ok((self.password, account))
    }
}

/// The names of what differs: of the username, of what they must prove, of the claims and of the attributes, never their values. What
/// becomes of addresses has names of its own.
pub(super) fn differences(before: &Account, after: &Account) -> Vec<String> {
    let (was, is) = (&before.user, &after.user);
    let name = (was.username != is.username).then(|| "username".to_owned());
    let (old, new) = (was.claims.clone().into_members(), is.claims.clone().into_members());
    let own = STANDARD_CLAIMS.iter().filter(|claim| !["email", "email_verified"].contains(*claim));
    let claims = own.filter(|claim| old.get(**claim) != new.get(**claim)).map(|&claim| claim.to_owned());
    let duty = was.second_factor.is_required != is.second_factor.is_required;
    let duty = duty.then(|| "second_factor_required".to_owned());
    let attributes = before.attributes.differences(&after.attributes);
    let attributes = attributes.into_iter().map(|name| format!("attributes.{name}"));
    name.into_iter().chain(duty).chain(claims).chain(attributes).collect()
}
