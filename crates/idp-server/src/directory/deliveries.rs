//! What is on its way to people and sites: seeing it, having it tried again, giving it up.

use super::{Administration, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::db::feed_acknowledgements::FeedAcknowledgement;
use crate::db::logout_deliveries::{self, Delivery};
use crate::db::mails::{self, Mail};
use crate::store::deliveries::{Wish, Wished};
use idp_core::administration::Permission;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use uuid::Uuid;

impl Administration<'_> {
    /// So many letters, the newest first, beginning before this one: all, or those in a state. Never what they say, or to whom.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn mails(
        &self,
        state: Option<mails::State>,
        before: Option<Uuid>,
        count: i64,
    ) -> Result<Vec<Mail>, DirectoryError> {
        self.require(Permission::ReadDeliveries)?;
        match state {
            Some(state) => Ok(self.store.mails_in_state(state, before, count).await?),
            None => Ok(self.store.mails_before(before, count).await?),
        }
    }

    /// Has a letter that was not sent tried again at once.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownMail`], [`DirectoryError::MailIsOver`], or that it is not
    /// stored.
    pub async fn retry_mail(&self, id: Uuid, now: UnixTime) -> Result<(), DirectoryError> {
        self.settle_mail(id, Wish::TryAgain, now).await
    }

    /// Gives a letter up that waits.
    ///
    /// # Errors
    /// As [`Administration::retry_mail`].
    pub async fn give_up_mail(&self, id: Uuid, now: UnixTime) -> Result<(), DirectoryError> {
        self.settle_mail(id, Wish::GiveUp, now).await
    }

    async fn settle_mail(&self, id: Uuid, wish: Wish, now: UnixTime) -> Result<(), DirectoryError> {
        match self.store.settle_mail_by_hand(id, wish, self.right_to_deliveries()?, now).await? {
            Wished::Done => Ok(()),
            Wished::TooLate => Err(DirectoryError::MailIsOver(id)),
            Wished::Unknown => Err(DirectoryError::UnknownMail(id)),
        }
    }

    /// So many logout tokens, the newest first, of a client, in a state, or both; beginning after the one that was created then
    /// (in milliseconds) and has this id.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn logout_deliveries(
        &self,
        client: Option<ClientId>,
        state: Option<logout_deliveries::State>,
        after: Option<(i64, String)>,
        count: i64,
    ) -> Result<Vec<Delivery>, DirectoryError> {
        self.require(Permission::ReadDeliveries)?;
        Ok(self.store.logout_deliveries(client, state, after, count).await?)
    }

    /// Has a site told again at once that a session ended, unless it has confirmed that.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownLogoutDelivery`], [`DirectoryError::LogoutDeliveryIsOver`], or
    /// that it is not stored.
    pub async fn retry_logout_delivery(&self, id: &str, now: UnixTime) -> Result<(), DirectoryError> {
        self.settle_logout(id, Wish::TryAgain, now).await
    }

    /// Gives a logout token up that waits: the site then learns of the end by the feed, or when the tokens of the session run out.
    ///
    /// # Errors
    /// As [`Administration::retry_logout_delivery`].
    pub async fn give_up_logout_delivery(&self, id: &str, now: UnixTime) -> Result<(), DirectoryError> {
        self.settle_logout(id, Wish::GiveUp, now).await
    }

    async fn settle_logout(&self, id: &str, wish: Wish, now: UnixTime) -> Result<(), DirectoryError> {
        let about = self.right_to_deliveries()?;
        match self.store.settle_logout_by_hand(id.to_owned(), wish, about, now).await? {
            Wished::Done => Ok(()),
            Wished::TooLate => Err(DirectoryError::LogoutDeliveryIsOver),
            Wished::Unknown => Err(DirectoryError::UnknownLogoutDelivery),
        }
    }

    /// So many instances of sites that follow the feed, by site and name, beginning after this one; and the newest number of the
    /// revocation log.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn feed_listeners(
        &self,
        client: Option<ClientId>,
        after: Option<(String, String)>,
        count: i64,
    ) -> Result<(Vec<FeedAcknowledgement>, i64), DirectoryError> {
        self.require(Permission::ReadDeliveries)?;
        Ok(self.store.feed_listeners(client, after, count).await?)
    }

    fn right_to_deliveries(&self) -> Result<AuditContext, DirectoryError> {
        Ok(AuditContext::of(self.right(Permission::ManageDeliveries)?))
    }
}
