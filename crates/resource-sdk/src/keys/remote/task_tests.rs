//! The task against a scripted source, on tokio's paused clock: hours pass in no time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::time::sleep;

use super::{super::schedule::*, *};
use crate::{error::VerifyError, http::FetchError};

type Answer = Result<Vec<u8>, KeyFetchError>;

/// Answers what it is told to, takes a second for it, and counts.
#[derive(Clone)]
struct Script {
    answer: Arc<Mutex<Answer>>,
    fetches: Arc<AtomicUsize>,
    in_flight: Arc<AtomicUsize>,
}

impl Script {
    fn new(answer: Answer) -> Self {
        Self { answer: Arc::new(Mutex::new(answer)), fetches: Arc::default(), in_flight: Arc::default() }
    }

    fn set(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

impl KeySource for Script {
    async fn fetch(&mut self) -> Answer {
        assert_eq!(self.in_flight.fetch_add(1, Ordering::SeqCst), 0, "one flight at a time");
        self.fetches.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_secs(1)).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.answer.lock().unwrap().clone()
    }
}

/// A key set of sound-looking keys; nothing is verified with them here.
fn jwks(kids: &[&str]) -> Vec<u8> {
    let mut modulus = [0xab; 256];
    modulus[255] = 1;
    let n = URL_SAFE_NO_PAD.encode(modulus);
    let keys: Vec<_> =
        kids.iter().map(|kid| serde_json::json!({"kty": "RSA", "kid": kid, "n": n, "e": "AQAB"})).collect();
    serde_json::json!({ "keys": keys }).to_string().into_bytes()
}

fn down() -> Answer {
    Err(FetchError::Connection.into())
}

fn start(answer: Answer) -> (Arc<Shared>, Script) {
    let shared = Arc::new(Shared::new(Instant::now(), TIME_TO_LIVE));
    let script = Script::new(answer);
    tokio::spawn(keep_current(Arc::clone(&shared), script.clone(), None));
    (shared, script)
}

fn find(shared: &Shared, kid: &str) -> Result<(), VerifyError> {
    shared.keys.snapshot().find(kid).map(|_| ())
}

async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn j38_ten_thousand_unknown_kids_cause_one_fetch_per_cool_down() {
    let (shared, script) = start(Ok(jwks(&["a"])));
    pass(5).await;
    assert_eq!(script.fetches(), 1);
    for _ in 0..10_000 {
        shared.ask(Instant::now());
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(script.fetches(), 2, "1 + ceil(10 / 30)");
    script.set(down());
    for _ in 0..10_000 {
        shared.ask(Instant::now());
        sleep(Duration::from_millis(9)).await;
    }
    assert!(script.fetches() <= 2 + 3, "failed fetches count: {}", script.fetches());
}

#[tokio::test(start_paused = true)]
async fn j39_everyone_who_waits_gets_the_new_key() {
    let (shared, script) = start(Ok(jwks(&["a"])));
    pass(5).await;
    script.set(Ok(jwks(&["a", "b"])));
    let waiting = (0..50).map(|_| {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let seen = shared.attempts();
            assert_eq!(find(&shared, "b"), Err(VerifyError::UnknownKey));
            assert!(shared.ask(Instant::now()));
            assert!(shared.wait_past(seen, Duration::from_secs(3)).await);
            find(&shared, "b")
        })
    });
    for waiter in waiting.collect::<Vec<_>>() {
        assert_eq!(waiter.await.unwrap(), Ok(()));
    }
    assert_eq!(script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn j40_a_removed_key_is_gone_after_the_lifetime_without_any_traffic() {
    let (shared, script) = start(Ok(jwks(&["a", "b"])));
    pass(5).await;
    assert_eq!(find(&shared, "b"), Ok(()));
    script.set(Ok(jwks(&["a"])));
    pass(TIME_TO_LIVE.as_secs()).await;
    assert_eq!(find(&shared, "b"), Err(VerifyError::UnknownKey));
    assert_eq!(find(&shared, "a"), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn j41_last_good_keys_serve_for_an_hour_and_come_back() {
    let (shared, script) = start(Ok(jwks(&["a"])));
    pass(5).await;
    script.set(down());
    pass(HARD_STALE.as_secs() - 10).await;
    assert_eq!(find(&shared, "a"), Ok(()));
    pass(10).await;
    assert_eq!(find(&shared, "a"), Err(VerifyError::KeysStale));
    script.set(Ok(jwks(&["a"])));
    pass(40).await;
    assert_eq!(find(&shared, "a"), Ok(()), "the same document counts again");
}

#[tokio::test(start_paused = true)]
async fn j11_j12_j41_a_refused_set_leaves_the_last_good_one() {
    let (shared, script) = start(Ok(jwks(&["a"])));
    pass(5).await;
    for refused in [
        br#"{"keys":[]}"#.to_vec(),
        br#"{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}"#.to_vec(),
        b"<html>".to_vec(),
        jwks(&["b", "b"]),
    ] {
        script.set(Ok(refused));
        let before = script.fetches();
        pass(TIME_TO_LIVE.as_secs()).await;
        assert!(script.fetches() > before);
        assert_eq!(find(&shared, "a"), Ok(()));
        assert_eq!(find(&shared, "b"), Err(VerifyError::UnknownKey));
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_provider_the_task_retries_and_recovers() {
    let (shared, script) = start(down());
    pass(120).await;
    assert_eq!(find(&shared, "a"), Err(VerifyError::KeysUnavailable));
    assert!((5..20).contains(&script.fetches()), "{}", script.fetches());
    assert!(shared.first_outcome().await.is_err());
    script.set(Ok(jwks(&["a"])));
    pass(40).await;
    assert_eq!(find(&shared, "a"), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn j43_an_unchanged_document_keeps_the_snapshot_a_changed_one_does_not() {
    let (shared, script) = start(Ok(jwks(&["a"])));
    pass(5).await;
    let first = Arc::as_ptr(&shared.keys.snapshot());
    pass(TIME_TO_LIVE.as_secs()).await;
    assert_eq!(script.fetches(), 2);
    assert_eq!(Arc::as_ptr(&shared.keys.snapshot()), first);
    script.set(Ok(jwks(&["a", "b"])));
    pass(TIME_TO_LIVE.as_secs()).await;
    assert_ne!(Arc::as_ptr(&shared.keys.snapshot()), first);
}
