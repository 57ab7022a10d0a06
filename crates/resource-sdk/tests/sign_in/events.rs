//! Open pages hear from their own site when their sign-in ends.

use reqwest::Method;
use serde_json::Value;

use crate::{
    browser::{Browser, Stream},
    provider::{LIFETIME, Refreshing},
    world::World,
};

const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");

async fn listen(world: &World, mount: &str) -> Stream {
    let (status, mut stream) = world.browser.listen(&format!("{mount}/events"), &[SAME_ORIGIN]).await;
    assert_eq!(status, 200);
    assert_eq!(stream.header("content-type"), "text/event-stream");
    assert_eq!(stream.header("cache-control"), "no-store");
    let (kind, data) = stream.next().await.unwrap();
    assert_eq!((kind.as_str(), &data["cause"]), ("listening", &Value::Null));
    stream
}

async fn cause(stream: &mut Stream) -> String {
    let (kind, data) = stream.next().await.expect("the stream ended without a word");
    assert_eq!(kind, "signed-out");
    assert!(stream.next().await.is_none(), "nothing follows");
    data["cause"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn n09_a_sign_out_reaches_every_open_page_of_that_sign_in_and_no_other() {
    let world = World::new();
    world.sign_in("/auth").await;
    let mut pages = [listen(&world, "/auth").await, listen(&world, "/auth").await];
    let token = world.browser.go("/form").await.body;
    world.sign_in("/app/auth").await;
    let mut scripted = listen(&world, "/app/auth").await;
    world.browser.post_form("/auth/logout", &[("csrf_token", &token)]).await;
    for page in &mut pages {
        assert_eq!(cause(page).await, "logged_out");
    }
    world.browser.script(Method::POST, "/app/auth/logout").await;
    assert_eq!(cause(&mut scripted).await, "logged_out");
}

#[actix_web::test]
async fn n09_a_refused_refresh_reaches_the_other_open_pages() {
    let world = World::new();
    for mount in ["/auth", "/app/auth"] {
        world.sign_in(mount).await;
        let mut page = listen(&world, mount).await;
        world.provider.behave().refreshing = Refreshing::InvalidGrant;
        world.advance(LIFETIME as u64);
        if mount == "/auth" {
            assert!(!world.is_member().await);
        } else {
            assert_eq!(world.browser.script(Method::POST, "/app/auth/token").await.status, 401);
        }
        assert_eq!(cause(&mut page).await, "ended");
        world.provider.behave().refreshing = Refreshing::Works;
    }
}

#[actix_web::test]
async fn n09_nobody_is_told_nothing_and_strangers_pages_least_of_all() {
    let world = World::new();
    for mount in ["/auth", "/app/auth"] {
        let path = format!("{mount}/events");
        assert_eq!(world.browser.listen(&path, &[SAME_ORIGIN]).await.0, 204);
        world.sign_in(mount).await;
        for foreign in ["cross-site", "same-site", "none"] {
            assert_eq!(world.browser.listen(&path, &[("sec-fetch-site", foreign)]).await.0, 403, "{foreign}");
        }
        let stranger = Browser::new(&world.origin);
        assert_eq!(stranger.listen(&path, &[SAME_ORIGIN]).await.0, 204);
    }
}

#[actix_web::test]
async fn n09_listening_refreshes_nothing_unless_the_person_came_back() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.advance(LIFETIME as u64 + 60);
    listen(&world, "/auth").await;
    assert_eq!(world.provider.behave().refreshes, 0);
    let came_back = [SAME_ORIGIN, ("x-session-request", "came-back")];
    assert_eq!(world.browser.listen("/auth/events", &came_back).await.0, 200);
    assert_eq!(world.provider.behave().refreshes, 1);
}

#[actix_web::test]
async fn n09_one_browser_gets_a_few_streams_and_gives_them_back() {
    let world = World::new();
    world.sign_in("/auth").await;
    let mut open = Vec::new();
    let refused = loop {
        let (status, stream) = world.browser.listen("/auth/events", &[SAME_ORIGIN]).await;
        if status != 200 {
            break (status.as_u16(), stream.header("retry-after").to_owned());
        }
        open.push(stream);
    };
    assert_eq!((open.len(), refused), (8, (503, "30".to_owned())));
}

#[actix_web::test]
async fn m12_a_refresh_cookie_that_a_sibling_subdomain_planted_is_not_taken() {
    let world = World::new();
    // The attacker's own sign-in, good in itself.
    world.sign_in("/app/auth").await;
    let planted = world.browser.kept("refresh").remove(0).1;
    world.browser.forget("");
    world.browser.plant("__Secure-app.auth.refresh", &planted);
    let refused = world.browser.script(Method::POST, "/app/auth/token").await;
    assert_eq!(refused.status, 401);
    assert_eq!(world.provider.behave().refreshes, 0);

    // Beside a sign-in of the person's own, whichever comes first.
    world.browser.forget("");
    world.sign_in("/app/auth").await;
    let bound = world.browser.kept("bound").remove(0).1;
    let own = world.browser.kept("refresh").remove(0).1;
    let line = format!(
        "__Secure-app.auth.refresh={planted}; __Secure-app.auth.refresh={own}; __Host-app.auth.bound={bound}"
    );
    world.browser.forget("");
    let proof = [SAME_ORIGIN, ("x-session-request", "1"), ("cookie", line.as_str())];
    let fresh = world.browser.send(Method::POST, "/app/auth/token", &proof, None).await;
    assert_eq!(fresh.status, 200, "{}", fresh.body);
    let without = line.split("; __Host").next().unwrap().to_owned();
    let proof = [SAME_ORIGIN, ("x-session-request", "1"), ("cookie", without.as_str())];
    assert_eq!(world.browser.send(Method::POST, "/app/auth/token", &proof, None).await.status, 401);
}
