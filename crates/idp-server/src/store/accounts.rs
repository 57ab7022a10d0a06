//! Accounts, a user with names and addresses: adding one and changing one. A change that gives or takes a name locks
//! it: of two that want it at one moment, the second is told. The addresses that a person had are told what becomes of them.

use super::mail_outbox::Letters;
use super::revoke::Revoking;
use super::seen::{attributes_of, is_same_account};
use super::{Store, attributes};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::password_credentials::StoredPassword;
use crate::db::{
    Connection, DbError, Locks, mail_addresses, mail_links, password_credentials, pictures, search_words,
    second_step_links, sign_in_names, user_attributes, users,
};
use crate::mail::News;
use idp_core::time::UnixTime;
use idp_core::user::attribute::AttributeValues;
use idp_core::user::{
    Account, KnownAddress, MailAddresses, SignInName, User, UserStatus, search_words as words_of,
};
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
    /// Adds an account with its password, if it has one; a hash (a PHC string) is one of the person's own.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_account(
        &self,
        account: Account,
        password: Option<StoredPassword>,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<AccountWrite, DbError> {
        self.write(locks(account.user.id, &account.sign_in_names()), move |connection| {
            about.check_right(connection)?;
            add(connection, &account, password.as_ref(), (AuditEvent::UserAdded, about), now)
        })
        .await
    }

    /// The account of the person who signs in with this name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account_by_name(&self, name: Username) -> Result<Option<Account>, DbError> {
        self.read(move |connection| {
            let user = users::by_sign_in_name(connection, &SignInName::from(&name))?;
            user.map(|user| with_addresses(connection, user)).transpose()
        })
        .await
    }

    /// Puts the username, the claims, the addresses and the attributes of `after` in the place of those of `before`. `changed` names
    /// what differs, for the audit log, but for addresses.
    ///
    /// # Errors
    /// When it is not stored and, where something ends with it, published.
    pub async fn change_account(
        &self,
        before: Account,
        after: Account,
        changed: Vec<String>,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<AccountWrite, DbError> {
        let (user, old, new) = (before.user.id, before.sign_in_names(), after.sign_in_names());
        let letters = self.letters.clone();
        self.write_revoking(locks(user, old.union(&new)), now, move |tx| {
            about.check_right(tx)?;
            if !is_same_account(tx, &before)? {
                return Ok(AccountWrite::ChangedMeanwhile);
            }
            let written = write_all(tx, &letters, (&before, &after), &about, now)?;
            if written == AccountWrite::Written && !changed.is_empty() {
                let about = AuditContext { detail: Some(changed.join(" ")), ..about };
                audit_events::record(tx, AuditEvent::UserChanged, about, now)?;
            }
            Ok(written)
        })
        .await
    }
}

/// Adds an account, with its password if it has one. The caller has locked the person and the names.
pub(super) fn add(
    connection: &mut Connection,
    account: &Account,
    password: Option<&StoredPassword>,
    (event, about): (AuditEvent, AuditContext),
    now: UnixTime,
) -> Result<AccountWrite, DbError> {
    let (user, names) = (account.user.id, account.sign_in_names());
    let Some(values) = attributes::writes(connection, &AttributeValues::default(), &account.attributes)?
    else {
        return Ok(AccountWrite::ChangedMeanwhile);
    };
    // The username first: that the person exists already is the answer, and not that their own address is another's.
    let username = SignInName::from(&account.user.username);
    if let Some(taken) = first_taken(connection, [&username].into_iter().chain(&names))? {
        return Ok(AccountWrite::Taken(taken));
    }
    insert_all(connection, &[NewAccount { account, password }])?;
    attributes::insert_values(connection, &[(user, values)])?;
    audit_events::record(connection, event, about, now)?;
    Ok(AccountWrite::Written)
}

/// An account that is new, with its password if it has one.
pub(super) struct NewAccount<'a> {
    pub(super) account: &'a Account,
    pub(super) password: Option<&'a StoredPassword>,
}

