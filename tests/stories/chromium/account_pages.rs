//! A person looks after their account: names a device, finds something that was not them, and shuts it out.

use fantoccini::Locator;
use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::{ClientSpec, PASSWORD, TestIdp};

async fn look_at(browser: &Chromium, name: &str) {
    for (width, dark) in [(320, false), (390, true), (1280, false)] {
        browser.set_viewport(Viewport { width, dark, zoom: 1 }).await;
        assert!(!browser.scrolls_sideways().await, "{name} at {width} pixels");
        browser.screenshot(&format!("{name}-{width}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_names_a_device_and_shuts_out_what_was_not_them() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let thief = idp.browser();
    thief.sign_in_for_tokens(&idp, &site, "alice").await;

    let browser = Chromium::start().await;
    browser.open(&idp.url("/account/devices")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&idp.url("/account/devices")).await;
    browser.driver.find(Locator::Css("details summary")).await.unwrap().click().await.unwrap();
    let field = browser.driver.find(Locator::Css("details[open] input[name=name]")).await.unwrap();
    field.send_keys("Laptop in the study").await.unwrap();
    look_at(&browser, "devices-naming").await;
    let save = browser.driver.find(Locator::Css("details[open] button[value=name]")).await.unwrap();
    save.click().await.unwrap();
    browser.wait_for_text("receipt", "This device is now called Laptop in the study.").await;
    let focus = browser.run_script("return document.activeElement.id").await;
    assert_eq!(focus, "receipt", "what was done is what a reader of the screen hears first");
    look_at(&browser, "devices-named-journey").await;
    browser.click("devices-back").await;

    browser.click("home-activity").await;
    browser.wait_for_text("activity", "Laptop in the study").await;
    look_at(&browser, "activity-journey").await;
    // The sign-in of the other one: her own has no such link.
    let links = browser.driver.find_all(Locator::Css("a.not-me")).await.unwrap();
    assert_eq!(links.len(), 1);
    links[0].click().await.unwrap();
    browser.wait_for_text("heading", "Secure your account").await;
    look_at(&browser, "secure-journey").await;
    browser.click("secure-submit").await;
    browser.wait_for_text("receipt", "1 device is signed out.").await;
    let silent = thief.open(idp.authorize_url(&site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
    browser.click("secure-password").await;
    browser.wait_for_url(&idp.url("/account/password")).await;
    // Back from there: the steps again, and no form sent twice.
    browser.driver.back().await.unwrap();
    browser.wait_for_text("heading", "Secure your account").await;
}
