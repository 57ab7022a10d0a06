//! Users: adding one, changing and removing one, setting a password, shutting one out, signing one out. What takes
//! something away from a user ends what was issued before, in the same transaction.

use super::{Directory, DirectoryError};
use crate::db::DbError;
use crate::db::audit_events::AuditContext;
use crate::random;
use crate::store::devices::{Actor, SessionList, SessionSelector, SignOut, SignedOut};
use crate::store::revoke::Target;
use idp_core::password::{Password, imported};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::{ClaimsChange, STANDARD_CLAIMS, StandardClaims, User, UserStatus};
use idp_core::username::Username;
use uuid::Uuid;

/// A user to add.
pub struct NewUser {
    /// The sign-in name.
    pub username: Username,
    /// What sites may be told. A value of `updated_at` is ignored: it is the time of the act.
    pub claims: StandardClaims,
    /// The first password.
    pub password: FirstPassword,
    /// Whether they may sign in.
    pub status: UserStatus,
}

/// What a new user signs in with.
pub enum FirstPassword {
    /// This, if the policy accepts it.
    Typed(Password),
    /// What another system kept the hash of, as that system writes it. The provider does not know which password
    /// it is, so no policy weighs it.
    Hashed(String),
}

/// What to change of a user. It takes nothing away that was issued: sites learn new claims at the next look.
pub struct UserChange {
    /// The new sign-in name.
    pub username: Option<Username>,
    /// The claims to set and to remove.
    pub claims: ClaimsChange,
}

impl UserChange {
    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.username.is_none() && self.claims.is_empty()
    }

    fn apply(self, user: &User) -> Result<User, DirectoryError> {
        let claims = self.claims.apply(user.claims.clone())?.checked()?;
        let username = self.username.unwrap_or_else(|| user.username.clone());
        Ok(User { username, claims, ..user.clone() })
    }
}

impl Directory<'_> {
    /// Adds a user.
    ///
    /// # Errors
    /// [`DirectoryError::UnfitClaim`], [`DirectoryError::WeakPassword`], [`DirectoryError::UnfitHash`],
    /// [`DirectoryError::UserExists`], or that it is not stored.
    pub async fn add_user(&self, new: NewUser, now: UnixTime) -> Result<User, DirectoryError> {
        let claims = StandardClaims { updated_at: Some(now.as_secs()), ..new.claims.checked()? };
        let hash = match new.password {
            FirstPassword::Typed(password) => self.accepted(password, &new.username, &claims).await?,
            FirstPassword::Hashed(text) => imported(&text).map_err(DirectoryError::UnfitHash)?,
        };
        let user = User {
            id: random::new_id(now),
            username: new.username,
            status: new.status,
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

    /// Changes a user's sign-in name and claims. Answers the user as they are then. A change that changes nothing leaves no
    /// trace.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::UnfitClaim`], [`DirectoryError::UserExists`] when the new name is
    /// taken, that another operator changed the user at the same moment, or that it is not stored.
    pub async fn change_user(
        &self,
        username: &Username,
        change: UserChange,
        now: UnixTime,
    ) -> Result<User, DirectoryError> {
        let before = self.user(username).await?;
        let mut after = change.apply(&before)?;
        let changed = differences(&before, &after);
        if changed.is_empty() {
            return Ok(before);
        }
        after.claims.updated_at = Some(now.as_secs());
        match self.store.change_user(before, after.clone(), changed.join(" "), now).await {
            Ok(true) => Ok(after),
            Ok(false) => Err(DirectoryError::ChangedMeanwhile),
            Err(DbError::Exists) => Err(DirectoryError::UserExists(after.username)),
            Err(error) => Err(error.into()),
        }
    }

    /// Signs a user out everywhere and removes them, with their credentials, devices and consents. The audit log keeps the
    /// id, which no other user ever gets; the name is free.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that it is not stored and published.
    pub async fn remove_user(&self, username: &Username, now: UnixTime) -> Result<User, DirectoryError> {
        let user = self.user(username).await?;
        self.revoke(Target::RemovedUser(user.id), EndCause::Administrator, Some(user.id), now).await?;
        Ok(user)
    }

    /// Sets a new password and signs the user out everywhere: the old password may have leaked, so everything that it
    /// began ends with it.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::WeakPassword`], or that it is not stored and published.
    pub async fn set_password(
        &self,
        username: &Username,
        password: Password,
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
    pub async fn devices(&self, username: &Username, now: UnixTime) -> Result<SessionList, DirectoryError> {
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
        which: SessionSelector,
        now: UnixTime,
    ) -> Result<SignedOut, DirectoryError> {
        let user = self.user(username).await?.id;
        match self.store.sign_out(user, which, Actor::Administrator, None, now).await? {
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
        self.store.revoke(target, cause, AuditContext { user, ..AuditContext::default() }, now).await?;
        Ok(())
    }

    /// Whether the policy lets the person with this name and these claims have this password; asks no list of stolen ones.
    ///
    /// # Errors
    /// [`DirectoryError::WeakPassword`] says why not.
    pub fn weigh_password(
        &self,
        password: &Password,
        username: &Username,
        claims: &StandardClaims,
    ) -> Result<(), DirectoryError> {
        self.password_check().weigh(password, &names_of(username, claims))
    }

    /// The hash of a password that this person may have.
    ///
    /// # Errors
    /// [`DirectoryError::WeakPassword`] says why not, or that it could not be hashed.
    pub async fn accepted(
        &self,
        password: Password,
        username: &Username,
        claims: &StandardClaims,
    ) -> Result<String, DirectoryError> {
        self.password_check().check(&password, &names_of(username, claims)).await?;
        Ok(self.hashing.hash(password).await?)
    }
}

/// What a guesser knows of a person.
fn names_of<'a>(username: &'a Username, claims: &'a StandardClaims) -> Vec<&'a str> {
    let known = [&claims.name, &claims.email].into_iter().filter_map(|claim| claim.as_deref());
    std::iter::once(username.as_str()).chain(known).collect()
}

/// The names of what differs: of the sign-in name and the claims, never their values.
fn differences(before: &User, after: &User) -> Vec<String> {
    let name = (before.username != after.username).then(|| "username".to_owned());
    let (old, new) = (before.claims.clone().into_members(), after.claims.clone().into_members());
    let claims = STANDARD_CLAIMS.iter().filter(|claim| old.get(**claim) != new.get(**claim));
    name.into_iter().chain(claims.map(|&claim| claim.to_owned())).collect()
}
