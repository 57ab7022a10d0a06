//! `/account/export`: the copy of all that is kept about a person.

use crate::registration;
use crate::schema::{ask, execute};
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp};
use serde_json::Value;

const PAGE: &str = "/account/export";

async fn alice() -> SignedIn {
    SignedIn::at(ClientSpec::confidential("site-a")).await
}

/// Presses "Download".
async fn download(idp: &TestIdp, browser: &Browser) -> (Answer, Value) {
    let page = browser.open(idp.url(PAGE)).await;
    assert!(page.status == 200 && page.has_form(PAGE), "{} {}", page.status, page.body);
    let file = browser.press(&page, "", &[]).await;
    assert_eq!(file.status, 200, "{}", file.body);
    let data = serde_json::from_str(&file.body).unwrap_or_else(|error| panic!("{error}: {}", file.body));
    (file, data)
}

/// Alice, who has been asked whether the site may know her.
async fn consented() -> SignedIn {
    let idp = TestIdp::start_with(|config| config.mail.to_inbox = true).await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    let browser = idp.browser();
    let asked = browser.sign_in(&idp, &site, "alice").await;
    let code = browser.press(&asked, "allow", &[]).await.redirect_param("code").unwrap();
    let tokens = idp.redeem(&site, &code).await;
    SignedIn { idp, site, alice, browser, tokens }
}

#[tokio::test]
async fn a_person_gets_all_that_is_kept_about_them() {
    let alice = consented().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let second = idp.browser();
    let login = second.visit(idp.url("/account")).await;
    assert_eq!(second.log_in_as(&login, "alice", PASSWORD).await.status, 303);
    let picture = browser.open(idp.url("/account/picture")).await;
    browser.upload(&picture, "", "picture", &crate::pictures::png(40, 40)).await;
    idp.add_user("bob").await;
    idp.browser().visit(idp.url("/account")).await;

    let (file, data) = download(idp, browser).await;
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"account.json\"");
    assert_eq!(file.header("cache-control"), "no-store");
    assert_eq!(
        (&data["account"]["sub"], &data["issuer"]),
        (&alice.alice.to_string().into(), &idp.issuer.clone().into())
    );
    assert_eq!(data["account"]["claims"]["name"], "The alice");
    assert_eq!(data["addresses"][0]["address"], "alice@example.org");
    assert_eq!(data["picture"]["media_type"], "image/jpeg");
    assert_eq!(data["sign_in_methods"]["password"], true);
    assert_eq!(data["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(data["consents"][0]["client_id"], "site-a");
    assert_eq!(data["grants"].as_array().unwrap().len(), 1);
    assert_eq!(data["letters"][0]["kind"], "new_sign_in");
    let events: Vec<&str> =
        data["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    for event in ["signed_in", "consent_given", "picture_changed_by_user", "data_exported"] {
        assert!(events.contains(&event), "{event}: {events:?}");
    }
    // No secret, no hash of one, and no other person.
    let hash = ask(&idp.db, "SELECT hash AS word FROM password_credentials").await;
    let secrets = ask(&idp.db, "SELECT secret_hash AS word FROM sessions").await;
    let sealed = ask(&idp.db, "SELECT sealed AS word FROM mails WHERE sealed IS NOT NULL").await;
    assert!(hash.len() == 2 && secrets.len() == 2 && sealed.len() == 1);
    for secret in hash.iter().chain(&secrets).chain(&sealed).map(String::as_str).chain(["bob", "argon2"]) {
        assert!(!file.body.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_link_by_which_an_account_was_opened_is_in_its_copy_as_long_as_it_is_kept() {
    let house = registration::open_house().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let link = registration::link(&house, &browser).await;
    let form = registration::open(&house, &browser, &link).await;
    browser.follow(registration::create(&browser, &form, &[]).await).await;
    let (file, data) = download(idp, &browser).await;
    let opened = &data["registration"];
    assert_eq!(opened["address"], registration::MAIL);
    assert_eq!(opened["sent_at"], data["account"]["created_at"], "no time has passed");
    assert!(opened["invited_by"].is_null() && !file.body.contains(&link), "{opened}");
    let alice = alice().await;
    assert!(download(&alice.idp, &alice.browser).await.1["registration"].is_null(), "an operator added her");
}

#[tokio::test]
async fn a_long_history_comes_whole_and_in_order() {
    let alice = alice().await;
    let idp = &alice.idp;
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234) ";
    let many = format!(
        "INSERT INTO audit_events (id, at, event, user_id) {numbers} SELECT '01900000-0000-7000-8000-' || (100000000000 + i), i, 'signed_in', '{}' FROM n",
        alice.alice
    );
    execute(&idp.db, &many).await.unwrap();
    idp.clock.advance(1);
    let (_, data) = download(idp, &alice.browser).await;
    let events = data["events"].as_array().unwrap();
    let times: Vec<&str> = events.iter().map(|event| event["at"].as_str().unwrap()).collect();
    assert!(times.len() > 1234 && times.is_sorted(), "{}", times.len());
    assert_eq!(events.last().unwrap()["event"], "data_exported");
}

#[tokio::test]
async fn a_copy_takes_a_fresh_sign_in_and_the_form_of_its_page() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let page = browser.open(idp.url(PAGE)).await;
    let forged = [("tx", ""), ("csrf", "x")];
    assert_eq!(browser.post(idp.url(PAGE), &forged).await.status, 403);
    idp.clock.advance(16 * 60);
    let late = browser.press(&page, "", &[]).await;
    assert_eq!(late.location().unwrap().path(), "/login", "the form was open for too long");
    let login = browser.visit(idp.url(PAGE)).await;
    assert!(login.has_form("/login"), "{}", login.body);
    let answer = browser.press(&login, "login", &[("username", "alice"), ("password", PASSWORD)]).await;
    let page = browser.follow(answer).await;
    assert_eq!((page.status, page.url.path()), (200, PAGE));
    assert_eq!(browser.press(&page, "", &[]).await.status, 200);
    let events = "SELECT event AS word FROM audit_events WHERE event = 'data_exported'";
    assert_eq!(ask(&idp.db, events).await.len(), 1);
}
