//! What tokens and passwords cost. Minting is to be read as a ratio: the same signature by aws-lc alone,
//! in the same run, is what it could cost at best.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use criterion::{Criterion, criterion_group, criterion_main};
use idp_core::authentication::{Acr, Factor, Proofs};
use idp_core::key::{KeyRing, RotationPolicy, SigningKey, provider};
use idp_core::password::{self, Password, PasswordParams};
use idp_core::time::UnixTime;
use idp_core::token::{
    AccessTokenClaims, Audience, ExpiryRule, PersonClaims, PrivateClaims, TokenId, mint_access_token,
    read_access_token,
};
use rand_core::OsRng;
use uuid::Uuid;

const ISSUER: &str = "https://idp.example.com";
const NOW: UnixTime = UnixTime(1_800_000_000);

fn claims() -> AccessTokenClaims {
    AccessTokenClaims {
        iss: ISSUER.to_owned(),
        sub: Uuid::from_u128(1).to_string(),
        aud: Audience::new(["https://a.example.com".to_owned(), ISSUER.to_owned()]),
        client_id: "site-a".to_owned(),
        scope: "openid profile email".to_owned(),
        jti: TokenId::for_grant(Uuid::from_u128(2), 0, &mut OsRng),
        iat: NOW,
        exp: NOW.plus(1800),
        person: Some(PersonClaims::new(
            Uuid::from_u128(3),
            &Proofs::of(Factor::Password, NOW),
            &Acr::parse("1").unwrap(),
        )),
        private: PrivateClaims::none(),
    }
}

/// `signature_alone` is the floor, `mint` what we do, `shipped_provider` what it would be without ours.
#[allow(clippy::disallowed_methods, reason = "the floor to measure against signs without us")]
fn minting(c: &mut Criterion) {
    provider::install();
    let key = SigningKey::generate(2048).unwrap();
    let parsed = KeyPair::from_der(key.encoding_key().as_bytes()).unwrap();
    let claims = claims();
    let token = mint_access_token(&key, &claims).unwrap();
    let message = token.rsplit_once('.').unwrap().0.as_bytes().to_vec();
    let shipped = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.signer_factory;

    let mut group = c.benchmark_group("rs256_2048");
    group.bench_function("signature_alone", |b| {
        let mut signature = vec![0; parsed.public_modulus_len()];
        let rng = SystemRandom::new();
        b.iter(|| parsed.sign(&RSA_PKCS1_SHA256, &rng, black_box(&message), &mut signature).unwrap());
    });
    group.bench_function("mint", |b| b.iter(|| mint_access_token(&key, black_box(&claims)).unwrap()));
    group.bench_function("shipped_provider", |b| {
        b.iter(|| {
            let signer = shipped(&jsonwebtoken::Algorithm::RS256, key.encoding_key()).unwrap();
            signer.try_sign(black_box(&message)).unwrap()
        });
    });
    let ring = KeyRing::new(RotationPolicy::default(), []).add(key.clone(), NOW);
    let expiry = ExpiryRule::Enforce { leeway: 0 };
    group.bench_function("read_back", |b| {
        b.iter(|| read_access_token(black_box(&token), &ring, ISSUER, NOW, expiry).unwrap());
    });
    group.finish();
}

fn hashing(c: &mut Criterion) {
    let params = PasswordParams::default();
    let mut memory = Vec::new();
    let typed = |text: &str| Password::typed(text.to_owned().into()).unwrap();
    let another = typed("another password");
    let phc =
        password::hash(&typed("gravel teapot nineteen owls"), &params, &mut OsRng, &mut memory).unwrap();
    let mut group = c.benchmark_group("argon2id_19456_2_1");
    group.sample_size(20);
    group.bench_function("verify", |b| {
        b.iter(|| password::verify(black_box(&another), &phc, &params, &mut memory).unwrap());
    });
    group.bench_function("verify_with_fresh_memory", |b| {
        b.iter(|| password::verify(black_box(&another), &phc, &params, &mut Vec::new()).unwrap());
    });
    group.finish();
}

criterion_group!(benches, minting, hashing);
criterion_main!(benches);
