//! Cookies: how they are set, and how little of what a browser sends is believed.

use idp_tests::{ClientSpec, HOST, PASSWORD, SESSION, SignedIn, TestIdp};
use std::collections::BTreeSet;

#[tokio::test]
async fn s63_every_cookie_is_a_host_cookie_and_lax() {
    for issuer in [None, Some("https://login.example.com")] {
        let idp = TestIdp::start_with(|config| {
            if let Some(issuer) = issuer {
                config.issuer.url = issuer.parse().unwrap();
            }
        })
        .await;
        let site = ClientSpec::confidential("site-a").with_consent();
        idp.add_client(&site).await;
        idp.add_user("alice").await;
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        let answer = browser.press(&page, "login", &[("username", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookies = browser.cookies(HOST);
        assert_eq!(cookies.len(), 4, "{cookies:?}");
        for (name, value, attributes) in cookies {
            let set: BTreeSet<String> =
                attributes.split(';').map(|part| part.trim().to_lowercase()).collect();
            let fixed: BTreeSet<&str> =
                set.iter().map(String::as_str).filter(|part| !part.starts_with("max-age=")).collect();
            assert!(name.starts_with("__Host-"), "{name}");
            assert_eq!(fixed, ["httponly", "path=/", "samesite=lax", "secure"].into(), "{name}");
            assert!(
                value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)),
                "{value}"
            );
        }
    }
}

#[tokio::test]
async fn s63_a_session_cookie_that_came_twice_or_under_another_name_is_nobodys() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let value = alice.browser.cookie(HOST, SESSION).unwrap();
    let silent = alice.idp.authorize_url(&alice.site, &[("prompt", "none")]);
    let with = async |cookie: &str| {
        let answer = alice.idp.http.get(&silent).header("cookie", cookie).send().await.unwrap();
        answer.headers()["location"].to_str().unwrap().contains("code=")
    };
    assert!(with(&format!("{SESSION}={value}")).await);
    for same in [
        format!("a=b; {SESSION}={value}; c=d"),
        format!("a=b;{SESSION}={value};c=d"),
        format!(" {SESSION}={value} ;"),
    ] {
        assert!(with(&same).await, "{same}");
    }
    let nobody = [
        format!("{SESSION}={value}; {SESSION}={value}"),
        format!("{SESSION}={value}; {SESSION}=x"),
        format!("{SESSION}=x; {SESSION}={value}"),
        format!("{SESSION}=; {SESSION}={value}"),
        format!("__host-idp_session={value}"),
        format!("__HOST-IDP_SESSION={value}"),
        format!("__Host-IDP_session={value}"),
        format!("__Secure-idp_session={value}"),
        format!("idp_session={value}"),
        format!("x__Host-idp_session={value}"),
        format!("={SESSION}={value}"),
        format!("%5F_Host-idp_session={value}"),
        format!("{SESSION} ={value}"),
        format!("{SESSION}={value}x"),
        format!("{SESSION}=\"{value}\""),
        format!("{SESSION}=%{:02X}{}", value.as_bytes()[0], &value[1..]),
        format!("{SESSION}={}", value.to_lowercase()),
        format!("{SESSION}={}", value.to_uppercase()),
        format!("a=b, {SESSION}={value}"),
        SESSION.to_owned(),
        format!("{SESSION}="),
        String::new(),
    ];
    for cookie in nobody {
        assert!(!with(&cookie).await, "{cookie}");
    }
}

#[tokio::test]
async fn s63_cookies_of_other_pages_sign_nobody_out() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let value = alice.browser.cookie(HOST, SESSION).unwrap();
    let silent = alice.idp.authorize_url(&alice.site, &[("prompt", "none")]);
    let many = (0..60).map(|n| format!("junk{n}={n}; ")).collect::<String>();
    let crowd: [&[u8]; 10] = [
        b"novalue; ",
        b"; ; ;; ",
        b"=; ",
        b"=x; ",
        b"a=%zz; ",
        b"a=%ff%fe; ",
        b"a=\xff\xfe; ",
        b"\xe9=1; ",
        b"a={\"json\":\"x,y\"}; b=\"quoted; ",
        many.as_bytes(),
    ];
    for junk in crowd {
        let cookie = [junk, format!("{SESSION}={value}").as_bytes()].concat();
        let cookie = reqwest::header::HeaderValue::from_bytes(&cookie).unwrap();
        let answer = alice.idp.http.get(&silent).header("cookie", cookie).send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        assert!(location.contains("code="), "{:?}: {location}", String::from_utf8_lossy(junk));
    }
    // In two header lines, as HTTP/2 proxies split them.
    let request =
        alice.idp.http.get(&silent).header("cookie", "a=b").header("cookie", format!("{SESSION}={value}"));
    assert!(request.send().await.unwrap().headers()["location"].to_str().unwrap().contains("code="));
}

#[tokio::test]
async fn s63_one_cookie_does_not_pass_for_another() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let cookies = alice.browser.cookies(HOST);
    for (from, value, _) in &cookies {
        for (to, ..) in cookies.iter().filter(|(name, ..)| name != from) {
            let thief = alice.idp.browser();
            thief.set_cookie(HOST, to, value);
            let page = thief.visit(alice.idp.authorize_url(&alice.site, &[])).await;
            assert!(page.has_form("/login"), "{from} as {to}");
        }
    }
}

#[tokio::test]
async fn s63_bindings_of_many_tabs_are_bounded() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    for _ in 0..40 {
        let _ = browser.visit(idp.authorize_url(&site, &[])).await;
    }
    assert_eq!(browser.cookies(HOST).len(), 1, "a browser keeps its one binding");
    // Planted ones do not push it out of sight, nor cost much.
    for n in 0..50 {
        browser.set_cookie(HOST, &format!("__Host-idp_browser_!{n}"), "junk");
    }
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    assert_eq!(browser.log_in_as(&page, "alice", PASSWORD).await.status, 303);
}
