//! Signing out: asked first unless the site proves that it speaks for this session; final when it is done.

use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, TestIdp, jwt};
use reqwest::Method;
use url::Url;

fn end_session_url(idp: &TestIdp, params: &[(&str, &str)]) -> String {
    Url::parse_with_params(&idp.url("/end-session"), params).unwrap().into()
}

async fn is_signed_in(browser: &Browser, idp: &TestIdp, site: &ClientSpec) -> bool {
    let answer = browser.open(idp.authorize_url(site, &[("prompt", "none")])).await;
    match answer.redirect_param("error").as_deref() {
        Some("login_required") => false,
        None if answer.redirect_param("code").is_some() => true,
        _ => panic!("{answer:?}"),
    }
}

fn asks(answer: &Answer) -> bool {
    answer.status == 200 && answer.has_form("/logout") && answer.body.contains("id=\"logout-confirm\"")
}

#[tokio::test]
async fn s69_nobody_is_signed_out_by_an_image_a_link_or_a_forged_form() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let plain = end_session_url(idp, &[]);
    let hinted = end_session_url(idp, &[("id_token_hint", alice.id_token())]);
    for dest in
        ["image", "iframe", "frame", "script", "style", "empty", "object", "embed", "audio", "nonsense"]
    {
        for url in [&plain, &hinted] {
            let answer = browser
                .send(Method::GET, url, None, &[("sec-fetch-dest", dest), ("sec-fetch-site", "cross-site")])
                .await;
            assert!(asks(&answer), "{dest}: {answer:?}");
        }
    }
    assert!(asks(&browser.open(&plain).await), "without a hint");
    let others = [
        vec![("client_id", "site-a")],
        vec![("client_id", "site-a"), ("post_logout_redirect_uri", "https://site-a.example/bye")],
        vec![("id_token_hint", "garbage")],
        vec![("id_token_hint", "")],
        vec![("logout_hint", "alice"), ("state", "x")],
    ];
    for params in others {
        assert!(asks(&browser.open(end_session_url(idp, &params)).await), "{params:?}");
    }
    // Posted from another site with or without cookies, and posted to the confirmation without its token.
    for headers in [&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")][..], &[]] {
        let answer = browser.post_with(idp.url("/end-session"), &[], headers).await;
        assert!(asks(&browser.follow(answer).await));
        for fields in [&[][..], &[("action", "logout")], &[("tx", "x"), ("csrf", "y"), ("action", "logout")]]
        {
            let answer = browser.post_with(idp.url("/logout"), fields, headers).await;
            assert!(matches!(answer.status, 400 | 403), "{answer:?}");
        }
    }
    // Its address leads to the question.
    assert!(asks(&browser.visit(idp.url("/logout?tx=x&csrf=y&action=logout")).await));
    for method in [Method::HEAD, Method::PUT, Method::DELETE] {
        assert_eq!(browser.send(method, &idp.url("/logout"), None, &[]).await.status, 405);
    }
    assert!(is_signed_in(browser, idp, &alice.site).await);
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 200);
}

#[tokio::test]
async fn s69_the_confirmation_ends_the_session_of_the_person_who_confirms() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let page = browser.open(idp.url("/end-session")).await;
    assert!(page.body.contains("alice"));
    // The form of another person does not.
    let bob = idp.browser();
    idp.add_user("bob").await;
    let _ = bob.sign_in(idp, &alice.site, "bob").await;
    assert_eq!(bob.press(&page, "logout", &[]).await.status, 403);
    let his = bob.open(idp.url("/end-session")).await;
    assert_eq!(browser.press(&his, "logout", &[]).await.status, 403);
    assert!(is_signed_in(browser, idp, &alice.site).await && is_signed_in(&bob, idp, &alice.site).await);

    let done = browser.press(&page, "logout", &[]).await;
    assert_eq!((done.status, done.location().unwrap().path()), (303, "/logged-out"));
    let done = browser.follow(done).await;
    assert!(done.body.contains("You are signed out"), "{}", done.body);
    assert!(!is_signed_in(browser, idp, &alice.site).await);
    assert!(is_signed_in(&bob, idp, &alice.site).await);
    // Confirmed once more in another tab: nothing to end, nothing to fail.
    assert_eq!(browser.press(&page, "logout", &[]).await.status, 303);
}

