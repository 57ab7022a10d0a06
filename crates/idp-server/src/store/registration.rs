//! Accounts that people open by themselves: the letter with the link, what the link does, and invitations. Whether an address is
//! on an account decides what is written to it, and nothing else that a stranger could see (S81).

use super::accounts::{self, AccountWrite};
use super::{Store, registration_links as links};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::Authority;
use crate::db::registration_links::{self as stored, LinkKind};
use crate::db::{DbError, Locks, sign_in_names, users};
use crate::mail::News;
use crate::words::Language;
use idp_core::mail_address::MailAddress;
use idp_core::registration_link::{RegistrationLink, RegistrationOrigin};
use idp_core::secret::Secret;
use idp_core::time::UnixTime;
use idp_core::user::{Account, SignInName};

/// A person wants an account.
pub struct RegistrationRequest {
    /// The address that they typed.
    pub address: MailAddress,
    /// What opens the link.
    pub secret: Secret,
    /// Where they were going, sealed.
    pub way_back: Option<String>,
    /// The language of the page on which they asked.
    pub language: Language,
    /// From where the request came.
    pub from: String,
}

/// A person is to have an account.
pub struct NewInvitation {
    /// Who, how they are called, and until when.
    pub link: RegistrationLink,
    /// What opens the link.
    pub secret: Secret,
    /// The language of the letter.
    pub language: Language,
}

/// What became of an account that a person wanted to open.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum RegistrationOutcome {
    /// It is theirs.
    Opened,
    /// Another person signs in with this name.
    Taken(SignInName),
    /// The link is good for nothing by now.
    Void,
}

