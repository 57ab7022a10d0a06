//! Links in letters as they are opened: whether one is good, and for what. Looking uses nothing up; that is done where something
//! follows from it (`password_reset`, `own_addresses`, `not_me`), in one transaction under the lock of the person.

use super::{Store, accounts, registration_links};
use crate::db::sessions::OnDevice;
use crate::db::{Connection, DbError, mail_links, sessions, sign_in_names, users};
use idp_core::mail_link::{LinkPurpose, MailLink};
use idp_core::registration_link::RegistrationLink;
use idp_core::secret::{Secret, SecretHash};
use idp_core::time::UnixTime;
use idp_core::user::{Account, KnownAddress, SignInName, User, UserStatus};
use uuid::Uuid;

/// A link that was opened.
pub enum OpenedLink {
    /// It is good for a new password of this person.
    Password {
        /// Whose it is.
        account: Box<Account>,
        /// Where they were going, sealed.
        way_back: Option<String>,
    },
    /// It is good for showing that the address is this person's.
    Address {
        /// Whose it is.
        account: Box<Account>,
        /// The address.
        address: KnownAddress,
    },
    /// It is good for ending what was not this person.
    NotMe {
        /// Whose it is.
        account: Box<Account>,
        /// What that was.
        what: NotMe,
    },
    /// It is good for an account of one's own, or an invitation to one.
    Registration(Box<RegistrationLink>),
    /// The same, but the address is a name of an account by now, which was not opened by it.
    AddressTaken {
        /// Where the person was going, sealed.
        way_back: Option<String>,
    },
    /// An account was opened by it.
    Opened {
        /// Whose it is.
        user: Box<User>,
        /// Where the person was going, sealed.
        way_back: Option<String>,
    },
    /// It is good for nothing: there is no such link, or its time is over.
    Void {
        /// Where the person was going, sealed, as long as that is known.
        way_back: Option<String>,
    },
}

/// What a person says was not them.
pub enum NotMe {
    /// A sign-in. With it end those that are open on the same device: a thief who changes the password there goes on in another one.
    SignIn {
        /// What is open of it; itself first.
        open: Vec<OnDevice>,
        /// The device, while it counts as one that the person has signed in on.
        device: Option<Uuid>,
    },
    /// A change of the account. Every sign-in ends: it is not known which of them made it.
    Change,
}

impl Store {
    /// What a link is good for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_mail_link(&self, secret: &Secret, now: UnixTime) -> Result<OpenedLink, DbError> {
        let (letters, secret) = (self.letters.clone(), secret.hash());
        self.read(move |connection| match registration_links::by_secret(connection, &letters, &secret)? {
            Some(link) => open_registration(connection, link, now),
            None => open(connection, &secret, now),
        })
        .await
    }
}

fn open_registration(
    connection: &mut Connection,
    link: RegistrationLink,
    now: UnixTime,
) -> Result<OpenedLink, DbError> {
    let way_back = link.way_back.clone();
    let user = link.opened.map(|user| users::by_id(connection, user)).transpose()?.flatten();
    if let Some(user) = user.map(Box::new) {
        return Ok(OpenedLink::Opened { user, way_back });
    }
    if !link.is_live(now) {
        return Ok(OpenedLink::Void { way_back });
    }
    Ok(match sign_in_names::owner(connection, &SignInName::from(&link.address))? {
        Some(_) => OpenedLink::AddressTaken { way_back },
        None => OpenedLink::Registration(Box::new(link)),
    })
}

pub(super) fn open(
    connection: &mut Connection,
    secret: &SecretHash,
    now: UnixTime,
) -> Result<OpenedLink, DbError> {
    let Some(MailLink { user, purpose, way_back, expires_at }) = mail_links::by_secret(connection, secret)?
    else {
        return Ok(OpenedLink::Void { way_back: None });
    };
    let link = MailLink { user, purpose, way_back: None, expires_at };
    let account = accounts::by_id(connection, user)?;
    let may_follow = |user: &User| match purpose {
        LinkPurpose::VerifyAddress(_) => user.status == UserStatus::Active,
        // These lead to a sign-in, which asks whether an account that waits to be deleted is kept.
        LinkPurpose::ResetPassword | LinkPurpose::EndSession(_) | LinkPurpose::EndEverySession(_) => {
            user.may_prove(now)
        }
    };
    let account = account.filter(|account| may_follow(&account.user) && link.is_live(now));
    Ok(match (account.map(Box::new), purpose) {
        (Some(account), LinkPurpose::ResetPassword) => OpenedLink::Password { account, way_back },
        (Some(account), LinkPurpose::VerifyAddress(id)) => match account.addresses.by_id(id).cloned() {
            Some(address) => OpenedLink::Address { account, address },
            None => OpenedLink::Void { way_back },
        },
        (Some(account), LinkPurpose::EndSession(sid)) => {
            let known = sessions::by_sid(connection, sid)?.and_then(|session| session.device);
            let device = match known {
                Some(device) if sessions::was_on(connection, user, device)? => Some(device),
                _ => None,
            };
            let open = open_with(connection, user, sid, known)?;
            OpenedLink::NotMe { account, what: NotMe::SignIn { open, device } }
        }
        (Some(account), LinkPurpose::EndEverySession(_)) => {
            OpenedLink::NotMe { account, what: NotMe::Change }
        }
        (None, _) => OpenedLink::Void { way_back },
    })
}

/// The session, and those on its device, as far as they are open; itself first.
fn open_with(
    connection: &mut Connection,
    user: Uuid,
    sid: Uuid,
    device: Option<Uuid>,
) -> Result<Vec<OnDevice>, DbError> {
    let mut open = sessions::open_of(connection, user)?;
    open.retain(|(session, _)| session.sid == sid || (device.is_some() && session.device == device));
    open.sort_by_key(|(session, _)| session.sid != sid);
    Ok(open)
}
