//! What a site, the installation or an operator demands of a sign-in is met within the request that is under way. A person
//! with a second factor proves just that, one without is led to set one up (`demanded_enrolment`), and the request goes on. No one
//! is asked twice for one thing, and no order of forms, other tab or other browser leads around it (ADR 55).

use idp_core::authentication::Acr;
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::directory::DirectoryError;
use idp_server::store::revoke::Target;
use idp_tests::{
    Answer, Authenticator, Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, TestIdp, jwt,
};
use serde_json::{Value, json};
use uuid::Uuid;

const STEP: i64 = 30;

/// Class 2, or no answer.
pub const DEMAND: (&str, &str) = ("claims", r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#);

/// Class 2, if that can be.
pub const WISH: (&str, &str) = ("acr_values", "2");

pub async fn signed_in() -> SignedIn {
    SignedIn::at(ClientSpec::confidential("site-a")).await
}

/// Alice has an app by now, and her session has not.
async fn with_app() -> (SignedIn, Authenticator) {
    let story = signed_in().await;
    let app = Authenticator::of(&story.idp, story.alice, "Pixel").await;
    (story, app)
}

/// The page of a request of `site` that changes it so.
pub async fn ask(browser: &Browser, idp: &TestIdp, site: &ClientSpec, changes: &[(&str, &str)]) -> Answer {
    browser.visit(idp.authorize_url(site, changes)).await
}

pub fn asks_for_code(page: &Answer) -> bool {
    page.body.contains("id=\"code-submit\"")
}

/// `amr`, `acr` and `auth_time` of what a site got.
pub async fn said(idp: &TestIdp, site: &ClientSpec, answer: &Answer) -> Value {
    let code = answer.redirect_param("code");
    let code = code.unwrap_or_else(|| panic!("no code: {} {}", answer.status, answer.body));
    let claims = jwt::claims(idp.redeem(site, &code).await.text("id_token"));
    json!([claims["amr"], claims["acr"], claims["auth_time"]])
}

pub async fn press_code(idp: &TestIdp, browser: &Browser, page: &Answer, app: &Authenticator) -> Answer {
    browser.press(page, "code", &[("code", &app.code(idp))]).await
}

pub fn error(answer: &Answer) -> Option<String> {
    answer.redirect_param("error")
}

#[tokio::test]
async fn s07_a_person_with_an_app_is_asked_for_a_code_and_for_nothing_else() {
    for asked in [DEMAND, WISH] {
        let (story, app) = with_app().await;
        let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
        let (began, cookie) = (idp.now(), browser.cookie(HOST, SESSION));
        idp.clock.advance(3600);
        let page = ask(browser, idp, site, &[asked]).await;
        assert!(asks_for_code(&page) && !page.body.contains("id=\"password\""), "{}", page.body);
        let wrong = browser.press(&page, "code", &[("code", &app.wrong_code(idp))]).await;
        assert!(wrong.status == 422 && asks_for_code(&wrong), "{}", wrong.body);
        let answer = press_code(idp, browser, &wrong, &app).await;
        assert_ne!(browser.cookie(HOST, SESSION), cookie, "what was known before names nothing after it");
        let proven = json!([["pwd", "otp", "mfa"], "2", began]);
        assert_eq!(said(idp, site, &answer).await, proven, "{asked:?}");
        assert_eq!(idp.open_sessions(story.alice).await, 1, "the session goes on");
        // The tokens of before say what they said, and the next request needs nothing more.
        let before = idp.refresh(site, story.refresh_token()).await;
        assert_eq!(jwt::claims(before.text("access_token"))["acr"], "1");
        let next = ask(browser, idp, site, &[asked, ("prompt", "none")]).await;
        assert_eq!(said(idp, site, &next).await, proven);
    }
}

#[tokio::test]
async fn s07_what_cannot_be_done_in_silence_is_told() {
    let (story, _app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let silent = ("prompt", "none");
    let refused = ask(browser, idp, site, &[DEMAND, silent]).await;
    assert_eq!(error(&refused).as_deref(), Some("login_required"));
    let unknown = ("claims", r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#);
    let refused = ask(browser, idp, site, &[unknown, silent]).await;
    assert_eq!(error(&refused).as_deref(), Some("unmet_authentication_requirements"));
    let refused = ask(browser, idp, site, &[WISH, silent]).await;
    assert_eq!(
        error(&refused).as_deref(),
        Some("login_required"),
        "the account asks for it, whatever the site wishes"
    );
    // And a person who does not want to is taken back.
    let page = ask(browser, idp, site, &[DEMAND]).await;
    assert_eq!(error(&browser.press(&page, "cancel", &[]).await).as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn s07_a_recent_sign_in_of_a_class_takes_password_and_code_once_each() {
    let (story, app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    idp.clock.advance(3600);
    let page = ask(browser, idp, site, &[DEMAND, ("max_age", "60")]).await;
    assert!(page.body.contains("id=\"password\""), "{}", page.body);
    let page = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert!(asks_for_code(&page), "{}", page.body);
    let answer = press_code(idp, browser, &page, &app).await;
    assert_eq!(said(idp, site, &answer).await, json!([["pwd", "otp", "mfa"], "2", idp.now()]));
    assert_eq!(idp.open_sessions(story.alice).await, 1);
}

#[tokio::test]
async fn s07_a_code_beside_a_password_makes_no_sign_in_recent() {
    let (story, app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    idp.clock.advance(290);
    let page = ask(browser, idp, site, &[DEMAND, ("max_age", "300")]).await;
    assert!(asks_for_code(&page), "{}", page.body);
    idp.clock.advance(20);
    let answer = press_code(idp, browser, &page, &app).await;
    let login = browser.follow(answer).await;
    assert!(login.body.contains("id=\"password\""), "{}", login.body);
    let step = browser.log_in_as(&login, "alice", PASSWORD).await;
    idp.clock.advance(STEP);
    let answer = press_code(idp, browser, &step, &app).await;
    assert_eq!(said(idp, site, &answer).await[1], "2");
}

#[tokio::test]
async fn b4_a_further_code_that_is_sent_twice_gives_one_session_one_cookie() {
    let (story, app) = with_app().await;
    let (idp, browser) = (&story.idp, &story.browser);
    let page = ask(browser, idp, &story.site, &[DEMAND]).await;
    let code = app.code(idp);
    let filled = [("code", code.as_str())];
    let (one, two) =
        tokio::join!(browser.press(&page, "code", &filled), browser.press(&page, "code", &filled));
    let cookie = browser.cookie(HOST, SESSION);
    for answer in [one, two, browser.press(&page, "code", &filled).await] {
        assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
        assert_eq!(browser.cookie(HOST, SESSION), cookie);
    }
    assert_eq!(idp.open_sessions(story.alice).await, 1);
}

#[tokio::test]
async fn s83_a_further_code_brings_no_session_back_that_ended() {
    let (story, app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let page = ask(browser, idp, site, &[DEMAND]).await;
    let sid: Uuid = jwt::claims(story.id_token())["sid"].as_str().unwrap().parse().unwrap();
    let ended = idp.app.store.revoke(
        Target::Session(sid),
        EndCause::Kicked,
        AuditContext::default(),
        idp.clock.now(),
    );
    assert!(ended.await.unwrap());
    let answer = press_code(idp, browser, &page, &app).await;
    assert_eq!(answer.redirect_param("code"), None, "{}", answer.body);
    let login = browser.follow(answer).await;
    assert!(login.body.contains("id=\"password\""), "{}", login.body);
    assert!(login.body.contains("from another device"), "why: {}", login.body);
    assert_eq!(idp.open_sessions(story.alice).await, 0);
    // The code was not used up by it.
    let step = browser.log_in_as(&login, "alice", PASSWORD).await;
    assert_eq!(said(idp, site, &press_code(idp, browser, &step, &app).await).await[1], "2");
}

#[tokio::test]
async fn s61_a_further_code_counts_in_its_own_browser_and_for_its_own_person() {
    let (story, app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let page = ask(browser, idp, site, &[DEMAND]).await;
    // A browser without the session, and another person's.
    let bob = idp.add_user("bob").await;
    let of_bob = Authenticator::of(idp, bob, "").await;
    let (thief, other) = (idp.browser(), idp.browser());
    let login = ask(&other, idp, site, &[]).await;
    let step = other.log_in_as(&login, "bob", PASSWORD).await;
    press_code(idp, &other, &step, &of_bob).await;
    for stranger in [&thief, &other] {
        let answer = press_code(idp, stranger, &page, &app).await;
        assert_eq!((answer.status, answer.redirect_param("code")), (403, None), "{}", answer.body);
    }
    assert_eq!(thief.cookie(HOST, SESSION), None);
    // In the same browser bob signed in meanwhile.
    idp.clock.advance(STEP);
    let login = browser.visit(idp.authorize_url(site, &[("prompt", "select_account")])).await;
    let step = browser.log_in_as(&login, "bob", PASSWORD).await;
    press_code(idp, browser, &step, &of_bob).await;
    for code in [app.code(idp), of_bob.code_after(idp, 1)] {
        let answer = browser.press(&page, "code", &[("code", &code)]).await;
        assert_eq!(answer.redirect_param("code"), None, "{}", answer.body);
    }
    assert_eq!(idp.open_sessions(story.alice).await, 0, "hers ended with his sign-in");
}

#[tokio::test]
async fn s83_a_page_of_a_further_code_that_lay_open_asks_anew_and_no_button_passes_it() {
    let (story, app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let page = ask(browser, idp, site, &[DEMAND]).await;
    for button in ["", "login", "continue", "later", "allow"] {
        let answer = browser.press(&page, button, &[]).await;
        let next = browser.follow(answer).await;
        assert_eq!(next.redirect_param("code"), None, "{button}: {}", next.body);
    }
    idp.clock.advance(3601);
    let late = press_code(idp, browser, &page, &app).await;
    let anew = browser.follow(late).await;
    assert!(asks_for_code(&anew), "{}", anew.body);
    // Any number of tabs: one proof is enough for all.
    let tabs = [ask(browser, idp, site, &[DEMAND]).await, ask(browser, idp, site, &[DEMAND]).await];
    assert_eq!(said(idp, site, &press_code(idp, browser, &anew, &app).await).await[1], "2");
    for tab in &tabs {
        let answer = browser.visit(&tab.url).await;
        assert_eq!(said(idp, site, &answer).await[1], "2");
    }
}

#[tokio::test]
async fn s42_a_demand_of_the_registration_counts_for_what_was_given_before() {
    let (story, app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let demand = async |name: Option<&str>| {
        let required_acr = name.map(|name| Acr::parse(name).unwrap());
        let change =
            |metadata| Ok::<_, DirectoryError>(idp_core::client::ClientMetadata { required_acr, ..metadata });
        idp.operator().change_client(&site.client.id, change, idp.clock.now()).await
    };
    let unknown = demand(Some("gold")).await.unwrap_err();
    assert_eq!(unknown.to_string(), "no level of authentication.levels is called \"gold\"; there are 1, 2");
    demand(Some("2")).await.unwrap();
    let refused = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant"));
    let asked = [("token", story.refresh_token()), ("token_type_hint", "refresh_token")];
    assert_eq!(idp.post_as(site, "/introspect", &asked).await.body, json!({ "active": false }));
    // No request of the browser lowers it.
    for changes in [&[][..], &[("acr_values", "1")], &[("prompt", "none")]] {
        let answer = ask(browser, idp, site, changes).await;
        assert_eq!(answer.redirect_param("code"), None, "{changes:?}");
    }
    let page = ask(browser, idp, site, &[]).await;
    assert!(asks_for_code(&page), "{}", page.body);
    let answer = press_code(idp, browser, &page, &app).await;
    let code = answer.redirect_param("code").unwrap();
    let tokens = idp.redeem(site, &code).await;
    assert_eq!(jwt::claims(tokens.text("id_token"))["acr"], "2");
    assert_eq!(idp.refresh(site, tokens.text("refresh_token")).await.status, 200);
    demand(None).await.unwrap();
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200, "it was given for this");
}
