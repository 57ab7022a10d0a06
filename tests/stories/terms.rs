//! Terms of use with versions: a person who has not accepted the version that counts is asked before a site gets anything, in the
//! request that they came with, also in a session that was open before (ADR 58).

use crate::password_reset::link_to;
use idp_core::web_link::WebLink;
use idp_server::config::{Config, LinkByLanguage};
use idp_server::db::audit_events::AuditContext;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp};
use serde_json::Value;
use uuid::Uuid;

const FIRST: &str = "2026-11";

/// Terms of use of this version.
pub fn terms_of(version: &'static str) -> impl Fn(&mut Config) {
    move |config| {
        config.theme.terms = WebLink::parse("https://www.example.com/terms").ok().map(Into::into);
        config.account.terms_version = version.parse().ok();
    }
}

/// Alice and Bob, at a provider with terms of use, and a site that asks for consent as well.
async fn house() -> (TestIdp, ClientSpec, Uuid) {
    let idp = TestIdp::start_with(terms_of(FIRST)).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    idp.add_user("bob").await;
    (idp, site, alice)
}

/// The same provider, after its operator has changed the version.
async fn restarted(idp: TestIdp, version: &'static str) -> TestIdp {
    let (clock, port) = (idp.clock.clone(), idp.address.port());
    TestIdp::start_in(idp.stop().await, clock, port, terms_of(version)).await
}

async fn ask(browser: &Browser, idp: &TestIdp, site: &ClientSpec, changes: &[(&str, &str)]) -> Answer {
    browser.visit(idp.authorize_url(site, changes)).await
}

/// The page of the terms, after a sign-in.
async fn page(idp: &TestIdp, site: &ClientSpec, browser: &Browser, name: &str) -> Answer {
    let login = ask(browser, idp, site, &[]).await;
    let page = browser.log_in_as(&login, name, PASSWORD).await;
    let page = browser.follow(page).await;
    assert!(asks(&page), "{} {}", page.status, page.body);
    page
}

fn asks(page: &Answer) -> bool {
    page.has_id("terms-accept") && page.has_form("/accept-terms")
}

async fn press(browser: &Browser, page: &Answer, button: &str) -> Answer {
    let answer = browser.submit(page, &[], button).await;
    browser.follow(answer).await
}

fn code(answer: &Answer) -> Option<String> {
    answer.redirect_param("code")
}

async fn accepted(idp: &TestIdp, user: Uuid) -> Vec<String> {
    let terms = idp.app.store.accepted_terms(user).await.unwrap();
    terms.into_iter().map(|terms| terms.version.to_string()).collect()
}

