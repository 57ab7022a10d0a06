//! A site in this process that verifies offline and follows the feed: a verifier with the provider's keys, and what the
//! provider took back.

use crate::{Browser, ClientSpec, TestIdp, jwt};
use resource_sdk::{
    FeedOptions, Freshness, KeyOptions, RemoteKeys, RevocationFeed, UnixTime, Verifier, VerifyError,
};
use std::time::Duration;
use tokio::time::Instant;

/// The site.
pub struct OfflineSite {
    verifier: Verifier,
    feed: RevocationFeed,
}

impl OfflineSite {
    /// Begins to follow the feed as `spec`.
    ///
    /// # Panics
    /// When the feed does not come.
    pub async fn of(idp: &TestIdp, spec: &ClientSpec, freshness: Freshness) -> Self {
        Self::follow(&idp.issuer, spec, freshness).await
    }

    /// The same at any provider.
    ///
    /// # Panics
    /// When the feed does not come.
    pub async fn follow(issuer: &str, spec: &ClientSpec, freshness: Freshness) -> Self {
        let keys = RemoteKeys::start(issuer, KeyOptions::default()).unwrap();
        let secret = spec.secret.clone().unwrap();
        let feed = RevocationFeed::start(keys.clone(), spec.id(), &secret, FeedOptions::default()).unwrap();
        assert!(feed.ready(Duration::from_secs(5)).await, "{:?}", feed.status());
        let audience = spec.client.metadata.audience.clone();
        let verifier = Verifier::builder(issuer, audience).freshness(freshness).feed(feed.clone());
        Self { verifier: verifier.build(keys).unwrap(), feed }
    }

    /// What it says to an access token.
    ///
    /// # Errors
    /// Why the token is refused.
    pub fn verdict(&self, idp: &TestIdp, token: &str) -> Result<(), VerifyError> {
        self.verdict_at(idp.clock.now().as_secs(), token)
    }

    /// The same at this time, in seconds since 1970.
    ///
    /// # Errors
    /// Why the token is refused.
    pub fn verdict_at(&self, now: i64, token: &str) -> Result<(), VerifyError> {
        self.verifier.verify(token, UnixTime::from_secs(now)).map(drop)
    }

    /// How long it takes from `since` until the token is refused. Time is what is measured, so the pause is short.
    ///
    /// # Panics
    /// When it takes more than five seconds, or the token is refused for another reason than that it was taken back.
    pub async fn refuses(&self, idp: &TestIdp, token: &str, since: Instant) -> Duration {
        while self.verdict(idp, token).is_ok() {
            assert!(since.elapsed() < Duration::from_secs(5), "{:?}", self.feed.status());
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        assert_eq!(self.verdict(idp, token), Err(VerifyError::Revoked));
        since.elapsed()
    }
}

/// Ends the device that has this access token from the devices page of `browser`: how long it takes from the button to the
/// refusal at the last of the sites.
///
/// # Panics
/// When the token is refused before, or the device is not ended.
pub async fn kick(idp: &TestIdp, browser: &Browser, token: &str, sites: &[&OfflineSite]) -> Duration {
    for site in sites {
        assert_eq!(site.verdict(idp, token), Ok(()));
    }
    let page = browser.open(idp.url("/account/devices")).await;
    let sid = jwt::claims(token)["sid"].as_str().unwrap().to_owned();
    let pressed = Instant::now();
    let pressing = async {
        let answer = browser.press(&page, "one", &[("sid", &sid)]).await;
        assert_eq!(answer.status, 303, "{answer:?}");
    };
    let refusing = async {
        let mut slowest = Duration::ZERO;
        for site in sites {
            slowest = slowest.max(site.refuses(idp, token, pressed).await);
        }
        slowest
    };
    futures_util::future::join(pressing, refusing).await.1
}
