//! The audit log, posted to a webhook as it happens: signed, nothing left out, whatever the receiver or a node does.

use crate::admin_pages::with_role;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::time::UnixTime;
use idp_server::db::Locks;
use idp_server::db::audit_events::{AuditContext, AuditEvent, record};
use idp_server::random;
use idp_server::store::audit_chain::SEALED_AFTER;
use idp_server::store::audit_stream::{OF_A_REQUEST, StreamPosition};
use idp_server::task::{self, Tasks};
use idp_tests::webhook_receiver::{Message, WebhookReceiver};
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually};
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;
use uuid::Uuid;

const SECRET: [u8; 32] = [7; 32];

/// A provider that posts to the receiver, and the folder of its secret.
async fn provider(receiver: &WebhookReceiver) -> (TestIdp, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("whsec_{}\n", STANDARD.encode(SECRET))).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let url = BackchannelLogoutUri::parse(&receiver.url).unwrap();
    let idp = TestIdp::start_with(|config| {
        config.audit.webhook_url = Some(url.clone());
        config.audit.webhook_secret_file = Some(file.clone());
    })
    .await;
    (idp, folder)
}

/// Each node posts, if it is its turn.
fn posting(idp: &TestIdp) -> Vec<Tasks> {
    idp.nodes().map(task::post_audit_log).collect()
}

/// The events of a message whose signature holds.
fn events(message: &Message) -> Vec<Value> {
    let signed = format!("{}.{}.{}", message.id, message.timestamp, message.body);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
    let signature = message.signature.strip_prefix("v1,").unwrap();
    hmac::verify(&key, signed.as_bytes(), &STANDARD.decode(signature).unwrap()).unwrap();
    let body: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!(body["type"], "audit.events");
    body["data"]["events"].as_array().unwrap().clone()
}

fn taken(receiver: &WebhookReceiver) -> Vec<Value> {
    receiver.taken().iter().flat_map(events).collect()
}

fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// The log as the API shows it from the moment on at which the webhook was switched on.
async fn logged(idp: &TestIdp, since: UnixTime) -> Vec<Value> {
    let auditor = idp.add_api_client("auditor", "idp.audit.read").await;
    let api = idp.calling_as_client(&auditor).await;
    let since = idp_server::admin_api::Timestamp::from(since).0;
    let page = api.get(&format!("/audit-events?limit=200&since={since}")).await;
    let mut all = page.body["items"].as_array().unwrap().clone();
    all.reverse();
    all
}

