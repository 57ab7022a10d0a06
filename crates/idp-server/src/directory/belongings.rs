//! What is a person's, as administrators see it: finding the person, how they sign in, what sites have of them, and what they
//! were invited by.

use super::{Administration, DirectoryError, UserKey};
use crate::db::audit_events::AuditContext;
use crate::db::terms_acceptances::AcceptedTerms;
use crate::random;
use crate::store::connected_sites::ConnectedSite;
use crate::store::revoke::Target;
use crate::store::second_factors::SecondFactors;
use crate::store::user_search::{UserPage, UserQuery};
use idp_core::administration::Permission;
use idp_core::client::ClientId;
use idp_core::registration_link::RegistrationLink;
use idp_core::secret::{Secret, SecretKind};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::{Account, User};
use std::sync::Arc;
use uuid::Uuid;

/// How a person signs in.
#[derive(Clone, Debug)]
pub struct Methods {
    /// Whether by a password; `Some` of the time until which it signs in, where it is temporary.
    pub password: Option<Option<UnixTime>>,
    /// The second factors.
    pub factors: SecondFactors,
}

impl Administration<'_> {
    /// A page of the people whom `query` asks for, see [`crate::store::Store::find_users`].
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn find_users(
        &self,
        query: UserQuery,
        after: Option<String>,
        limit: usize,
    ) -> Result<Option<UserPage>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.find_users(query, after, limit).await?)
    }

    /// The account of a person, to look at.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn person(&self, user: impl Into<UserKey>) -> Result<Account, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        self.account(user).await
    }

    /// Those of these people who are there, in the order of their ids.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn people(&self, ids: Vec<Uuid>) -> Result<Vec<User>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(if ids.is_empty() { Vec::new() } else { self.store.users_by_ids(ids).await? })
    }

    /// Whether the caller has all that a person may administer, which acts on a person take. The acts look again.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn reaches(&self, user: Uuid) -> Result<bool, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        let roles = self.store.roles_of_user(user).await?;
        let mut all = roles.own.iter().chain(&roles.by_groups);
        Ok(all.all(|role| self.caller.permissions().contain_all(role.permissions.get())))
    }

    /// Sends a person a link by which they choose a new password, and ends nothing before they do.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownUser`], [`DirectoryError::NoLetter`], or that it is not stored.
    pub async fn send_password_link(
        &self,
        user: impl Into<UserKey>,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let user = self.user(user).await?.id;
        let about = self.right_over(user, Permission::ManageCredentials)?;
        let secret = Secret::generate(SecretKind::MailLink, &mut random::rng());
        match self.store.send_password_link(user, secret, about, now).await? {
            true => Ok(()),
            false => Err(DirectoryError::NoLetter),
        }
    }

    /// How a person signs in.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn methods(&self, user: impl Into<UserKey>) -> Result<Methods, DirectoryError> {
        let user = self.person(user).await?.user;
        let factors = self.second_factors(&user).await?;
        let password = self.store.password_of(user.id).await?;
        Ok(Methods { password: password.map(|password| password.temporary_until), factors })
    }

    /// The versions of the terms of use that a person accepted, in no order.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn accepted_terms(
        &self,
        user: impl Into<UserKey>,
    ) -> Result<Vec<AcceptedTerms>, DirectoryError> {
        let user = self.person(user).await?.user.id;
        Ok(self.store.accepted_terms(user).await?)
    }

    /// What a user has besides the password.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_factors(&self, user: &User) -> Result<SecondFactors, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.second_factors(user.id).await?)
    }

    /// Removes all second factors of a user, recovery codes among them, and signs them out everywhere: the password alone signs
    /// in again. Answers whether there was one; where there was none nothing ends.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or that it is not stored and published.
    pub async fn reset_methods(
        &self,
        user: impl Into<UserKey>,
        now: UnixTime,
    ) -> Result<bool, DirectoryError> {
        let user = self.user(user).await?.id;
        let about = self.right_over(user, Permission::ManageCredentials)?;
        let target = Target::SecondFactors(user);
        Ok(self.store.revoke(target, EndCause::FactorRemoved, about, now).await?)
    }

    /// Removes one second factor of a person, and with the last one the recovery codes, and signs the person out everywhere.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::NoSuchMethod`], or that it is not stored and published.
    pub async fn remove_method(
        &self,
        user: impl Into<UserKey>,
        method: Uuid,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let user = self.user(user).await?.id;
        let about = self.right_over(user, Permission::ManageCredentials)?;
        let about = AuditContext { detail: Some(method.to_string()), ..about };
        let target = Target::SecondFactor { user, id: method };
        match self.store.revoke(target, EndCause::FactorRemoved, about, now).await? {
            true => Ok(()),
            false => Err(DirectoryError::NoSuchMethod),
        }
    }

    /// The sites that a person has allowed something, or is signed in at, by name.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownUser`], or that the database does not answer.
    pub async fn sites_of(
        &self,
        user: impl Into<UserKey>,
        now: UnixTime,
    ) -> Result<Vec<ConnectedSite>, DirectoryError> {
        let user = self.person(user).await?.user;
        Ok(self.store.connected_sites(&user, now).await?)
    }

    /// Takes back what a person has allowed a site, and ends all that it has of them.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownUser`], [`DirectoryError::UnknownClient`],
    /// [`DirectoryError::NothingToWithdraw`], or that it is not stored and published.
    pub async fn withdraw_consent(
        &self,
        user: impl Into<UserKey>,
        client: ClientId,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let user = self.user(user).await?.id;
        // As signing out: it takes the one permission, for every person.
        let about = AuditContext::of(self.right(Permission::ManageSessions)?);
        let found = self.store.registered_client(&client).await?;
        let client = found.ok_or(DirectoryError::UnknownClient(client))?;
        match self.store.disconnect_site(user, Arc::clone(&client), about, now).await? {
            Some(_) => Ok(()),
            None => Err(DirectoryError::NothingToWithdraw),
        }
    }

    /// So many invitations that were not followed yet, and what to begin after for the next; none at the end.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn invitations(
        &self,
        after: Option<String>,
        count: i64,
    ) -> Result<Option<(Vec<RegistrationLink>, String)>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.invitations_after(after, count).await?)
    }

    /// The invitation of this id, while it can be followed.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn invitation(
        &self,
        id: String,
        now: UnixTime,
    ) -> Result<Option<RegistrationLink>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.invitation(id).await?.filter(|link| link.is_live(now)))
    }
}
