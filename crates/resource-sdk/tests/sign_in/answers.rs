//! Token responses that are not what they should be: the sign-in fails, and the state is spent.

use serde_json::{Value, json};

use crate::{
    provider::{NOW, Signing, opaque},
    world::World,
};

async fn is_refused(world: &World) -> bool {
    let asked = world.ask("/auth", "/members").await;
    let answer = world.browser.go(&world.good_answer("/auth", &asked)).await;
    let has_session = !world.browser.kept("session").is_empty();
    assert_eq!(has_session, answer.status == 303, "{}", answer.body);
    world.browser.forget("session");
    !has_session
}

#[actix_web::test]
async fn s33_an_id_token_that_is_not_signed_as_it_must_be() {
    let world = World::new();
    assert!(!is_refused(&world).await, "the sound one is taken");
    for (signing, name) in [
        (Signing::None, "none"),
        (Signing::Hs256WithPublicKey, "HS256"),
        (Signing::OtherKey, "another key"),
        (Signing::AsAccessToken, "at+jwt"),
        (Signing::WithoutKid, "no kid"),
        (Signing::Extended, "crit"),
    ] {
        world.provider.behave().signing = signing;
        assert!(is_refused(&world).await, "{name}");
    }
}

#[actix_web::test]
async fn s33_an_id_token_with_a_wrong_or_absent_claim() {
    let world = World::new();
    for (claim, value) in [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("nonce", json!(1)),
        ("aud", json!("site-b")),
        ("aud", json!(["site-a", "site-b"])),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("azp", json!("site-b")),
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("exp", json!(NOW - 31)),
        ("exp", json!("1900000000")),
        ("exp", Value::Null),
        ("iat", json!(NOW + 31)),
        ("iat", Value::Null),
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
        ("at_hash", Value::Null),
        ("sub", json!("")),
        ("sub", Value::Null),
        ("sid", json!(7)),
    ] {
        let changed = value.clone();
        world.provider.behave().change_id_token = Some(Box::new(move |claims| match &changed {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
            value => claims[claim] = value.clone(),
        }));
        assert!(is_refused(&world).await, "{claim}: {value}");
    }
}

#[actix_web::test]
async fn s33_an_access_token_of_somebody_else_or_for_somebody_else() {
    let world = World::new();
    for (claim, value) in [
        ("sub", json!("user-2")),
        ("sid", json!("session-2")),
        ("sid", Value::Null),
        ("auth_time", Value::Null),
        ("client_id", json!("site-b")),
        ("aud", json!("https://other.example")),
        ("iss", json!("https://evil.example")),
        ("exp", json!(NOW - 31)),
    ] {
        let changed = value.clone();
        world.provider.behave().change_access_token = Some(Box::new(move |claims| match &changed {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
            value => claims[claim] = value.clone(),
        }));
        assert!(is_refused(&world).await, "{claim}: {value}");
    }
}

#[actix_web::test]
async fn s33_a_token_response_that_lacks_something() {
    let world = World::new();
    for (member, value) in [
        ("id_token", Value::Null),
        ("id_token", json!("x.y.z")),
        ("access_token", Value::Null),
        ("token_type", json!("mac")),
        ("token_type", Value::Null),
    ] {
        let changed = value.clone();
        world.provider.behave().change_answer = Some(Box::new(move |answer| match &changed {
            Value::Null => drop(answer.as_object_mut().unwrap().remove(member)),
            value => answer[member] = value.clone(),
        }));
        assert!(is_refused(&world).await, "{member}: {value}");
    }
}

/// Roles of which none can be guessed from another.
fn incompressible(octets: usize) -> String {
    (0..octets / 22).map(opaque).collect()
}

#[actix_web::test]
async fn an_access_token_too_large_for_a_cookie_is_an_error_of_the_site() {
    let world = World::new();
    let swell = |octets: usize| -> Box<dyn Fn(&mut Value) + Send> {
        Box::new(move |claims: &mut Value| claims["roles"] = incompressible(octets).into())
    };
    // The hint for signing out is given up first.
    world.provider.behave().change_access_token = Some(swell(1000));
    assert!(!is_refused(&world).await);
    world.provider.behave().change_access_token = Some(swell(4000));
    let asked = world.ask("/auth", "/members").await;
    let answer = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!(answer.status, 500);
    assert!(world.browser.kept("session").is_empty());
}
