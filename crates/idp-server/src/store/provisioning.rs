//! People as the systems that provision them see and change them (SCIM): an account with what the system calls it, and several
//! changes of one account together or not at all (RFC 7644 3.5.2). A person who is shut out is signed out in the same transaction.

use super::Store;
use super::accounts::{self, AccountWrite};
use super::revoke::{Revoking, end, set_password};
use super::seen::is_same_account;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::AdministratorGuard;
use crate::db::password_credentials::StoredPassword;
use crate::db::{DbError, Locks, external_ids, groups, memberships, users};
use crate::store::mail_outbox::Letters;
use idp_core::administration::{GroupName, RoleName};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::{Account, UserStatus};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The most people whose ids one question reads.
const MOST_CANDIDATES: i64 = 10_001;

/// A person as a provisioning system sees them.
#[derive(Clone, Debug)]
pub struct Provisioned {
    /// The account.
    pub account: Account,
    /// What the system calls it.
    pub external_id: Option<String>,
    /// The groups that they are in.
    pub groups: BTreeMap<GroupName, Uuid>,
    /// The roles that they have, themselves or by a group.
    pub roles: BTreeSet<RoleName>,
}

/// What is to be changed of one.
#[derive(Clone, Debug)]
pub struct ProvisionedChange {
    /// As the system saw the account.
    pub before: Account,
    /// As it saw its own id.
    pub former_id: Option<String>,
    /// The account as it is to be, but for whether its person may sign in.
    pub after: Account,
    /// The id as it is to be.
    pub external_id: Option<String>,
    /// What differs, for the audit log.
    pub changed: Vec<String>,
    /// The hash of a new password.
    pub password: Option<String>,
    /// Whether they may sign in from now on, where that changes.
    pub active: Option<bool>,
}

/// What became of it. Unless it was written, nothing is changed.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum ProvisionedWrite {
    /// What becomes of any account.
    Account(AccountWrite),
    /// The system calls another person so.
    IdTaken,
}

const WRITTEN: ProvisionedWrite = ProvisionedWrite::Account(AccountWrite::Written);

impl Store {
    /// Those of these people who are there, in the order of their ids, as `provisioner` sees them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn provisioned(
        &self,
        provisioner: String,
        ids: Vec<Uuid>,
    ) -> Result<Vec<Provisioned>, DbError> {
        self.read(move |connection| {
            let mut external = external_ids::of_users(connection, &provisioner, &ids)?;
            let mut inside = groups::names_of_users(connection, &ids)?;
            let mut known = memberships::of_users(connection, &ids)?;
            let seen = |account: Account| {
                let id = account.user.id;
                Provisioned {
                    account,
                    external_id: external.remove(&id),
                    groups: inside.remove(&id).unwrap_or_default(),
                    roles: known.remove(&id).unwrap_or_default().roles,
                }
            };
            Ok(accounts::by_ids(connection, &ids)?.into_iter().map(seen).collect())
        })
        .await
    }

    /// Whom `provisioner` calls so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owner_of_external_id(
        &self,
        provisioner: String,
        external_id: String,
    ) -> Result<Option<Uuid>, DbError> {
        self.read(move |connection| external_ids::owner(connection, &provisioner, &external_id)).await
    }

    /// So many people in the order in which they were added, beginning after this one; the members of `group` alone where one is
    /// given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn people_after(
        &self,
        group: Option<Uuid>,
        after: Option<Uuid>,
        count: i64,
    ) -> Result<Vec<Uuid>, DbError> {
        self.read(move |connection| match group {
            Some(group) => groups::members(connection, group, after, count.min(MOST_CANDIDATES)),
            None => users::ids_by_creation(connection, after, count.min(MOST_CANDIDATES)),
        })
        .await
    }

    /// Adds an account, with what `provisioner` calls it.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_provisioned(
        &self,
        account: Account,
        password: Option<StoredPassword>,
        (provisioner, external_id): (String, Option<String>),
        about: AuditContext,
        now: UnixTime,
    ) -> Result<ProvisionedWrite, DbError> {
        let user = account.user.id;
        let locks = accounts::locks(user, &account.sign_in_names());
        self.write(and_id(locks, &provisioner, external_id.as_deref()), move |connection| {
            about.check_right(connection)?;
            if is_taken(connection, &provisioner, user, external_id.as_deref())? {
                return Ok(ProvisionedWrite::IdTaken);
            }
            let event = (AuditEvent::UserAdded, about);
            let written = accounts::add(connection, &account, password.as_ref(), event, now)?;
            if written == AccountWrite::Written && external_id.is_some() {
                external_ids::set(connection, &provisioner, user, external_id.as_deref())?;
            }
            Ok(ProvisionedWrite::Account(written))
        })
        .await
    }

    /// Makes a change, all of it or nothing.
    ///
    /// # Errors
    /// When it is not stored and, where something ends with it, published.
    pub async fn change_provisioned(
        &self,
        provisioner: String,
        change: ProvisionedChange,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<ProvisionedWrite, DbError> {
        let (old, new) = (change.before.sign_in_names(), change.after.sign_in_names());
        let locks = accounts::locks(change.before.user.id, old.union(&new));
        let locks = and_id(locks, &provisioner, change.external_id.as_deref());
        let letters = self.letters.clone();
        if change.active == Some(false) {
            let change = move |tx: &mut Revoking<'_>| apply(tx, &letters, &provisioner, &change, &about, now);
            return Ok(self.write_revoking_first(locks.and_rights(), now, change).await?.0);
        }
        self.write_revoking(locks, now, move |tx| apply(tx, &letters, &provisioner, &change, &about, now))
            .await
    }
}

