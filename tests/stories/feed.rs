//! The revocation feed as a site sees it that reads docs/revocation-feed.md: who may listen, what arrives and in which
//! order, and that a reader who was away misses nothing.

use crate::everybody::many_sessions;
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually, jwt};
use serde_json::{Value, json};
use std::time::Duration;

/// A reader of the stream, which asks for no anchor.
pub struct Reader {
    answer: reqwest::Response,
    buffer: String,
}

impl Reader {
    pub async fn open(idp: &TestIdp, site: &ClientSpec, after: Option<i64>) -> Self {
        Self::at(&idp.http, &idp.issuer, site, after).await
    }

    /// The same at a provider that this program did not start.
    pub async fn at(http: &reqwest::Client, issuer: &str, site: &ClientSpec, after: Option<i64>) -> Self {
        let address = format!("{issuer}/revocations");
        let mut request = http.get(address).header("Accept", "text/event-stream");
        request = request.basic_auth(site.id(), site.secret.as_ref());
        if let Some(number) = after {
            request = request.header("Last-Event-ID", number.to_string());
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self { answer, buffer: String::new() }
    }

    /// The claims of the next event, whose id is its `to`.
    pub async fn next(&mut self) -> Value {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.buffer = rest;
                if event.starts_with(':') {
                    continue;
                }
                let line = |name: &str| {
                    let found = event.lines().find_map(|line| line.strip_prefix(name));
                    found.unwrap_or_else(|| panic!("no {name} in {event}")).trim().to_owned()
                };
                assert_eq!(line("event:"), "revocations");
                let claims = jwt::claims(&line("data:"));
                assert_eq!(line("id:"), claims["to"].to_string());
                return claims;
            }
            let piece = tokio::time::timeout(Duration::from_secs(5), self.answer.chunk()).await;
            let piece = piece.expect("a heartbeat is due").unwrap().expect("the stream goes on");
            self.buffer.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// Reads until the provider ends the stream.
    ///
    /// # Panics
    /// When it goes on for more than ten heartbeats.
    pub async fn end(&mut self) {
        for _ in 0..10 {
            match tokio::time::timeout(Duration::from_secs(5), self.answer.chunk()).await {
                Ok(Ok(Some(_))) => {}
                Ok(_) => return,
                Err(_) => break,
            }
        }
        panic!("the stream goes on");
    }

    /// The next event that is not a heartbeat.
    pub async fn news(&mut self) -> Value {
        loop {
            let event = self.next().await;
            if !event["entries"].as_array().unwrap().is_empty() {
                return event;
            }
        }
    }

    /// Reads until everything up to `number` was told, as a reader does that keeps its place.
    async fn up_to(&mut self, known: &mut i64, number: i64) -> Vec<i64> {
        let mut told = Vec::new();
        while *known < number {
            let event = self.next().await;
            assert!(event["from"].as_i64().unwrap() <= *known, "a gap before {event}");
            for entry in event["entries"].as_array().unwrap() {
                let n = entry["n"].as_i64().unwrap();
                if n > *known {
                    told.push(n);
                }
            }
            *known = event["to"].as_i64().unwrap().max(*known);
        }
        told
    }
}

/// The number of the last revocation.
pub async fn newest(idp: &TestIdp) -> i64 {
    idp.db.read(idp_server::db::revocations::newest).await.unwrap()
}

/// What every node knows by now that is asked.
pub async fn snapshot(idp: &TestIdp, site: &ClientSpec) -> Value {
    let last = newest(idp).await;
    loop {
        let snapshot = one_snapshot(idp, site).await;
        if snapshot["to"].as_i64().unwrap() >= last {
            return snapshot;
        }
    }
}

async fn one_snapshot(idp: &TestIdp, site: &ClientSpec) -> Value {
    let request = idp.http.get(idp.url("/revocations")).basic_auth(site.id(), site.secret.as_ref());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/jwt");
    jwt::claims(&answer.text().await.unwrap())
}

pub async fn take_back(idp: &TestIdp, target: Target, cause: EndCause) {
    let done = idp.app.store.revoke(target, cause, AuditContext::default(), idp.clock.now()).await.unwrap();
    assert!(done);
}

/// What comes first on a stream that was asked for with this nonce: status and text.
async fn beginning(idp: &TestIdp, site: &ClientSpec, nonce: &str) -> (u16, String) {
    let request = idp.http.get(idp.url("/revocations")).header("Accept", "text/event-stream");
    let request = request.header("X-Feed-Nonce", nonce).basic_auth(site.id(), site.secret.as_ref());
    let mut answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let mut text = String::new();
    while !text.contains("event: revocations") {
        let Some(piece) = answer.chunk().await.unwrap() else { break };
        text.push_str(std::str::from_utf8(&piece).unwrap());
    }
    (status, text)
}

#[tokio::test]
async fn a2_a_listener_gets_its_nonce_back_with_what_the_clock_of_its_statements_showed() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let nonces = ["A".repeat(16), "abc_-DEF".repeat(8)];
    for nonce in &nonces {
        let (status, text) = beginning(&idp, &site, nonce).await;
        assert_eq!(status, 200);
        let (first, rest) = text.split_once("\n\n").unwrap();
        let jws = first.strip_prefix("event: anchor\ndata: ").unwrap();
        let (header, anchor) = (jwt::header(jws), jwt::claims(jws));
        assert_eq!((&header["typ"], &header["alg"]), (&json!("revocations-anchor+jwt"), &json!("EdDSA")));
        assert_eq!((&anchor["iss"], &anchor["nonce"]), (&json!(idp.issuer), &json!(nonce)));
        let statement = rest.lines().find_map(|line| line.strip_prefix("data: "));
        let statement = statement.map(jwt::claims);
        if let Some(statement) = statement.filter(|statement| statement.is_object()) {
            assert_eq!(statement["run"], header["kid"], "of the same run");
        }
    }
    for wrong in ["short", "A".repeat(65).as_str(), "with a space in it!"] {
        let (status, text) = beginning(&idp, &site, wrong).await;
        assert!(status == 400 && text.contains("invalid_request"), "{wrong}: {status} {text}");
    }
}

