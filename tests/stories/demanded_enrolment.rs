//! A person without a second factor where one is demanded is led to set one up, by a site, by the installation or by an operator,
//! and the request goes on with it (ADR 55).

use crate::demanded_factors::{DEMAND, WISH, ask, asks_for_code, error, press_code, said, signed_in};
use idp_core::authentication::Requirement;
use idp_core::user::UserStatus;
use idp_core::username::Username;
use idp_server::config::{Config, ConfigDuration};
use idp_server::db::audit_events::AuditEvent;
use idp_server::directory::DirectoryError;
use idp_server::directory::users::UserChange;
use idp_tests::{
    Answer, Authenticator, Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedOut, TestIdp, jwt,
};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

const STEP: i64 = 30;
const DAY: i64 = 24 * 60 * 60;

async fn house(change: impl FnOnce(&mut Config)) -> (TestIdp, ClientSpec, Uuid) {
    let SignedOut { idp, site, alice } = SignedOut::with(change).await;
    (idp, site, alice)
}

pub fn leads_to_app(page: &Answer) -> bool {
    page.body.contains("id=\"enrol-totp\"")
}

/// The page of the app, from the one that leads there.
pub async fn open_app_page(browser: &Browser, page: &Answer) -> Answer {
    assert!(leads_to_app(page), "{} {}", page.status, page.body);
    let link = page.body.split("id=\"enrol-totp\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    browser.visit(page.url.join(link).unwrap()).await
}

/// Adds an app at its page, and goes on from the recovery codes that come with it.
pub async fn add(idp: &TestIdp, browser: &Browser, page: &Answer) -> Answer {
    let code = Authenticator::scanning(page).code(idp);
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

#[tokio::test]
async fn s07_who_has_no_app_sets_one_up_and_the_request_goes_on() {
    let story = signed_in().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    // A wish asks no one for a factor that they do not have.
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
    let wrong =
        browser.press(&form, "add", &[("code", &Authenticator::scanning(&form).wrong_code(idp))]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    idp.clock.advance(90);
    let cookie = browser.cookie(HOST, SESSION);
    let answer = add(idp, browser, &wrong).await;
    assert_ne!(browser.cookie(HOST, SESSION), cookie);
    assert_eq!(said(idp, site, &answer).await, json!([["pwd", "otp", "mfa"], "2", began]));
    assert_eq!((idp.open_sessions(story.alice).await, idp.recorded(AuditEvent::MethodAdded).await), (1, 1));

    // Back, reload and the same form once more: nothing is added, and everything leads on.
    let again = add(idp, browser, &wrong).await;
    assert!(again.redirect_param("code").is_some(), "{}", again.body);
    for address in [&form.url, &page.url] {
        let answer = browser.visit(address).await;
        assert!(answer.redirect_param("code").is_some(), "{address}: {}", answer.body);
    }
    assert_eq!(idp.recorded(AuditEvent::MethodAdded).await, 1);
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
    let app = Authenticator::scanning(&form);
    idp.clock.advance(200);
    let answer = elsewhere.press(&form, "add", &[("code", &app.code(idp))]).await;
    let login = past_codes(&elsewhere, answer).await;
    assert!(login.body.contains("id=\"password\""), "{}", login.body);
    let step = elsewhere.log_in_as(&login, "bob", PASSWORD).await;
    idp.clock.advance(STEP);
    let answer = press_code(idp, &elsewhere, &step, &app).await;
    assert_eq!(said(idp, site, &answer).await[1], "2");
    assert_eq!(idp.open_sessions(other).await, 1);
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
    assert_eq!((kept.len(), idp.recorded(AuditEvent::MethodAdded).await), (1, 1));
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
    assert!(leads_to_app(&put_off), "no one may: {}", put_off.body);
    assert_eq!(error(&browser.press(&page, "cancel", &[]).await).as_deref(), Some("access_denied"));

    let form = open_app_page(&browser, &page).await;
    let answer = add(&idp, &browser, &form).await;
    assert_eq!(said(&idp, &site, &answer).await[1], "2");
    assert_eq!(idp.open_sessions(alice).await, 1);
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

    // A site that demands the class does not wait.
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
async fn an_operator_demands_two_factors_of_one_person() {
    let story = signed_in().await;
    let (idp, site) = (&story.idp, &story.site);
    idp.add_user("bob").await;
    let alice = Username::parse("alice").unwrap();
    let require = async |is_required| {
        let change = UserChange { requires_second_factor: Some(is_required), ..UserChange::default() };
        idp.operator().change_user(&alice, change, idp.clock.now()).await.unwrap()
    };
    let changed = require(true).await;
    assert!(changed.user.second_factor.is_required && changed.user.status == UserStatus::Active);
    assert_eq!(idp.recorded(AuditEvent::UserChanged).await, 1);
    require(true).await;
    assert_eq!(
        idp.recorded(AuditEvent::UserChanged).await,
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
    let refused = idp.operator().change_user(&bound, change, idp.clock.now()).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::NoSecondFactor), "{refused}");
    let app = Authenticator::of(&idp, alice, "").await;
    let elsewhere = idp.browser();
    let login = ask(&elsewhere, &idp, &site, &[]).await;
    let step = elsewhere.log_in_as(&login, "alice", PASSWORD).await;
    assert!(asks_for_code(&step), "{}", step.body);
    assert!(press_code(&idp, &elsewhere, &step, &app).await.redirect_param("code").is_some());
}
