//! The authorization endpoint: which requests are answered with what (RFC 6749 3.1 and 4.1, OpenID Connect Core 3.1.2,
//! RFC 9207). Where the answer may go is `redirect_target`, what is granted `granted`.

use crate::refusal::{assert_page, assert_refused};
use idp_tests::{ClientSpec, SignedIn, TestIdp, jwt};
use std::net::TcpListener;
use url::form_urlencoded::byte_serialize;

async fn one_site() -> (TestIdp, ClientSpec) {
    let (idp, site) = (TestIdp::start().await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    (idp, site)
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// After a good request: a parameter once more, in any spelling.
const REPEATED: &[&str] = &[
    "state=the-state",
    "state=",
    "state=other",
    "scope=openid",
    "scope=",
    "response_type=code",
    "response_type=token",
    "nonce=x",
    "prompt=none&prompt=none",
    "code_challenge=x",
    "code_challenge_method=S256",
    "max_age=1&max_age=1",
    "x=1&x=2",
    "x=&x=",
    "x[]=1",
    "x[]=1&x[]=2",
    "x[0]=1&x[1]=2",
    "scope[]=admin",
    "state[]=y",
    "response_mode[]=query",
    "%73tate=x",
    "sta%74e=x",
    "a%5B%5D=1",
    "response_mode=query&response_mode=form_post",
];

#[tokio::test]
async fn s05_a_parameter_that_comes_twice_is_refused() {
    let (idp, site) = one_site().await;
    let browser = idp.browser();
    let good = idp.authorize_url(&site, &[]);
    let query = good.split_once('?').unwrap().1.to_owned();
    let callback = encoded(site.redirect_uri());
    for again in [
        "client_id=site-a".to_owned(),
        "client_id=".into(),
        "client_id=other".into(),
        "client_id[]=site-a".into(),
        "client%5B%5D=1&client_id%5b%5d=x".into(),
        "client_id[0]=site-a".into(),
        format!("redirect_uri={callback}"),
        "redirect_uri=https://evil.example/".into(),
        "redirect_uri=".into(),
        "redirect_uri[]=https://evil.example/".into(),
        format!("redirect_uri%5B%5D={callback}"),
        "redirect_uri[a][b]=x".into(),
    ] {
        assert_page(&browser.open(format!("{good}&{again}")).await, &again);
        let form = format!("{query}&{again}");
        let posted = browser.send(reqwest::Method::POST, &idp.url("/authorize"), Some(form), &[]).await;
        assert_page(&browser.follow(posted).await, &format!("posted {again}"));
    }
    for &again in REPEATED {
        let answer = browser.open(format!("{good}&{again}")).await;
        if answer.status == 200 {
            // Two response modes: whichever is taken, the error goes to the registered place.
            assert!(answer.input("error") == "invalid_request", "{again}");
            continue;
        }
        assert_refused(&idp, &site, &answer, &["invalid_request"], again);
        let form = format!("{query}&{again}");
        let posted = browser.send(reqwest::Method::POST, &idp.url("/authorize"), Some(form), &[]).await;
        let answer = browser.follow(posted).await;
        assert_refused(&idp, &site, &answer, &["invalid_request"], &format!("posted {again}"));
    }
}

#[tokio::test]
async fn s06_tokens_never_travel_through_the_front_channel() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    for wanted in [
        "",
        "token",
        "id_token",
        "id_token token",
        "token id_token",
        "code token",
        "code id_token",
        "code id_token token",
        "none",
        "CODE",
        "Code",
        "code code",
        "code ",
        " code",
        "code\u{0}",
        "code,token",
        "device_code",
        "password",
        "vp_token",
    ] {
        let answer = browser.open(idp.authorize_url(site, &[("response_type", wanted)])).await;
        assert_refused(idp, site, &answer, &["unsupported_response_type", "invalid_request"], wanted);
        assert_eq!(answer.redirect_param("state").as_deref(), Some("the-state"), "{wanted}");
    }
    for mode in [
        "fragment",
        "web_message",
        "jwt",
        "query.jwt",
        "fragment.jwt",
        "form_post.jwt",
        "QUERY",
        "Form_Post",
        "query form_post",
        "x",
        "form_post ",
    ] {
        let answer = browser.open(idp.authorize_url(site, &[("response_mode", mode)])).await;
        assert_refused(idp, site, &answer, &["invalid_request"], mode);
    }
    // The modes that exist carry a code and no token.
    let answer = browser.open(idp.authorize_url(site, &[("response_mode", "query")])).await;
    assert!(answer.redirect_param("code").is_some());
    let page = browser.open(idp.authorize_url(site, &[("response_mode", "form_post")])).await;
    assert!(!page.input("code").is_empty() && !page.body.contains("token"), "{}", page.body);
}

#[tokio::test]
async fn s07_prompt_none_asks_nobody() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let asking = ClientSpec::confidential("asking").with_consent();
    idp.add_client(&asking).await;
    idp.clock.advance(100);

    let stranger = idp.browser();
    for changes in [
        vec![("prompt", "none")],
        vec![("prompt", "none"), ("max_age", "10000")],
        vec![("prompt", "none"), ("id_token_hint", story.id_token())],
    ] {
        let answer = stranger.open(idp.authorize_url(site, &changes)).await;
        assert_refused(idp, site, &answer, &["login_required"], "nobody is signed in");
    }
    for changes in [[("prompt", "none"), ("max_age", "0")], [("prompt", "none"), ("max_age", "99")]] {
        let answer = browser.open(idp.authorize_url(site, &changes)).await;
        assert_refused(idp, site, &answer, &["login_required"], changes[1].1);
    }
    let answer = browser.open(idp.authorize_url(&asking, &[("prompt", "none")])).await;
    assert_refused(idp, &asking, &answer, &["consent_required"], "consent is needed");
}

