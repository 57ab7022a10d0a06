//! What the OpenID conformance plans demand of a provider, module by module: Config OP, Basic OP, Form Post OP. Log-out
//! is in `conformance_logout`. What another story covers in more depth stands there.

use idp_core::user::{Address, STANDARD_CLAIMS, StandardClaims};
use idp_tests::{Answer, ClientSpec, PASSWORD, SignedIn, TestIdp, jwt};
use std::collections::BTreeSet;

/// A person with all standard claims.
fn everything() -> StandardClaims {
    let text = |value: &str| Some(value.to_owned());
    StandardClaims {
        name: text("Alice Example"),
        given_name: text("Alice"),
        family_name: text("Example"),
        middle_name: text("M."),
        nickname: text("Al"),
        preferred_username: text("alice"),
        profile: text("https://alice.example"),
        picture: text("https://alice.example/me.png"),
        website: text("https://alice.example/blog"),
        gender: text("female"),
        birthdate: text("1990-01-31"),
        zoneinfo: text("Europe/Paris"),
        locale: text("en-GB"),
        updated_at: Some(1_700_000_000),
        email: text("alice@example.org"),
        email_verified: Some(true),
        phone_number: text("+44 20 7946 0000"),
        phone_number_verified: Some(false),
        address: Some(Address {
            formatted: text("1 High Street\nLondon"),
            country: text("UK"),
            ..Address::default()
        }),
    }
}

/// As the static clients of the plans are: confidential, no PKCE.
fn plan_client(id: &str) -> ClientSpec {
    let mut client = ClientSpec::confidential(id);
    client.client.metadata.require_pkce = false;
    client
}

const NO_PKCE: [(&str, &str); 2] = [("code_challenge", ""), ("code_challenge_method", "")];

async fn redeem(idp: &TestIdp, client: &ClientSpec, code: &str) -> idp_tests::TokenAnswer {
    let form =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", client.redirect_uri())];
    idp.post_as(client, "/token", &form).await
}

/// Signs in through the form, for any request, and answers the redirect.
async fn through_the_form(story: &SignedIn, changes: &[(&str, &str)]) -> Answer {
    let page = story.browser.visit(story.idp.authorize_url(&story.site, changes)).await;
    assert!(
        page.has_form("/login"),
        "{changes:?} must show the login page, got {} {}",
        page.status,
        page.url
    );
    let answer = story.browser.log_in_as(&page, "alice", PASSWORD).await;
    story.browser.follow(answer).await
}

#[tokio::test]
async fn config_the_metadata_has_what_the_plan_looks_for() {
    let idp = TestIdp::start_with(|config| config.issuer.url = "https://idp.example".parse().unwrap()).await;
    let url = format!("http://idp.localhost:{}/.well-known/openid-configuration", idp.address.port());
    let answer = idp.send(idp.http.get(url)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let metadata = answer.body;
    assert_eq!(metadata["issuer"], "https://idp.example");
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") || name.ends_with("_uri") {
            assert!(value.as_str().unwrap().starts_with("https://idp.example/"), "{name}");
        }
        let strings = value
            .as_array()
            .is_none_or(|list| !list.is_empty() && list.iter().all(serde_json::Value::is_string));
        assert!(strings, "{name}");
    }
    for (name, wanted) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
        ("request_object_signing_alg_values_supported", "RS256"),
        ("code_challenge_methods_supported", "S256"),
        ("grant_types_supported", "refresh_token"),
        ("token_endpoint_auth_methods_supported", "client_secret_basic"),
        ("token_endpoint_auth_methods_supported", "client_secret_post"),
        ("response_modes_supported", "form_post"),
    ] {
        assert!(metadata[name].as_array().unwrap().contains(&wanted.into()), "{name} has {wanted}");
    }
    let claims: BTreeSet<_> =
        metadata["claims_supported"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(STANDARD_CLAIMS.iter().chain(&["sub"]).all(|claim| claims.contains(claim)));
}

