//! Where an authorization response may go: to the redirect URI that this client registered, byte for byte, and nowhere
//! else (RFC 6749 3.1.2, RFC 8252 7.3, RFC 9700 2.1 and 4.1).

use crate::refusal::assert_page;
use idp_core::redirect_uri::RedirectUri;
use idp_tests::{ClientSpec, TestIdp};

#[tokio::test]
async fn s01_without_a_known_client_and_its_redirect_uri_there_is_no_redirect() {
    let (idp, site) = (TestIdp::start().await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
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
    let answer = browser
        .open(idp.authorize_url(&site, &[("redirect_uri", "https://evil.example/"), ("prompt", "none")]))
        .await;
    assert_page(&answer, "prompt=none to an unregistered place");
}

const REGISTERED_URI: &str = "https://site-a.example/app/callback?tenant=1";

/// Spellings that a browser or a lenient comparison could take for [`REGISTERED_URI`].
const NOT_THE_REGISTERED_URI: &[&str] = &[
    "https://site-a.example/app/callback",
    "https://site-a.example/app/callback?",
    "https://site-a.example/app/callback?tenant=2",
    "https://site-a.example/app/callback?tenant=1&x=2",
    "https://site-a.example/app/callback?x=2&tenant=1",
    "https://site-a.example/app/callback?tenant=1#",
    "https://site-a.example/app/callback?tenant=1#f",
    "https://site-a.example/app/callback?tenant=1&",
    "https://site-a.example/app/callback?TENANT=1",
    "https://site-a.example/app/callback?tenant=%31",
    "https://site-a.example/app/callback/?tenant=1",
    "https://site-a.example/app/x/../callback?tenant=1",
    "https://site-a.example/app/./callback?tenant=1",
    "https://site-a.example/app//callback?tenant=1",
    "https://site-a.example//app/callback?tenant=1",
    "https://site-a.example/app/%63allback?tenant=1",
    "https://site-a.example/app%2fcallback?tenant=1",
    "https://site-a.example/app/callback;x?tenant=1",
    "https://site-a.example/App/callback?tenant=1",
    "HTTPS://site-a.example/app/callback?tenant=1",
    "https://SITE-A.example/app/callback?tenant=1",
    "https://site-a.example:443/app/callback?tenant=1",
    "https://site-a.example:8443/app/callback?tenant=1",
    "https://site-a.example./app/callback?tenant=1",
    "http://site-a.example/app/callback?tenant=1",
    "https://www.site-a.example/app/callback?tenant=1",
    "https://site-a.example.evil.example/app/callback?tenant=1",
    "https://evil.example/https://site-a.example/app/callback?tenant=1",
    "https://site-a.example@evil.example/app/callback?tenant=1",
    "https://user@site-a.example/app/callback?tenant=1",
    "https://evil.example\\@site-a.example/app/callback?tenant=1",
    "https:\\\\site-a.example/app/callback?tenant=1",
    "https:/site-a.example/app/callback?tenant=1",
    "https:site-a.example/app/callback?tenant=1",
    "//site-a.example/app/callback?tenant=1",
    "/app/callback?tenant=1",
    " https://site-a.example/app/callback?tenant=1",
    "https://site-a.example/app/callback?tenant=1 ",
    "https://site-a.example/app/callback?tenant=1\n",
    "https://site-a.example/app/callback?tenant=1\r\nx: y",
    "https://site-a.example/app/callback?tenant=1\0",
    "https://site-a.example/app/call\tback?tenant=1",
    "https://site-a\u{3002}example/app/callback?tenant=1",
    "https://site-a.example\u{ff0f}app/callback?tenant=1",
    "https://site-\u{430}.example/app/callback?tenant=1",
    "https://xn--site--8la.example/app/callback?tenant=1",
    "https://site-a.example/app/callback?tenant=1\u{200b}",
    "\u{feff}https://site-a.example/app/callback?tenant=1",
    "https://site-a.example/app/callback?tenant=1,https://evil.example/",
    "https://site-a.example/*",
    "javascript:alert(1)",
    "data:text/html,x",
    "https%3A%2F%2Fsite-a.example%2Fapp%2Fcallback%3Ftenant%3D1",
    "https://127.0.0.1/app/callback?tenant=1",
];

#[tokio::test]
async fn s02_a_redirect_uri_that_is_not_the_registered_bytes_is_refused() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_redirect_uri(REGISTERED_URI);
    idp.add_client(&site).await;
    let browser = idp.browser();
    let good = browser.open(idp.authorize_url(&site, &[])).await;
    assert_eq!(good.status, 303);
    for presented in NOT_THE_REGISTERED_URI {
        assert_page(&browser.open(idp.authorize_url(&site, &[("redirect_uri", presented)])).await, presented);
    }
}

