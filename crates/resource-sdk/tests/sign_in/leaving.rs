//! Signing out: here at once, at the provider by a redirect, and no other site can make it happen.

use reqwest::Method;

use crate::world::World;

#[actix_web::test]
async fn s71_signing_out_forgets_here_and_goes_to_the_provider() {
    let world = World::new();
    world.sign_in("/auth").await;
    let csrf = world.browser.go("/form").await.body;
    let sent = world.browser.post_form("/auth/logout", &[("csrf_token", &csrf), ("return_to", "/bye")]).await;
    assert_eq!(sent.status, 303);
    assert!(sent.location().starts_with(&format!("{}/end-session?", world.provider.issuer)));
    assert!(sent.parameter("id_token_hint").starts_with("eyJhbGciOi"));
    assert_eq!(sent.parameter("client_id"), "site-a");
    assert_eq!(sent.parameter("post_logout_redirect_uri"), format!("{}/auth/logged-out", world.origin));
    assert!(world.browser.kept("session").is_empty());

    let state = sent.parameter("state");
    assert_eq!(world.browser.go(&format!("/auth/logged-out?state={state}")).await.location(), "/bye");
    // The public page does not sign the person in again by itself.
    assert_eq!(world.browser.go("/").await.body, "guest");
    assert!(!world.is_member().await);
    for _ in 0..50 {
        if !world.provider.behave().revoked.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(world.provider.behave().revoked.len(), 1);
}

#[actix_web::test]
async fn s60_s69_z10_nobody_else_can_sign_a_person_out() {
    let world = World::new();
    world.sign_in("/auth").await;
    let csrf = world.browser.go("/form").await.body;
    assert_eq!(world.browser.go("/auth/logout").await.status, 200, "a link asks");
    assert!(world.is_member().await);
    for fields in [&[][..], &[("csrf_token", "")], &[("csrf_token", "x")]] {
        assert_eq!(world.browser.post_form("/auth/logout", fields).await.status, 403, "{fields:?}");
    }
    let stale = csrf.clone();
    world.sign_in("/auth").await;
    assert_eq!(world.browser.post_form("/auth/logout", &[("csrf_token", &stale)]).await.status, 403);
    let csrf = world.browser.go("/form").await.body;
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", &world.origin)],
    ] {
        let fields = [("csrf_token", csrf.as_str())];
        let answer = world.browser.send(Method::POST, "/auth/logout", headers, Some(&fields)).await;
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    let plain = [("content-type", "text/plain"), ("sec-fetch-site", "same-origin")];
    assert_eq!(world.browser.send(Method::POST, "/auth/logout", &plain, None).await.status, 403);
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn s68_where_one_lands_after_signing_out_is_the_sites_choice() {
    let world = World::new();
    for query in ["", "?state=x", "?state=https://evil.example", "?return_to=//evil.example"] {
        let landed = world.browser.go(&format!("/auth/logged-out{query}")).await;
        assert_eq!((landed.status.as_u16(), landed.location()), (303, "/"), "{query}");
    }
    world.sign_in("/auth").await;
    let csrf = world.browser.go("/form").await.body;
    let fields = [("csrf_token", csrf.as_str()), ("return_to", "//evil.example")];
    let sent = world.browser.post_form("/auth/logout", &fields).await;
    let landing = format!("/auth/logged-out?state={}", sent.parameter("state"));
    assert_eq!(world.browser.go(&landing).await.location(), "/");
}

#[actix_web::test]
async fn signing_out_works_here_while_the_provider_is_away() {
    let world = World::new();
    world.sign_in("/auth").await;
    let csrf = world.browser.go("/form").await.body;
    world.provider.stop().await;
    let sent = world.browser.post_form("/auth/logout", &[("csrf_token", &csrf)]).await;
    assert_eq!(sent.status, 303);
    assert!(!world.is_member().await);
}

#[actix_web::test]
async fn m12_a_script_signs_out_and_is_told_where_to_go() {
    let world = World::new();
    world.sign_in("/app/auth").await;
    let answer = world.browser.script(Method::POST, "/app/auth/logout").await;
    let location = serde_json::from_str::<serde_json::Value>(&answer.body).unwrap()["location"].clone();
    let location = location.as_str().unwrap();
    assert!(location.starts_with(&format!("{}/end-session?id_token_hint=eyJ", world.provider.issuer)));
    assert!(world.browser.kept("refresh").is_empty());
    assert_eq!(world.browser.script(Method::POST, "/app/auth/token").await.status, 401);
    // Again is no mistake.
    assert_eq!(world.browser.script(Method::POST, "/app/auth/logout").await.status, 200);
}

#[actix_web::test]
async fn p1_the_address_of_the_log_out_form_asks() {
    let world = World::new();
    let nobody = world.browser.go("/auth/logout").await;
    assert_eq!((nobody.status.as_u16(), nobody.location()), (303, "/"));
    world.sign_in("/auth").await;
    let asked = world.browser.go("/auth/logout").await;
    assert_eq!(asked.status, 200);
    let policy = asked.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains(&format!("form-action 'self' {};", world.provider.issuer)), "{policy}");
    let csrf = asked.body.split_once("name=\"csrf_token\" value=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(world.is_member().await);
    let left = world.browser.post_form("/auth/logout", &[("csrf_token", csrf)]).await;
    assert!(left.location().starts_with(&world.provider.issuer));
    assert!(world.browser.kept("session").is_empty());
    // A form of a page that was open before the last sign-in leads to it.
    world.sign_in("/auth").await;
    let stale = world.browser.post_form("/auth/logout", &[("csrf_token", csrf)]).await;
    assert_eq!(stale.status, 403);
    assert!(stale.body.contains("href=\"/auth/logout\""));
    let scripted = world.browser.go("/app/auth/logout").await;
    assert_eq!((scripted.status.as_u16(), scripted.location()), (303, "/"));
}

#[actix_web::test]
async fn p3_signing_out_may_take_as_long_as_it_takes() {
    let world = World::new();
    world.sign_in("/auth").await;
    let csrf = world.browser.go("/form").await.body;
    let fields = [("csrf_token", csrf.as_str()), ("return_to", "/bye?a=b")];
    let state = world.browser.post_form("/auth/logout", &fields).await.parameter("state");
    world.advance(400 * 24 * 3600);
    assert_eq!(world.browser.go(&format!("/auth/logged-out?state={state}")).await.location(), "/bye?a=b");
}