#[tokio::test]
async fn s07_a_prompt_or_max_age_that_is_none_is_refused() {
    let (idp, site) = &one_site().await;
    let browser = idp.browser();
    for prompt in [
        "none login",
        "login none",
        "none consent",
        "none none",
        "none ",
        " none",
        "NONE",
        "create",
        "login  consent",
        "login,consent",
        "x",
    ] {
        let answer = browser.open(idp.authorize_url(site, &[("prompt", prompt)])).await;
        assert_refused(idp, site, &answer, &["invalid_request"], prompt);
    }
    for max_age in ["-1", "x", "1.5", "1e3", "0x10", " 1", "1 ", "+1", "99999999999999999999", "١", "1,000"]
    {
        let answer = browser.open(idp.authorize_url(site, &[("max_age", max_age)])).await;
        assert_refused(idp, site, &answer, &["invalid_request"], max_age);
    }
}

#[tokio::test]
async fn s07_auth_time_is_when_the_password_was_given() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let signed_in_at = idp.now();
    idp.clock.advance(100);
    let silent = idp.redeem(site, &story.code_with(&[("prompt", "none"), ("max_age", "100")]).await).await;
    assert_eq!(jwt::claims(silent.text("id_token"))["auth_time"], signed_in_at);
    for (name, value) in
        [("max_age", "0"), ("max_age", "50"), ("prompt", "login"), ("prompt", "login consent")]
    {
        idp.clock.advance(60);
        let page = browser.visit(idp.authorize_url(&story.site, &[(name, value)])).await;
        assert!(page.has_form("/login"), "{name}={value} shows the form");
        let mut answer = browser.log_in_as(&page, "alice", idp_tests::PASSWORD).await;
        answer = browser.follow(answer).await;
        if answer.has_form("/consent") {
            answer = browser.press(&answer, "allow", &[]).await;
        }
        let tokens = idp.redeem(site, &answer.redirect_param("code").unwrap()).await;
        assert_eq!(jwt::claims(tokens.text("id_token"))["auth_time"], idp.now(), "{name}={value}");
    }
}

const HOSTILE_STATES: &[&str] = &[
    "&code=x",
    "a=b&iss=https://evil.example",
    "#fragment",
    "%0d%0aSet-Cookie: x=y",
    "\r\nSet-Cookie: x=y",
    "\n",
    "\t",
    "\"><script>alert(1)</script>",
    "'",
    "\\",
    "a b",
    "a+b",
    "%2B%20",
    "ü中文🙂",
    "\u{202e}abc",
    "\u{0}x",
    "=",
    "?",
    "/",
    ";",
    "%",
    "%zz",
    "{\"a\":[1]}",
];

