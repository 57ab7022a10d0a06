//! The session cookie: new at each sign-in, never adopted from outside, and no authority for other sites.

use idp_tests::{Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, TestIdp};

fn session(browser: &Browser) -> Option<String> {
    browser.cookie(HOST, SESSION)
}

#[tokio::test]
async fn s62_the_cookie_is_new_after_each_sign_in_and_the_old_value_is_nobody() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    alice.idp.add_user("bob").await;
    let mut seen = vec![session(&alice.browser).unwrap()];
    for name in ["alice", "alice", "bob", "alice"] {
        let page = alice.browser.visit(alice.idp.authorize_url(&alice.site, &[("prompt", "login")])).await;
        let answer = alice.browser.log_in_as(&page, name, PASSWORD).await;
        assert!(answer.redirect_param("code").is_some());
        seen.push(session(&alice.browser).unwrap());
    }
    let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{seen:?}");
    let now = seen.pop().unwrap();
    for former in seen {
        let thief = alice.idp.browser();
        thief.set_cookie(HOST, SESSION, &former);
        let page = thief.visit(alice.idp.authorize_url(&alice.site, &[])).await;
        assert!(page.has_form("/login"), "a former value still counts");
        assert!(!page.body.contains("alice"));
    }
    let same = alice.idp.browser();
    same.set_cookie(HOST, SESSION, &now);
    assert!(same.open(alice.idp.authorize_url(&alice.site, &[])).await.redirect_param("code").is_some());
}

#[tokio::test]
async fn s62_a_cookie_that_somebody_else_planted_is_never_adopted() {
    let attacker = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &attacker.idp;
    idp.add_user("victim").await;
    let real = session(&attacker.browser).unwrap();
    let (kept, swapped) = (&real[..real.len() - 1], real.chars().rev().collect::<String>());
    let made_up = "A".repeat(real.len());
    let planted =
        [real.as_str(), kept, &swapped, &made_up, "1", "admin", "../../x", "%00", "\u{e9}", "\"quoted\""];
    for value in planted {
        let victim = idp.browser();
        victim.set_cookie(HOST, SESSION, value);
        let page = victim.visit(idp.authorize_url(&attacker.site, &[("prompt", "login")])).await;
        let answer = victim.log_in_as(&page, "victim", PASSWORD).await;
        assert!(answer.redirect_param("code").is_some(), "{value:?}: {answer:?}");
        assert_ne!(session(&victim).as_deref(), Some(value), "the planted value became a session");
        // The attacker who planted it is not signed in afterwards, least of all as the victim.
        let thief = idp.browser();
        thief.set_cookie(HOST, SESSION, value);
        let page = thief.visit(idp.authorize_url(&attacker.site, &[])).await;
        assert!(page.has_form("/login"), "{value:?}");
    }
}

#[tokio::test]
async fn s62_the_next_person_at_the_same_browser_gets_nothing_of_the_first() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let bob = alice.idp.add_user("bob").await;
    let page =
        alice.browser.visit(alice.idp.authorize_url(&alice.site, &[("prompt", "select_account")])).await;
    let answer = alice.browser.log_in_as(&page, "bob", PASSWORD).await;
    let tokens = alice.idp.redeem(&alice.site, &answer.redirect_param("code").unwrap()).await;
    assert_eq!(alice.idp.userinfo(tokens.text("access_token")).await.text("sub"), bob.to_string());
    // Hers ended with her session, wherever they are.
    assert_eq!(alice.idp.userinfo(alice.access_token()).await.status, 401);
    assert!(!alice.idp.is_active(&alice.site, alice.refresh_token()).await);
}

#[tokio::test]
async fn s62_before_the_sign_in_there_is_no_session_at_all() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    assert_eq!(session(&browser), None);
    assert_eq!(browser.log_in_as(&page, "alice", "wrong").await.status, 422);
    assert_eq!(session(&browser), None);
}

#[tokio::test]
async fn z08_a_link_from_another_site_finds_the_session_and_a_post_carries_no_authority() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let b = ClientSpec::confidential("site-b");
    alice.idp.add_client(&b).await;
    let (_, _, attributes) =
        alice.browser.cookies(HOST).into_iter().find(|(name, ..)| name == SESSION).unwrap();
    assert!(attributes.contains("SameSite=Lax"), "{attributes}");
    // From A to B by links alone, each a top-level GET from another site.
    let from_b = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("referer", "https://site-b.example/"),
    ];
    let answer =
        alice.browser.send(reqwest::Method::GET, &alice.idp.authorize_url(&b, &[]), None, &from_b).await;
    assert!(answer.redirect_param("code").is_some(), "no second form: {answer:?}");

    // A cross-site POST comes without Lax cookies. It is sent on as a link, which has them.
    let without_cookies = alice.idp.browser();
    let query = alice.idp.authorize_url(&b, &[]).split_once('?').unwrap().1.to_owned();
    let posted = without_cookies
        .send(reqwest::Method::POST, &alice.idp.url("/authorize"), Some(query.clone()), &from_b)
        .await;
    assert_eq!((posted.status, posted.redirect_param("code")), (303, None));
    assert!(without_cookies.cookies(HOST).is_empty());
    let answer = alice.browser.open(posted.location().unwrap()).await;
    assert!(answer.redirect_param("code").is_some());
    // Even with cookies (an old browser) a POST by itself yields nothing.
    let posted =
        alice.browser.send(reqwest::Method::POST, &alice.idp.url("/authorize"), Some(query), &from_b).await;
    assert_eq!((posted.status, posted.redirect_param("code")), (303, None));
}

#[tokio::test]
async fn an_idle_session_and_an_old_one_are_over() {
    const DAY: i64 = 24 * 60 * 60;
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let url = alice.idp.authorize_url(&alice.site, &[]);
    // Used every other day it lasts, until it is a month old.
    for _ in 0..14 {
        alice.idp.clock.advance(2 * DAY);
        assert!(alice.browser.open(&url).await.redirect_param("code").is_some());
    }
    alice.idp.clock.advance(2 * DAY);
    assert!(alice.browser.visit(&url).await.has_form("/login"), "the absolute limit");
    let page = alice.browser.visit(&url).await;
    assert!(alice.browser.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
    alice.idp.clock.advance(3 * DAY);
    assert!(alice.browser.visit(&url).await.has_form("/login"), "the idle limit");
}
