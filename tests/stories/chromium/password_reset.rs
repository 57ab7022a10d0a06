//! A person who forgot their password, from a page of a site by way of their letters back to it; and one who adds an address.

use super::inbox::{demonstration, follow_letter, follow_listed};
use idp_server::task;
use idp_tests::PASSWORD;
use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;

const NEW: &str = "seven gravel teapots whistle";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_forgot_their_password_ends_signed_in_at_the_page_of_the_site() {
    let browser = Chromium::start().await;
    let idp = demonstration(|_| ()).await;
    let _sender = task::send_letters(&idp.app);
    let site = TestSite::start(&idp, "a", "Site A").await;
    let wanted = site.url("/members?a=b");
    browser.open(&wanted).await;
    browser.log_in("alice", "a slip").await;
    browser.element("problem").await;
    browser.click("login-forgot").await;
    browser.wait_for_url(&idp.url("/forgot-password?tx=")).await;
    assert_eq!(browser.element("username").await.prop("value").await.unwrap().as_deref(), Some("alice"));
    browser.run_script("document.querySelector('.languages button').click()").await;
    browser.wait_for_text("heading", "忘记密码？").await;
    browser.run_script("document.querySelector('.languages button').click()").await;
    browser.wait_for_text("heading", "Forgot your password?").await;
    browser.click("forgot-submit").await;
    browser.wait_for_text("letter-sent", "If alice belongs to an account").await;

    follow_letter(&browser, &idp, "Choose a new password").await;
    // The secret is in no address that stays.
    browser.wait_for_url(&idp.url("/reset-password?tx=")).await;
    browser.element("reset-submit").await;
    browser.driver.refresh().await.unwrap();
    browser.element("new-password").await.send_keys("gravel teapot").await.unwrap();
    browser.wait_for_text("new-password-strength", "Characters still to go: 2").await;
    browser.run_script("document.querySelector('form').noValidate = true").await;
    browser.click("reset-submit").await;
    browser.element("new-password-problem").await;
    browser.element("new-password").await.send_keys(NEW).await.unwrap();
    browser.click("reset-submit").await;
    browser.wait_for_url(&idp.url("/login?tx=")).await;
    browser.wait_for_text("password-set", "Your new password is set").await;
    assert_eq!(browser.element("username").await.prop("value").await.unwrap().as_deref(), Some("alice"));
    browser.element("password").await.send_keys(NEW).await.unwrap();
    browser.click("login-submit").await;
    browser.wait_for_url(&wanted).await;
    browser.wait_for_text("who", "The alice").await;

    // The link once more, as it stands in the list of letters.
    follow_listed(&browser, &idp, "/reset-password?link=ml.").await;
    browser.wait_for_text("heading", "This link does not work any more").await;
    browser.click("link-sign-in").await;
    browser.wait_for_url(&idp.url("/account")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_adds_an_address_and_confirms_it_by_the_letter() {
    let browser = Chromium::start().await;
    let idp = demonstration(|_| ()).await;
    let _sender = task::send_letters(&idp.app);
    browser.open(&idp.url("/account/addresses/add")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.element("address").await.send_keys("ada@second.example").await.unwrap();
    browser.click("address-submit").await;
    browser.wait_for_text("receipt", "An email is on its way to ada@second.example").await;
    follow_letter(&browser, &idp, "Confirm your email address").await;
    browser.wait_for_url(&idp.url("/verify-address?tx=")).await;
    browser.click("verify-submit").await;
    browser.wait_for_text("heading", "Address confirmed").await;
    browser.click("verify-on").await;
    browser.wait_for_url(&idp.url("/account/addresses")).await;
    let shown = browser.run_script("return document.body.innerText").await;
    assert!(!shown.as_str().unwrap().contains("Not confirmed yet"), "{shown}");
}
