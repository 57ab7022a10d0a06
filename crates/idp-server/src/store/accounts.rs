//! Accounts, a user with names and addresses: adding one and changing one. Whoever gives or takes a name locks it, so that
//! of two who want it at one moment the second is told.

use super::Store;
use super::mail_outbox::Letters;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{
    Connection, DbError, Locks, mail_addresses, password_credentials, pictures, sign_in_names, users,
};
use crate::mail::News;
use idp_core::time::UnixTime;
use idp_core::user::{Account, KnownAddress, MailAddresses, SignInName, User, UserStatus};
use idp_core::username::Username;
use uuid::Uuid;

/// What became of an account that was to be written. Unless it was, nothing is changed.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum AccountWrite {
    /// It is stored.
    Written,
    /// It is not as it was any more.
    ChangedMeanwhile,
    /// Another person signs in with this name.
    Taken(SignInName),
}

impl Store {
    /// Adds an account, with the hash of the password (a PHC string).
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_account(
        &self,
        account: Account,
        password_hash: String,
        now: UnixTime,
    ) -> Result<AccountWrite, DbError> {
        let (user, names) = (account.user.id, account.sign_in_names());
        self.write(locks(user, &names), move |connection| {
            // The username first: who is there already is told so, and not that their own address is another's.
            let username = SignInName::from(&account.user.username);
            if let Some(taken) = first_taken(connection, [&username].into_iter().chain(&names))? {
                return Ok(AccountWrite::Taken(taken));
            }
            users::insert(connection, &account.user)?;
            let mut others = names.iter().filter(|name| **name != username);
            others.try_for_each(|name| sign_in_names::insert(connection, user, name))?;
            change_addresses(connection, user, &MailAddresses::default(), &account.addresses)?;
            password_credentials::insert(connection, user, &password_hash)?;
            record(connection, user, (AuditEvent::UserAdded, None), now)?;
            Ok(AccountWrite::Written)
        })
        .await
    }

    /// The account of the person who signs in with this name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account_by_name(&self, name: Username) -> Result<Option<Account>, DbError> {
        self.read(move |connection| {
            let Some(user) = users::by_sign_in_name(connection, &SignInName::from(&name))? else {
                return Ok(None);
            };
            let addresses = mail_addresses::of_user(connection, user.id)?;
            Ok(Some(Account { user, addresses }))
        })
        .await
    }

    /// Puts the username, the claims and the addresses of `after` in the place of those of `before`. `changed` names what
    /// differs of the first two, for the audit log.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn change_account(
        &self,
        before: Account,
        after: Account,
        changed: Vec<String>,
        now: UnixTime,
    ) -> Result<AccountWrite, DbError> {
        let (user, old, new) = (before.user.id, before.sign_in_names(), after.sign_in_names());
        self.write(locks(user, old.union(&new)), move |connection| {
            if !is_still(connection, &before)? {
                return Ok(AccountWrite::ChangedMeanwhile);
            }
            if let Some(taken) = first_taken(connection, new.difference(&old))? {
                return Ok(AccountWrite::Taken(taken));
            }
            old.difference(&new).try_for_each(|name| sign_in_names::remove(connection, user, name))?;
            new.difference(&old).try_for_each(|name| sign_in_names::insert(connection, user, name))?;
            change_addresses(connection, user, &before.addresses, &after.addresses)?;
            users::set_profile(connection, &after.user)?;
            if before.user.claims.picture != after.user.claims.picture {
                // Sites are told of another one, so nobody sees it any more.
                pictures::remove_of(connection, user)?;
            }
            let detail = (!changed.is_empty()).then(|| changed.join(" "));
            let of_user = detail.map(|detail| (AuditEvent::UserChanged, Some(detail)));
            let of_addresses = events(&before.addresses, &after.addresses).map(|event| (event, None));
            for event in of_user.into_iter().chain(of_addresses) {
                record(connection, user, event, now)?;
            }
            Ok(AccountWrite::Written)
        })
        .await
    }
}

