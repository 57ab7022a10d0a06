//! What a stranger learns from a refusal, and what the log keeps: nothing of the token.

use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex},
};

use actix_web::{
    App, HttpResponse,
    http::header::AUTHORIZATION,
    test::{self, TestRequest},
    web,
};
use resource_sdk::{Freshness, KeyOptions, RemoteKeys, ResourceServer, Verifier, actix::Bearer};
use serde_json::{Value, json};

use crate::{bearer::header_of, support::*};

async fn ok(_: Bearer) -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// Tokens that fail in more than fifty ways.
fn bad_tokens() -> Vec<String> {
    let mut tokens: Vec<String> = ["x", "..", "a.b.c", "e30.e30.AAAA", "a.b.c.d.e"].map(str::to_owned).into();
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!(null)),
        ("typ", json!("JWT")),
        ("typ", json!(5)),
        ("crit", json!(["x"])),
        ("b64", json!(false)),
        ("jwk", json!({})),
        ("jku", json!("https://x")),
        ("x5c", json!([])),
        ("kid", json!("secret-kid")),
        ("kid", json!(7)),
        ("kid", json!("")),
        ("kid", json!("a\r\nInjected: line")),
        ("zip", json!("DEF")),
    ] {
        tokens.push(token_headed(name, value));
    }
    for name in ["iss", "aud", "sub", "client_id", "jti", "iat", "exp"] {
        tokens.push(token_without(name));
        for value in [json!(null), json!([]), json!("secret-value"), json!(-1)] {
            tokens.push(token_claiming(name, value));
        }
    }
    for (name, value) in [
        ("scope", json!([])),
        ("nbf", json!(NOW + 9_999)),
        ("nbf", json!("x")),
        ("sid", json!(1)),
        ("amr", json!("x")),
        ("cnf", json!({})),
        ("iat", json!(NOW + 9_999)),
        ("exp", json!(NOW - 9_999)),
        ("exp", json!(i64::MAX)),
    ] {
        tokens.push(token_claiming(name, value));
    }
    // A string is what these four may be; anything else above was wrong.
    tokens.retain(|token| verify(token).is_err());
    tokens.push(FOREIGN.token(header().to_string(), claims().to_string()));
    tokens.push(KEY.token(header().to_string(), "[]"));
    tokens
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn j50_all_refused_tokens_look_the_same_and_leave_no_trace() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _recording = tracing::subscriber::set_default(subscriber);

    let app =
        test::init_service(App::new().app_data(crate::bearer::resource_server()).route("/", web::to(ok)))
            .await;
    let tokens = bad_tokens();
    assert!(tokens.len() >= 50, "{}", tokens.len());
    let mut answers = HashSet::new();
    for token in &tokens {
        let request = TestRequest::get().uri("/").insert_header((AUTHORIZATION, format!("Bearer {token}")));
        let response = test::call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), 401);
        assert_eq!(header_of(&response, "cache-control"), "no-store");
        let challenge = header_of(&response, "www-authenticate");
        answers.insert((challenge, test::read_body(response).await));
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    let (challenge, body) = answers.into_iter().next().unwrap();
    assert_eq!(challenge, format!("Bearer realm=\"{AUDIENCE}\", error=\"invalid_token\""));
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"error": "invalid_token"}));

    let good = TestRequest::get().uri("/").insert_header((AUTHORIZATION, format!("Bearer {}", good_token())));
    assert!(test::call_service(&app, good.to_request()).await.status().is_success());
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("token-1"), "the accepted token's id is logged");
    assert!(log.contains("signature does not verify"), "and why another was refused");
    assert!(!log.contains("Injected: line\n") && !log.contains("secret-value"));
    for token in tokens.iter().filter(|token| token.len() > 60) {
        for segment in token.split('.').filter(|segment| segment.len() > 20) {
            assert!(!log.contains(segment), "{segment}");
        }
    }
    for text in ["user-1", "site-a", "session-1", KEY.jwk()["n"].as_str().unwrap()] {
        assert!(!log.contains(text), "{text}");
    }
}

#[actix_web::test]
async fn no_token_gets_a_challenge_without_an_error() {
    let app =
        test::init_service(App::new().app_data(crate::bearer::resource_server()).route("/", web::to(ok)))
            .await;
    let response = test::call_service(&app, TestRequest::get().uri("/").to_request()).await;
    assert_eq!(response.status().as_u16(), 401);
    assert_eq!(header_of(&response, "www-authenticate"), format!("Bearer realm=\"{AUDIENCE}\""));
    assert_eq!(header_of(&response, "cache-control"), "no-store");
    assert!(test::read_body(response).await.is_empty());
}

#[actix_web::test]
async fn without_keys_the_caller_is_asked_to_come_back() {
    let keys = RemoteKeys::start("http://127.0.0.1:9", KeyOptions::default()).unwrap();
    let verifier =
        Verifier::builder("http://127.0.0.1:9", AUDIENCE).freshness(Freshness::Offline).build(keys).unwrap();
    let app =
        test::init_service(App::new().app_data(ResourceServer::new(verifier)).route("/", web::to(ok))).await;
    let request =
        TestRequest::get().uri("/").insert_header((AUTHORIZATION, format!("Bearer {}", good_token())));
    let response = test::call_service(&app, request.to_request()).await;
    assert_eq!(response.status().as_u16(), 503);
    assert_eq!(header_of(&response, "retry-after"), "5");
    assert_eq!(header_of(&response, "www-authenticate"), "");
    // A token that is no token needs no keys to be refused.
    let request = TestRequest::get().uri("/").insert_header((AUTHORIZATION, "Bearer x"));
    assert_eq!(test::call_service(&app, request.to_request()).await.status().as_u16(), 401);
}

#[actix_web::test]
async fn a_realm_cannot_break_out_of_its_quotes() {
    let server = crate::bearer::resource_server().with_realm("a\"b\\c\r\nSet-Cookie: x=é");
    let app = test::init_service(App::new().app_data(server).route("/", web::to(ok))).await;
    let response = test::call_service(&app, TestRequest::get().uri("/").to_request()).await;
    assert_eq!(header_of(&response, "www-authenticate"), r#"Bearer realm="a\"b\\c??Set-Cookie: x=?""#);
}
