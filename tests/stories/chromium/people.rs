//! An administrator in a real browser: a person is found, shut out and let in again, and the log tells of it.

use crate::administrators::signed_in;
use idp_tests::TestIdp;
use idp_tests::chromium::Chromium;

async fn type_into(browser: &Chromium, id: &str, text: &str) {
    let field = browser.element(id).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_finds_a_person_shuts_them_out_and_lets_them_in_again() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    let root = idp.add_user("root").await;
    idp.give_role(root, "administrator").await;
    idp.add_user("alice").await;
    let alice = signed_in(&idp, "alice").await;
    browser.open(&idp.url("/admin/people")).await;
    type_into(&browser, "username", "root").await;
    type_into(&browser, "password", idp_tests::PASSWORD).await;
    browser.click("login-submit").await;
    // The keyboard is enough: the search has the focus, and the first person follows.
    let focus = browser.run_script("return document.activeElement.id").await;
    assert_eq!(focus.as_str(), Some("q"));
    type_into(&browser, "q", "ali").await;
    browser.click("admin-search").await;
    browser.run_script("document.querySelector('.places a').click()").await;
    browser.wait_for_text("heading", "The alice").await;
    browser.click("people-disable").await;
    browser.click("admin-submit").await;
    browser.wait_for_text("receipt", "is switched off").await;
    let focus = browser.run_script("return document.activeElement.id").await;
    assert_eq!(focus.as_str(), Some("receipt"));
    assert_ne!(alice.open(idp.url("/account/devices")).await.status, 200);
    browser.click("people-activity").await;
    browser.wait_for_text("activity", "Account switched off").await;
    browser.click("admin-back").await;
    browser.click("people-enable").await;
    browser.click("admin-submit").await;
    browser.wait_for_text("receipt", "is switched on again").await;
}
