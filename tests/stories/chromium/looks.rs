//! Every page in light and dark, on a phone and on a desktop; nothing sticks out at 320 pixels.

use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_tests::chromium::{Chromium, Viewport};
use idp_tests::sites::TestSite;
use idp_tests::{ClientSpec, PASSWORD, TestIdp};

const IPHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1";
const IPAD: &str = "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) Version/12.1 Mobile Safari/604.1";

const VIEWPORTS: [(&str, Viewport); 4] = [
    ("desktop-light", Viewport { width: 1280, dark: false }),
    ("desktop-dark", Viewport { width: 1280, dark: true }),
    ("phone-light", Viewport { width: 390, dark: false }),
    ("phone-dark", Viewport { width: 390, dark: true }),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_every_screen() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let asking = ClientSpec::confidential("partner").with_consent();
    idp.add_client(&asking).await;
    let consent = idp.authorize_url(&asking, &[("scope", "openid profile email read")]);

    look_at(&browser, "login", &a.url("/members")).await;
    look_at(&browser, "error", &idp.authorize_url(&asking, &[("redirect_uri", "https://evil.example")]))
        .await;
    look_at(&browser, "not-found", &idp.url("/nowhere")).await;
    look_at(&browser, "logged-out", &idp.url("/logged-out")).await;
    look_at(&browser, "site-guest", &a.url("/")).await;
    look_at(&browser, "home-signed-out", &idp.url("/")).await;

    browser.open(&a.url("/members")).await;
    browser.log_in("alice", "wrong").await;
    shoot(&browser, "login-wrong").await;
    browser.forget_cookies().await;
    browser.log_in("alice", PASSWORD).await;
    browser.element("right-address").await;
    shoot(&browser, "login-no-cookies").await;
    look_at(&browser, "error-other-browser", &asked_elsewhere(&idp, &asking).await).await;
    browser.open(&a.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members")).await;
    look_at(&browser, "site-members", &a.url("/members")).await;
    browser.open(&a.url("/app")).await;
    browser.click("sign-in").await;
    browser.wait_for_text("state", "signed-in").await;
    shoot(&browser, "site-app").await;
    look_at(&browser, "consent", &consent).await;
    look_at(&browser, "home", &idp.url("/")).await;
    look_at(&browser, "logout", &idp.url("/end-session")).await;
    look_at(&browser, "devices-alone", &idp.url("/account/devices")).await;
    look_at(&browser, "again", &idp.authorize_url(&asking, &[("prompt", "login")])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_about_devices_fit_every_screen() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start_with(|config| config.session.max_devices = 4).await;
    idp.add_user("alice").await;
    for user_agent in [IPHONE, IPAD, "curl/8.5.0"] {
        sign_in_elsewhere(&idp, user_agent).await;
        idp.clock.advance(4 * 60 * 60);
    }
    let (a, b) = (TestSite::start(&idp, "a", "Site A").await, TestSite::start(&idp, "b", "Site B").await);
    browser.open(&a.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&a.url("/members")).await;
    browser.open(&b.url("/members")).await;
    look_at(&browser, "devices", &idp.url("/account/devices")).await;
    browser.click("devices-others").await;
    browser.element("receipt").await;
    shoot(&browser, "devices-receipt").await;

    for user_agent in [IPHONE, IPAD, "curl/8.5.0"] {
        sign_in_elsewhere(&idp, user_agent).await;
    }
    browser.open(&idp.url("/account/devices")).await;
    browser.click("devices-all").await;
    browser.wait_for_url(&idp.url("/logged-out")).await;
    shoot(&browser, "logged-out-receipt").await;

    for user_agent in [IPHONE, IPAD, "curl/8.5.0", IPHONE] {
        sign_in_elsewhere(&idp, user_agent).await;
    }
    browser.open(&idp.url("/account/devices")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.element("elsewhere-continue").await;
    shoot(&browser, "signed-in-elsewhere").await;
    browser.click("elsewhere-continue").await;
    browser.wait_for_url(&idp.url("/account/devices")).await;

    let everybody = Target::Everybody;
    let now = idp.clock.now();
    idp.app.store.revoke(everybody, EndCause::Administrator, AuditContext::default(), now).await.unwrap();
    idp.clock.advance(5 * 60);
    look_at(&browser, "departed", &idp.url("/account/devices")).await;
}

/// The address of a question that another browser was asked.
async fn asked_elsewhere(idp: &TestIdp, site: &ClientSpec) -> String {
    let browser = idp.browser();
    let answer = browser.sign_in(idp, site, "alice").await;
    assert!(answer.has_form("/consent"), "{answer:?}");
    answer.url.into()
}

/// A sign-in from another device, which calls itself so.
async fn sign_in_elsewhere(idp: &TestIdp, user_agent: &str) {
    let browser = idp.browser();
    let page = browser.visit(idp.url("/account/devices")).await;
    let (tx, csrf) = (page.input("tx"), page.input("csrf"));
    let fields = [("tx", tx.as_str()), ("csrf", &csrf), ("username", "alice"), ("password", PASSWORD)];
    let headers = [("user-agent", user_agent), ("sec-fetch-site", "same-origin")];
    let answer = browser.post_with(idp.url("/login"), &fields, &headers).await;
    assert!([200, 303].contains(&answer.status), "{answer:?}");
}

pub(super) async fn look_at(browser: &Chromium, name: &str, url: &str) {
    browser.open(url).await;
    shoot(browser, name).await;
}

pub(super) async fn shoot(browser: &Chromium, name: &str) {
    for (viewport_name, viewport) in VIEWPORTS {
        browser.set_viewport(viewport).await;
        browser.screenshot(&format!("{name}-{viewport_name}")).await;
    }
    browser.set_viewport(Viewport { width: 320, dark: false }).await;
    assert!(!browser.scrolls_sideways().await, "{name} at 320 pixels");
}
