//! What a site, the installation or an operator demands of a sign-in is met within the request that is under way: who has a
//! second factor proves just that, who has none is led to set one up, and the request goes on. Nobody is asked twice for one
//! thing, and no order of forms, other tab or other browser leads around it (ADR 55).

use idp_core::authentication::{Acr, Requirement};
use idp_core::session::EndCause;
use idp_core::user::UserStatus;
use idp_core::username::Username;
use idp_server::config::{Config, ConfigDuration};
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_server::db::sessions;
use idp_server::directory::DirectoryError;
use idp_server::directory::users::UserChange;
use idp_server::store::revoke::Target;
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, jwt};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const HOST: &str = "idp.localhost";
const SESSION: &str = "__Host-idp_session";
const STEP: i64 = 30;
const DAY: i64 = 24 * 60 * 60;

/// Class 2, or no answer.
const DEMAND: (&str, &str) = ("claims", r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#);
/// Class 2, if that can be.
const WISH: (&str, &str) = ("acr_values", "2");

async fn signed_in() -> SignedIn {
    SignedIn::at(ClientSpec::confidential("site-a")).await
}

/// Alice has an app by now, and her session has not.
async fn with_app() -> (SignedIn, Authenticator) {
    let story = signed_in().await;
    let app = Authenticator::of(&story.idp, story.alice, "Pixel").await;
    (story, app)
}

async fn house(change: impl FnOnce(&mut Config)) -> (TestIdp, ClientSpec, Uuid) {
    let idp = TestIdp::start_with(change).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    (idp, site, alice)
}

/// The page of a request of `site` that changes it so.
async fn ask(browser: &Browser, idp: &TestIdp, site: &ClientSpec, changes: &[(&str, &str)]) -> Answer {
    browser.visit(idp.authorize_url(site, changes)).await
}

fn asks_for_code(page: &Answer) -> bool {
    page.body.contains("id=\"code-submit\"")
}

fn leads_to_app(page: &Answer) -> bool {
    page.body.contains("id=\"enrol-totp\"")
}

/// `amr`, `acr` and `auth_time` of what a site got.
async fn said(idp: &TestIdp, site: &ClientSpec, answer: &Answer) -> Value {
    let code = answer.redirect_param("code");
    let code = code.unwrap_or_else(|| panic!("no code: {} {}", answer.status, answer.body));
    let claims = jwt::claims(idp.redeem(site, &code).await.text("id_token"));
    json!([claims["amr"], claims["acr"], claims["auth_time"]])
}

/// The page of the app, from the one that leads there.
async fn open_app_page(browser: &Browser, page: &Answer) -> Answer {
    assert!(leads_to_app(page), "{} {}", page.status, page.body);
    let link = page.body.split("id=\"enrol-totp\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    browser.visit(page.url.join(link).unwrap()).await
}

fn scan(page: &Answer) -> Authenticator {
    let shown = page.body.split("id=\"totp-secret\"").nth(1).and_then(|rest| rest.split(['>', '<']).nth(1));
    Authenticator::typed(shown.unwrap_or_else(|| panic!("no secret: {} {}", page.status, page.body)))
}

/// Adds an app at its page, and goes on from the recovery codes that come with it.
async fn add(idp: &TestIdp, browser: &Browser, page: &Answer) -> Answer {
    let code = scan(page).code(idp);
    past_codes(browser, browser.press(page, "add", &[("code", &code), ("name", "Pixel")]).await).await
}

/// What follows the recovery codes, where they are shown.
async fn past_codes(browser: &Browser, answer: Answer) -> Answer {
    if answer.location().is_none_or(|location| !location.path().ends_with("/recovery-codes/new")) {
        return answer;
    }
    let codes = browser.follow(answer).await;
    let link =
        codes.body.split("id=\"recovery-done\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let link = link.unwrap_or_else(|| panic!("no codes: {} {}", codes.status, codes.body));
    browser.open(codes.url.join(link).unwrap()).await
}

async fn press_code(idp: &TestIdp, browser: &Browser, page: &Answer, app: &Authenticator) -> Answer {
    browser.press(page, "code", &[("code", &app.code(idp))]).await
}

async fn recorded(idp: &TestIdp, event: AuditEvent) -> i64 {
    idp.db.read(move |connection| audit_events::count(connection, event)).await.unwrap()
}

async fn open_sessions(idp: &TestIdp, user: Uuid) -> usize {
    idp.db.read(move |connection| sessions::open_of(connection, user)).await.unwrap().len()
}

fn error(answer: &Answer) -> Option<String> {
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
        assert_eq!(open_sessions(idp, story.alice).await, 1, "the session goes on");
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
    // And who does not want to is taken back.
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
    assert_eq!(open_sessions(idp, story.alice).await, 1);
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
async fn s07_who_has_no_app_sets_one_up_and_the_request_goes_on() {
    let story = signed_in().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    // A wish asks nobody for what they have not.
    assert_eq!(said(idp, site, &ask(browser, idp, site, &[WISH]).await).await[1], "1");
    idp.clock.advance(3600);
    let refused = ask(browser, idp, site, &[DEMAND, ("prompt", "none")]).await;
    assert_eq!(error(&refused).as_deref(), Some("login_required"));

    let page = ask(browser, idp, site, &[DEMAND]).await;
    assert!(page.body.contains("id=\"password\""), "first a fresh sign-in: {}", page.body);
    let began = idp.now();
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let page = browser.follow(answer).await;
    assert!(page.body.contains("The site-a</bdi> asks for more than a password"), "{}", page.body);
    assert!(!page.body.contains("id=\"enrol-later\""), "{}", page.body);
    let form = open_app_page(browser, &page).await;
    let wrong = browser.press(&form, "add", &[("code", &scan(&form).wrong_code(idp))]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    idp.clock.advance(90);
    let cookie = browser.cookie(HOST, SESSION);
    let answer = add(idp, browser, &wrong).await;
    assert_ne!(browser.cookie(HOST, SESSION), cookie);
    assert_eq!(said(idp, site, &answer).await, json!([["pwd", "otp", "mfa"], "2", began]));
    assert_eq!((open_sessions(idp, story.alice).await, recorded(idp, AuditEvent::MethodAdded).await), (1, 1));

    // Back, reload and the same form once more: nothing is added, and everything leads on.
    let again = add(idp, browser, &wrong).await;
    assert!(again.redirect_param("code").is_some(), "{}", again.body);
    for address in [&form.url, &page.url] {
        let answer = browser.visit(address).await;
        assert!(answer.redirect_param("code").is_some(), "{address}: {}", answer.body);
    }
    assert_eq!(recorded(idp, AuditEvent::MethodAdded).await, 1);
}

#[tokio::test]
async fn s07_an_app_that_takes_long_to_set_up_ends_at_a_sign_in_and_never_in_a_circle() {
    let story = signed_in().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let page = ask(browser, idp, site, &[DEMAND]).await;
    let form = open_app_page(browser, &page).await;
    idp.clock.advance(16 * 60);
    let late = add(idp, browser, &form).await;
    let login = browser.follow(late).await;
    assert!(login.body.contains("id=\"password\""), "{}", login.body);
    // Every address of the way is the same sign-in by now.
    for address in [&form.url, &page.url] {
        let answer = browser.visit(address).await;
        assert!(answer.body.contains("id=\"password\""), "{address}: {}", answer.body);
    }
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    let page = browser.follow(answer).await;
    let form = open_app_page(browser, &page).await;
    let answer = add(idp, browser, &form).await;
    assert_eq!(said(idp, site, &answer).await[1], "2");
}

#[tokio::test]
async fn s07_who_was_asked_to_sign_in_is_not_asked_again_after_they_set_up_an_app() {
    let story = signed_in().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let login = ask(browser, idp, site, &[DEMAND, ("prompt", "login")]).await;
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    let page = browser.follow(answer).await;
    let form = open_app_page(browser, &page).await;
    idp.clock.advance(14 * 60);
    let answer = add(idp, browser, &form).await;
    assert_eq!(said(idp, site, &answer).await[1], "2");
    // Where the password had to be younger than that, it is asked for.
    let other = idp.add_user("bob").await;
    let elsewhere = idp.browser();
    elsewhere.sign_in(idp, site, "bob").await;
    idp.clock.advance(200);
    let page = ask(&elsewhere, idp, site, &[DEMAND, ("max_age", "300")]).await;
    let form = open_app_page(&elsewhere, &page).await;
    let app = scan(&form);
    idp.clock.advance(200);
    let answer = elsewhere.press(&form, "add", &[("code", &app.code(idp))]).await;
    let login = past_codes(&elsewhere, answer).await;
    assert!(login.body.contains("id=\"password\""), "{}", login.body);
    let step = elsewhere.log_in_as(&login, "bob", PASSWORD).await;
    idp.clock.advance(STEP);
    let answer = press_code(idp, &elsewhere, &step, &app).await;
    assert_eq!(said(idp, site, &answer).await[1], "2");
    assert_eq!(open_sessions(idp, other).await, 1);
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
    assert_eq!(open_sessions(idp, story.alice).await, 1);
}

/// Whichever answer the browser keeps: the second one was on its way before the first was back.
#[tokio::test]
async fn b4_an_app_that_is_added_twice_by_one_form_is_one_and_every_answer_has_the_cookie() {
    let story = signed_in().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let page = ask(browser, idp, site, &[DEMAND]).await;
    let form = open_app_page(browser, &page).await;
    let cookies = browser.cookies(HOST);
    let as_it_was = || {
        let copy = idp.browser();
        for (name, value, _) in &cookies {
            copy.set_cookie(HOST, name, value);
        }
        copy
    };
    let copies = [as_it_was(), as_it_was(), as_it_was()];
    for copy in &copies {
        let answer = add(idp, copy, &form).await;
        assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
    }
    let kept: BTreeSet<_> = copies.iter().map(|copy| copy.cookie(HOST, SESSION)).collect();
    assert_eq!((kept.len(), recorded(idp, AuditEvent::MethodAdded).await), (1, 1));
    // The form alone, without the cookies of its browser, and the same later: nothing.
    let stranger = idp.browser();
    let answer = add(idp, &stranger, &form).await;
    assert_eq!((answer.redirect_param("code"), stranger.cookie(HOST, SESSION)), (None, None));
    idp.clock.advance(11);
    let late = as_it_was();
    let answer = add(idp, &late, &form).await;
    assert_eq!(answer.redirect_param("code"), None, "{}", answer.body);
    assert!(!kept.contains(&late.cookie(HOST, SESSION)));
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
    assert_eq!(open_sessions(idp, story.alice).await, 0);
    // The code was not used up by it.
    let step = browser.log_in_as(&login, "alice", PASSWORD).await;
    assert_eq!(said(idp, site, &press_code(idp, browser, &step, &app).await).await[1], "2");
}

#[tokio::test]
async fn s61_a_further_code_counts_in_its_own_browser_and_for_its_own_person() {
    let (story, app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let page = ask(browser, idp, site, &[DEMAND]).await;
    // A browser without the session, and one that is somebody else's.
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
    assert_eq!(open_sessions(idp, story.alice).await, 0, "hers ended with his sign-in");
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
async fn an_installation_that_demands_two_factors_answers_no_site_before() {
    let (idp, site, alice) = house(|c| c.authentication.required = Requirement::TwoFactors).await;
    let browser = idp.browser();
    let login = ask(&browser, &idp, &site, &[]).await;
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    let page = browser.follow(answer).await;
    assert!(leads_to_app(&page) && page.body.contains("asks you for more than a password"), "{}", page.body);
    for changes in [&[][..], &[WISH], &[("acr_values", "1")], &[("prompt", "none")]] {
        let answer = ask(&browser, &idp, &site, changes).await;
        assert_eq!(answer.redirect_param("code"), None, "{changes:?}");
        let silent = changes.contains(&("prompt", "none"));
        assert_eq!(error(&answer).as_deref(), silent.then_some("login_required"), "{changes:?}");
    }
    let put_off = browser.press(&page, "later", &[]).await;
    let put_off = browser.follow(put_off).await;
    assert!(leads_to_app(&put_off), "nobody may: {}", put_off.body);
    assert_eq!(error(&browser.press(&page, "cancel", &[]).await).as_deref(), Some("access_denied"));

    let form = open_app_page(&browser, &page).await;
    let answer = add(&idp, &browser, &form).await;
    assert_eq!(said(&idp, &site, &answer).await[1], "2");
    assert_eq!(open_sessions(&idp, alice).await, 1);
}

#[tokio::test]
async fn who_comes_to_their_own_account_is_led_to_a_second_factor_as_well() {
    let (idp, _site, _alice) = house(|c| c.authentication.required = Requirement::TwoFactors).await;
    let browser = idp.browser();
    let login = browser.visit(idp.url("/account/devices")).await;
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    let page = browser.follow(answer).await;
    assert!(leads_to_app(&page) && !page.body.contains("enrol-cancel"), "{}", page.body);
    let form = open_app_page(&browser, &page).await;
    let answer = add(&idp, &browser, &form).await;
    assert_eq!(answer.location().unwrap().path(), "/account/devices");
    assert_eq!(browser.follow(answer).await.status, 200);
    // With the proof in the session, the pages that change a method open without another sign-in.
    assert_eq!(browser.open(idp.url("/account/methods/totp")).await.status, 200);
}

#[tokio::test]
async fn a_person_may_put_it_off_for_as_long_as_the_installation_allows() {
    let (idp, site, alice) = house(|c| {
        c.authentication.required = Requirement::TwoFactors;
        c.authentication.enrolment_grace = ConfigDuration::days(7);
        c.session.idle = ConfigDuration::days(20);
        c.token.refresh_idle = ConfigDuration::days(20);
    })
    .await;
    let other = ClientSpec::confidential("site-b");
    idp.add_client(&other).await;
    let sign_in = async |browser: &Browser| {
        let login = ask(browser, &idp, &site, &[]).await;
        let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
        browser.follow(answer).await
    };
    let asked_at = async || idp.app.store.users_after(None, 9).await.unwrap()[0].second_factor.asked_at;
    assert_eq!(asked_at().await, None);
    let browser = idp.browser();
    let page = sign_in(&browser).await;
    let (began, first) = (idp.clock.now(), asked_at().await);
    assert_eq!(first, Some(began));
    let answer = browser.press(&page, "later", &[]).await;
    let code = answer.redirect_param("code").unwrap_or_else(|| panic!("{}", answer.body));
    let tokens = idp.redeem(&site, &code).await;
    assert_eq!(jwt::claims(tokens.text("id_token"))["acr"], "1", "nothing is said that was not proven");
    // Another site is opened without a question, and the next sign-in asks once more.
    assert!(ask(&browser, &idp, &other, &[]).await.redirect_param("code").is_some());
    idp.clock.advance(2 * DAY);
    let second = idp.browser();
    let page = sign_in(&second).await;
    assert!(page.body.contains("id=\"enrol-later\""), "{}", page.body);
    assert_eq!(asked_at().await, first, "the time counts from the first");
    let refreshed = idp.refresh(&site, tokens.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");

    // A site that demands the class waits for nobody.
    let demanded = ask(&browser, &idp, &site, &[DEMAND, ("prompt", "none")]).await;
    assert_eq!(error(&demanded).as_deref(), Some("login_required"));

    idp.clock.advance(5 * DAY);
    let refused = idp.refresh(&site, refreshed.text("refresh_token")).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant"));
    let late = idp.browser();
    let page = sign_in(&late).await;
    assert!(leads_to_app(&page) && !page.body.contains("id=\"enrol-later\""), "{}", page.body);
    let put_off = late.press(&page, "later", &[]).await;
    assert!(leads_to_app(&late.follow(put_off).await));
    let form = open_app_page(&late, &page).await;
    assert_eq!(said(&idp, &site, &add(&idp, &late, &form).await).await[1], "2");
    assert_eq!(idp.app.store.authenticator_apps(alice).await.unwrap().len(), 1);
}

#[tokio::test]
async fn s42_a_demand_of_the_registration_counts_for_what_was_given_before() {
    let (story, app) = with_app().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let demand = async |name: Option<&str>| {
        let required_acr = name.map(|name| Acr::parse(name).unwrap());
        let change =
            |metadata| Ok::<_, DirectoryError>(idp_core::client::ClientMetadata { required_acr, ..metadata });
        idp.app.directory().change_client(&site.client.id, change, idp.clock.now()).await
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

#[tokio::test]
async fn an_operator_demands_two_factors_of_one_person() {
    let story = signed_in().await;
    let (idp, site) = (&story.idp, &story.site);
    idp.add_user("bob").await;
    let alice = Username::parse("alice").unwrap();
    let require = async |is_required| {
        let change = UserChange { requires_second_factor: Some(is_required), ..UserChange::default() };
        idp.app.directory().change_user(&alice, change, idp.clock.now()).await.unwrap()
    };
    let changed = require(true).await;
    assert!(changed.user.second_factor.is_required && changed.user.status == UserStatus::Active);
    assert_eq!(recorded(idp, AuditEvent::UserChanged).await, 1);
    require(true).await;
    assert_eq!(
        recorded(idp, AuditEvent::UserChanged).await,
        1,
        "a change that changes nothing leaves no trace"
    );
    let refused = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant"));
    let page = ask(&story.browser, idp, site, &[]).await;
    assert!(leads_to_app(&page), "{}", page.body);
    idp.browser().sign_in_for_tokens(idp, site, "bob").await;
    let concerned = async || -> BTreeSet<String> {
        let found = idp.app.store.users_without_second_factor_after(None, 9).await.unwrap();
        found.iter().map(|user| user.username.as_str().to_owned()).collect()
    };
    assert_eq!(concerned().await, ["alice", "bob"].map(str::to_owned).into());
    let form = open_app_page(&story.browser, &page).await;
    add(idp, &story.browser, &form).await;
    assert_eq!(concerned().await, ["bob".to_owned()].into());
}

#[tokio::test]
async fn what_is_not_offered_is_set_up_by_nobody_and_asked_for_where_it_is_there() {
    let (idp, site, alice) = house(|c| {
        c.authentication.methods = vec!["password".to_owned()].try_into().unwrap();
        c.authentication.levels = vec!["1=any".to_owned()].try_into().unwrap();
    })
    .await;
    let document = idp.send(idp.http.get(idp.url("/.well-known/openid-configuration"))).await;
    assert_eq!(document.body["acr_values_supported"], json!(["1"]));
    let browser = idp.browser();
    browser.sign_in(&idp, &site, "alice").await;
    assert_eq!(browser.open(idp.url("/account/methods/totp")).await.status, 404);
    let list = browser.open(idp.url("/account/methods")).await;
    assert!(!list.body.contains("id=\"methods-add\""), "{}", list.body);
    let refused = ask(&browser, &idp, &site, &[DEMAND]).await;
    assert_eq!(error(&refused).as_deref(), Some("unmet_authentication_requirements"));
    let change = UserChange { requires_second_factor: Some(true), ..UserChange::default() };
    let bound = Username::parse("alice").unwrap();
    let refused = idp.app.directory().change_user(&bound, change, idp.clock.now()).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::NoSecondFactor), "{refused}");
    let app = Authenticator::of(&idp, alice, "").await;
    let elsewhere = idp.browser();
    let login = ask(&elsewhere, &idp, &site, &[]).await;
    let step = elsewhere.log_in_as(&login, "alice", PASSWORD).await;
    assert!(asks_for_code(&step), "{}", step.body);
    assert!(press_code(&idp, &elsewhere, &step, &app).await.redirect_param("code").is_some());
}
