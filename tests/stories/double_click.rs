//! A form that is sent twice, by a double click or by a browser that repeats a request: it does once what it says.

use futures_util::future::join_all;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::sessions;
use idp_tests::sites::{TestSite, advance_all};
use idp_tests::{Answer, Browser, HOST, PASSWORD, SESSION, SignedIn, TestIdp};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::login::at_the_door;

/// A browser as it was when the page came: what answers set in it later stays its own.
fn as_it_was(idp: &TestIdp, browser: &Browser) -> Browser {
    let copy = idp.browser();
    for (name, value, _) in browser.cookies(HOST) {
        copy.set_cookie(HOST, &name, &value);
    }
    copy
}

/// Sends the form `count` times at once; each answer with the browser as that answer left it.
async fn sent_at_once(
    idp: &TestIdp,
    browser: &Browser,
    page: &Answer,
    button: &str,
    filled: &[(&str, &str)],
    count: usize,
) -> Vec<(Browser, Answer)> {
    let copies: Vec<Browser> = (0..count).map(|_| as_it_was(idp, browser)).collect();
    let answers = join_all(copies.iter().map(|copy| copy.press(page, button, filled))).await;
    copies.into_iter().zip(answers).collect()
}

async fn open_sessions(idp: &TestIdp) -> Vec<(Uuid, Option<Uuid>)> {
    let alice = idp.app.store.users_after(None, 9).await.unwrap()[0].id;
    let open = idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap();
    open.into_iter().map(|(session, device)| (session.sid, device.map(|device| device.id))).collect()
}

async fn devices(idp: &TestIdp) -> i64 {
    use diesel::prelude::*;
    use idp_server::db::schema::devices;
    let count = idp.db.read(|connection| Ok(devices::table.count().get_result(connection)?));
    count.await.unwrap()
}

async fn sign_ins(idp: &TestIdp) -> i64 {
    idp.db.read(|connection| audit_events::count(connection, AuditEvent::SignedIn)).await.unwrap()
}

const TYPED: [(&str, &str); 2] = [("username", "alice"), ("password", PASSWORD)];

/// Whichever answer the browser keeps, and in any order of arrival, its cookies are those of the one session.
#[tokio::test]
async fn b4_a_login_form_that_is_sent_twice_opens_one_session_on_one_device() {
    let idp = TestIdp::start().await;
    let (site, browser, page) = at_the_door(&idp).await;
    for (round, count) in [2, 2, 5, 2, 3].into_iter().enumerate() {
        let (page, browser) = match round {
            0 => (page.clone(), browser.clone()),
            _ => {
                let browser = idp.browser();
                (browser.visit(idp.authorize_url(&site, &[])).await, browser)
            }
        };
        let sent = sent_at_once(&idp, &browser, &page, "login", &TYPED, count).await;
        assert_eq!(open_sessions(&idp).await.len(), round + 1, "one more, not {count}");
        assert_eq!(devices(&idp).await, round as i64 + 1, "no ghost");
        assert_eq!(sign_ins(&idp).await, round as i64 + 1);
        let cookies: BTreeSet<_> = sent.iter().map(|(copy, _)| copy.cookie(HOST, SESSION)).collect();
        assert_eq!(cookies.len(), 1, "each answer sets the same cookie");
        for (copy, answer) in &sent {
            assert_eq!(answer.status, 303);
            let code = answer.redirect_param("code").expect("every answer goes on to the site");
            assert_eq!(idp.redeem(&site, &code).await.status, 200);
            let silent = copy.open(idp.authorize_url(&site, &[("prompt", "none")])).await;
            assert!(silent.redirect_param("code").is_some(), "signed in, whichever answer was kept");
        }
    }
}

#[tokio::test]
async fn b4_a_person_who_signs_in_again_keeps_one_session_however_often_the_form_is_sent() {
    let alice = SignedIn::at(idp_tests::ClientSpec::confidential("site-a")).await;
    let (idp, before) = (&alice.idp, open_sessions(&alice.idp).await);
    idp.clock.advance(100);
    let page = alice.browser.visit(idp.authorize_url(&alice.site, &[("prompt", "login")])).await;
    let sent = sent_at_once(idp, &alice.browser, &page, "login", &TYPED, 3).await;
    assert_eq!(open_sessions(idp).await, before);
    for (copy, answer) in &sent {
        assert_eq!(answer.status, 303);
        let silent = copy.open(idp.authorize_url(&alice.site, &[("prompt", "none")])).await;
        assert!(silent.redirect_param("code").is_some());
    }
    assert_eq!(devices(idp).await, 1);
}

