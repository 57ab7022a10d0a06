//! Userinfo (OpenID Connect Core 5.3, RFC 6750): which token opens it, how it must be shown, and the challenges;
//! and that no other token of ours passes for one.

use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, jwt};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

async fn ask(idp: &TestIdp, method: Method, headers: &[&str], form: Option<String>) -> TokenAnswer {
    let mut request = idp.http.request(method, idp.url("/userinfo"));
    for header in headers {
        request = request.header(AUTHORIZATION, *header);
    }
    if let Some(form) = form {
        request = request.header(CONTENT_TYPE, FORM).body(form);
    }
    idp.send(request).await
}

#[tokio::test]
async fn s29_a_token_is_shown_in_one_place() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, token) = (&story.idp, story.access_token());
    let (header, form) = (format!("Bearer {token}"), format!("access_token={token}"));
    for answer in [
        ask(idp, Method::GET, &[&header], None).await,
        ask(idp, Method::POST, &[&header], None).await,
        ask(idp, Method::POST, &[&header], Some(String::new())).await,
        ask(idp, Method::POST, &[], Some(form.clone())).await,
        ask(idp, Method::GET, &[&header.replace("Bearer", "bEARER")], None).await,
        // A body that is no form is none of our business.
        idp.send(
            idp.http.post(idp.url("/userinfo")).bearer_auth(token).json(&json!({ "access_token": "x" })),
        )
        .await,
    ] {
        assert_eq!(
            (answer.status, answer.text("sub")),
            (200, story.alice.to_string().as_str()),
            "{answer:?}"
        );
        assert_eq!(answer.header("content-type"), "application/json");
    }
    for answer in [
        ask(idp, Method::POST, &[&header], Some(form.clone())).await,
        ask(idp, Method::POST, &[], Some(format!("{form}&{form}"))).await,
        ask(idp, Method::POST, &[], Some(format!("{form}&access_token[]=x"))).await,
        ask(idp, Method::GET, &[&header, &header], None).await,
        ask(idp, Method::GET, &[&header, "Basic eDp5"], None).await,
        ask(idp, Method::GET, &["Bearer "], None).await,
        ask(idp, Method::GET, &[&format!("Bearer  {token}")], None).await,
        ask(idp, Method::GET, &[&format!("Bearer {token} {token}")], None).await,
        ask(idp, Method::GET, &[&format!("Bearer {token},{token}")], None).await,
    ] {
        assert!([400, 401].contains(&answer.status), "{answer:?}");
        assert!(answer.header("www-authenticate").starts_with("Bearer realm="), "{answer:?}");
        assert!(answer.body.get("sub").is_none());
    }
}

#[tokio::test]
async fn s29_without_a_token_there_is_a_bare_challenge() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, token) = (&story.idp, story.access_token());
    for (headers, form) in [
        (vec![], None),
        (vec![], Some(String::new())),
        (vec!["Basic eDp5"], None),
        (vec!["Bearer"], None),
        (vec!["DPoP x"], None),
        (vec![token], None),
        (vec!["Bearerx y"], None),
    ] {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let answer = ask(idp, method, &headers, form).await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Bearer realm=\"userinfo\""),
            "{headers:?}"
        );
    }
    // A token in an address is a token in a log; it is not looked at.
    for method in [Method::GET, Method::POST] {
        let answer =
            idp.send(idp.http.request(method, idp.url(&format!("/userinfo?access_token={token}")))).await;
        assert_eq!(answer.status, 401);
    }
    // Nor in a cookie, nor in the form of a GET.
    assert_eq!(
        idp.send(idp.http.get(idp.url("/userinfo")).header("cookie", format!("access_token={token}")))
            .await
            .status,
        401
    );
    assert_eq!(ask(idp, Method::GET, &[], Some(format!("access_token={token}"))).await.status, 401);
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        assert_eq!(ask(idp, method, &[&format!("Bearer {token}")], None).await.status, 405);
    }
}

