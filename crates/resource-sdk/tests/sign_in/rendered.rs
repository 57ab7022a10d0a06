//! Server-rendered mode: the session in the site's own cookie, and the refreshing of it.

use futures_util::future::join_all;
use reqwest::Method;

use crate::{
    provider::{LIFETIME, NOW, Refreshing},
    world::World,
};

#[actix_web::test]
async fn s34_tokens_are_in_no_page_address_or_readable_cookie() {
    let world = World::new();
    let arrived = world.sign_in("/auth").await;
    let cookies = arrived.set_cookies();
    let session = cookies.iter().find(|line| line.contains("session=")).unwrap();
    assert!(session.starts_with("__Host-auth.session="), "{session}");
    assert!(session.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"), "{session}");
    assert!(session.len() < 4096, "{}", session.len());
    let page = world.browser.go("/members").await;
    for text in [&page.body, arrived.location(), session] {
        assert!(!text.contains("eyJhbGciOi") && !text.contains("refresh-token-"), "{text}");
    }
    assert_eq!(arrived.headers["referrer-policy"], "no-referrer");
    assert_eq!(page.headers["cache-control"], "private, no-store");
    assert_eq!(page.headers["vary"], "Cookie");
}

#[actix_web::test]
async fn s34_the_session_is_new_at_each_sign_in_and_never_adopted() {
    let world = World::new();
    world.browser.plant("__Host-auth.session", "attackers-choice");
    assert!(!world.is_member().await);
    world.sign_in("/auth").await;
    let (first, form) = (world.browser.kept("session"), world.browser.go("/form").await.body);
    world.sign_in("/auth").await;
    assert_ne!(world.browser.kept("session"), first);
    assert_ne!(world.browser.go("/form").await.body, form);
}

#[actix_web::test]
async fn s34_the_account_hangs_on_issuer_and_subject() {
    let world = World::new();
    world.sign_in("/auth").await;
    let page = world.browser.go("/members").await.body;
    let account = format!("AccountKey {{ issuer: \"{}\", subject: \"user-1\" }}", world.provider.issuer);
    assert!(page.ends_with(&account), "{page}");
}

#[actix_web::test]
async fn z08_who_is_signed_out_is_sent_to_sign_in_and_a_script_is_told() {
    let world = World::new();
    let page = world.browser.go("/members?page=2").await;
    assert_eq!((page.status.as_u16(), page.location()), (303, "/auth/login?return_to=%2Fmembers%3Fpage%3D2"));
    let fetched = world.browser.send(Method::GET, "/members", &[("sec-fetch-mode", "cors")], None).await;
    assert_eq!(fetched.status, 401);
    let posted = world.browser.send(Method::POST, "/members", &[("accept", "text/html")], None).await;
    assert_eq!(posted.status, 401);
}

#[actix_web::test]
async fn m05_parallel_requests_refresh_once() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.advance(LIFETIME as u64 + 60);
    world.provider.behave().delay = std::time::Duration::from_millis(200);
    let pages = join_all((0..30).map(|_| world.browser.go("/members"))).await;
    assert!(pages.iter().all(|page| page.status == 200));
    assert!(pages.iter().all(|page| page.set_cookies().len() == 1));
    assert_eq!(world.provider.behave().refreshes, 1);
    // Every request got the same successor: the cookie that was kept last goes on.
    assert!(world.is_member().await);
    assert_eq!(world.provider.behave().refreshes, 1);
}

#[actix_web::test]
async fn a_latecomer_with_the_old_cookie_gets_the_same_successor() {
    let world = World::new();
    world.sign_in("/auth").await;
    let (name, old) = world.browser.kept("session").remove(0);
    world.advance(LIFETIME as u64 + 60);
    assert!(world.is_member().await);
    world.browser.plant(&name, &old);
    assert!(world.is_member().await);
    assert_eq!(world.provider.behave().refreshes, 1);
}

#[actix_web::test]
async fn m05_a_slow_page_does_not_make_the_next_request_a_replay() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.advance(LIFETIME as u64 + 60);
    let next_request = async {
        tokio::time::sleep(std::time::Duration::from_secs(11)).await;
        world.is_member().await
    };
    let (slow, is_member) = tokio::join!(world.browser.go("/slow/12000"), next_request);
    assert_eq!((slow.status.as_u16(), is_member), (200, true));
    assert_eq!(world.provider.behave().refreshes, 1);
}

#[actix_web::test]
async fn m05_a_lost_answer_to_a_refresh_is_asked_for_again_at_once() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.advance(LIFETIME as u64 + 60);
    world.provider.behave().lost_answers = 1;
    assert!(world.is_member().await);
    assert_eq!(world.provider.behave().refreshes, 2);

    world.advance(LIFETIME as u64 + 60);
    world.provider.behave().lost_answers = 2;
    assert_eq!(world.browser.go("/members").await.status, 503);
    assert_eq!(world.provider.behave().refreshes, 4, "once more, not for ever");
    assert_eq!(world.browser.kept("session").len(), 1);
}