/// The form is in the browser's history. Sent later it is a sign-in of its own, and never the old session again.
#[tokio::test]
async fn b4_an_old_form_with_the_right_password_signs_in_anew() {
    let idp = TestIdp::start().await;
    let (site, browser, page) = at_the_door(&idp).await;
    assert_eq!(browser.press(&page, "login", &TYPED).await.status, 303);
    let (first, cookie) = (open_sessions(&idp).await[0].0, browser.cookie(HOST, SESSION).unwrap());
    let devices_page = browser.open(idp.url("/account/devices")).await;
    browser.press(&devices_page, "all", &[]).await;
    assert!(open_sessions(&idp).await.is_empty());

    // At once, and so within the time in which a repetition is recognised.
    assert_eq!(browser.press(&page, "login", &TYPED).await.status, 303);
    let second = open_sessions(&idp).await;
    assert_eq!(second.len(), 1);
    assert_ne!(second[0].0, first);
    assert_ne!(browser.cookie(HOST, SESSION).unwrap(), cookie, "the old cookie stays dead");
    let revived = idp.browser();
    revived.set_cookie(HOST, SESSION, &cookie);
    let silent = revived.open(idp.authorize_url(&site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));

    idp.clock.advance(60);
    let wrong = [("username", "alice"), ("password", "wrong")];
    assert_eq!(browser.press(&page, "login", &wrong).await.status, 422);
    assert_eq!(browser.press(&page, "login", &TYPED).await.status, 303);
    assert_eq!(open_sessions(&idp).await.len(), 1, "the same browser, one session");
}

#[tokio::test]
async fn b4_a_sign_out_that_is_sent_twice_says_so_twice_and_a_foreign_one_is_not_found() {
    let alice = SignedIn::at(idp_tests::ClientSpec::confidential("site-a")).await;
    let idp = &alice.idp;
    let phone = idp.browser();
    phone.sign_in(idp, &alice.site, "alice").await;
    let here = alice.browser.open(idp.url("/account/devices")).await;
    let sid = here.input("sid");
    let sent = sent_at_once(idp, &alice.browser, &here, "one", &[("sid", &sid)], 2).await;
    for (_, answer) in &sent {
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(answer.header("location").starts_with("/account/devices"), "{answer:?}");
    }
    assert_eq!(open_sessions(idp).await.len(), 1);
    let later = alice.browser.press(&here, "one", &[("sid", &sid)]).await;
    assert_eq!(later.status, 303, "it is signed out, as the person wishes");
    let foreign = Uuid::from_u128(7).to_string();
    assert_eq!(alice.browser.press(&here, "one", &[("sid", &foreign)]).await.status, 404);
}

/// A browser repeats the request of the callback: the site redeems the code once, and the provider sees no second use.
#[tokio::test(flavor = "multi_thread")]
async fn b3_a_callback_that_is_sent_twice_at_once_is_one_sign_in_at_a_real_site() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let site = TestSite::start(&idp, "a", "Site A").await;
    for count in [2, 5] {
        let browser = idp.browser();
        let page = browser.visit(site.url("/auth/login?return_to=/")).await;
        let callback = browser.log_in_as(&page, "alice", PASSWORD).await.location().unwrap();
        assert!(callback.as_str().starts_with(&site.url("/auth/callback")), "{callback}");
        let answers = join_all((0..count).map(|_| browser.open(callback.as_str()))).await;
        for answer in &answers {
            assert_eq!(answer.status, 303, "{count}: {}", answer.body);
        }
        for seconds in [1, 31 * 60] {
            // After half an hour the site has to refresh: the grant lives.
            advance_all(&idp, &[&site], seconds);
            assert_eq!(browser.open(site.url("/members")).await.status, 200, "{count}, {seconds} s");
        }
    }
    for event in [AuditEvent::CodeReused, AuditEvent::CodeReplayed] {
        let seen = idp.db.read(move |connection| audit_events::count(connection, event)).await.unwrap();
        assert_eq!(seen, 0, "{event:?}");
    }
}

/// The consent page is answered twice: the site gets one good code an answer, and the person is asked no second time.
#[tokio::test]
async fn b4_a_consent_that_is_sent_twice_is_one_consent() {
    let idp = TestIdp::start().await;
    let site = idp_tests::ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    for count in [2, 3] {
        let browser = idp.browser();
        let asked = browser.visit(idp.authorize_url(&site, &[("prompt", "consent")])).await;
        let answer = browser.log_in_as(&asked, "alice", PASSWORD).await;
        let consent = browser.follow(answer).await;
        assert!(consent.has_form("/consent"));
        let before = open_sessions(&idp).await.len();
        for (_, answer) in sent_at_once(&idp, &browser, &consent, "allow", &[], count).await {
            let code = answer.redirect_param("code").expect("every answer goes on to the site");
            assert_eq!(idp.redeem(&site, &code).await.status, 200);
        }
        assert_eq!(open_sessions(&idp).await.len(), before);
        let again = browser.open(idp.authorize_url(&site, &[])).await;
        assert!(again.redirect_param("code").is_some(), "not asked again: {again:?}");
    }
}