#[tokio::test]
async fn s29_a_token_for_something_else_does_not_open_it() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let without_openid = idp.redeem(site, &story.code_with(&[("scope", "read profile")]).await).await;
    let narrowed = idp
        .post_as(
            site,
            "/token",
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", story.refresh_token()),
                ("scope", "profile"),
            ],
        )
        .await;
    let machine = idp.post_as(site, "/token", &[("grant_type", "client_credentials")]).await;
    let denied = story.grant().await;
    idp.post_as(site, "/revoke", &[("token", denied.text("access_token"))]).await;
    for (why, tokens) in [
        ("without openid", &without_openid),
        ("narrowed to another API", &narrowed),
        ("a client's own", &machine),
        ("denied", &denied),
    ] {
        let answer = idp.userinfo(tokens.text("access_token")).await;
        assert!([401, 403].contains(&answer.status), "{why}: {answer:?}");
        assert!(answer.header("www-authenticate").contains("error=\"in"), "{why}");
        assert!(answer.body.get("sub").is_none(), "{why}");
    }
    let access = story.access_token();
    let mut tokens = jwt::damaged(access);
    let (header, claims) = (jwt::header(access), jwt::claims(access));
    let signature = access.rsplit('.').next().unwrap();
    for alg in ["none", "None", "HS256", "RS384", "PS256", "ES256", ""] {
        let mut forged = header.clone();
        forged["alg"] = json!(alg);
        tokens.extend([jwt::assemble(&forged, &claims, ""), jwt::assemble(&forged, &claims, signature)]);
    }
    for (name, value) in [
        ("sub", json!("somebody")),
        ("exp", json!(4_000_000_000_i64)),
        ("scope", json!("openid admin")),
        ("iss", json!("https://evil.example")),
        ("aud", json!(idp.issuer)),
        ("client_id", json!("site-b")),
    ] {
        let mut forged = claims.clone();
        forged[name] = value;
        tokens.push(jwt::assemble(&header, &forged, signature));
    }
    for token in tokens.iter().filter(|token| token.bytes().all(|byte| (0x21..0x7f).contains(&byte))) {
        let answer = idp.userinfo(token).await;
        assert_eq!(answer.refusal(), (401, "invalid_token"), "{token}");
    }
    assert_eq!(idp.userinfo(access).await.status, 200);
    idp.clock.advance(30 * 60 + 30);
    assert_eq!(idp.userinfo(access).await.refusal(), (401, "invalid_token"), "expired");
}

#[tokio::test]
async fn j35_only_an_access_token_opens_userinfo_and_is_active() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for token in
        [story.id_token(), story.refresh_token(), &story.code().await, site.secret.as_deref().unwrap()]
    {
        assert_eq!(idp.userinfo(token).await.refusal(), (401, "invalid_token"), "{token}");
        assert_eq!(
            idp.post_as(site, "/introspect", &[("token", token)]).await.body,
            json!({ "active": false }),
            "{token}"
        );
    }
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200);
}

#[tokio::test]
async fn j35_only_a_genuine_id_token_is_a_hint() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let id_token = story.id_token();
    let mut no_hints = vec![
        story.access_token().to_owned(),
        story.refresh_token().to_owned(),
        story.code().await,
        "x".into(),
        "a.b.c".into(),
    ];
    no_hints.extend(jwt::damaged(id_token));
    for alg in ["none", "HS256"] {
        no_hints.push(jwt::assemble(&json!({ "alg": alg, "typ": "JWT" }), &jwt::claims(id_token), ""));
    }
    let other_type = json!({ "alg": "RS256", "typ": "at+jwt", "kid": jwt::header(id_token)["kid"] });
    no_hints.push(jwt::assemble(&other_type, &jwt::claims(id_token), id_token.rsplit('.').next().unwrap()));
    for hint in &no_hints {
        let answer =
            browser.open(idp.authorize_url(site, &[("prompt", "none"), ("id_token_hint", hint)])).await;
        assert_eq!(answer.redirect_param("error").as_deref(), Some("invalid_request"), "{hint:?}");
        let url = reqwest::Url::parse_with_params(
            &idp.url("/end-session"),
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", site.post_logout_uri())],
        )
        .unwrap();
        let answer = browser.open(url).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (200, ""),
            "{hint:?} signs no one out and leads nowhere"
        );
    }
    // A genuine one still is, when it is old too.
    idp.clock.advance(20 * 60);
    let answer =
        browser.open(idp.authorize_url(site, &[("prompt", "none"), ("id_token_hint", id_token)])).await;
    assert!(answer.redirect_param("code").is_some());
}

#[tokio::test]
async fn j35_no_token_proves_a_client() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for token in [story.access_token(), story.id_token(), story.refresh_token()] {
        let imposter = ClientSpec { secret: Some(token.to_owned()), ..site.clone() };
        assert_eq!(idp.refresh(&imposter, story.refresh_token()).await.refusal(), (401, "invalid_client"));
        let assertion = [
            ("grant_type", "client_credentials"),
            ("client_id", "site-a"),
            ("client_assertion", token),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ];
        assert_eq!(idp.post("/token", &assertion).await.refusal(), (401, "invalid_client"));
    }
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200, "with the secret it is good");
}