/// Gives an account back to its person, who had asked for it to be deleted and has just proven who they are, from `address`.
/// What ended stays ended.
pub(super) fn keep(
    connection: &mut Connection,
    letters: &Letters,
    user: &User,
    address: String,
    now: UnixTime,
) -> Result<(), DbError> {
    users::set_status(connection, user.id, UserStatus::Active, user.not_before)?;
    let about = AuditContext { user: Some(user.id), address: Some(address), ..AuditContext::default() };
    audit_events::record(connection, AuditEvent::DeletionTakenBack, about, now)?;
    letters.write(connection, user, &News::DeletionTakenBack { at: now }, now)
}

fn locks<'a>(user: Uuid, names: impl IntoIterator<Item = &'a SignInName>) -> Locks {
    let names = sign_in_names::lock_names(names);
    Locks::person(user).and_named("sign-in name", names.iter().map(String::as_str))
}

/// The first of these names that somebody has.
fn first_taken<'a>(
    connection: &mut Connection,
    names: impl IntoIterator<Item = &'a SignInName>,
) -> Result<Option<SignInName>, DbError> {
    for name in names {
        if sign_in_names::owner(connection, name)?.is_some() {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

fn is_still(connection: &mut Connection, before: &Account) -> Result<bool, DbError> {
    let Some(user) = users::by_id(connection, before.user.id)? else {
        return Ok(false);
    };
    let is_same = user.username == before.user.username && user.claims == before.user.claims;
    Ok(is_same && mail_addresses::of_user(connection, user.id)? == before.addresses)
}

/// The primary one comes last, for there is never a second.
fn change_addresses(
    connection: &mut Connection,
    user: Uuid,
    before: &MailAddresses,
    after: &MailAddresses,
) -> Result<(), DbError> {
    for gone in before.iter().filter(|known| same(after, known).is_none()) {
        mail_addresses::remove(connection, gone.id)?;
    }
    let (primary, others): (Vec<_>, Vec<_>) = after.iter().partition(|known| known.is_primary);
    for known in others.into_iter().chain(primary) {
        match same(before, known) {
            None => mail_addresses::insert(connection, user, known)?,
            Some(former) if former != known => mail_addresses::set(connection, known)?,
            Some(_) => {}
        }
    }
    Ok(())
}

/// The one of the same id: one that was removed and added again is another.
fn same<'a>(among: &'a MailAddresses, known: &KnownAddress) -> Option<&'a KnownAddress> {
    among.iter().find(|other| other.id == known.id)
}

/// What a change of addresses is called in the audit log.
fn events(before: &MailAddresses, after: &MailAddresses) -> impl Iterator<Item = AuditEvent> {
    let mut events = Vec::new();
    let gone = before.iter().filter(|known| same(after, known).is_none());
    events.extend(gone.map(|_| AuditEvent::AddressRemoved));
    for known in after.iter() {
        let former = same(before, known);
        let was_verified = former.is_some_and(|former| former.verified_at.is_some());
        events.extend(former.is_none().then_some(AuditEvent::AddressAdded));
        events.extend((known.verified_at.is_some() && !was_verified).then_some(AuditEvent::AddressVerified));
    }
    let id = |addresses: &MailAddresses| addresses.primary().map(|known| known.id);
    let is_another = id(before).is_some() && id(after).is_some() && id(before) != id(after);
    events.extend(is_another.then_some(AuditEvent::PrimaryAddressChanged));
    events.into_iter()
}

fn record(
    connection: &mut Connection,
    user: Uuid,
    (event, detail): (AuditEvent, Option<String>),
    now: UnixTime,
) -> Result<(), DbError> {
    let about = AuditContext { user: Some(user), detail, ..AuditContext::default() };
    audit_events::record(connection, event, about, now)
}
