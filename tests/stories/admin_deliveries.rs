//! What is on its way, over the administration API: letters, logout tokens and the feed.

use crate::everything::letters_are_on;
use crate::mail::set_password;
use idp_server::db::audit_events::AuditEvent;
use idp_server::db::logout_deliveries::DeliveryOutcome;
use idp_tests::administration::ApiCaller;
use idp_tests::{ClientSpec, SignedIn, TestIdp};
use serde_json::{Value, json};

const DELIVERIES: &str = "idp.deliveries.read idp.deliveries.manage";

async fn machine<'a>(idp: &'a TestIdp, scope: &str) -> ApiCaller<'a> {
    let spec = idp.add_api_client("machine", scope).await;
    idp.calling_as_client(&spec).await
}

fn items(page: &idp_tests::TokenAnswer) -> Vec<Value> {
    assert_eq!(page.status, 200, "{page:?}");
    page.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn letters_are_seen_by_their_state_tried_again_and_given_up() {
    let idp = TestIdp::start_with(letters_are_on).await;
    let alice = idp.add_user("alice").await;
    for _ in 0..3 {
        set_password(&idp, "alice").await;
    }
    let api = machine(&idp, DELIVERIES).await;
    let waiting = items(&api.get("/mails?state=pending").await);
    assert_eq!(waiting.len(), 3);
    assert_eq!((&waiting[0]["user"], &waiting[0]["attempts"]), (&json!(alice), &json!(0)));
    assert!(!waiting[0].to_string().contains("example.org"), "{}", waiting[0]);
    let path = |act: &str| format!("/mails/{}/{act}", waiting[0]["id"].as_str().unwrap());
    assert_eq!(api.post(&path("give-up"), json!({})).await.status, 204);
    let twice = api.post(&path("give-up"), json!({})).await;
    assert_eq!((twice.status, twice.text("code")), (409, "delivery_is_over"));
    let given_up = items(&api.get("/mails?state=given_up").await);
    assert_eq!((given_up.len(), &given_up[0]["id"]), (1, &waiting[0]["id"]));
    assert_eq!(given_up[0]["last_error"], "given up by an administrator");
    assert_eq!(api.post(&path("retry"), json!({})).await.status, 204);
    assert_eq!(items(&api.get("/mails?state=pending").await).len(), 3);
    assert_eq!(idp.recorded_by("mail_retried", "client:machine").await, 1);
    assert_eq!(idp.recorded_by("mail_given_up", "client:machine").await, 1);
    // A page at a time, with a state and without.
    for state in ["", "&state=pending"] {
        let first = api.get(&format!("/mails?limit=2{state}")).await;
        let second = api.get(&format!("/mails?limit=2{state}&after={}", first.text("next"))).await;
        let both: Vec<Value> = items(&first).into_iter().chain(items(&second)).collect();
        assert_eq!(
            both.iter().map(|mail| &mail["id"]).collect::<Vec<_>>(),
            waiting.iter().map(|mail| &mail["id"]).collect::<Vec<_>>()
        );
        assert_eq!(second.body["next"], Value::Null);
    }
    let nobody = uuid::Uuid::nil();
    assert_eq!(api.post(&format!("/mails/{nobody}/retry"), json!({})).await.status, 404);
    for wrong in ["state=lost", "after=x", "limit=0"] {
        assert_eq!(api.get(&format!("/mails?{wrong}")).await.status, 400, "{wrong}");
    }
    // Too old to be worth sending.
    idp.clock.advance(60 * 24 * 60 * 60);
    let spec = idp.add_api_client("later", DELIVERIES).await;
    let later = idp.calling_as_client(&spec).await;
    assert_eq!(later.post(&path("retry"), json!({})).await.status, 409);
}

/// Alice signed in and out three times at a site that takes logout tokens, none of which was sent yet.
async fn signed_out() -> SignedIn {
    let mut site = ClientSpec::confidential("site-a");
    let uri = idp_core::backchannel::BackchannelLogoutUri::parse("http://127.0.0.1:9/out").unwrap();
    site.client.metadata.backchannel_logout_uri = Some(uri);
    let story = SignedIn::on(TestIdp::start().await, site).await;
    let alice = idp_core::username::Username::parse("alice").unwrap();
    for _ in 0..3 {
        story.idp.operator().sign_out_user(&alice, story.idp.clock.now()).await.unwrap();
        story.idp.clock.advance(1);
        story.idp.browser().sign_in_for_tokens(&story.idp, &story.site, "alice").await;
    }
    story
}

#[tokio::test]
async fn logout_tokens_are_seen_by_client_and_state_tried_again_and_given_up() {
    let story = signed_out().await;
    let idp = &story.idp;
    let api = machine(idp, DELIVERIES).await;
    let all = items(&api.get("/logout-deliveries").await);
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!((&all[0]["client"], &all[0]["user"]), (&json!("site-a"), &json!(story.alice)));
    let path = |number: usize, act: &str| {
        format!("/logout-deliveries/{}/{act}", all[number]["id"].as_str().unwrap())
    };
    assert_eq!(api.post(&path(0, "give-up"), json!({})).await.status, 204);
    assert_eq!(api.post(&path(0, "give-up"), json!({})).await.text("code"), "delivery_is_over");
    assert_eq!(api.post(&path(0, "retry"), json!({})).await.status, 204);
    assert_eq!(api.post(&path(1, "give-up"), json!({})).await.status, 204);
    // One arrives.
    let now_ms = idp.clock.now_ms();
    let client = story.site.client.id.clone();
    let claimed = idp.app.store.claim_logout_deliveries(client, 9, now_ms, now_ms + 1).await.unwrap();
    let newest = claimed.into_iter().find(|one| one.id == all[0]["id"]).unwrap();
    idp.app.store.settle_logout_delivery(newest, DeliveryOutcome::Delivered { at_ms: now_ms }).await.unwrap();
    for act in ["retry", "give-up"] {
        assert_eq!(api.post(&path(0, act), json!({})).await.text("code"), "delivery_is_over", "{act}");
    }
    for (query, numbers) in [
        ("", vec![0, 1, 2]),
        ("client=site-a", vec![0, 1, 2]),
        ("client=other", vec![]),
        ("state=delivered", vec![0]),
        ("state=given_up", vec![1]),
        ("state=pending&client=site-a", vec![2]),
        ("state=pending&client=other", vec![]),
    ] {
        let found: Vec<Value> = items(&api.get(&format!("/logout-deliveries?{query}")).await)
            .iter()
            .map(|one| one["id"].clone())
            .collect();
        assert_eq!(
            found,
            numbers.iter().map(|number| all[*number]["id"].clone()).collect::<Vec<_>>(),
            "{query}"
        );
    }
    let first = api.get("/logout-deliveries?limit=2").await;
    let rest = api.get(&format!("/logout-deliveries?limit=2&after={}", first.text("next"))).await;
    assert_eq!(items(&rest).iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&all[2]["id"]]);
    for unknown in ["none", "%00"] {
        assert_eq!(api.post(&format!("/logout-deliveries/{unknown}/retry"), json!({})).await.status, 404);
    }
    for wrong in ["state=sent", "client=a%20b", "after=x", "after=x:y", "after=1:%00"] {
        assert_eq!(api.get(&format!("/logout-deliveries?{wrong}")).await.status, 400, "{wrong}");
    }
    assert_eq!(idp.recorded(AuditEvent::LogoutRetried).await, 1);
    assert_eq!(idp.recorded_by("logout_given_up", "client:machine").await, 2);
}

