//! The authorization endpoint: where an answer may go, and which requests are answered with what
//! (RFC 6749 3.1 and 4.1, OpenID Connect Core 3.1.2, RFC 9207, RFC 9700 2.1 and 4.1).

use idp_core::redirect_uri::RedirectUri;
use idp_tests::{Answer, ClientSpec, SignedIn, TestIdp, jwt};
use std::net::TcpListener;
use url::form_urlencoded::byte_serialize;

/// A page of ours and nothing else: no redirect, nothing to be cached, no referrer for anybody.
#[track_caller]
fn assert_page(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 400, "{why}: {}", answer.body);
    assert_eq!(answer.header("location"), "", "{why}");
    assert!(answer.header("content-type").starts_with("text/html"), "{why}");
    assert!(answer.header("cache-control").contains("no-store"), "{why}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{why}");
}

/// A redirect to the registered URI with this error, the state and the issuer; no code and no token in it.
#[track_caller]
fn assert_refused(idp: &TestIdp, site: &ClientSpec, answer: &Answer, errors: &[&str], why: &str) {
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

async fn one_site() -> (TestIdp, ClientSpec) {
    let (idp, site) = (TestIdp::start().await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    (idp, site)
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn s01_without_a_known_client_and_its_redirect_uri_there_is_no_redirect() {
    let (idp, site) = one_site().await;
    let other = ClientSpec::confidential("site-b");
    idp.add_client(&other).await;
    let browser = idp.browser();
    let callback = site.redirect_uri();
    for (why, changes) in [
        ("unknown client", [("client_id", "nobody"), ("redirect_uri", callback)]),
        ("client in another case", [("client_id", "SITE-A"), ("redirect_uri", callback)]),
        ("client with a space", [("client_id", "site-a "), ("redirect_uri", callback)]),
        ("client that is no id", [("client_id", "<script>alert(1)</script>"), ("redirect_uri", callback)]),
        ("client with a NUL", [("client_id", "site-a\0"), ("redirect_uri", callback)]),
        ("client like SQL", [("client_id", "' OR 1=1 --"), ("redirect_uri", callback)]),
        ("no client", [("client_id", ""), ("redirect_uri", callback)]),
        ("no redirect URI although one is registered", [("redirect_uri", ""), ("state", "x")]),
        ("unregistered redirect URI", [("redirect_uri", "https://evil.example/"), ("state", "x")]),
        ("the redirect URI of another client", [("redirect_uri", other.redirect_uri()), ("state", "x")]),
        ("the log-out URI", [("redirect_uri", site.post_logout_uri()), ("state", "x")]),
    ] {
        for mode in ["", "query", "form_post", "fragment"] {
            let changes: Vec<_> = changes.into_iter().chain([("response_mode", mode)]).collect();
            let answer = browser.open(idp.authorize_url(&site, &changes)).await;
            assert_page(&answer, why);
            assert!(!answer.body.contains("<script>alert"), "{why}");
            assert!(!answer.body.contains("evil.example/\""), "{why}: the page leads there");
        }
    }
    // Errors that come later do not open the door either.
    let answer = browser.open(idp.authorize_url(&site, &[("redirect_uri", "https://evil.example/"), ("prompt", "none")])).await;
    assert_page(&answer, "prompt=none to an unregistered place");
}

#[tokio::test]
async fn s02_a_redirect_uri_that_is_not_the_registered_bytes_is_refused() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_redirect_uri("https://site-a.example/app/callback?tenant=1");
    idp.add_client(&site).await;
    let browser = idp.browser();
    let good = browser.open(idp.authorize_url(&site, &[])).await;
    assert_eq!(good.status, 303);
    for presented in [
        "https://site-a.example/app/callback", "https://site-a.example/app/callback?", "https://site-a.example/app/callback?tenant=2",
        "https://site-a.example/app/callback?tenant=1&x=2", "https://site-a.example/app/callback?x=2&tenant=1",
        "https://site-a.example/app/callback?tenant=1#", "https://site-a.example/app/callback?tenant=1#f",
        "https://site-a.example/app/callback?tenant=1&", "https://site-a.example/app/callback?TENANT=1",
        "https://site-a.example/app/callback?tenant=%31", "https://site-a.example/app/callback/?tenant=1",
        "https://site-a.example/app/x/../callback?tenant=1", "https://site-a.example/app/./callback?tenant=1",
        "https://site-a.example/app//callback?tenant=1", "https://site-a.example//app/callback?tenant=1",
        "https://site-a.example/app/%63allback?tenant=1", "https://site-a.example/app%2fcallback?tenant=1",
        "https://site-a.example/app/callback;x?tenant=1", "https://site-a.example/App/callback?tenant=1",
        "HTTPS://site-a.example/app/callback?tenant=1", "https://SITE-A.example/app/callback?tenant=1",
        "https://site-a.example:443/app/callback?tenant=1", "https://site-a.example:8443/app/callback?tenant=1",
        "https://site-a.example./app/callback?tenant=1", "http://site-a.example/app/callback?tenant=1",
        "https://www.site-a.example/app/callback?tenant=1", "https://site-a.example.evil.example/app/callback?tenant=1",
        "https://evil.example/https://site-a.example/app/callback?tenant=1", "https://site-a.example@evil.example/app/callback?tenant=1",
        "https://user@site-a.example/app/callback?tenant=1", "https://evil.example\\@site-a.example/app/callback?tenant=1",
        "https:\\\\site-a.example/app/callback?tenant=1", "https:/site-a.example/app/callback?tenant=1",
        "https:site-a.example/app/callback?tenant=1", "//site-a.example/app/callback?tenant=1", "/app/callback?tenant=1",
        " https://site-a.example/app/callback?tenant=1", "https://site-a.example/app/callback?tenant=1 ",
        "https://site-a.example/app/callback?tenant=1\n", "https://site-a.example/app/callback?tenant=1\r\nx: y",
        "https://site-a.example/app/callback?tenant=1\0", "https://site-a.example/app/call\tback?tenant=1",
        "https://site-a\u{3002}example/app/callback?tenant=1", "https://site-a.example\u{ff0f}app/callback?tenant=1",
        "https://site-\u{430}.example/app/callback?tenant=1", "https://xn--site--8la.example/app/callback?tenant=1",
        "https://site-a.example/app/callback?tenant=1\u{200b}", "\u{feff}https://site-a.example/app/callback?tenant=1",
        "https://site-a.example/app/callback?tenant=1,https://evil.example/", "https://site-a.example/*", "javascript:alert(1)",
        "data:text/html,x", "https%3A%2F%2Fsite-a.example%2Fapp%2Fcallback%3Ftenant%3D1", "https://127.0.0.1/app/callback?tenant=1",
    ] {
        assert_page(&browser.open(idp.authorize_url(&site, &[("redirect_uri", presented)])).await, presented);
    }
}

#[test]
fn s03_what_could_not_be_a_safe_target_is_never_registered() {
    for uri in [
        "javascript:alert(1)", "JavaScript:alert(1)", "javascript://site-a.example/%0aalert(1)", "data:text/html,<script>", "vbscript:x",
        "file:///etc/passwd", "blob:https://site-a.example/1", "about:blank", "ftp://site-a.example/cb", "ws://site-a.example/cb",
        "http://site-a.example/cb", "http://127.0.0.1.evil.example/cb", "http://localhost.evil.example/cb", "http://0.0.0.0/cb",
        "https://*.site-a.example/cb", "https://site-a.example/*", "https://site-a.example/cb?x=*", "https://site-a.example/cb#", "https://site-a.example/cb#f",
        "https://10.1.2.3/cb", "https://172.16.0.1/cb", "https://192.168.0.1/cb", "https://169.254.169.254/cb", "https://0.0.0.0/cb",
        "https://[fd00::1]/cb", "https://[fe80::1]/cb", "https://[::ffff:192.168.0.1]/cb", "https://0x0a000001/cb", "https://167772161/cb", "https://10.1/cb",
        "https://site-a.example/cb?code=1", "https://site-a.example/cb?a=1&state=2", "https://site-a.example/cb?iss=1", "https://site-a.example/cb?error=1",
        "https://site-a.example/cb?%65rror=1", "https://site-a.example/cb?error_description=x", "https://a:b@site-a.example/cb", "https://@site-a.example/cb",
        "https://site-a.example\\cb", "https://site-a.example/c b", "https://site-a.example/\u{e9}", "https://site-a.example/cb\n", "/cb", "cb", "", "https://", "https:///cb",
    ] {
        assert!(RedirectUri::parse(uri).is_err(), "{uri:?} was registered");
    }
}

#[tokio::test]
async fn s04_a_native_application_chooses_its_port_and_nothing_else() {
    let idp = TestIdp::start().await;
    let v4 = ClientSpec::public("native").with_redirect_uri("http://127.0.0.1/cb?x=1");
    let v6 = ClientSpec::public("native-six").with_redirect_uri("http://[::1]:7000/cb");
    let named = ClientSpec::public("native-named").with_redirect_uri("http://localhost:7000/cb");
    for client in [&v4, &v6, &named] {
        idp.add_client(client).await;
    }
    idp.add_user("alice").await;
    let browser = idp.browser();
    for (client, presented) in [
        (&v4, "http://127.0.0.1/cb?x=1"), (&v4, "http://127.0.0.1:1024/cb?x=1"), (&v4, "http://127.0.0.1:65535/cb?x=1"),
        (&v6, "http://[::1]:9/cb"), (&v6, "http://[::1]/cb"), (&named, "http://localhost:7000/cb"),
    ] {
        assert_eq!(browser.open(idp.authorize_url(client, &[("redirect_uri", presented)])).await.status, 303, "{presented}");
    }
    for (client, presented) in [
        (&v4, "http://127.0.0.1:1024/cb"), (&v4, "http://127.0.0.1:1024/cb?x=2"), (&v4, "http://127.0.0.1:1024/cb/?x=1"),
        (&v4, "https://127.0.0.1:1024/cb?x=1"), (&v4, "http://127.0.0.2:1024/cb?x=1"), (&v4, "http://localhost:1024/cb?x=1"),
        (&v4, "http://[::1]:1024/cb?x=1"), (&v4, "http://127.1:1024/cb?x=1"), (&v4, "http://0x7f.0.0.1/cb?x=1"), (&v4, "http://2130706433/cb?x=1"),
        (&v4, "http://127.0.0.1:1024@evil.example/cb?x=1"), (&v4, "http://127.0.0.1.evil.example/cb?x=1"), (&v4, "http://127.0.0.1:/cb?x=1"),
        (&v4, "http://127.0.0.1:0/cb?x=1"), (&v4, "http://127.0.0.1:65536/cb?x=1"), (&v4, "http://127.0.0.1:-1/cb?x=1"), (&v4, "http://127.0.0.1:1e3/cb?x=1"),
        (&v6, "http://[::1]:9/cb2"), (&v6, "http://[::2]:9/cb"), (&v6, "http://[0:0:0:0:0:0:0:1]:9/cb"), (&v6, "http://[::ffff:127.0.0.1]:9/cb"),
        (&named, "http://localhost:7001/cb"), (&named, "http://localhost/cb"), (&named, "http://127.0.0.1:7000/cb"), (&named, "http://a.localhost:7000/cb"),
    ] {
        assert_page(&browser.open(idp.authorize_url(client, &[("redirect_uri", presented)])).await, presented);
    }
    // The code goes to the port that asked, and only that port redeems it.
    let here = "http://127.0.0.1:40001/cb?x=1";
    let page = browser.visit(idp.authorize_url(&v4, &[("redirect_uri", here)])).await;
    let answer = browser.log_in_as(&page, "alice", idp_tests::PASSWORD).await;
    assert!(answer.location().unwrap().as_str().starts_with(&format!("{here}&code=")), "{answer:?}");
    let code = answer.redirect_param("code").unwrap();
    assert_eq!(idp.redeem(&v4, &code).await.refusal(), (400, "invalid_grant"));
}

#[tokio::test]
async fn s05_a_parameter_that_comes_twice_is_refused() {
    let (idp, site) = one_site().await;
    let browser = idp.browser();
    let good = idp.authorize_url(&site, &[]);
    let query = good.split_once('?').unwrap().1.to_owned();
    let callback = encoded(site.redirect_uri());
    for again in [
        "client_id=site-a".to_owned(), "client_id=".into(), "client_id=other".into(), "client_id[]=site-a".into(), "client%5B%5D=1&client_id%5b%5d=x".into(),
        "client_id[0]=site-a".into(), format!("redirect_uri={callback}"), "redirect_uri=https://evil.example/".into(), "redirect_uri=".into(),
        "redirect_uri[]=https://evil.example/".into(), format!("redirect_uri%5B%5D={callback}"), "redirect_uri[a][b]=x".into(),
    ] {
        assert_page(&browser.open(format!("{good}&{again}")).await, &again);
        let form = format!("{query}&{again}");
        let posted = browser.send(reqwest::Method::POST, &idp.url("/authorize"), Some(form), &[]).await;
        assert_page(&browser.follow(posted).await, &format!("posted {again}"));
    }
    for again in [
        "state=the-state", "state=", "state=other", "scope=openid", "scope=", "response_type=code", "response_type=token", "nonce=x", "prompt=none&prompt=none",
        "code_challenge=x", "code_challenge_method=S256", "max_age=1&max_age=1", "x=1&x=2", "x=&x=", "x[]=1", "x[]=1&x[]=2", "x[0]=1&x[1]=2", "scope[]=admin", "state[]=y",
        "response_mode[]=query", "%73tate=x", "sta%74e=x", "a%5B%5D=1", "response_mode=query&response_mode=form_post",
    ] {
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
        "", "token", "id_token", "id_token token", "token id_token", "code token", "code id_token", "code id_token token", "none", "CODE", "Code", "code code",
        "code ", " code", "code\u{0}", "code,token", "device_code", "password", "vp_token",
    ] {
        let answer = browser.open(idp.authorize_url(site, &[("response_type", wanted)])).await;
        assert_refused(idp, site, &answer, &["unsupported_response_type", "invalid_request"], wanted);
        assert_eq!(answer.redirect_param("state").as_deref(), Some("the-state"), "{wanted}");
    }
    for mode in ["fragment", "web_message", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt", "QUERY", "Form_Post", "query form_post", "x", "form_post "] {
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
async fn s07_prompt_none_asks_nobody_and_auth_time_is_honest() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let asking = ClientSpec::confidential("asking").that_asks();
    idp.add_client(&asking).await;
    let signed_in_at = idp.now();
    idp.clock.advance(100);

    let stranger = idp.browser();
    for changes in [vec![("prompt", "none")], vec![("prompt", "none"), ("max_age", "10000")], vec![("prompt", "none"), ("id_token_hint", story.id_token())]] {
        let answer = stranger.open(idp.authorize_url(site, &changes)).await;
        assert_refused(idp, site, &answer, &["login_required"], "nobody is signed in");
    }
    for changes in [[("prompt", "none"), ("max_age", "0")], [("prompt", "none"), ("max_age", "99")]] {
        let answer = browser.open(idp.authorize_url(site, &changes)).await;
        assert_refused(idp, site, &answer, &["login_required"], changes[1].1);
    }
    let answer = browser.open(idp.authorize_url(&asking, &[("prompt", "none")])).await;
    assert_refused(idp, &asking, &answer, &["consent_required"], "consent is needed");

    for prompt in ["none login", "login none", "none consent", "none none", "none ", " none", "NONE", "create", "login  consent", "login,consent", "x"] {
        let answer = browser.open(idp.authorize_url(site, &[("prompt", prompt)])).await;
        assert_refused(idp, site, &answer, &["invalid_request"], prompt);
    }
    for max_age in ["-1", "x", "1.5", "1e3", "0x10", " 1", "1 ", "+1", "99999999999999999999", "١", "1,000"] {
        let answer = browser.open(idp.authorize_url(site, &[("max_age", max_age)])).await;
        assert_refused(idp, site, &answer, &["invalid_request"], max_age);
    }

    let silent = idp.redeem(site, &story.code_with(&[("prompt", "none"), ("max_age", "100")]).await).await;
    assert_eq!(jwt::claims(silent.text("id_token"))["auth_time"], signed_in_at);
    for (name, value) in [("max_age", "0"), ("max_age", "50"), ("prompt", "login"), ("prompt", "login consent")] {
        idp.clock.advance(60);
        let page = browser.visit(idp.authorize_url(&story.site, &[(name, value)])).await;
        assert!(page.has_form("/login"), "{name}={value} shows the form");
        let mut answer = browser.log_in_as(&page, "alice", idp_tests::PASSWORD).await;
        answer = browser.follow(answer).await;
        if answer.has_form("/consent") {
            let fields = [("tx", answer.input("tx")), ("csrf", answer.input("csrf")), ("action", "allow".to_owned())];
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            answer = browser.post(idp.url("/consent"), &fields).await;
        }
        let tokens = idp.redeem(site, &answer.redirect_param("code").unwrap()).await;
        assert_eq!(jwt::claims(tokens.text("id_token"))["auth_time"], idp.now(), "{name}={value}");
    }
}

#[tokio::test]
async fn s08_state_comes_back_byte_for_byte() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let long = "s".repeat(4096);
    for state in [
        "&code=x", "a=b&iss=https://evil.example", "#fragment", "%0d%0aSet-Cookie: x=y", "\r\nSet-Cookie: x=y", "\n", "\t", "\"><script>alert(1)</script>", "'", "\\", "a b", "a+b",
        "%2B%20", "ü中文🙂", "\u{202e}abc", "\u{0}x", "=", "?", "/", ";", "%", "%zz", "{\"a\":[1]}", &long,
    ] {
        for changes in [vec![("state", state)], vec![("state", state), ("response_type", "token")]] {
            let answer = browser.open(idp.authorize_url(site, &changes)).await;
            assert_eq!(answer.status, 303, "{state:?}: {}", answer.body);
            assert_eq!(answer.redirect_param("state").as_deref(), Some(state));
            let location = answer.header("location");
            assert!(location.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{location}");
            let count = |name: &str| answer.location().unwrap().query_pairs().filter(|(known, _)| known == name).count();
            assert_eq!((count("state"), count("iss"), count("code") + count("error")), (1, 1, 1), "{location}");
            assert!(answer.headers.get("x").is_none() && answer.location().unwrap().host_str() == Some("site-a.example"));
        }
        // The same inside a page, where quotes and angle brackets could break out.
        let page = browser.open(idp.authorize_url(site, &[("state", state), ("response_mode", "form_post")])).await;
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
    for changes in [vec![], vec![("response_type", "token")], vec![("scope", "nothing")], vec![("prompt", "none"), ("max_age", "0")], vec![("iss", "https://evil.example")]] {
        let answer = browser.open(idp.authorize_url(site, &changes)).await;
        let issuers: Vec<_> = answer.location().unwrap().query_pairs().filter(|(name, _)| name == "iss").map(|(_, value)| value.into_owned()).collect();
        assert_eq!(issuers, [idp.issuer.as_str()], "{changes:?}");
        let page = browser.open(idp.authorize_url(site, &[&changes[..], &[("response_mode", "form_post")]].concat())).await;
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
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"), ("request", "x", "request_not_supported"), ("request", bait.as_str(), "request_not_supported"),
        ("request_uri", bait.as_str(), "request_uri_not_supported"), ("request_uri", "urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"),
        ("request_uri", "file:///etc/passwd", "request_uri_not_supported"), ("registration", "{}", "registration_not_supported"),
    ] {
        let answer = browser.open(idp.authorize_url(&site, &[(name, value)])).await;
        assert_refused(&idp, &site, &answer, &[error], name);
    }
    let deep = format!("{}{}", "[".repeat(3000), "]".repeat(3000));
    let long = format!("{{\"userinfo\":{{\"{}\":null}}}}", "x".repeat(10_000));
    for claims in ["x", "[]", "1", "null", "\"x\"", "{", r#"{"userinfo":[]}"#, r#"{"userinfo":1}"#, r#"{"userinfo":{"name":1}}"#, r#"{"id_token":"x"}"#, r#"{"id_token":{"a":[]}}"#, &deep, &long] {
        let answer = browser.open(idp.authorize_url(&site, &[("claims", claims)])).await;
        assert_refused(&idp, &site, &answer, &["invalid_request"], claims);
    }
    // What we do not know we ignore.
    for (name, value) in [("extra", "foobar"), ("resource", ""), ("logo_uri", bait.as_str()), ("jwks_uri", bait.as_str()), ("sector_identifier_uri", bait.as_str()), ("claims", "{}"), ("id_token", "x"), ("dpop_jkt", "x")] {
        let page = browser.visit(idp.authorize_url(&site, &[(name, value)])).await;
        assert!(page.has_form("/login"), "{name}");
    }
    assert!(listener.accept().is_err(), "somebody was asked");
}

#[tokio::test]
async fn s11_nothing_beyond_the_registration_is_granted() {
    let story = SignedIn::at(ClientSpec::confidential("site-a").with_scopes("openid profile email read")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let (long, many) = (format!("openid {}", "x".repeat(10_000)), "openid ".repeat(2000));
    for scope in [
        "", "openid phone", "openid admin", "openid  email", " openid", "openid ", "openid\temail", "openid\nemail", "openid\u{0}", "openid,email", "OPENID", "Openid email", "openid \"x\"", "openid \\",
        "openid é", "*", "openid *", "openid offline_access", &long, &many,
    ] {
        let answer = browser.open(idp.authorize_url(site, &[("scope", scope)])).await;
        assert_refused(idp, site, &answer, &["invalid_scope"], scope);
    }
    for scope in ["openid", "email openid", "openid openid", "read", "read email openid"] {
        let tokens = idp.redeem(site, &story.code_with(&[("scope", scope)]).await).await;
        let claims = jwt::claims(tokens.text("access_token"));
        assert_eq!(claims["scope"], tokens.body["scope"], "{scope}");
        for word in claims["scope"].as_str().unwrap().split(' ') {
            assert!(scope.split(' ').any(|asked| asked == word), "{word} was not asked for");
        }
        assert_eq!(tokens.body.get("id_token").is_some(), scope.contains("openid"), "{scope}");
    }
}

#[tokio::test]
async fn s11_nothing_beyond_the_consent_is_granted() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser) = (&story.idp, &story.browser);
    let asking = ClientSpec::confidential("asking").that_asks();
    idp.add_client(&asking).await;
    let answer = async |page: &Answer, action: &str| {
        let (tx, csrf) = (page.input("tx"), page.input("csrf"));
        browser.post(idp.url("/consent"), &[("tx", &tx), ("csrf", &csrf), ("action", action)]).await
    };
    let page = browser.visit(idp.authorize_url(&asking, &[("scope", "openid")])).await;
    assert!(page.has_form("/consent"));
    assert_refused(idp, &asking, &answer(&page, "deny").await, &["access_denied"], "denied");
    let allowed = answer(&browser.visit(idp.authorize_url(&asking, &[("scope", "openid")])).await, "allow").await;
    let tokens = idp.redeem(&asking, &allowed.redirect_param("code").unwrap()).await;
    assert_eq!(tokens.text("scope"), "openid");
    // The same again is not asked; more is, however it is spelled.
    assert!(browser.open(idp.authorize_url(&asking, &[("scope", "openid")])).await.redirect_param("code").is_some());
    for scope in ["openid email", "email openid", "openid read"] {
        let page = browser.visit(idp.authorize_url(&asking, &[("scope", scope)])).await;
        assert!(page.has_form("/consent"), "{scope}");
    }
}

#[tokio::test]
async fn s12_no_code_without_an_s256_challenge() {
    let (idp, site) = one_site().await;
    let public = ClientSpec::public("public");
    let mut lenient = ClientSpec::confidential("lenient");
    lenient.client.require_pkce = false;
    for client in [&public, &lenient] {
        idp.add_client(client).await;
    }
    idp.add_user("alice").await;
    let browser = idp.browser();
    browser.sign_in_for_tokens(&idp, &site, "alice").await;
    let good = idp_tests::pkce::CHALLENGE;
    let malformed = [
        vec![("code_challenge_method", "plain")], vec![("code_challenge_method", "")], vec![("code_challenge_method", "s256")], vec![("code_challenge_method", "S512")],
        vec![("code_challenge_method", "S256 ")], vec![("code_challenge", "")], vec![("code_challenge", "x")], vec![("code_challenge", &good[..42])],
        vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=")], vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA")],
        vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")], vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN")],
        vec![("code_challenge", " 9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")], vec![("code_challenge", idp_tests::pkce::VERIFIER), ("code_challenge_method", "plain")],
    ];
    for client in [&site, &public, &lenient] {
        for changes in &malformed {
            let answer = browser.open(idp.authorize_url(client, changes)).await;
            assert_refused(&idp, client, &answer, &["invalid_request"], &format!("{changes:?}"));
        }
    }
    let none = [("code_challenge", ""), ("code_challenge_method", "")];
    for client in [&site, &public] {
        let answer = browser.open(idp.authorize_url(client, &none)).await;
        assert_refused(&idp, client, &answer, &["invalid_request"], "no challenge");
    }
    assert!(browser.open(idp.authorize_url(&lenient, &none)).await.redirect_param("code").is_some());
    let mut contradiction = ClientSpec::public("contradiction");
    contradiction.client.require_pkce = false;
    assert!(contradiction.client.checked().is_err(), "a public client never goes without");
}
