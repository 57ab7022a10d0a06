//! What the RP-Initiated Logout plan demands, module by module (OpenID Connect RP-Initiated Logout 1.0). A click on the
//! confirmation page is allowed everywhere; a redirect only where a genuine hint and a registered URI come together.

use idp_tests::{Answer, Browser, ClientSpec, SignedIn, TestIdp, jwt};
use serde_json::json;
use url::Url;

/// Goes to the end-session endpoint, and confirms if asked.
async fn log_out(story: &SignedIn, params: &[(&str, &str)]) -> Answer {
    let url = Url::parse_with_params(&story.idp.url("/end-session"), params).unwrap();
    confirm(story, story.browser.open(url).await).await
}

async fn confirm(story: &SignedIn, answer: Answer) -> Answer {
    let answer = story.browser.follow(answer).await;
    if !answer.has_form("/logout") {
        return answer;
    }
    let answer = story.browser.press(&answer, "logout", &[]).await;
    story.browser.follow(answer).await
}

async fn is_out(browser: &Browser, idp: &TestIdp, site: &ClientSpec) -> bool {
    let answer = browser.open(idp.authorize_url(site, &[("prompt", "none")])).await;
    answer.redirect_param("error").as_deref() == Some("login_required")
}

#[tokio::test]
async fn rp_logout_goes_back_with_the_very_state() {
    let metadata_name = "end_session_endpoint";
    for state in ["", "abc", "%\"<>\\&#?+=;/:@ !$'()*,[]^`{|}~-._aZ09%41%zz\"<>\\&", "state with spaces", "ü"]
    {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let (idp, site) = (&story.idp, &story.site);
        let metadata = idp.send(idp.http.get(idp.url("/.well-known/openid-configuration"))).await.body;
        assert_eq!(metadata[metadata_name], idp.url("/end-session"));
        let mut params =
            vec![("id_token_hint", story.id_token()), ("post_logout_redirect_uri", site.post_logout_uri())];
        params.extend((!state.is_empty()).then_some(("state", state)));
        let answer = log_out(&story, &params).await;
        let location = answer.location().unwrap_or_else(|| panic!("{state:?}: {answer:?}"));
        assert!(location.as_str().starts_with(site.post_logout_uri()), "{location}");
        let pairs: Vec<_> =
            location.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let expected = if state.is_empty() { vec![] } else { vec![("state".to_owned(), state.to_owned())] };
        assert_eq!(pairs, expected, "the state and nothing else");
        assert!(is_out(&story.browser, idp, site).await);
    }
}

#[tokio::test]
async fn rp_logout_by_post_does_the_same() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let fields = [
        ("id_token_hint", story.id_token()),
        ("post_logout_redirect_uri", site.post_logout_uri()),
        ("state", "x y&z"),
    ];
    let cross_site = [("origin", "https://site-a.example"), ("sec-fetch-site", "cross-site")];
    let answer = story.browser.post_with(idp.url("/end-session"), &fields, &cross_site).await;
    let answer = confirm(&story, answer).await;
    assert_eq!(answer.redirect_param("state").as_deref(), Some("x y&z"), "{answer:?}");
    assert!(is_out(&story.browser, idp, site).await);
}

#[tokio::test]
async fn rp_logout_never_redirects_without_proof() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let other = ClientSpec::confidential("site-b");
    idp.add_client(&other).await;
    for (module, params) in requests_without_proof(&story, &other) {
        let params: Vec<_> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = log_out(&story, &params).await;
        let place = (answer.header("location"), answer.url.host_str());
        assert_eq!(place, ("", Some("idp.localhost")), "{module}");
        assert!(answer.header("content-type").starts_with("text/html"), "{module}");
        assert!(!answer.body.contains("evil.example"), "{module}");
        if is_out(&story.browser, idp, site).await {
            story.browser.sign_in(idp, site, "alice").await;
        }
    }
}

type Parameters = Vec<(&'static str, String)>;

/// By module of the plan: a hint that proves nothing, or a URI that the hinted client has not registered.
fn requests_without_proof(story: &SignedIn, other: &ClientSpec) -> Vec<(&'static str, Parameters)> {
    let (hint, uri) = (story.id_token(), story.site.post_logout_uri());
    let claims = jwt::claims(hint);
    let unsigned = |signature| jwt::assemble(&json!({ "alg": "none" }), &claims, signature);
    let by_the_client =
        jwt::assemble(&json!({ "alg": "HS256", "typ": "JWT" }), &claims, &jwt::encode([7; 32]));
    let to =
        |uri: &str| vec![("id_token_hint", hint.to_owned()), ("post_logout_redirect_uri", uri.to_owned())];
    let hinted =
        |hint: &str| vec![("id_token_hint", hint.to_owned()), ("post_logout_redirect_uri", uri.to_owned())];
    let and = |mut params: Parameters, name, value: &str| {
        params.push((name, value.to_owned()));
        params
    };
    let no_hint = || vec![("post_logout_redirect_uri", uri.to_owned())];
    vec![
        ("bad-post-logout-redirect-uri", to("https://site-a.example/other")),
        ("another client's URI", to(other.post_logout_uri())),
        ("the redirect URI of the code flow", to(story.site.redirect_uri())),
        ("query-added", to(&format!("{uri}?foo=bar"))),
        ("modified-id-token-hint", hinted(&unsigned(""))),
        ("modified, old signature", hinted(&unsigned(hint.rsplit('.').next().unwrap()))),
        ("bad-id-token-hint", hinted(&by_the_client)),
        ("no-id-token-hint", and(no_hint(), "state", "x")),
        ("no hint, but a name", and(no_hint(), "client_id", story.site.id())),
        ("a hint, and another name", and(to(uri), "client_id", other.id())),
        ("an access token for a hint", hinted(story.access_token())),
        ("the URI twice", and(to(uri), "post_logout_redirect_uri", "https://evil.example/")),
    ]
}

#[tokio::test]
async fn rp_logout_without_a_place_to_go_ends_on_our_own_page() {
    for (module, params) in [
        ("no-params", vec![]),
        ("only-state", vec![("state", "x")]),
        ("no-post-logout-redirect-uri", vec![("id_token_hint", "")]),
    ] {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let params: Vec<_> = params
            .into_iter()
            .map(|(name, value)| (name, if value.is_empty() { story.id_token() } else { value }))
            .collect();
        let answer = log_out(&story, &params).await;
        assert_eq!((answer.status, answer.url.path()), (200, "/logged-out"), "{module}");
        assert!(is_out(&story.browser, &story.idp, &story.site).await, "{module}");
        assert_eq!(
            story.idp.refresh(&story.site, story.refresh_token()).await.refusal(),
            (400, "invalid_grant"),
            "{module}"
        );
    }
}
