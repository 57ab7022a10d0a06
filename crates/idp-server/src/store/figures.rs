//! What is told of the store to Prometheus: what its connections did, and what the database has of deliveries. However many people
//! there are, the questions look at a bounded number of rows, by indexes that hold what waits alone
//! (`logout_deliveries_due`, `mails_due`), and at one row of `audit_stream`.

use super::Store;
use crate::db::{DbError, audit_stream, logout_deliveries, mails};
use crate::metrics::{Backlog, DatabaseFaults, Outboxes, PoolFigures, RedisFigures};
use idp_core::time::UnixTime;

/// What is counted no further.
pub const MOST: usize = 1000;

impl Store {
    /// What waits to be delivered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outboxes(&self, has_webhook: bool, now: UnixTime) -> Result<Outboxes, DbError> {
        self.read(move |connection| {
            let logouts = logout_deliveries::waiting_since(connection, MOST)?;
            let mails = mails::waiting_since(connection, MOST)?;
            let stream = if has_webhook { audit_stream::state(connection)? } else { None };
            let failing = stream.and_then(|stream| stream.failing_since);
            let failing = failing.map_or(0, |since| now.seconds_since(since).max(0));
            Ok(Outboxes {
                logouts: backlog(&logouts, now),
                mails: backlog(&mails, now),
                audit_failing: has_webhook.then_some(failing),
            })
        })
        .await
    }

    /// The pools of connections to the database.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolFigures> {
        self.db.pools()
    }

    /// What the database did not carry out.
    #[must_use]
    pub const fn database_faults(&self) -> &DatabaseFaults {
        self.db.faults()
    }

    /// `sqlite` or `postgresql`.
    #[must_use]
    pub const fn database_kind(&self) -> &'static str {
        self.db.kind()
    }

    /// What was asked of Redis, where there is one.
    #[must_use]
    pub fn redis_figures(&self) -> Option<RedisFigures> {
        Some(self.ephemeral.redis()?.figures())
    }
}

fn backlog(since_ms: &[i64], now: UnixTime) -> Backlog {
    let oldest = since_ms.iter().min().map_or(0, |since| now.seconds_since(UnixTime(since.div_euclid(1000))));
    Backlog { count: since_ms.len(), oldest_age: oldest.max(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_counts_and_a_clock_that_was_ahead_makes_nothing_younger_than_now() {
        let now = UnixTime(1000);
        assert_eq!(backlog(&[], now), Backlog::default());
        assert_eq!(backlog(&[990_500, 940_000, 999_999], now), Backlog { count: 3, oldest_age: 60 });
        assert_eq!(backlog(&[1_500_000], now), Backlog { count: 1, oldest_age: 0 });
    }
}
