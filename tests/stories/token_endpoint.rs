//! The token endpoint as HTTP: methods, media types, sizes, repeated and misplaced parameters, grant types
//! (RFC 6749 3.2, 4.4, 5.2), and what may be cached of its answers.

use idp_core::client::GrantType;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, jwt, pkce};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use url::form_urlencoded::Serializer;

const FORM: &str = "application/x-www-form-urlencoded";

fn encoded(form: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(form).finish()
}

async fn post_raw(
    idp: &TestIdp,
    site: &ClientSpec,
    path: &str,
    media: &str,
    body: impl Into<reqwest::Body>,
) -> TokenAnswer {
    let request = idp
        .http
        .post(idp.url(path))
        .basic_auth(site.id(), site.secret.as_ref())
        .header(CONTENT_TYPE, media)
        .body(body);
    idp.send(request).await
}

/// No cache on the way may keep anything of it (RFC 6749 5.1).
#[track_caller]
fn assert_not_stored(answer: &TokenAnswer, why: &str) {
    assert!(answer.header("cache-control").contains("no-store"), "{why}: {answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), "", "{why}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{why}");
}

#[tokio::test]
async fn s18_no_answer_with_a_token_or_a_code_is_stored() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let active = idp.post_as(site, "/introspect", &[("token", story.access_token())]).await;
    let failed = ClientSpec { secret: Some("wrong".into()), ..site.clone() };
    for (why, answer) in [
        ("introspection", active),
        ("userinfo", idp.userinfo(story.access_token()).await),
        ("userinfo refused", idp.userinfo("x").await),
        ("refresh", idp.refresh(site, story.refresh_token()).await),
        ("client credentials", idp.post_as(site, "/token", &[("grant_type", "client_credentials")]).await),
        ("invalid_grant", idp.refresh(site, "x").await),
        ("invalid_client", idp.refresh(&failed, "x").await),
        ("unsupported grant", idp.post_as(site, "/token", &[("grant_type", "password")]).await),
        ("not a form", post_raw(idp, site, "/token", "application/json", "{}").await),
        ("too large", post_raw(idp, site, "/token", FORM, "x".repeat(100_000)).await),
        ("revocation", idp.post_as(site, "/revoke", &[("token", "x")]).await),
        ("wrong method", idp.send(idp.http.get(idp.url("/token"))).await),
    ] {
        assert_not_stored(&answer, why);
    }
    assert_not_stored(&story.tokens, "code");
    // Pages and redirects on the way to a code.
    let stranger = idp.browser();
    let redirect = stranger.open(idp.authorize_url(site, &[])).await;
    let login = stranger.follow(redirect.clone()).await;
    let failed = stranger.log_in_as(&login, "alice", "wrong").await;
    let form_post = story.browser.open(idp.authorize_url(site, &[("response_mode", "form_post")])).await;
    let code = story.browser.open(idp.authorize_url(site, &[])).await;
    let error = stranger.open(idp.url("/authorize")).await;
    let lost = stranger.open(idp.url("/nowhere")).await;
    let expired = stranger.open(idp.url("/login?tx=x")).await;
    for answer in [redirect, login, failed, form_post, code, error, lost, expired] {
        assert!(answer.header("cache-control").contains("no-store"), "{}", answer.url);
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{}", answer.url);
    }
}

#[tokio::test]
async fn s25_a_grant_that_is_not_offered_is_unsupported() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for grant in [
        "password",
        "implicit",
        "none",
        "x",
        "AUTHORIZATION_CODE",
        "authorization_code ",
        "refresh_token\0",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "authorization_code refresh_token",
    ] {
        let form = [
            ("grant_type", grant),
            ("username", "alice"),
            ("password", idp_tests::PASSWORD),
            ("scope", "openid"),
            ("refresh_token", story.refresh_token()),
        ];
        assert_eq!(
            idp.post_as(site, "/token", &form).await.refusal(),
            (400, "unsupported_grant_type"),
            "{grant:?}"
        );
    }
}

#[tokio::test]
async fn s25_a_grant_that_is_not_named_or_lacks_what_it_takes_is_invalid() {
    let (idp, site) = (&TestIdp::start().await, &ClientSpec::confidential("site-a"));
    idp.add_client(site).await;
    for form in [
        vec![],
        vec![("grant_type", "")],
        vec![("grant", "refresh_token")],
        vec![("GRANT_TYPE", "refresh_token")],
        vec![("grant_type", "refresh_token")],
        vec![("grant_type", "authorization_code")],
    ] {
        assert_eq!(idp.post_as(site, "/token", &form).await.refusal(), (400, "invalid_request"), "{form:?}");
    }
}

