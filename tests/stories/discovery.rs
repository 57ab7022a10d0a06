//! What is public: the metadata and the key set, which any page may read, and nothing else that any page may
//! (OpenID Connect Discovery 3 and 4, RFC 8414, RFC 7517, Fetch's CORS).

use idp_tests::{ClientSpec, SignedIn, TestIdp};
use reqwest::Method;
use serde_json::Value;

async fn document(idp: &TestIdp, path: &str) -> Value {
    let answer = idp.send(idp.http.get(idp.url(path))).await;
    assert_eq!(answer.status, 200);
    answer.body
}

#[tokio::test]
async fn s31_the_metadata_names_this_issuer_and_what_is_really_offered() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let metadata = document(idp, "/.well-known/openid-configuration").await;
    assert_eq!(metadata, document(idp, "/.well-known/oauth-authorization-server").await);
    assert_eq!(metadata["issuer"], idp.issuer.as_str());
    let addresses: Vec<_> = metadata
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"))
        .collect();
    assert_eq!(addresses.len(), 8);
    for (name, address) in addresses {
        let address = address.as_str().unwrap();
        assert!(address.starts_with(&format!("{}/", idp.issuer)), "{name} {address}");
        let status = idp.send(idp.http.get(address)).await.status;
        assert!(status != 404, "{name} answers {status}");
    }
    let list = |name: &str| {
        metadata[name]
            .as_array()
            .unwrap_or_else(|| panic!("no {name}"))
            .iter()
            .map(|value| value.as_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(list("response_types_supported"), ["code"]);
    assert_eq!(list("code_challenge_methods_supported"), ["S256"]);
    assert_eq!(list("id_token_signing_alg_values_supported"), ["RS256"]);
    assert_eq!(list("request_object_signing_alg_values_supported"), ["RS256"], "never none");
    assert!(list("scopes_supported").contains(&"openid") && list("subject_types_supported") == ["public"]);
    for mode in list("response_modes_supported") {
        let answer = story.browser.open(idp.authorize_url(site, &[("response_mode", mode)])).await;
        assert!(answer.redirect_param("code").is_some() || !answer.input("code").is_empty(), "{mode}");
    }
    for scope in list("scopes_supported") {
        let answer = story.browser.open(idp.authorize_url(site, &[("scope", scope)])).await;
        assert!(answer.redirect_param("code").is_some(), "{scope}");
    }
    for grant in list("grant_types_supported") {
        let answer = idp.post_as(site, "/token", &[("grant_type", grant)]).await;
        assert_ne!(answer.text("error"), "unsupported_grant_type", "{grant}");
    }
    for prompt in list("prompt_values_supported") {
        let answer = story.browser.open(idp.authorize_url(site, &[("prompt", prompt)])).await;
        assert_ne!(answer.redirect_param("error").as_deref(), Some("invalid_request"), "{prompt}");
    }
    for (member, unsupported) in [
        ("request_parameter_supported", false),
        ("request_uri_parameter_supported", false),
        ("claims_parameter_supported", true),
    ] {
        assert_eq!(metadata[member], unsupported, "{member}");
    }
}

#[tokio::test]
async fn s31_the_host_header_moves_no_endpoint() {
    let idp = TestIdp::start().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("host", "evil.example:1"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/evil"),
    ] {
        let answer =
            idp.send(idp.http.get(idp.url("/.well-known/openid-configuration")).header(name, value)).await;
        assert_eq!(answer.body["issuer"], idp.issuer.as_str(), "{name}: {value}");
        assert!(!answer.body.to_string().contains("evil"), "{name}: {value}");
    }
}

#[tokio::test]
async fn s31_the_key_set_has_public_members_only() {
    let idp = TestIdp::start().await;
    let answer = idp.send(idp.http.get(idp.url("/jwks"))).await;
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    let keys = answer.body["keys"].as_array().unwrap();
    assert_eq!(answer.body.as_object().unwrap().len(), 1);
    assert_eq!(keys.len(), 2, "one that signs and one that waits");
    let mut kids: Vec<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    for key in keys {
        let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&"RSA".into(), &"RS256".into(), &"sig".into()));
        assert!(key["n"].as_str().unwrap().len() >= 342, "2048 bits or more");
    }
    kids.dedup();
    assert_eq!(kids.len(), 2);
}

const CLOSED: &[&str] = &[
    "/login",
    "/login?tx=x",
    "/consent",
    "/token",
    "/userinfo",
    "/revoke",
    "/introspect",
    "/end-session",
    "/logout",
    "/language",
    "/logged-out",
    "/health/live",
    "/health/started",
    "/health/ready",
    "/nowhere",
    "/",
];
const CORS_HEADERS: [&str; 5] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
];

#[tokio::test]
async fn s32_other_origins_read_the_metadata_and_the_keys_only() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let suffix = format!("{}.evil.example", idp.issuer);
    let origins = [
        "https://evil.example",
        "null",
        &suffix,
        &idp.issuer,
        "https://site-a.example",
        "http://idp.localhost",
    ];
    let authorize = idp.authorize_url(&story.site, &[]);
    let closed = CLOSED.iter().copied().chain([authorize.strip_prefix(&idp.issuer).unwrap()]);
    for origin in origins {
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"]
        {
            let answer = story.browser.send(Method::GET, &idp.url(path), None, &[("origin", origin)]).await;
            let [allowed, credentials, ..] = CORS_HEADERS.map(|name| answer.header(name));
            assert_eq!((allowed, credentials), ("*", ""), "{path}");
        }
        for path in closed.clone() {
            is_closed(&story, path, origin).await;
        }
        // With everything that would make them succeed.
        let userinfo = idp.http.get(idp.url("/userinfo")).bearer_auth(story.access_token());
        let answer = idp.send(userinfo.header("origin", origin)).await;
        assert_eq!((answer.status, answer.header(CORS_HEADERS[0])), (200, ""));
    }
}

/// No answer of any method, a preflight included, lets a page of `origin` read it.
async fn is_closed(story: &SignedIn, path: &str, origin: &str) {
    let preflight = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    for method in [Method::GET, Method::POST, Method::OPTIONS, Method::HEAD] {
        let form = (method == Method::POST).then(String::new);
        let answer = story.browser.send(method.clone(), &story.idp.url(path), form, &preflight).await;
        for name in CORS_HEADERS {
            assert_eq!(answer.header(name), "", "{method} {path} from {origin}");
        }
    }
}
