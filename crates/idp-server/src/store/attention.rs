//! What an operator should look at: counts that are cheap however many people there are, each up to a bound.

use super::Store;
use crate::db::feed_acknowledgements::FeedAcknowledgement;
use crate::db::{DbError, clients, feed_acknowledgements, logout_deliveries, mails, revocations};
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use std::collections::BTreeSet;

/// What is counted no further.
pub const MOST: i64 = 100;
/// An instance confirms within seconds: one that has not for so many is stale.
const STALE_AFTER: i64 = 60;

/// What is on its way, or is not.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Undelivered {
    /// Letters of the last weeks that were given up.
    pub mails: usize,
    /// Clients that were told several times of the end of a session, and have not confirmed it.
    pub clients: usize,
    /// What clients were to be told, and will not be.
    pub given_up: usize,
    /// Sites that may follow the feed, and of which no instance does.
    pub followers: usize,
    /// Sites of which an instance follows the feed, and has not confirmed for a while what there is to know.
    pub stale: usize,
}

impl Store {
    /// What was not delivered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn undelivered(&self, now: UnixTime) -> Result<Undelivered, DbError> {
        self.read(move |connection| {
            let following: Vec<ClientId> = clients::following_feed(connection)?.into_iter().collect();
            let connected = feed_acknowledgements::connected(connection, &following, now.as_secs())?;
            let is_away =
                |client: &&ClientId| !connected.iter().any(|instance| instance.client_id == client.as_str());
            let newest = revocations::newest(connection)?;
            let is_stale = |instance: &&FeedAcknowledgement| {
                let confirmed = UnixTime(instance.received_ms.div_euclid(1000));
                instance.number < newest && !confirmed.is_within(STALE_AFTER, now)
            };
            let stale: BTreeSet<&str> =
                connected.iter().filter(is_stale).map(|instance| instance.client_id.as_str()).collect();
            Ok(Undelivered {
                mails: mails::given_up(connection, MOST)?,
                clients: logout_deliveries::struggling(connection)?,
                given_up: logout_deliveries::given_up(connection, MOST)?,
                stale: stale.len(),
                followers: following.iter().filter(is_away).count(),
            })
        })
        .await
    }
}
