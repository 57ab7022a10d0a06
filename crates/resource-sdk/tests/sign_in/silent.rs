//! Silent sign-in: at most one round, and a page that works whatever comes of it.

use reqwest::Method;

use crate::{browser::Browser, world::World};

#[actix_web::test]
async fn s35_somebody_known_at_the_provider_is_signed_in_by_a_redirect() {
    let world = World::new();
    let sent = world.browser.go("/").await;
    assert_eq!((sent.status.as_u16(), sent.location()), (303, "/auth/login?prompt=none&return_to=%2F"));
    let asked = world.ask_at(sent.location()).await;
    let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!(arrived.location(), "/");
    assert_eq!(world.browser.go("/").await.body, "user-1");
}

#[actix_web::test]
async fn s35_login_required_comes_back_once_and_the_page_is_usable() {
    let world = World::new();
    for error in
        ["login_required", "interaction_required", "consent_required", "access_denied", "server_error"]
    {
        world.browser.forget("");
        let sent = world.browser.go("/").await;
        let at_provider = world.browser.go(sent.location()).await;
        assert_eq!(at_provider.parameter("prompt"), "none");
        let state = at_provider.parameter("state");
        let answer = [("error", error), ("state", &state), ("iss", &world.provider.issuer)];
        let back = world.browser.go(&world.answer("/auth", &answer)).await;
        assert_eq!((back.status.as_u16(), back.location()), (303, "/"), "{error}");
        let page = world.browser.go("/").await;
        assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "guest"), "{error}");
    }
}

#[actix_web::test]
async fn s35_a_forged_answer_to_a_silent_round_signs_nobody_in() {
    let world = World::new();
    let sent = world.browser.go("/").await;
    let asked = world.ask_at(sent.location()).await;
    world.provider.behave().change_id_token = Some(Box::new(|claims| claims["nonce"] = "x".into()));
    let back = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!((back.status.as_u16(), back.location()), (303, "/"));
    assert_eq!(world.browser.go("/").await.body, "guest");
}

#[actix_web::test]
async fn s35_a_provider_that_is_down_is_not_gone_to() {
    let world = World::new();
    world.provider.stop().await;
    let page = world.browser.go("/").await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "guest"));
    assert!(world.browser.kept("silent").is_empty(), "the round is still to be had");
}

#[actix_web::test]
async fn s35_a_provider_that_goes_down_on_the_way_costs_one_round() {
    let world = World::new();
    let sent = world.browser.go("/").await;
    let asked = world.ask_at(sent.location()).await;
    let answer = world.good_answer("/auth", &asked);
    world.provider.stop().await;
    assert_eq!(world.browser.go(&answer).await.location(), "/");
    assert_eq!(world.browser.go("/").await.body, "guest");
}

#[actix_web::test]
async fn s35_a_browser_that_keeps_no_cookies_sees_the_page_after_one_round() {
    let world = World::new();
    let browser = Browser::without_cookies(&world.origin);
    let sent = browser.go("/?a=b").await;
    assert_eq!(sent.location(), "/auth/login?prompt=none&return_to=%2F%3Fa%3Db");
    let back = browser.go(sent.location()).await;
    assert_eq!((back.status.as_u16(), back.location()), (303, "/auth/guest/?a=b"));
    let page = browser.go(back.location()).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "guest"));
}

#[actix_web::test]
async fn s35_the_guest_path_is_for_public_pages_and_reading_alone() {
    let world = World::new();
    world.sign_in("/auth").await;
    // Somebody may guard /members by its path, in front of the site.
    let page = world.browser.go("/auth/guest/members").await;
    assert_eq!((page.status.as_u16(), page.location()), (303, "/members"));
    assert!(!page.body.contains("user-1"));
    assert_eq!(world.browser.go("/auth/guest/").await.body, "user-1");
    for path in ["/auth/guest", "/auth/guest//evil.example", "/auth/guest/auth/login", "/auth/guest/\\x"] {
        let status = world.browser.go(path).await.status;
        assert!(status == 404 || status == 400, "{path}: {status}");
    }
    let posted = world.browser.send(Method::POST, "/auth/guest/", &[], None).await;
    assert_eq!(posted.status, 404);
}

#[actix_web::test]
async fn s35_only_navigations_begin_a_round() {
    let world = World::new();
    for headers in [
        &[("sec-fetch-mode", "cors")][..],
        &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
        &[("accept", "text/html"), ("sec-purpose", "prefetch")],
        &[("accept", "application/json")],
        &[],
    ] {
        let page = world.browser.send(Method::GET, "/", headers, None).await;
        assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "guest"), "{headers:?}");
    }
}

#[actix_web::test]
async fn s35_a_page_that_cannot_be_come_back_to_is_served_at_once() {
    let world = World::new();
    let long = format!("/?q={}", "x".repeat(2000));
    for path in [long.as_str(), "/?q=\\"] {
        let page = world.browser.go(path).await;
        assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "guest"), "{path}");
        assert!(world.browser.kept("silent").is_empty(), "the round is still to be had");
    }
}

#[actix_web::test]
async fn s35_a_long_address_is_come_back_to() {
    let world = World::new();
    let path = format!("/?q={}", "x".repeat(1000));
    let sent = world.browser.go(&path).await;
    let asked = world.ask_at(sent.location()).await;
    let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!(arrived.location(), path);
}
