//! Mutated input by the hundred thousand: no panic, and what is accepted, a strict reference
//! accepts as well. The example `fuzz_verify` runs the same for as long as one likes.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use resource_sdk::{KeySet, UnixTime};
use serde_json::{Value, json};

use crate::support::*;

#[path = "../../examples/mutation/mod.rs"]
mod mutation;

use mutation::Mutator;

/// jsonwebtoken, told to check everything it can.
fn reference_accepts(token: &str) -> bool {
    let jwk = KEY.jwk();
    let text = |name: &str| jwk[name].as_str().unwrap().to_owned();
    let key = DecodingKey::from_rsa_components(&text("n"), &text("e")).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = 30;
    validation.validate_nbf = true;
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok()
}

/// The reference reads the system's clock, so these tokens live by it too.
fn current_claims() -> (Value, UnixTime) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    let mut claims = claims();
    claims["iat"] = json!(now - 60);
    claims["exp"] = json!(now + 600);
    claims["auth_time"] = json!(now - 60);
    (claims, UnixTime::from_secs(now))
}

#[test]
fn j51_mutated_tokens() {
    let (claims, now) = current_claims();
    let good = KEY.token(header().to_string(), claims.to_string());
    let verifier = verifier();
    let mut mutator = Mutator::new(1);
    let mut accepted = 0;
    for round in 0..200_000 {
        let token = if round % 1_000 == 0 { good.clone() } else { mutator.mutate(good.as_bytes()) };
        if verifier.verify(&token, now).is_ok() {
            accepted += 1;
            assert!(reference_accepts(&token), "{token}");
            assert_eq!(token, good, "one token has one spelling");
        }
    }
    assert!(accepted >= 200, "the good token among them");
}

#[test]
fn j51_properly_signed_tokens_of_mutated_json() {
    let (claims, now) = current_claims();
    let (header, claims) = (header().to_string(), claims.to_string());
    let verifier = verifier();
    let mut mutator = Mutator::new(2);
    let mut accepted = 0;
    for round in 0..4_000 {
        let (mut head, mut body) = (header.clone(), claims.clone());
        if round % 4 == 0 {
            head = mutator.mutate_json(&header)
        } else {
            body = mutator.mutate_json(&claims)
        }
        let token = KEY.token(head, body);
        if verifier.verify(&token, now).is_ok() {
            accepted += 1;
            assert!(reference_accepts(&token), "{token}");
        }
    }
    assert!(accepted > 10, "some mutations are harmless: {accepted}");
}

#[test]
fn j51_mutated_key_sets() {
    let good = jwks(&[KEY.jwk(), FOREIGN.jwk()]);
    let mut mutator = Mutator::new(3);
    let mut read = 0;
    for _ in 0..20_000 {
        let document = mutator.mutate_json(std::str::from_utf8(&good).unwrap());
        if KeySet::from_jwks(document.as_bytes()).is_ok() {
            read += 1;
            let reference: Value = serde_json::from_str(&document).unwrap();
            assert!(reference["keys"].is_array());
        }
    }
    assert!(read > 100, "{read}");
}
