//! A person chooses a password: advice while they type, and go on where they were.

use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;
use idp_tests::{PASSWORD, TestIdp};

const NEW: &str = "seven gravel teapots whistle";

async fn type_new(browser: &Chromium, text: &str) {
    let field = browser.element("new-password").await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

async fn submit(browser: &Chromium, old: &str, new: &str) {
    let field = browser.element("password").await;
    field.clear().await.unwrap();
    field.send_keys(old).await.unwrap();
    type_new(browser, new).await;
    browser.click("password-submit").await;
}

async fn focus(browser: &Chromium) -> String {
    browser.run_script("return document.activeElement.id").await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_comes_while_a_password_is_typed_and_the_server_has_the_last_word() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    browser.open(&idp.url("/account/password")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&idp.url("/account/password")).await;
    for (typed, said) in [
        ("gravel", "Characters still to go: 9"),
        ("gravelgravelgravel", "it follows a pattern"),
        ("abcdefghijklmnopq", "it follows a pattern"),
        ("my name is alice, really", "it has your username in it"),
        ("密码很长也没关系因为互不相关", "Characters still to go: 1"),
        (NEW, "Long enough."),
    ] {
        type_new(&browser, typed).await;
        browser.wait_for_text("new-password-strength", said).await;
    }
    let requests = browser.run_script("return performance.getEntriesByType('resource').length").await;
    assert!(requests.as_u64().unwrap() <= 5, "nothing is asked while one types: {requests}");
    // The script finds nothing wrong with this one.
    submit(&browser, PASSWORD, "password12345678").await;
    browser.element("new-password-problem").await;
    assert_eq!(focus(&browser).await, "password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_changes_their_password_with_slips_on_the_way_and_in_another_language() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start_with(|config| config.throttle.account_burst = 2).await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    browser.open(&a.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members")).await;
    let page = idp.url("/account/password");

    browser.open(&page).await;
    submit(&browser, "a wrong one", NEW).await;
    browser.element("password-problem").await;
    submit(&browser, PASSWORD, "password12345678").await;
    browser.element("new-password-problem").await;
    type_new(&browser, "gravel teapot").await;
    browser.wait_for_text("new-password-strength", "Characters still to go: 2").await;
    submit(&browser, "a wrong one", NEW).await;
    browser.element("password-problem").await;
    submit(&browser, "a wrong one", NEW).await;
    browser.element("problem").await;
    browser.wait_for_text("problem", "too many attempts").await;
    assert_eq!(focus(&browser).await, "problem");

    idp.clock.advance(4 * 60);
    browser.open(&page).await;
    browser.run_script("document.querySelector('.languages button').click()").await;
    browser.wait_for_text("heading", "更改密码").await;
    submit(&browser, PASSWORD, NEW).await;
    browser.wait_for_text("receipt", "密码已更改。").await;
    assert_eq!(focus(&browser).await, "receipt");
    browser.run_script("document.querySelector('.languages button').click()").await;
    browser.wait_for_text("receipt", "Your password is changed.").await;
    browser.open(&idp.url("/account")).await;
    // The site goes on by itself, in the session that began.
    browser.open(&a.url("/members")).await;
    browser.wait_for_text("who", "The alice").await;

    idp.clock.advance(6 * 60);
    browser.open(&page).await;
    browser.element("password").await.send_keys(NEW).await.unwrap();
    browser.click("login-submit").await;
    browser.wait_for_url(&page).await;
}