#[tokio::test]
async fn basic_each_scope_brings_its_claims_to_userinfo_and_none_to_the_id_token() {
    let idp = TestIdp::start().await;
    let site = plan_client("plan");
    idp.add_client(&site).await;
    idp.add_user_with("alice", everything()).await;
    let browser = idp.browser();
    browser.sign_in_for_tokens(&idp, &ClientSpec { ..site.clone() }, "alice").await;
    let profile = [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ];
    let (email, address, phone) =
        (["email", "email_verified"], ["address"], ["phone_number", "phone_number_verified"]);
    let all: Vec<&str> = profile.into_iter().chain(email).chain(address).chain(phone).collect();
    assert_eq!(all.len() + 1, 20);
    for (scope, expected) in [
        ("openid", vec![]),
        ("openid profile", profile.to_vec()),
        ("openid email", email.to_vec()),
        ("openid address", address.to_vec()),
        ("openid phone", phone.to_vec()),
        ("openid profile email address phone", all.clone()),
        ("phone address email profile openid", all.clone()),
    ] {
        let answer =
            browser.open(idp.authorize_url(&site, &[&NO_PKCE[..], &[("scope", scope)]].concat())).await;
        let tokens = redeem(&idp, &site, &answer.redirect_param("code").unwrap()).await;
        let userinfo = idp.userinfo(tokens.text("access_token")).await.body;
        let names: BTreeSet<_> = userinfo.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, expected.iter().copied().chain(["sub"]).collect(), "{scope}");
        let id_token = jwt::claims(tokens.text("id_token"));
        assert_eq!(userinfo["sub"], id_token["sub"]);
        let access_token = jwt::claims(tokens.text("access_token"));
        assert!(
            all.iter().all(|claim| id_token.get(claim).is_none() && access_token.get(claim).is_none()),
            "{scope}"
        );
        if scope.starts_with("phone") {
            let wanted = serde_json::to_value(everything()).unwrap();
            assert!(all.iter().all(|claim| userinfo[claim] == wanted[claim]), "values and types as they are");
        }
    }
}

