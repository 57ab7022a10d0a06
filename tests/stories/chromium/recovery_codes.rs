//! A person adds an authenticator app, keeps the recovery codes, and signs in with one of them on another person's phone.

use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::sites::TestSite;
use idp_tests::{Authenticator, PASSWORD, TestIdp};

async fn text_of(browser: &Chromium, id: &str) -> String {
    let script = format!("return document.getElementById('{id}').innerText");
    browser.run_script(&script).await.as_str().unwrap_or_default().to_owned()
}

async fn fill(browser: &Chromium, id: &str, text: &str) {
    browser.element(id).await.send_keys(text).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_keeps_their_recovery_codes_and_signs_in_with_one() {
    let browser = Chromium::start().await;
    for tag in ["en", "zh-CN"] {
        let idp = TestIdp::start().await;
        let alice = idp.add_user("alice").await;
        let a = TestSite::start(&idp, "a", "Site A").await;
        browser.forget_cookies().await;
        browser.open(&idp.url("/account/methods/totp")).await;
        if tag != "en" {
            browser.run_script("document.querySelector('.languages button[lang=zh-CN]').click()").await;
            browser
                .eventually("the language", async || {
                    browser.run_script("return document.documentElement.lang").await == tag
                })
                .await;
        }
        browser.log_in("alice", PASSWORD).await;
        browser.element("totp-secret").await;
        let app = Authenticator::typed(&text_of(&browser, "totp-secret").await);
        fill(&browser, "code", &app.code(&idp)).await;
        browser.click("totp-add").await;
        browser.wait_for_url(&idp.url("/account/methods/recovery-codes/new")).await;
        let codes: Vec<String> =
            text_of(&browser, "recovery-codes").await.split_whitespace().map(str::to_owned).collect();
        let codes: Vec<&String> = codes.iter().filter(|text| text.len() == 11).collect();
        assert_eq!(codes.len(), 10, "{codes:?}");
        // With script it can be printed as well.
        assert_eq!(
            browser.run_script("return document.getElementById('recovery-print').hidden").await,
            false
        );
        let link = browser.run_script("return document.getElementById('recovery-download').href").await;
        assert!(link.as_str().unwrap_or_default().ends_with("&as=text"), "{link}");
        for dark in [false, true] {
            browser.set_viewport(Viewport { width: 320, dark, zoom: 1 }).await;
            assert!(!browser.scrolls_sideways().await, "{tag}");
            browser.screenshot(&format!("recovery-codes-{tag}-{dark}")).await;
        }
        browser.click("recovery-done").await;
        browser.wait_for_text("codes-left", "10").await;
        browser.screenshot(&format!("recovery-methods-{tag}")).await;

        let now = idp.clock.now();
        let about = AuditContext::default();
        idp.app.store.revoke(Target::User(alice), EndCause::Administrator, about, now).await.unwrap();
        idp.clock.advance(1);
        browser.open(&a.url("/members")).await;
        browser.log_in("alice", PASSWORD).await;
        browser.click("step-recovery").await;
        browser.element("step-app").await;
        fill(&browser, "code", "AAAAA-AAAAA").await;
        browser.click("code-submit").await;
        browser.element("code-problem").await;
        browser.screenshot(&format!("recovery-step-{tag}")).await;
        fill(&browser, "code", &codes[4].to_lowercase()).await;
        browser.click("code-submit").await;
        browser.wait_for_url(&a.url("/members")).await;
        browser.open(&idp.url("/account/methods")).await;
        browser.wait_for_text("codes-left", "9").await;
    }
}