#[tokio::test]
async fn m09_the_snapshot_holds_what_the_stream_told() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for _ in 0..5 {
        let tokens = story.grant().await;
        assert_eq!(
            idp.post_as(site, "/revoke", &[("token", tokens.text("refresh_token"))]).await.status,
            200
        );
    }
    let mut reader = Reader::open(idp, site, Some(0)).await;
    let (mut known, last) = (0, newest(idp).await);
    assert_eq!(reader.up_to(&mut known, last).await, (last - 4..=last).collect::<Vec<_>>());
    let all = snapshot(idp, site).await;
    assert_eq!((&all["from"], &all["to"]), (&json!(0), &json!(last)));
    assert_eq!(all["entries"].as_array().unwrap().len(), 5);
    assert_eq!(all["iss"], idp.issuer);
    // What concerns no token any more is told to no listener, and its number is never given again.
    idp.clock.advance(1800 + 120 + 30);
    let now = idp.clock.now();
    idp.db
        .write(idp_server::db::Locks::installation(), move |connection| {
            idp_server::db::revocations::purge(connection, now, 10_000)
        })
        .await
        .unwrap();
    assert_eq!(reader.next().await["to"], last);
    assert_eq!(reader.next().await["to"], last);
    assert_eq!(snapshot(idp, site).await["entries"], json!([]));
    take_back(idp, Target::User(story.alice), EndCause::Administrator).await;
    assert!(reader.news().await["entries"][0]["n"].as_i64().unwrap() > last);
}

#[tokio::test]
async fn a_reader_who_was_away_misses_nothing() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let burst = async {
        for number in 0..200 {
            let (jti, until) = (format!("token-{number}"), idp.clock.now().plus(1800));
            take_back(idp, Target::AccessToken { jti, until }, EndCause::RevokedByClient).await;
        }
    };
    let reading = async {
        let (mut known, mut told) = (0, Vec::new());
        // The line is cut again and again in the middle of the burst.
        while told.len() < 200 {
            let mut reader = Reader::open(idp, site, Some(known)).await;
            let next = known + 1;
            told.extend(reader.up_to(&mut known, next).await);
        }
        told
    };
    let ((), told) = futures_util::future::join(burst, reading).await;
    let last = newest(idp).await;
    assert_eq!(told, (last - 199..=last).collect::<Vec<i64>>());
}

