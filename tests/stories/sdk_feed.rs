//! A site on the SDK that follows the real provider's feed: what the provider takes back is refused there, the provider
//! hears of it, and an outage of the one is no invention of the other.

use idp_core::client::{ClientMetadata, GrantType};
use idp_core::scope::Scope;
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::directory::DirectoryError;
use idp_server::store::revoke::Target;
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually, jwt, within};
use resource_sdk::{FeedOptions, Freshness, KeyOptions, RemoteKeys, RevocationFeed, Verifier, VerifyError};
use std::time::Duration;

/// The site's back end.
struct Site {
    feed: RevocationFeed,
    verifier: Verifier,
}

impl Site {
    async fn of(idp: &TestIdp, site: &ClientSpec, access_token: &str) -> Self {
        let keys = RemoteKeys::start(&idp.issuer, KeyOptions::default()).unwrap();
        let secret = site.secret.as_deref().unwrap();
        let options = FeedOptions::default().longest_pause(Duration::from_secs(1));
        let feed = RevocationFeed::start(keys.clone(), site.id(), secret, options).unwrap();
        let audience = match &jwt::claims(access_token)["aud"] {
            serde_json::Value::Array(several) => several[0].as_str().unwrap().to_owned(),
            single => single.as_str().unwrap().to_owned(),
        };
        let verifier = Verifier::builder(&idp.issuer, audience).feed(feed.clone());
        let verifier = verifier.freshness(Freshness::Feed { within: Duration::from_secs(3) });
        let verifier = verifier.build(keys).unwrap();
        assert!(feed.ready(Duration::from_secs(10)).await, "{:?}", feed.status());
        Self { feed, verifier }
    }

    fn verify(&self, idp: &TestIdp, token: &str) -> Option<VerifyError> {
        let now = resource_sdk::UnixTime::from_secs(idp.clock.now().as_secs());
        self.verifier.verify(token, now).err()
    }

    /// Waits for a verdict, and says how long that took.
    async fn until(&self, idp: &TestIdp, token: &str, expected: Option<VerifyError>) -> Duration {
        let begun = tokio::time::Instant::now();
        eventually(&format!("the verdict is {expected:?}"), async || {
            if self.verify(idp, token) == expected { Ok(()) } else { Err(self.feed.status()) }
        })
        .await;
        begun.elapsed()
    }
}

async fn take_back(idp: &TestIdp, target: Target) {
    let about = AuditContext::default();
    assert!(idp.app.store.revoke(target, EndCause::Administrator, about, idp.clock.now()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn m09_what_the_provider_takes_back_a_site_refuses_within_a_second() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let site = Site::of(&story.idp, &story.site, story.access_token()).await;
    assert_eq!(site.verify(&story.idp, story.access_token()), None);
    take_back(&story.idp, Target::User(story.alice)).await;
    let took = site.until(&story.idp, story.access_token(), Some(VerifyError::Revoked)).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(site.feed.status().last_error.is_none(), "{:?}", site.feed.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn m09_one_token_taken_back_leaves_the_others() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let other = story.grant().await;
    let site = Site::of(&story.idp, &story.site, story.access_token()).await;
    let form = [("token", story.access_token())];
    assert_eq!(story.idp.post_as(&story.site, "/revoke", &form).await.status, 200);
    site.until(&story.idp, story.access_token(), Some(VerifyError::Revoked)).await;
    assert_eq!(site.verify(&story.idp, other.text("access_token")), None);
}

/// People are not named to listeners, but a client that acts for itself is no person: when a right of its own is taken
/// away, sites refuse the tokens that rest on it, as they refuse those of people.
#[tokio::test(flavor = "multi_thread")]
async fn a11_a_clients_own_tokens_that_are_taken_back_are_refused_at_sites() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, spec) = (&story.idp, &story.site);
    let site = Site::of(idp, spec, story.access_token()).await;
    for gone in ["a scope", "the grant type"] {
        let own = idp.post_as(spec, "/token", &[("grant_type", "client_credentials")]).await;
        assert_eq!((own.status, site.verify(idp, own.text("access_token"))), (200, None), "{gone}");
        let change = |mut metadata: ClientMetadata| {
            match gone {
                "a scope" => {
                    metadata.scope = Scope::parse("openid profile email address phone read").unwrap()
                }
                _ => metadata.grant_types.retain(|grant| *grant != GrantType::ClientCredentials),
            }
            Ok::<_, DirectoryError>(metadata)
        };
        idp.operator().change_client(&spec.client.id, change, idp.clock.now()).await.unwrap();
        assert!(!idp.is_active(spec, own.text("access_token")).await, "{gone}");
        site.until(idp, own.text("access_token"), Some(VerifyError::Revoked)).await;
        assert_eq!(site.verify(idp, story.access_token()), None, "people go on without {gone}");
        // What is issued next is not under way any more.
        idp.clock.advance(60);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn z14_a_provider_that_stops_is_noticed() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let site = Site::of(&story.idp, &story.site, story.access_token()).await;
    let (token, clock) = (story.access_token().to_owned(), story.idp.clock.clone());
    let now = || resource_sdk::UnixTime::from_secs(clock.now().as_secs());
    let _folder = story.idp.stop().await;
    within(Duration::from_secs(5), "the token is no longer fresh", async || {
        let is_stale = site.verifier.verify(&token, now()).err() == Some(VerifyError::NotFresh);
        if is_stale { Ok(()) } else { Err(site.feed.status()) }
    })
    .await;
    let offline = site.verifier.with_freshness(Freshness::Offline).unwrap();
    assert_eq!(offline.verify(&token, now()).err(), None);
}
