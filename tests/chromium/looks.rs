//! Every page in light and dark, on a phone and on a desktop; nothing sticks out at 320 pixels.

use idp_tests::chromium::{Chromium, Look};
use idp_tests::sites::TestSite;
use idp_tests::{ClientSpec, PASSWORD, TestIdp};

const LOOKS: [(&str, Look); 4] = [
    ("desktop-light", Look { width: 1280, dark: false }),
    ("desktop-dark", Look { width: 1280, dark: true }),
    ("phone-light", Look { width: 390, dark: false }),
    ("phone-dark", Look { width: 390, dark: true }),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_every_screen() {
    let Some(browser) = Chromium::start().await else { return };
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let asking = ClientSpec::confidential("partner").that_asks();
    idp.add_client(&asking).await;
    let consent = idp.authorize_url(&asking, &[("scope", "openid profile email read")]);

    look_at(&browser, "login", &a.url("/members")).await;
    look_at(&browser, "error", &idp.authorize_url(&asking, &[("redirect_uri", "https://evil.example")]))
        .await;
    look_at(&browser, "not-found", &idp.url("/nowhere")).await;
    look_at(&browser, "logged-out", &idp.url("/logged-out")).await;
    look_at(&browser, "site-guest", &a.url("/")).await;

    browser.open(&a.url("/members")).await;
    browser.log_in("alice", "wrong").await;
    shoot(&browser, "login-wrong").await;
    browser.open(&a.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members")).await;
    look_at(&browser, "site-members", &a.url("/members")).await;
    browser.open(&a.url("/app")).await;
    browser.click("sign-in").await;
    browser.wait_for_text("state", "signed-in").await;
    shoot(&browser, "site-app").await;
    look_at(&browser, "consent", &consent).await;
    look_at(&browser, "logout", &idp.url("/end-session")).await;
    look_at(&browser, "again", &idp.authorize_url(&asking, &[("prompt", "login")])).await;
}

async fn look_at(browser: &Chromium, name: &str, url: &str) {
    browser.open(url).await;
    shoot(browser, name).await;
}

async fn shoot(browser: &Chromium, name: &str) {
    for (look_name, look) in LOOKS {
        browser.look(look).await;
        browser.picture(&format!("{name}-{look_name}")).await;
    }
    browser.look(Look { width: 320, dark: false }).await;
    assert!(!browser.scrolls_sideways().await, "{name} at 320 pixels");
}
