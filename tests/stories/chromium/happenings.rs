//! What happens to a sign-in, on open pages, as it happens.

use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;
use idp_tests::{PASSWORD, TestIdp};

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_lists_what_happens_in_another_tab_and_that_the_sign_in_ended() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let site = TestSite::start_with(&idp, "a", "Site A", |_, config| config.follows_feed = true).await;
    let first = browser.open_tab(&site.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("happenings", "You signed in through the provider").await;
    let lines =
        async || browser.run_script("return document.querySelectorAll('#happenings li').length").await;
    assert_eq!(lines().await, 2);

    // A second tab is verified: the first one hears of it without being reloaded.
    browser.open_tab(&site.url("/")).await;
    browser.wait_for_text("happenings", "verified offline").await;
    browser.switch_to(&first).await;
    browser.eventually("the first tab has one line more", async || lines().await == 3).await;

    // The scripted page calls the API and lists that; it greets by name.
    browser.open_tab(&site.url("/app")).await;
    browser.click("sign-in").await;
    browser.wait_for_text("who", "The alice").await;
    browser.click("call-profile").await;
    browser.wait_for_text("happenings", "verified offline").await;

    browser.switch_to(&first).await;
    let (store, now) = (&idp.app.store, idp.clock.now());
    store.revoke(Target::Everybody, EndCause::Administrator, AuditContext::default(), now).await.unwrap();
    browser.wait_for_text("happenings", "Your sign-in has ended.").await;
    browser.wait_for_text("greeting", "You are signed out").await;
    browser.screenshot("site-happenings").await;
}
