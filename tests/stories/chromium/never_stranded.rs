//! Back, reload, a bookmark, a restored tab, many tabs, long addresses, no cookies and another name of the provider, in a
//! browser that has a history: no one ends at a page that leads nowhere.

use idp_core::client::ConsentPolicy;
use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;
use idp_tests::{ClientSpec, PASSWORD, TestIdp};

/// The number of tabs that a restored window may have.
const MANY: usize = 30;

/// A provider with Alice, and a site that asks for consent.
async fn house() -> (TestIdp, TestSite) {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let asks = |spec: &mut ClientSpec| spec.client.metadata.consent = ConsentPolicy::Ask;
    let site = TestSite::start_with(&idp, "a", "Site A", |spec, _| asks(spec)).await;
    (idp, site)
}

async fn is_without_complaint(browser: &Chromium) -> bool {
    browser.element("login-submit").await;
    browser.run_script("return document.getElementById('problem') === null").await == true
}

async fn ends_at(browser: &Chromium, wanted: &str) {
    browser.wait_for_url(wanted).await;
    browser.wait_for_text("who", "The alice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_enter_back_and_reload_after_a_slip_show_the_form_again() {
    let browser = Chromium::start().await;
    let (_idp, site) = house().await;
    let wanted = site.url("/members?a=b");
    browser.open(&wanted).await;
    browser.log_in("alice", "a slip").await;
    browser.element("problem").await;
    // Enter in the address bar.
    let address = browser.url().await;
    browser.open(&address).await;
    assert!(is_without_complaint(&browser).await);
    browser.driver.refresh().await.unwrap();
    assert!(is_without_complaint(&browser).await);
    browser.log_in("alice", PASSWORD).await;
    browser.element("consent-allow").await;
    let bookmark = browser.url().await;
    browser.driver.refresh().await.unwrap();
    browser.click("consent-allow").await;
    ends_at(&browser, &wanted).await;
    // The question was answered: Back to it, and a bookmark of it, lead on.
    browser.driver.back().await.unwrap();
    ends_at(&browser, &wanted).await;
    browser.open(&bookmark).await;
    ends_at(&browser, &wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_a_tab_that_is_restored_without_its_cookies_ends_where_it_was_going() {
    let browser = Chromium::start().await;
    let (_idp, site) = house().await;
    let wanted = site.url("/members?a=b");
    browser.open(&wanted).await;
    let tab = browser.url().await;
    // What a browser forgets that is closed, at the provider and at the site.
    browser.forget_cookies().await;
    browser.open(&site.url("/")).await;
    browser.forget_cookies().await;
    browser.open(&tab).await;
    assert!(is_without_complaint(&browser).await);
    browser.log_in("alice", PASSWORD).await;
    browser.click("consent-allow").await;
    ends_at(&browser, &wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_who_keeps_no_cookies_is_told_so_and_is_not_sent_in_circles() {
    let browser = Chromium::start_without_cookies().await;
    let (idp, site) = house().await;
    browser.open(&site.url("/members")).await;
    for _ in 0..2 {
        browser.log_in("alice", PASSWORD).await;
        browser.wait_for_text("problem", "cookie").await;
        assert!(browser.url().await.starts_with(&idp.issuer));
    }
    browser.click("right-address").await;
    assert!(is_without_complaint(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_who_came_by_another_name_of_the_provider_goes_on_at_the_right_one() {
    let browser = Chromium::start().await;
    let (idp, site) = house().await;
    let wanted = site.url("/members?a=b");
    browser.open(&wanted).await;
    let page = browser.url().await;
    let misplaced = page.replace(&idp.issuer, &format!("http://{}", idp.address));
    browser.open(&misplaced).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("problem", &idp.issuer).await;
    browser.click("right-address").await;
    browser.wait_for_url(&idp.issuer).await;
    assert!(is_without_complaint(&browser).await);
    browser.log_in("alice", PASSWORD).await;
    browser.click("consent-allow").await;
    ends_at(&browser, &wanted).await;
}

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
async fn p2_thirty_tabs_end_signed_in_after_one_form() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let mut tabs = Vec::new();
    for number in 0..MANY {
        tabs.push((browser.open_tab(&a.url(&format!("/members?{number}"))).await, number));
        browser.element("username").await;
    }
    let last = tabs.pop().unwrap();
    browser.switch_to(&last.0).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members?29")).await;
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
