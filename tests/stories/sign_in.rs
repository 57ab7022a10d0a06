//! Signing in, and being signed in at the next site.

use idp_tests::{ClientSpec, TestIdp};

#[tokio::test]
async fn a_person_signs_in_once_for_two_sites() {
    let idp = TestIdp::start().await;
    let (a, b) = (ClientSpec::confidential("site-a"), ClientSpec::confidential("site-b"));
    idp.add_client(&a).await;
    idp.add_client(&b).await;
    let alice = idp.add_user("alice").await;
    let browser = idp.browser();

    let tokens = browser.sign_in_for_tokens(&idp, &a, "alice").await;
    let userinfo = idp.userinfo(tokens.text("access_token")).await;
    assert_eq!((userinfo.status, userinfo.text("sub")), (200, alice.to_string().as_str()));
    assert_eq!(userinfo.text("email"), "alice@example.org");

    // The second site: no form, straight back with a code.
    let answer = browser.open(idp.authorize_url(&b, &[])).await;
    assert_eq!(answer.status, 303);
    let code = answer.redirect_param("code").expect("a code at once");
    assert_eq!(answer.redirect_param("iss").as_deref(), Some(idp.issuer.as_str()));
    assert_eq!(answer.redirect_param("state").as_deref(), Some("the-state"));
    assert_eq!(idp.redeem(&b, &code).await.status, 200);
}

#[tokio::test]
async fn a_refresh_answers_new_tokens_and_the_old_one_stops_working() {
    let idp = TestIdp::start().await;
    let a = ClientSpec::confidential("site-a");
    idp.add_client(&a).await;
    idp.add_user("alice").await;
    let tokens = idp.browser().sign_in_for_tokens(&idp, &a, "alice").await;
    let first = tokens.text("refresh_token");

    let refreshed = idp.refresh(&a, first).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_ne!(refreshed.text("refresh_token"), first);
    assert_ne!(refreshed.text("access_token"), tokens.text("access_token"));

    idp.clock.advance(11);
    assert_eq!(idp.refresh(&a, first).await.refusal(), (400, "invalid_grant"));
    // The replay ended the family: the successor is dead too, and so is its access token.
    assert_eq!(idp.refresh(&a, refreshed.text("refresh_token")).await.refusal(), (400, "invalid_grant"));
    assert_eq!(idp.userinfo(refreshed.text("access_token")).await.status, 401);
}
