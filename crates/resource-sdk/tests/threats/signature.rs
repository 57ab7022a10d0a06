//! A signature belongs to one header, one payload and one key.

use resource_sdk::{Freshness, Keys, Verifier, VerifyError::*};
use rsa::{BigUint, traits::PublicKeyParts};
use serde_json::json;

use crate::support::*;

/// A good token's signing input and its signature.
fn parts() -> (String, Vec<u8>) {
    let input = format!("{}.{}", b64(header().to_string()), b64(claims().to_string()));
    let signature = KEY.sign(&input);
    (input, signature)
}

#[test]
fn j25_a_signature_is_as_long_as_the_modulus() {
    let (input, signature) = parts();
    let with = |signature: &[u8]| format!("{input}.{}", b64(signature));
    assert!(verify(&with(&signature)).is_ok());
    for length in (0..=255).chain(257..300).chain([384, 511, 512, 513, 1_024, 5_000]) {
        let mut other = signature.clone();
        other.resize(length, 0);
        assert_refused(&with(&other));
        let zeros = vec![0; length];
        assert_refused(&with(&zeros));
    }
    assert_refused_as(&with(&[&[0], &signature[..]].concat()), Signature);
    assert_refused_as(&with(&[&signature[..], &[0]].concat()), Signature);
    assert_refused_as(&with(&signature[1..]), Signature);
    let reversed: Vec<u8> = signature.iter().rev().copied().collect();
    assert_refused_as(&with(&reversed), Signature);
}

#[test]
fn j25_a_signature_is_a_number_below_the_modulus() {
    let (input, signature) = parts();
    let modulus = KEY.private.n();
    let one = BigUint::from(1_u8);
    let valid = BigUint::from_bytes_be(&signature);
    for number in [
        BigUint::from(0_u8),
        one.clone(),
        BigUint::from(2_u8),
        modulus - &one,
        modulus.clone(),
        modulus + &one,
        &valid + modulus,
        modulus - &valid,
        (&one << 2048_usize) - &one,
        &valid + &one,
    ] {
        let octets = number.to_bytes_be();
        let mut padded = vec![0; 256_usize.saturating_sub(octets.len())];
        padded.extend(&octets);
        for octets in [octets, padded] {
            assert_refused(&format!("{input}.{}", b64(octets)));
        }
    }
}

#[test]
fn j25_a_valid_signature_may_start_with_a_zero() {
    let token = (0..20_000)
        .map(|n| token_claiming("jti", format!("token-{n}")))
        .find(|token| {
            token.rsplit('.').next().unwrap().starts_with("AA") || {
                // "AA" is twelve zero bits; eight are enough: 'A' and then one of the first sixteen.
                let signature = token.rsplit('.').next().unwrap().as_bytes();
                signature[0] == b'A' && (b'A'..=b'P').contains(&signature[1])
            }
        })
        .unwrap();
    assert!(verify(&token).is_ok());
    // Without that zero it is another, shorter signature.
    let (input, _) = token.rsplit_once('.').unwrap();
    let signature = KEY.sign(input);
    assert_eq!(signature[0], 0);
    assert_refused_as(&format!("{input}.{}", b64(&signature[1..])), Signature);
}

#[test]
fn j27_every_flipped_bit_is_noticed() {
    let (input, signature) = parts();
    let verifier = verifier();
    for bit in 0..signature.len() * 8 {
        let mut flipped = signature.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let token = format!("{input}.{}", b64(flipped));
        assert_eq!(verifier.verify(&token, now()).err(), Some(Signature), "bit {bit}");
    }
    let signature = b64(signature);
    let (header, payload) = (header().to_string(), claims().to_string());
    for n in 0..256_usize {
        let flip = |text: &str| {
            let mut octets = text.as_bytes().to_vec();
            let bit = n * 7_919 % (octets.len() * 8);
            octets[bit / 8] ^= 1 << (bit % 8);
            b64(octets)
        };
        assert_refused(&format!("{}.{}.{signature}", flip(&header), b64(&payload)));
        let token = format!("{}.{}.{signature}", b64(&header), flip(&payload));
        assert_eq!(verifier.verify(&token, now()).err(), Some(Signature));
    }
}

#[test]
fn j27_payloads_swapped_between_two_valid_tokens() {
    let (one, other) = (good_token(), token_claiming("sub", "admin"));
    let [a, b]: [Vec<&str>; 2] = [one.split('.').collect(), other.split('.').collect()];
    assert_refused_as(&format!("{}.{}.{}", a[0], b[1], a[2]), Signature);
    assert_refused_as(&format!("{}.{}.{}", b[0], a[1], b[2]), Signature);
}

#[test]
fn j27_j29_a_bad_signature_hides_no_other_fault_and_none_hides_it() {
    for change in
        [("exp", json!(NOW - 1_000)), ("iss", json!("https://evil.example")), ("aud", json!("other"))]
    {
        let mut claims = claims();
        claims[change.0] = change.1;
        let good = KEY.token(header().to_string(), claims.to_string());
        let mut bad = good.clone();
        let last = if bad.ends_with('A') { "Q" } else { "A" };
        bad.replace_range(bad.len() - 1.., last);
        assert_refused_as(&bad, Signature);
        assert_ne!(verify(&good).err(), Some(Signature));
    }
    let forged = FOREIGN.token(header().to_string(), token_claims_expired());
    assert_refused_as(&forged, Signature);
    assert_refused_as(&FOREIGN.token(header().to_string(), "not json"), Signature);
}

fn token_claims_expired() -> String {
    let mut claims = claims();
    claims["exp"] = (NOW - 1_000).into();
    claims.to_string()
}

#[test]
fn j28_keys_never_cross_issuers() {
    let staging = "https://staging.example";
    // The staging issuer publishes another key under our kid.
    let mut staging_jwk = FOREIGN.jwk();
    staging_jwk["kid"] = KID.into();
    let build = |issuer: &str, jwk| {
        Verifier::builder(issuer, AUDIENCE)
            .freshness(Freshness::Offline)
            .build(Keys::fixed(issuer, key_set(&[jwk])))
            .unwrap()
    };
    let (ours, theirs) = (build(ISSUER, KEY.jwk()), build(staging, staging_jwk.clone()));
    let our_token = good_token();
    let mut staging_claims = claims();
    staging_claims["iss"] = staging.into();
    let their_token = FOREIGN.token(header().to_string(), staging_claims.to_string());
    let pretender = FOREIGN.token(header().to_string(), claims().to_string());

    assert!(ours.verify(&our_token, now()).is_ok() && theirs.verify(&their_token, now()).is_ok());
    assert_eq!(ours.verify(&their_token, now()).err(), Some(Signature));
    assert_eq!(ours.verify(&pretender, now()).err(), Some(Signature));
    assert_eq!(theirs.verify(&our_token, now()).err(), Some(Signature));
    assert_eq!(theirs.verify(&pretender, now()).err(), Some(Issuer));

    let mixed_up = Verifier::builder(ISSUER, AUDIENCE)
        .freshness(Freshness::Offline)
        .build(Keys::fixed(staging, key_set(&[staging_jwk])));
    assert_eq!(
        mixed_up.err(),
        Some(resource_sdk::BuildError::ForeignKeys { keys: staging.to_owned(), issuer: ISSUER.to_owned() })
    );
}
