//! How large the heads of responses and requests get: proxies read a response head into one buffer (nginx:
//! 4 KB or 8 KB) and answer 502 when it does not fit, and a request's cookies into one of 8 KB.

use reqwest::Method;

use crate::{
    browser::{Answer, Browser},
    provider::{Size, opaque},
    world::World,
};

const MAX_RESPONSE_HEAD: usize = 3 * 1024;
const MAX_COOKIES: usize = 6 * 1024;
/// As long as a path may be that is come back to by a redirect.
const LONGEST_PATH: usize = 1024;

/// Octets of an answer up to its body.
fn head_bytes(answer: &Answer) -> usize {
    let reason = answer.status.canonical_reason().unwrap_or_default();
    let headers =
        answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    format!("HTTP/1.1 {} {reason}\r\n\r\n", answer.status.as_u16()).len() + headers.sum::<usize>()
}

#[track_caller]
fn check(what: &str, answer: &Answer) {
    let bytes = head_bytes(answer);
    assert!(bytes < MAX_RESPONSE_HEAD, "{what}: {bytes} octets: {:#?}", answer.headers);
}

#[track_caller]
fn check_cookies(browser: &Browser, path: &str) {
    let bytes = browser.cookies_for(path).len();
    assert!(bytes < MAX_COOKIES, "{path}: {bytes} octets of cookies");
}

fn long_path(length: usize) -> String {
    format!("/members?q={}", "x".repeat(length - "/members?q=".len()))
}

/// As long as a path may be that does not compress, to travel in `state` itself.
fn noisy_path(length: usize) -> String {
    let noise: String = (0..length / 22 + 1).map(opaque).collect();
    format!("/members?q={}", &noise[..length - "/members?q=".len()])
}

async fn signed_in(world: &World, mount: &str, return_to: &str) {
    // Several tabs.
    for _ in 0..7 {
        check("a further login", &world.browser.go(&format!("{mount}/login?return_to={return_to}")).await);
        check_cookies(&world.browser, &format!("{mount}/login"));
    }
    let login = format!("{mount}/login?return_to={return_to}");
    let sent = world.browser.go(&login).await;
    check("login", &sent);
    let asked = world.ask(mount, return_to).await;
    let arrived = world.browser.go(&world.good_answer(mount, &asked)).await;
    assert_eq!((arrived.status.as_u16(), arrived.location()), (303, return_to), "{}", arrived.body);
    check("callback", &arrived);
    check_cookies(&world.browser, &format!("{mount}/token"));
}

#[actix_web::test]
async fn b5_every_response_head_of_server_rendered_mode_is_small() {
    for size in [Size::Rsa2048, Size::Rsa4096] {
        for return_to in ["/members".to_owned(), long_path(400), noisy_path(800), long_path(LONGEST_PATH)] {
            let world = World::with_tokens_of(size);
            check("a members' page", &world.browser.go(&return_to).await);
            check("a public page", &world.browser.go("/?a=b").await);
            check("an unknown sign-in", &world.browser.go("/auth/callback?state=x&code=y").await);
            signed_in(&world, "/auth", &return_to).await;
            check("a page", &world.browser.go("/members").await);
            world.advance(590);
            let refreshed = world.browser.go("/members").await;
            assert_eq!(refreshed.set_cookies().len(), 1);
            check("a refreshed page", &refreshed);
            check("client.js", &world.browser.go("/auth/client.js").await);
            let token = world.browser.go("/form").await.body;
            let form = [("csrf_token", token.as_str()), ("return_to", return_to.as_str())];
            let left = world.browser.post_form("/auth/logout", &form).await;
            assert!(left.location().starts_with(&world.provider.issuer));
            check("logout", &left);
            check("logged-out", &world.browser.go("/auth/logged-out").await);
        }
    }
}

#[actix_web::test]
async fn b5_every_response_head_of_scripted_mode_is_small() {
    for size in [Size::Rsa2048, Size::Rsa4096] {
        for return_to in ["/members".to_owned(), long_path(LONGEST_PATH)] {
            let world = World::with_tokens_of(size);
            signed_in(&world, "/app/auth", &return_to).await;
            let token = world.browser.script(Method::POST, "/app/auth/token").await;
            assert_eq!(token.status, 200);
            check("token", &token);
            check("client.js", &world.browser.go("/app/auth/client.js").await);
            let left = world.browser.script(Method::POST, "/app/auth/logout").await;
            assert!(left.body.contains("id_token_hint"), "the provider need not ask for a confirmation");
            check("logout", &left);
            check("no token", &world.browser.script(Method::POST, "/app/auth/token").await);
        }
    }
}

#[actix_web::test]
async fn b5_heads_of_failures_are_small() {
    let world = World::with_tokens_of(Size::Rsa4096);
    let long = long_path(LONGEST_PATH);
    for (error, return_to) in
        [("access_denied", "/members"), ("server_error", &long), ("invalid_request", &long)]
    {
        let asked = world.ask("/auth", return_to).await;
        let answer = [("error", error), ("state", &*asked.state), ("iss", &world.provider.issuer)];
        check(error, &world.browser.go(&world.answer("/auth", &answer)).await);
    }
    for path in ["/members?".to_owned() + &"&".repeat(1000), "/members?".to_owned() + &"%25".repeat(2000)] {
        check("a page with a strange address", &world.browser.go(&path).await);
        check("the same, public", &world.browser.go(&path.replace("/members", "/")).await);
    }
    world.provider.stop().await;
    check("the provider is away", &world.browser.go("/auth/login").await);
    check("a bad logout token", &world.browser.post_form("/auth/backchannel-logout", &[("x", "y")]).await);
}

#[actix_web::test]
async fn b5_signing_out_needs_no_confirmation_unless_an_address_takes_the_room() {
    for (size, return_to, has_hint) in [
        (Size::Rsa2048, long_path(LONGEST_PATH), true),
        (Size::Rsa4096, long_path(300), true),
        (Size::Rsa4096, long_path(LONGEST_PATH), false),
    ] {
        let world = World::with_tokens_of(size);
        signed_in(&world, "/auth", &return_to).await;
        let token = world.browser.go("/form").await.body;
        let left = world.browser.post_form("/auth/logout", &[("csrf_token", &token)]).await;
        assert_eq!(!left.parameter("id_token_hint").is_empty(), has_hint, "{}", return_to.len());
    }
}
