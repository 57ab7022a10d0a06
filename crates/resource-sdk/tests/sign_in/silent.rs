//! Silent sign-in: at most one round, and a page that works with every outcome.

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
    assert_eq!((back.status.as_u16(), back.location()), (303, "/?a=b&auth.cookieless"));
    assert_eq!(world.handled(), 0, "the decision falls before the handler runs");
    let page = browser.go(back.location()).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "guest"));
    assert_eq!(world.handled(), 1);
}

#[actix_web::test]
async fn a5_a_page_has_no_second_address() {
    let world = World::new();
    assert_eq!(world.browser.go("/guarded").await.status, 403);
    for path in [
        "/auth/guest/guarded",
        "/auth/guest/",
        "/auth/guest//guarded",
        "/auth/cookieless/guarded",
        "/auth/login/guarded",
        "/app/auth/guest/guarded",
    ] {
        for browser in [&world.browser, &Browser::without_cookies(&world.origin)] {
            assert_eq!(browser.go(path).await.status, 404, "{path}");
        }
    }
    let back = world.browser.go("/auth/login?prompt=none&return_to=%2Fguarded").await;
    assert_eq!((back.status.as_u16(), back.location()), (303, "/guarded?auth.cookieless"));
    assert_eq!(world.browser.go(back.location()).await.status, 403, "the guard sees the page's own path");
    assert_eq!(world.handled(), 0);
}

#[actix_web::test]
async fn a5_whatever_cookies_a_browser_refuses_there_is_no_loop() {
    for refused in [&["silent"][..], &["browser"], &["session"], &["silent", "session"], &[""], &[]] {
        for is_known_at_provider in [true, false] {
            let world = World::new();
            let browser = Browser::refusing(&world.origin, refused);
            let ended_at = wander(&world, &browser, "/", is_known_at_provider).await;
            assert!(ended_at.is_some(), "{refused:?}");
            assert!(world.handled() <= 1, "{refused:?}");
        }
    }
}

/// Follows every redirect, with the provider's answers; the status in which it ends, if it does.
async fn wander(world: &World, browser: &Browser, path: &str, is_known_at_provider: bool) -> Option<u16> {
    let mut path = path.to_owned();
    for _ in 0..8 {
        let answer = browser.go(&path).await;
        if answer.status != 303 {
            return Some(answer.status.as_u16());
        }
        path = answer.location().to_owned();
        if path.starts_with(&world.provider.issuer) {
            let state = answer.parameter("state");
            let code =
                world.provider.code_for(&answer.parameter("code_challenge"), &answer.parameter("nonce"));
            let outcome = if is_known_at_provider { ("code", &*code) } else { ("error", "login_required") };
            path = world.answer("/auth", &[outcome, ("state", &state), ("iss", &world.provider.issuer)]);
        }
    }
    None
}

#[actix_web::test]
async fn a5_a_guest_who_signs_in_comes_back_to_the_page_itself() {
    let world = World::new();
    let page = world.browser.go("/members?auth.cookieless&a=b").await;
    assert_eq!(page.location(), "/auth/login?return_to=%2Fmembers%3Fa%3Db");
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
async fn s35_a_page_whose_address_has_no_room_is_served_at_once() {
    let world = World::new();
    // The round would end elsewhere if another process answered, or this one began anew.
    let page = world.browser.go(&format!("/?q={}", "x".repeat(2000))).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "guest"));
    assert!(world.browser.kept("silent").is_empty(), "the round is still to be had");
}

#[actix_web::test]
async fn s35_a_long_or_strange_address_is_come_back_to() {
    for path in [format!("/?q={}", "x".repeat(1000)), "/?q=\\d+&&%&a=%FF?".to_owned(), "/?".to_owned()] {
        let world = World::new();
        let sent = world.browser.go(&path).await;
        let asked = world.ask_at(sent.location()).await;
        let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
        assert_eq!(arrived.location(), path);
    }
}
