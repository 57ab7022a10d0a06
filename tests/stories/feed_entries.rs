//! What travels over the revocation feed, and what a listener learns from it: names and causes for those who were shown
//! the token, nothing for the others; and that listening is a permission. docs/revocation-feed.md, sections 4 and 9.

use crate::feed::{Reader, snapshot, take_back};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::revocation::UNDER_WAY;
use idp_core::session::EndCause;
use idp_server::config::ConfigDuration;
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::{ClientSpec, SignedIn, TestIdp, jwt};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn kinds(event: &Value) -> Vec<&str> {
    event["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect()
}

/// The name of a value on the wire (docs/revocation-feed.md, section 4).
fn name(idp: &TestIdp, kind: &str, value: &str) -> String {
    let input = format!("revocation-feed name\0{}\0{kind}\0{value}", idp.issuer);
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, input.as_bytes()).as_ref()[..16])
}

/// Why an entry ended what is called `value`; `None` when that does not open it.
fn cause(idp: &TestIdp, entry: &Value, value: &str) -> Option<String> {
    let mut octets = URL_SAFE_NO_PAD.decode(entry["cause"].as_str()?).unwrap();
    let info = [b"revocation-feed cause\0", idp.issuer.as_bytes()];
    let key = Salt::new(HKDF_SHA256, &[]).extract(value.as_bytes());
    let key = LessSafeKey::new(UnboundKey::from(key.expand(&info, &AES_256_GCM).unwrap()));
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&entry["n"].as_i64().unwrap().to_be_bytes());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let text = key.open_in_place(nonce, Aad::empty(), &mut octets).ok()?;
    Some(std::str::from_utf8(text).unwrap().trim_end().to_owned())
}

/// The news is one entry, about this value, for this cause.
#[track_caller]
fn is_about(idp: &TestIdp, event: &Value, kind: &str, value: &str, why: &str) {
    assert_eq!(kinds(event), [kind]);
    let entry = &event["entries"][0];
    assert_eq!(entry["name"], name(idp, kind, value));
    assert_eq!(cause(idp, entry, value).as_deref(), Some(why));
}

fn claim(token: &str, name: &str) -> String {
    jwt::claims(token)[name].as_str().unwrap().to_owned()
}

fn grant_of(token: &str) -> String {
    claim(token, "jti").split('.').next().unwrap().to_owned()
}

#[tokio::test]
async fn m09_every_cause_reaches_a_listener() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let mut reader = Reader::open(idp, site, None).await;
    assert_eq!(reader.next().await["entries"], json!([]));

    let revoked = idp.post_as(site, "/revoke", &[("token", story.access_token())]).await;
    assert_eq!(revoked.status, 200);
    let jti = claim(story.access_token(), "jti");
    is_about(idp, &reader.news().await, "jti", &jti, "revoked_by_client");

    let second = story.grant().await;
    assert_eq!(idp.post_as(site, "/revoke", &[("token", second.text("refresh_token"))]).await.status, 200);
    let grant = grant_of(second.text("access_token"));
    is_about(idp, &reader.news().await, "grant", &grant, "revoked_by_client");

    let code = story.code().await;
    let opened = idp.redeem(site, &code).await;
    assert_eq!(idp.redeem(site, &code).await.status, 400);
    let grant = grant_of(opened.text("access_token"));
    is_about(idp, &reader.news().await, "grant", &grant, "code_reuse");

    let third = story.grant().await;
    assert_eq!(idp.refresh(site, third.text("refresh_token")).await.status, 200);
    idp.clock.advance(11);
    assert_eq!(idp.refresh(site, third.text("refresh_token")).await.status, 400);
    let grant = grant_of(third.text("access_token"));
    is_about(idp, &reader.news().await, "grant", &grant, "refresh_reuse");

    take_back(idp, Target::User(story.alice), EndCause::Administrator).await;
    let sid = claim(story.access_token(), "sid");
    is_about(idp, &reader.news().await, "sid", &sid, "administrator");

    take_back(idp, Target::Everybody, EndCause::Administrator).await;
    let event = reader.news().await;
    assert_eq!(kinds(&event), ["all"]);
    assert_eq!(event["entries"][0]["issued_before"], idp.clock.now().as_secs() + UNDER_WAY);

    let kid = idp.app.keys.ring().signer().unwrap().kid().to_owned();
    idp.operator().give_up_key(kid.clone(), idp.clock.now()).await.unwrap();
    let event = reader.news().await;
    assert_eq!(kinds(&event), ["kid"]);
    assert_eq!(event["entries"][0]["name"], kid);
}

