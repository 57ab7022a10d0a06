//! What a verification costs beside the bare RSA operation, in one run on one machine:
//! `cargo bench -p resource-sdk`.
#![allow(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program of its own, with its own key"
)]

use std::{
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use resource_sdk::{Freshness, KeySet, Keys, UnixTime, Verifier};
use serde_json::json;

const ISSUER: &str = "https://idp.example";
const AUDIENCE: &str = "https://api.example";
/// Calls of each kind that the ratio is taken of.
const PAIRS: usize = 20_000;
const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// A token of the usual claims, everything that verifies it, and its parts.
struct Subject {
    token: String,
    input: String,
    signature: Vec<u8>,
    key: ParsedPublicKey,
    jwks: String,
}

impl Subject {
    fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let modulus = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        let exponent = pair.public_key().exponent().big_endian_without_leading_zero().to_vec();
        let encode = |octets: &[u8]| BASE64URL.encode(octets);
        let kid = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        let header = json!({"typ": "at+jwt", "alg": "RS256", "kid": kid}).to_string();
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "018f3f4e-8f2b-7cc0-b1f0-4d7c3c8e9a10", "client_id": "site-a",
            "scope": "openid profile read write", "jti": "018f3f4e-8f2b-7cc0-b1f0-4d7c3c8e9a11",
            "iat": NOW.as_secs(), "exp": NOW.as_secs() + 1_800, "sid": "018f3f4e-8f2b-7cc0-b1f0-4d7c3c8e9a12",
            "auth_time": NOW.as_secs(), "acr": "1", "amr": ["pwd"],
        });
        let input = format!("{}.{}", encode(header.as_bytes()), encode(claims.to_string().as_bytes()));
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        let jwk = json!({"kty": "RSA", "kid": kid, "n": encode(&modulus), "e": encode(&exponent)});
        let components = RsaPublicKeyComponents { n: &modulus, e: &exponent };
        Self {
            token: format!("{input}.{}", encode(&signature)),
            input,
            signature,
            key: components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).unwrap(),
            jwks: json!({ "keys": [jwk] }).to_string(),
        }
    }

    fn verifier(&self, cache: Option<u64>) -> Verifier {
        let keys = KeySet::from_jwks(self.jwks.as_bytes()).unwrap();
        let builder = Verifier::builder(ISSUER, AUDIENCE);
        let builder = match cache {
            Some(capacity) => builder.token_cache(capacity),
            None => builder,
        };
        builder.freshness(Freshness::Offline).build(Keys::fixed(ISSUER, keys)).unwrap()
    }
}

fn verify(criterion: &mut Criterion) {
    let subject = Subject::new();
    let mut group = criterion.benchmark_group("verify");
    group.throughput(Throughput::Elements(1));
    group.bench_function("bare_rsa", |bencher| {
        bencher.iter(|| {
            subject.key.verify_sig(black_box(subject.input.as_bytes()), &subject.signature).unwrap();
        });
    });
    let verifier = subject.verifier(None);
    group.bench_function("full", |bencher| {
        bencher.iter(|| verifier.verify(black_box(&subject.token), NOW).unwrap());
    });
    let stranger = subject.token.replacen('.', "x.", 1);
    group.bench_function("malformed", |bencher| {
        bencher.iter(|| verifier.verify(black_box(&stranger), NOW).unwrap_err());
    });
    let unknown = format!("{}.e30.AAAA", BASE64URL.encode(r#"{"typ":"at+jwt","alg":"RS256","kid":"x"}"#));
    group.bench_function("unknown_kid", |bencher| {
        bencher.iter(|| verifier.verify(black_box(&unknown), NOW).unwrap_err());
    });
    let caching = subject.verifier(Some(10_000));
    caching.verify(&subject.token, NOW).unwrap();
    group.bench_function("cache_hit", |bencher| {
        bencher.iter(|| caching.verify(black_box(&subject.token), NOW).unwrap());
    });
    bench_flood(&mut group, &verifier, &subject.token, unknown);
    group.finish();
}

/// The cost of a good token while another thread floods the verifier with unknown keys.
fn bench_flood(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    verifier: &Verifier,
    token: &str,
    unknown: String,
) {
    let stop = Arc::new(AtomicBool::new(false));
    let flood = thread::spawn({
        let (stop, verifier) = (Arc::clone(&stop), verifier.clone());
        move || {
            while !stop.load(Ordering::Relaxed) {
                let _refused = verifier.verify(&unknown, NOW);
            }
        }
    });
    group.bench_function("full_during_flood", |bencher| {
        bencher.iter(|| verifier.verify(black_box(token), NOW).unwrap());
    });
    stop.store(true, Ordering::Relaxed);
    flood.join().unwrap();
}

/// The two costs in turn, call by call: other load on the machine, which moves a whole measurement of
/// criterion's, hits both alike. 1.15 is the goal.
fn ratio(_: &mut Criterion) {
    let subject = Subject::new();
    let verifier = subject.verifier(None);
    let time = |work: &dyn Fn()| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    let bare = || subject.key.verify_sig(black_box(subject.input.as_bytes()), &subject.signature).unwrap();
    let full = || drop(verifier.verify(black_box(&subject.token), NOW).unwrap());
    let (mut bares, mut fulls) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        bares.push(time(&bare));
        fulls.push(time(&full));
    }
    let [bare, full] = [bares, fulls].map(|mut times| {
        times.sort_unstable();
        times[PAIRS / 2].as_secs_f64() * 1e6
    });
    println!(
        "verify/ratio            full {full:.1} µs, bare RSA {bare:.1} µs: {:.3} (medians)",
        full / bare
    );
}

criterion_group!(benches, ratio, verify);
criterion_main!(benches);
