//! A person adds a passkey in a browser, signs in with it, and removes it.

use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;
use idp_tests::{PASSWORD, TestIdp};

/// A browser that has an authenticator, in which Alice has just added a passkey.
async fn with_passkey() -> (Chromium, TestIdp) {
    let browser = Chromium::start().await;
    browser.add_authenticator().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    browser.open(&idp.url("/account/methods/passkey")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&idp.url("/account/methods/passkey")).await;
    browser.element("name").await.send_keys("Work laptop").await.unwrap();
    browser.click("passkey-add").await;
    browser.wait_for_text("heading", "Save your recovery codes").await;
    browser.click("recovery-done").await;
    browser.element("methods-add-passkey").await;
    browser.wait_for_text("heading", "Sign-in methods").await;
    (browser, idp)
}

async fn page_says(browser: &Chromium, words: &str) {
    browser
        .eventually(&format!("the page says {words:?}"), async || {
            browser.driver.source().await.unwrap_or_default().contains(words)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_without_a_password_and_after_one_until_it_is_removed() {
    let (browser, idp) = with_passkey().await;
    page_says(&browser, "Work laptop").await;
    let a = TestSite::start(&idp, "a", "Site A").await;

    // Chosen from what the browser offers for the name; a driven one takes the only passkey there is.
    browser.forget_cookies().await;
    browser.open(&a.url("/members")).await;
    browser.wait_for_text("state", "You are signed in.").await;

    // By the button, in a browser that offers none for the name.
    browser.before_each_page("delete PublicKeyCredential.isConditionalMediationAvailable").await;
    browser.open(&idp.url("/account")).await;
    browser.forget_cookies().await;
    browser.open(&idp.url("/account/methods")).await;
    browser.element("login-submit").await;
    browser.screenshot("login-passkey").await;
    browser.click("passkey-submit").await;
    browser.wait_for_text("heading", "Sign-in methods").await;
    browser.screenshot("methods-passkey").await;

    // After the password.
    browser.forget_cookies().await;
    browser.open(&idp.url("/account/methods")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.element("step-switch").await;
    browser.screenshot("second-step-passkey").await;
    browser.click("passkey-submit").await;
    browser.wait_for_text("heading", "Sign-in methods").await;
    page_says(&browser, "Last used").await;

    // The same authenticator makes no second one.
    browser.open(&idp.url("/account/methods/passkey")).await;
    browser.click("passkey-add").await;
    browser.wait_for_text("passkey-status", "already has a passkey").await;

    browser.open(&idp.url("/account/methods")).await;
    let links = "document.querySelector('a[href*=\"methods/remove\"]').click()";
    browser.run_script(links).await;
    browser.click("method-remove").await;
    page_says(&browser, "Your password alone signs you in").await;
    browser.forget_cookies().await;
    browser.open(&idp.url("/account/methods")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&idp.url("/account/methods")).await;
}