#[tokio::test]
async fn s25_a_client_uses_the_grants_that_it_is_registered_for() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let mut codes_only = ClientSpec::confidential("codes-only");
    codes_only.client.metadata.grant_types = vec![GrantType::AuthorizationCode];
    let mut machine = ClientSpec::confidential("machine");
    machine.client.metadata.grant_types = vec![GrantType::ClientCredentials];
    let public = ClientSpec::public("public");
    for client in [&codes_only, &machine, &public] {
        idp.add_client(client).await;
    }
    for (client, form) in [
        (&codes_only, vec![("grant_type", "client_credentials")]),
        (&codes_only, vec![("grant_type", "refresh_token"), ("refresh_token", story.refresh_token())]),
        (&machine, vec![("grant_type", "authorization_code"), ("code", "x")]),
        (&machine, vec![("grant_type", "refresh_token"), ("refresh_token", "x")]),
        (&public, vec![("grant_type", "client_credentials")]),
        (&public, vec![("grant_type", "client_credentials"), ("scope", "read")]),
    ] {
        assert_eq!(
            idp.post_as(client, "/token", &form).await.refusal(),
            (400, "unauthorized_client"),
            "{}",
            client.id()
        );
    }
    let answer = story.browser.open(idp.authorize_url(&machine, &[])).await;
    assert_eq!(answer.redirect_param("error").as_deref(), Some("unauthorized_client"));
    // A client without refresh tokens gets none.
    let code = story.browser.open(idp.authorize_url(&codes_only, &[])).await.redirect_param("code").unwrap();
    let tokens = idp.redeem(&codes_only, &code).await;
    assert_eq!((tokens.status, tokens.body.get("refresh_token")), (200, None));
}

#[tokio::test]
async fn s25_a_client_that_speaks_for_itself_is_nobody() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let form = |scope| [("grant_type", "client_credentials"), ("scope", scope)];
    let answer = idp.post_as(&site, "/token", &form("")).await;
    assert_eq!((answer.status, answer.text("scope")), (200, "read write"));
    assert!(answer.body.get("refresh_token").is_none() && answer.body.get("id_token").is_none());
    let claims = jwt::claims(answer.text("access_token"));
    assert_eq!((claims["sub"].as_str(), claims["client_id"].as_str()), (Some("site-a"), Some("site-a")));
    assert!(claims.get("auth_time").is_none() && claims.get("sid").is_none() && claims.get("acr").is_none());
    assert_eq!(idp.userinfo(answer.text("access_token")).await.status, 401);
    assert_eq!(idp.post_as(&site, "/token", &form("read")).await.text("scope"), "read");
    for scope in ["openid", "read openid", "profile", "read admin", "read  write", "READ", "*"] {
        assert_eq!(
            idp.post_as(&site, "/token", &form(scope)).await.refusal(),
            (400, "invalid_scope"),
            "{scope}"
        );
    }
}

#[tokio::test]
async fn s26_only_a_form_in_utf8_is_read() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", story.refresh_token())];
    let form = encoded(&refresh);
    let json = serde_json::json!({ "grant_type": "refresh_token", "refresh_token": story.refresh_token() })
        .to_string();
    let multipart = format!(
        "--b\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nrefresh_token\r\n--b\r\nContent-Disposition: form-data; name=\"refresh_token\"\r\n\r\n{}\r\n--b--\r\n",
        story.refresh_token()
    );
    let utf16: Vec<u8> = form.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (media, body) in [
        ("application/json", json.clone().into_bytes()),
        (FORM, json.into_bytes()),
        ("multipart/form-data; boundary=b", multipart.into_bytes()),
        ("text/plain", form.clone().into_bytes()),
        ("", form.clone().into_bytes()),
        ("application/x-www-form-urlencoded; charset=utf-16", utf16.clone()),
        ("application/x-www-form-urlencoded; charset=utf-16", form.clone().into_bytes()),
        (FORM, utf16),
        ("application/x-www-form-urlencoded; charset=iso-8859-1", form.clone().into_bytes()),
        ("application/x-www-form-urlencoded; charset=utf-7", form.clone().into_bytes()),
        ("application/x-www-form-urlencoded; charset", form.clone().into_bytes()),
        ("application/x-www-form-urlencoded, application/json", form.clone().into_bytes()),
        ("application/xml", b"<a/>".to_vec()),
        ("application/x-www-form-urlencodedx", form.clone().into_bytes()),
        (FORM, format!("{form}&x=\u{e9}").into_bytes()),
        (FORM, [form.as_bytes(), b"&x=\xff"].concat()),
    ] {
        for path in ["/token", "/revoke", "/introspect"] {
            let answer = post_raw(idp, site, path, media, body.clone()).await;
            assert_eq!(answer.refusal(), (400, "invalid_request"), "{path} {media:?}");
        }
    }
    for media in [
        FORM,
        "application/x-www-form-urlencoded; charset=utf-8",
        "Application/X-WWW-Form-URLencoded;charset=UTF-8",
    ] {
        assert_eq!(post_raw(idp, site, "/token", media, form.clone()).await.status, 200, "{media}");
    }
}

