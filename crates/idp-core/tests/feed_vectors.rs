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
use idp_core::revocation::{Batch, Revocation, Revoked};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::{BigUint, RsaPrivateKey};
use serde_json::{Value, json};
use std::path::PathBuf;
use uuid::Uuid;

const ISSUER: &str = "https://idp.example";
/// As of when the vectors are made.
const NOW: UnixTime = UnixTime(1_700_000_000);
const AT_MS: i64 = 1_700_000_000_250;

// RFC 7515 A.2.1: everybody has this key.
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

/// One entry of each kind, as the log numbers them.
fn entries() -> Vec<Revocation> {
    let (user, session) = (Uuid::from_u128(0xA11CE), Uuid::from_u128(0x5E55));
    let revoked = [
        (Revoked::token("AAAAAAAAAAAAAAAAAAAAAQ.AAAAAAAAAAAAAAAAAAAAAg"), EndCause::RevokedByClient),
        (Revoked::grant(Uuid::from_u128(1)), EndCause::RefreshReuse),
        (Revoked::session(session), EndCause::LoggedOut),
        (Revoked::user(user, NOW), EndCause::PasswordChanged),
        (Revoked::client(&ClientId::parse("site-a").unwrap(), NOW), EndCause::ClientRemoved),
        (Revoked::all(NOW), EndCause::Administrator),
        (Revoked::key("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"), EndCause::Administrator),
    ];
    let numbered = (11..).zip(revoked);
    let expires_at = NOW.plus(30 * 60 + 120);
    numbered
        .map(|(number, (revoked, cause))| Revocation { number, revoked, cause, at: NOW, expires_at })
        .collect()
}

fn vector(name: &str, batch: Batch<'_>) -> Value {
    let jws = batch.sign(&key(), ISSUER).unwrap();
    let part = |place: usize| -> Value {
        let octets = URL_SAFE_NO_PAD.decode(jws.split('.').nth(place).unwrap()).unwrap();
        serde_json::from_slice(&octets).unwrap()
    };
    json!({ "name": name, "header": part(0), "payload": part(1), "jws": jws })
}

fn vectors() -> Value {
    let entries = entries();
    json!({
        "note": "Made by crates/idp-core/tests/feed_vectors.rs. The key is that of RFC 7515 A.2.1, known to everybody.",
        "issuer": ISSUER,
        "jwks": { "keys": [key().public_jwk()] },
        "statements": [
            vector("snapshot", Batch { from: 0, to: 14, at_ms: AT_MS, entries: &entries[..4] }),
            vector("batch", Batch { from: 14, to: 17, at_ms: AT_MS + 5, entries: &entries[4..] }),
            vector("heartbeat", Batch { from: 17, to: 17, at_ms: AT_MS + 1000, entries: &[] }),
        ],
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
        ["jti", "grant", "sid", "sub", "client_id", "all", "kid"]
    );
}