#[tokio::test]
async fn who_signs_in_accepts_the_terms_once_and_again_when_they_change() {
    let (idp, site, alice) = house().await;
    let browser = idp.browser();
    let page = page(&idp, &site, &browser, "alice").await;
    for shown in ["https://www.example.com/terms", FIRST, "id=\"terms-export\"", "id=\"terms-delete\""] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(accepted(&idp, alice).await.is_empty());
    let answer = press(&browser, &page, "terms-accept").await;
    assert!(code(&answer).is_some(), "{} {}", answer.status, answer.body);
    assert_eq!(accepted(&idp, alice).await, [FIRST]);
    assert!(code(&ask(&browser, &idp, &site, &[("prompt", "none")]).await).is_some(), "asked once");
    let activity = browser.visit(idp.url("/account/activity")).await;
    assert!(activity.body.contains("Terms of use accepted"), "{}", activity.body);

    let idp = restarted(idp, "2027-01").await;
    let again = ask(&browser, &idp, &site, &[]).await;
    assert!(asks(&again) && again.body.contains("have changed"), "{}", again.body);
    idp.clock.advance(5);
    assert!(code(&press(&browser, &again, "terms-accept").await).is_some());
    assert_eq!(accepted(&idp, alice).await, ["2027-01", FIRST]);
    let export = browser.visit(idp.url("/account/export")).await;
    let file: Value =
        serde_json::from_str(&browser.submit(&export, &[], "export-download").await.body).unwrap();
    assert_eq!(file["terms"][0]["version"], "2027-01");
    assert_eq!(file["terms"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn terms_may_have_an_address_for_each_language_of_the_pages() {
    let idp = TestIdp::start_with(|config| {
        let link = |path| WebLink::parse(&format!("https://www.example.com/{path}")).unwrap();
        let languages = ["en", "zh-CN"].map(|tag| (tag.parse().unwrap(), link(tag)));
        config.theme.terms = Some(LinkByLanguage::Each(languages.to_vec()));
        config.theme.privacy = Some(LinkByLanguage::Each(languages[..1].to_vec()));
        config.account.terms_version = FIRST.parse().ok();
    })
    .await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    for tag in ["en", "zh-CN"] {
        let browser = idp.browser();
        let login = ask(&browser, &idp, &site, &[("ui_locales", tag)]).await;
        let page = browser.log_in_as(&login, "alice", PASSWORD).await;
        let page = browser.follow(page).await;
        assert!(asks(&page), "{} {}", page.status, page.body);
        for id in ["terms-link", "footer-terms"] {
            assert_eq!(link_to(&page, id), format!("https://www.example.com/{tag}"));
        }
        assert_eq!(
            link_to(&page, "footer-privacy"),
            "https://www.example.com/en",
            "that of the default language"
        );
    }
}

#[tokio::test]
async fn s07_an_open_session_is_asked_too_silence_is_told_and_refreshing_goes_on() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (site, browser, token) = (story.site, story.browser, story.tokens.text("refresh_token").to_owned());
    let idp = restarted(story.idp, FIRST).await;
    let silent = ask(&browser, &idp, &site, &[("prompt", "none")]).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("interaction_required"));
    assert_eq!(idp.refresh(&site, &token).await.status, 200, "what was given goes on");
    let page = ask(&browser, &idp, &site, &[]).await;
    assert!(asks(&page) && !page.body.contains("id=\"password\""), "{}", page.body);
    assert!(code(&press(&browser, &page, "terms-accept").await).is_some());
    assert!(code(&ask(&browser, &idp, &site, &[("prompt", "none")]).await).is_some());
}

#[tokio::test]
async fn who_does_not_accept_goes_back_and_may_take_their_data_and_leave() {
    let (idp, site, alice) = house().await;
    let browser = idp.browser();
    let asked = page(&idp, &site, &browser, "alice").await;
    let back = press(&browser, &asked, "terms-cancel").await;
    assert_eq!(back.redirect_param("error").as_deref(), Some("access_denied"));
    let login = press(&browser, &asked, "terms-switch").await;
    assert!(login.has_id("login-submit") && login.has_id("username"), "{}", login.body);
    assert!(accepted(&idp, alice).await.is_empty());
    // At the provider itself.
    let other = idp.browser();
    let login = other.visit(idp.url("/account")).await;
    let answer = other.log_in_as(&login, "alice", PASSWORD).await;
    let own = other.follow(answer).await;
    assert!(asks(&own) && own.has_id("terms-sign-out") && !own.has_id("terms-cancel"), "{}", own.body);
    for path in ["/account/export", "/account/delete"] {
        let open = other.visit(idp.url(path)).await;
        assert!(open.status == 200 && open.has_form(path), "{path}: {}", open.body);
        let login = idp.browser();
        let page = login.visit(idp.url(path)).await;
        let answer = login.log_in_as(&page, "alice", PASSWORD).await;
        assert!(login.follow(answer).await.has_form(path), "{path}");
    }
    assert!(accepted(&idp, alice).await.is_empty());
    let answer = press(&other, &own, "terms-accept").await;
    assert!(answer.has_id("home-devices"), "{}", answer.body);
}

#[tokio::test]
async fn nobody_accepts_for_another_person_or_what_was_not_on_the_page() {
    let (idp, site, alice) = house().await;
    let browser = idp.browser();
    let of_alice = page(&idp, &site, &browser, "alice").await;
    // Bob signs in in another tab.
    let login = ask(&browser, &idp, &site, &[("prompt", "login")]).await;
    let answer = browser.press(&login, "switch_account", &[]).await;
    browser.log_in_as(&answer, "bob", PASSWORD).await;
    let for_bob = press(&browser, &of_alice, "terms-accept").await;
    assert!(asks(&for_bob) && for_bob.body.contains("bob"), "{}", for_bob.body);
    assert_eq!(idp_server_accepted(&idp).await, 0);
    // The operator changes the version while a page is open.
    let idp = restarted(idp, "2027-01").await;
    let anew = press(&browser, &for_bob, "terms-accept").await;
    assert!(asks(&anew) && anew.body.contains("2027-01"), "{}", anew.body);
    assert_eq!(idp_server_accepted(&idp).await, 0);
    assert!(code(&press(&browser, &anew, "terms-accept").await).is_some());
    assert!(accepted(&idp, alice).await.is_empty());
    // A forged form.
    let mallory = idp.browser();
    let asked = page(&idp, &site, &mallory, "alice").await;
    let (address, tx) = (asked.form_address(), asked.input("tx"));
    let forged = [("tx", tx.as_str()), ("csrf", "x"), ("action", "accept")];
    let answer = mallory.post(asked.url.join(&address).unwrap(), &forged).await;
    assert!(code(&answer).is_none());
    assert!(accepted(&idp, alice).await.is_empty());
}

async fn idp_server_accepted(idp: &TestIdp) -> usize {
    crate::schema::ask(&idp.db, "SELECT version AS word FROM terms_acceptances").await.len()
}

#[tokio::test]
async fn tabs_reloads_and_back_end_at_the_site() {
    let (idp, site, _) = house().await;
    let browser = idp.browser();
    let one = page(&idp, &site, &browser, "alice").await;
    let two = ask(&browser, &idp, &site, &[("state", "two")]).await;
    let three = ask(&browser, &idp, &site, &[("state", "three"), ("response_mode", "form_post")]).await;
    assert!(asks(&two) && asks(&three));
    let reloaded = browser.visit(one.url.as_str()).await;
    assert!(asks(&reloaded), "{}", reloaded.body);
    // Later: there is nothing in it that grows old.
    idp.clock.advance(3 * 3600);
    assert!(code(&press(&browser, &reloaded, "terms-accept").await).is_some());
    assert!(code(&press(&browser, &two, "terms-accept").await).is_some(), "twice is once");
    let posted = browser.visit(three.url.as_str()).await;
    assert!(posted.body.contains("name=\"code\"") && posted.body.contains("three"), "{}", posted.body);
    assert!(code(&browser.visit(one.url.as_str()).await).is_some(), "Back");
    // In another browser it is the same request begun anew.
    let other = idp.browser();
    assert!(other.visit(two.url.as_str()).await.has_form("/login"));
    assert_eq!(idp_server_accepted(&idp).await, 1);
}

#[tokio::test]
async fn consent_comes_after_the_terms_and_leads_not_past_them() {
    let idp = TestIdp::start_with(terms_of(FIRST)).await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let asked = page(&idp, &site, &browser, "alice").await;
    let past = asked.form_address().replace("/accept-terms", "/consent");
    assert!(asks(&browser.visit(asked.url.join(&past).unwrap()).await));
    let consent = press(&browser, &asked, "terms-accept").await;
    assert!(consent.has_form("/consent"), "{}", consent.body);
    // The version changes while the question is open: what was allowed is not forgotten.
    let _idp = restarted(idp, "2027-01").await;
    let again = press(&browser, &consent, "consent-allow").await;
    assert!(asks(&again), "{}", again.body);
    assert!(code(&press(&browser, &again, "terms-accept").await).is_some());
}

#[tokio::test]
async fn an_acceptance_is_noted_once_and_goes_with_the_account() {
    let (idp, _, alice) = house().await;
    let (store, now) = (&idp.app.store, idp.clock.now());
    let version = || FIRST.parse().unwrap();
    let accept = || store.accept_terms(alice, version(), AuditContext::default(), now);
    let (one, two) = tokio::join!(accept(), accept());
    one.unwrap();
    two.unwrap();
    assert_eq!(accepted(&idp, alice).await, [FIRST]);
    let event = idp_server::db::audit_events::AuditEvent::TermsAccepted;
    let count = idp.db.read(move |connection| idp_server::db::audit_events::count(connection, event));
    assert_eq!(count.await.unwrap(), 1);
    let name = idp_core::username::Username::parse("alice").unwrap();
    idp.operator().remove_user(&name, now).await.unwrap();
    assert_eq!(idp_server_accepted(&idp).await, 0);
    store.accept_terms(alice, version(), AuditContext::default(), now).await.unwrap();
    assert_eq!(idp_server_accepted(&idp).await, 0, "there is no such person");
}
