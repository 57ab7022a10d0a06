//! A person without their phone goes on by a link in a letter, which came by a mail server: in the browser that waits for it, and by
//! the code that it shows on another device.

use idp_server::task;
use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::sites::TestSite;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Authenticator, PASSWORD, TestIdp};

/// The link in the newest letter that the mail server took, which was the `count`th.
async fn link_in_letter(sink: &SmtpSink, count: usize) -> String {
    let letters = sink.takes(count).await;
    // Quoted-printable (RFC 2045 6.7).
    let raw = letters.last().unwrap().raw.replace("\r\n", "\n").replace("=\n", "").replace("=3D", "=");
    let start = raw.find("http").unwrap();
    let link = raw[start..].split(char::is_whitespace).next().unwrap().to_owned();
    assert!(link.contains("/second-step?link=ml."), "{link}");
    link
}

async fn look(browser: &Chromium, name: &str) {
    for dark in [false, true] {
        browser.set_viewport(Viewport { width: 320, dark, zoom: 1 }).await;
        assert!(!browser.scrolls_sideways().await, "{name}");
        browser.screenshot(&format!("{name}-{dark}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_their_phone_goes_on_by_a_letter() {
    let (browser, phone) = (Chromium::start().await, Chromium::start().await);
    for tag in ["en", "zh-CN"] {
        let sink = SmtpSink::start().await;
        let idp = TestIdp::start_with(|config| {
            sink.serve(config);
            config.authentication.mail_fallback = true;
        })
        .await;
        let _sender = task::send_letters(&idp.app);
        let alice = idp.add_user("alice").await;
        let app = Authenticator::of(&idp, alice, "Pixel").await;
        let a = TestSite::start(&idp, "a", "Site A").await;
        let wanted = a.url("/members");
        browser.forget_cookies().await;
        browser.open(&wanted).await;
        if tag != "en" {
            browser.run_script("document.querySelector('.languages button[lang=zh-CN]').click()").await;
            browser
                .eventually("the language", async || {
                    browser.run_script("return document.documentElement.lang").await == tag
                })
                .await;
        }
        // Once with the app: from then on the password is known to be the person's.
        browser.log_in("alice", PASSWORD).await;
        assert_eq!(browser.run_script("return document.getElementById('step-link')").await, serde_json::Value::Null);
        browser.element("code").await.send_keys(&app.code(&idp)).await.unwrap();
        browser.click("code-submit").await;
        browser.wait_for_url(&wanted).await;

        // In the same browser, in the tab that the letter opens.
        let mut letters = 0;
        browser.open(&idp.url("/account")).await;
        browser.forget_cookies().await;
        browser.open(&a.url("/")).await;
        browser.forget_cookies().await;
        browser.open(&wanted).await;
        browser.log_in("alice", PASSWORD).await;
        browser.wait_for_text("step-link", "a\u{2022}\u{2022}\u{2022}@example.org").await;
        look(&browser, &format!("step-link-offered-{tag}")).await;
        browser.click("step-link").await;
        browser.wait_for_text("step-link", "a\u{2022}\u{2022}\u{2022}@example.org").await;
        browser.element("code").await;
        look(&browser, &format!("step-link-sent-{tag}")).await;
        letters += 1;
        let link = link_in_letter(&sink, letters).await;
        browser.open_tab(&link).await;
        browser.wait_for_url(&idp.url("/second-step?tx=")).await;
        browser.driver.refresh().await.unwrap();
        browser.element("link-submit").await;
        look(&browser, &format!("step-link-here-{tag}")).await;
        browser.click("link-submit").await;
        browser.wait_for_url(&wanted).await;
        browser.wait_for_text("who", "The alice").await;
        // That it was used is told by a letter.
        letters += 1;
        sink.takes(letters).await;

        // On the phone, which shows the code for the page that waits.
        idp.clock.advance(1);
        browser.open(&a.url("/")).await;
        browser.forget_cookies().await;
        browser.open(&idp.url("/account")).await;
        browser.forget_cookies().await;
        browser.open(&wanted).await;
        browser.log_in("alice", PASSWORD).await;
        browser.click("step-link").await;
        browser.eventually("the page waits", async || {
            browser.driver.source().await.unwrap_or_default().contains("value=\"link_code\"")
        })
        .await;
        letters += 1;
        let link = link_in_letter(&sink, letters).await;
        phone.open(&link).await;
        let code = phone.element("link-code").await.text().await.unwrap();
        look(&phone, &format!("step-link-code-{tag}")).await;
        browser.element("code").await.send_keys(&code).await.unwrap();
        browser.click("code-submit").await;
        browser.wait_for_url(&wanted).await;
        letters += 1;
        sink.takes(letters).await;
        phone.open(&link).await;
        phone.element("link-sign-in").await;
    }
}
