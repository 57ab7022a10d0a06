//! Back, many tabs and long addresses at a site, in a browser that has a history.

use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;
use idp_tests::{PASSWORD, TestIdp};

#[tokio::test(flavor = "multi_thread")]
async fn p1_back_after_signing_in_ends_at_the_page_that_was_wanted() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    browser.open(&a.url("/members?a=b")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members?a=b")).await;
    browser.driver.back().await.unwrap();
    browser.wait_for_url(&a.url("/members?a=b")).await;
    browser.wait_for_text("who", "The alice").await;
    browser.driver.refresh().await.unwrap();
    browser.wait_for_text("who", "The alice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_twelve_tabs_end_signed_in_after_one_form() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let mut tabs = Vec::new();
    for number in 0..12 {
        tabs.push((browser.open_tab(&a.url(&format!("/members?{number}"))).await, number));
        browser.element("username").await;
    }
    let last = tabs.pop().unwrap();
    browser.switch_to(&last.0).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members?11")).await;
    for (tab, number) in tabs {
        browser.switch_to(&tab).await;
        browser.driver.refresh().await.unwrap();
        browser.wait_for_url(&a.url(&format!("/members?{number}"))).await;
        browser.wait_for_text("who", "The alice").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_long_address_in_any_script_comes_back_exactly() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let chinese: String = ('\u{4e00}'..'\u{5200}').collect();
    browser.open(&a.url(&format!("/members?q=\\d+&c={chinese}"))).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members?q=")).await;
    browser.wait_for_text("who", "The alice").await;
    let search = browser.run_script("return location.search").await;
    let encoded: String = url::form_urlencoded::byte_serialize(chinese.as_bytes()).collect();
    assert_eq!(search, format!("?q=\\d+&c={encoded}"));
    // Back passes the page that led there by itself.
    browser.driver.back().await.unwrap();
    browser.wait_for_url(&a.url("/members?q=")).await;
    browser.wait_for_text("who", "The alice").await;
}