#[tokio::test]
async fn listeners_of_the_feed_are_seen_with_how_far_they_have_come() {
    let mut site = ClientSpec::confidential("site-a");
    site.client.metadata.follows_feed = true;
    let story = SignedIn::on(TestIdp::start().await, site).await;
    let idp = &story.idp;
    let alice = idp_core::username::Username::parse("alice").unwrap();
    let api = machine(idp, DELIVERIES).await;
    assert!(items(&api.get("/feed-listeners").await).is_empty());
    let now = idp.clock.now();
    let came = |names: &[&str]| {
        let instance = |name: &&str| idp_server::store::feed_acknowledgements::Instance {
            client: story.site.client.id.clone(),
            name: (*name).to_owned(),
        };
        names.iter().map(instance).collect::<Vec<_>>()
    };
    let news = |names: &[&str], connected_until| idp_server::store::feed_acknowledgements::FollowerNews {
        came: came(names),
        connected_until,
        ..Default::default()
    };
    idp.app.store.note_followers(news(&["one", "two"], now.as_secs() + 60)).await.unwrap();
    idp.app.store.note_followers(news(&["gone"], now.as_secs() - 60)).await.unwrap();
    let before = items(&api.get("/feed-listeners?client=site-a").await);
    idp.operator().sign_out_user(&alice, now).await.unwrap();
    let after = items(&api.get("/feed-listeners").await);
    let of = |rows: &[Value], member: &str| rows.iter().map(|row| row[member].clone()).collect::<Vec<_>>();
    assert_eq!(of(&after, "instance"), ["gone", "one", "two"]);
    assert_eq!(of(&after, "connected"), [false, true, true]);
    assert!(after[1]["lag"].as_i64() > before[1]["lag"].as_i64(), "{after:?}");
    assert_eq!(after[1]["acknowledged_at"], Value::Null);
    let first = api.get("/feed-listeners?limit=2").await;
    let rest = api.get(&format!("/feed-listeners?limit=2&after={}", first.text("next"))).await;
    assert_eq!(of(&items(&rest), "instance"), ["two"]);
    assert!(items(&api.get("/feed-listeners?client=other").await).is_empty());
    for wrong in ["after=x", "client=a%20b", "after=a:%00"] {
        assert_eq!(api.get(&format!("/feed-listeners?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn who_may_see_deliveries_moves_none() {
    let story = signed_out().await;
    let api = machine(&story.idp, "idp.deliveries.read").await;
    let one = items(&api.get("/logout-deliveries").await)[0]["id"].as_str().unwrap().to_owned();
    let mail = uuid::Uuid::nil();
    for path in [format!("/logout-deliveries/{one}"), format!("/mails/{mail}")] {
        for act in ["retry", "give-up"] {
            let refused = api.post(&format!("{path}/{act}"), json!({})).await;
            assert_eq!(
                (refused.status, refused.text("required_scope")),
                (403, "idp.deliveries.manage"),
                "{path}"
            );
        }
    }
    let spec = story.idp.add_api_client("other", "idp.keys.read").await;
    let other = story.idp.calling_as_client(&spec).await;
    for path in ["/mails", "/logout-deliveries", "/feed-listeners"] {
        assert_eq!(other.get(path).await.status, 403, "{path}");
    }
}
