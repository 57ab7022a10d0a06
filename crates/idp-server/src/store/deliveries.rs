//! What is on its way to people and sites, for administrators: letters, logout tokens, and the feed.

use super::Store;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::feed_acknowledgements::{self, FeedAcknowledgement};
use crate::db::logout_deliveries::{self, Delivery};
use crate::db::mails::{self, Mail};
use crate::db::{DbError, Locks, revocations};
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// What is written down of a delivery that an administrator gave up.
const GIVEN_UP: &str = "given up by an administrator";

/// What an administrator does with a delivery.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Wish {
    /// It is due now, also if it was given up.
    TryAgain,
    /// It is tried no more.
    GiveUp,
}

/// What came of it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Wished {
    /// It was done.
    Done,
    /// It arrived, was given up already, or is too old to be worth a try.
    TooLate,
    /// There is no such delivery.
    Unknown,
}

impl Store {
    /// So many letters in this state, the newest first, beginning before this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mails_in_state(
        &self,
        state: mails::State,
        before: Option<Uuid>,
        count: i64,
    ) -> Result<Vec<Mail>, DbError> {
        self.read(move |connection| mails::page_in_state(connection, state, before, count)).await
    }

    /// Has a letter tried again, or given up.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn settle_mail_by_hand(
        &self,
        id: Uuid,
        wish: Wish,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<Wished, DbError> {
        self.write(Locks::none(), move |connection| {
            about.check_right(connection)?;
            let Some(mail) = mails::by_id(connection, id)? else { return Ok(Wished::Unknown) };
            let (event, is_done) = match wish {
                Wish::TryAgain => (AuditEvent::MailRetried, mails::retry(connection, id, ms(now))?),
                Wish::GiveUp => {
                    let is_open = mail.state == mails::State::Pending;
                    (AuditEvent::MailGivenUp, is_open && mails::give_up(connection, id, GIVEN_UP)?)
                }
            };
            if !is_done {
                return Ok(Wished::TooLate);
            }
            let about = AuditContext { user: mail.user, detail: Some(mail.kind), ..about };
            audit_events::record(connection, event, about, now)?;
            Ok(Wished::Done)
        })
        .await
    }

    /// So many logout tokens, the newest first, of a client, in a state, or both; beginning after the one that was created then
    /// (in milliseconds) and has this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn logout_deliveries(
        &self,
        client: Option<ClientId>,
        state: Option<logout_deliveries::State>,
        after: Option<(i64, String)>,
        count: i64,
    ) -> Result<Vec<Delivery>, DbError> {
        self.read(move |connection| {
            logout_deliveries::page(connection, (client.as_ref(), state), after, count)
        })
        .await
    }

    /// Has a logout token tried again, or given up.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn settle_logout_by_hand(
        &self,
        id: String,
        wish: Wish,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<Wished, DbError> {
        let wished = self.write(Locks::none(), move |connection| {
            about.check_right(connection)?;
            let Some(delivery) = logout_deliveries::by_id(connection, &id)? else {
                return Ok(Wished::Unknown);
            };
            let (event, is_done) = match wish {
                Wish::TryAgain => {
                    (AuditEvent::LogoutRetried, logout_deliveries::retry(connection, &id, ms(now))?)
                }
                Wish::GiveUp => {
                    let is_open = delivery.state == logout_deliveries::State::Pending;
                    let is_done = is_open && logout_deliveries::give_up(connection, &id, GIVEN_UP)?;
                    (AuditEvent::LogoutGivenUp, is_done)
                }
            };
            if !is_done {
                return Ok(Wished::TooLate);
            }
            let (client, sid) = (Some(delivery.client.to_string()), delivery.sid.parse().ok());
            let about = AuditContext { user: delivery.sub.parse().ok(), client, sid, ..about };
            audit_events::record(connection, event, about, now)?;
            Ok(Wished::Done)
        });
        let wished = wished.await?;
        self.logout_queued.send_replace(());
        Ok(wished)
    }

    /// So many instances of sites that follow the feed, by site and name, beginning after this one; and the newest number of the
    /// revocation log.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn feed_listeners(
        &self,
        client: Option<ClientId>,
        after: Option<(String, String)>,
        count: i64,
    ) -> Result<(Vec<FeedAcknowledgement>, i64), DbError> {
        self.read(move |connection| {
            let found = feed_acknowledgements::page(connection, client.as_ref(), after, count)?;
            Ok((found, revocations::newest(connection)?))
        })
        .await
    }
}

fn ms(time: UnixTime) -> i64 {
    time.as_secs().saturating_mul(1000)
}
