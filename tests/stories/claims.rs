//! Claims asked for by name (OpenID Connect Core 5.5): never more than the client is registered for and the
//! person was asked about.

use idp_tests::SignedIn;
use idp_tests::{ClientSpec, PASSWORD};
use uuid::Uuid;

const EVERYTHING: &str = r#"{"userinfo":{"email":null,"name":{"essential":true},"phone_number":null,"address":null,"birthdate":null}}"#;

#[tokio::test]
async fn s11_claims_by_name_stay_within_the_registration() {
    let site = ClientSpec::confidential("site-a").with_scopes("openid email");
    let idp = idp_tests::TestIdp::start().await;
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let url = idp.authorize_url(&site, &[("scope", "openid"), ("claims", EVERYTHING)]);
    let page = browser.visit(url).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let tokens = idp.redeem(&site, &answer.redirect_param("code").unwrap()).await;
    let userinfo = idp.userinfo(tokens.text("access_token")).await;
    let mut members: Vec<&str> = userinfo.body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["email", "sub"]);
}

#[tokio::test]
async fn s21_claims_by_name_are_asked_about_like_their_scope() {
    let idp = idp_tests::TestIdp::start().await;
    let site = ClientSpec::confidential("partner").with_consent();
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[("scope", "openid")])).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let consent = browser.follow(answer).await;
    assert!(consent.has_form("/consent"));
    browser.press(&consent, "allow", &[]).await;

    let more = [("scope", "openid"), ("claims", EVERYTHING)];
    let silent = browser.open(idp.authorize_url(&site, &[more[0], more[1], ("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("consent_required"));
    let asked = browser.visit(idp.authorize_url(&site, &more)).await;
    assert!(asked.has_form("/consent") && asked.body.contains("email"), "{}", asked.body);
    let answer = browser.press(&asked, "allow", &[]).await;
    let tokens = idp.redeem(&site, &answer.redirect_param("code").unwrap()).await;
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.text("email"), "alice@example.org");
    // Asked once is enough.
    let again = browser.open(idp.authorize_url(&site, &[more[0], more[1], ("prompt", "none")])).await;
    assert!(again.redirect_param("code").is_some());
}

#[tokio::test]
async fn an_answer_about_somebody_else_than_asked_for_is_not_given() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let wanting = |sub: &str| format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#);
    let ask = async |claims: &str| {
        let url = alice.idp.authorize_url(&alice.site, &[("claims", claims), ("prompt", "none")]);
        alice.browser.open(url).await
    };
    assert!(ask(&wanting(&alice.alice.to_string())).await.redirect_param("code").is_some());
    let other = ask(&wanting(&Uuid::nil().to_string())).await;
    assert_eq!(other.redirect_param("error").as_deref(), Some("login_required"));
    for unmet in [
        r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#,
        r#"{"id_token":{"acr":{"essential":true,"values":["3","4"]}}}"#,
    ] {
        let answer = ask(unmet).await;
        assert_eq!(
            answer.redirect_param("error").as_deref(),
            Some("unmet_authentication_requirements"),
            "{unmet}"
        );
    }
    for met in [
        r#"{"id_token":{"acr":{"value":"phr"}}}"#,
        r#"{"id_token":{"acr":{"essential":true,"values":["2","1"]}}}"#,
    ] {
        assert!(ask(met).await.redirect_param("code").is_some(), "{met}");
    }
}

#[tokio::test]
async fn somebody_else_signing_in_is_told_to_the_client_instead_of_asking_for_ever() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    alice.idp.add_user("bob").await;
    let page = alice.idp.browser();
    let form = page.visit(alice.idp.authorize_url(&alice.site, &[("id_token_hint", alice.id_token())])).await;
    let answer = page.log_in_as(&form, "bob", PASSWORD).await;
    assert_eq!(answer.redirect_param("error").as_deref(), Some("login_required"));
}
