//! Consent: asked of one person, in one session, for one request; an answer is good for that alone.

use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp};

const ISSUER_HOST: &str = "idp.localhost";

async fn house(site: ClientSpec) -> (TestIdp, ClientSpec, Browser) {
    let idp = TestIdp::start().await;
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    idp.add_user("bob").await;
    let browser = idp.browser();
    (idp, site, browser)
}

async fn asked(browser: &Browser, idp: &TestIdp, site: &ClientSpec, changes: &[(&str, &str)]) -> Answer {
    let page = browser.visit(idp.authorize_url(site, changes)).await;
    if !page.has_form("/login") {
        return page;
    }
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    browser.follow(answer).await
}

fn code(answer: &Answer) -> Option<String> {
    answer.redirect_param("code")
}

#[tokio::test]
async fn s20_what_one_browser_was_asked_another_cannot_open_or_answer() {
    let (idp, site, first) = house(ClientSpec::confidential("site-a").with_consent()).await;
    let second = idp.browser();
    let _ = asked(&second, &idp, &site, &[]).await;
    let login = idp.browser().visit(idp.authorize_url(&site, &[])).await;
    let consent = asked(&first, &idp, &site, &[]).await;
    assert!(consent.has_form("/consent"));

    // The same person in another browser, a browser that is not signed in, another person.
    let (stranger, bob) = (idp.browser(), idp.browser());
    let page = bob.visit(idp.authorize_url(&site, &[])).await;
    let _ = bob.log_in_as(&page, "bob", PASSWORD).await;
    for other in [&second, &stranger, &bob] {
        for button in ["allow", "deny", "switch_account", "", "login"] {
            let answer = other.press(&consent, button, &[]).await;
            assert_eq!((answer.status, answer.location()), (403, None), "{button}");
        }
        let opened = other.open(consent.url.as_str()).await;
        assert_eq!((opened.status, opened.location()), (403, None));
        // A sign-in page is a link to the request: there is nothing in it yet, and each is asked for themselves.
        let opened = other.visit(login.url.as_str()).await;
        assert_eq!((opened.status, code(&opened)), (200, None));
        assert!(opened.has_form("/login") || opened.has_form("/consent"));
        let answer = other.log_in_as(&login, "alice", PASSWORD).await;
        assert_eq!((answer.status, answer.location()), (403, None));
    }
    // The thief of everything but the session: the form with the victim's browser cookies.
    let thief = idp.browser();
    for (name, value, _) in
        first.cookies(ISSUER_HOST).into_iter().filter(|(name, ..)| name.contains("browser"))
    {
        thief.set_cookie(ISSUER_HOST, &name, &value);
    }
    assert_eq!(code(&thief.press(&consent, "allow", &[]).await), None);
    // Where it was asked it is still good.
    assert!(code(&first.press(&consent, "allow", &[]).await).is_some());
}

#[tokio::test]
async fn s20_what_one_person_was_asked_the_next_one_in_that_browser_cannot_answer() {
    let (idp, site, browser) = house(ClientSpec::confidential("site-a").with_consent()).await;
    let consent = asked(&browser, &idp, &site, &[]).await;
    let page = browser.visit(idp.authorize_url(&site, &[("prompt", "login")])).await;
    let answer = browser.log_in_as(&page, "bob", PASSWORD).await;
    assert!(browser.follow(answer).await.has_form("/consent"));
    let answer = browser.press(&consent, "allow", &[]).await;
    assert_eq!((answer.status, answer.location()), (403, None));
    // Loaded anew, the question is Bob's.
    let anew = browser.open(consent.url.as_str()).await;
    assert!(anew.body.contains("bob") && !anew.body.contains("alice"), "{}", anew.body);
}

