//! A client and the keys, in the hands of an administrator with a real browser: registered, its secret shown once, changed and
//! removed; and the next key signs.

use idp_tests::chromium::Chromium;
use idp_tests::{PASSWORD, TestIdp};

const DAY: i64 = 24 * 60 * 60;

async fn type_into(browser: &Chromium, id: &str, text: &str) {
    let field = browser.element(id).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_adds_a_site_copies_its_secret_changes_and_removes_it_and_rotates_the_keys() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    let alice = idp.add_user("alice").await;
    idp.give_role(alice, "administrator").await;
    // The next key has been published for long enough.
    idp.clock.advance(2 * DAY);
    browser.open(&idp.url("/admin/clients")).await;
    type_into(&browser, "username", "alice").await;
    type_into(&browser, "password", PASSWORD).await;
    browser.click("login-submit").await;
    browser.click("admin-add").await;
    type_into(&browser, "client_id", "shop").await;
    type_into(&browser, "client_name", "Shop").await;
    type_into(&browser, "redirect_uris", "https://shop.example/callback").await;
    browser.click("admin-submit").await;
    let secret = browser.element("secret").await.text().await.unwrap();
    assert!(secret.len() > 30, "{secret}");
    let focus = browser.run_script("return document.activeElement.id").await;
    assert_eq!(focus.as_str(), Some("made-secret"));
    browser.click("admin-back").await;
    browser.click("admin-change").await;
    type_into(&browser, "client_name", "Book shop").await;
    browser.click("admin-submit").await;
    browser.wait_for_text("receipt", "Book shop was changed.").await;
    let body = browser.run_script("return document.body.innerText").await;
    assert!(!body.as_str().unwrap().contains(&secret));
    browser.click("admin-remove").await;
    browser.click("admin-submit").await;
    browser.wait_for_text("receipt", "Book shop was removed.").await;
    browser.click("admin-keys").await;
    browser.click("admin-rotate").await;
    browser.click("admin-submit").await;
    browser.wait_for_text("receipt", "The next key signs from now on.").await;
    browser.click("admin-overview").await;
    let drawn =
        browser.run_script("return document.querySelector('.chart .above').getBBox().width > 0").await;
    assert_eq!(drawn.as_bool(), Some(true), "the sign-in is in the picture");
}
