//! What a refused authorization request looks like: a page where nothing is known of where to go, and else a
//! redirect to the registered URI (RFC 6749 4.1.2.1, RFC 9207).

use idp_tests::{Answer, ClientSpec, TestIdp};

/// A page of ours and nothing else: no redirect, nothing to be cached, no referrer for another site.
#[track_caller]
pub fn assert_page(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 400, "{why}: {}", answer.body);
    assert_eq!(answer.header("location"), "", "{why}");
    assert!(answer.header("content-type").starts_with("text/html"), "{why}");
    assert!(answer.header("cache-control").contains("no-store"), "{why}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{why}");
}

/// A redirect to the registered URI with this error, the state and the issuer; no code and no token in it.
#[track_caller]
pub fn assert_refused(idp: &TestIdp, site: &ClientSpec, answer: &Answer, errors: &[&str], why: &str) {
    assert_eq!(answer.status, 303, "{why}: {}", answer.body);
    let location = answer.location().unwrap();
    assert!(location.as_str().starts_with(&format!("{}?", site.redirect_uri())), "{why}: {location}");
    let error = answer.redirect_param("error").unwrap_or_default();
    assert!(errors.contains(&error.as_str()), "{why}: {location}");
    assert_eq!(answer.redirect_param("iss").as_deref(), Some(idp.issuer.as_str()), "{why}");
    for name in ["code", "access_token", "id_token", "token", "refresh_token"] {
        assert_eq!(answer.redirect_param(name), None, "{why}: {location}");
    }
    assert_eq!(location.fragment(), None, "{why}");
    assert!(answer.header("cache-control").contains("no-store"), "{why}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{why}");
}
