//! The provider's denylist in Redis, asked on every request: how [`Freshness::Redis`] learns of
//! revocations. The list counts only while its watermark, the time up to which it is complete, is young;
//! a token whose entry cannot be read in time is refused, never let through. Which keys are asked, and what the
//! answers mean, is in `lookup`; the connection in `connection`.
//!
//! [`Freshness::Redis`]: crate::Freshness::Redis

mod connection;
mod lookup;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::timeout;

use self::{connection::Connections, lookup::Lookup};
use crate::{
    claims::AccessToken,
    error::{VerifyError, debug_in_words, shown},
};

/// How long one request may wait for Redis.
const TIME_LIMIT: Duration = Duration::from_millis(100);
/// How old the watermark may be, unless configured.
const WITHIN: Duration = Duration::from_secs(3);

/// Where the provider's Redis is. Addresses are `redis://` or, with TLS, `rediss://`.
#[derive(Clone)]
#[non_exhaustive]
pub enum DenylistServers {
    /// One server.
    Single(String),
    /// A group of servers behind sentinels.
    Sentinel {
        /// The sentinels' addresses.
        urls: Vec<String>,
        /// The name of the master.
        master: String,
    },
    /// A Redis Cluster.
    Cluster(Vec<String>),
}

/// What may be configured about asking the denylist.
#[derive(Clone, Debug)]
#[must_use]
pub struct DenylistOptions {
    within: Duration,
}

impl Default for DenylistOptions {
    fn default() -> Self {
        Self { within: WITHIN }
    }
}

impl DenylistOptions {
    /// How old the watermark may be: 3 seconds unless set. This site's clock and the provider's must agree
    /// better than that.
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }
}

/// Why the denylist cannot be asked at all. A server that is away is no such reason.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum DenylistStartError {
    /// An address is not one of Redis.
    #[error("not an address of Redis: {}; give redis://host:port or rediss://host:port", .0.iter().map(|url| shown(url)).collect::<Vec<_>>().join(", "))]
    Address(Vec<String>),
    /// There is no tokio runtime to connect on.
    #[error("Denylist::start was called outside a tokio runtime; call it in an async function")]
    NoRuntime,
}

debug_in_words!(DenylistStartError);

impl DenylistServers {
    fn urls(&self) -> Vec<String> {
        match self {
            Self::Single(url) => vec![url.clone()],
            Self::Sentinel { urls, .. } | Self::Cluster(urls) => urls.clone(),
        }
    }
}

/// The provider's denylist. Clones share one connection.
#[derive(Clone)]
pub struct Denylist(Arc<Inner>);

struct Inner {
    connections: Connections,
    within: Duration,
    failures: AtomicU64,
}

impl Denylist {
    /// Begins to connect in the background and returns at once.
    ///
    /// # Errors
    /// When an address cannot be one, or outside a tokio runtime.
    pub fn start(servers: DenylistServers, options: DenylistOptions) -> Result<Self, DenylistStartError> {
        let connections = Connections::start(servers)?;
        Ok(Self(Arc::new(Inner { connections, within: options.within, failures: AtomicU64::new(0) })))
    }

    /// How often the list could not tell, because it was away, slow, too old or beyond understanding.
    /// For a metric.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.0.failures.load(Ordering::Relaxed)
    }

    /// Asks about a token that passed every other check: one pipeline, 100 ms at most.
    pub(crate) async fn check(&self, token: &AccessToken, now_millis: i64) -> Result<(), VerifyError> {
        let lookup = Lookup::for_token(token);
        let asked = self.0.connections.ask(lookup.commands());
        let outcome = match timeout(TIME_LIMIT, asked).await {
            Ok(Ok(answers)) => lookup.judge(&answers, now_millis, self.0.within),
            Ok(Err(error)) => {
                tracing::debug!(kind = ?error.kind(), "the denylist cannot be asked");
                Err(VerifyError::NotFresh)
            }
            Err(_) => {
                self.0.connections.forget();
                Err(VerifyError::NotFresh)
            }
        };
        self.count(outcome)
    }

    /// Says it once in a while: this happens on every request of an outage.
    fn count(&self, outcome: Result<(), VerifyError>) -> Result<(), VerifyError> {
        if outcome == Err(VerifyError::NotFresh) {
            let before = self.0.failures.fetch_add(1, Ordering::Relaxed);
            if before.is_multiple_of(1_000) {
                tracing::error!(failures = before + 1, "the denylist cannot tell; requests are refused");
            }
        }
        outcome
    }
}

impl fmt::Debug for Denylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denylist").field("failures", &self.failures()).finish_non_exhaustive()
    }
}
