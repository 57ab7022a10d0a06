//! Users as the directory and the login see them. What takes something away from a user is `revoke`'s.

use super::Store;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{DbError, Locks, password_costs, password_credentials, users};
use idp_core::time::UnixTime;
use idp_core::user::{User, UserStatus};
use idp_core::username::Username;
use std::collections::BTreeMap;
use uuid::Uuid;

impl Store {
    /// Adds a user, with the hash of their password (a PHC string).
    ///
    /// # Errors
    /// [`DbError::Exists`] when the sign-in name is taken.
    pub async fn add_user(&self, user: User, password_hash: String, now: UnixTime) -> Result<(), DbError> {
        self.write(Locks::person(user.id), move |connection| {
            users::insert(connection, &user)?;
            password_credentials::insert(connection, user.id, &password_hash)?;
            let about = AuditContext { user: Some(user.id), ..AuditContext::default() };
            audit_events::record(connection, AuditEvent::UserAdded, about, now)
        })
        .await
    }

    /// So many users, by name, beginning after the one called `after`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users_after(&self, after: Option<Username>, count: i64) -> Result<Vec<User>, DbError> {
        self.read(move |connection| users::page(connection, after.as_ref(), count)).await
    }

    /// The user with this username.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_by_name(&self, name: Username) -> Result<Option<User>, DbError> {
        self.read(move |connection| users::by_username(connection, &name)).await
    }

    /// The user with this username, and the hash of their password if they have one: what a login compares.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_for_login(&self, name: Username) -> Result<Option<(User, Option<String>)>, DbError> {
        self.read(move |connection| password_credentials::by_username(connection, &name)).await
    }

    /// Puts the sign-in name and the claims of `after` in the place of those of `before`. Answers `false` when they are not
    /// those of `before` any more.
    ///
    /// # Errors
    /// [`DbError::Exists`] when the sign-in name is taken.
    pub async fn change_user(
        &self,
        before: User,
        after: User,
        changed: String,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        self.write(Locks::person(before.id), move |connection| {
            let found = users::by_id(connection, before.id)?;
            let is_same = |user: &User| user.username == before.username && user.claims == before.claims;
            if !found.as_ref().is_some_and(is_same) {
                return Ok(false);
            }
            users::set_profile(connection, &after)?;
            let about =
                AuditContext { user: Some(after.id), detail: Some(changed), ..AuditContext::default() };
            audit_events::record(connection, AuditEvent::UserChanged, about, now)?;
            Ok(true)
        })
        .await
    }

    /// Lets a disabled user sign in again. What was issued before stays void.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn enable_user(&self, id: Uuid, now: UnixTime) -> Result<(), DbError> {
        self.write(Locks::person(id), move |connection| {
            users::set_status(connection, id, UserStatus::Active, now)?;
            let about = AuditContext { user: Some(id), ..AuditContext::default() };
            audit_events::record(connection, AuditEvent::UserEnabled, about, now)
        })
        .await
    }

    /// Stores a stronger hash of the same password. Answers `false` when the password was changed meanwhile.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn rehash_password(&self, id: Uuid, old: String, new: String) -> Result<bool, DbError> {
        self.write(Locks::person(id), move |connection| {
            password_credentials::rehash_password(connection, id, &old, &new)
        })
        .await
    }

    /// How many users have a password of each cost: the beginning of its PHC string, up to the salt.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn password_costs(&self) -> Result<BTreeMap<String, u32>, DbError> {
        self.read(password_costs::all).await
    }
}