#[tokio::test]
async fn a11_a_listener_learns_nothing_about_people_whom_it_does_not_know() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, other) = (&story.idp, ClientSpec::confidential("site-b"));
    idp.add_client(&other).await;
    let second = story.grant().await;
    let (first, second) = (story.access_token(), second.text("access_token"));
    let mut reader = Reader::open(idp, &other, None).await;
    reader.next().await;

    assert_eq!(idp.post_as(&story.site, "/revoke", &[("token", second)]).await.status, 200);
    let of_token = reader.news().await;
    take_back(idp, Target::DisabledUser(story.alice), EndCause::UserDisabled).await;
    let of_person = reader.news().await;
    take_back(idp, Target::Client { id: story.site.client.id.clone(), seen: None }, EndCause::ClientRemoved)
        .await;
    let of_client = reader.news().await;
    let all = snapshot(idp, &other).await;

    let values = [claim(second, "jti"), claim(first, "sid"), story.alice.to_string(), "site-a".to_owned()];
    let causes = EndCause::ALL.map(|cause| cause.as_str().to_owned());
    for told in [&of_token, &of_person, &of_client, &all] {
        let text = told.to_string();
        for hidden in values.iter().chain(&causes) {
            assert!(!text.contains(hidden.as_str()), "{hidden} in {text}");
        }
        for entry in told["entries"].as_array().unwrap() {
            assert!(["jti", "sid", "client_id"].contains(&entry["kind"].as_str().unwrap()), "{entry}");
            assert_eq!(cause(idp, entry, "a value that it made up"), None);
            assert_eq!(entry["cause"].as_str().unwrap().len(), 64, "no length tells which it is");
        }
    }
    // The site that was shown the token finds it, and the same bytes tell it why.
    is_about(idp, &of_person, "sid", &claim(first, "sid"), "user_disabled");
}

#[tokio::test]
async fn a11_every_session_of_a_person_is_named_and_no_person() {
    let idp = TestIdp::start_with(|config| config.session.idle = ConfigDuration::seconds(600)).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let mut reader = Reader::open(idp, site, None).await;
    // This one lies idle for so long that it can be used no more, and its token is still good.
    idp.clock.advance(700);
    let phone = idp.browser().sign_in_for_tokens(idp, site, "alice").await;
    let hash = idp
        .app
        .hashing
        .hash(&WorkOf::operator(), idp_tests::typed("another good long passphrase"))
        .await
        .unwrap();
    take_back(idp, Target::Password { user: story.alice, hash }, EndCause::PasswordChanged).await;
    let sids = [story.access_token(), phone.text("access_token")].map(|token| claim(token, "sid"));
    let mut expected = BTreeSet::from(sids.map(|sid| name(idp, "sid", &sid)));
    while !expected.is_empty() {
        for entry in reader.news().await["entries"].as_array().unwrap() {
            assert!(expected.remove(entry["name"].as_str().unwrap()), "{entry}");
        }
    }
}

#[tokio::test]
async fn a11_listening_is_a_permission_of_the_client() {
    let idp = TestIdp::start().await;
    let (site, mut other) = (ClientSpec::confidential("site-a"), ClientSpec::confidential("site-b"));
    other.client.metadata.follows_feed = false;
    idp.add_client(&site).await;
    idp.add_client(&other).await;
    for accept in ["text/event-stream", "application/jwt"] {
        let ask = async |site: &ClientSpec| {
            let request = idp.http.get(idp.url("/revocations")).header("Accept", accept);
            request.basic_auth(site.id(), site.secret.as_ref()).send().await.unwrap()
        };
        assert_eq!(ask(&site).await.status(), 200, "{accept}");
        let refused = ask(&other).await;
        assert_eq!(refused.status(), 403, "{accept}");
        assert_eq!(refused.headers()["cache-control"], "no-store");
        assert_eq!(refused.json::<Value>().await.unwrap()["error"], "access_denied");
    }
    let said = [("instance", "one"), ("number", "0")];
    let refused = idp.post_as(&other, "/revocations/acknowledgements", &said).await;
    assert_eq!(refused.refusal(), (403, "access_denied"));
}
