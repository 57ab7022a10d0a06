//! What an authorization request can be granted: within the registration, within the consent, and only to who can
//! redeem the code (RFC 6749 3.3 and 10.2, RFC 7636 4.3 and 4.4).

use crate::refusal::assert_refused;
use idp_tests::{Answer, ClientSpec, SignedIn, TestIdp, jwt, pkce};

#[tokio::test]
async fn s11_nothing_beyond_the_registration_is_granted() {
    let story =
        SignedIn::at(ClientSpec::confidential("site-a").with_scopes("openid profile email read")).await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let (long, many) = (format!("openid {}", "x".repeat(10_000)), "openid ".repeat(2000));
    for scope in [
        "",
        "openid phone",
        "openid admin",
        "openid  email",
        " openid",
        "openid ",
        "openid\temail",
        "openid\nemail",
        "openid\u{0}",
        "openid,email",
        "OPENID",
        "Openid email",
        "openid \"x\"",
        "openid \\",
        "openid é",
        "*",
        "openid *",
        "openid offline_access",
        &long,
        &many,
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
    let asking = ClientSpec::confidential("asking").with_consent();
    idp.add_client(&asking).await;
    let answer = async |page: &Answer, action: &str| browser.press(page, action, &[]).await;
    let page = browser.visit(idp.authorize_url(&asking, &[("scope", "openid")])).await;
    assert!(page.has_form("/consent"));
    assert_refused(idp, &asking, &answer(&page, "deny").await, &["access_denied"], "denied");
    let allowed =
        answer(&browser.visit(idp.authorize_url(&asking, &[("scope", "openid")])).await, "allow").await;
    let tokens = idp.redeem(&asking, &allowed.redirect_param("code").unwrap()).await;
    assert_eq!(tokens.text("scope"), "openid");
    // The same again is not asked; more is, however it is spelled.
    assert!(
        browser
            .open(idp.authorize_url(&asking, &[("scope", "openid")]))
            .await
            .redirect_param("code")
            .is_some()
    );
    for scope in ["openid email", "email openid", "openid read"] {
        let page = browser.visit(idp.authorize_url(&asking, &[("scope", scope)])).await;
        assert!(page.has_form("/consent"), "{scope}");
    }
}

#[tokio::test]
async fn s12_no_code_without_an_s256_challenge() {
    let (idp, site) = (TestIdp::start().await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    let public = ClientSpec::public("public");
    let mut lenient = ClientSpec::confidential("lenient");
    lenient.client.metadata.require_pkce = false;
    for client in [&public, &lenient] {
        idp.add_client(client).await;
    }
    idp.add_user("alice").await;
    let browser = idp.browser();
    browser.sign_in_for_tokens(&idp, &site, "alice").await;
    let good = pkce::CHALLENGE;
    let malformed = [
        vec![("code_challenge_method", "plain")],
        vec![("code_challenge_method", "")],
        vec![("code_challenge_method", "s256")],
        vec![("code_challenge_method", "S512")],
        vec![("code_challenge_method", "S256 ")],
        vec![("code_challenge", "")],
        vec![("code_challenge", "x")],
        vec![("code_challenge", &good[..42])],
        vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=")],
        vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA")],
        vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")],
        vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN")],
        vec![("code_challenge", " 9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")],
        vec![("code_challenge", pkce::VERIFIER), ("code_challenge_method", "plain")],
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
    contradiction.client.metadata.require_pkce = false;
    assert!(contradiction.client.checked().is_err(), "a public client never goes without");
}
