//! From the button on the devices page to the refusal at a site that verifies offline and follows the feed.

use idp_tests::{Browser, ClientSpec, SignedIn, TestIdp, TokenAnswer, jwt};
use resource_sdk::{
    FeedOptions, Freshness, KeyOptions, RemoteKeys, RevocationFeed, UnixTime, Verifier, VerifyError,
};
use std::time::Duration;
use tokio::time::Instant;

/// A site: a verifier with the provider's keys and its feed, in this process.
pub struct Site {
    pub verifier: Verifier,
    feed: RevocationFeed,
}

impl Site {
    pub async fn of(idp: &TestIdp, spec: &ClientSpec, freshness: Freshness) -> Self {
        let keys = RemoteKeys::start(&idp.issuer, KeyOptions::default()).unwrap();
        let secret = spec.secret.clone().unwrap();
        let feed = RevocationFeed::start(keys.clone(), spec.id(), &secret, FeedOptions::default()).unwrap();
        assert!(feed.ready(Duration::from_secs(5)).await, "{:?}", feed.status());
        let audience = spec.client.metadata.audience.clone();
        let verifier = Verifier::builder(&idp.issuer, audience).freshness(freshness).feed(feed.clone());
        Self { verifier: verifier.build(keys).unwrap(), feed }
    }

    pub fn verdict(&self, idp: &TestIdp, token: &str) -> Result<(), VerifyError> {
        let now = UnixTime::from_secs(idp.clock.now().as_secs());
        self.verifier.verify(token, now).map(drop)
    }

    /// How long it takes from `since` until the token is refused. Time is what is measured, so the pause is short.
    pub async fn refuses(&self, idp: &TestIdp, token: &str, since: Instant) -> Duration {
        while self.verdict(idp, token).is_ok() {
            assert!(since.elapsed() < Duration::from_secs(5), "{:?}", self.feed.status());
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        assert_eq!(self.verdict(idp, token), Err(VerifyError::Revoked));
        since.elapsed()
    }
}

/// Alice's second device, signed in and then kicked from the page that the first one has open.
async fn kick(story: &SignedIn, sites: &[&Site]) -> (Duration, TokenAnswer) {
    let phone = story.idp.browser();
    let tokens = phone.sign_in_for_tokens(&story.idp, &story.site, "alice").await;
    let token = tokens.text("access_token");
    for site in sites {
        assert_eq!(site.verdict(&story.idp, token), Ok(()));
    }
    let page = story.browser.open(story.idp.url("/account/devices")).await;
    let sid = jwt::claims(token)["sid"].as_str().unwrap().to_owned();
    let pressed = Instant::now();
    let pressing = press(&story.browser, &page, &sid);
    let refusing = async {
        let mut slowest = Duration::ZERO;
        for site in sites {
            slowest = slowest.max(site.refuses(&story.idp, token, pressed).await);
        }
        slowest
    };
    let ((), took) = futures_util::future::join(pressing, refusing).await;
    (took, tokens)
}

async fn press(browser: &Browser, page: &idp_tests::Answer, sid: &str) {
    let answer = browser.press(page, "one", &[("sid", sid)]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
}

const TWO_SECONDS: Freshness = Freshness::Feed { within: Duration::from_secs(2) };

#[tokio::test]
async fn s73_n01_a_kicked_device_is_refused_at_both_sites_that_verify_offline() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let a = Site::of(&story.idp, &story.site, TWO_SECONDS).await;
    let b = Site::of(&story.idp, &story.site, Freshness::Offline).await;
    for _ in 0..5 {
        let (_, tokens) = kick(&story, &[&a, &b]).await;
        // A site that asks the provider hears the same, on every node.
        for _ in 0..2 {
            assert!(!story.idp.is_active(&story.site, tokens.text("access_token")).await);
            assert_eq!(story.idp.userinfo(tokens.text("access_token")).await.status, 401);
        }
        let refreshed = story.idp.refresh(&story.site, tokens.text("refresh_token")).await;
        assert_eq!(refreshed.refusal(), (400, "invalid_grant"));
    }
    // The device that kicked is not touched.
    assert_eq!(a.verdict(&story.idp, story.access_token()), Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "figures: STORY_BACKEND=<backend> cargo test --release -p idp-tests --test stories -- --ignored --nocapture kick_figures"]
async fn kick_figures() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let a = Site::of(&story.idp, &story.site, TWO_SECONDS).await;
    let b = Site::of(&story.idp, &story.site, TWO_SECONDS).await;
    let mut took = Vec::new();
    for _ in 0..500 {
        took.push(kick(&story, &[&a, &b]).await.0);
    }
    took.sort();
    println!(
        "kick to refusal at two sites, {} kicks: p50 {:.1?}, p99 {:.1?}, max {:.1?}",
        took.len(),
        took[took.len() / 2],
        took[took.len() * 99 / 100],
        took[took.len() - 1]
    );
}
