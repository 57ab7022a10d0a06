//! Guards by role: the list in the token, and the permission bundle that it names in the place of one.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::{StatusCode, header::AUTHORIZATION},
    test::{self, TestRequest},
    web,
};
use resource_sdk::{
    Clock, Freshness, Keys, ManualClock, ResourceServer, Verifier,
    actix::{Bearer, Refusal, RequiredRole, RoleBearer},
};
use serde_json::{Value, json};

use crate::support::*;

/// What is in the bundle.
const BUNDLE: &str = r#"["editor","reader"]"#;

struct Editor;

impl RequiredRole for Editor {
    const ROLE: &'static str = "editor";
}

async fn edit(editor: RoleBearer<Editor>) -> String {
    editor.subject().to_owned()
}

async fn read(bearer: Bearer) -> Result<String, Refusal> {
    bearer.require_role("reader").await?;
    Ok(bearer.roles().await?.join(" "))
}

fn hash(content: &str) -> String {
    b64(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content.as_bytes()))
}

/// A provider that answers each bundle with this, and counts.
async fn provider(content: &'static str, status: u16) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = HttpServer::new(move || {
        let counted = Arc::clone(&counted);
        App::new().default_service(web::to(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let status = StatusCode::from_u16(status).unwrap();
            async move { HttpResponse::build(status).body(content) }
        }))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", server.addrs().first().unwrap());
    actix_web::rt::spawn(server.run());
    (issuer, asked)
}

fn server_of(issuer: &str) -> ResourceServer {
    let keys = Keys::fixed(issuer, key_set(&[KEY.jwk()]));
    let verifier = Verifier::builder(issuer, AUDIENCE).freshness(Freshness::Offline).build(keys).unwrap();
    ResourceServer::new(verifier).with_clock(Clock::Manual(ManualClock::new(now())))
}

fn token(issuer: &str, claim: &str, value: &Value) -> String {
    token_with(|claims| {
        claims["iss"] = issuer.into();
        claims[claim] = value.clone();
    })
}

async fn status_of(server: &ResourceServer, path: &str, token: &str) -> StatusCode {
    let app = App::new().app_data(server.clone());
    let app = app.route("/edit", web::get().to(edit)).route("/read", web::get().to(read));
    let app = test::init_service(app).await;
    let request = TestRequest::get().uri(path).insert_header((AUTHORIZATION, format!("Bearer {token}")));
    test::call_service(&app, request.to_request()).await.status()
}

#[actix_web::test]
async fn a_role_is_in_the_list_or_it_is_not_there() {
    let (issuer, asked) = provider("", 500).await;
    let server = server_of(&issuer);
    for (roles, expected) in [
        (json!(["editor"]), StatusCode::OK),
        (json!(["reader", "editor"]), StatusCode::OK),
        (json!(["edit", "editors", "Editor", "editor "]), StatusCode::FORBIDDEN),
        (json!([]), StatusCode::FORBIDDEN),
        (json!("editor"), StatusCode::FORBIDDEN),
        (json!({ "editor": true }), StatusCode::FORBIDDEN),
        (json!(["editor", 1]), StatusCode::FORBIDDEN),
    ] {
        assert_eq!(status_of(&server, "/edit", &token(&issuer, "roles", &roles)).await, expected, "{roles}");
    }
    let none = token(&issuer, "groups", &json!(["editor"]));
    assert_eq!(status_of(&server, "/edit", &none).await, StatusCode::FORBIDDEN);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[actix_web::test]
async fn m20_a_bundle_is_fetched_once_and_answers_like_a_list() {
    let (issuer, asked) = provider(BUNDLE, 200).await;
    let server = server_of(&issuer);
    let token = token(&issuer, "roles_bundle", &json!(hash(BUNDLE)));
    for path in ["/edit", "/read", "/edit"] {
        assert_eq!(status_of(&server, path, &token).await, StatusCode::OK, "{path}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[actix_web::test]
async fn m20_what_is_not_the_bundle_that_the_token_names_counts_for_nothing() {
    for (content, status) in [(r#"["editor","admin"]"#, 200), ("", 200), (BUNDLE, 404), (BUNDLE, 302)] {
        let (issuer, _) = provider(content, status).await;
        let server = server_of(&issuer);
        let token = token(&issuer, "roles_bundle", &json!(hash(BUNDLE)));
        assert_eq!(status_of(&server, "/edit", &token).await, StatusCode::SERVICE_UNAVAILABLE, "{content}");
    }
    // What its hash fits and is no list.
    let (issuer, _) = provider("{}", 200).await;
    let no_list = token(&issuer, "roles_bundle", &json!(hash("{}")));
    assert_eq!(status_of(&server_of(&issuer), "/edit", &no_list).await, StatusCode::SERVICE_UNAVAILABLE);
    // What is no hash never becomes an address.
    let (issuer, asked) = provider(BUNDLE, 200).await;
    for name in [json!("../jwks"), json!("x"), json!(7), json!("a".repeat(44)), json!("/".repeat(43))] {
        let token = token(&issuer, "roles_bundle", &name);
        assert_eq!(status_of(&server_of(&issuer), "/edit", &token).await, StatusCode::FORBIDDEN, "{name}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}