#[tokio::test]
async fn who_declines_to_sign_out_is_told_that_they_are_still_signed_in() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let page = browser.open(idp.url("/end-session")).await;
    let answer = browser.press(&page, "cancel", &[]).await;
    let stayed = browser.follow(answer).await;
    assert_eq!(stayed.status, 200);
    assert!(
        stayed.body.contains("You are still signed in") && stayed.body.contains("alice"),
        "{}",
        stayed.body
    );
    assert!(!stayed.body.to_lowercase().contains("signed out"));
    assert!(is_signed_in(browser, idp, &alice.site).await);
    assert_eq!(idp.refresh(&alice.site, alice.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn s70_after_logging_out_a_browser_goes_only_where_the_hinted_client_registered() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&alice.idp, &alice.site);
    let other = ClientSpec::confidential("site-b");
    idp.add_client(&other).await;
    let good = site.post_logout_uri();
    let bad = [
        "https://evil.example/",
        other.post_logout_uri(),
        site.redirect_uri(),
        "https://site-a.example/bye?next=https://evil.example",
        "https://site-a.example/bye#x",
        "https://site-a.example/bye/",
        "https://site-a.example/BYE",
        "https://site-a.example/bye/../bye",
        "https://site-a.example/%62ye",
        "https://site-a.example:443/bye",
        "http://site-a.example/bye",
        "https://site-a.example.evil.example/bye",
        "https://site-a.example@evil.example/bye",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
    ];
    for uri in bad {
        let browser = idp.browser();
        let tokens = browser.sign_in_for_tokens(idp, site, "alice").await;
        let params =
            [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", uri), ("state", "s")];
        let answer = browser.open(end_session_url(idp, &params)).await;
        assert_eq!((answer.status, answer.location().unwrap().path()), (303, "/logged-out"), "{uri:?}");
        assert_eq!(answer.location().unwrap().host_str(), Some(HOST), "{uri:?}");
    }
    // Repeated, it is nowhere.
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(idp, site, "alice").await;
    let params = [
        ("id_token_hint", tokens.text("id_token")),
        ("post_logout_redirect_uri", good),
        ("post_logout_redirect_uri", "https://evil.example/"),
    ];
    assert_eq!(browser.open(end_session_url(idp, &params)).await.location().unwrap().host_str(), Some(HOST));

    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(idp, site, "alice").await;
    let params = [
        ("id_token_hint", tokens.text("id_token")),
        ("post_logout_redirect_uri", good),
        ("state", "a b&c=d"),
    ];
    let answer = browser.open(end_session_url(idp, &params)).await;
    assert!(answer.location().unwrap().as_str().starts_with(good));
    assert_eq!(answer.redirect_param("state").as_deref(), Some("a b&c=d"));
}

#[tokio::test]
async fn s70_a_hint_must_be_a_genuine_id_token_of_this_provider() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser, site) = (&alice.idp, &alice.browser, &alice.site);
    let stranger = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let genuine = alice.id_token();
    let (header, claims) = (jwt::header(genuine), jwt::claims(genuine));
    let signature = genuine.rsplit('.').next().unwrap();
    let mut none = header.clone();
    none["alg"] = "none".into();
    let mut renamed = claims.clone();
    renamed["aud"] = "site-b".into();
    let hints = [
        jwt::assemble(&none, &claims, ""),
        jwt::assemble(&none, &claims, signature),
        jwt::assemble(&header, &renamed, signature),
        genuine[..genuine.len() - 3].to_owned(),
        format!("{genuine}A"),
        alice.access_token().to_owned(),
        alice.refresh_token().to_owned(),
        stranger.id_token().to_owned(),
        "a.b.c".to_owned(),
    ];
    for hint in &hints {
        let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", site.post_logout_uri())];
        let page = browser.open(end_session_url(idp, &params)).await;
        assert!(asks(&page), "{hint}");
        assert!(!page.body.contains("site-a.example/bye"), "a forged hint names no place to go: {hint}");
    }
    // A genuine token of another client does not vouch for this client's address.
    let other = ClientSpec::confidential("site-b");
    idp.add_client(&other).await;
    let theirs = browser.open(idp.authorize_url(&other, &[])).await.redirect_param("code").unwrap();
    let theirs = idp.redeem(&other, &theirs).await;
    let params = [
        ("id_token_hint", theirs.text("id_token")),
        ("client_id", site.id()),
        ("post_logout_redirect_uri", site.post_logout_uri()),
    ];
    let page = browser.open(end_session_url(idp, &params)).await;
    assert!(asks(&page));
    let done = browser.press(&page, "logout", &[]).await;
    assert_eq!(done.location().unwrap().host_str(), Some(HOST));
}

