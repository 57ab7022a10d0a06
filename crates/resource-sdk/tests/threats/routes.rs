//! The middleware: everything is guarded, however its path or method is disguised.

use actix_web::{
    App, HttpResponse,
    http::{Method, StatusCode, header::AUTHORIZATION},
    test::{self, TestRequest},
    web,
};
use resource_sdk::{
    Clock, Freshness, Keys, ManualClock, ResourceServer, Verifier,
    actix::{Bearer, Protect},
};

use crate::{
    bearer::{header_of, resource_server},
    support::*,
};

async fn ok() -> HttpResponse {
    HttpResponse::Ok().body("inside")
}

async fn whoami(bearer: Bearer) -> String {
    bearer.subject().to_owned()
}

/// The status of one request to an application that is guarded as a whole.
async fn status_of(request: TestRequest) -> StatusCode {
    let guard = Protect::new(resource_server())
        .public(Method::GET, "/public")
        .public(Method::GET, "/public/{page}")
        .public(Method::POST, "/login");
    let app = test::init_service(
        App::new()
            .wrap(guard)
            .route("/public", web::to(ok))
            .route("/public/{page}", web::to(ok))
            .route("/login", web::to(ok))
            .route("/whoami", web::to(whoami))
            .default_service(web::to(ok)),
    )
    .await;
    test::call_service(&app, request.to_request()).await.status()
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

#[actix_web::test]
async fn j48_only_what_is_named_is_public() {
    for path in ["/public", "/public/terms", "/public?x=1", "/public/terms?next=/admin"] {
        assert_eq!(status_of(get(path)).await, StatusCode::OK, "{path}");
    }
    assert_eq!(status_of(TestRequest::post().uri("/login")).await, StatusCode::OK);
}

#[actix_web::test]
async fn j48_disguised_paths_are_guarded() {
    for path in [
        "/admin",
        "/",
        "/public/",
        "/public//",
        "//public",
        "/publicity",
        "/PUBLIC",
        "/Public",
        "/public/../admin",
        "/public/..",
        "/public/.",
        "/./public",
        "/public/%2e%2e/admin",
        "/public%2f..%2fadmin",
        "/public/..%2fadmin",
        "/public/..%5cadmin",
        "/public/%2e%2e",
        "//admin",
        "///admin",
        "/admin;x",
        "/public;x",
        "/public/terms;jsessionid=1",
        "/public/..;/admin",
        "/admin?p=/public",
        "/admin?/public",
        "/ADMIN",
        "/admin/public",
        "/admin%3f/public",
        "/admin%23/public",
        "/public%00",
        "/public/a%00",
        "/public/terms/admin",
        "/public%20",
        "/%70ublic",
        "/public/%74erms",
        "/admin/..;/public",
        "/public\\admin",
        "/public/a\\..\\admin",
        "/public/a%0d%0ab",
        "/public/t%C3%A9rms",
    ] {
        assert_eq!(status_of(get(path)).await, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[actix_web::test]
async fn j48_other_methods_are_guarded() {
    for method in ["OPTIONS", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get"]
    {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for path in ["/public", "/public/terms", "/admin"] {
            let request = TestRequest::default().method(method.clone()).uri(path);
            assert_eq!(status_of(request).await, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
    }
    for header in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"] {
        let request = TestRequest::post().uri("/public").insert_header((header, "GET"));
        assert_eq!(status_of(request).await, StatusCode::UNAUTHORIZED, "{header}");
    }
}

#[actix_web::test]
async fn j48_headers_that_rewrite_the_path_are_ignored() {
    for header in
        ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix"]
    {
        let request = get("/admin").insert_header((header, "/public"));
        assert_eq!(status_of(request).await, StatusCode::UNAUTHORIZED, "{header}");
    }
}

fn with_token(path: &str, token: &str) -> TestRequest {
    get(path).insert_header((AUTHORIZATION, format!("Bearer {token}")))
}

#[actix_web::test]
async fn a_good_token_opens_the_guard_and_serves_the_handler() {
    assert_eq!(status_of(with_token("/admin", &good_token())).await, StatusCode::OK);
    assert_eq!(status_of(with_token("/whoami", &good_token())).await, StatusCode::OK);
    assert_eq!(
        status_of(with_token("/admin", &token_claiming("aud", "other"))).await,
        StatusCode::UNAUTHORIZED
    );
}

#[actix_web::test]
async fn a_guard_may_ask_for_a_scope() {
    let guard = || Protect::new(resource_server()).require_scope("admin");
    let app =
        test::init_service(App::new().service(web::scope("/admin").wrap(guard()).route("/x", web::to(ok))))
            .await;
    let answer = |token: String| test::call_service(&app, with_token("/admin/x", &token).to_request());
    let refused = answer(good_token()).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(header_of(&refused, "www-authenticate").contains("scope=\"admin\""));
    assert_eq!(answer(token_claiming("scope", "admin")).await.status(), StatusCode::OK);
    let nobody = test::call_service(&app, get("/admin/x").to_request()).await;
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn j32_a_token_let_in_for_one_audience_is_not_taken_for_another() {
    let other = Verifier::builder(ISSUER, "https://other.example")
        .freshness(Freshness::Offline)
        .build(Keys::fixed(ISSUER, key_set(&[KEY.jwk()])))
        .unwrap();
    let other = ResourceServer::new(other).with_clock(Clock::Manual(ManualClock::new(now())));
    let inner = web::scope("/inner").app_data(other).route("/whoami", web::to(whoami));
    let app = test::init_service(App::new().wrap(Protect::new(resource_server())).service(inner)).await;
    let response = test::call_service(&app, with_token("/inner/whoami", &good_token()).to_request()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}
