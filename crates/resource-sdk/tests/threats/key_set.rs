//! Which published keys may verify, and which sets are not to be trusted at all.

use std::time::{Duration, Instant};

use resource_sdk::{KeySet, VerifyError::*, keys::JwksError};
use rsa::{BigUint, traits::PublicKeyParts};
use serde_json::{Value, json};

use crate::support::*;

/// Our key's entry after a change.
fn jwk_with(name: &str, value: impl Into<Value>) -> Value {
    let mut jwk = KEY.jwk();
    jwk[name] = value.into();
    jwk
}

fn jwk_without(name: &str) -> Value {
    let mut jwk = KEY.jwk();
    jwk.as_object_mut().unwrap().remove(name);
    jwk
}

fn set_of(keys: &[Value]) -> Result<usize, JwksError> {
    KeySet::from_jwks(&jwks(keys)).map(|set| set.len())
}

/// Our key is of no use after this change; a good key beside it still is.
#[track_caller]
fn assert_not_used(jwk: &Value) {
    assert_eq!(set_of(std::slice::from_ref(jwk)), Err(JwksError::NoUsableKey), "{jwk}");
    let verifier = verifier_with(&[jwk.clone(), FOREIGN.jwk()]);
    let token = good_token();
    assert_eq!(verifier.verify(&token, now()).err(), Some(UnknownKey), "{jwk}");
    let header = json!({"typ": "at+jwt", "alg": "RS256", "kid": FOREIGN.kid});
    let token = FOREIGN.token(header.to_string(), claims().to_string());
    assert!(verifier.verify(&token, now()).is_ok(), "{jwk}");
}

#[test]
fn j10_a_key_for_another_purpose_is_not_used() {
    for alg in ["RS512", "RS384", "PS256", "RSA-OAEP", "HS256", "none", "rs256", "RS256 ", ""] {
        assert_not_used(&jwk_with("alg", alg));
    }
    for value in [json!(null), json!(["RS256"]), json!(1)] {
        assert_not_used(&jwk_with("alg", value));
    }
    for usage in [json!("enc"), json!("SIG"), json!(""), json!(null), json!(["sig"])] {
        assert_not_used(&jwk_with("use", usage));
    }
    for operations in [
        json!(["encrypt"]),
        json!(["sign"]),
        json!(["sign", "encrypt"]),
        json!([]),
        json!("verify"),
        json!(null),
        json!(["VERIFY"]),
        json!(["verify", 1]),
        json!({"verify": true}),
    ] {
        assert_not_used(&jwk_with("key_ops", operations));
    }
}

#[test]
fn j10_a_key_without_alg_is_for_rs256_alone() {
    for jwk in [jwk_without("alg"), jwk_without("use"), jwk_with("key_ops", json!(["verify"]))] {
        let verifier = verifier_with(&[jwk]);
        assert!(verifier.verify(&good_token(), now()).is_ok());
        for alg in ["PS256", "RS512", "HS256", "none"] {
            let token = token_headed("alg", alg);
            assert_eq!(verifier.verify(&token, now()).err(), Some(Algorithm));
        }
    }
}

#[test]
fn j11_a_set_that_publishes_a_secret_is_refused() {
    let mut entries = vec![
        json!({"kty": "oct", "kid": "s", "k": "AAAA"}),
        json!({"kty": "oct"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}),
        json!({"kty": "weird", "k": "AA"}),
    ];
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        entries.push(jwk_with(member, "AAAA"));
        entries.push(jwk_with(member, Value::Null));
    }
    for entry in entries {
        for set in [vec![entry.clone()], vec![KEY.jwk(), entry.clone()], vec![entry.clone(), FOREIGN.jwk()]] {
            assert_eq!(set_of(&set), Err(JwksError::PublishesSecret), "{entry}");
        }
    }
}

#[test]
fn j12_two_keys_with_one_kid() {
    let mut twin = FOREIGN.jwk();
    twin["kid"] = KID.into();
    assert_eq!(set_of(&[KEY.jwk(), twin.clone()]), Err(JwksError::DuplicateKid));
    assert_eq!(set_of(&[twin, FOREIGN.jwk(), KEY.jwk()]), Err(JwksError::DuplicateKid));
    assert_eq!(set_of(&[KEY.jwk(), KEY.jwk()]), Err(JwksError::DuplicateKid));
    let mut encryption = FOREIGN.jwk();
    encryption["kid"] = KID.into();
    encryption["use"] = "enc".into();
    assert_eq!(set_of(&[KEY.jwk(), encryption]), Err(JwksError::DuplicateKid));
}

