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

/// Has the browser make the passkey as if it had just filled in a password that it keeps, which a driven one has not; and notes what it
/// was asked for.
const AS_IF_FILLED_IN: &str = "\
    const make = navigator.credentials.create.bind(navigator.credentials); \
    navigator.credentials.create = function (asked) { \
      const { mediation, ...rest } = asked; \
      const verification = rest.publicKey.authenticatorSelection.userVerification; \
      sessionStorage.setItem('asked', (sessionStorage.getItem('asked') || '') + mediation + ' ' + verification + ';'); \
      return make(rest); \
    };";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_asked_once_to_save_a_passkey_and_what_it_saves_signs_in() {
    let browser = Chromium::start().await;
    browser.add_authenticator().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    browser.before_each_page(AS_IF_FILLED_IN).await;
    browser.open(&idp.url("/account")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&idp.url("/account/methods")).await;
    page_says(&browser, "Saved by your browser").await;
    let asked = async || browser.run_script("return sessionStorage.getItem('asked')").await;
    assert_eq!(asked().await, "conditional preferred;");
    browser.screenshot("methods-saved-passkey").await;
    // It signs in: a driven browser takes the only passkey there is.
    browser.forget_cookies().await;
    browser.open(&idp.url("/account/profile")).await;
    browser.wait_for_url(&idp.url("/account/profile")).await;
    // Used, it may be asked for after the password.
    browser.open(&idp.url("/account/methods")).await;
    browser.run_script("document.querySelector('a[href*=\"methods/demand\"]').click()").await;
    browser.click("passkey-demand").await;
    browser.wait_for_text("heading", "Save your recovery codes").await;
    browser.open(&idp.url("/account/methods")).await;
    page_says(&browser, "After your password you are asked for a passkey").await;
    // Removed, it is not made again by itself.
    browser.open(&idp.url("/account/methods")).await;
    browser.run_script("document.querySelector('a[href*=\"methods/remove\"]').click()").await;
    browser.click("method-remove").await;
    page_says(&browser, "Your password alone signs you in").await;
    browser.forget_cookies().await;
    browser.before_each_page("delete PublicKeyCredential.isConditionalMediationAvailable").await;
    browser.open(&idp.url("/account")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("passkey-offer", "it may save a passkey").await;
    browser.screenshot("home-passkey-offer").await;
    assert_eq!(asked().await, "conditional preferred;");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_saves_none_leaves_the_page_as_it_is() {
    let browser = Chromium::start().await;
    browser.add_authenticator().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    browser.open(&idp.url("/account")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("passkey-offer", "it may save a passkey").await;
    browser
        .eventually("it was asked", async || browser.run_script("return localStorage.length").await == 1)
        .await;
    // The way to the button is not in its way.
    browser.open(&idp.url("/account/methods/passkey")).await;
    browser.click("passkey-add").await;
    browser.wait_for_text("heading", "Save your recovery codes").await;
}
