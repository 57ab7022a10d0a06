//! The test vectors of docs/revocation-feed.md: made here from a published key, so that what the specification shows
//! is what the server says. RS256 gives the same signature each time. With `WRITE_VECTORS=1` the file is written anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::client::ClientId;
use idp_core::key::SigningKey;
use idp_core::revocation::{Batch, Entry, Moment, Nonce, Revocation, Revoked, Run};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::rand_core::{CryptoRng, Error, RngCore};
use rsa::{BigUint, RsaPrivateKey};
use serde_json::{Value, json};
use std::path::PathBuf;
use uuid::Uuid;

const ISSUER: &str = "https://idp.example";
/// As of when the vectors are made.
const NOW: UnixTime = UnixTime(1_700_000_000);
const AT_MS: i64 = 1_700_000_000_250;
/// What the run's clock showed when the node had the nonce.
const ANCHORED_MS: i64 = 60_100;
const NONCE: &str = "bm9uY2Ugb2YgYSByZWFkZXI";
/// The secret key of RFC 8032 7.1, test 1, as the random numbers from which the run's key is made.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
    0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
/// Its public key, which names the run.
const RUN: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

// The key that RFC 7515 A.2.1 publishes, private half included.
const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
    T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTB\
    EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD\
    TW9gb54h4FRWyuXpoQ";
const D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46su\
    i395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZH\
    HzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0\
    QU91p1DhOVRuOopznQ";
const P: &str = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8\
    cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc";
const Q: &str = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t\
    62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc";

fn number(text: &str) -> BigUint {
    BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(text).unwrap())
}

fn key() -> SigningKey {
    let primes = vec![number(P), number(Q)];
    let key = RsaPrivateKey::from_components(number(N), BigUint::from(65537_u32), number(D), primes).unwrap();
    SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap()
}

struct Seed;

impl CryptoRng for Seed {}

impl RngCore for Seed {
    fn next_u32(&mut self) -> u32 {
        0
    }
    fn next_u64(&mut self) -> u64 {
        0
    }
    fn fill_bytes(&mut self, octets: &mut [u8]) {
        octets.copy_from_slice(&SEED[..octets.len()]);
    }
    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(octets);
        Ok(())
    }
}

/// An entry of each kind, as the log numbers them. That of the user is not told: it leaves a gap.
fn revocations() -> Vec<Revocation> {
    let (user, session) = (Uuid::from_u128(0xA11CE), Uuid::from_u128(0x5E55));
    let revoked = [
        (Revoked::token("AAAAAAAAAAAAAAAAAAAAAQ.AAAAAAAAAAAAAAAAAAAAAg"), EndCause::RevokedByClient),
        (Revoked::grant(Uuid::from_u128(1)), EndCause::RefreshReuse),
        (Revoked::user(user, NOW), EndCause::PasswordChanged),
        (Revoked::session(session), EndCause::PasswordChanged),
        (Revoked::client(&ClientId::parse("site-a").unwrap(), NOW), EndCause::ClientRemoved),
        (Revoked::client_itself(&ClientId::parse("batch-b").unwrap(), NOW), EndCause::Administrator),
        (Revoked::all(NOW), EndCause::Administrator),
        (Revoked::key("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"), EndCause::Administrator),
    ];
    let numbered = (11..).zip(revoked);
    let expires_at = NOW.plus(30 * 60 + 120);
    numbered
        .map(|(number, (revoked, cause))| Revocation { number, revoked, cause, at: NOW, expires_at })
        .collect()
}

fn told(revocations: &[Revocation]) -> Vec<Entry> {
    revocations.iter().filter_map(|revocation| Entry::of(revocation, ISSUER, NOW)).collect()
}

/// What each entry names and why it ended, for those who have been shown such a token.
fn names() -> Vec<Value> {
    let told = |revocation: &Revocation| {
        let entry = serde_json::to_value(Entry::of(revocation, ISSUER, NOW)?).unwrap();
        let cause = entry.get("cause").map(|_| revocation.cause.as_str());
        let name = entry.get("name")?;
        Some(
            json!({ "n": entry["n"], "kind": entry["kind"], "value": revocation.revoked.value, "name": name, "cause": cause }),
        )
    };
    revocations().iter().filter_map(told).collect()
}

fn shown(name: &str, jws: &str) -> Value {
    let part = |place: usize| -> Value {
        let octets = URL_SAFE_NO_PAD.decode(jws.split('.').nth(place).unwrap()).unwrap();
        serde_json::from_slice(&octets).unwrap()
    };
    json!({ "name": name, "header": part(0), "payload": part(1), "jws": jws })
}

/// A statement made so many milliseconds after the anchor.
fn statement(name: &str, after_ms: i64, from: i64, to: i64, entries: &[Entry]) -> Value {
    let moment = Moment { uptime_ms: ANCHORED_MS + after_ms, at_ms: AT_MS + after_ms };
    let batch = Batch { run: RUN, moment, from, to, entries };
    shown(name, &batch.sign(&key(), ISSUER).unwrap())
}

fn anchor() -> String {
    let run = Run::generate(&mut Seed).unwrap();
    assert_eq!(run.id(), RUN);
    run.anchor(ISSUER, &Nonce::parse(NONCE).unwrap(), ANCHORED_MS).unwrap()
}

fn vectors() -> Value {
    let (early, late) = (told(&revocations()[..4]), told(&revocations()[4..]));
    json!({
        "note": "Made by crates/idp-core/tests/feed_vectors.rs. The keys are those of RFC 7515 A.2.1 and RFC 8032 7.1, known to everybody.",
        "issuer": ISSUER,
        "jwks": { "keys": [key().public_jwk()] },
        "nonce": NONCE,
        "anchor": shown("anchor", &anchor()),
        "statements": [
            statement("snapshot", -100, 0, 14, &early),
            statement("batch", 5, 14, 18, &late),
            statement("heartbeat", 1000, 18, 18, &[]),
        ],
        "names": names(),
    })
}

#[test]
fn m09_the_vectors_of_the_specification_are_what_the_server_says() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/revocation-feed-vectors.json");
    let made = vectors();
    if std::env::var_os("WRITE_VECTORS").is_some() {
        std::fs::write(&file, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let shown: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(shown, made, "the wire changed: if that is meant, write the vectors anew");
}

#[test]
fn m09_the_vectors_verify_by_the_published_key_alone() {
    let made = vectors();
    let key = DecodingKey::from_rsa_components(N, "AQAB").unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["iss"]);
    validation.validate_aud = false;
    for statement in made["statements"].as_array().unwrap() {
        let read =
            jsonwebtoken::decode::<Value>(statement["jws"].as_str().unwrap(), &key, &validation).unwrap();
        assert_eq!(read.header.typ.as_deref(), Some("revocations+jwt"));
        assert_eq!(read.claims, statement["payload"]);
    }
    let kinds = made["statements"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one["payload"]["entries"].as_array().unwrap());
    assert_eq!(
        kinds.map(|entry| entry["kind"].as_str().unwrap()).collect::<Vec<_>>(),
        ["jti", "grant", "sid", "client_id", "client_sub", "all", "kid"]
    );
}

#[test]
fn a2_the_anchor_verifies_by_the_name_of_the_run_alone() {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    let key = DecodingKey::from_ed_components(RUN).unwrap();
    let read = jsonwebtoken::decode::<Value>(&anchor(), &key, &validation).unwrap();
    assert_eq!(read.header.kid.as_deref(), Some(RUN));
    assert_eq!(read.claims, json!({ "iss": ISSUER, "nonce": NONCE, "uptime": ANCHORED_MS }));
}
