//! Back-channel logout: what the provider may tell a site, and what no other sender can.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    browser::Answer,
    provider::{CLIENT, KID, NOW, Provider, SESSION, SUBJECT},
    world::World,
};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn header() -> Value {
    json!({ "alg": "RS256", "typ": "logout+jwt", "kid": KID })
}

fn claims(world: &World) -> Value {
    let now = world.provider.behave().now;
    json!({
        "iss": world.provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "jti-1",
        "events": { EVENT: {} }, "sub": SUBJECT, "sid": SESSION,
    })
}

/// The claims with members set, or (null) taken away.
fn with(mut claims: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

async fn post(world: &World, form: &[(&str, &str)]) -> Answer {
    // No browser, no cookie, another origin: as the provider's server sends it.
    let path = "/auth/backchannel-logout";
    crate::browser::Browser::without_cookies(&world.origin).send(Method::POST, path, &[], Some(form)).await
}

async fn tell(world: &World, claims: &Value) -> Answer {
    post(world, &[("logout_token", &Provider::signed(&header(), claims))]).await
}

#[actix_web::test]
async fn s72_a_session_that_ended_at_the_provider_is_refused_at_once() {
    let world = World::new();
    world.sign_in("/auth").await;
    world.sign_in("/app/auth").await;
    assert_eq!(world.browser.script(Method::POST, "/app/auth/token").await.status, 200);
    let refreshes = world.provider.behave().refreshes;
    let kept = world.browser.kept("session");

    let told = tell(&world, &claims(&world)).await;
    assert_eq!((told.status.as_u16(), told.headers["cache-control"].to_str().unwrap()), (200, "no-store"));
    assert!(!world.is_member().await, "although the access token is good for long");
    assert_eq!(world.browser.kept("session"), [], "the cookie is taken away");
    let silent = world.browser.script(Method::POST, "/app/auth/token").await;
    assert_eq!(silent.status, 401, "the other mount of the same client");
    assert_eq!(world.provider.behave().refreshes, refreshes, "nothing is asked of the provider");

    for (name, value) in kept {
        world.browser.plant(&name, &value);
    }
    assert!(!world.is_member().await, "a copy of the cookie");
}

#[actix_web::test]
async fn s72_another_session_stays_and_so_does_the_next_one() {
    let world = World::new();
    world.sign_in("/auth").await;
    let other = with(claims(&world), json!({ "sid": "session-2" }));
    assert_eq!(tell(&world, &other).await.status, 200);
    assert!(world.is_member().await);

    assert_eq!(tell(&world, &claims(&world)).await.status, 200);
    assert!(!world.is_member().await);
    let id = |claims: &mut Value| claims["sid"] = json!("session-3");
    world.provider.behave().change_id_token = Some(Box::new(id));
    world.provider.behave().change_access_token = Some(Box::new(id));
    world.sign_in("/auth").await;
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn s72_a_person_without_a_session_named_is_signed_out_everywhere_but_not_for_ever() {
    let world = World::new();
    world.sign_in("/auth").await;
    let person = with(claims(&world), json!({ "sid": null }));
    let stranger = with(person.clone(), json!({ "sub": "user-2" }));
    assert_eq!(tell(&world, &stranger).await.status, 200);
    assert!(world.is_member().await);
    assert_eq!(tell(&world, &person).await.status, 200);
    assert!(!world.is_member().await);

    world.advance(1);
    world.sign_in("/auth").await;
    assert!(world.is_member().await);
    let again = tell(&world, &person).await;
    assert_eq!(again.status, 200, "a repeated token is no error");
    assert!(world.is_member().await, "and takes nothing back that came after it");
}

#[actix_web::test]
async fn s72_a_token_that_is_not_exactly_a_logout_token_for_this_site_ends_nothing() {
    let world = World::new();
    world.sign_in("/auth").await;
    let good = claims(&world);
    let sign = |changes: Value| Provider::signed(&header(), &with(claims(&world), changes));
    let under = |changes: Value| Provider::signed(&with(header(), changes), &good);
    let tokens = [
        ("no typ", under(json!({ "typ": null }))),
        ("typ JWT", under(json!({ "typ": "JWT" }))),
        ("typ at+jwt", under(json!({ "typ": "at+jwt" }))),
        ("typ in capitals", under(json!({ "typ": "LOGOUT+JWT" }))),
        ("typ number", under(json!({ "typ": 5 }))),
        ("alg none", under(json!({ "alg": "none" }))),
        ("alg HS256", under(json!({ "alg": "HS256" }))),
        ("alg PS256", under(json!({ "alg": "PS256" }))),
        ("no kid", under(json!({ "kid": null }))),
        ("crit", under(json!({ "crit": ["x"], "x": 1 }))),
        ("own key", under(json!({ "jwk": {} }))),
        ("nonce", sign(json!({ "nonce": "n" }))),
        (
            "nonce that is null",
            Provider::signed(&header(), &{
                let mut claims = good.clone();
                claims["nonce"] = Value::Null;
                claims
            }),
        ),
        ("no events", sign(json!({ "events": null }))),
        ("events as list", sign(json!({ "events": [EVENT] }))),
        ("events as text", sign(json!({ "events": EVENT }))),
        ("other event", sign(json!({ "events": { "http://schemas.openid.net/event/x": {} } }))),
        ("event without object", sign(json!({ "events": { EVENT: true } }))),
        ("other aud", sign(json!({ "aud": "site-b" }))),
        ("aud of two", sign(json!({ "aud": [CLIENT, "site-b"] }))),
        ("no aud", sign(json!({ "aud": null }))),
        ("other iss", sign(json!({ "iss": "https://evil.example" }))),
        ("no iss", sign(json!({ "iss": null }))),
        ("expired", sign(json!({ "iat": NOW - 200, "exp": NOW - 30 }))),
        ("future", sign(json!({ "iat": NOW + 31, "exp": NOW + 120 }))),
        ("issued after its end", sign(json!({ "iat": NOW + 20, "exp": NOW + 10 }))),
        ("no exp", sign(json!({ "exp": null }))),
        ("no iat", sign(json!({ "iat": null }))),
        ("exp as text", sign(json!({ "exp": "9999999999" }))),
        ("no jti", sign(json!({ "jti": null }))),
        ("neither sub nor sid", sign(json!({ "sub": null, "sid": null }))),
        ("sid as number", sign(json!({ "sid": 1 }))),
        ("empty sid", sign(json!({ "sid": "" }))),
        ("long sid", sign(json!({ "sid": "s".repeat(256) }))),
        ("other key", Provider::forged(&header(), &good)),
        ("signature cut off", {
            let token = Provider::signed(&header(), &good);
            token.rsplit_once('.').unwrap().0.to_owned() + "."
        }),
        ("no token", "x".to_owned()),
        ("empty", String::new()),
        ("long", "a.b.".to_owned() + &"c".repeat(8_192)),
    ];
    for (name, token) in &tokens {
        let answer = post(&world, &[("logout_token", token)]).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store", "{name}");
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["error"], "invalid_request", "{name}");
        assert_eq!(body["error_description"], "The logout token is not acceptable.", "{name}: one answer");
        assert!(world.is_member().await, "{name}");
    }
    // The table proves nothing unless the token that it damages is a good one.
    assert_eq!(tell(&world, &good).await.status, 200);
    assert!(!world.is_member().await);
}

#[actix_web::test]
async fn j35_other_tokens_of_the_provider_are_no_logout_tokens() {
    let world = World::new();
    world.sign_in("/auth").await;
    let person = json!({
        "iss": world.provider.issuer, "sub": SUBJECT, "aud": CLIENT, "iat": NOW, "exp": NOW + 300,
        "jti": "jti-1", "sid": SESSION,
    });
    for typ in [json!("JWT"), json!("at+jwt"), json!("revocations+jwt"), json!(null)] {
        let token = Provider::signed(&with(header(), json!({ "typ": typ })), &person);
        assert_eq!(post(&world, &[("logout_token", &token)]).await.status, 400, "{typ}");
    }
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn s72_the_form_is_one_field_in_a_post() {
    let world = World::new();
    world.sign_in("/auth").await;
    let token = Provider::signed(&header(), &claims(&world));
    let large = "x".repeat(17 * 1024);
    for form in [
        &[][..],
        &[("token", &*token)],
        &[("logout_token", &token), ("logout_token", &token)],
        &[("logout_token", &token), ("padding", &large)],
    ] {
        let answer = post(&world, form).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    let asked = world.browser.go(&format!("/auth/backchannel-logout?logout_token={token}")).await;
    assert_eq!(asked.status.as_u16() / 100, 4, "no GET changes anything");
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn s72_a_token_under_a_key_that_is_not_known_yet_is_asked_for_again() {
    let world = World::new();
    world.sign_in("/auth").await;
    let token = Provider::signed(&with(header(), json!({ "kid": "new-key" })), &claims(&world));
    let answer = post(&world, &[("logout_token", &token)]).await;
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains_key("retry-after"));
    assert!(world.is_member().await);
}
