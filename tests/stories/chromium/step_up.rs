//! A person changes where money goes, at a site that wants to be sure who they are: there and back in a real browser, by script.

use idp_core::authentication::Acr;
use idp_core::client::ClientMetadata;
use idp_server::directory::DirectoryError;
use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::sites::{TestSite, advance_all};
use idp_tests::{Authenticator, PASSWORD, TestIdp};

/// After so many seconds the demonstration site wants the person to confirm that it is them.
const TOO_LATE: u32 = 120;

/// Alice at the page of the site, in this language, a while after she signed in.
async fn at_the_page(browser: &Chromium, tag: &str) -> (TestIdp, TestSite) {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    if tag != "en" {
        browser.open(&a.url("/")).await;
        browser.click(&format!("language-{tag}")).await;
        browser.eventually("the language", async || language(browser).await == tag).await;
    }
    browser.open(&a.url("/payout")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/payout")).await;
    advance_all(&idp, &[&a], TOO_LATE);
    (idp, a)
}

async fn language(browser: &Chromium) -> String {
    browser.run_script("return document.documentElement.lang").await.as_str().unwrap_or_default().to_owned()
}

async fn fill(browser: &Chromium, id: &str, text: &str) {
    browser.element(id).await.send_keys(text).await.unwrap();
}

async fn value(browser: &Chromium, id: &str) -> String {
    let found = browser.run_script(&format!("return document.getElementById('{id}').value")).await;
    found.as_str().unwrap_or_default().to_owned()
}

/// At the provider, where the name is known already.
async fn confirm(browser: &Chromium, idp: &TestIdp) {
    browser.wait_for_url(&idp.issuer).await;
    fill(browser, "password", PASSWORD).await;
    browser.click("login-submit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_what_was_filled_in_is_saved_after_the_person_confirmed_who_they_are() {
    let browser = Chromium::start().await;
    for (tag, saved, deleted) in
        [("en", "Saved.", "Everything is deleted."), ("zh-CN", "已保存。", "已全部删除。")]
    {
        let (idp, a) = at_the_page(&browser, tag).await;
        fill(&browser, "holder", "王小明").await;
        fill(&browser, "account", "DE02 1203").await;
        let note = "x".repeat(60_000);
        browser.run_script(&format!("document.getElementById('note').value = 'one\\n{note}'")).await;
        browser.click("save").await;
        browser.wait_for_url(&idp.issuer).await;
        browser.screenshot(&format!("step-up-provider-{tag}")).await;
        confirm(&browser, &idp).await;
        browser.wait_for_url(&a.url("/payout?done=saved")).await;
        browser.wait_for_text("done", saved).await;
        assert_eq!(
            (value(&browser, "holder").await.as_str(), language(&browser).await.as_str()),
            ("王小明", tag)
        );
        assert_eq!(value(&browser, "note").await, format!("one\n{note}"));
        browser.run_script("document.getElementById('note').value = ''").await;
        for (name, dark) in [("light", false), ("dark", true)] {
            browser.set_viewport(Viewport { width: 320, dark, zoom: 1 }).await;
            assert!(!browser.scrolls_sideways().await, "{tag}");
            browser.screenshot(&format!("site-payout-{name}-{tag}")).await;
        }

        // Later, one button.
        advance_all(&idp, &[&a], TOO_LATE);
        browser.click("delete").await;
        confirm(&browser, &idp).await;
        browser.wait_for_text("done", deleted).await;
        assert_eq!(value(&browser, "holder").await, "");

        // Back shows what was there before, and sends nothing once more.
        browser.driver.back().await.unwrap();
        assert!(!browser.url().await.contains("/auth/resume"), "{}", browser.url().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_the_scripted_page_goes_to_confirm_and_comes_back() {
    let browser = Chromium::start().await;
    let (idp, a) = at_the_page(&browser, "en").await;
    browser.open(&a.url("/app")).await;
    browser.click("sign-in").await;
    browser.wait_for_text("state", "You are signed in").await;
    browser.click("call-payout").await;
    confirm(&browser, &idp).await;
    browser.wait_for_url(&a.url("/app")).await;
    browser.wait_for_text("state", "You are signed in").await;
    browser.click("call-payout").await;
    browser.wait_for_text("api-result", "200").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_a_class_that_nobody_reaches_is_a_page_that_says_so() {
    let browser = Chromium::start().await;
    for tag in ["en", "zh-CN"] {
        let (_idp, a) = at_the_page(&browser, tag).await;
        browser.open(&a.url("/auth/login?return_to=/members&acr_values=phr")).await;
        browser.wait_for_url(&a.url("/auth/callback")).await;
        assert_eq!(language(&browser).await, tag);
        for (name, dark) in [("light", false), ("dark", true)] {
            browser.set_viewport(Viewport { width: 320, dark, zoom: 1 }).await;
            assert!(!browser.scrolls_sideways().await, "{tag}");
            browser.screenshot(&format!("sdk-too-weak-{name}-{tag}")).await;
        }
    }
}

/// From now on the site demands two factors of every sign-in.
async fn demand_two_factors(idp: &TestIdp, site: &TestSite) {
    let change =
        |metadata| Ok::<_, DirectoryError>(ClientMetadata { required_acr: Acr::parse("2"), ..metadata });
    idp.operator().change_client(&site.spec.client.id, change, idp.clock.now()).await.unwrap();
}

/// The site, the password, an app that is set up, the site again with what was filled in; and the next time the password and a
/// code.
#[tokio::test(flavor = "multi_thread")]
async fn s07_who_has_no_app_sets_one_up_on_the_way_and_their_form_is_sent_on() {
    let browser = Chromium::start().await;
    for (tag, heading, saved) in
        [("en", "Add a second step", "Saved."), ("zh-CN", "设置第二步验证", "已保存。")]
    {
        let (idp, a) = at_the_page(&browser, tag).await;
        demand_two_factors(&idp, &a).await;
        fill(&browser, "holder", "王小明").await;
        fill(&browser, "account", "DE02 1203").await;
        browser.click("save").await;
        confirm(&browser, &idp).await;
        browser.wait_for_text("heading", heading).await;
        for (width, dark) in [(320, false), (390, true), (1280, false)] {
            browser.set_viewport(Viewport { width, dark, zoom: 1 }).await;
            assert!(!browser.scrolls_sideways().await, "{tag} at {width} pixels");
            browser.screenshot(&format!("enrol-{tag}-{width}")).await;
        }
        browser.click("enrol-totp").await;
        let secret = browser.element("totp-secret").await.text().await.unwrap();
        let app = Authenticator::typed(&secret);
        // Back and forward lead nowhere else.
        browser.click("totp-cancel").await;
        browser.wait_for_text("heading", heading).await;
        browser.driver.back().await.unwrap();
        let secret = browser.element("totp-secret").await.text().await.unwrap();
        let app = if secret.is_empty() { app } else { Authenticator::typed(&secret) };
        fill(&browser, "code", &app.code(&idp)).await;
        browser.click("totp-add").await;
        browser.click("recovery-done").await;
        browser.wait_for_url(&a.url("/payout?done=saved")).await;
        browser.wait_for_text("done", saved).await;
        assert_eq!(value(&browser, "holder").await, "王小明");

        advance_all(&idp, &[&a], TOO_LATE);
        browser.click("delete").await;
        confirm(&browser, &idp).await;
        fill(&browser, "code", &app.code(&idp)).await;
        browser.screenshot(&format!("step-up-code-{tag}")).await;
        browser.click("code-submit").await;
        browser.wait_for_url(&a.url("/payout?done=deleted")).await;
    }
}