#[tokio::test]
async fn s08_state_comes_back_byte_for_byte() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let long = "s".repeat(4096);
    for &state in HOSTILE_STATES.iter().chain([&long.as_str()]) {
        for changes in [vec![("state", state)], vec![("state", state), ("response_type", "token")]] {
            let answer = browser.open(idp.authorize_url(site, &changes)).await;
            assert_eq!(answer.status, 303, "{state:?}: {}", answer.body);
            assert_eq!(answer.redirect_param("state").as_deref(), Some(state));
            let location = answer.header("location");
            assert!(location.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{location}");
            let count = |name: &str| {
                answer.location().unwrap().query_pairs().filter(|(known, _)| known == name).count()
            };
            assert_eq!(
                (count("state"), count("iss"), count("code") + count("error")),
                (1, 1, 1),
                "{location}"
            );
            assert!(
                answer.headers.get("x").is_none()
                    && answer.location().unwrap().host_str() == Some("site-a.example")
            );
        }
        // The same inside a page, where quotes and angle brackets could break out.
        let page =
            browser.open(idp.authorize_url(site, &[("state", state), ("response_mode", "form_post")])).await;
        assert_eq!(page.status, 200, "{state:?}");
        assert!(!page.body.contains("<script>alert"), "{state:?}");
    }
    let answer = browser.open(idp.authorize_url(site, &[("state", &"s".repeat(4097))])).await;
    assert_refused(idp, site, &answer, &["invalid_request"], "a state that is too long");
    let answer = browser.open(idp.authorize_url(site, &[("state", "")])).await;
    assert_eq!(answer.redirect_param("state"), None, "absent stays absent");
}

#[tokio::test]
async fn s09_every_response_names_the_issuer() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let metadata = idp.send(idp.http.get(idp.url("/.well-known/openid-configuration"))).await.body;
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    for changes in [
        vec![],
        vec![("response_type", "token")],
        vec![("scope", "nothing")],
        vec![("prompt", "none"), ("max_age", "0")],
        vec![("iss", "https://evil.example")],
    ] {
        let answer = browser.open(idp.authorize_url(site, &changes)).await;
        let issuers: Vec<_> = answer
            .location()
            .unwrap()
            .query_pairs()
            .filter(|(name, _)| name == "iss")
            .map(|(_, value)| value.into_owned())
            .collect();
        assert_eq!(issuers, [idp.issuer.as_str()], "{changes:?}");
        let page = browser
            .open(idp.authorize_url(site, &[&changes[..], &[("response_mode", "form_post")]].concat()))
            .await;
        assert_eq!(page.input("iss"), idp.issuer, "{changes:?}");
    }
    assert_eq!(metadata["issuer"], idp.issuer.as_str());
}

#[tokio::test]
async fn s10_request_objects_are_refused_and_nothing_is_fetched() {
    let (idp, site) = one_site().await;
    let browser = idp.browser();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let bait = format!("http://{}/object", listener.local_addr().unwrap());
    for (name, value, error) in [
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        ("request", "x", "request_not_supported"),
        ("request", bait.as_str(), "request_not_supported"),
        ("request_uri", bait.as_str(), "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"),
        ("request_uri", "file:///etc/passwd", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
    ] {
        let answer = browser.open(idp.authorize_url(&site, &[(name, value)])).await;
        assert_refused(&idp, &site, &answer, &[error], name);
    }
    let deep = format!("{}{}", "[".repeat(3000), "]".repeat(3000));
    let long = format!("{{\"userinfo\":{{\"{}\":null}}}}", "x".repeat(10_000));
    for claims in [
        "x",
        "[]",
        "1",
        "null",
        "\"x\"",
        "{",
        r#"{"userinfo":[]}"#,
        r#"{"userinfo":1}"#,
        r#"{"userinfo":{"name":1}}"#,
        r#"{"id_token":"x"}"#,
        r#"{"id_token":{"a":[]}}"#,
        &deep,
        &long,
    ] {
        let answer = browser.open(idp.authorize_url(&site, &[("claims", claims)])).await;
        assert_refused(&idp, &site, &answer, &["invalid_request"], claims);
    }
    // What we do not know we ignore.
    for (name, value) in [
        ("extra", "foobar"),
        ("resource", ""),
        ("logo_uri", bait.as_str()),
        ("jwks_uri", bait.as_str()),
        ("sector_identifier_uri", bait.as_str()),
        ("claims", "{}"),
        ("id_token", "x"),
        ("dpop_jkt", "x"),
    ] {
        let page = browser.visit(idp.authorize_url(&site, &[(name, value)])).await;
        assert!(page.has_form("/login"), "{name}");
    }
    assert!(listener.accept().is_err(), "another host was asked");
}

#[tokio::test]
async fn s08_a_posted_request_too_long_for_an_address_gets_a_page() {
    let idp = TestIdp::start().await;
    let answer = idp.browser().post(idp.url("/authorize"), &[("extra", &"x".repeat(20_000))]).await;
    assert_eq!((answer.status, answer.location()), (400, None));
}
