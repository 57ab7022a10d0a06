//! Scripted mode: the refresh token in a Strict cookie, the access token for page memory.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::Value;

use crate::{
    browser::Answer,
    provider::{LIFETIME, Refreshing},
    world::World,
};

async fn ask(world: &World) -> Answer {
    world.browser.script(Method::POST, "/app/auth/token").await
}

fn member(answer: &Answer, name: &str) -> Value {
    serde_json::from_str::<Value>(&answer.body).unwrap()[name].clone()
}

#[actix_web::test]
async fn m12_the_refresh_token_is_in_a_strict_cookie_of_the_mount() {
    let world = World::new();
    let arrived = world.sign_in("/app/auth").await;
    let cookies = arrived.set_cookies();
    let refresh = cookies.iter().find(|line| line.contains("refresh=")).unwrap();
    assert!(refresh.starts_with("__Secure-app.auth.refresh="), "{refresh}");
    assert!(refresh.ends_with("; HttpOnly; SameSite=Strict; Secure; Path=/app/auth"), "{refresh}");
    assert!(!refresh.contains("refresh-token-") && !refresh.contains("eyJhbGciOi"));
    assert!(!arrived.body.contains("eyJhbGciOi"));

    let answer = ask(&world).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(member(&answer, "token_type"), "Bearer");
    assert_eq!(member(&answer, "expires_in"), LIFETIME);
    assert_eq!(member(&answer, "name"), "Ada <Example>");
    assert!(member(&answer, "access_token").as_str().unwrap().starts_with("eyJhbGciOi"));
    assert!(member(&answer, "refresh_token").is_null() && !answer.body.contains("refresh-token-"));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[actix_web::test]
async fn s60_only_a_script_of_the_site_gets_a_token() {
    let world = World::new();
    world.sign_in("/app/auth").await;
    let origin = world.origin.clone();
    let proof = ("x-session-request", "1");
    for headers in [
        &[][..],
        &[proof],
        &[("origin", &*origin)],
        &[("sec-fetch-site", "same-origin")],
        &[proof, ("origin", "https://evil.example")],
        &[proof, ("origin", "null")],
        &[proof, ("sec-fetch-site", "cross-site"), ("origin", &origin)],
        &[proof, ("sec-fetch-site", "same-site")],
        &[proof, ("sec-fetch-site", "none")],
    ] {
        for path in ["/app/auth/token", "/app/auth/logout"] {
            let answer = world.browser.send(Method::POST, path, headers, None).await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
        }
    }
    assert_eq!(world.browser.script(Method::GET, "/app/auth/token").await.status, 405);
    assert_eq!(world.provider.behave().refreshes, 0);
    assert_eq!(ask(&world).await.status, 200);
}

#[actix_web::test]
async fn m06_z12_parallel_tabs_refresh_once() {
    let world = World::new();
    world.sign_in("/app/auth").await;
    world.provider.behave().delay = std::time::Duration::from_millis(200);
    let answers = join_all((0..30).map(|_| ask(&world))).await;
    let first = member(&answers[0], "access_token");
    assert!(answers.iter().all(|answer| member(answer, "access_token") == first));
    assert_eq!(world.provider.behave().refreshes, 1);
    assert_eq!(ask(&world).await.status, 200);
    assert_eq!(world.provider.behave().refreshes, 2);
}

#[actix_web::test]
async fn a_refused_refresh_ends_the_session_and_trouble_does_not() {
    let world = World::new();
    assert_eq!(ask(&world).await.status, 401);
    world.sign_in("/app/auth").await;
    for trouble in [Refreshing::Broken, Refreshing::InvalidClient] {
        world.provider.behave().refreshing = trouble;
        assert_eq!(ask(&world).await.status, 503);
        assert_eq!(world.browser.kept("refresh").len(), 1);
    }
    world.provider.behave().refreshing = Refreshing::InvalidGrant;
    let ended = ask(&world).await;
    assert_eq!((ended.status.as_u16(), member(&ended, "error")), (401, "login_required".into()));
    assert!(world.browser.kept("refresh").is_empty());
}

#[actix_web::test]
async fn s34_two_mounts_never_share_a_refresh_token() {
    let world = World::new();
    world.sign_in("/auth").await;
    assert_eq!(ask(&world).await.status, 401);
    let (_, session) = world.browser.kept("auth.session").remove(0);
    world.browser.plant("__Secure-app.auth.refresh", &session);
    assert_eq!(ask(&world).await.status, 401);
}

#[actix_web::test]
async fn a_scripted_site_needs_a_refresh_token() {
    let world = World::new();
    world.provider.behave().change_answer =
        Some(Box::new(|answer| drop(answer.as_object_mut().unwrap().remove("refresh_token"))));
    let asked = world.ask("/app/auth", "/").await;
    assert_eq!(world.browser.go(&world.good_answer("/app/auth", &asked)).await.status, 500);
}

#[actix_web::test]
async fn the_module_is_served_as_a_module() {
    let world = World::new();
    let module = world.browser.send(Method::GET, "/app/auth/client.js", &[], None).await;
    assert_eq!(module.headers["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(module.headers["x-content-type-options"], "nosniff");
    assert!(module.body.contains("export function createSession") && module.body.len() < 14_000);
    let tag = module.headers["etag"].to_str().unwrap();
    let again = world.browser.send(Method::GET, "/app/auth/client.js", &[("if-none-match", tag)], None).await;
    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
}

#[actix_web::test]
async fn a_refresh_under_a_key_that_is_not_known_yet_ends_nothing() {
    let world = World::new();
    world.sign_in("/app/auth").await;
    let before = world.browser.kept("refresh");
    world.provider.behave().uses_new_key = true;
    assert_eq!(ask(&world).await.status, 503);
    let after = world.browser.kept("refresh");
    assert!(after.len() == 1 && after != before, "the new refresh token is kept");
    world.provider.behave().uses_new_key = false;
    assert_eq!(ask(&world).await.status, 200);
}

#[actix_web::test]
async fn m05_a_late_refresh_does_not_undo_a_sign_out() {
    let world = World::new();
    world.sign_in("/app/auth").await;
    world.provider.behave().delay = std::time::Duration::from_millis(1000);
    let sign_out = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        world.browser.script(Method::POST, "/app/auth/logout").await
    };
    let (late, left) = tokio::join!(ask(&world), sign_out);
    assert_eq!((late.status.as_u16(), left.status.as_u16()), (401, 200));
    assert!(late.set_cookies().is_empty() && world.browser.kept("refresh").is_empty());
}

#[actix_web::test]
async fn j43_a_refresh_that_is_still_remembered_hands_out_no_revoked_token() {
    let world = World::with_feed();
    world.sign_in("/app/auth").await;
    let old = world.browser.kept("refresh").remove(0);
    assert_eq!(ask(&world).await.status, 200);
    world.end_session_at_provider().await;
    world.browser.plant(&old.0, &old.1);
    assert_eq!(ask(&world).await.status, 401);
    assert_eq!((world.provider.behave().refreshes, world.browser.kept("refresh").len()), (1, 0));
}
