//! Introspection (RFC 7662): what a client that proved itself may hear of a token, and that any other caller hears
//! `{"active":false}` and nothing more.

use idp_tests::{ClientSpec, SignedIn, jwt};
use serde_json::json;

async fn about(story: &SignedIn, client: &ClientSpec, token: &str, hint: &str) -> serde_json::Value {
    let answer =
        story.idp.post_as(client, "/introspect", &[("token", token), ("token_type_hint", hint)]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.header("cache-control").contains("no-store"));
    answer.body
}

#[tokio::test]
async fn s27_a_client_hears_about_its_own_tokens() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let claims = jwt::claims(story.access_token());
    for hint in ["", "access_token", "refresh_token", "nonsense"] {
        let body = about(&story, &story.site, story.access_token(), hint).await;
        for name in ["iss", "sub", "aud", "client_id", "scope", "exp", "iat", "jti"] {
            assert_eq!(body[name], claims[name], "{name}");
        }
        assert_eq!(
            (&body["active"], &body["token_type"], &body["username"]),
            (&json!(true), &json!("Bearer"), &json!("alice"))
        );
    }
    let body = about(&story, &story.site, story.refresh_token(), "refresh_token").await;
    assert_eq!((&body["active"], &body["sub"], body.get("token_type")), (&json!(true), &claims["sub"], None));
}

#[tokio::test]
async fn s27_nobody_is_told_without_proof() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let public = ClientSpec::public("public");
    story.idp.add_client(&public).await;
    for fields in [
        vec![],
        vec![("client_id", "site-a")],
        vec![("client_id", "site-a"), ("client_secret", "x")],
        vec![("client_id", "public")],
        vec![("client_id", "nobody")],
    ] {
        let form = [&fields[..], &[("token", story.access_token())]].concat();
        let answer = story.idp.post("/introspect", &form).await;
        assert_eq!(answer.refusal(), (401, "invalid_client"), "{fields:?}");
        assert_eq!(answer.body.get("active"), None);
    }
    let bearer = story
        .idp
        .http
        .post(story.idp.url("/introspect"))
        .bearer_auth(story.access_token())
        .form(&[("token", story.access_token())]);
    assert_eq!(story.idp.send(bearer).await.refusal(), (401, "invalid_client"));
    assert_eq!(story.idp.post_as(&story.site, "/introspect", &[]).await.refusal(), (400, "invalid_request"));
}

#[tokio::test]
async fn s27_of_anything_else_it_is_only_said_that_it_is_not_active() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let other = ClientSpec::confidential("site-b");
    idp.add_client(&other).await;
    let (denied, ended) = (story.grant().await, story.grant().await);
    let spent = story.grant().await;
    assert_eq!(idp.refresh(site, spent.text("refresh_token")).await.status, 200);
    idp.post_as(site, "/revoke", &[("token", denied.text("access_token"))]).await;
    idp.post_as(site, "/revoke", &[("token", ended.text("refresh_token"))]).await;
    let mut cases = vec![
        (&other, "a foreign client's", story.access_token().to_owned()),
        (&other, "a foreign client's refresh token", story.refresh_token().to_owned()),
        (site, "a denied", denied.text("access_token").to_owned()),
        (site, "one of an ended grant", ended.text("access_token").to_owned()),
        (site, "an ended refresh token", ended.text("refresh_token").to_owned()),
        (site, "a spent refresh token", spent.text("refresh_token").to_owned()),
        (site, "an ID token", story.id_token().to_owned()),
        (site, "a code", story.code().await),
        (site, "nonsense", "x".into()),
        (site, "three parts", "a.b.c".into()),
        (site, "a long text", "x".repeat(9000)),
        (
            site,
            "unsigned",
            jwt::assemble(&json!({"alg":"none","typ":"at+jwt"}), &jwt::claims(story.access_token()), ""),
        ),
        (site, "its own secret", site.secret.clone().unwrap()),
    ];
    cases.extend(jwt::damaged(story.access_token()).into_iter().map(|token| (site, "a damaged", token)));
    cases.extend(
        jwt::damaged(story.refresh_token()).into_iter().map(|token| (site, "a damaged refresh token", token)),
    );
    for (client, why, token) in &cases {
        for hint in ["", "access_token", "refresh_token"] {
            assert_eq!(
                about(&story, client, token, hint).await,
                json!({ "active": false }),
                "{why} ({hint})"
            );
        }
    }
    // A resource server asks about what a caller sent it: a refresh token is no access token.
    for hint in ["", "access_token", "x"] {
        assert_eq!(
            about(&story, site, story.refresh_token(), hint).await,
            json!({ "active": false }),
            "{hint}"
        );
    }
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200, "asking is not using");
    idp.clock.advance(30 * 60 + 30);
    assert_eq!(about(&story, site, story.access_token(), "").await, json!({ "active": false }), "expired");
}

#[tokio::test]
async fn s27_a_resource_hears_about_tokens_that_are_meant_for_it() {
    let mut resource = ClientSpec::confidential("resource");
    resource.client.metadata.audience = "https://site-a.example".to_owned();
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    story.idp.add_client(&resource).await;
    assert_eq!(about(&story, &resource, story.access_token(), "").await["active"], true);
    for hint in ["", "refresh_token"] {
        assert_eq!(
            about(&story, &resource, story.refresh_token(), hint).await,
            json!({ "active": false }),
            "never about a refresh token"
        );
    }
}