/// Entries of one transaction; a writer that takes longer than a second or two is given up.
const BURST: usize = 300;

#[tokio::test]
async fn heartbeats_move_on_and_a_burst_is_few_batches() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let mut reader = Reader::open(idp, site, None).await;
    let (first, second) = (reader.next().await, reader.next().await);
    assert_eq!(first["run"], second["run"]);
    let shown = |statement: &Value| statement["uptime"].as_i64().unwrap();
    assert!(shown(&first) < shown(&second));
    many_sessions(&story, BURST).await;
    let (target, cause) = (Target::User(story.alice), EndCause::Administrator);
    assert!(idp.app.store.revoke(target, cause, AuditContext::default(), idp.clock.now()).await.unwrap());
    let batch = reader.news().await;
    assert_eq!(batch["entries"].as_array().unwrap().len(), BURST + 1, "each session");
}

#[tokio::test]
async fn only_a_confidential_client_listens_and_not_too_many() {
    let idp = TestIdp::start_with(|config| config.feed.max_listeners_per_client = 2).await;
    let (site, spa) = (ClientSpec::confidential("site-a"), ClientSpec::public("spa"));
    idp.add_client(&site).await;
    idp.add_client(&spa).await;
    let ask = |request: reqwest::RequestBuilder| async { request.send().await.unwrap() };
    let feed = || idp.http.get(idp.url("/revocations")).header("Accept", "text/event-stream");
    for (request, why) in [
        (feed(), "nobody"),
        (feed().basic_auth("site-a", Some("wrong")), "a wrong secret"),
        (feed().basic_auth("spa", Some("")), "a public client"),
        (feed().basic_auth("nobody", Some("x")), "an unknown client"),
        (idp.http.get(idp.url("/revocations?client_id=site-a")), "a name alone"),
    ] {
        let answer = ask(request).await;
        assert_eq!(answer.status(), 401, "{why}");
        assert!(answer.headers().contains_key("www-authenticate"), "{why}");
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], "invalid_client", "{why}");
    }
    let mut readers = Vec::new();
    for _place in 0..2 * idp.nodes().len() {
        readers.push(Reader::open(&idp, &site, None).await);
    }
    let refused = ask(feed().basic_auth(site.id(), site.secret.as_ref())).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    // A place that is left is free again.
    drop(readers.pop());
    eventually("the place is given back", async || {
        ask(feed().basic_auth(site.id(), site.secret.as_ref())).await.status() == 200
    })
    .await;
}

#[tokio::test]
async fn a_receipt_is_kept_and_a_malformed_one_refused() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    take_back(idp, Target::User(story.alice), EndCause::Administrator).await;
    let mut reader = Reader::open(idp, site, Some(0)).await;
    let last = newest(idp).await;
    reader.up_to(&mut 0, last).await;
    let (known, unknown) = (last.to_string(), (last + 1).to_string());
    let confirm = async |instance: &str, number: &str| {
        idp.post_as(site, "/revocations/acknowledgements", &[("instance", instance), ("number", number)])
            .await
    };
    assert_eq!(confirm("one", &known).await.status, 204);
    let long = "x".repeat(65);
    for (instance, number) in [
        ("one", unknown.as_str()),
        ("one", "-1"),
        ("one", "two"),
        ("a b", "1"),
        ("", "1"),
        (long.as_str(), "1"),
        ("one", ""),
    ] {
        assert_eq!(
            confirm(instance, number).await.refusal(),
            (400, "invalid_request"),
            "{instance} {number}"
        );
    }
    let now = idp.clock.now().as_secs();
    let clients = vec![site.client.clone().checked().unwrap().id];
    let kept = idp
        .db
        .read(move |connection| idp_server::db::feed_acknowledgements::connected(connection, &clients, now));
    let kept = kept.await.unwrap();
    assert_eq!((kept.len(), kept[0].number, kept[0].instance.as_str()), (1, last, "one"));
}

#[tokio::test]
async fn s109_a_server_that_stops_ends_its_streams() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let mut reader = Reader::open(&story.idp, &story.site, None).await;
    reader.next().await;
    let stopped = tokio::time::timeout(Duration::from_secs(5), story.idp.stop()).await;
    assert!(stopped.is_ok(), "the stream kept the server from stopping");
}
