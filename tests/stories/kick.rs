//! From the button on the devices page to the refusal at a site that verifies offline and follows the feed. How long that
//! takes beside others who write measures `examples/kick_figures`.

use idp_tests::offline_site::{OfflineSite, kick};
use idp_tests::{ClientSpec, SignedIn};
use resource_sdk::Freshness;
use std::time::Duration;

const TWO_SECONDS: Freshness = Freshness::Feed { within: Duration::from_secs(2) };

#[tokio::test]
async fn s73_n01_a_kicked_device_is_refused_at_both_sites_that_verify_offline() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let a = OfflineSite::of(idp, site, TWO_SECONDS).await;
    let b = OfflineSite::of(idp, site, Freshness::Offline).await;
    for _ in 0..5 {
        let tokens = idp.browser().sign_in_for_tokens(idp, site, "alice").await;
        kick(idp, &story.browser, tokens.text("access_token"), &[&a, &b]).await;
        // A site that asks the provider hears the same, on every node.
        for _ in 0..2 {
            assert!(!idp.is_active(site, tokens.text("access_token")).await);
            assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 401);
        }
        let refreshed = idp.refresh(site, tokens.text("refresh_token")).await;
        assert_eq!(refreshed.refusal(), (400, "invalid_grant"));
    }
    // The device that kicked is not touched.
    assert_eq!(a.verdict(idp, story.access_token()), Ok(()));
}
