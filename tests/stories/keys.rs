//! Signing keys over time (RFC 7517, RFC 7638): published before they sign and for as long as what they signed
//! is about, so that a site which follows the key set's own lifetime never refuses a valid token.

use aws_lc_rs::digest::{SHA256, digest};
use idp_core::key::ring::{JWKS_LIFETIME, RotationPolicy};
use idp_core::token::{ExpiryRule, read_access_token};
use idp_server::config::Config;
use idp_tests::{ClientSpec, SignedIn, TestIdp, jwt};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use std::collections::BTreeMap;

const HOUR: i64 = 60 * 60;
const ACCESS: i64 = 30 * 60;

/// Rotates every two hours, which is as fast as a test can wait for.
fn hasty(config: &mut Config) {
    config.key.rotate_every = "2h".parse().unwrap();
    config.key.publish_ahead = "40m".parse().unwrap();
    config.key.keep_retired = "25h".parse().unwrap();
}

async fn jwks(idp: &TestIdp) -> Value {
    idp.send(idp.http.get(idp.url("/jwks"))).await.body
}

async fn maintain(idp: &TestIdp) {
    for app in idp.nodes() {
        app.keys.maintain(&app.store, idp.clock.now()).await.unwrap();
    }
}

async fn rotate(idp: &TestIdp) -> bool {
    let now = idp.clock.now();
    let rotated = idp.operator().rotate_keys(now).await.is_ok();
    // As the others do within the minute.
    for other in idp.nodes().skip(1) {
        other.keys.maintain(&other.store, now).await.unwrap();
    }
    rotated
}

