//! The memory of verified tokens remembers signatures and nothing else.
#![cfg(feature = "token-cache")]

use resource_sdk::{Freshness, Keys, Verifier, VerifyError::*};

use crate::{provider::*, support::*};

fn caching(audience: &str) -> Verifier {
    Verifier::builder(ISSUER, audience)
        .token_cache(100)
        .freshness(Freshness::Offline)
        .build(Keys::fixed(ISSUER, key_set(&[KEY.jwk()])))
        .unwrap()
}

#[test]
fn j43_no_remembered_token_outlives_its_expiry() {
    let (verifier, token) = (caching(AUDIENCE), good_token());
    let at = |seconds: i64| verifier.verify(&token, now().plus_secs(seconds)).err();
    assert_eq!(at(0), None);
    assert_eq!(at(329), None);
    assert_eq!(at(330), Some(Expired));
    assert_eq!(at(0), None, "the clock was set back");
    assert_eq!(at(-7_200), Some(IssueTime));
    assert_eq!(at(i64::MAX), Some(Expired));
}

#[test]
fn j43_the_whole_token_is_the_key() {
    let (verifier, token) = (caching(AUDIENCE), good_token());
    assert!(verifier.verify(&token, now()).is_ok());
    let (input, signature) = token.rsplit_once('.').unwrap();
    // The same claims, and so the same jti, under other signatures and headers.
    let other = FOREIGN.token(header().to_string(), claims().to_string());
    assert_eq!(verifier.verify(&other, now()).err(), Some(Signature));
    for at in [0, 100, signature.len() - 1] {
        let mut damaged = signature.as_bytes().to_vec();
        damaged[at] = if damaged[at] == b'A' { b'Q' } else { b'A' };
        let damaged = String::from_utf8(damaged).unwrap();
        assert!(verifier.verify(&format!("{input}.{damaged}"), now()).is_err());
    }
    assert!(verifier.verify(&format!("{token} "), now()).is_err());
    assert!(verifier.verify(&token[..token.len() - 1], now()).is_err());
    assert!(verifier.verify(&token, now()).is_ok());
}

#[test]
fn j43_another_verifier_remembers_nothing_of_it() {
    let token = good_token();
    assert!(caching(AUDIENCE).verify(&token, now()).is_ok());
    assert_eq!(caching("https://other.example").verify(&token, now()).err(), Some(Audience));
}

#[test]
fn j43_refusals_are_not_remembered() {
    let (verifier, token) = (caching(AUDIENCE), token_claiming("nbf", NOW + 100));
    assert_eq!(verifier.verify(&token, now()).err(), Some(NotYetValid));
    assert!(verifier.verify(&token, now().plus_secs(100)).is_ok());
    assert_eq!(verifier.verify(&token, now()).err(), Some(NotYetValid));
}

#[tokio::test(flavor = "multi_thread")]
async fn j40_j43_a_removed_key_takes_its_remembered_tokens_along() {
    let provider = Provider::start();
    provider.publish(&[KEY.jwk(), FOREIGN.jwk()]);
    let keys = provider.restless_keys();
    keys.ready().await.unwrap();
    let verifier = Verifier::builder(&provider.issuer, AUDIENCE)
        .token_cache(100)
        .freshness(Freshness::Offline)
        .build(keys)
        .unwrap();
    let token = provider.token(&KEY);
    assert!(verifier.verify(&token, now()).is_ok());
    assert!(verifier.verify(&token, now()).is_ok());
    let seen = provider.hits(JWKS);
    provider.publish(&[FOREIGN.jwk()]);
    provider.wait_for_hits(JWKS, seen + 2).await;
    assert_eq!(verifier.verify(&token, now()).err(), Some(UnknownKey));
}
