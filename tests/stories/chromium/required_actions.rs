//! What a person has to do before they go on, in a real browser: a password in the place of a temporary one, and the terms of use,
//! by way of a site and back to it, in both languages, with script and without.

use fantoccini::Locator;
use idp_core::username::Username;
use idp_core::web_link::WebLink;
use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::sites::TestSite;
use idp_tests::{TestIdp, typed};

const GIVEN: &str = "kavu-rabi-tenu-zali-mepika";
const OWN: &str = "seven gravel teapots whistle";

/// Alice has a temporary password at a provider that has terms of use.
async fn house() -> TestIdp {
    let idp = TestIdp::start_with(|config| {
        config.theme.terms = WebLink::parse("https://www.example.com/terms").ok().map(Into::into);
        config.account.terms_version = "2026-11".parse().ok();
    })
    .await;
    idp.add_user("alice").await;
    let (name, now) = (Username::parse("alice").unwrap(), idp.clock.now());
    idp.operator().set_temporary_password(&name, typed(GIVEN), now).await.unwrap();
    idp
}

/// Pictures of the page, on a phone, light and dark.
async fn look(browser: &Chromium, name: &str) {
    for (scheme, dark) in [("light", false), ("dark", true)] {
        browser.set_viewport(Viewport { width: 320, dark, zoom: 1 }).await;
        assert!(!browser.scrolls_sideways().await, "{name}");
        browser.screenshot(&format!("{name}-{scheme}")).await;
    }
}

async fn to_the_other_language(browser: &Chromium) {
    browser.run_script("document.querySelector('.languages button').click()").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_chooses_a_password_accepts_the_terms_and_ends_at_the_page_of_the_site() {
    let browser = Chromium::start().await;
    for (tag, choose, terms) in
        [("en", "Choose your password", "Terms of use"), ("zh-CN", "设置您自己的密码", "使用条款")]
    {
        let idp = house().await;
        let site = TestSite::start(&idp, "a", "Site A").await;
        browser.forget_cookies().await;
        let wanted = site.url("/members?a=b");
        browser.open(&wanted).await;
        if tag != "en" {
            to_the_other_language(&browser).await;
            browser.wait_for_text("heading", "登录").await;
        }
        browser.log_in("alice", GIVEN).await;
        browser.wait_for_text("heading", choose).await;
        look(&browser, &format!("choose-password-journey-{tag}")).await;
        browser.element("new-password").await.send_keys(GIVEN).await.unwrap();
        browser.click("choose-submit").await;
        browser.element("new-password-problem").await;
        look(&browser, &format!("choose-password-same-journey-{tag}")).await;
        browser.element("new-password").await.send_keys(OWN).await.unwrap();
        browser.click("choose-submit").await;
        browser.wait_for_url(&idp.url("/accept-terms?tx=")).await;
        browser.wait_for_text("heading", terms).await;
        look(&browser, &format!("accept-terms-journey-{tag}")).await;

        // A reload, another tab, the other language and Back lose nothing.
        browser.driver.refresh().await.unwrap();
        browser.wait_for_text("heading", terms).await;
        to_the_other_language(&browser).await;
        browser.element("terms-accept").await;
        to_the_other_language(&browser).await;
        browser.wait_for_text("heading", terms).await;
        let first = browser.driver.window().await.unwrap();
        let second = browser.open_tab(&wanted).await;
        browser.switch_to(&second).await;
        browser.wait_for_text("heading", terms).await;
        browser.click("terms-accept").await;
        browser.wait_for_url(&wanted).await;
        browser.switch_to(&first).await;
        browser.click("terms-accept").await;
        browser.wait_for_url(&wanted).await;
        browser.wait_for_text("who", "The alice").await;
        browser.driver.back().await.unwrap();
        browser.wait_for_url(&wanted).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_pages_work_in_a_browser_that_runs_no_script() {
    let browser = Chromium::start().await;
    browser.without_script().await;
    let idp = house().await;
    browser.open(&idp.url("/account")).await;
    browser.log_in("alice", GIVEN).await;
    browser.element("new-password").await.send_keys(OWN).await.unwrap();
    browser.click("choose-submit").await;
    let link = browser.element("terms-link").await.attr("href").await.unwrap();
    assert_eq!(link.as_deref(), Some("https://www.example.com/terms"));
    browser.click("terms-accept").await;
    browser.wait_for_url(&idp.url("/account")).await;
    assert!(browser.driver.find(Locator::Id("home-devices")).await.is_ok());
}
