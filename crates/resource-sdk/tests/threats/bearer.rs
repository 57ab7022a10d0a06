//! How a token arrives, and what a handler learns of its sender.

use actix_web::{
    App, HttpRequest, HttpResponse, Responder,
    body::MessageBody,
    dev::ServiceResponse,
    http::{StatusCode, header::AUTHORIZATION},
    test::{self, TestRequest},
    web,
};
use resource_sdk::{
    Clock, Demand, ManualClock, ResourceServer,
    actix::{Bearer, FormBearer, Refusal, RequiredScope, ScopedBearer, SteppedUpBearer, UserBearer},
};
use serde::Deserialize;
use serde_json::json;

use crate::support::*;

pub fn resource_server() -> ResourceServer {
    ResourceServer::new(verifier()).with_clock(Clock::Manual(ManualClock::new(now())))
}

pub fn header_of(response: &ServiceResponse<impl MessageBody>, name: &str) -> String {
    let value = response.headers().get(name);
    value.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

struct Read;
impl RequiredScope for Read {
    const SCOPE: &'static str = "read";
}

#[derive(Deserialize)]
struct Tenant {
    tenant: String,
}

#[derive(Deserialize)]
struct Note {
    text: Option<String>,
}

async fn whoami(bearer: Bearer) -> String {
    bearer.subject().to_owned()
}

async fn person(bearer: UserBearer) -> String {
    bearer.user_id().to_owned()
}

async fn reader(bearer: ScopedBearer<Read>) -> String {
    bearer.subject().to_owned()
}

async fn asks_for_read(bearer: Bearer) -> Result<HttpResponse, Refusal> {
    bearer.require_scope("read")?;
    Ok(HttpResponse::Ok().finish())
}

async fn tenant(bearer: Bearer<Tenant>) -> String {
    bearer.claims().tenant.clone()
}

async fn form(form: FormBearer<Note>) -> String {
    format!("{} {}", form.bearer.subject(), form.form.text.unwrap_or_default())
}

async fn see_headers(bearer: Bearer, request: HttpRequest) -> impl Responder {
    assert!(request.headers().contains_key("X-User-Id"), "the test sent it");
    bearer.subject().to_owned()
}

/// The person signed in within five minutes, by one of two classes.
struct Strong;
impl Demand for Strong {
    const MAX_AGE: Option<u32> = Some(300);
    const ACR: &'static [&'static str] = &["phr", "2"];
}

async fn strong(bearer: SteppedUpBearer<Strong>) -> String {
    bearer.subject().to_owned()
}

