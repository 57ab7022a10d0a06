//! A person who reads Chinese: at a site, at the provider, and when something goes wrong in between.

use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::sites::TestSite;
use idp_tests::{PASSWORD, TestIdp};

/// What a page says of its own language.
async fn language(browser: &Chromium) -> String {
    let found = browser.run_script("return document.documentElement.lang").await;
    found.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_chose_chinese_at_a_site_signs_in_and_out_in_chinese() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let b = TestSite::start(&idp, "b", "Site B").await;

    browser.open(&a.url("/")).await;
    assert_eq!(language(&browser).await, "en");
    browser.wait_for_text("state", "You are not signed in").await;
    browser.click("language-zh-CN").await;
    browser.wait_for_text("state", "未登录").await;
    assert_eq!((language(&browser).await.as_str(), browser.url().await), ("zh-CN", a.url("/")));
    browser.set_viewport(Viewport { width: 320, zoom: 1, dark: false }).await;
    assert!(!browser.scrolls_sideways().await);

    browser.click("sign-in").await;
    browser.wait_for_text("login-submit", "登录").await;
    assert!(browser.url().await.starts_with(&idp.issuer));
    assert_eq!(language(&browser).await, "zh-CN", "the provider goes on in the language of the site");
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("state", "已登录").await;
    browser.wait_for_text("greeting", "您好").await;
    browser.wait_for_text("expires-in", "分钟").await;
    browser.screenshot("site-home-chinese").await;

    // The scripted page, whose words are the script's.
    browser.open(&a.url("/app")).await;
    browser.click("sign-in").await;
    browser.wait_for_text("state", "已登录").await;
    browser.wait_for_text("refreshes", "0 次").await;
    browser.wait_for_text("expires-in", "分钟").await;
    browser.set_viewport(Viewport { width: 1280, zoom: 1, dark: true }).await;
    browser.screenshot("site-app-chinese").await;

    // The choice is that site's: the other one goes by the browser.
    browser.open(&b.url("/members")).await;
    browser.wait_for_text("state", "You are signed in").await;

    // The open page says why it ended, and the members' page of the site is Chinese again.
    let members = browser.open_tab(&a.url("/members")).await;
    browser.wait_for_text("state", "已登录").await;
    browser.open_tab(&a.url("/")).await;
    browser.click("sign-out").await;
    browser.wait_for_url(&a.base_url).await;
    browser.wait_for_text("state", "未登录").await;
    browser.switch_to(&members).await;
    browser.wait_for_text("greeting", "您已退出登录").await;
    browser.wait_for_text("because", "您已退出登录。").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_sdk_is_in_the_language_of_the_site() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    browser.open(&a.url("/")).await;
    browser.click("language-zh-CN").await;
    browser.wait_for_text("state", "未登录").await;
    browser.click("sign-in").await;
    browser.click("login-cancel").await;
    browser.wait_for_url(&a.url("/auth/callback")).await;
    let said = browser.run_script("return document.querySelector('h1').textContent").await;
    assert_eq!(said.as_str(), Some("您尚未登录"));
    assert_eq!(language(&browser).await, "zh-CN");
    browser.screenshot("sdk-cancelled-chinese").await;
    browser.set_viewport(Viewport { width: 320, zoom: 1, dark: false }).await;
    assert!(!browser.scrolls_sideways().await);
}
