//! Parallel tabs: each login ends at its own site.

use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;
use idp_tests::{PASSWORD, TestIdp};

#[tokio::test(flavor = "multi_thread")]
async fn s64_logins_in_several_tabs_each_end_at_their_own_site() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let b = TestSite::start(&idp, "b", "Site B").await;

    // Three forms are open before Alice signs in; the first one is submitted last.
    let early = browser.open_tab(&a.url("/app")).await;
    browser.click("sign-in").await;
    browser.element("username").await;
    let tab_a = browser.open_tab(&a.url("/members")).await;
    browser.element("username").await;
    let tab_b = browser.open_tab(&b.url("/members")).await;
    browser.element("username").await;

    browser.switch_to(&tab_a).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members")).await;
    browser.switch_to(&tab_b).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&b.url("/members")).await;
    browser.wait_for_text("who", "The alice").await;
    browser.switch_to(&early).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/app")).await;
    browser.wait_for_text("state", "You are signed in").await;

    // The back button leads to a form that is not needed any more, and on from there.
    browser.switch_to(&tab_a).await;
    browser.open(&a.url("/members")).await;
    browser.driver.back().await.unwrap();
    browser.open(&a.url("/members")).await;
    browser.wait_for_text("who", "The alice").await;
}
