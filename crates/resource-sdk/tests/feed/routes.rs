//! What a caller of the site sees: 401 for a token that was taken back, 503 while the site cannot tell.

use std::time::Duration;

use actix_web::{
    App, HttpResponse,
    http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE},
    test::{self, TestRequest},
    web,
};
use resource_sdk::{
    Freshness,
    actix::{Bearer, Protect},
};
use serde_json::{Value, json};

use crate::world::*;

async fn ok(_: Bearer) -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// Status, `Retry-After`, whether there is a challenge, and the body.
async fn answer(world: &World, path: &str, token: &str) -> (u16, Option<String>, bool, Value) {
    let strict = Protect::new(world.offline.clone());
    let strict = strict.freshness(Freshness::Feed { within: WITHIN }).unwrap();
    let strict = web::scope("/strict").wrap(strict).route("/x", web::get().to(ok));
    let lenient = web::resource("/lenient").route(web::get().to(ok));
    let app = App::new().app_data(world.offline.clone()).service(strict).service(lenient);
    let app = test::init_service(app).await;
    let request = TestRequest::get().uri(path).insert_header((AUTHORIZATION, format!("Bearer {token}")));
    let response = test::call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
    let is_challenged = response.headers().contains_key(WWW_AUTHENTICATE);
    let body = serde_json::from_slice(&test::read_body(response).await).unwrap_or_default();
    (status, retry_after, is_challenged, body)
}

#[actix_web::test]
async fn j50_a_revoked_token_looks_like_any_bad_one() {
    let world = World::start().await;
    let token = world.token_of_session("s");
    assert_eq!(answer(&world, "/strict/x", &token).await.0, 200);
    world.issuer.revoke_session("s");
    world.issuer.wait_until_acknowledged().await;
    let revoked = answer(&world, "/strict/x", &token).await;
    assert_eq!(revoked, answer(&world, "/strict/x", "forged").await);
    assert_eq!(revoked, (401, None, true, json!({"error": "invalid_token"})));
}

#[actix_web::test]
async fn z14_a_route_that_demands_freshness_asks_to_come_back() {
    let world = World::start().await;
    let (token, expired) = (world.token(), world.issuer.token(API).expired().mint());
    world.issuer.cut_feed();
    until("stale", async || world.feed.staleness().unwrap() > WITHIN).await;
    let unavailable = (503, Some("1".to_owned()), false, json!({"error": "temporarily_unavailable"}));
    assert_eq!(answer(&world, "/strict/x", &token).await, unavailable);
    assert_eq!(answer(&world, "/lenient", &token).await.0, 200);
    assert_eq!(answer(&world, "/strict/x", &expired).await.0, 401, "a bad token is bad however stale");
    world.issuer.heal_feed();
    let healed = until("served", async || answer(&world, "/strict/x", &token).await.0 == 200).await;
    assert!(healed < Duration::from_secs(2), "{healed:?}");
}

#[actix_web::test]
async fn z14_a_route_may_demand_less_than_its_application() {
    let world = World::start().await;
    let (token, revoked) = (world.token(), world.token_of_session("s"));
    world.issuer.revoke_session("s");
    world.issuer.wait_until_acknowledged().await;
    let lenient = Protect::new(world.fresh.clone()).freshness(Freshness::Offline).unwrap();
    let lenient = web::scope("/lenient").wrap(lenient).route("/x", web::get().to(ok));
    let other = web::scope("/other").wrap(Protect::new(world.offline.clone())).route("/x", web::get().to(ok));
    let strict = web::resource("/strict").route(web::get().to(ok));
    let app = App::new().app_data(world.fresh.clone().with_realm("api"));
    let foreign = test::init_service(app.service(other)).await;
    let app = App::new().app_data(world.fresh.clone()).service(lenient).service(strict);
    let app = test::init_service(app).await;
    world.issuer.cut_feed();
    until("stale", async || world.feed.staleness().unwrap() > WITHIN).await;
    let ask = |path: &str, token: &str| {
        let authorization = (AUTHORIZATION, format!("Bearer {token}"));
        TestRequest::get().uri(path).insert_header(authorization).to_request()
    };
    assert_eq!(test::call_service(&app, ask("/lenient/x", &token)).await.status(), 200);
    assert_eq!(test::call_service(&app, ask("/lenient/x", &revoked)).await.status(), 401);
    assert_eq!(test::call_service(&app, ask("/strict", &token)).await.status(), 503);
    assert_eq!(test::call_service(&foreign, ask("/other/x", &token)).await.status(), 503, "not its origin");
}
