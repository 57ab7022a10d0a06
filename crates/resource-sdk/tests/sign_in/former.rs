//! A new sign-in of a browser ends the one before it: a copy of its cookie is worth nothing, and what it rested
//! on is given back. A person in another tab at that moment notices nothing.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;

use crate::{
    browser::Browser,
    provider::LIFETIME,
    world::{SiteOptions, World},
};

/// Longer than requests that are on their way are still answered.
const MOMENT: u64 = 5;

impl World {
    /// Another browser with copies of all cookies of this one.
    fn thief(&self) -> Browser {
        let thief = Browser::new(&self.origin);
        thief.restore(&self.browser.cookies());
        thief
    }

    /// Waits until the provider was given back so many refresh tokens, and answers them.
    async fn given_back(&self, count: usize) -> Vec<String> {
        for _ in 0..1_500 {
            let revoked = self.provider.behave().revoked.clone();
            if revoked.len() >= count {
                return revoked;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} were to be given back, and {:?} were", self.provider.behave().revoked);
    }
}

#[actix_web::test]
async fn s62_a_copy_of_the_former_cookie_is_nobody_after_a_new_sign_in() {
    let world = World::new();
    world.sign_in("/auth").await;
    let thief = world.thief();
    assert_eq!(thief.go("/members").await.status, 200);
    world.sign_in("/auth").await;
    assert_eq!(thief.go("/members").await.status, 200, "a request that was on its way is answered");
    world.advance(MOMENT);
    assert_eq!(thief.go("/members").await.status, 303);
    assert_eq!(thief.listen("/auth/events", &[("sec-fetch-site", "same-origin")]).await.0, 204);
    let token = thief.go("/auth/logout").await;
    assert_eq!(token.leads_to(), "/", "it signs nobody out either");
    assert!(world.is_member().await);
    assert_eq!(world.given_back(1).await, ["refresh-token-2"]);
    world.advance(LIFETIME as u64);
    assert!(world.is_member().await, "the new one is refreshed as ever");
    assert_eq!(thief.go("/members").await.status, 303);
}

#[actix_web::test]
async fn s62_also_where_the_copy_was_refreshed_meanwhile() {
    let world = World::new();
    world.sign_in("/auth").await;
    let thief = world.thief();
    world.advance(LIFETIME as u64);
    assert_eq!(thief.go("/members").await.status, 200);
    world.sign_in("/auth").await;
    world.advance(MOMENT);
    assert_eq!(thief.go("/members").await.status, 303);
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn s62_where_scripts_ask_for_tokens_too() {
    let world = World::new();
    world.sign_in("/app/auth").await;
    let thief = world.thief();
    let asked = world.ask("/app/auth", "/members").await;
    // The cookie of such a site does not come back with the browser from elsewhere.
    let kept = world.browser.cookies();
    world.browser.forget("refresh");
    world.browser.go(&world.good_answer("/app/auth", &asked)).await;
    world.advance(MOMENT);
    let refused = thief.script(Method::POST, "/app/auth/token").await;
    assert_eq!((refused.status.as_u16(), refused.set_cookies().len()), (401, 0));
    assert_eq!(world.browser.script(Method::POST, "/app/auth/token").await.status, 200);
    assert_eq!(world.given_back(1).await, ["refresh-token-2"]);
    world.browser.restore(&kept);
    assert_eq!(world.browser.script(Method::POST, "/app/auth/token").await.status, 401);
}

#[actix_web::test]
async fn s62_a_sign_in_that_failed_gives_nothing_up() {
    let world = World::new();
    world.sign_in("/auth").await;
    let asked = world.ask("/auth", "/members").await;
    let refused = [("error", "access_denied"), ("state", &*asked.state), ("iss", &*world.provider.issuer)];
    world.browser.go(&world.answer("/auth", &refused)).await;
    world.advance(MOMENT);
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn p1_tabs_that_come_back_at_one_moment_all_end_at_their_pages() {
    let world = World::new();
    world.sign_in("/auth").await;
    let mut asked = Vec::new();
    for _ in 0..4 {
        asked.push(world.ask("/auth", "/members").await);
    }
    let paths: Vec<_> = asked.iter().map(|asked| world.good_answer("/auth", asked)).collect();
    let arrived = join_all(paths.iter().map(|path| world.browser.go(path))).await;
    for answer in &arrived {
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/members"));
    }
    assert!(world.is_member().await);
    // And one after another, each with the cookie of the one before.
    for _ in 0..3 {
        world.sign_in("/auth").await;
    }
    world.advance(MOMENT);
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn s62_a_reload_does_not_bring_back_what_another_tab_replaced() {
    let world = World::new();
    let (one, two) = (world.ask("/auth", "/members").await, world.ask("/auth", "/members").await);
    let (one, two) = (world.good_answer("/auth", &one), world.good_answer("/auth", &two));
    world.browser.go(&one).await;
    world.browser.go(&two).await;
    let again = world.browser.go(&one).await;
    assert_eq!((again.status.as_u16(), again.location()), (303, "/members"));
    world.advance(MOMENT);
    assert!(world.is_member().await);
    assert_eq!(world.redemptions(), 2);
}

#[actix_web::test]
async fn n09_an_open_page_hears_nothing_of_it_and_listens_on() {
    let world = World::new();
    world.sign_in("/auth").await;
    let headers = [("sec-fetch-site", "same-origin")];
    let (_, mut stream) = world.browser.listen("/auth/events", &headers).await;
    let (kind, before) = stream.next().await.unwrap();
    assert_eq!(kind, "listening");
    world.sign_in("/auth").await;
    assert!(stream.next().await.is_none(), "it ends without a word");
    world.advance(MOMENT);
    let (status, mut stream) = world.browser.listen("/auth/events", &headers).await;
    let (kind, after) = stream.next().await.unwrap();
    assert_eq!((status.as_u16(), kind.as_str()), (200, "listening"));
    assert_eq!(after["session"], before["session"]);
}

#[actix_web::test]
async fn s62_after_a_restart_only_the_provider_knows() {
    let mut world = World::new();
    world.sign_in("/auth").await;
    world.sign_in("/auth").await;
    world.given_back(1).await;
    world.restart(SiteOptions::default()).await;
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn p4_a_browser_that_refuses_the_session_cookie_alone_is_told_so() {
    let mut world = World::new();
    world.browser = Browser::refusing(&world.origin, &["session"]);
    let page = round_and_round(&world).await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("/auth/login?return_to=%2Fmembers%3Fa%3Db"), "{}", page.body);
    let begun = world.browser.go("/auth/login?return_to=%2Fmembers%3Fa%3Db").await;
    assert!(world.is_sent_to_provider(&begun), "who presses the link gets another try");
    // The person allows cookies now.
    let allowing = Browser::new(&world.origin);
    allowing.restore(&world.browser.cookies());
    world.browser = allowing;
    let asked = world.asked_by(&begun);
    let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!(arrived.location(), "/members?a=b");
    assert!(world.is_member().await);
}

/// What a browser shows in the end that goes where it is sent.
async fn round_and_round(world: &World) -> crate::browser::Answer {
    let mut answer = world.browser.go("/members?a=b").await;
    for _ in 0..20 {
        if answer.status != 303 {
            return answer;
        }
        let path = if world.is_sent_to_provider(&answer) {
            world.good_answer("/auth", &world.asked_by(&answer))
        } else {
            answer.location().to_owned()
        };
        answer = world.browser.go(&path).await;
    }
    panic!("round in circles");
}

#[actix_web::test]
async fn p4_who_signs_out_and_in_again_quickly_is_not_taken_for_one() {
    let world = World::new();
    for _ in 0..5 {
        world.sign_in("/auth").await;
        let token = world.browser.go("/form").await.body;
        let out = world.browser.post_form("/auth/logout", &[("csrf_token", &token)]).await;
        assert_eq!(out.status, 303);
        assert!(!world.is_member().await);
    }
}
