//! Users as the directory and the login see them. Adding and changing one is `accounts`'s, what takes something away from a
//! user is `revoke`'s.

use super::Store;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::password_credentials::StoredPassword;
use crate::db::{DbError, Locks, password_costs, password_credentials, users};
use idp_core::time::UnixTime;
use idp_core::user::{SignInName, User, UserStatus};
use idp_core::username::Username;
use std::collections::BTreeMap;
use uuid::Uuid;

impl Store {
    /// So many users, by name, beginning after the one called `after`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users_after(&self, after: Option<Username>, count: i64) -> Result<Vec<User>, DbError> {
        self.read(move |connection| users::page(connection, after.as_ref(), count)).await
    }

    /// The same of those who have no second factor.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users_without_second_factor_after(
        &self,
        after: Option<Username>,
        count: i64,
    ) -> Result<Vec<User>, DbError> {
        self.read(move |connection| users::page_without_second_factor(connection, after.as_ref(), count))
            .await
    }

    /// Notes that a person was asked to set up a second factor and may wait: once, for their time counts from here.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn note_asked_for_second_factor(&self, id: Uuid, now: UnixTime) -> Result<(), DbError> {
        self.write(Locks::person(id), move |connection| users::note_asked(connection, id, now)).await
    }

    /// The users with these ids who are there, in the order of their ids.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users_by_ids(&self, ids: Vec<Uuid>) -> Result<Vec<User>, DbError> {
        self.read(move |connection| users::by_ids(connection, &ids)).await
    }

    /// The user who signs in with this name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_by_name(&self, name: Username) -> Result<Option<User>, DbError> {
        self.read(move |connection| users::by_sign_in_name(connection, &SignInName::from(&name))).await
    }

    /// The user who signs in with this name, and their password if they have one: what a login compares.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_for_login(
        &self,
        name: SignInName,
    ) -> Result<Option<(User, Option<StoredPassword>)>, DbError> {
        self.read(move |connection| password_credentials::by_sign_in_name(connection, &name)).await
    }

    /// Lets a disabled user sign in again. What was issued before stays void.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn enable_user(&self, id: Uuid, about: AuditContext, now: UnixTime) -> Result<(), DbError> {
        self.write(Locks::person(id), move |connection| {
            about.check_right(connection)?;
            users::set_status(connection, id, UserStatus::Active, now)?;
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

    /// Until when the password of a user signs in, if it is one that they have to replace.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn password_is_temporary_until(&self, id: Uuid) -> Result<Option<UnixTime>, DbError> {
        let stored = self.read(move |connection| password_credentials::stored(connection, id)).await?;
        Ok(stored.and_then(|password| password.temporary_until))
    }

    /// The password of a user, if they have one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn password_of(&self, id: Uuid) -> Result<Option<StoredPassword>, DbError> {
        self.read(move |connection| password_credentials::stored(connection, id)).await
    }

    /// How many users have a password of each cost: the beginning of its PHC string, up to the salt.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn password_costs(&self) -> Result<BTreeMap<String, u32>, DbError> {
        self.read(password_costs::all).await
    }
}
