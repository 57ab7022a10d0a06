//! A provider that answers badly, or not, or not as the one it should be.

use std::{net::TcpListener, time::Duration};

use resource_sdk::{
    KeyOptions, RemoteKeys,
    VerifyError::*,
    keys::{FetchError, JwksError, KeyFetchError, StartError},
};
use serde_json::json;

use crate::{provider::*, support::*};

fn head(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes()
}

fn fetch(error: FetchError) -> KeyFetchError {
    KeyFetchError::Fetch(error)
}

/// Every way to answer badly, and what it is called.
fn bad_answers(canary: u16) -> Vec<(Answer, KeyFetchError)> {
    let redirect = |to: &str| Answer::Raw(response("302 Found", &format!("location: {to}\r\n"), b""));
    let permanent = Answer::Raw(response(
        "308 Permanent Redirect",
        &format!("location: http://127.0.0.1:{canary}/\r\n"),
        b"",
    ));
    let html = b"<html>sign in to the hotel's network</html>".to_vec();
    // A gzip stream announced as such: it is never unpacked, so it is merely no JSON.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 1_000]].concat();
    vec![
        (status(500), fetch(FetchError::Status(500))),
        (status(404), fetch(FetchError::Status(404))),
        (status(204), fetch(FetchError::Status(204))),
        (redirect(&format!("http://127.0.0.1:{canary}/jwks")), fetch(FetchError::Status(302))),
        (redirect(&format!("http://localhost:{canary}/jwks")), fetch(FetchError::Status(302))),
        (redirect("http://169.254.169.254/latest/meta-data"), fetch(FetchError::Status(302))),
        (permanent, fetch(FetchError::Status(308))),
        (Answer::Silence, fetch(FetchError::Timeout)),
        (Answer::Drip(head("content-length: 60000\r\n")), fetch(FetchError::Timeout)),
        (Answer::Drip(b"HTTP/1.1 200 OK\r\nx: ".to_vec()), fetch(FetchError::Timeout)),
        (Answer::Close, fetch(FetchError::Connection)),
        (Answer::Raw(b"\x16\x03\x01\x02\x00".to_vec()), fetch(FetchError::Connection)),
        (
            Answer::Raw([head("content-length: 900\r\n"), b"{\"keys\"".to_vec()].concat()),
            fetch(FetchError::Connection),
        ),
        (Answer::Flood(head("content-length: 10485760\r\n")), fetch(FetchError::TooLarge)),
        (Answer::Flood(head("connection: close\r\n")), fetch(FetchError::TooLarge)),
        (Answer::Document(html), KeyFetchError::KeySet(JwksError::Malformed)),
        (Answer::Document(b"{\"keys\":[]}".to_vec()), KeyFetchError::KeySet(JwksError::NoUsableKey)),
        (Answer::Document(Vec::new()), KeyFetchError::KeySet(JwksError::Malformed)),
        (
            Answer::Raw(response("200 OK", "content-encoding: gzip\r\n", &bomb)),
            KeyFetchError::KeySet(JwksError::Malformed),
        ),
    ]
}

/// A provider whose keys come badly from the start, and one that turns bad later.
async fn suffer(answer: Answer, expected: KeyFetchError) {
    let provider = Provider::start();
    provider.answer(JWKS, answer.clone());
    let keys = provider.keys();
    assert_eq!(keys.ready().await, Err(expected.clone()));
    let token = provider.token(&KEY);
    assert_eq!(provider.verifier(&keys).verify(&token, now()).err(), Some(KeysUnavailable));

    let provider = Provider::start();
    let keys = provider.restless_keys();
    keys.ready().await.unwrap();
    provider.answer(JWKS, answer);
    let (verifier, token) = (provider.verifier(&keys), provider.token(&KEY));
    provider.wait_for_hits(JWKS, 2).await;
    // While the attempt hangs, and after it has failed.
    assert!(verifier.verify(&token, now()).is_ok(), "{expected:?}");
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    assert!(verifier.verify(&token, now()).is_ok(), "{expected:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn j41_the_last_good_keys_outlive_every_bad_answer() {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let port = canary.local_addr().unwrap().port();
    let all: Vec<_> = bad_answers(port)
        .into_iter()
        .map(|(answer, expected)| tokio::spawn(suffer(answer, expected)))
        .collect();
    for one in all {
        one.await.unwrap();
    }
    let called = canary.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(called, Err(std::io::ErrorKind::WouldBlock), "redirects are not followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn j41_bad_metadata_is_as_harmless_as_bad_keys() {
    for answer in
        [status(500), Answer::Close, Answer::Document(b"<html>".to_vec()), Answer::Document(b"{}".to_vec())]
    {
        let provider = Provider::start();
        provider.answer(METADATA, answer);
        assert!(provider.keys().ready().await.is_err());
        assert_eq!(provider.hits(JWKS), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j41_tls_errors() {
    // A plain HTTP server where TLS was expected.
    let provider = Provider::start();
    let https = provider.issuer.replace("http:", "https:");
    let keys = RemoteKeys::start(https, KeyOptions::default()).unwrap();
    assert_eq!(keys.ready().await, Err(fetch(FetchError::Connection)));
}

#[tokio::test(flavor = "multi_thread")]
async fn j42_metadata_of_another_issuer_is_refused() {
    for issuer in ["https://evil.example", "", "http://127.0.0.1"] {
        let provider = Provider::start();
        provider.describe(json!({ "issuer": issuer }));
        let keys = provider.keys();
        assert_eq!(keys.ready().await, Err(KeyFetchError::IssuerMismatch));
        assert_eq!(provider.hits(JWKS), 0);
        let token = provider.token(&KEY);
        assert_eq!(provider.verifier(&keys).verify(&token, now()).err(), Some(KeysUnavailable));
    }
    let provider = Provider::start();
    provider.describe(json!({ "issuer": format!("{}/", provider.issuer) }));
    assert_eq!(provider.keys().ready().await, Err(KeyFetchError::IssuerMismatch));
}

#[tokio::test(flavor = "multi_thread")]
async fn j42_keys_over_plain_http_from_afar_are_refused() {
    for jwks_uri in
        ["http://idp.example/jwks", "http://169.254.169.254/", "file:///etc/passwd", "ftp://localhost/jwks"]
    {
        let provider = Provider::start();
        provider.describe(json!({ "jwks_uri": jwks_uri }));
        assert_eq!(provider.keys().ready().await, Err(KeyFetchError::InsecureJwksUri), "{jwks_uri}");
    }
}

#[tokio::test]
async fn j42_an_issuer_over_plain_http_from_afar_is_refused() {
    for issuer in
        ["http://idp.example", "", "idp.example", "https://idp.example/?tenant=a", "https://idp.example/#a"]
    {
        let outcome = RemoteKeys::start(issuer, KeyOptions::default());
        assert!(matches!(outcome, Err(StartError::Issuer(_))), "{issuer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_comes_up_later_is_found() {
    let provider = Provider::start();
    provider.answer(METADATA, Answer::Close);
    let keys = provider.keys();
    assert!(keys.ready().await.is_err());
    let (server, token) = (provider.resource_server(&keys), provider.token(&KEY));
    assert_eq!(server.verify(&token).await.err(), Some(KeysUnavailable));
    provider.describe(json!({}));
    provider.wait_for_hits(JWKS, 1).await;
    assert!(server.verify(&token).await.is_ok());
}
