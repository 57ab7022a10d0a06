//! What an operator should look at: counts that are cheap however many people there are, each up to a bound.

use super::Store;
use crate::db::{DbError, clients, feed_acknowledgements, logout_deliveries, mails};
use idp_core::client::ClientId;
use idp_core::time::UnixTime;

/// What is counted no further.
pub const MOST: i64 = 100;

/// What is on its way, or is not.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Undelivered {
    /// Letters of the last weeks that were given up.
    pub mails: usize,
    /// Clients that were told several times of the end of a session, and have not confirmed it.
    pub clients: usize,
    /// Sites that may follow the feed, and of which no instance does.
    pub followers: usize,
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
            Ok(Undelivered {
                mails: mails::given_up(connection, MOST)?,
                clients: logout_deliveries::struggling(connection)?,
                followers: following.iter().filter(is_away).count(),
            })
        })
        .await
    }
}
