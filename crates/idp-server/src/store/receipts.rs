//! The receipt of a sign-out: which of the sites that were in use have confirmed that they refuse what it ended. A
//! site that follows the feed acknowledges each number that it has applied; one that registered for back-channel logout
//! confirms its logout tokens.

use super::Store;
use super::devices::SignedOut;
use crate::clock::Stopwatch;
use crate::db::{DbError, feed_acknowledgements, logout_deliveries};
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use std::time::Duration;
use tokio::time::sleep;

/// How long a person waits for their receipt; what is confirmed later is not in it.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often is looked, at first and later: a site that is slow must not cost the database much.
const PAUSE: Duration = Duration::from_millis(20);
const LONG_PAUSE: Duration = Duration::from_millis(150);
const AT_FIRST: Duration = Duration::from_millis(300);

/// How far a sign-out has got.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Reached {
    /// The sites that can confirm: by the feed, at the back channel, or both.
    pub told: usize,
    /// Those of them that have, in one of these ways.
    pub confirmed: usize,
    /// When that was first seen, after the sign-out began.
    pub took: Duration,
}

impl Store {
    /// Waits until every site that can confirm has confirmed, at most a second. `since` was started before the
    /// sign-out. When the database does not answer, nothing more is claimed than was seen.
    pub async fn wait_for_confirmations(
        &self,
        ended: &SignedOut,
        since: Stopwatch,
        now: UnixTime,
    ) -> Reached {
        let mut reached = Reached::default();
        loop {
            let seen = match self.confirmations(ended, now).await {
                Ok(seen) => seen,
                Err(error) => {
                    tracing::warn!(%error, "a receipt is shorter than it might be");
                    return reached;
                }
            };
            if seen.confirmed > reached.confirmed {
                reached.took = since.elapsed();
            }
            reached = Reached { took: reached.took, ..seen };
            if reached.confirmed == reached.told || since.elapsed() >= PATIENCE {
                return reached;
            }
            sleep(if since.elapsed() < AT_FIRST { PAUSE } else { LONG_PAUSE }).await;
        }
    }

    async fn confirmations(&self, ended: &SignedOut, now: UnixTime) -> Result<Reached, DbError> {
        let (sites, number): (Vec<ClientId>, i64) = (ended.sites.keys().cloned().collect(), ended.number);
        if sites.is_empty() {
            return Ok(Reached::default());
        }
        let sids = ended.sessions.clone();
        self.read(move |connection| {
            let instances = feed_acknowledgements::connected(connection, &sites, now.as_secs())?;
            let deliveries = logout_deliveries::of_sessions(connection, &sids)?;
            let mut reached = Reached::default();
            for site in &sites {
                let by_feed = instances.iter().filter(|instance| instance.client_id == site.as_str());
                let by_logout_token = deliveries.iter().filter(|(client, _)| client == site.as_str());
                let ways = [
                    all_confirmed(by_feed.map(|instance| instance.number >= number)),
                    all_confirmed(by_logout_token.map(|(_, is_delivered)| *is_delivered)),
                ];
                reached.told += usize::from(ways.iter().any(Option::is_some));
                reached.confirmed += usize::from(ways.contains(&Some(true)));
            }
            Ok(reached)
        })
        .await
    }
}

/// Whether all have confirmed; `None` when there are none.
fn all_confirmed(confirmations: impl Iterator<Item = bool>) -> Option<bool> {
    confirmations.reduce(|all, one| all && one)
}