/// Waits until everything that is logged arrived, each once, and answers it.
async fn everything_arrives(idp: &TestIdp, receiver: &WebhookReceiver, since: UnixTime) {
    let logged = logged(idp, since).await;
    assert!(!logged.is_empty());
    eventually("every event arrives", async || {
        let mut taken = taken(receiver);
        taken.sort_by_key(|event| event["id"].to_string());
        if taken == logged { Ok(()) } else { Err(format!("{:?} of {:?}", ids(&taken), ids(&logged))) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_arrives_once_signed_and_as_the_api_shows_it() {
    let receiver = WebhookReceiver::new();
    let (idp, _secret) = provider(&receiver).await;
    let _listening = receiver.listen();
    let _posting = posting(&idp);
    eventually("a node posts", async || idp.app.store.audit_stream().await.unwrap().is_some()).await;
    let since = idp.clock.now();
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    everything_arrives(&story.idp, &receiver, since).await;
    story.idp.clock.advance(2);
    story.idp.browser().sign_in_for_tokens(&story.idp, &story.site, "alice").await;
    let count = taken(&receiver).len();
    eventually("the next events arrive", async || taken(&receiver).len() > count).await;
    let later = &taken(&receiver)[count..];
    assert!(later.iter().any(|event| event["event"] == "signed_in"), "{later:?}");
    let secrets = story.tokens.text("access_token");
    assert!(receiver.taken().iter().all(|message| !message.body.contains(secrets)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_posted_again_under_the_same_id_and_nothing_is_left_out() {
    let receiver = WebhookReceiver::new();
    let (idp, _secret) = provider(&receiver).await;
    let listening = receiver.listen();
    receiver.answer_with(503);
    let posting = posting(&idp);
    eventually("a node posts", async || idp.app.store.audit_stream().await.unwrap().is_some()).await;
    let since = idp.clock.now();
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let refused = receiver.refused().await;
    let state = eventually("it is on record", async || {
        let state = idp.app.store.audit_stream().await.unwrap().unwrap();
        if state.failing_since.is_some() { Ok(state) } else { Err("not yet") }
    })
    .await;
    assert_eq!(state.last_error.as_deref(), Some("the answer has the status 503"));
    assert_eq!(state.failing_since, Some(idp.clock.now()));
    // An administrator is told.
    let (_, root) = with_role(idp, "root", "administrator").await;
    let overview = root.visit(idp.url("/admin")).await;
    assert!(overview.body.contains("<bdi>the answer has the status 503</bdi>"), "{}", overview.body);
    // Away altogether.
    drop(listening);
    idp.clock.advance(60);
    idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
    receiver.answer_with(200);
    // Begun anew, so that the story does not wait for the next try.
    drop(posting);
    idp.clock.advance(60);
    let _listening = receiver.listen();
    let _posting = self::posting(idp);
    everything_arrives(idp, &receiver, since).await;
    let first = ids(&events(&refused));
    let again = receiver.taken().into_iter().find(|message| ids(&events(message)) == first);
    assert!(again.is_none_or(|message| message.id == refused.id));
}

/// What the store hands out, without the time between.
async fn next(idp: &TestIdp, node: Uuid, position: &mut StreamPosition) -> Vec<Uuid> {
    let due = idp.app.store.events_to_post(node, position, idp.clock.now_ms()).await.unwrap();
    due.iter().map(|event| event.id.parse().unwrap()).collect()
}

/// A turn whose events are taken.
async fn take(idp: &TestIdp, node: Uuid, position: &mut StreamPosition) -> Vec<Uuid> {
    let due = next(idp, node, position).await;
    idp.app.store.events_were_taken(node, position, &due).await.unwrap();
    due
}

/// Writes events down that began so many seconds ago.
async fn happened(idp: &TestIdp, count: usize, seconds_ago: i64) {
    let at = idp.clock.now().plus(-seconds_ago);
    let write = move |connection: &mut idp_server::db::Connection| {
        (0..count).try_for_each(|_| record(connection, AuditEvent::SignInFailed, AuditContext::default(), at))
    };
    idp.db.write(Locks::none(), write).await.unwrap();
}

#[tokio::test]
async fn an_event_that_is_written_late_is_not_passed_over() {
    let idp = TestIdp::start().await;
    let (node, mut position) = (random::new_id(idp.clock.now()), StreamPosition::default());
    take(&idp, node, &mut position).await;
    idp.clock.advance(SEALED_AFTER);
    let mut seen = BTreeSet::new();
    for _ in 0..4 {
        happened(&idp, 2, 0).await;
        seen.extend(take(&idp, node, &mut position).await);
        // It began before all of these, and is there only now.
        happened(&idp, 1, SEALED_AFTER - 60).await;
        for _ in 0..32 {
            seen.extend(take(&idp, node, &mut position).await);
        }
        idp.clock.advance(30);
    }
    assert_eq!(seen.len(), 12);
    assert_eq!(next(&idp, node, &mut position).await, Vec::<Uuid>::new());
}

#[tokio::test]
async fn after_an_outage_everything_comes_in_order_and_late_events_as_well() {
    let idp = TestIdp::start().await;
    let (node, mut position) = (random::new_id(idp.clock.now()), StreamPosition::default());
    take(&idp, node, &mut position).await;
    idp.clock.advance(1);
    happened(&idp, 3, 0).await;
    assert_eq!(take(&idp, node, &mut position).await.len(), 3);
    // The receiver is away: what is handed out is not taken.
    happened(&idp, 2, 0).await;
    happened(&idp, 1, 1).await;
    idp.clock.advance(3600);
    let many = OF_A_REQUEST + 7;
    happened(&idp, many, 600).await;
    assert_eq!(next(&idp, node, &mut position).await.len(), OF_A_REQUEST);
    let mut seen: Vec<Uuid> = Vec::new();
    loop {
        let some = take(&idp, node, &mut position).await;
        if some.is_empty() {
            break;
        }
        seen.extend(some);
    }
    assert_eq!(seen.len(), many + 3);
    assert!(seen.is_sorted(), "the oldest first");
}

#[tokio::test]
async fn one_node_posts_and_the_next_takes_over_what_it_left() {
    let idp = TestIdp::start().await;
    let [first, second] = [0, 1].map(|_| random::new_id(idp.clock.now()));
    let (mut of_first, mut of_second) = (StreamPosition::default(), StreamPosition::default());
    take(&idp, first, &mut of_first).await;
    idp.clock.advance(1);
    happened(&idp, 4, 0).await;
    assert_eq!(next(&idp, second, &mut of_second).await, Vec::<Uuid>::new());
    let handed_out = next(&idp, first, &mut of_first).await;
    assert_eq!(handed_out.len(), 4);
    // It dies with them in its hands, and its lease with it.
    idp.clock.advance(31);
    assert_eq!(take(&idp, second, &mut of_second).await, handed_out);
    assert_eq!(next(&idp, first, &mut of_first).await, Vec::<Uuid>::new());
    // What is old enough is not posted again by a third one.
    idp.clock.advance(SEALED_AFTER + 31);
    for _ in 0..31 {
        take(&idp, second, &mut of_second).await;
    }
    idp.clock.advance(31);
    let third = random::new_id(idp.clock.now());
    assert_eq!(next(&idp, third, &mut StreamPosition::default()).await, Vec::<Uuid>::new());
}
