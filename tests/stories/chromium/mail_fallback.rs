//! A person without their phone goes on by a link in a letter, which came by a mail server: in the browser that waits for it, and by
//! the code that it shows on another device.

use idp_server::task;
use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::sites::TestSite;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Authenticator, PASSWORD, TestIdp, eventually};

/// The link in the `number`th letter with one that the mail server took.
async fn link_in_letter(sink: &SmtpSink, number: usize) -> String {
    let link_of = |raw: &str| {
        // Quoted-printable (RFC 2045 6.7).
        let raw = raw.replace("\r\n", "\n").replace("=\n", "").replace("=3D", "=");
        let found = raw.split_whitespace().find(|word| word.contains("/second-step?link=ml."));
        found.filter(|word| word.starts_with("http")).map(str::to_owned)
    };
    eventually("a letter with a link arrives", async || {
        let taken = sink.taken();
        let links: Vec<String> = taken.iter().filter_map(|letter| link_of(&letter.raw)).collect();
        if links.len() == number { Ok(links) } else { Err(links) }
    })
    .await
    .pop()
    .unwrap()
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
        assert_eq!(
            browser.run_script("return document.getElementById('step-link')").await,
            serde_json::Value::Null
        );
        browser.element("code").await.send_keys(&app.code(&idp)).await.unwrap();
        browser.click("code-submit").await;
        browser.wait_for_url(&wanted).await;

        // In the same browser, in the tab that the letter opens.
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
        let link = link_in_letter(&sink, 1).await;
        browser.open_tab(&link).await;
        browser.wait_for_url(&idp.url("/second-step?tx=")).await;
        browser.driver.refresh().await.unwrap();
        browser.element("link-submit").await;
        look(&browser, &format!("step-link-here-{tag}")).await;
        browser.click("link-submit").await;
        browser.wait_for_url(&wanted).await;
        browser.wait_for_text("who", "The alice").await;

        // On the phone, which shows the code for the page that waits.
        idp.clock.advance(1);
        browser.open(&a.url("/")).await;
        browser.forget_cookies().await;
        browser.open(&idp.url("/account")).await;
        browser.forget_cookies().await;
        browser.open(&wanted).await;
        browser.log_in("alice", PASSWORD).await;
        browser.click("step-link").await;
        browser
            .eventually("the page waits", async || {
                browser.driver.source().await.unwrap_or_default().contains("value=\"link_code\"")
            })
            .await;
        let link = link_in_letter(&sink, 2).await;
        phone.open(&link).await;
        let code = phone.element("link-code").await.text().await.unwrap();
        look(&phone, &format!("step-link-code-{tag}")).await;
        browser.element("code").await.send_keys(&code).await.unwrap();
        browser.click("code-submit").await;
        browser.wait_for_url(&wanted).await;
        phone.open(&link).await;
        phone.element("link-sign-in").await;
    }
}
