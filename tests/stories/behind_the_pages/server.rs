//! What the server does by itself.

use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use idp_core::username::Username;
use idp_server::db::audit_events::AuditEvent;
use idp_server::db::audit_search::AuditFilter;
use idp_server::db::authority::Principal;
use idp_server::db::logout_deliveries::{self as deliveries, DeliveryOutcome};
use idp_server::db::mails::{MailOutcome, State};
use idp_server::store::revoke::VoidedSessions;
use idp_tests::{SignedIn, TestIdp};
use uuid::Uuid;

use super::YEARS;

/// What becomes of letters.
async fn letters(idp: &TestIdp, now_ms: i64) {
    let (store, alice) = (&idp.app.store, Username::parse("alice").unwrap());
    for password in ["a walk along 7 rivers", "a walk along 8 rivers"] {
        let directory = idp.operator();
        let set = directory.set_password(&alice, idp_tests::typed(password), idp.clock.now());
        set.await.unwrap();
    }
    let claimed = store.claim_mails(9, now_ms, now_ms + 1).await.unwrap();
    assert!(claimed.len() >= 3, "{claimed:?}");
    for (number, tried) in claimed.into_iter().enumerate() {
        let id = tried.id;
        let outcome = match number {
            0 => MailOutcome::Sent { at_ms: now_ms },
            1 => MailOutcome::Again { error: "no".to_owned(), next_attempt_ms: now_ms + 1 },
            _ => MailOutcome::GivenUp { error: "no".to_owned() },
        };
        store.settle_mail(tried, outcome, idp.clock.now()).await.unwrap();
        let by = idp.operator();
        let _sent_already = by.retry_mail(id, idp.clock.now()).await;
        let _sent_already = by.give_up_mail(id, idp.clock.now()).await;
    }
    store.mails_before(None, 9).await.unwrap();
    store.mails_in_state(State::GivenUp, None, 9).await.unwrap();
    deliveries_by_hand(idp).await;
}

/// What an administrator looks at, and tries again or gives up.
async fn deliveries_by_hand(idp: &TestIdp) {
    let (by, now) = (idp.operator(), idp.clock.now());
    let client = ClientId::parse("site-a").ok();
    let after = Some((i64::MAX, String::new()));
    for (client, state) in [
        (None, None),
        (client.clone(), None),
        (None, Some(deliveries::State::Pending)),
        (client.clone(), Some(deliveries::State::Delivered)),
    ] {
        by.logout_deliveries(client, state, after.clone(), 9).await.unwrap();
    }
    let one = by.logout_deliveries(client.clone(), None, None, 9).await.unwrap().pop().unwrap();
    let _confirmed_already = by.retry_logout_delivery(&one.id, now).await;
    let _confirmed_already = by.give_up_logout_delivery(&one.id, now).await;
    by.feed_listeners(None, None, 9).await.unwrap();
    by.feed_listeners(client, Some(("site-a".to_owned(), "one".to_owned())), 9).await.unwrap();
    audit_log(idp).await;
}

/// Each filter by itself, and together.
async fn audit_log(idp: &TestIdp) {
    let by = idp.operator();
    let any = AuditFilter::default;
    let (since, until) = (Some(UnixTime(0)), Some(idp.clock.now()));
    for filter in [
        any(),
        AuditFilter { event: Some(AuditEvent::SignedIn), since, until, ..any() },
        AuditFilter { user: Some(Uuid::nil()), ..any() },
        AuditFilter { client: Some("site-a".to_owned()), ..any() },
        AuditFilter { actor: Some(Principal::Console("stories".to_owned())), ..any() },
        AuditFilter { session: Some(Uuid::nil()), ..any() },
        AuditFilter { address: "127.0.0.1".parse().ok(), event: Some(AuditEvent::SignedIn), ..any() },
    ] {
        by.audit_events(filter, None, 9).await.unwrap();
    }
}

/// What runs on a timer.
pub async fn tasks(story: &SignedIn) {
    let (idp, store) = (&story.idp, &story.idp.app.store);
    let mut so_far = VoidedSessions::default();
    while store.end_voided_sessions(&mut so_far, idp.clock.now()).await.unwrap() > 0 {}
    assert!(store.outboxes(true, idp.clock.now()).await.unwrap().logouts.count > 0);
    let now_ms = idp.clock.now().as_secs() * 1000;
    for due in store.due_logout_deliveries(now_ms).await.unwrap() {
        let claimed = store.claim_logout_deliveries(due.client, 9, now_ms, now_ms + 1).await.unwrap();
        assert!(!claimed.is_empty());
        for (number, tried) in claimed.into_iter().enumerate() {
            let outcome = match number {
                0 => DeliveryOutcome::Delivered { at_ms: now_ms },
                1 => DeliveryOutcome::Again { error: "no".to_owned(), next_attempt_ms: now_ms + 1 },
                _ => DeliveryOutcome::GivenUp { error: "no".to_owned() },
            };
            store.settle_logout_delivery(tried, outcome).await.unwrap();
        }
    }
    letters(idp, now_ms).await;
    store.bring_back_times(idp.clock.now()).await.unwrap();
    store.bring_back_last_uses(idp.clock.now()).await.unwrap();
    store.clients_after(None, 10).await.unwrap();
    store.clients_beginning_with("Site".to_owned(), None, 10).await.unwrap();
    store.clean_up(idp.clock.now().plus(YEARS)).await;
    store.renew_lease(idp.app.node, Vec::new(), idp.clock.now()).await.unwrap();
    store.leases().await.unwrap();
    store.password_costs().await.unwrap();
    store.clients_following_feed().await.unwrap();
}