#[tokio::test]
async fn s26_methods_sizes_and_the_query() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let form = encoded(&[("grant_type", "refresh_token"), ("refresh_token", story.refresh_token())]);
    let queried = format!("/token?{form}");
    // Everything in the query: no method reads any of it.
    for method in [
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        let request =
            idp.http.request(method.clone(), idp.url(&queried)).basic_auth(site.id(), site.secret.as_ref());
        let answer = idp.send(request).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
    }
    assert_eq!(post_raw(idp, site, &queried, FORM, "").await.refusal(), (400, "invalid_request"));
    assert_eq!(
        post_raw(idp, site, &queried, FORM, "grant_type=refresh_token").await.refusal(),
        (400, "invalid_request")
    );
    let named =
        format!("/token?client_id={}&client_secret={}&{form}", site.id(), site.secret.as_ref().unwrap());
    let answer = idp.send(idp.http.post(idp.url(&named)).header(CONTENT_TYPE, FORM).body(form.clone())).await;
    assert_eq!(answer.refusal(), (401, "invalid_client"), "a client in the query proves nothing");
    // Sizes.
    let answer = post_raw(idp, site, "/token", FORM, format!("{form}&x={}", "x".repeat(2 << 20))).await;
    assert_eq!(answer.status, 413);
    for fields in [65, 10_000] {
        let many: String = (0..fields).map(|number| format!("&f{number}=")).collect();
        let answer = post_raw(idp, site, "/token", FORM, format!("{form}{many}")).await;
        assert!(
            [400, 413].contains(&answer.status) && answer.text("error") == "invalid_request",
            "{fields}: {answer:?}"
        );
    }
    for broken in ["%", "%zz", "grant_type=%ff", "&&&&", "=", "\0"] {
        let status = post_raw(idp, site, "/token", FORM, broken).await.status;
        assert_eq!(status, 400, "{broken:?}");
    }
    // A query beside a good form changes nothing.
    assert_eq!(
        post_raw(idp, site, "/token?grant_type=password&refresh_token=x&scope=admin", FORM, form)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn s05_a_repeated_field_is_refused_at_every_endpoint() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let code = story.code().await;
    let redeem = encoded(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", site.redirect_uri()),
        ("code_verifier", pkce::VERIFIER),
    ]);
    let token = encoded(&[("token", story.access_token())]);
    for again in [
        "grant_type=authorization_code",
        "code=x",
        "code=",
        "code[]=x",
        "code_verifier=",
        "redirect_uri=x",
        "client_id=site-a&client_id=site-a",
        "scope=a&scope=b",
        "x=1&x=1",
        "x[]=1",
        "%63ode=x",
        "client_id[]=site-a",
    ] {
        assert_eq!(
            post_raw(idp, site, "/token", FORM, format!("{redeem}&{again}")).await.refusal(),
            (400, "invalid_request"),
            "{again}"
        );
        for path in ["/revoke", "/introspect"] {
            let twice = format!("{token}&{}&{again}", token);
            assert_eq!(
                post_raw(idp, site, path, FORM, twice).await.refusal(),
                (400, "invalid_request"),
                "{path} {again}"
            );
        }
    }
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200, "nothing was revoked");
    assert_eq!(post_raw(idp, site, "/token", FORM, redeem).await.status, 200, "and the code was not spent");
}

#[tokio::test]
async fn z10_nothing_changes_by_a_get() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let login = idp.browser();
    let page = login.visit(idp.authorize_url(site, &[])).await;
    let (tx, csrf) = (page.input("tx"), page.input("csrf"));
    let sign_in = encoded(&[
        ("tx", &tx),
        ("csrf", &csrf),
        ("username", "alice"),
        ("password", idp_tests::PASSWORD),
        ("action", "login"),
    ]);
    let token = encoded(&[
        ("token", story.access_token()),
        ("client_id", site.id()),
        ("client_secret", site.secret.as_ref().unwrap()),
    ]);
    for method in [Method::GET, Method::HEAD] {
        for (path, query) in [("/token", token.as_str()), ("/revoke", &token), ("/introspect", &token)] {
            let answer = browser.send(method.clone(), &idp.url(&format!("{path}?{query}")), None, &[]).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method} {path}");
        }
        // The form of the login page by GET shows the page again, and opens no session.
        login.send(method.clone(), &idp.url(&format!("/login?{sign_in}")), None, &[]).await;
        assert_eq!(login.cookie("idp.localhost", "__Host-idp_session"), None, "{method}");
    }
    // Nor do fields in the query of a POST count.
    let posted = login.post(idp.url(&format!("/login?{sign_in}")), &[]).await;
    assert!(
        posted.status == 400 && login.cookie("idp.localhost", "__Host-idp_session").is_none(),
        "{}",
        posted.status
    );
    let answer = browser.post(idp.authorize_url(site, &[]), &[]).await;
    assert_eq!(browser.follow(answer).await.status, 400, "an authorization request in the query of a POST");
    assert_eq!(
        idp.send(idp.http.post(idp.url(&format!("/revoke?{token}")))).await.status,
        400,
        "a token in the query"
    );
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200);
}
