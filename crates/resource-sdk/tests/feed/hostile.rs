//! A feed that lies, stutters, floods or stays away.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use resource_sdk::{
    FeedOptions, RevocationFeed,
    VerifyError::{Revoked, UnknownKey},
    keys::FetchError,
    revocation::{BatchError, FeedError},
};
use serde_json::json;

use crate::{scripted::*, support::*, world::until};

async fn fresh_at_number(feed: &RevocationFeed, number: u64) {
    until("fresh", async || feed.staleness().is_some() && feed.status().number == number).await;
}

/// Statements that are not to be believed, each of which would revoke the session.
fn lies(provider: &Scripted) -> Vec<(String, BatchError)> {
    let revoking = [provider.entry(1, "sid", "session-1")];
    let payload = provider.payload(5_000, 0, 1, &revoking).to_string();
    let header = |typ: &str, kid: &str| json!({"typ": typ, "alg": "RS256", "kid": kid}).to_string();
    let ours = |typ: &str| KEY.token(header(typ, KID), &payload);
    let with = |name: &str, value: serde_json::Value| {
        let mut payload = provider.payload(5_000, 0, 1, &revoking);
        payload[name] = value;
        KEY.token(header("revocations+jwt", KID), payload.to_string())
    };
    let good = provider.statement(5_000, 0, 1, &revoking);
    let (input, _) = good.rsplit_once('.').unwrap();
    let (_, other_signature) =
        provider.token().rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let refused = BatchError::Signature;
    use resource_sdk::VerifyError as E;
    vec![
        (FOREIGN.token(header("revocations+jwt", KID), &payload), refused(E::Signature)),
        (format!("{input}.{other_signature}"), refused(E::Signature)),
        (good.replacen('.', "A.", 1), refused(E::Malformed)),
        (ours("at+jwt"), refused(E::Type)),
        (ours("JWT"), refused(E::Type)),
        (ours("application/revocations+jwt"), refused(E::Type)),
        (ours("REVOCATIONS+JWT"), refused(E::Type)),
        (with("iss", json!("https://other.example")), BatchError::Issuer),
        (with("iss", json!(null)), BatchError::Issuer),
        (with("at", json!("now")), BatchError::Malformed),
        (with("run", json!("run-1")), BatchError::Malformed),
        (with("uptime", json!(null)), BatchError::Malformed),
        (with("to", json!(-1)), BatchError::Malformed),
        (with("from", json!(2)), BatchError::Malformed),
        (with("to", json!(0)), BatchError::Malformed),
        (
            with("entries", json!([{"n": 1, "kind": "sid", "name": "AAAAAAAAAAAAAAAAAAAAAA"}])),
            BatchError::Malformed,
        ),
        ("x".to_owned(), BatchError::Malformed),
        (FOREIGN.token(header("revocations+jwt", "foreign-key"), &payload), refused(UnknownKey)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_revokes_nothing_and_proves_nothing() {
    let provider = Scripted::start();
    let (feed, server) = provider.patient_site().await;
    let mut at_ms = 0;
    for (lie, expected) in lies(&provider) {
        at_ms += 2;
        provider.event(&provider.statement(at_ms - 1, 0, 0, &[]));
        provider.event(&provider.statement(at_ms, 0, 0, &[]));
        until("believed", async || feed.status().last_error.is_none() && feed.staleness().is_some()).await;
        provider.event(&lie);
        until("passed over", async || feed.status().last_error.is_some()).await;
        assert_eq!(feed.status().last_error, Some(FeedError::Statement(expected)));
        assert_eq!((feed.status().number, feed.status().entries), (0, 0));
        assert!(server.verify(&provider.token()).await.is_ok());
    }
    assert_eq!(provider.listeners().len(), 1, "a lie ends no connection");
    let before = feed.staleness().unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(feed.staleness().unwrap() >= before + Duration::from_millis(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_statement_proves_nothing() {
    let provider = Scripted::start();
    let (feed, _) = provider.patient_site().await;
    let (old, last) = (provider.statement(0, 0, 0, &[]), provider.statement(1_000, 0, 0, &[]));
    provider.event(&old);
    provider.event(&last);
    fresh_at_number(&feed, 0).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for replayed in [&old, &last, &old] {
        provider.event(replayed);
    }
    // The connection is read in order: what follows the replays shows that they were taken.
    provider.event("x");
    until("read", async || feed.status().last_error.is_some()).await;
    assert!(feed.staleness().unwrap() >= Duration::from_millis(300), "{:?}", feed.staleness());
    provider.event(&provider.statement(1_400, 0, 0, &[]));
    until("fresh again", async || feed.staleness().unwrap() < Duration::from_millis(200)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_an_anchor_that_answers_another_request_proves_nothing() {
    for change in [
        |anchor: &mut serde_json::Value| anchor["nonce"] = json!("AAAAAAAAAAAAAAAAAAAAAA"),
        |anchor: &mut serde_json::Value| anchor["iss"] = json!("https://other.example"),
    ] {
        let provider = Scripted::start();
        provider.change_anchor(change);
        let (feed, server) = provider.patient_site().await;
        until("refused", async || feed.status().last_error == Some(FeedError::Anchor)).await;
        provider.event(&provider.statement(1, 0, 1, &[provider.entry(1, "sid", "session-1")]));
        until("revoked", async || server.verify(&provider.token()).await.err() == Some(Revoked)).await;
        assert_eq!(feed.staleness(), None, "what it says counts, but not as of when");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_a_statement_that_came_before_it_was_made_ends_the_connection_and_every_proof() {
    let provider = Scripted::start();
    // As of a run whose clock has gone further than ours.
    provider.change_anchor(|anchor| anchor["uptime"] = json!(anchor["uptime"].as_i64().unwrap() - 60_000));
    let (feed, _) = provider.patient_site().await;
    until("listening", async || !provider.listeners().is_empty()).await;
    provider.event(&provider.statement(1, 0, 0, &[]));
    until("noticed", async || feed.status().last_error == Some(FeedError::Clocks)).await;
    assert_eq!(feed.staleness(), None);
    until("reconnected", async || provider.listeners().len() > 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_a_loose_anchor_is_replaced_over_a_second_connection_and_nothing_is_interrupted() {
    let provider = Scripted::start();
    // The request seems to have been under way for three seconds.
    provider.change_anchor(|anchor| anchor["uptime"] = json!(anchor["uptime"].as_i64().unwrap() + 3_000));
    let (feed, _) = provider.patient_site().await;
    let say_something = async || {
        provider.event(&provider.statement(1, 0, 0, &[]));
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    until("proven", async || {
        say_something().await;
        feed.staleness().is_some()
    })
    .await;
    assert!(feed.staleness().unwrap() >= Duration::from_secs(3), "{:?}", feed.staleness());
    provider.change_anchor(|_| {});
    let begun = Instant::now();
    until("a better anchor", async || {
        say_something().await;
        feed.staleness().unwrap() < Duration::from_secs(1)
    })
    .await;
    assert!(begun.elapsed() >= Duration::from_secs(5), "not at every late statement");
    assert_eq!(provider.listeners().len(), 2);
    assert_eq!((feed.status().connections, feed.status().last_error), (1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_filled_with_a_snapshot() {
    let provider = Scripted::start();
    let (feed, server) = provider.patient_site().await;
    provider.event(&provider.statement(1, 0, 0, &[]));
    provider.event(&provider.statement(2, 0, 0, &[]));
    fresh_at_number(&feed, 0).await;
    provider.set_snapshot(provider.statement(3, 0, 4, &[provider.entry(2, "sid", "session-1")]));
    provider.event(&provider.statement(4, 4, 5, &[provider.entry(5, "sid", "other")]));
    fresh_at_number(&feed, 5).await;
    assert_eq!(server.verify(&provider.token()).await.err(), Some(Revoked));
    assert_eq!((provider.snapshots(), provider.listeners().len()), (1, 1));
    provider.hang_up();
    until("reconnected", async || provider.listeners().len() == 2).await;
    assert_eq!(provider.listeners()[1].1.as_deref(), Some("5"), "it resumes where it stood");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_never_called_fresh() {
    let provider = Scripted::start();
    let (feed, server) = provider.patient_site().await;
    for (number, strange) in [
        (1, provider.entry(1, "tenant", "a")),
        (2, provider.entry(2, "client_id", "site-a")), // without its issued_before
        (3, entry(3, "sid", "session-1")),             // no hash
    ] {
        let (at_ms, number) = (number * 2, u64::try_from(number).unwrap());
        provider.event(&provider.statement(at_ms, number - 1, number - 1, &[]));
        provider.event(&provider.statement(at_ms + 1, number - 1, number, &[strange]));
        until("taken", async || feed.status().number == number).await;
        assert_eq!(feed.staleness(), None);
        assert!(server.verify(&provider.token()).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_may_come_in_any_pieces() {
    let provider = Scripted::start();
    let (feed, server) = provider.patient_site().await;
    provider.write(b": hello\r\n\r\n");
    let event = provider.statement(1, 0, 1, &[provider.entry(1, "sid", "session-1")]);
    for octet in format!("id: 1\r\nevent: revocations\r\ndata: {event}\r\n\r\n").into_bytes() {
        provider.write([octet]);
    }
    provider.event(&provider.statement(2, 1, 1, &[]));
    fresh_at_number(&feed, 1).await;
    assert_eq!(server.verify(&provider.token()).await.err(), Some(Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_event_is_given_up() {
    let provider = Scripted::start();
    let options = FeedOptions::default().heartbeat(Duration::from_secs(60)).max_entries(1);
    let (feed, _) = provider.site(options).await;
    provider.write(b"data: ");
    for _ in 0..40 {
        provider.write([b'x'; 16_384]);
    }
    until("given up", async || feed.status().last_error == Some(FeedError::TooLarge)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_is_given_up() {
    let heartbeat = Duration::from_millis(100);
    // Nothing at all; comments, as of a provider that cannot read its database; an old statement again
    // and again; an event that drips.
    for drip in ["", ": stalled\n\n", "replay", "d"] {
        let provider = Scripted::start();
        let (feed, _) = provider.site(FeedOptions::default().heartbeat(heartbeat)).await;
        until("listening", async || !provider.listeners().is_empty()).await;
        let last = provider.statement(1, 0, 0, &[]);
        provider.event(&last);
        until("fresh", async || feed.staleness().is_some()).await;
        let begun = Instant::now();
        while provider.listeners().len() < 2 && begun.elapsed() < Duration::from_secs(5) {
            match drip {
                "replay" => provider.event(&last),
                _ => provider.write(drip),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let is_amid_event = drip == "d";
        assert_eq!(provider.listeners().len() < 2, is_amid_event, "{drip:?}");
        assert!(feed.staleness().unwrap() >= 3 * heartbeat, "and it is not taken for a proof");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_no_stream() {
    let answer = |status: &str, headers: &str| {
        format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n")
    };
    for (head, expected) in [
        (answer("302 Found", "location: http://127.0.0.1:1/\r\n"), FetchError::Status(302).into()),
        (answer("500 -", ""), FetchError::Status(500).into()),
        (answer("401 -", "www-authenticate: Basic\r\n"), FeedError::Unauthorized),
        (answer("403 -", ""), FeedError::Forbidden),
        (answer("200 OK", "content-type: text/html\r\n"), FeedError::ContentType),
        (answer("200 OK", ""), FeedError::ContentType),
        (answer("200 OK", "content-type: text/event-stream\r\n"), FeedError::Ended),
        (String::new(), FetchError::Connection.into()),
    ] {
        let provider = Scripted::start();
        provider.answer_with(&head);
        let (feed, server) = provider.patient_site().await;
        until("refused", async || feed.status().last_error.is_some()).await;
        assert_eq!(feed.status().last_error, Some(expected));
        assert!(!feed.status().is_connected && feed.staleness().is_none());
        assert!(server.verify(&provider.token()).await.is_ok(), "who demands nothing goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_slow_down_and_are_not_in_step() {
    let providers: Vec<_> = (0..6).map(|_| Scripted::start()).collect();
    let mut feeds = Vec::new();
    for provider in &providers {
        provider.answer_with("");
        let options = FeedOptions::default().longest_pause(Duration::from_secs(1));
        feeds.push(provider.site(options).await);
    }
    tokio::time::sleep(Duration::from_secs(6)).await;
    let mut pauses = BTreeSet::new();
    for provider in &providers {
        let listeners = provider.listeners();
        assert!((5..30).contains(&listeners.len()), "{} attempts in 6 s", listeners.len());
        let gap = |pair: &[(Instant, Option<String>)]| pair[1].0 - pair[0].0;
        assert!(gap(&listeners) < Duration::from_millis(700), "the first is made soon");
        for pair in listeners.windows(2) {
            assert!(gap(pair) < Duration::from_millis(1_500));
            pauses.insert(gap(pair).as_millis() / 10);
        }
    }
    assert!(pauses.len() > 10, "full jitter: {pauses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_sent_away_comes_back_when_told() {
    let provider = Scripted::start();
    provider
        .answer_with("HTTP/1.1 503 -\r\nretry-after: 2\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let (_feed, _) = provider.patient_site().await;
    until("asked twice", async || provider.listeners().len() >= 2).await;
    let listeners = provider.listeners();
    assert!(listeners[1].0 - listeners[0].0 >= Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn j40_a_key_that_was_void_once_stays_void_when_its_entry_is_over() {
    let provider = Scripted::start();
    let (feed, server) = provider.patient_site().await;
    let header = json!({"typ": "at+jwt", "alg": "RS256", "kid": FOREIGN.kid});
    let mut claims = claims();
    claims["iss"] = provider.issuer.clone().into();
    let token = FOREIGN.token(header.to_string(), claims.to_string());
    assert_eq!(server.verify(&token).await.err(), Some(UnknownKey));
    let mut void = entry(1, "kid", &FOREIGN.kid);
    void["exp"] = (NOW - 1).into();
    provider.event(&provider.statement(1, 0, 1, &[void]));
    provider.event(&provider.statement(2, 1, 1, &[]));
    fresh_at_number(&feed, 1).await;
    assert_eq!(feed.status().entries, 0, "its entry is over");
    assert_eq!(server.verify(&token).await.err(), Some(Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_behind_a_gap_is_refused_although_no_snapshot_is_to_be_had() {
    let provider = Scripted::start();
    let (feed, server) = provider.patient_site().await;
    provider.event(&provider.statement(1, 4, 5, &[provider.entry(5, "sid", "session-1")]));
    until("refused", async || server.verify(&provider.token()).await.err() == Some(Revoked)).await;
    assert_eq!((feed.status().number, feed.staleness()), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_and_is_dropped_again_and_again_slows_down() {
    let provider = Scripted::start();
    let options = FeedOptions::default().longest_pause(Duration::from_secs(2));
    let (_feed, _) = provider.site(options).await;
    let begun = Instant::now();
    for at_ms in 0.. {
        provider.event(&provider.statement(at_ms, 0, 0, &[]));
        let seen = provider.listeners().len();
        provider.hang_up();
        until("reconnected", async || provider.listeners().len() > seen).await;
        if begun.elapsed() > Duration::from_secs(6) {
            break;
        }
    }
    assert!(provider.listeners().len() < 20, "{} connections in 6 s", provider.listeners().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_wrong_is_not_tried_again_at_once() {
    let provider = Scripted::start();
    provider.answer_with("HTTP/1.1 401 -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let options = FeedOptions::default().longest_pause(Duration::from_millis(500));
    let (feed, _) = provider.site(options).await;
    until("refused", async || feed.status().last_error == Some(FeedError::Unauthorized)).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(provider.listeners().len(), 1);
}
