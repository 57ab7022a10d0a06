//! Signing keys and the configuration over the administration API.

use idp_server::config::Config;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::administration::ApiCaller;
use idp_tests::{ClientSpec, SignedIn, TestIdp, jwt};
use serde_json::{Value, json};

const KEYS: &str = "idp.keys.read idp.keys.manage";
const DAY: i64 = 24 * 60 * 60;

async fn machine<'a>(idp: &'a TestIdp, scope: &str) -> ApiCaller<'a> {
    let spec = idp.add_api_client("machine", scope).await;
    idp.calling_as_client(&spec).await
}

fn in_state<'a>(keys: &'a Value, state: &str) -> Vec<&'a str> {
    let keys = keys["items"].as_array().unwrap().iter().filter(|key| key["state"] == state);
    keys.map(|key| key["kid"].as_str().unwrap()).collect()
}

async fn maintained(idp: &TestIdp) {
    for app in idp.nodes() {
        app.keys.maintain(&app.store, idp.clock.now()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_seen_without_their_private_half_and_rotated_when_they_may() {
    let idp = TestIdp::start().await;
    maintained(&idp).await;
    let api = machine(&idp, KEYS).await;
    let before = api.get("/keys").await;
    assert_eq!(before.status, 200, "{before:?}");
    let ([active], [next]) = (&in_state(&before.body, "active")[..], &in_state(&before.body, "next")[..])
    else {
        panic!("{before:?}");
    };
    assert_eq!(jwt::header(&api.token)["kid"], *active);
    let members: Vec<&String> = before.body["items"][0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["algorithm", "kid", "since", "state"]);
    assert_eq!(before.body["items"][0]["algorithm"], "RS256");
    // A site may not hold the next key yet.
    let early = api.post("/keys/rotate", json!({})).await;
    assert_eq!((early.status, early.text("code")), (409, "next_key_not_ready"), "{early:?}");
    let early = api.post(&format!("/keys/{active}/retire"), json!({})).await;
    assert_eq!((early.status, early.text("code")), (409, "next_key_not_ready"));
    assert_eq!(idp.recorded_by("keys_rotated", "client:machine").await, 0);

    idp.clock.advance(7 * DAY);
    let spec = idp.add_api_client("later", KEYS).await;
    let api = idp.calling_as_client(&spec).await;
    let after = api.post("/keys/rotate", json!({})).await;
    assert_eq!(after.status, 200, "{after:?}");
    assert_eq!(
        (in_state(&after.body, "active"), in_state(&after.body, "retired")),
        (vec![*next], vec![*active])
    );
    assert_eq!(idp.recorded_by("keys_rotated", "client:later").await, 1);
    let idle = api.post(&format!("/keys/{active}/retire"), json!({})).await;
    assert_eq!((idle.status, idle.text("code")), (409, "key_does_not_sign"));
    for unknown in ["nobody", "%00", "..%2f"] {
        assert_eq!(api.post(&format!("/keys/{unknown}/retire"), json!({})).await.status, 404, "{unknown}");
        assert_eq!(api.post(&format!("/keys/{unknown}/compromised"), json!({})).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_others_may_have_is_given_up_and_what_it_signed_is_void() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    maintained(idp).await;
    let api = machine(idp, KEYS).await;
    let kid = jwt::header(story.access_token())["kid"].as_str().unwrap().to_owned();
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200);
    let given_up = api.post(&format!("/keys/{kid}/compromised"), json!({})).await;
    assert_eq!(given_up.status, 200, "{given_up:?}");
    assert!(!given_up.body.to_string().contains(&kid));
    assert_eq!(in_state(&given_up.body, "active").len(), 1);
    maintained(idp).await;
    assert_eq!(idp.userinfo(story.access_token()).await.status, 401);
    // The token of the caller was signed by it as well.
    assert_eq!(api.get("/keys").await.status, 401);
    assert_eq!(idp.recorded(AuditEvent::KeyCompromised).await, 1);
    assert_eq!(idp.recorded_by("key_compromised", "client:machine").await, 1);
}

#[tokio::test]
async fn who_may_see_keys_moves_none() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, "idp.keys.read idp.settings.read").await;
    let kid = api.get("/keys").await.body["items"][0]["kid"].as_str().unwrap().to_owned();
    for path in ["/keys/rotate".to_owned(), format!("/keys/{kid}/retire"), format!("/keys/{kid}/compromised")]
    {
        let refused = api.post(&path, json!({})).await;
        assert_eq!((refused.status, refused.text("required_scope")), (403, "idp.keys.manage"), "{path}");
    }
    let spec = idp.add_api_client("other", "idp.users.read").await;
    let other = idp.calling_as_client(&spec).await;
    for path in ["/keys", "/settings"] {
        assert_eq!(other.get(path).await.status, 403, "{path}");
    }
}

fn with_secrets(config: &mut Config) {
    config.token.access = "7m".parse().unwrap();
}

#[tokio::test]
async fn s111_the_configuration_is_shown_with_its_origins_and_without_secrets() {
    let idp = TestIdp::start_with(with_secrets).await;
    let api = machine(&idp, "idp.settings.read").await;
    let shown = api.get("/settings").await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let items = shown.body["items"].as_array().unwrap();
    let of = |key: &str| items.iter().find(|item| item["key"] == key).unwrap();
    assert_eq!(
        (&of("token.access")["value"], &of("token.access")["origin"]),
        (&json!("7m"), &json!("default"))
    );
    for url in ["storage.database_url", "redis.url"] {
        let text = of(url)["value"].to_string();
        assert!(!text.contains("://") || !text.contains('@') || text.contains("***@"), "{text}");
    }
    assert!(items.len() > 50 && shown.body["notes"].is_array());
    assert_eq!(of("mail.server")["value"], Value::Null);
}
