//! Links in letters as they are opened: whether one is good, and for what. Looking uses nothing up; that is done where something
//! follows from it (`password_reset`, `own_addresses`), in one transaction under the lock of the person.

use super::{Store, accounts};
use crate::db::{Connection, DbError, mail_links};
use idp_core::mail_link::{LinkPurpose, MailLink};
use idp_core::secret::{Secret, SecretHash};
use idp_core::time::UnixTime;
use idp_core::user::{Account, KnownAddress, User, UserStatus};

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
    /// It is good for nothing: there is no such link, or its time is over.
    Void {
        /// Where the person was going, sealed, as long as that is known.
        way_back: Option<String>,
    },
}

impl Store {
    /// What a link is good for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_mail_link(&self, secret: &Secret, now: UnixTime) -> Result<OpenedLink, DbError> {
        let secret = secret.hash();
        self.read(move |connection| open(connection, &secret, now)).await
    }
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
        // Leads to a sign-in, which asks whether an account that waits to be deleted is kept.
        LinkPurpose::ResetPassword => user.may_prove(now),
        LinkPurpose::VerifyAddress(_) => user.status == UserStatus::Active,
    };
    let account = account.filter(|account| may_follow(&account.user) && link.is_live(now));
    Ok(match (account.map(Box::new), purpose) {
        (Some(account), LinkPurpose::ResetPassword) => OpenedLink::Password { account, way_back },
        (Some(account), LinkPurpose::VerifyAddress(id)) => match account.addresses.by_id(id).cloned() {
            Some(address) => OpenedLink::Address { account, address },
            None => OpenedLink::Void { way_back },
        },
        (None, _) => OpenedLink::Void { way_back },
    })
}
