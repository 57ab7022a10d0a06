//! What a request leaves in the log, and what it does not.

#![allow(clippy::unwrap_used)]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use actix_web::{
    App, HttpResponse,
    middleware::from_fn,
    test::{TestRequest, call_service, init_service},
    web,
};
use tracing::subscriber;
use tracing_actix_web::TracingLogger;
use tracing_subscriber::fmt;

use super::*;
use crate::{log::line::OneLine, page::stamp_refusal};

const PROXY: &str = "10.0.0.1:4000";
const STRANGER: &str = "198.51.100.7:4000";
const UUID: &str = "0190a000-0000-7000-8000-000000000000";

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends `request` and answers with the log and the request id of the answer.
async fn send(request: TestRequest) -> (String, String) {
    send_where(request, LoggedRequests::NoProbes).await
}

/// The same where these requests have a line.
async fn send_where(request: TestRequest, logged: LoggedRequests) -> (String, String) {
    let sink = Sink::default();
    let writer = sink.clone();
    let log = fmt().with_ansi(false).with_writer(move || OneLine(writer.clone())).finish();
    let _log = subscriber::set_default(log);
    let app = App::new()
        .app_data(HttpMetrics::default())
        .app_data(logged)
        .app_data(TrustedProxies::new(&["10.0.0.0/8".parse().unwrap()]))
        .route("/page", web::to(|| async { HttpResponse::Ok().body("fine") }))
        .route("/broken", web::to(|| async { HttpResponse::InternalServerError().finish() }))
        .route("/health/live", web::to(HttpResponse::Ok))
        .route("/token", web::to(|| async { refused() }))
        .wrap(from_fn(stamp_request_id))
        .wrap(TracingLogger::<RequestSpan>::new());
    let answer = call_service(&init_service(app).await, request.to_request()).await;
    let id = answer.headers().get(X_REQUEST_ID).unwrap().to_str().unwrap().to_owned();
    let log = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    (log, id)
}

fn refused() -> HttpResponse {
    let mut answer = HttpResponse::BadRequest().finish();
    stamp_refusal(&mut answer, "invalid_grant", Some("refresh_token_reused"));
    answer
}

fn get(path: &str, peer: &str) -> TestRequest {
    TestRequest::get().uri(path).peer_addr(peer.parse().unwrap())
}

#[actix_web::test]
async fn one_line_says_who_asked_for_what_and_how_it_ended() {
    let (log, id) = send(get("/page", STRANGER)).await;
    assert_eq!(log.lines().count(), 1, "{log}");
    for part in
        [&*format!("id=\"{id}\""), "method=\"GET\"", "path=\"/page\"", "client=198.51.100.7", "status=200"]
    {
        assert!(log.contains(part), "{part} is missing: {log}");
    }
    let (log, _) = send(get("/broken", STRANGER)).await;
    assert!(log.contains("WARN") && log.contains("status=500"), "{log}");
}

#[actix_web::test]
async fn a_refusal_is_in_the_line_with_its_cause() {
    let (log, _) = send(get("/token", STRANGER)).await;
    assert_eq!(log.lines().count(), 1, "{log}");
    for part in ["status=400", "error=\"invalid_grant\"", "cause=\"refresh_token_reused\""] {
        assert!(log.contains(part), "{part} is missing: {log}");
    }
    let (log, _) = send(get("/page", STRANGER)).await;
    assert!(!log.contains("error=") && !log.contains("cause="), "{log}");
}

#[actix_web::test]
async fn healthy_requests_have_a_line_where_the_operator_wants_one() {
    use LoggedRequests::{All, NoProbes, Refused};
    let lines = async |path, logged| send_where(get(path, STRANGER), logged).await.0.lines().count();
    for (path, logged, count) in [
        ("/page", All, 1),
        ("/page", NoProbes, 1),
        ("/page", Refused, 0),
        ("/health/live", All, 1),
        ("/health/live", NoProbes, 0),
        ("/health/live", Refused, 0),
        ("/token", Refused, 1),
        ("/not-there", Refused, 1),
        ("/broken", NoProbes, 1),
        ("/broken", Refused, 1),
    ] {
        assert_eq!(lines(path, logged).await, count, "{path} {logged:?}");
    }
}

#[actix_web::test]
async fn s111_what_a_request_carries_is_not_logged() {
    let request = get("/page?code=CANARY&state=CANARY", STRANGER)
        .insert_header(("authorization", "Bearer CANARY"))
        .insert_header(("cookie", "session=CANARY"))
        .insert_header(("referer", "https://a.example/?code=CANARY"))
        .insert_header(("user-agent", "CANARY"))
        .set_payload("password=CANARY");
    let (log, _) = send(request).await;
    assert!(!log.is_empty() && !log.contains("CANARY"), "{log}");
}

#[actix_web::test]
async fn s94_a_path_cannot_forge_a_line_and_is_cut() {
    let (log, _) = send(get("/a%0AINFO%20forged%1b%5b2J", STRANGER)).await;
    assert_eq!(log.lines().count(), 1, "{log}");
    let (log, _) = send(get(&format!("/{}", "a".repeat(5000)), STRANGER)).await;
    assert!(log.len() < 600, "{}", log.len());
}

#[actix_web::test]
async fn s94_nobody_chooses_our_request_id_and_only_a_proxy_may_name_its_own() {
    let named = |peer, id| get("/page", peer).insert_header((X_REQUEST_ID, id));
    let (log, id) = send(named(STRANGER, UUID)).await;
    assert!(id != UUID && !log.contains(UUID), "{log}");
    let (log, id) = send(named(PROXY, UUID)).await;
    assert!(id != UUID && log.contains(&format!("proxy_id={UUID}")), "{log}");
    let (log, _) = send(named(PROXY, "forged status=200")).await;
    assert!(!log.contains("forged"), "{log}");
}

#[actix_web::test]
async fn s91_the_logged_address_is_the_one_a_trusted_proxy_vouches_for() {
    let through = |peer| get("/page", peer).insert_header(("x-forwarded-for", "203.0.113.9"));
    assert!(send(through(PROXY)).await.0.contains("client=203.0.113.9"));
    assert!(send(through(STRANGER)).await.0.contains("client=198.51.100.7"));
}