#[tokio::test]
async fn s70_an_expired_but_genuine_hint_is_as_good_as_a_fresh_one() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    alice.idp.clock.advance(2 * 60 * 60);
    let params =
        [("id_token_hint", alice.id_token()), ("post_logout_redirect_uri", alice.site.post_logout_uri())];
    let answer = alice.browser.open(end_session_url(&alice.idp, &params)).await;
    assert_eq!(answer.location().unwrap().as_str(), alice.site.post_logout_uri());
    assert_eq!(alice.browser.cookie(HOST, SESSION), None);
    assert!(!is_signed_in(&alice.browser, &alice.idp, &alice.site).await);
}

#[tokio::test]
async fn s70_a_hint_of_an_earlier_session_asks_first() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let page = alice.browser.open(alice.idp.url("/end-session")).await;
    let _ = alice.browser.press(&page, "logout", &[]).await;
    let _ = alice.browser.sign_in(&alice.idp, &alice.site, "alice").await;
    let page = alice.browser.open(end_session_url(&alice.idp, &[("id_token_hint", alice.id_token())])).await;
    assert!(asks(&page));
    assert!(is_signed_in(&alice.browser, &alice.idp, &alice.site).await);
}

#[tokio::test]
async fn s71_logging_out_ends_everything_that_hung_on_the_session() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser, a) = (&alice.idp, &alice.browser, &alice.site);
    let b = ClientSpec::public("site-b");
    idp.add_client(&b).await;
    let at_b = browser.open(idp.authorize_url(&b, &[])).await.redirect_param("code").unwrap();
    let at_b = idp.redeem(&b, &at_b).await;
    let refreshed = idp.refresh(a, alice.refresh_token()).await;
    let unredeemed = alice.code().await;
    let elsewhere = idp.browser();
    let other_device = elsewhere.sign_in_for_tokens(idp, a, "alice").await;
    let cookie = browser.cookie(HOST, SESSION).unwrap();

    // The site posts its request, as RP-Initiated Logout section 2 wants it to be able to.
    let hint = [
        ("id_token_hint", alice.id_token()),
        ("post_logout_redirect_uri", a.post_logout_uri()),
        ("state", "bye"),
    ];
    let posted = idp
        .browser()
        .post_with(
            idp.url("/end-session"),
            &hint,
            &[("sec-fetch-site", "cross-site"), ("origin", "https://site-a.example")],
        )
        .await;
    assert_eq!(posted.status, 303);
    let answer = browser.open(posted.location().unwrap()).await;
    assert!(answer.location().unwrap().as_str().starts_with(a.post_logout_uri()), "{answer:?}");

    assert_eq!(browser.cookie(HOST, SESSION), None);
    for (spec, token) in
        [(a, alice.refresh_token()), (a, refreshed.text("refresh_token")), (&b, at_b.text("refresh_token"))]
    {
        assert_eq!(idp.refresh(spec, token).await.refusal(), (400, "invalid_grant"));
    }
    for token in [alice.access_token(), refreshed.text("access_token"), at_b.text("access_token")] {
        assert_eq!(idp.userinfo(token).await.status, 401);
        assert!(!idp.is_active(a, token).await);
    }
    assert!(!idp.is_active(a, refreshed.text("refresh_token")).await);
    assert_eq!(idp.redeem(a, &unredeemed).await.refusal(), (400, "invalid_grant"));
    assert!(!is_signed_in(browser, idp, a).await && !is_signed_in(browser, idp, &b).await);
    // The cookie is dead on the server too, not only forgotten by the browser.
    browser.set_cookie(HOST, SESSION, &cookie);
    assert!(!is_signed_in(browser, idp, a).await);
    // Another device is another session.
    assert_eq!(idp.userinfo(other_device.text("access_token")).await.status, 200);
    assert!(is_signed_in(&elsewhere, idp, a).await);
    // And she can come back.
    let page = browser.visit(idp.authorize_url(a, &[])).await;
    assert!(browser.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
}

#[tokio::test]
async fn s71_a_posted_request_ends_a_session_only_for_a_minute_and_asks_afterwards() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let back = alice.site.post_logout_uri();
    let fields = [("id_token_hint", alice.id_token()), ("post_logout_redirect_uri", back)];
    let posted = alice.browser.post(alice.idp.url("/end-session"), &fields).await;
    alice.idp.clock.advance(61);
    let question = alice.browser.open(posted.location().unwrap()).await;
    assert!(asks(&question));
    assert!(is_signed_in(&alice.browser, &alice.idp, &alice.site).await);
    // The way back is not lost.
    let answer = alice.browser.press(&question, "logout", &[]).await;
    assert!(answer.location().unwrap().as_str().starts_with(back), "{answer:?}");
}
