//! Users: adding one, setting a password, shutting one out, signing one out. Whatever takes something away from a user
//! ends what was issued before, in the same transaction.

use super::{Directory, DirectoryError};
use crate::db::DbError;
use crate::db::audit_events::About;
use crate::random;
use crate::store::devices::{By, Overview, SignOut, SignedOut, Which};
use crate::store::revoke::Target;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::{StandardClaims, User, UserStatus};
use idp_core::username::Username;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A user to add.
pub struct NewUser {
    /// The sign-in name.
    pub username: Username,
    /// What sites may be told.
    pub claims: StandardClaims,
    /// The first password.
    pub password: Zeroizing<String>,
}

impl Directory<'_> {
    /// Adds a user, who may sign in at once.
    ///
    /// # Errors
    /// [`DirectoryError::WeakPassword`], [`DirectoryError::UserExists`], or that it is not stored.
    pub async fn add_user(&self, new: NewUser, now: UnixTime) -> Result<User, DirectoryError> {
        let claims = StandardClaims { updated_at: Some(now.as_secs()), ..new.claims };
        let hash = self.accepted(new.password, &new.username, &claims).await?;
        let user = User {
            id: random::new_id(now),
            username: new.username,
            status: UserStatus::Active,
            not_before: now,
            claims,
            created_at: now,
        };
        match self.store.add_user(user.clone(), hash, now).await {
            Ok(()) => Ok(user),
            Err(DbError::Exists) => Err(DirectoryError::UserExists(user.username)),
            Err(error) => Err(error.into()),
        }
    }

    /// The user with this sign-in name.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn user(&self, username: &Username) -> Result<User, DirectoryError> {
        let found = self.store.user_by_name(username.clone()).await?;
        found.ok_or_else(|| DirectoryError::UnknownUser(username.clone()))
    }

    /// Sets a new password and signs the user out everywhere: the old password may have leaked, so everything that it
    /// began ends with it.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::WeakPassword`], or that it is not stored and published.
    pub async fn set_password(
        &self,
        username: &Username,
        password: Zeroizing<String>,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let user = self.user(username).await?;
        let hash = self.accepted(password, username, &user.claims).await?;
        let target = Target::Password { user: user.id, hash };
        self.revoke(target, EndCause::PasswordChanged, Some(user.id), now).await
    }

    /// Shuts a user out and signs them out everywhere.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that it is not stored and published.
    pub async fn disable_user(&self, username: &Username, now: UnixTime) -> Result<(), DirectoryError> {
        let user = self.user(username).await?.id;
        self.revoke(Target::DisabledUser(user), EndCause::UserDisabled, Some(user), now).await
    }

    /// Lets a user in again. What was issued before stays void.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that it is not stored.
    pub async fn enable_user(&self, username: &Username, now: UnixTime) -> Result<(), DirectoryError> {
        let user = self.user(username).await?;
        Ok(self.store.enable_user(user.id, now).await?)
    }

    /// Where a user is signed in, and was.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn devices(&self, username: &Username, now: UnixTime) -> Result<Overview, DirectoryError> {
        let user = self.user(username).await?;
        Ok(self.store.devices(user, now).await?)
    }

    /// Signs a user out everywhere; they may sign in again.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that it is not stored and published.
    pub async fn sign_out_user(&self, username: &Username, now: UnixTime) -> Result<(), DirectoryError> {
        let user = self.user(username).await?.id;
        self.revoke(Target::User(user), EndCause::Administrator, Some(user), now).await
    }

    /// Ends some of a user's sessions.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::NoSuchSession`], or that it is not stored and published.
    pub async fn sign_out_sessions(
        &self,
        username: &Username,
        which: Which,
        now: UnixTime,
    ) -> Result<SignedOut, DirectoryError> {
        let user = self.user(username).await?.id;
        match self.store.sign_out(user, which, By::Administrator, None, now).await? {
            SignOut::Ended(ended) => Ok(ended),
            SignOut::AlreadyOut | SignOut::NotFound => Err(DirectoryError::NoSuchSession(username.clone())),
        }
    }

    /// Signs everybody out; they may sign in again.
    ///
    /// # Errors
    /// When it is not stored and published.
    pub async fn sign_out_everybody(&self, now: UnixTime) -> Result<(), DirectoryError> {
        self.revoke(Target::Everybody, EndCause::Administrator, None, now).await
    }

    async fn revoke(
        &self,
        target: Target,
        cause: EndCause,
        user: Option<Uuid>,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        self.store.revoke(target, cause, About { user, ..About::default() }, now).await?;
        Ok(())
    }

    /// The hash of a password that the policy accepts for this user.
    async fn accepted(
        &self,
        password: Zeroizing<String>,
        username: &Username,
        claims: &StandardClaims,
    ) -> Result<String, DirectoryError> {
        let known = |claim: &Option<String>| claim.clone().unwrap_or_default();
        let (name, email) = (known(&claims.name), known(&claims.email));
        let names = [username.as_str(), &name, &email, &self.config.issuer.service_name];
        self.config.password.policy()?.check(&password, &names)?;
        Ok(self.hashing.hash(password).await?)
    }
}