#[test]
fn j12_strange_and_malformed_keys_are_passed_over() {
    let n = KEY.jwk()["n"].clone();
    for entry in [
        json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": "AA", "y": "AA"}),
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": "AA"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "p"}),
        json!({"kty": "EC", "crv": "secret-curve", "kid": KID}),
        json!({"kty": "rsa", "kid": "r", "n": n, "e": "AQAB"}),
        json!({"kty": 7}),
        json!({"kty": null}),
        json!({}),
        json!([]),
        json!("key"),
        json!(null),
        json!(7),
        json!({"kty": "RSA", "kid": "m"}),
        json!({"kty": "RSA", "kid": "m", "n": n}),
        json!({"kty": "RSA", "kid": "m", "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "m", "n": 7, "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "m", "n": "!!", "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "m", "n": n, "e": "AQ=="}),
        json!({"kty": "RSA", "kid": "m", "n": n, "e": 65537}),
        json!({"kty": "RSA", "n": n, "e": "AQAB"}),
        json!({"kty": "RSA", "kid": 7, "n": n, "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "", "n": n, "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "a b", "n": n, "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "x".repeat(129), "n": n, "e": "AQAB"}),
    ] {
        for set in [[KEY.jwk(), entry.clone()], [entry.clone(), KEY.jwk()]] {
            assert_eq!(set_of(&set), Ok(1), "{entry}");
            assert!(verifier_with(&set).verify(&good_token(), now()).is_ok(), "{entry}");
        }
    }
    let twice =
        format!(r#"{{"keys":[{{"kty":"RSA","kid":"t","kid":"u","n":{n},"e":"AQAB"}},{}]}}"#, KEY.jwk());
    assert_eq!(KeySet::from_jwks(twice.as_bytes()).unwrap().len(), 1);
}

#[test]
fn j12_what_is_no_key_set() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":null}",
        "{\"keys\":\"x\"}",
        "<html></html>",
        "{\"keys\":[}",
        "{\"keys\":[]} x",
        "{\"keys\":[],\"keys\":[]}",
        "\u{feff}{\"keys\":[]}",
        "{\"Keys\":[]}",
    ] {
        assert_eq!(KeySet::from_jwks(text.as_bytes()).err(), Some(JwksError::Malformed), "{text}");
    }
    assert_eq!(KeySet::from_jwks(b"\xff\xfe").err(), Some(JwksError::Malformed));
    assert_eq!(set_of(&[]), Err(JwksError::NoUsableKey));
    let many: Vec<Value> = (0..21).map(|n| jwk_with("kid", format!("k{n}"))).collect();
    assert_eq!(set_of(&many), Err(JwksError::TooManyKeys));
    assert_eq!(set_of(&many[..20]), Ok(20));
    let large = [jwks(&[KEY.jwk()]), vec![b' '; 64 * 1024]].concat();
    assert_eq!(KeySet::from_jwks(&large).err(), Some(JwksError::TooLarge));
}

/// A number of so many bits: all ones but for the given last octet.
fn modulus(bits: usize, last: u8) -> Vec<u8> {
    let mut octets = ((BigUint::from(1_u8) << bits) - BigUint::from(1_u8)).to_bytes_be();
    *octets.last_mut().unwrap() = last;
    octets
}

#[test]
fn j13_weak_and_odd_keys() {
    for bits in [8, 512, 1_024, 2_040, 2_047, 4_097, 4_104, 8_192, 16_384, 65_536] {
        assert_not_used(&jwk_with("n", b64(modulus(bits, 0xff))));
    }
    for bits in [2_048, 2_056, 3_072, 4_096] {
        assert_eq!(set_of(&[jwk_with("n", b64(modulus(bits, 0xff)))]), Ok(1), "{bits}");
    }
    for n in [
        vec![],
        vec![0],
        vec![0; 256],
        modulus(2_048, 0xfe),
        modulus(2_048, 0),
        [&[0], &modulus(2_048, 0xff)[..]].concat(),
    ] {
        assert_not_used(&jwk_with("n", b64(n)));
    }
    for e in [
        &[][..],
        &[0],
        &[1],
        &[2],
        &[3],
        &[17],
        &[1, 0, 0],
        &[0xff, 0xff],
        &[1, 0, 2],
        &[0, 1, 0, 1],
        &[2, 0, 0, 0, 1],
        &[2, 0, 0, 0, 0],
        &[0xff; 5],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1],
        &[0xff; 256],
    ] {
        assert_not_used(&jwk_with("e", b64(e)));
    }
    for e in [&[1, 0, 1][..], &[1, 0, 3], &[1, 0, 0, 0, 1], &[1, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(set_of(&[jwk_with("e", b64(e))]), Ok(1), "{e:?}");
    }
}

#[test]
fn j13_refusing_a_huge_key_costs_no_more_than_taking_a_good_one() {
    let time = |jwk: Value| {
        let document = jwks(&[jwk]);
        let round = || {
            let start = Instant::now();
            let _outcome = KeySet::from_jwks(&document);
            start.elapsed()
        };
        (0..9).map(|_| round()).min().unwrap()
    };
    let good = time(KEY.jwk());
    let huge = time(jwk_with("n", b64(modulus(65_536, 0xff))));
    assert!(huge < good * 50 + Duration::from_micros(100), "{huge:?} against {good:?}");
}

#[test]
fn keys_of_every_allowed_size_verify() {
    for bits in [2_048, 3_072] {
        let key = TestKey::generate(KID, bits);
        let verifier = verifier_with(&[key.jwk()]);
        let token = key.token(header().to_string(), claims().to_string());
        assert!(verifier.verify(&token, now()).is_ok(), "{bits}");
        assert_eq!(key.private.n().bits(), bits);
    }
}
