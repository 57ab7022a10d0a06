//! ID tokens that only the site can read: signed, then encrypted for its key.

use idp_core::key::EncryptionKey;
use idp_tests::sites::TestSite;
use idp_tests::{Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, jwt};
use resource_sdk::sign_in::DecryptionKey;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use std::sync::LazyLock;

static KEY: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap());

fn registered() -> Option<EncryptionKey> {
    let pem = KEY.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
    Some(EncryptionKey::parse(&pem).unwrap())
}

fn private() -> DecryptionKey {
    DecryptionKey::from_pkcs8_pem(&KEY.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap()
}

async fn enter(browser: &Browser, site: &TestSite) -> u16 {
    let page = browser.visit(site.url("/auth/login?return_to=/")).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    browser.follow(answer).await.status
}

async fn is_known(browser: &Browser, site: &TestSite) -> bool {
    browser.open(site.url("/")).await.body.contains("The alice")
}

#[tokio::test]
async fn m16_a_site_signs_people_in_and_out_with_encrypted_id_tokens() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let site = TestSite::start_with(&idp, "a", "Site A", |spec, config| {
        spec.client.metadata.id_token_encryption_key = registered();
        config.decryption_keys = vec![private()];
    })
    .await;
    let browser = idp.browser();
    assert_eq!(enter(&browser, &site).await, 200);
    assert!(is_known(&browser, &site).await);

    // The hint is the token from inside, which the provider can read: no question is asked.
    let csrf_token = browser.open(site.url("/")).await.input("csrf_token");
    let left = browser.post(site.url("/auth/logout"), &[("csrf_token", &csrf_token)]).await;
    let back = browser.open(left.location().unwrap()).await;
    assert!(back.location().unwrap().as_str().starts_with(&site.url("/auth/logged-out")), "{back:?}");
    assert!(!is_known(&browser, &site).await);
}

#[tokio::test]
async fn m16_a_site_with_a_key_takes_no_id_token_that_is_not_encrypted_for_it() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let plain = TestSite::start_with(&idp, "a", "Site A", |_, config| {
        config.decryption_keys = vec![private()];
    })
    .await;
    let unread = TestSite::start_with(&idp, "b", "Site B", |spec, _| {
        spec.client.metadata.id_token_encryption_key = registered();
    })
    .await;
    for site in [&plain, &unread] {
        let browser = idp.browser();
        assert_eq!(enter(&browser, site).await, 400, "{}", site.base_url);
        assert!(!is_known(&browser, site).await);
    }
}

#[tokio::test]
async fn j17_an_encrypted_id_token_is_opaque_to_everybody_else() {
    let mut site = ClientSpec::confidential("site-a");
    site.client.metadata.id_token_encryption_key = registered();
    let alice = SignedIn::at(site).await;
    let (idp, token) = (&alice.idp, alice.id_token());
    assert_eq!(token.split('.').count(), 5);
    let header = jwt::header(token);
    let kid = registered().unwrap().kid().to_owned();
    let expected = serde_json::json!({
        "alg": "RSA-OAEP-256", "enc": "A256GCM", "typ": "JWT", "cty": "JWT", "kid": kid,
    });
    assert_eq!(header, expected);
    assert_eq!(alice.access_token().split('.').count(), 3, "access tokens are for the site's verifier");

    assert_eq!(idp.userinfo(token).await.status, 401);
    assert!(!idp.is_active(&alice.site, token).await);
    let resource = TestSite::start(idp, "b", "Site B").await;
    let request = idp.http.get(resource.url("/api/profile")).bearer_auth(token);
    assert_eq!(idp.send(request).await.refusal(), (401, "invalid_token"));
}

#[tokio::test]
async fn m16_the_metadata_says_what_is_offered() {
    let idp = TestIdp::start().await;
    let metadata = idp.send(idp.http.get(idp.url("/.well-known/openid-configuration"))).await.body;
    assert_eq!(metadata["id_token_encryption_alg_values_supported"], serde_json::json!(["RSA-OAEP-256"]));
    assert_eq!(metadata["id_token_encryption_enc_values_supported"], serde_json::json!(["A256GCM"]));
    assert_eq!(metadata["backchannel_logout_supported"], true);
    assert_eq!(metadata["backchannel_logout_session_supported"], true);
}
