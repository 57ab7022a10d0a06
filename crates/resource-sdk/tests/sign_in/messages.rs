//! What an operator reads when a site does not start: the setting, its value and what to do, once.

use std::error::Error;

use resource_sdk::{
    Freshness, KeyOptions, KeySet, Keys, RemoteKeys, Verifier,
    sign_in::{ClientCredentials, DecryptionKey, SignIn, SignInBuilder},
};

use crate::provider::{Provider, Size};

const ISSUER: &str = "https://idp.example";

fn verifier(issuer: &str) -> Verifier {
    let keys = Keys::fixed(issuer, Provider::keys(Size::Small));
    Verifier::builder(issuer, "https://a.example").freshness(Freshness::Offline).build(keys).unwrap()
}

fn site(base_url: &str) -> SignInBuilder {
    SignIn::builder(verifier(ISSUER), ClientCredentials::public("site-a"), base_url)
}

/// Every message of an error and its causes, as a log that prints the chain would.
fn messages(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut messages = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        messages.push(cause.to_string());
        source = cause.source();
    }
    messages
}

#[track_caller]
fn check(error: impl Error + 'static, named: &[&str]) {
    let message = error.to_string();
    for part in named {
        assert!(message.contains(part), "{part} is missing in: {message}");
    }
    assert!(!message.contains("s3cret"), "{message}");
    // `main` prints what it returns with `{:?}`.
    let boxed: Box<dyn Error> = error.into();
    assert!(format!("{boxed:?}").starts_with(&message), "{boxed:?}");
    let all = messages(boxed.as_ref());
    for (at, message) in all.iter().enumerate() {
        assert!(all.iter().skip(at + 1).all(|other| !message.contains(other.as_str())), "twice: {all:?}");
    }
}

#[actix_web::test]
async fn b10_a_setting_that_cannot_work_is_named_with_its_value_and_the_mend() {
    let base_url = "SignIn::builder: the site's address";
    check(site("a.example").build().unwrap_err(), &[base_url, "\"a.example\"", "https://host"]);
    check(site("https://me:s3cret@a.example").build().unwrap_err(), &[base_url, "a.example", "credentials"]);
    let good = || site("https://a.example");
    check(good().mount("auth/").build().unwrap_err(), &["mount", "\"auth/\"", "such as /auth"]);
    check(good().scopes(["profile"]).build().unwrap_err(), &["scopes", "profile", "add it"]);
    let outside = good().after_sign_in("https://evil.example").build().unwrap_err();
    check(outside, &["after_sign_in", "evil.example", "/account"]);
    let within = good().after_sign_out("/auth/login").build().unwrap_err();
    check(within, &["after_sign_out", "/auth/login"]);
    let nameless = SignIn::builder(verifier(ISSUER), ClientCredentials::public(""), "https://a.example");
    check(nameless.build().unwrap_err(), &["ClientCredentials", "registered"]);
    let query = SignIn::builder(
        verifier("https://idp.example?x"),
        ClientCredentials::public("a"),
        "https://a.example",
    );
    check(query.build().unwrap_err(), &["issuer", "https://idp.example?x", "query"]);
    check(DecryptionKey::from_pkcs8_pem("x").unwrap_err(), &["decryption key", "openssl genpkey"]);
}

#[actix_web::test]
async fn b10_an_issuer_that_cannot_be_one_is_shown_without_its_password() {
    for (issuer, shown) in
        [("http://idp.example", "http://idp.example"), ("https://me:s3cret@idp.example", "idp.example")]
    {
        let refused = RemoteKeys::start(issuer, KeyOptions::default()).unwrap_err();
        check(refused, &["issuer", shown, "https://host"]);
    }
}

#[actix_web::test]
async fn b10_keys_of_another_issuer_are_told_from_the_configured_one() {
    let keys = Keys::fixed("https://idp.example/", Provider::keys(Size::Small));
    let refused = Verifier::builder(ISSUER, "https://a.example").freshness(Freshness::Offline).build(keys);
    check(refused.unwrap_err(), &["\"https://idp.example/\"", "\"https://idp.example\"", "slash"]);
    check(KeySet::from_jwks(b"{}").unwrap_err(), &["JWK Set"]);
}

#[actix_web::test]
async fn b10_a_provider_that_is_away_or_another_one_says_so_once() {
    let nobody = RemoteKeys::start("http://127.0.0.1:9", KeyOptions::default()).unwrap();
    check(nobody.ready().await.unwrap_err(), &["cannot be fetched", "connection"]);
    let provider = Provider::start();
    let slash = RemoteKeys::start(format!("{}/", provider.issuer), KeyOptions::default()).unwrap();
    check(slash.ready().await.unwrap_err(), &["another issuer", "slash"]);
}
