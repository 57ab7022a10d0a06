//! "This was not me": one form that shuts everybody else out, and the way on to the password and the ways to sign in.

use crate::devices::{TwoDevices, cause_of};
use idp_core::session::EndCause;
use idp_tests::{HOST, PASSWORD, SESSION, TestIdp};

const PAGE: &str = "/account/secure";

#[tokio::test]
async fn one_form_signs_out_everywhere_else_and_leads_to_the_password() {
    let devices = TwoDevices::new().await;
    let (idp, browser) = (&devices.alice.idp, &devices.alice.browser);
    for from in ["/account/devices", "/account/activity"] {
        let page = browser.open(idp.url(from)).await;
        assert!(page.body.contains("href=\"/account/secure\""), "{from}: {}", page.body);
    }
    let page = browser.open(idp.url(PAGE)).await;
    assert_eq!(page.status, 200, "{page:?}");
    let answer = browser.press(&page, "others", &[]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let shown = browser.follow(answer).await;
    assert!(shown.body.contains("1 device is signed out."), "{}", shown.body);
    assert!(!shown.has_form(PAGE), "it is done");
    assert!(shown.body.contains("class=\"primary\" id=\"secure-password\" href=\"/account/password\""));
    assert!(shown.body.contains("href=\"/account/methods\""));
    assert_eq!(cause_of(idp, devices.there).await, Some(EndCause::Kicked));
    assert_eq!(cause_of(idp, devices.here).await, None);
    let silent = devices.phone.open(idp.authorize_url(&devices.alice.site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
    // Again, when no other session is left: nothing breaks, and nothing is claimed.
    let page = browser.open(idp.url(PAGE)).await;
    let answer = browser.press(&page, "others", &[]).await;
    let shown = browser.follow(answer).await;
    assert!(shown.body.contains("Nothing was left to sign out."), "{}", shown.body);
}

#[tokio::test]
async fn s60_it_ends_nothing_for_a_form_of_somebody_else() {
    let devices = TwoDevices::new().await;
    let (idp, url) = (&devices.alice.idp, devices.alice.idp.url(PAGE));
    let own = devices.alice.browser.open(&url).await.input("csrf");
    let other = devices.phone.open(&url).await.input("csrf");
    let of_devices = devices.page().await.input("csrf");
    for csrf in ["", "x", &other, &of_devices] {
        let fields = [("csrf", csrf), ("tx", ""), ("action", "others")];
        assert_eq!(devices.alice.browser.post(&url, &fields).await.status, 403, "{csrf}");
    }
    let good = [("csrf", own.as_str()), ("tx", ""), ("action", "others")];
    let cross = [("sec-fetch-site", "cross-site")];
    assert_eq!(devices.alice.browser.post_with(&url, &good, &cross).await.status, 403);
    for action in ["", "all", "one"] {
        let fields = [("csrf", own.as_str()), ("tx", ""), ("action", action)];
        assert_eq!(devices.alice.browser.post(&url, &fields).await.status, 404, "{action}");
    }
    assert_eq!(cause_of(idp, devices.there).await, None);
    // Signed out meanwhile: the form ends nothing for the person who signs in next.
    devices.alice.browser.set_cookie(HOST, SESSION, "gone");
    let answer = devices.alice.browser.post(&url, &good).await;
    let login = devices.alice.browser.follow(answer).await;
    assert!(login.has_form("/login"), "{login:?}");
    assert_eq!(cause_of(idp, devices.there).await, None);
}

#[tokio::test]
async fn a_person_who_is_signed_out_comes_to_it_by_way_of_a_sign_in() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let login = browser.visit(idp.url(PAGE)).await;
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    assert_eq!(answer.header("location"), PAGE);
    assert!(browser.follow(answer).await.body.contains("Secure your account"));
}
