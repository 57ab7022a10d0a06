//! The first administrator, in a real browser: by the link of the first start to an account, to a group and a person in it.

use idp_server::serve::first_administrator_link;
use idp_tests::TestIdp;
use idp_tests::chromium::Chromium;

async fn type_into(browser: &Chromium, id: &str, text: &str) {
    let field = browser.element(id).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_opens_an_account_and_makes_a_group() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("bob").await;
    browser.open(&first_administrator_link(&idp.app).await.unwrap().unwrap()).await;
    type_into(&browser, "name", "Rut Administrator").await;
    type_into(&browser, "username", "rut").await;
    type_into(&browser, "new-password", "a walk along 7 rivers").await;
    browser.click("create-account-submit").await;
    browser.click("admin-groups").await;
    browser.click("admin-add").await;
    type_into(&browser, "name", "staff").await;
    browser.click("admin-submit").await;
    browser.wait_for_text("receipt", "staff was added.").await;
    browser.click("admin-add-member").await;
    type_into(&browser, "person", "bob").await;
    browser.click("admin-submit").await;
    browser.wait_for_text("receipt", "bob is in staff now.").await;
    let focus = browser.run_script("return document.activeElement.id").await;
    assert_eq!(focus.as_str(), Some("receipt"));
}
