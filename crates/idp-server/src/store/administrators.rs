//! Becoming an administrator by a link that the console gave (ADR 67): by a new account, or in one's own. The role is given in
//! the transaction that uses the link up, under the lock of the rights: of two who use links of a first start, one becomes
//! the first administrator.

use super::Store;
use super::accounts::{self, AccountWrite};
use crate::db::administrator_links as links;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::Authority;
use crate::db::{Connection, DbError, Locks, roles, users};
use idp_core::administrator_link::AdministratorLink;
use idp_core::secret::{Secret, SecretHash};
use idp_core::time::UnixTime;
use idp_core::user::{Account, User, UserStatus};
use uuid::Uuid;

/// What a link is good for.
pub enum OpenedAdministratorLink {
    /// A person becomes an administrator by it.
    Good,
    /// This person did.
    Used(Box<User>),
    /// Nothing: there is no such link, its time is over, or it was the first administrator's and there is one.
    Void,
}

impl Store {
    /// Whether any person who may sign in is an administrator.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_administrator(&self) -> Result<bool, DbError> {
        self.read(roles::has_administrator).await
    }

    /// Whether this person is an administrator and nobody else is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_last_administrator(&self, user: Uuid) -> Result<bool, DbError> {
        self.read(move |connection| roles::is_last_administrator(connection, user)).await
    }

    /// Stores a link. One for the first administrator only while there is none: answers whether it did.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_administrator_link(
        &self,
        link: AdministratorLink,
        secret: &Secret,
        by: Authority,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let secret = secret.hash();
        self.write(Locks::rights(), move |connection| {
            by.check(connection)?;
            if link.is_first && roles::has_administrator(connection)? {
                return Ok(false);
            }
            links::insert(connection, &link, &secret)?;
            let about = AuditContext::of(by);
            audit_events::record(connection, AuditEvent::AdministratorLinkMade, about, now)?;
            Ok(true)
        })
        .await
    }

    /// What the link with this secret is good for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_administrator_link(
        &self,
        secret: &Secret,
        now: UnixTime,
    ) -> Result<OpenedAdministratorLink, DbError> {
        let secret = secret.hash();
        self.read(move |connection| {
            let Some(link) = links::by_secret(connection, &secret)? else {
                return Ok(OpenedAdministratorLink::Void);
            };
            let used_by = link.used_by.map(|user| users::by_id(connection, user)).transpose()?.flatten();
            Ok(match used_by {
                Some(user) => OpenedAdministratorLink::Used(Box::new(user)),
                None if link.is_good(roles::has_administrator(connection)?, now) => {
                    OpenedAdministratorLink::Good
                }
                None => OpenedAdministratorLink::Void,
            })
        })
        .await
    }

    /// Makes a person who is signed in an administrator by the link with this secret. Answers whether the link was good.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn become_administrator(
        &self,
        secret: &Secret,
        user: Uuid,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let secret = secret.hash();
        self.write(Locks::person(user).and_rights(), move |connection| {
            let person = users::by_id(connection, user)?;
            let may = person.is_some_and(|person| person.status == UserStatus::Active);
            if !may || !is_good(connection, &secret, now)? {
                return Ok(false);
            }
            use_up(connection, &secret, user, AuditContext { user: Some(user), ..about }, now)?;
            Ok(true)
        })
        .await
    }

    /// Opens the account of an administrator by the link with this secret: the account, its name, its password and the role in one
    /// transaction. [`AccountWrite::ChangedMeanwhile`]: the link is not good any more.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn open_administrator_account(
        &self,
        secret: &Secret,
        account: Account,
        password_hash: String,
        from: String,
        now: UnixTime,
    ) -> Result<AccountWrite, DbError> {
        let secret = secret.hash();
        let locks = accounts::locks(account.user.id, &account.sign_in_names()).and_rights();
        self.write(locks, move |connection| {
            if !is_good(connection, &secret, now)? {
                return Ok(AccountWrite::ChangedMeanwhile);
            }
            let user = account.user.id;
            let about = AuditContext { user: Some(user), address: Some(from), ..AuditContext::default() };
            let event = (AuditEvent::Registered, about.clone());
            let written = accounts::add(connection, &account, Some(&password_hash.into()), event, now)?;
            if written == AccountWrite::Written {
                use_up(connection, &secret, user, about, now)?;
            }
            Ok(written)
        })
        .await
    }
}

/// Again, under the lock of the rights.
fn is_good(connection: &mut Connection, secret: &SecretHash, now: UnixTime) -> Result<bool, DbError> {
    let Some(link) = links::by_secret(connection, secret)? else { return Ok(false) };
    Ok(link.is_good(roles::has_administrator(connection)?, now))
}

/// With it go the links that were not used: there is an administrator now, who can make others.
fn use_up(
    connection: &mut Connection,
    secret: &SecretHash,
    user: Uuid,
    about: AuditContext,
    now: UnixTime,
) -> Result<(), DbError> {
    roles::make_administrator(connection, user)?;
    links::note_used(connection, secret, user)?;
    links::forget_unused(connection)?;
    audit_events::record(connection, AuditEvent::AdministratorByLink, about, now)
}
