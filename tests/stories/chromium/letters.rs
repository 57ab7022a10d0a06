//! The letters of the demonstration, in both languages: listed, as mail programs show them, and where they lead.

use fantoccini::Locator;
use idp_core::user::StandardClaims;
use idp_server::page::InboxPage;
use idp_server::task;
use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::{ClientSpec, TestIdp, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_can_be_read_on_a_phone_and_ends_what_was_not_the_person() {
    let idp = TestIdp::start_with(|config| config.mail.to_inbox = true).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let _sender = task::send_letters(&idp.app);
    let browser = Chromium::start().await;
    for (name, locale, subject) in
        [("alice", "en", "New sign-in to your account"), ("li", "zh-CN", "您的账号有新的登录")]
    {
        let claims = StandardClaims {
            email: Some(format!("{name}.with.quite.a.long.address@department.example.org")),
            email_verified: Some(true),
            locale: Some(locale.to_owned()),
            ..StandardClaims::default()
        };
        idp.add_user_with(name, claims).await;
        for _ in 0..2 {
            idp.browser().sign_in_for_tokens(&idp, &site, name).await;
        }
        browser.open(&idp.url(InboxPage::PATH)).await;
        eventually("the letter is listed", async || {
            browser.driver.refresh().await.unwrap();
            browser.driver.source().await.unwrap().contains(subject)
        })
        .await;
        look_at(&browser, &format!("inbox-{locale}")).await;

        browser.driver.find(Locator::Css("article p a")).await.unwrap().click().await.unwrap();
        let shown = browser.driver.find(Locator::Css("h1")).await.unwrap().text().await.unwrap();
        assert_eq!(shown, subject);
        look_at(&browser, &format!("letter-{locale}")).await;
        browser.driver.find(Locator::Css("a.button")).await.unwrap().click().await.unwrap();
        // No one is signed in here, and no one needs to be.
        browser.wait_for_url(&idp.url("/not-me")).await;
        look_at(&browser, &format!("not-me-{locale}")).await;
        browser.driver.find(Locator::Id("not-me-submit")).await.unwrap().click().await.unwrap();
        let way_on = browser.driver.wait().for_element(Locator::Id("not-me-password")).await.unwrap();
        way_on.click().await.unwrap();
        browser.wait_for_url(&idp.url("/forgot-password")).await;
        let typed = browser.driver.find(Locator::Id("username")).await.unwrap();
        assert_eq!(typed.prop("value").await.unwrap().as_deref(), Some(name));
    }
}

/// Nothing sticks out on a small phone; pictures are kept for people to look at.
async fn look_at(browser: &Chromium, name: &str) {
    for (width, dark) in [(320, false), (390, true), (1280, false)] {
        browser.set_viewport(Viewport { width, dark, zoom: 1 }).await;
        assert!(!browser.scrolls_sideways().await, "{name} at {width} pixels");
        browser.screenshot(&format!("{name}-{width}")).await;
    }
}
