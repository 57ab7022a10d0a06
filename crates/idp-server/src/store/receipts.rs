//! The receipt of a sign-out: which of the sites that were in use have confirmed that they refuse what it ended.
//! A site that follows the feed confirms each number that it has applied; one that does not is told of by nobody.

use super::Store;
use super::devices::SignedOut;
use crate::clock::Stopwatch;
use crate::db::DbError;
use crate::db::feed_acknowledgements::{self, FeedAcknowledgement};
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
    /// The sites that follow the feed.
    pub following: usize,
    /// Those of them of which every instance has confirmed.
    pub confirmed: usize,
    /// When that was first seen, after the sign-out began.
    pub took: Duration,
}

impl Store {
    /// Waits until every site that follows the feed has confirmed, at most a second. `since` was started before the
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
            if reached.confirmed == reached.following || since.elapsed() >= PATIENCE {
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
        self.read(move |connection| {
            let instances = feed_acknowledgements::connected(connection, &sites, now.as_secs())?;
            let mut reached = Reached::default();
            for site in &sites {
                let of_site = |instance: &&FeedAcknowledgement| instance.client_id == site.as_str();
                let mut own = instances.iter().filter(of_site).peekable();
                if own.peek().is_none() {
                    continue;
                }
                reached.following += 1;
                reached.confirmed += usize::from(own.all(|instance| instance.number >= number));
            }
            Ok(reached)
        })
        .await
    }
}
