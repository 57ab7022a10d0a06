//! One sign-in across two sites, as a person sees it.

use idp_tests::chromium::Chromium;
use idp_tests::sites::{TestSite, advance_all};
use idp_tests::{PASSWORD, TestIdp};

async fn provider_and_sites() -> (TestIdp, TestSite, TestSite) {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let b = TestSite::start(&idp, "b", "Site B").await;
    (idp, a, b)
}

#[tokio::test(flavor = "multi_thread")]
async fn z08_sign_in_at_a_and_b_knows_the_person_without_a_form() {
    let browser = Chromium::start().await;
    let (_idp, a, b) = provider_and_sites().await;

    browser.open(&a.url("/")).await;
    browser.wait_for_text("state", "You are not signed in").await;
    browser.click("sign-in").await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/")).await;
    browser.wait_for_text("state", "You are signed in").await;

    // The public page of B: known at once, for it asked without showing anything.
    browser.open(&b.url("/")).await;
    browser.wait_for_text("state", "You are signed in").await;
    browser.open(&b.url("/members")).await;
    browser.wait_for_text("who", "The alice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_members_page_leads_through_the_form_and_back() {
    let browser = Chromium::start().await;
    let (_idp, a, b) = provider_and_sites().await;
    browser.open(&a.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members")).await;
    browser.wait_for_text("who", "The alice").await;
    browser.open(&b.url("/members")).await;
    browser.wait_for_text("who", "The alice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn z12_an_expired_token_is_refreshed_while_the_request_waits() {
    let browser = Chromium::start().await;
    let (idp, a, b) = provider_and_sites().await;
    browser.open(&a.url("/app")).await;
    browser.click("sign-in").await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/app")).await;
    browser.wait_for_text("state", "You are signed in").await;
    browser.click("call-profile").await;
    browser.wait_for_text("api-result", "200").await;
    browser.wait_for_text("refreshes", "0 times").await;

    // Every clock but the browser's: the page believes in its token until the API refuses it.
    advance_all(&idp, &[&a, &b], 31 * 60);
    browser.click("call-slow").await;
    browser.wait_for_text("api-result", "200").await;
    browser.wait_for_text("refreshes", "1 time").await;
    browser.wait_for_text("state", "You are signed in").await;
    assert!(in_storage(&browser).await.is_empty(), "no token is ever stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_after_a_sign_out_at_a_the_refresh_of_b_is_refused_and_the_provider_asks_again() {
    let browser = Chromium::start().await;
    let (idp, a, b) = provider_and_sites().await;
    browser.open(&a.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("who", "The alice").await;
    browser.open(&b.url("/members")).await;
    browser.wait_for_text("who", "The alice").await;
    let tab_b = browser.open_tab(&b.url("/app")).await;
    browser.click("sign-in").await;
    browser.wait_for_text("state", "You are signed in").await;

    browser.open_tab(&a.url("/members")).await;
    browser.click("sign-out").await;
    browser.wait_for_url(&a.base_url).await;
    browser.wait_for_text("state", "You are not signed in").await;

    // B still verifies offline; when its token expires, the refresh is refused.
    advance_all(&idp, &[&a, &b], 31 * 60);
    browser.switch_to(&tab_b).await;
    browser.click("call-profile").await;
    browser.wait_for_text("state", "You are not signed in").await;
    browser.open(&b.url("/members")).await;
    browser.element("username").await;
    assert!(browser.url().await.starts_with(&idp.issuer), "the provider asks again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_keeps_verifying_while_the_provider_is_stopped() {
    let browser = Chromium::start().await;
    let (idp, a, _b) = provider_and_sites().await;
    browser.open(&a.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("who", "The alice").await;
    let _folder = idp.stop().await;
    for _ in 0..3 {
        browser.open(&a.url("/members")).await;
        browser.wait_for_text("who", "The alice").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s35_a_guest_gets_the_public_page_even_when_the_provider_is_away() {
    let browser = Chromium::start().await;
    let (idp, a, _b) = provider_and_sites().await;
    browser.open(&a.url("/")).await;
    browser.wait_for_text("state", "You are not signed in").await;
    let _folder = idp.stop().await;
    browser.driver.delete_all_cookies().await.unwrap();
    browser.open(&a.url("/")).await;
    browser.wait_for_text("state", "You are not signed in").await;
}

async fn in_storage(browser: &Chromium) -> String {
    let script = "return JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})";
    let stored = browser.driver.execute(script, vec![]).await.unwrap();
    let stored = stored.as_str().unwrap().to_owned();
    if stored.contains("ey") || stored.contains("rt.") { stored } else { String::new() }
}