impl Store {
    /// Writes to the address: a link to an account, which takes the place of an earlier one, or that there is an account already.
    /// It is one transaction either way, so that those that follow wait no longer for one than for the other.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn request_registration(
        &self,
        asked: RegistrationRequest,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let (letters, name) = (self.letters.clone(), SignInName::from(&asked.address));
        let RegistrationRequest { address, secret, way_back, language, from } = asked;
        self.write(locks(&name), move |connection| {
            let owner = sign_in_names::owner(connection, &name)?;
            let about = AuditContext { user: owner, address: Some(from), ..AuditContext::default() };
            audit_events::record(connection, AuditEvent::RegistrationRequested, about, now)?;
            let owner = owner.map(|owner| users::by_id(connection, owner)).transpose()?.flatten();
            if let Some(owner) = owner {
                let news = News::AccountExists { at: now, address: address.to_string() };
                return letters.write_to_unproven(connection, &owner, &address, &news, now);
            }
            let news = News::Register { at: now, link: secret.expose().to_owned() };
            letters.write_to_stranger(connection, (&address, language), &news, now)?;
            let link = RegistrationLink::asked(address, way_back, now);
            links::put(connection, &letters, &link, &secret.hash())
        })
        .await
    }

    /// Opens the account of a person by the link with this secret, which is used up: the account, its names and its password in
    /// one transaction. The address of `account` is the one that the link was sent to.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn open_account(
        &self,
        secret: &Secret,
        account: Account,
        password_hash: String,
        from: String,
        now: UnixTime,
    ) -> Result<RegistrationOutcome, DbError> {
        let (letters, secret) = (self.letters.clone(), secret.hash());
        let locks = accounts::locks(account.user.id, &account.sign_in_names());
        self.write(locks, move |connection| {
            // Again, under the lock of the address: of two who open an account by it one is the first.
            let link = links::by_secret(connection, &letters, &secret)?;
            let Some(link) = link.filter(|link| link.opened.is_none() && link.is_live(now)) else {
                return Ok(RegistrationOutcome::Void);
            };
            if account.addresses.get(&link.address).is_none() {
                return Ok(RegistrationOutcome::Void);
            }
            let (user, kind) = (account.user.id, kind_of(&link));
            let detail = Some(kind.as_str().to_owned());
            let about =
                AuditContext { user: Some(user), address: Some(from), detail, ..AuditContext::default() };
            let event = (AuditEvent::Registered, about);
            match accounts::add(connection, &account, Some(&password_hash.into()), event, now)? {
                AccountWrite::Written => {}
                AccountWrite::Taken(name) => return Ok(RegistrationOutcome::Taken(name)),
                AccountWrite::ChangedMeanwhile => return Ok(RegistrationOutcome::Void),
            }
            stored::note_opened(connection, &secret, user)?;
            for kind in LinkKind::ALL {
                stored::forget_unused(connection, kind, &stored::address_hash(&link.address))?;
            }
            Ok(RegistrationOutcome::Opened)
        })
        .await
    }

    /// Invites a person by a letter, unless a name is another person's: then it is answered. An earlier invitation to the same
    /// address is good no more.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn invite(
        &self,
        invitation: NewInvitation,
        by: Authority,
        now: UnixTime,
    ) -> Result<Result<(), SignInName>, DbError> {
        let (letters, NewInvitation { link, secret, language }) = (self.letters.clone(), invitation);
        let (name, username) = match &link.origin {
            RegistrationOrigin::Invited { name, username } => (name.clone(), username.clone()),
            RegistrationOrigin::Asked => (None, None),
        };
        let address = SignInName::from(&link.address);
        self.write(locks(&address), move |connection| {
            by.check(connection)?;
            let names = [Some(address), username.as_ref().map(SignInName::from)];
            for name in names.into_iter().flatten() {
                if sign_in_names::owner(connection, &name)?.is_some() {
                    return Ok(Err(name));
                }
            }
            let news = News::Invitation { name, until: link.expires_at, link: secret.expose().to_owned() };
            letters.write_to_stranger(connection, (&link.address, language), &news, now)?;
            links::put(connection, &letters, &link, &secret.hash())?;
            audit_events::record(connection, AuditEvent::Invited, AuditContext::of(by), now)?;
            Ok(Ok(()))
        })
        .await
    }

    /// So many invitations that were not followed yet, and what to begin after for the next; none at the end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn invitations_after(
        &self,
        after: Option<String>,
        count: i64,
    ) -> Result<Option<(Vec<RegistrationLink>, String)>, DbError> {
        if after.as_deref().is_some_and(is_no_id) {
            return Ok(None);
        }
        let letters = self.letters.clone();
        self.read(move |connection| {
            let found = stored::invitations_after(connection, after.as_deref(), count)?;
            let Some(last) = found.last().map(|last| last.address_hash.clone()) else { return Ok(None) };
            let open = found.iter().filter(|link| link.user.is_none());
            Ok(Some((open.filter_map(|link| links::opened(&letters, link)).collect(), last)))
        })
        .await
    }

    /// The invitation of this id, see [`invitation_id`], unless it was followed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn invitation(&self, id: String) -> Result<Option<RegistrationLink>, DbError> {
        if is_no_id(&id) {
            return Ok(None);
        }
        let letters = self.letters.clone();
        self.read(move |connection| {
            let found = stored::invitation(connection, &id)?.filter(|link| link.user.is_none());
            Ok(found.and_then(|link| links::opened(&letters, &link)))
        })
        .await
    }

    /// Takes the invitation to this address back. Answers whether there was one that had not been followed.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn withdraw_invitation(
        &self,
        address: MailAddress,
        by: Authority,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        self.write(locks(&SignInName::from(&address)), move |connection| {
            by.check(connection)?;
            let was_there =
                stored::forget_unused(connection, LinkKind::Invited, &stored::address_hash(&address))?;
            if was_there {
                audit_events::record(connection, AuditEvent::InvitationWithdrawn, AuditContext::of(by), now)?;
            }
            Ok(was_there)
        })
        .await
    }
}

/// What the invitation to this address is called in lists and paths, where the address itself would stand in the logs of proxies.
#[must_use]
pub fn invitation_id(address: &MailAddress) -> String {
    stored::address_hash(address)
}

/// What PostgreSQL takes for no text.
fn is_no_id(text: &str) -> bool {
    text.contains('\0')
}

const fn kind_of(link: &RegistrationLink) -> LinkKind {
    if link.is_invitation() { LinkKind::Invited } else { LinkKind::Asked }
}

/// Each change that gives the name of this address to a person locks it as well.
fn locks(name: &SignInName) -> Locks {
    let names = sign_in_names::lock_names([name]);
    Locks::none().and_named("sign-in name", names.iter().map(String::as_str))
}