#[actix_web::test]
async fn m05_an_error_behind_the_page_takes_the_refreshed_session_along() {
    let world = World::new();
    world.sign_in("/auth").await;
    let before = world.browser.kept("session");
    world.advance(LIFETIME as u64 + 60);
    let failed = world.browser.go("/failing").await;
    assert_eq!((failed.status.as_u16(), failed.body.as_str()), (418, "not today"));
    assert_eq!(failed.headers["cache-control"], "private, no-store");
    assert_ne!(world.browser.kept("session"), before);
    assert!(world.is_member().await);
    assert_eq!(world.provider.behave().refreshes, 1);

    world.provider.behave().refreshing = Refreshing::InvalidGrant;
    world.advance(LIFETIME as u64 + 60);
    assert_eq!(world.browser.go("/failing").await.status, 418);
    assert!(world.browser.kept("session").is_empty());
}

#[actix_web::test]
async fn m05_a_late_answer_does_not_undo_a_sign_out() {
    let world = World::new();
    world.sign_in("/auth").await;
    let form = world.browser.go("/form").await.body;
    world.advance(LIFETIME as u64 + 60);
    let sign_out = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        world.browser.post_form("/auth/logout", &[("csrf_token", &form)]).await
    };
    let (late, left) = tokio::join!(world.browser.go("/slow/1000"), sign_out);
    assert_eq!((late.status.as_u16(), left.status.as_u16()), (200, 303));
    assert!(world.browser.kept("session").is_empty());
}

#[actix_web::test]
async fn m05_a_late_answer_does_not_undo_the_next_sign_in() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.advance(LIFETIME as u64 + 60);
    let sign_in_again = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        world.sign_in("/auth").await;
        world.browser.kept("session")
    };
    let (late, kept) = tokio::join!(world.browser.go("/slow/1500"), sign_in_again);
    assert_eq!(late.status, 200);
    assert_eq!(world.browser.kept("session"), kept);
}

#[actix_web::test]
async fn a_refused_refresh_signs_the_person_out() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.provider.behave().refreshing = Refreshing::InvalidGrant;
    assert!(world.is_member().await, "the access token is good to its end");
    world.advance(LIFETIME as u64);
    assert!(!world.is_member().await);
    assert!(world.browser.kept("session").is_empty());
}

#[actix_web::test]
async fn a_provider_in_trouble_takes_nobodys_session() {
    let world = World::new();
    world.sign_in("/auth").await;
    for trouble in [Refreshing::Broken, Refreshing::InvalidClient] {
        world.provider.behave().refreshing = trouble;
        // About to end: a refresh is tried, and the old token serves on.
        world.clock.set(resource_sdk::UnixTime::from_secs(NOW + LIFETIME - 10));
        assert!(world.is_member().await);
        world.clock.set(resource_sdk::UnixTime::from_secs(NOW + LIFETIME + 60));
        let page = world.browser.go("/members").await;
        assert_eq!(page.status, 503);
        assert!(page.headers.contains_key("retry-after"));
        assert_eq!(world.browser.kept("session").len(), 1);
    }
    world.provider.behave().refreshing = Refreshing::Works;
    world.advance(0);
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn a_provider_that_is_gone_takes_nobodys_session() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.provider.stop().await;
    world.advance(LIFETIME as u64 - 60);
    assert!(world.is_member().await, "verified offline");
    world.advance(50);
    assert!(world.is_member().await, "about to end, and no provider to refresh it");
    world.advance(100);
    assert_eq!(world.browser.go("/members").await.status, 503);
    assert_eq!(world.browser.kept("session").len(), 1);
}

#[actix_web::test]
async fn a_refresh_that_answers_for_somebody_else_ends_the_session() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.provider.behave().change_access_token = Some(Box::new(|claims| claims["sub"] = "user-2".into()));
    world.advance(LIFETIME as u64 + 60);
    assert!(!world.is_member().await);
    assert!(world.browser.kept("session").is_empty());
}

#[actix_web::test]
async fn a_refresh_under_a_key_that_is_not_known_yet_ends_nothing() {
    let world = World::new();
    world.sign_in("/auth").await;
    let before = world.browser.kept("session");
    world.advance(LIFETIME as u64 + 60);
    world.provider.behave().uses_new_key = true;
    assert_eq!(world.browser.go("/members").await.status, 503);
    let after = world.browser.kept("session");
    assert!(after.len() == 1 && after != before, "the new refresh token is kept");
    world.provider.behave().uses_new_key = false;
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn j43_a_refresh_that_is_still_remembered_lets_no_revoked_sign_in_in() {
    let world = World::with_feed();
    world.sign_in("/auth").await;
    let old = world.browser.kept("session").remove(0);
    world.advance(LIFETIME as u64 - 10);
    assert!(world.is_member().await);
    assert_eq!(world.provider.behave().refreshes, 1);
    world.end_session_at_provider().await;
    world.browser.plant(&old.0, &old.1);
    assert!(!world.is_member().await, "the refresh is shared, what it was worth is not");
    assert_eq!((world.provider.behave().refreshes, world.browser.kept("session").len()), (1, 0));
}
