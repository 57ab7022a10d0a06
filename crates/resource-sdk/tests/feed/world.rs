//! A site that follows the feed of a test provider.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use resource_sdk::{
    Clock, FeedOptions, Freshness, ResourceServer, RevocationFeed, Verifier, VerifyError, testing::TestIssuer,
};

pub const API: &str = "https://api.example";
pub const WITHIN: Duration = Duration::from_secs(2);

pub struct World {
    pub issuer: TestIssuer,
    pub feed: RevocationFeed,
    /// Demands two seconds.
    pub fresh: ResourceServer,
    /// Demands nothing, and has the feed.
    pub offline: ResourceServer,
}

impl World {
    /// A site that is fresh.
    pub async fn start() -> Self {
        Self::start_with(|options| options).await
    }

    pub async fn start_with(change: impl FnOnce(FeedOptions) -> FeedOptions) -> Self {
        let issuer = TestIssuer::start();
        let keys = issuer.keys();
        let feed = issuer.feed_with(&keys, change);
        let fresh = Freshness::Feed { within: WITHIN };
        let verifier = Verifier::builder(issuer.url(), API)
            .token_cache(100)
            .freshness(fresh)
            .feed(feed.clone())
            .build(keys)
            .unwrap();
        let fresh = ResourceServer::new(verifier).with_clock(Clock::Manual(issuer.clock()));
        let offline = fresh.with_freshness(Freshness::Offline).unwrap();
        assert!(feed.ready(Duration::from_secs(10)).await, "{:?}", feed.status());
        Self { issuer, feed, fresh, offline }
    }

    pub fn token(&self) -> String {
        self.issuer.token(API).mint()
    }

    pub fn token_of_session(&self, sid: &str) -> String {
        self.issuer.token(API).session(sid).mint()
    }

    pub async fn verify(&self, token: &str) -> Option<VerifyError> {
        self.fresh.verify(token).await.err()
    }
}

/// Waits until something holds; answers how long that took.
pub async fn until(what: &str, holds: impl AsyncFn() -> bool) -> Duration {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

/// Whether something has ended by now.
pub async fn ends_within(limit: Duration, future: impl Future) -> bool {
    tokio::time::timeout(limit, future).await.is_ok()
}
