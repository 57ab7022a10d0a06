//! The denylist in Redis, which sites ask on each request (`resource_sdk::denylist`): what is revoked is denied for as
//! long as any site could still accept it.

use idp_core::revocation::UNDER_WAY;
use idp_core::session::EndCause;
use idp_server::config::RedisUrl;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_tests::redis::RedisServer;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, eventually, jwt};

/// What sites that ask on each request find, and for how long (ms).
fn denied(server: &RedisServer, key: &str) -> (String, i64) {
    (server.cli(&["GET", key]), server.cli(&["PTTL", key]).parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn z04_what_is_denied_is_denied_until_no_site_can_accept_it_any_more() {
    let server = RedisServer::start();
    let idp = TestIdp::start_with(|config| config.redis.url = Some(RedisUrl::from(&*server.url()))).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let longest = (idp.app.config.token.access.as_secs() + 120 + 30) * 1000;
    let full = |(value, life): (String, i64), expected: &str| {
        assert_eq!(value, expected);
        // A story takes seconds of real time; the leeway of a site may be two minutes.
        assert!((longest - 15_000..=longest).contains(&life), "{life} of {longest}");
    };
    let claims = |tokens: &TokenAnswer| jwt::claims(tokens.text("access_token"));
    let text = |claims: &serde_json::Value, name: &str| claims[name].as_str().unwrap().to_owned();

    let (one, two) = (story.grant().await, story.grant().await);
    let form = [("token", one.text("access_token"))];
    assert_eq!(idp.post_as(site, "/revoke", &form).await.status, 200);
    full(denied(&server, &format!("blacklist:jti:{}", text(&claims(&one), "jti"))), "1");

    let form = [("token", two.text("refresh_token"))];
    let families = server.keys("rt:*").len();
    assert_eq!(idp.post_as(site, "/revoke", &form).await.status, 200);
    let jti = text(&claims(&two), "jti");
    full(denied(&server, &format!("blacklist:grant:{}", jti.split('.').next().unwrap())), "1");
    assert_eq!(server.keys("rt:*").len(), families - 1, "its family is forgotten");

    let url = idp.url(&format!("/end-session?id_token_hint={}", one.text("id_token")));
    assert_eq!(story.browser.open(url).await.status, 303);
    full(denied(&server, &format!("blacklist:sid:{}", text(&claims(&one), "sid"))), "1");

    let now = idp.clock.now();
    let by = |target| idp.app.store.revoke(target, EndCause::Administrator, AuditContext::default(), now);
    assert!(by(Target::User(story.alice)).await.unwrap());
    assert!(by(Target::Everybody).await.unwrap());
    assert!(by(Target::Client { id: site.client.id.clone(), seen: None }).await.unwrap());
    // These were another process's, say a command's: every node copies what it finds in SQL.
    let last = "blacklist:client_id:site-a";
    eventually("the copy is made", async || server.cli(&["EXISTS", last]) == "1").await;
    let now = now.as_secs();
    full(denied(&server, last), &(now + UNDER_WAY).to_string());
    full(denied(&server, "blacklist:all"), &(now + UNDER_WAY).to_string());
    full(denied(&server, &format!("blacklist:sub:{}", story.alice)), &now.to_string());

    // The greatest time stays, and the longer life.
    idp.clock.advance(60);
    assert!(
        idp.app
            .store
            .revoke(Target::Everybody, EndCause::Administrator, AuditContext::default(), idp.clock.now())
            .await
            .unwrap()
    );
    idp.app.store.publish(idp.clock.now()).await.unwrap();
    full(denied(&server, "blacklist:all"), &(now + 60 + UNDER_WAY).to_string());
    no_token_is_part_of_a_key(&server, &[&story.tokens, &one, &two]);
}

/// Z03: keys hold names of tokens, never the tokens.
fn no_token_is_part_of_a_key(server: &RedisServer, answers: &[&TokenAnswer]) {
    let keys = server.keys("*").join("\n");
    for tokens in answers {
        for member in ["access_token", "refresh_token", "id_token"] {
            assert!(!keys.contains(tokens.text(member)));
        }
    }
}