#[tokio::test]
async fn basic_the_claims_parameter_asks_for_claims_by_name() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    let story = SignedIn::on(idp, site).await;
    for (claims, has_name) in [
        (r#"{"userinfo":{"name":{"essential":true}}}"#, true),
        (r#"{"userinfo":{"name":null,"http://unknown":{"value":1}}}"#, true),
        (r#"{"id_token":{"auth_time":{"essential":true}},"userinfo":{"name":null}}"#, true),
        (r#"{"id_token":{"name":{"essential":true}}}"#, false),
        (r#"{"id_token":{"acr":{"values":["1","2"]}}}"#, false),
        ("{}", false),
        (r#"{"userinfo":null}"#, false),
    ] {
        let tokens = story
            .idp
            .redeem(&story.site, &story.code_with(&[("scope", "openid"), ("claims", claims)]).await)
            .await;
        assert_eq!(
            story.idp.userinfo(tokens.text("access_token")).await.body.get("name").is_some(),
            has_name,
            "{claims}"
        );
        assert_eq!(jwt::claims(tokens.text("id_token")).get("name"), None, "{claims}");
        let next = story.idp.refresh(&story.site, tokens.text("refresh_token")).await;
        assert_eq!(
            story.idp.userinfo(next.text("access_token")).await.body.get("name").is_some(),
            has_name,
            "after a refresh: {claims}"
        );
    }
}

#[tokio::test]
async fn basic_parameters_that_change_nothing_are_no_error() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let hint = format!("buffy@{}", idp.issuer.trim_start_matches("http://"));
    for (name, value) in [
        ("display", "page"),
        ("display", "popup"),
        ("display", "touch"),
        ("display", "x"),
        ("ui_locales", "se"),
        ("ui_locales", "de-DE fr"),
        ("claims_locales", "se"),
        ("extra", "foobar"),
        ("acr_values", "1 2"),
        ("acr_values", "x"),
        ("login_hint", &hint),
        ("login_hint", "alice"),
        ("nonce", ""),
        ("scope", "email openid"),
        ("max_age", "10000"),
    ] {
        let tokens = idp.redeem(site, &story.code_with(&[(name, value)]).await).await;
        assert_eq!(
            (tokens.status, jwt::claims(tokens.text("id_token"))["acr"].as_str()),
            (200, Some("1")),
            "{name}={value}"
        );
        let page = idp.browser().visit(idp.authorize_url(site, &[(name, value)])).await;
        assert!(page.has_form("/login"), "{name}={value}");
        if name == "login_hint" {
            assert_eq!(page.input("username"), value);
        }
    }
    // Reversed order, and by POST, as another site posts: without our cookies.
    let url = reqwest::Url::parse(&idp.authorize_url(site, &[])).unwrap();
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.reverse();
    let fields: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let cross_site = [("origin", "https://site-a.example"), ("sec-fetch-site", "cross-site")];
    let answer = idp.browser().post_with(idp.url("/authorize"), &fields, &cross_site).await;
    let answer = story.browser.follow(answer).await;
    assert_eq!(idp.redeem(site, &answer.redirect_param("code").unwrap()).await.status, 200);
    // A client that authenticates in the body.
    let code = story.code().await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", site.redirect_uri()),
        ("code_verifier", idp_tests::pkce::VERIFIER),
        ("client_id", site.id()),
        ("client_secret", site.secret.as_deref().unwrap()),
    ];
    assert_eq!(idp.post("/token", &form).await.status, 200);
}

#[tokio::test]
async fn basic_prompt_login_and_max_age_ask_again_and_prompt_none_never_asks() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let id_token_of = async |answer: &Answer| {
        jwt::claims(idp.redeem(site, &answer.redirect_param("code").unwrap()).await.text("id_token"))
    };
    let first = jwt::claims(story.id_token());
    for changes in [
        vec![("prompt", "none")],
        vec![("prompt", "none"), ("id_token_hint", story.id_token())],
        vec![("max_age", "10000")],
        vec![("max_age", "15000"), ("prompt", "none")],
        vec![],
    ] {
        idp.clock.advance(2);
        let claims = id_token_of(&story.browser.open(idp.authorize_url(site, &changes)).await).await;
        assert_eq!(
            (&claims["sub"], &claims["auth_time"], &claims["sid"]),
            (&first["sub"], &first["auth_time"], &first["sid"]),
            "{changes:?}"
        );
    }
    let mut former = first["auth_time"].as_i64().unwrap();
    for changes in [[("max_age", "1")], [("prompt", "login")], [("prompt", "select_account")]] {
        idp.clock.advance(2);
        let claims = id_token_of(&through_the_form(&story, &changes).await).await;
        assert_eq!(claims["sub"], first["sub"], "{changes:?}");
        let auth_time = claims["auth_time"].as_i64().unwrap();
        assert!(auth_time > former && auth_time == idp.now(), "{changes:?}");
        former = auth_time;
    }
    // A state of 128 characters of every kind, and no more in the answer than belongs there.
    let state = "abcXYZ0189-._~".repeat(10)[..128].to_owned();
    let answer = idp.browser().open(idp.authorize_url(site, &[("prompt", "none"), ("state", &state)])).await;
    assert_eq!(
        (answer.redirect_param("error").as_deref(), answer.redirect_param("state")),
        (Some("login_required"), Some(state))
    );
    let names: BTreeSet<_> =
        answer.location().unwrap().query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["error", "error_description", "iss", "state"].map(str::to_owned).into());
    let description = answer.redirect_param("error_description").unwrap();
    assert!(
        description.bytes().all(|byte| (0x20..0x7f).contains(&byte) && !b"\"\\".contains(&byte)),
        "{description}"
    );
    // The hint means Bob: Alice cannot answer silently for him.
    idp.add_user("bob").await;
    let bobs = idp.browser().sign_in_for_tokens(idp, site, "bob").await;
    let answer = story
        .browser
        .open(idp.authorize_url(site, &[("prompt", "none"), ("id_token_hint", bobs.text("id_token"))]))
        .await;
    assert_eq!(answer.redirect_param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn basic_a_happy_flow_without_nonce_and_pkce() {
    let idp = TestIdp::start().await;
    let site =
        plan_client("plan").with_redirect_uri("https://plan.example/callback?dummy1=lorem&dummy2=ipsum");
    let story = SignedIn::on(idp, site).await;
    let (idp, site) = (&story.idp, &story.site);
    let answer =
        story.browser.open(idp.authorize_url(site, &[&NO_PKCE[..], &[("nonce", "")]].concat())).await;
    // The registered query is kept, in front.
    assert!(
        answer
            .location()
            .unwrap()
            .as_str()
            .starts_with("https://plan.example/callback?dummy1=lorem&dummy2=ipsum&")
    );
    let code = answer.redirect_param("code").unwrap();
    assert!(code.len() >= 43, "256 bits");
    let tokens = redeem(idp, site, &code).await;
    assert_eq!((tokens.status, tokens.text("token_type")), (200, "Bearer"));
    let expires_in = tokens.body["expires_in"].as_i64().unwrap();
    assert!(0 < expires_in && expires_in <= 365 * 24 * 60 * 60);
    assert_eq!(jwt::claims(tokens.text("id_token")).get("nonce"), None);
    // Used a second time half a minute later: 400, and what the first use got is worth nothing.
    idp.clock.advance(30);
    assert_eq!(redeem(idp, site, &code).await.refusal(), (400, "invalid_grant"));
    assert!((400..500).contains(&idp.userinfo(tokens.text("access_token")).await.status));
}

#[tokio::test]
async fn basic_a_refresh_token_of_one_client_is_refused_from_another() {
    let story = SignedIn::at(plan_client("plan-1")).await;
    let (idp, second) = (&story.idp, plan_client("plan-2"));
    idp.add_client(&second).await;
    let refreshed = idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(
        (refreshed.status, refreshed.text("token_type"), refreshed.header("cache-control")),
        (200, "Bearer", "no-store")
    );
    assert!(refreshed.body["expires_in"].as_i64().unwrap() > 0 && refreshed.text("refresh_token").len() > 43);
    let code = story.browser.open(idp.authorize_url(&second, &NO_PKCE)).await.redirect_param("code").unwrap();
    let theirs = redeem(idp, &second, &code).await;
    assert_eq!(
        idp.refresh(&story.site, theirs.text("refresh_token")).await.refusal(),
        (400, "invalid_grant")
    );
    assert_eq!(idp.refresh(&second, theirs.text("refresh_token")).await.status, 200);
}

#[tokio::test]
async fn form_post_carries_codes_and_errors_in_a_form_and_nothing_in_the_address() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for (changes, field, value) in [
        (vec![], "code", None),
        (vec![("prompt", "none"), ("max_age", "0")], "error", Some("login_required")),
        (vec![("response_type", "token")], "error", Some("unsupported_response_type")),
        (vec![("scope", "admin")], "error", Some("invalid_scope")),
        (vec![("request_uri", "urn:x")], "error", Some("request_uri_not_supported")),
        (vec![("response_type", "")], "error", Some("invalid_request")),
    ] {
        let page = story
            .browser
            .open(idp.authorize_url(site, &[&changes[..], &[("response_mode", "form_post")]].concat()))
            .await;
        assert_eq!((page.status, page.header("location")), (200, ""), "{changes:?}");
        assert!(page.body.contains("method=\"post\"") && page.has_form(site.redirect_uri()), "{changes:?}");
        assert_eq!(
            (page.input("state"), page.input("iss")),
            ("the-state".to_owned(), idp.issuer.clone()),
            "{changes:?}"
        );
        assert!(
            !page.input(field).is_empty() && value.is_none_or(|value| page.input(field) == value),
            "{changes:?}"
        );
        // A classic script sends it, and a button stands beside it.
        assert!(
            page.body.contains("<script src=")
                && !page.body.contains("type=\"module\"")
                && page.body.contains("type=\"submit\"")
        );
    }
    let page = story.browser.open(idp.authorize_url(site, &[("response_mode", "form_post")])).await;
    assert_eq!(idp.redeem(site, &page.input("code")).await.status, 200);
    // Through the login page, too: the mode is remembered.
    let page = through_the_form(&story, &[("response_mode", "form_post"), ("prompt", "login")]).await;
    assert_eq!(idp.redeem(site, &page.input("code")).await.status, 200);
}