#[tokio::test]
async fn s21_a_yes_is_remembered_for_what_was_asked_and_for_nothing_else() {
    let (idp, site, browser) = house(ClientSpec::confidential("site-a").with_consent()).await;
    let other = ClientSpec::confidential("site-b").with_consent();
    idp.add_client(&other).await;
    let consent = asked(&browser, &idp, &site, &[("scope", "openid email")]).await;
    assert!(consent.body.contains("See your email address") && !consent.body.contains("phone"));
    assert!(code(&browser.press(&consent, "allow", &[]).await).is_some());

    for known in ["openid email", "email openid", "openid", "email"] {
        let answer = browser.open(idp.authorize_url(&site, &[("scope", known)])).await;
        assert!(code(&answer).is_some(), "{known}: {answer:?}");
    }
    for more in ["openid email profile", "openid phone", "profile", "openid email read", "openid email write"]
    {
        let page = browser.visit(idp.authorize_url(&site, &[("scope", more)])).await;
        assert!(page.has_form("/consent"), "{more}");
    }
    assert!(
        browser.visit(idp.authorize_url(&other, &[("scope", "openid")])).await.has_form("/consent"),
        "another client"
    );
    let bob = idp.browser();
    let page = bob.visit(idp.authorize_url(&site, &[("scope", "openid")])).await;
    let answer = bob.log_in_as(&page, "bob", PASSWORD).await;
    assert!(bob.follow(answer).await.has_form("/consent"), "another person");
    for prompt in ["consent", "login consent"] {
        let page = asked(&browser, &idp, &site, &[("scope", "openid"), ("prompt", prompt)]).await;
        assert!(page.has_form("/consent"), "{prompt}");
    }
}

#[tokio::test]
async fn s21_the_form_of_one_request_does_not_answer_another() {
    let (idp, site, browser) = house(ClientSpec::confidential("site-a").with_consent()).await;
    let other = ClientSpec::confidential("site-b").with_consent();
    idp.add_client(&other).await;
    let small = asked(&browser, &idp, &site, &[("scope", "openid")]).await;
    let big = asked(&browser, &idp, &site, &[("scope", "openid email phone")]).await;
    let elsewhere = asked(&browser, &idp, &other, &[("scope", "openid")]).await;
    for target in [&big, &elsewhere] {
        let fields =
            [("tx", target.input("tx")), ("csrf", small.input("csrf")), ("action", "allow".to_owned())];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.post(idp.url("/consent"), &fields).await;
        assert_eq!((answer.status, answer.location()), (403, None));
    }
    // What the form does not ask cannot be slipped in beside it.
    let extra =
        [("scope", "openid email phone"), ("client_id", "site-b"), ("redirect_uri", "https://evil.example/")];
    let answer = browser.press(&small, "allow", &extra).await;
    assert!(answer.location().unwrap().as_str().starts_with(site.redirect_uri()));
    let tokens = idp.redeem(&site, &code(&answer).unwrap()).await;
    assert_eq!(tokens.text("scope"), "openid");
    assert!(browser.visit(idp.authorize_url(&site, &[("scope", "openid email")])).await.has_form("/consent"));
}

#[tokio::test]
async fn s21_a_public_client_is_never_approved_in_silence() {
    let (idp, site, browser) = house(ClientSpec::public("app").with_consent()).await;
    for _ in 0..3 {
        let consent = asked(&browser, &idp, &site, &[]).await;
        assert!(consent.has_form("/consent"), "{consent:?}");
        assert!(code(&browser.press(&consent, "allow", &[]).await).is_some());
    }
    let silent = browser.open(idp.authorize_url(&site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn a_refusal_goes_back_to_the_client_and_is_not_remembered_as_a_yes() {
    let (idp, site, browser) = house(ClientSpec::confidential("site-a").with_consent()).await;
    let consent = asked(&browser, &idp, &site, &[]).await;
    for button in ["deny", "cancel", "", "ALLOW", "allow ", "yes"] {
        let answer = browser.press(&consent, button, &[]).await;
        assert_eq!(answer.redirect_param("error").as_deref(), Some("access_denied"), "{button:?}");
        assert_eq!(answer.redirect_param("state").as_deref(), Some("the-state"));
        assert_eq!(code(&answer), None);
    }
    assert!(browser.visit(idp.authorize_url(&site, &[])).await.has_form("/consent"));
}

#[tokio::test]
async fn somebody_else_can_be_chosen_on_the_consent_page() {
    let (idp, site, browser) = house(ClientSpec::confidential("site-a").with_consent()).await;
    let consent = asked(&browser, &idp, &site, &[]).await;
    let answer = browser.press(&consent, "switch_account", &[]).await;
    let login = browser.follow(answer).await;
    assert!(login.has_form("/login"), "{login:?}");
    let form = browser.press(&login, "switch_account", &[]).await;
    let answer = browser.log_in_as(&form, "bob", PASSWORD).await;
    let consent = browser.follow(answer).await;
    assert!(consent.has_form("/consent") && consent.body.contains("bob"));
    assert!(code(&browser.press(&consent, "allow", &[]).await).is_some());
}