#[test]
fn s03_what_could_not_be_a_safe_target_is_never_registered() {
    for uri in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "javascript://site-a.example/%0aalert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://site-a.example/1",
        "about:blank",
        "ftp://site-a.example/cb",
        "ws://site-a.example/cb",
        "http://site-a.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://localhost.evil.example/cb",
        "http://0.0.0.0/cb",
        "https://*.site-a.example/cb",
        "https://site-a.example/*",
        "https://site-a.example/cb?x=*",
        "https://site-a.example/cb#",
        "https://site-a.example/cb#f",
        "https://10.1.2.3/cb",
        "https://172.16.0.1/cb",
        "https://192.168.0.1/cb",
        "https://169.254.169.254/cb",
        "https://0.0.0.0/cb",
        "https://[fd00::1]/cb",
        "https://[fe80::1]/cb",
        "https://[::ffff:192.168.0.1]/cb",
        "https://0x0a000001/cb",
        "https://167772161/cb",
        "https://10.1/cb",
        "https://site-a.example/cb?code=1",
        "https://site-a.example/cb?a=1&state=2",
        "https://site-a.example/cb?iss=1",
        "https://site-a.example/cb?error=1",
        "https://site-a.example/cb?%65rror=1",
        "https://site-a.example/cb?error_description=x",
        "https://a:b@site-a.example/cb",
        "https://@site-a.example/cb",
        "https://site-a.example\\cb",
        "https://site-a.example/c b",
        "https://site-a.example/\u{e9}",
        "https://site-a.example/cb\n",
        "/cb",
        "cb",
        "",
        "https://",
        "https:///cb",
    ] {
        assert!(RedirectUri::parse(uri).is_err(), "{uri:?} was registered");
    }
}

/// By client. RFC 8252 7.3: an address of the loopback is compared without its port, a name is compared as it is.
const SAME_BUT_FOR_THE_PORT: &[(&str, &str)] = &[
    ("native", "http://127.0.0.1/cb?x=1"),
    ("native", "http://127.0.0.1:1024/cb?x=1"),
    ("native", "http://127.0.0.1:65535/cb?x=1"),
    ("native-six", "http://[::1]:9/cb"),
    ("native-six", "http://[::1]/cb"),
    ("native-named", "http://localhost:7000/cb"),
];
const MORE_THAN_THE_PORT_DIFFERS: &[(&str, &str)] = &[
    ("native", "http://127.0.0.1:1024/cb"),
    ("native", "http://127.0.0.1:1024/cb?x=2"),
    ("native", "http://127.0.0.1:1024/cb/?x=1"),
    ("native", "https://127.0.0.1:1024/cb?x=1"),
    ("native", "http://127.0.0.2:1024/cb?x=1"),
    ("native", "http://localhost:1024/cb?x=1"),
    ("native", "http://[::1]:1024/cb?x=1"),
    ("native", "http://127.1:1024/cb?x=1"),
    ("native", "http://0x7f.0.0.1/cb?x=1"),
    ("native", "http://2130706433/cb?x=1"),
    ("native", "http://127.0.0.1:1024@evil.example/cb?x=1"),
    ("native", "http://127.0.0.1.evil.example/cb?x=1"),
    ("native", "http://127.0.0.1:/cb?x=1"),
    ("native", "http://127.0.0.1:0/cb?x=1"),
    ("native", "http://127.0.0.1:65536/cb?x=1"),
    ("native", "http://127.0.0.1:-1/cb?x=1"),
    ("native", "http://127.0.0.1:1e3/cb?x=1"),
    ("native-six", "http://[::1]:9/cb2"),
    ("native-six", "http://[::2]:9/cb"),
    ("native-six", "http://[0:0:0:0:0:0:0:1]:9/cb"),
    ("native-six", "http://[::ffff:127.0.0.1]:9/cb"),
    ("native-named", "http://localhost:7001/cb"),
    ("native-named", "http://localhost/cb"),
    ("native-named", "http://127.0.0.1:7000/cb"),
    ("native-named", "http://a.localhost:7000/cb"),
];

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
    let of = |id: &str| [&v4, &v6, &named].into_iter().find(|client| client.id() == id).unwrap();
    for (client, presented) in SAME_BUT_FOR_THE_PORT {
        let answer = browser.open(idp.authorize_url(of(client), &[("redirect_uri", presented)])).await;
        assert_eq!(answer.status, 303, "{presented}");
    }
    for (client, presented) in MORE_THAN_THE_PORT_DIFFERS {
        let answer = browser.open(idp.authorize_url(of(client), &[("redirect_uri", presented)])).await;
        assert_page(&answer, presented);
    }
    // The code goes to the port that asked, and only that port redeems it.
    let here = "http://127.0.0.1:40001/cb?x=1";
    let page = browser.visit(idp.authorize_url(&v4, &[("redirect_uri", here)])).await;
    let answer = browser.log_in_as(&page, "alice", idp_tests::PASSWORD).await;
    // Any program could listen there, so she is asked (RFC 8252 8.6).
    let answer = browser.press(&browser.follow(answer).await, "allow", &[]).await;
    assert!(answer.location().unwrap().as_str().starts_with(&format!("{here}&code=")), "{answer:?}");
    let code = answer.redirect_param("code").unwrap();
    assert_eq!(idp.redeem(&v4, &code).await.refusal(), (400, "invalid_grant"));
}
