//! A person's e-mail addresses, as they change them: adding one, showing that it is theirs by the link in a letter, making one the
//! primary one, removing one. No answer tells whether an address is another person's: the letter to that address says so,
//! which only its owner reads.

use super::Store;
use super::accounts::{self, AccountWrite};
use super::mail_links::{self as opened, OpenedLink};
use super::methods::{MethodActor, may_change_sign_in};
use super::second_factors::SecondFactors;
use crate::db::audit_events::AuditContext;
use crate::db::{Connection, DbError, mail_links, sign_in_names, users};
use crate::mail::News;
use crate::random;
use idp_core::mail_address::MailAddress;
use idp_core::mail_link::{LinkPurpose, MailLink};
use idp_core::secret::Secret;
use idp_core::session::SessionPolicy;
use idp_core::time::UnixTime;
use idp_core::user::{Account, AddressChange, KnownAddress, SignInName, UnfitAddress};
use uuid::Uuid;

/// What became of an act.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum AddressOutcome {
    /// It is done.
    Done,
    /// The session ended meanwhile, or proved less than the account asks for.
    SignInAgain,
    /// The address was verified before.
    AlreadyVerified,
    /// It does not fit the addresses of the person.
    Unfit(UnfitAddress),
}

/// What became of a link that verifies an address.
pub enum VerifyOutcome {
    /// The address is the person's.
    Verified(Box<Account>, KnownAddress),
    /// It is another person's by now.
    Taken(Box<Account>, KnownAddress),
    /// The link is good for nothing.
    Void,
}

impl Store {
    /// The account of this person.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account(&self, user: Uuid) -> Result<Option<Account>, DbError> {
        self.read(move |connection| accounts::by_id(connection, user)).await
    }

    /// Adds an address, if it is not there, and writes there: a link that shows that it is the person's, or, if it is
    /// another person's, word to its owner that it was typed elsewhere. The caller has counted the letter.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_own_address(
        &self,
        by: MethodActor,
        address: MailAddress,
        link: Secret,
        now: UnixTime,
    ) -> Result<AddressOutcome, DbError> {
        let (letters, policy) = (self.letters.clone(), self.policies.session);
        let locks = accounts::locks(by.user, [&SignInName::from(&address)]);
        self.write(locks, move |connection| {
            let Some(before) = changeable(connection, &by, policy, now)? else {
                return Ok(AddressOutcome::SignInAgain);
            };
            if before.addresses.get(&address).is_some_and(|known| known.verified_at.is_some()) {
                return Ok(AddressOutcome::AlreadyVerified);
            }
            let after = match changed(&before, &AddressChange::Add(address.clone()), now) {
                Ok(after) => after,
                Err(unfit) => return Ok(AddressOutcome::Unfit(unfit)),
            };
            accounts::write_change(connection, &letters, (&before, &after), &by.about(), now)?;
            let Some(known) = after.addresses.get(&address) else {
                return Ok(AddressOutcome::Done);
            };
            let name = SignInName::from(&known.address);
            let owner = sign_in_names::owner(connection, &name)?.filter(|owner| *owner != by.user);
            let (at, written) = (now, known.address.to_string());
            if let Some(owner) = owner.map(|owner| users::by_id(connection, owner)).transpose()?.flatten() {
                let news = News::AddressInUse { at, address: written };
                letters.write_to_unproven(connection, &owner, &known.address, &news, now)?;
                return Ok(AddressOutcome::Done);
            }
            let news = News::VerifyAddress { at, address: written, link: link.expose().to_owned() };
            letters.write_to_unproven(connection, &after.user, &known.address, &news, now)?;
            let purpose = LinkPurpose::VerifyAddress(known.id);
            mail_links::put(connection, &MailLink::new(by.user, purpose, None, now), &link.hash())?;
            Ok(AddressOutcome::Done)
        })
        .await
    }

    /// Makes an address the primary one, or removes one.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn change_own_address(
        &self,
        by: MethodActor,
        change: AddressChange,
        now: UnixTime,
    ) -> Result<AddressOutcome, DbError> {
        let Some(account) = self.account(by.user).await? else {
            return Ok(AddressOutcome::SignInAgain);
        };
        let (letters, policy) = (self.letters.clone(), self.policies.session);
        // It takes names and gives none but the person's own.
        self.write(accounts::locks(by.user, &account.sign_in_names()), move |connection| {
            let Some(before) = changeable(connection, &by, policy, now)? else {
                return Ok(AddressOutcome::SignInAgain);
            };
            let after = match changed(&before, &change, now) {
                Ok(after) => after,
                Err(unfit) => return Ok(AddressOutcome::Unfit(unfit)),
            };
            accounts::write_change(connection, &letters, (&before, &after), &by.about(), now)?;
            Ok(AddressOutcome::Done)
        })
        .await
    }

    /// Takes the address for verified that the link with this secret was sent to, and uses the link up.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn verify_own_address(
        &self,
        secret: &Secret,
        from: String,
        now: UnixTime,
    ) -> Result<VerifyOutcome, DbError> {
        let secret = secret.hash();
        let opened = self.read(move |connection| opened::open(connection, &secret, now)).await?;
        let OpenedLink::Address { account, address } = opened else {
            return Ok(VerifyOutcome::Void);
        };
        let letters = self.letters.clone();
        let locks = accounts::locks(account.user.id, [&SignInName::from(&address.address)]);
        self.write(locks, move |connection| {
            // Again, under the lock: of two who press the button one is the first.
            let OpenedLink::Address { account: before, address } = opened::open(connection, &secret, now)?
            else {
                return Ok(VerifyOutcome::Void);
            };
            let Ok(after) = changed(&before, &AddressChange::Vouch(address.address.clone()), now) else {
                return Ok(VerifyOutcome::Void);
            };
            let about =
                AuditContext { user: Some(before.user.id), address: Some(from), ..AuditContext::default() };
            match accounts::write_change(connection, &letters, (&before, &after), &about, now)? {
                AccountWrite::Written => {
                    mail_links::take(connection, &secret)?;
                    Ok(VerifyOutcome::Verified(Box::new(after), address))
                }
                AccountWrite::Taken(_) | AccountWrite::ChangedMeanwhile => {
                    Ok(VerifyOutcome::Taken(before, address))
                }
            }
        })
        .await
    }
}

/// The account, if this person may still change it in this session.
fn changeable(
    connection: &mut Connection,
    by: &MethodActor,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<Account>, DbError> {
    let has_second_factor = !SecondFactors::of(connection, by.user)?.is_empty();
    let account = accounts::by_id(connection, by.user)?;
    account.map_or(Ok(None), |account| {
        let may = may_change_sign_in(connection, &account.user, by.sid, has_second_factor, policy, now)?;
        Ok(may.then_some(account))
    })
}

/// The account after the person's own act. `updated_at` moves with what sites are told.
fn changed(before: &Account, change: &AddressChange, now: UnixTime) -> Result<Account, UnfitAddress> {
    let mut after = before.clone().with_own_change(change, now, || random::new_id(now))?;
    if after.user.claims != before.user.claims || after.user.username != before.user.username {
        after.user.claims.updated_at = Some(now.as_secs());
    }
    Ok(after)
}