/// Stores accounts whose names are free. The caller has locked these, and says in the audit log what was done.
pub(super) fn insert_all(connection: &mut Connection, all: &[NewAccount<'_>]) -> Result<(), DbError> {
    let names: Vec<(Uuid, SignInName)> = all
        .iter()
        .flat_map(|new| new.account.sign_in_names().into_iter().map(|name| (new.account.user.id, name)))
        .collect();
    let words: Vec<_> =
        all.iter().map(|new| (new.account.user.id.to_string(), words_of(new.account))).collect();
    let addresses =
        all.iter().flat_map(|new| new.account.addresses.iter().map(|known| (new.account.user.id, known)));
    let passwords = all.iter().filter_map(|new| Some((new.account.user.id, new.password?)));
    users::insert_all(connection, all.iter().map(|new| &new.account.user))?;
    sign_in_names::insert_all(connection, names.iter().map(|(user, name)| (*user, name)))?;
    mail_addresses::insert_all(connection, addresses)?;
    search_words::insert_all(connection, &words)?;
    password_credentials::insert_all(connection, passwords)
}

/// The account of this person.
pub(super) fn by_id(connection: &mut Connection, user: Uuid) -> Result<Option<Account>, DbError> {
    let user = users::by_id(connection, user)?;
    user.map(|user| with_addresses(connection, user)).transpose()
}

/// The accounts of these people who are there, in the order of their ids.
pub(super) fn by_ids(connection: &mut Connection, ids: &[Uuid]) -> Result<Vec<Account>, DbError> {
    let mut addresses = mail_addresses::of_users(connection, ids)?;
    let users = users::by_ids(connection, ids)?;
    let mut held = user_attributes::of_users(connection, ids)?;
    let account = |user: User| Account {
        addresses: addresses.remove(&user.id).unwrap_or_default(),
        attributes: user_attributes::values_of(held.remove(&user.id).unwrap_or_default()),
        user,
    };
    Ok(users.into_iter().map(account).collect())
}

fn with_addresses(connection: &mut Connection, user: User) -> Result<Account, DbError> {
    let addresses = mail_addresses::of_user(connection, user.id)?;
    let attributes = attributes_of(connection, user.id)?;
    Ok(Account { user, addresses, attributes })
}

/// Puts all of the second account in the place of the first, as [`write_change`] does, with the attributes. What sites were told of
/// those and is told no more reaches them.
pub(super) fn write_all(
    tx: &mut Revoking<'_>,
    letters: &Letters,
    (before, after): (&Account, &Account),
    about: &AuditContext,
    now: UnixTime,
) -> Result<AccountWrite, DbError> {
    let Some(values) = attributes::writes(tx, &before.attributes, &after.attributes)? else {
        return Ok(AccountWrite::ChangedMeanwhile);
    };
    let written = write_change(tx, letters, (before, after), about, now)?;
    if written == AccountWrite::Written {
        attributes::change_values(tx, before.user.id, &values, now)?;
    }
    Ok(written)
}

/// Puts the second account, but for its attributes, in the place of the first, which is as it is now, and tells the addresses that the person had. The
/// caller has locked the person and the names.
pub(super) fn write_change(
    connection: &mut Connection,
    letters: &Letters,
    (before, after): (&Account, &Account),
    about: &AuditContext,
    now: UnixTime,
) -> Result<AccountWrite, DbError> {
    let (user, old, new) = (before.user.id, before.sign_in_names(), after.sign_in_names());
    if let Some(taken) = first_taken(connection, new.difference(&old))? {
        return Ok(AccountWrite::Taken(taken));
    }
    // While those that go are still there, and one that comes is not.
    for news in news(before, after, now) {
        letters.write(connection, &before.user, &news, now)?;
    }
    old.difference(&new).try_for_each(|name| sign_in_names::remove(connection, user, name))?;
    new.difference(&old).try_for_each(|name| sign_in_names::insert(connection, user, name))?;
    change_addresses(connection, user, &before.addresses, &after.addresses)?;
    users::set_profile(connection, &after.user)?;
    search_words::replace(connection, user, &words_of(after))?;
    if before.user.claims.picture != after.user.claims.picture {
        // Sites are told of another one, so no page shows it any more.
        pictures::remove_of(connection, user)?;
    }
    for event in events(&before.addresses, &after.addresses) {
        audit_events::record(connection, event, about.clone(), now)?;
    }
    Ok(AccountWrite::Written)
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

pub(super) fn locks<'a>(user: Uuid, names: impl IntoIterator<Item = &'a SignInName>) -> Locks {
    let names = sign_in_names::lock_names(names);
    Locks::person(user).and_named("sign-in name", names.iter().map(String::as_str))
}

/// The first of these names that is taken.
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

/// The primary one comes last, for there is never a second.
fn change_addresses(
    connection: &mut Connection,
    user: Uuid,
    before: &MailAddresses,
    after: &MailAddresses,
) -> Result<(), DbError> {
    for gone in before.iter().filter(|known| same(after, known).is_none()) {
        mail_addresses::remove(connection, gone.id)?;
        mail_links::forget_of_address(connection, user, gone.id)?;
    }
    if !before.verified().eq(after.verified()) || primary_of(before) != primary_of(after) {
        // It went to other addresses than the person has by now.
        mail_links::forget_reset(connection, user)?;
        second_step_links::forget(connection, user)?;
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
    events.extend(has_another_primary(before, after).then_some(AuditEvent::PrimaryAddressChanged));
    events.into_iter()
}

/// What the addresses that the person had are told.
fn news(before: &Account, after: &Account, at: UnixTime) -> Vec<News> {
    let (old, new) = (&before.addresses, &after.addresses);
    let address = |known: &KnownAddress| known.address.to_string();
    let is_verified = |known: &&KnownAddress| known.verified_at.is_some();
    let was_verified = |known: &&KnownAddress| same(old, known).is_some_and(|former| is_verified(&former));
    let added = new.iter().filter(is_verified).filter(|known| !was_verified(known));
    let mut news: Vec<News> = added.map(|known| News::AddressAdded { at, address: address(known) }).collect();
    let primary = new.primary().filter(|_| has_another_primary(old, new));
    news.extend(primary.map(|known| News::PrimaryAddressChanged { at, address: address(known) }));
    let removed = old.iter().filter(is_verified).filter(|known| same(new, known).is_none());
    news.extend(removed.map(|known| News::AddressRemoved { at, address: address(known) }));
    news
}

fn primary_of(addresses: &MailAddresses) -> Option<Uuid> {
    addresses.primary().map(|known| known.id)
}

fn has_another_primary(before: &MailAddresses, after: &MailAddresses) -> bool {
    let (before, after) = (primary_of(before), primary_of(after));
    before.is_some() && after.is_some() && before != after
}