fn kids(jwks: &Value) -> Vec<String> {
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// A site: fetches the key set when its copy is as old as it may be, and never in between.
struct Site {
    keys: BTreeMap<String, DecodingKey>,
    fetched_at: i64,
}

impl Site {
    async fn holds(idp: &TestIdp) -> Self {
        let jwks = jwks(idp).await;
        let key = |key: &Value| {
            DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap()
        };
        let keys = jwks["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|jwk| (jwk["kid"].as_str().unwrap().to_owned(), key(jwk)))
            .collect();
        Self { keys, fetched_at: idp.now() }
    }

    async fn refetch(&mut self, idp: &TestIdp) {
        if idp.now() - self.fetched_at >= JWKS_LIFETIME {
            *self = Self::holds(idp).await;
        }
    }

    #[track_caller]
    fn verify(&self, token: &str, at: i64) {
        let kid = jwt::header(token)["kid"].as_str().unwrap().to_owned();
        let key = self.keys.get(&kid).unwrap_or_else(|| panic!("a site at {at} does not hold {kid}"));
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode::<Value>(token, key, &validation).unwrap();
    }
}

#[tokio::test]
async fn s112_the_kid_is_the_thumbprint_and_conditional_requests_cost_nothing() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let answer = idp.send(idp.http.get(idp.url("/jwks"))).await;
    for key in answer.body["keys"].as_array().unwrap() {
        let canonical = format!(r#"{{"e":{},"kty":"RSA","n":{}}}"#, key["e"], key["n"]);
        assert_eq!(key["kid"], jwt::encode(digest(&SHA256, canonical.as_bytes())).as_str());
    }
    for token in [story.access_token(), story.id_token()] {
        assert!(kids(&answer.body).iter().any(|kid| jwt::header(token)["kid"] == kid.as_str()));
    }
    let tag = answer.header("etag").to_owned();
    assert!(tag.len() > 10 && answer.header("cache-control") == format!("public, max-age={JWKS_LIFETIME}"));
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let again = idp.send(idp.http.get(idp.url("/jwks")).header("if-none-match", &known)).await;
        assert_eq!(
            (again.status, again.header("etag"), &again.body),
            (304, tag.as_str(), &Value::Null),
            "{known}"
        );
    }
    for other in ["\"x\"", "x", "", tag.trim_matches('"')] {
        let again = idp.send(idp.http.get(idp.url("/jwks")).header("if-none-match", other)).await;
        assert_eq!((again.status, again.body["keys"].as_array().unwrap().len()), (200, 2), "{other:?}");
    }
    let head = idp.send(idp.http.head(idp.url("/jwks"))).await;
    assert_eq!((head.status, head.header("etag")), (200, tag.as_str()));
}

#[tokio::test]
async fn s112_a_key_signs_only_after_every_verifier_can_hold_it() {
    let idp = TestIdp::start_with(hasty).await;
    let before = jwks(&idp).await;
    let signer = idp.app.keys.ring().signer().unwrap().kid().to_owned();
    assert!(!rotate(&idp).await, "the next key was published this very second");
    idp.clock.advance(40 * 60 - 1);
    assert!(!rotate(&idp).await, "one second early");
    assert_eq!(
        (jwks(&idp).await, idp.app.keys.ring().signer().unwrap().kid()),
        (before.clone(), signer.as_str())
    );
    idp.clock.advance(1);
    assert!(rotate(&idp).await);
    let after = jwks(&idp).await;
    let now_signs = idp.app.keys.ring().signer().unwrap().kid().to_owned();
    assert!(now_signs != signer && kids(&before).contains(&now_signs), "the one that waited signs");
    assert!(kids(&after).contains(&signer), "the former one is still published");
    assert_eq!(kids(&after).len(), 3, "and there is one that waits again");
    assert!(!rotate(&idp).await, "twice in a row would skip the waiting");
    // Gone once nothing that it signed can be valid.
    for (wait, published) in [(25 * HOUR - 1, true), (1, false)] {
        idp.clock.advance(wait);
        assert_eq!(kids(&jwks(&idp).await).contains(&signer), published);
    }
    // One turn of the timer lets the next key sign, for it is due by now; the turn after it finds time for the rest.
    for _ in 0..2 {
        maintain(&idp).await;
    }
    let ring = idp.app.keys.ring();
    assert!(ring.keys().iter().all(|entry| entry.key.kid() != signer), "forgotten, not only hidden");
}

#[test]
fn s112_timings_under_which_valid_tokens_would_be_refused_do_not_exist() {
    let (day, publish) = (24 * HOUR, 2 * JWKS_LIFETIME);
    assert!(RotationPolicy::new(30 * day, publish, ACCESS + 120, ACCESS).is_ok());
    for (rotate, publish, keep) in [
        (30 * day, publish - 1, day),
        (30 * day, 0, day),
        (publish, publish, day),
        (30 * day, publish, ACCESS + 119),
        (30 * day, publish, 0),
    ] {
        assert!(RotationPolicy::new(rotate, publish, keep, ACCESS).is_err(), "{rotate} {publish} {keep}");
    }
}

#[tokio::test]
async fn s112_rotation_during_traffic_refuses_no_valid_token() {
    let idp = TestIdp::start_with(hasty).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let (idp, client) = (&story.idp, &story.site);
    // Sites fetched the keys at different moments, so that some copy is always about to run out.
    let mut sites = Vec::new();
    let mut about: Vec<(i64, String)> = Vec::new();
    let mut signers = std::collections::BTreeSet::new();
    let mut refresh_token = story.refresh_token().to_owned();
    for step in 0..160 {
        idp.clock.advance(150);
        // The timer's turn and the traffic at the same time.
        let (_, tokens) =
            futures_util::future::join(maintain(idp), idp.refresh(client, &refresh_token)).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        refresh_token = tokens.text("refresh_token").to_owned();
        about.push((idp.now(), tokens.text("access_token").to_owned()));
        about.retain(|(made_at, _)| idp.now() - made_at < ACCESS);
        signers.insert(jwt::header(tokens.text("access_token"))["kid"].to_string());
        if step < 4 {
            sites.push(Site::holds(idp).await);
        }
        for site in &mut sites {
            site.refetch(idp).await;
        }
        for (_, token) in &about {
            for site in &sites {
                site.verify(token, idp.now());
            }
            let expiry = ExpiryRule::Enforce { leeway: 0 };
            read_access_token(token, &idp.app.keys.ring(), &idp.issuer, idp.clock.now(), expiry).unwrap();
        }
        assert_eq!(idp.userinfo(&about[0].1).await.status, 200, "the oldest that is valid");
    }
    assert!(signers.len() >= 3, "{signers:?}");
}