fn and_id(locks: Locks, provisioner: &str, external_id: Option<&str>) -> Locks {
    let name = external_id.map(|id| format!("{provisioner}\0{id}"));
    locks.and_named("external id", name.as_deref())
}

/// Whether the system calls another person so.
fn is_taken(
    connection: &mut crate::db::Connection,
    provisioner: &str,
    user: Uuid,
    external_id: Option<&str>,
) -> Result<bool, DbError> {
    let Some(external_id) = external_id else { return Ok(false) };
    let owner = external_ids::owner(connection, provisioner, external_id)?;
    Ok(owner.is_some_and(|owner| owner != user))
}

fn apply(
    tx: &mut Revoking<'_>,
    letters: &Letters,
    provisioner: &str,
    change: &ProvisionedChange,
    about: &AuditContext,
    now: UnixTime,
) -> Result<ProvisionedWrite, DbError> {
    about.check_right(tx)?;
    let user = change.before.user.id;
    if !is_still(tx, provisioner, change)? {
        return Ok(ProvisionedWrite::Account(AccountWrite::ChangedMeanwhile));
    }
    if is_taken(tx, provisioner, user, change.external_id.as_deref())? {
        return Ok(ProvisionedWrite::IdTaken);
    }
    let both = (&change.before, &change.after);
    match accounts::write_all(tx, letters, both, about, now)? {
        AccountWrite::Written => {}
        refused => return Ok(ProvisionedWrite::Account(refused)),
    }
    if change.external_id != change.former_id {
        external_ids::set(tx, provisioner, user, change.external_id.as_deref())?;
    }
    if !change.changed.is_empty() {
        let about = AuditContext { detail: Some(change.changed.join(" ")), ..about.clone() };
        audit_events::record(tx, AuditEvent::UserChanged, about, now)?;
    }
    if let Some(hash) = &change.password {
        set_password(tx, (user, hash), letters, EndCause::PasswordChanged, now)?;
        audit_events::record(tx, AuditEvent::PasswordSet, about.clone(), now)?;
    }
    if let Some(active) = change.active {
        set_active(tx, user, active, about, now)?;
    }
    Ok(WRITTEN)
}

/// Whether it is as the system saw it.
fn is_still(tx: &mut Revoking<'_>, provisioner: &str, change: &ProvisionedChange) -> Result<bool, DbError> {
    let user = &change.before.user;
    let known = external_ids::of_users(tx, provisioner, &[user.id])?.remove(&user.id);
    let has_status = users::by_id(tx, user.id)?.is_some_and(|found| found.status == user.status);
    Ok(has_status && known == change.former_id && is_same_account(tx, &change.before)?)
}

fn set_active(
    tx: &mut Revoking<'_>,
    user: Uuid,
    active: bool,
    about: &AuditContext,
    now: UnixTime,
) -> Result<(), DbError> {
    if active {
        users::set_status(tx, user, UserStatus::Active, now)?;
        return audit_events::record(tx, AuditEvent::UserEnabled, about.clone(), now);
    }
    let guard = AdministratorGuard::before(tx, about.by.as_ref())?;
    users::set_status(tx, user, UserStatus::Disabled, now)?;
    end::user(tx, user, EndCause::UserDisabled, now)?;
    guard.after(tx)?;
    audit_events::record(tx, AuditEvent::UserDisabled, about.clone(), now)
}
