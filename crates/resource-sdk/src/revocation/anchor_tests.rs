#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, reason = "tests make their own keys")]
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://idp.example";
const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAA";

struct Run(Ed25519KeyPair);

impl Run {
    fn new() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap())
    }

    fn id(&self) -> String {
        BASE64URL.encode(self.0.public_key())
    }

    fn sign(&self, header: &Value, payload: &Value) -> String {
        let part = |part: &Value| BASE64URL.encode(part.to_string());
        let input = format!("{}.{}", part(header), part(payload));
        format!("{input}.{}", BASE64URL.encode(self.0.sign(input.as_bytes())))
    }
}

fn challenge() -> Challenge {
    Challenge { nonce: NONCE.to_owned(), sent: Instant::now() }
}

fn header(run: &Run) -> Value {
    json!({ "typ": TYPE, "alg": "EdDSA", "kid": run.id() })
}

fn payload() -> Value {
    json!({ "iss": ISSUER, "nonce": NONCE, "uptime": 60_100 })
}

#[test]
fn a2_an_anchor_ties_the_runs_clock_to_the_sending_of_the_request() {
    let (run, challenge) = (Run::new(), challenge());
    let anchor = Anchor::verify(&run.sign(&header(&run), &payload()), ISSUER, &challenge).unwrap();
    let expected = Anchor { run: RunId::parse(&run.id()).unwrap(), sent: challenge.sent, uptime_ms: 60_100 };
    assert_eq!(anchor, expected);
}

#[test]
fn a2_the_answer_to_another_request_is_no_anchor() {
    let (run, other, challenge) = (Run::new(), Run::new(), challenge());
    let with = |mut part: Value, name: &str, value: Value| {
        part[name] = value;
        part
    };
    let lies = [
        run.sign(&header(&run), &with(payload(), "nonce", json!("BBBBBBBBBBBBBBBBBBBBBB"))),
        run.sign(&header(&run), &with(payload(), "nonce", json!(null))),
        run.sign(&header(&run), &with(payload(), "iss", json!("https://other.example"))),
        run.sign(&header(&run), &with(payload(), "uptime", json!("60100"))),
        run.sign(&with(header(&run), "typ", json!("revocations+jwt")), &payload()),
        run.sign(&with(header(&run), "alg", json!("none")), &payload()),
        run.sign(&with(header(&run), "crit", json!(["exp"])), &payload()),
        run.sign(&with(header(&run), "kid", json!("short")), &payload()),
        other.sign(&header(&run), &payload()),
        String::new(),
        "a.b.c".to_owned(),
    ];
    for lie in lies {
        assert_eq!(Anchor::verify(&lie, ISSUER, &challenge), None, "{lie}");
    }
}

#[test]
fn a2_the_published_anchor_is_read_as_the_specification_says() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../../docs/revocation-feed-vectors.json")).unwrap();
    let challenge = Challenge { nonce: vectors["nonce"].as_str().unwrap().to_owned(), sent: Instant::now() };
    let jws = vectors["anchor"]["jws"].as_str().unwrap();
    let anchor = Anchor::verify(jws, ISSUER, &challenge).unwrap();
    let said = &vectors["statements"][0]["payload"];
    assert_eq!(Some(anchor.run), RunId::parse(said["run"].as_str().unwrap()));
    assert_eq!(anchor.uptime_ms, 60_100);
}
