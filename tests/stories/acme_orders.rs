//! Orders of certificates as nodes share them through the database, without an authority: who has one in hand, what a failure and a
//! success leave behind, and what is found of a challenge. With an authority they are in `private_servers/acme`.

use idp_core::time::UnixTime;
use idp_server::db::acme_certificates::StoredCertificate;
use idp_tests::TestIdp;
use uuid::Uuid;

const ORDER: &str = "order";
const DIRECTORY: &str = "https://ca.example/directory";

fn node(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn claims(idp: &TestIdp, number: u128, now: UnixTime) -> bool {
    idp.app.store.claim_acme_order(ORDER.to_owned(), node(number), now).await.unwrap()
}

async fn fails(idp: &TestIdp, try_at: UnixTime, now: UnixTime) {
    let (id, error) = (ORDER.to_owned(), format!("at {}", now.as_secs()));
    idp.app.store.acme_order_failed(id, error, try_at, now).await.unwrap();
}

async fn is_issued(idp: &TestIdp, id: &str, ends_at: UnixTime, (renew_at, now): (UnixTime, UnixTime)) {
    let certificate = StoredCertificate {
        id: id.to_owned(),
        chain: format!("chain of {id}"),
        sealed_key: idp.app.seals().certificate_key.close(&"key", id).unwrap(),
        ends_at,
    };
    idp.app.store.keep_acme_certificate(certificate, (renew_at, renew_at), now).await.unwrap();
}

async fn ids(idp: &TestIdp) -> Vec<String> {
    idp.app.store.acme_certificates().await.unwrap().into_iter().map(|stored| stored.id).collect()
}

/// Stores an account and a certificate.
pub async fn keep(idp: &TestIdp) {
    let now = idp.clock.now();
    let sealed = idp.app.seals().acme_account.close(&"credentials", DIRECTORY).unwrap();
    idp.app.store.keep_acme_account(DIRECTORY.to_owned(), sealed, now).await.unwrap();
    assert!(claims(idp, 1, now).await);
    is_issued(idp, ORDER, now.plus(900), (now.plus(600), now)).await;
}

/// What opens of these under the master key: the credentials, and the private key.
pub async fn opened(idp: &TestIdp) -> [Option<String>; 2] {
    let (store, seals) = (&idp.app.store, idp.app.seals());
    let account = store.acme_account(DIRECTORY.to_owned()).await.unwrap().unwrap();
    let stored = store.acme_certificates().await.unwrap().remove(0);
    [seals.acme_account.open(&account, DIRECTORY), seals.certificate_key.open(&stored.sealed_key, ORDER)]
}

/// All that the database is asked about certificates, once.
pub async fn asked(idp: &TestIdp) {
    let (store, now) = (&idp.app.store, idp.clock.now());
    keep(idp).await;
    assert_eq!(opened(idp).await, ["credentials", "key"].map(|text| Some(text.to_owned())));
    store.answer_acme_challenge("token".to_owned(), "answer".to_owned(), now).await.unwrap();
    assert_eq!(store.acme_challenge("token".to_owned(), now).await.unwrap().as_deref(), Some("answer"));
    fails(idp, now.plus(60), now).await;
    store.hurry_acme_order(ORDER.to_owned(), now).await.unwrap();
    store.plan_acme_renewal(ORDER.to_owned(), (now.plus(500), now.plus(100)), now).await.unwrap();
    assert_eq!(store.acme_order(ORDER.to_owned()).await.unwrap().unwrap().renew_at, now.plus(500));
    assert_eq!(ids(idp).await, [ORDER]);
    store.clean_up(now.plus(100_000)).await;
    assert_eq!(store.acme_challenge("token".to_owned(), now).await.unwrap(), None);
}

#[tokio::test]
async fn one_node_has_an_order_in_hand_and_another_takes_it_over_when_that_one_died() {
    let idp = TestIdp::start().await;
    let now = idp.clock.now();
    assert!(claims(&idp, 1, now).await);
    for later in [0, 1, 359] {
        assert!(!claims(&idp, 2, now.plus(later)).await, "{later}");
    }
    assert!(claims(&idp, 2, now.plus(360)).await);
    assert!(!claims(&idp, 1, now.plus(361)).await);
}

#[tokio::test]
async fn after_a_failure_no_node_claims_the_order_before_its_time() {
    let idp = TestIdp::start().await;
    let now = idp.clock.now();
    assert!(claims(&idp, 1, now).await);
    fails(&idp, now.plus(60), now).await;
    let state = idp.app.store.acme_order(ORDER.to_owned()).await.unwrap().unwrap();
    assert_eq!((state.failures, state.ends_at, state.try_at), (1, None, now.plus(60)));
    for number in [1, 2] {
        assert!(!claims(&idp, number, now.plus(59)).await, "{number}");
    }
    assert!(claims(&idp, 2, now.plus(60)).await);
    fails(&idp, now.plus(660), now.plus(60)).await;
    let state = idp.app.store.acme_order(ORDER.to_owned()).await.unwrap().unwrap();
    // Since the first failure, for the last reason.
    assert_eq!(state.failing, Some((now, format!("at {}", now.plus(60).as_secs()))));
    assert_eq!(state.failures, 2);
    // An operator who has mended it waits for nothing.
    idp.app.store.hurry_acme_order(ORDER.to_owned(), now.plus(61)).await.unwrap();
    assert!(claims(&idp, 1, now.plus(61)).await);
}

#[tokio::test]
async fn a_failed_renewal_takes_no_certificate_away_and_a_success_ends_the_failures() {
    let idp = TestIdp::start().await;
    let (now, store) = (idp.clock.now(), &idp.app.store);
    assert!(claims(&idp, 1, now).await);
    is_issued(&idp, ORDER, now.plus(900), (now.plus(600), now)).await;
    assert!(!claims(&idp, 1, now.plus(599)).await, "it is not due");
    assert!(claims(&idp, 1, now.plus(600)).await);
    fails(&idp, now.plus(660), now.plus(600)).await;
    let stored = store.acme_certificates().await.unwrap().remove(0);
    assert_eq!((stored.chain.as_str(), stored.ends_at), ("chain of order", now.plus(900)));
    let key: Option<String> = idp.app.seals().certificate_key.open(&stored.sealed_key, ORDER);
    assert_eq!(key.as_deref(), Some("key"));
    assert!(claims(&idp, 1, now.plus(660)).await);
    is_issued(&idp, ORDER, now.plus(2000), (now.plus(1500), now.plus(660))).await;
    let state = store.acme_order(ORDER.to_owned()).await.unwrap().unwrap();
    assert_eq!((state.failures, state.failing, state.ends_at), (0, None, Some(now.plus(2000))));
}

#[tokio::test]
async fn certificates_of_former_names_stay_until_they_end() {
    let idp = TestIdp::start().await;
    let (now, store) = (idp.clock.now(), &idp.app.store);
    for (id, ends_at) in [("soon", 100), ("late", 900)] {
        assert!(store.claim_acme_order(id.to_owned(), node(1), now).await.unwrap());
        is_issued(&idp, id, now.plus(ends_at), (now.plus(50), now)).await;
    }
    assert!(claims(&idp, 1, now).await);
    assert_eq!(ids(&idp).await, ["late", "soon"], "an order without a certificate is none");
    is_issued(&idp, ORDER, now.plus(2000), (now.plus(1500), now.plus(100))).await;
    assert_eq!(ids(&idp).await, [ORDER, "late", "soon"], "it ends just now");
    is_issued(&idp, ORDER, now.plus(2000), (now.plus(1500), now.plus(101))).await;
    assert_eq!(ids(&idp).await, [ORDER, "late"]);
}

#[tokio::test]
async fn a_challenge_is_answered_as_long_as_an_order_may_take() {
    let idp = TestIdp::start().await;
    let now = idp.clock.now();
    asked(&idp).await;
    let store = &idp.app.store;
    for answer in ["first", "second"] {
        store.answer_acme_challenge("token".to_owned(), answer.to_owned(), now).await.unwrap();
        let found = store.acme_challenge("token".to_owned(), now.plus(359)).await.unwrap();
        assert_eq!(found.as_deref(), Some(answer));
    }
    assert_eq!(store.acme_challenge("token".to_owned(), now.plus(360)).await.unwrap(), None);
    assert_eq!(store.acme_challenge("other".to_owned(), now).await.unwrap(), None);
    // Nothing is ordered here, so the path leads nowhere.
    let address = idp.url("/.well-known/acme-challenge/token");
    assert_eq!(idp.http.get(address).send().await.unwrap().status(), 404);
}
