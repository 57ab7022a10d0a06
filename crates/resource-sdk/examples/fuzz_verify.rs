//! Feeds mutated tokens and key sets to the verifier for as many rounds as the first argument says.
//! It stops with an error at the first that is accepted without being the good one:
//! `cargo run -p resource-sdk --release --example fuzz_verify -- 10000000`
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program of its own, with its own key")]

mod mutation;

use std::{env, error::Error, thread, time::Instant};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use mutation::Mutator;
use resource_sdk::{Freshness, KeySet, Keys, UnixTime, Verifier};
use serde_json::json;

const ISSUER: &str = "https://idp.example";
const AUDIENCE: &str = "https://api.example";
const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let rounds: u64 = env::args().nth(1).map_or(Ok(1_000_000), |rounds| rounds.parse())?;
    let threads = thread::available_parallelism()?.get() as u64;
    let (jwks, token) = provider()?;
    let started = Instant::now();
    let workers: Vec<_> = (0..threads)
        .map(|seed| {
            let (jwks, token) = (jwks.clone(), token.clone());
            thread::spawn(move || run(&jwks, &token, rounds.div_ceil(threads), seed + 1))
        })
        .collect();
    let mut accepted = 0;
    for worker in workers {
        accepted += worker.join().map_err(|_| "a panic")??;
    }
    println!("{rounds} rounds in {:?}; {accepted} accepted, all of them the good token", started.elapsed());
    Ok(())
}

/// One thread's share; answers how often the good token came out unharmed.
fn run(jwks: &str, good: &str, rounds: u64, seed: u64) -> Result<u64, Failure> {
    let verifier = Verifier::builder(ISSUER, AUDIENCE)
        .freshness(Freshness::Offline)
        .build(Keys::fixed(ISSUER, KeySet::from_jwks(jwks.as_bytes())?))?;
    verifier.verify(good, NOW)?;
    let mut mutator = Mutator::new(seed);
    let mut accepted = 0;
    for round in 0..rounds {
        if round % 50 == 0 {
            let _outcome = KeySet::from_jwks(mutator.mutate_json(jwks).as_bytes());
        }
        let token = damaged(&mut mutator, good, round);
        if verifier.verify(&token, NOW).is_ok() {
            if token != good {
                return Err(format!("accepted: {token}").into());
            }
            accepted += 1;
        }
    }
    Ok(accepted)
}

/// Damage to the text of a token, or to the JSON inside one of its segments.
fn damaged(mutator: &mut Mutator, good: &str, round: u64) -> String {
    let mut segments: Vec<String> = good.split('.').map(str::to_owned).collect();
    let Some(segment) = segments.get_mut((round % 4) as usize).filter(|_| round % 4 < 2) else {
        return mutator.mutate(good.as_bytes());
    };
    let text = BASE64URL.decode(&segment).unwrap_or_default();
    *segment = BASE64URL.encode(mutator.mutate_json(&String::from_utf8_lossy(&text)));
    segments.join(".")
}

/// A key set and a token that is good under it.
fn provider() -> Result<(String, String), Failure> {
    let key = KeyPair::generate(KeySize::Rsa2048)?;
    let public = key.public_key();
    let (n, e) = (public.modulus(), public.exponent());
    let encode = |octets: &[u8]| BASE64URL.encode(octets);
    let jwk = json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k",
        "n": encode(n.big_endian_without_leading_zero()), "e": encode(e.big_endian_without_leading_zero()),
    });
    let header = json!({"typ": "at+jwt", "alg": "RS256", "kid": "k"}).to_string();
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "u", "client_id": "c", "jti": "j", "scope": "read",
        "iat": NOW.as_secs(), "exp": NOW.as_secs() + 300, "auth_time": NOW.as_secs(),
    });
    let input = format!("{}.{}", encode(header.as_bytes()), encode(claims.to_string().as_bytes()));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)?;
    Ok((json!({ "keys": [jwk] }).to_string(), format!("{input}.{}", encode(&signature))))
}