/// Sends one request to an application with all handlers of this file.
async fn send(request: TestRequest) -> ServiceResponse<impl MessageBody> {
    let app = test::init_service(
        App::new()
            .app_data(resource_server())
            .route("/whoami", web::to(whoami))
            .route("/person", web::to(person))
            .route("/reader", web::to(reader))
            .route("/asks", web::to(asks_for_read))
            .route("/strong", web::to(strong))
            .route("/tenant", web::to(tenant))
            .route("/form", web::to(form))
            .route("/headers", web::to(see_headers)),
    )
    .await;
    test::call_service(&app, request.to_request()).await
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

fn with_token(path: &str, token: &str) -> TestRequest {
    get(path).insert_header((AUTHORIZATION, format!("Bearer {token}")))
}

async fn body_of(response: ServiceResponse<impl MessageBody>) -> String {
    String::from_utf8(test::read_body(response).await.to_vec()).unwrap()
}

#[actix_web::test]
async fn j46_z11_the_scheme_has_no_case() {
    let token = good_token();
    for scheme in ["Bearer", "bearer", "BEARER", "bEARER"] {
        let response = send(get("/whoami").insert_header((AUTHORIZATION, format!("{scheme} {token}")))).await;
        assert_eq!(response.status(), StatusCode::OK, "{scheme}");
        assert_eq!(body_of(response).await, "user-1");
    }
}

#[actix_web::test]
async fn j46_other_authorizations() {
    let token = good_token();
    for (value, status) in [
        (format!("Bearer  {token}"), 400),
        ("Bearer".into(), 400),
        ("Bearer a b".into(), 400),
        (format!("Bearer {token}, Bearer {token}"), 400),
        (format!("Bearer {token},"), 400),
        (format!("Bearer \"{token}\""), 400),
        ("Bearer \u{e9}".into(), 400),
        ("\u{e9}".into(), 400),
        ("Basic dXNlcjpwYXNz".into(), 401),
        ("Basic".into(), 401),
        (token.clone(), 401),
        (format!("DPoP {token}"), 401),
        (format!("Bearer\t{token}"), 401),
        ("Bearer x".into(), 401),
        ("Bearer ..".into(), 401),
        (format!("Bearer {token}="), 401),
        (format!("Bearer {}", "a".repeat(20_000)), 401),
    ] {
        let response = send(get("/whoami").insert_header((AUTHORIZATION, value.as_bytes()))).await;
        assert_eq!(response.status().as_u16(), status, "{}", value.chars().take(60).collect::<String>());
        assert!(header_of(&response, "www-authenticate").starts_with("Bearer realm="), "{value}");
    }
    let twice = with_token("/whoami", &token).append_header((AUTHORIZATION, format!("Bearer {token}")));
    assert_eq!(send(twice).await.status(), StatusCode::BAD_REQUEST);
    let mixed = with_token("/whoami", &token).append_header((AUTHORIZATION, "Basic eDp5"));
    assert_eq!(send(mixed).await.status(), StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn s07_a_sign_in_that_is_old_or_weak_gets_the_challenge_of_rfc_9470() {
    let of = |at: i64, acr: &str| {
        token_with(|claims| {
            claims["auth_time"] = json!(at);
            claims["acr"] = json!(acr);
        })
    };
    for good in [of(NOW, "2"), of(NOW - 330, "phr")] {
        assert_eq!(send(with_token("/strong", &good)).await.status(), StatusCode::OK);
    }
    for bad in [of(NOW - 331, "2"), of(NOW, "1"), of(NOW, ""), of(NOW + 3600, "2"), of(0, "0")] {
        let response = send(with_token("/strong", &bad)).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(header_of(&response, "cache-control"), "no-store");
        let challenge = header_of(&response, "www-authenticate");
        let code = format!(
            "Bearer realm=\"{AUDIENCE}\", error=\"insufficient_user_authentication\", error_description="
        );
        assert!(challenge.starts_with(&code), "{challenge}");
        assert!(challenge.ends_with(", acr_values=\"phr 2\", max_age=\"300\""), "{challenge}");
        let said: serde_json::Value = serde_json::from_str(&body_of(response).await).unwrap();
        let error = "insufficient_user_authentication";
        assert_eq!(said, json!({ "error": error, "acr_values": "phr 2", "max_age": 300 }));
    }
    // No sign-in helps a program, and a bad token is a bad token.
    let program = token_without("auth_time");
    assert_eq!(send(with_token("/strong", &program)).await.status(), StatusCode::FORBIDDEN);
    let bad = send(with_token("/strong", "x.y.z")).await;
    assert!(header_of(&bad, "www-authenticate").ends_with("error=\"invalid_token\""));
}

#[actix_web::test]
async fn j47_a_token_in_the_query_is_not_read() {
    let token = good_token();
    for query in
        [format!("access_token={token}"), format!("token={token}"), format!("access%5Ftoken={token}")]
    {
        for route in ["/whoami", "/person", "/reader", "/asks"] {
            let response = send(get(&format!("{route}?{query}"))).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(header_of(&response, "www-authenticate"), format!("Bearer realm=\"{AUDIENCE}\""));
        }
    }
    for query in
        [format!("access_token={token}"), format!("a=b&access%5Ftoken={token}"), "access_token".into()]
    {
        let response = send(with_token(&format!("/whoami?{query}"), &token)).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(header_of(&response, "www-authenticate").contains("error=\"invalid_request\""));
    }
}

#[actix_web::test]
async fn j47_a_token_in_a_form_is_read_where_asked_for() {
    let token = good_token();
    let post = |path: &str, body: String| {
        TestRequest::post()
            .uri(path)
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body)
    };
    let response = send(post("/form", format!("text=hello&access_token={token}"))).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body_of(response).await, "user-1 hello");
    let in_header =
        post("/form", "text=hello".into()).insert_header((AUTHORIZATION, format!("Bearer {token}")));
    assert_eq!(send(in_header).await.status(), StatusCode::OK);

    // Not where it was not asked for.
    assert_eq!(
        send(post("/whoami", format!("access_token={token}"))).await.status(),
        StatusCode::UNAUTHORIZED
    );
    // Not in two places, or twice in one.
    let both = post("/form", format!("access_token={token}"))
        .insert_header((AUTHORIZATION, format!("Bearer {token}")));
    assert_eq!(send(both).await.status(), StatusCode::BAD_REQUEST);
    for body in [
        format!("access_token={token}&access_token={token}"),
        format!("access_token={token}&access%5Ftoken=x"),
    ] {
        assert_eq!(send(post("/form", body)).await.status(), StatusCode::BAD_REQUEST);
    }
    // Not with another type of body or a method without one.
    let body = format!("access_token={token}");
    for content_type in ["text/plain", "multipart/form-data", "application/json", ""] {
        let request = TestRequest::post()
            .uri("/form")
            .insert_header(("content-type", content_type))
            .set_payload(body.clone());
        assert_eq!(send(request).await.status(), StatusCode::BAD_REQUEST, "{content_type}");
    }
    let request = post("/form", body.clone()).method(actix_web::http::Method::GET);
    assert_eq!(send(request).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(send(post("/form", "text=x".into())).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(send(post("/form", "access_token=".into())).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        send(post(&format!("/form?{body}"), "text=x".into())).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[actix_web::test]
async fn j36_the_scope_is_a_whole_word() {
    for route in ["/reader", "/asks"] {
        for scope in ["reader", "read:all", "READ", "x\tread", "", "write"] {
            let response = send(with_token(route, &token_claiming("scope", scope))).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{scope:?}");
            let challenge = header_of(&response, "www-authenticate");
            assert!(challenge.ends_with("error=\"insufficient_scope\", scope=\"read\""), "{challenge}");
        }
        assert_eq!(send(with_token(route, &token_without("scope"))).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(
            send(with_token(route, &token_claiming("scope", json!(["read"])))).await.status(),
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(send(with_token(route, &good_token())).await.status(), StatusCode::OK);
    }
}

#[actix_web::test]
async fn j37_a_person_s_route_refuses_a_program() {
    let program = token_with(|claims| {
        claims.as_object_mut().unwrap().remove("auth_time");
        claims["client_id"] = "user-1".into();
    });
    assert_eq!(send(with_token("/person", &program)).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(send(with_token("/whoami", &program)).await.status(), StatusCode::OK);
    assert_eq!(send(with_token("/person", &good_token())).await.status(), StatusCode::OK);
}

#[actix_web::test]
async fn j49_headers_that_name_a_user_are_no_identity() {
    for name in ["X-User-Id", "X-Forwarded-User", "Remote-User", "X-Auth-Request-User"] {
        let anonymous = get("/whoami").insert_header((name, "admin"));
        assert_eq!(send(anonymous).await.status(), StatusCode::UNAUTHORIZED, "{name}");
        let signed_in = with_token("/whoami", &good_token()).insert_header((name, "admin"));
        assert_eq!(body_of(send(signed_in).await).await, "user-1");
    }
    let underscored = get("/whoami").insert_header(("X_User_Id", "admin"));
    assert_eq!(send(underscored).await.status(), StatusCode::UNAUTHORIZED);
    let request = with_token("/headers", &good_token()).insert_header(("X-User-Id", "admin"));
    assert_eq!(body_of(send(request).await).await, "user-1");
}

#[actix_web::test]
async fn private_claims_have_the_shape_the_site_asks_for() {
    let response = send(with_token("/tenant", &token_claiming("tenant", "acme"))).await;
    assert_eq!(body_of(response).await, "acme");
    for token in [good_token(), token_claiming("tenant", 7)] {
        assert_eq!(send(with_token("/tenant", &token)).await.status(), StatusCode::UNAUTHORIZED);
    }
}

#[actix_web::test]
async fn an_application_without_a_resource_server_lets_nobody_in() {
    let app = test::init_service(App::new().route("/whoami", web::to(whoami))).await;
    let response = test::call_service(&app, with_token("/whoami", &good_token()).to_request()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[actix_web::test]
async fn a_resource_server_may_be_shared_as_web_data() {
    let data = web::Data::new(resource_server());
    let app = test::init_service(App::new().app_data(data).route("/whoami", web::to(whoami))).await;
    let response = test::call_service(&app, with_token("/whoami", &good_token()).to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn j43_what_outlives_its_request_ends_with_its_token() {
    let clock = ManualClock::new(now());
    let server = ResourceServer::new(verifier()).with_clock(Clock::Manual(clock.clone()));
    let token = server.verify(&good_token()).await.unwrap();
    let stream = tokio::spawn({
        let (server, token) = (server.clone(), token.clone());
        async move { server.until_void(&token).await }
    });
    clock.set(token.expires_at().plus_secs(29));
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    assert!(!stream.is_finished(), "leeway is left");
    clock.set(token.expires_at().plus_secs(30));
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(stream.is_finished());
}
