//! The script of the login page solves a puzzle instead of letting a person wait.

use idp_tests::chromium::Chromium;
use idp_tests::{ClientSpec, PASSWORD, TestIdp};

/// A provider where a sprayer behind the same address has used up all tries.
async fn drained(bits: u8) -> (TestIdp, ClientSpec) {
    let idp = TestIdp::start_with(|config| {
        config.throttle.address_burst = 2;
        (config.throttle.proof_bits, config.throttle.proof_bits_most) = (bits, bits);
    })
    .await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let sprayer = idp.browser();
    let page = sprayer.visit(idp.authorize_url(&site, &[])).await;
    for name in ["nobody", "anybody"] {
        assert_eq!(sprayer.log_in_as(&page, name, "Summer2026!").await.status, 422);
    }
    (idp, site)
}

async fn type_password(browser: &Chromium) {
    browser.element("password").await.send_keys(PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s85_a_person_behind_a_drained_address_types_the_password_again_and_is_in() {
    let (idp, _site) = drained(15).await;
    let browser = Chromium::start().await;
    browser.open(&idp.url("/account")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("problem", "There were too many attempts.").await;
    browser.wait_for_text("work-status", "The puzzle is solved.").await;
    browser.screenshot("login-puzzle-solved").await;
    type_password(&browser).await;
    browser.click("login-submit").await;
    browser.wait_for_url(&idp.url("/account")).await;
    browser.element("home-devices").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_quicker_than_the_browser_need_not_press_twice() {
    let (idp, site) = drained(21).await;
    let browser = Chromium::start().await;
    browser.open(&idp.authorize_url(&site, &[])).await;
    browser.log_in("alice", PASSWORD).await;
    browser.element("work-status").await;
    // In one go, so that the press comes before the puzzle is solved on a machine of any speed.
    let pressed = format!(
        "document.getElementById('password').value = '{PASSWORD}';
         document.getElementById('login-submit').click();
         return document.getElementById('work-status').textContent"
    );
    let said = browser.run_script(&pressed).await;
    assert!(said.as_str().unwrap().starts_with("One moment"), "{said}");
    browser.screenshot("login-puzzle-awaited").await;
    let left = async || !browser.url().await.starts_with(&idp.url("/login"));
    browser.eventually("the form is sent by itself, once", left).await;
}
