//! A session that proved less than its account asks for by now: a person has added a second factor since, or has to. Their own
//! pages ask of it what a site's request would, and lead through the missing step and back.

use crate::demanded_enrolment::{add, leads_to_app, open_app_page};
use crate::everything::letters_are_on;
use idp_core::authentication::{Methods, Requirement};
use idp_server::config::ConfigDuration;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::passkey::{SYNCED, SoftwarePasskey, press};
use idp_tests::{Answer, Authenticator, Browser, PASSWORD, SignedOut, TestIdp};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Where the paths of all pages are.
const PATHS: &str = include_str!("../../crates/idp-core/src/discovery.rs");
/// Pages that open to any session, or to none, and why.
const OPEN: [&str; 3] = [
    // Says who is signed in, leads on and offers to sign out.
    "/account",
    // Says in the browser in which it was asked for that the account goes, when nobody is signed in any more.
    "/account/deleted",
    // Comes sealed in the address to the very session that had the codes made, for minutes.
    "/account/methods/recovery-codes/new",
];
/// Those that are of one thing.
const OF_ONE: [&str; 4] = [
    "/account/addresses/change",
    "/account/methods/rename",
    "/account/methods/demand",
    "/account/methods/remove",
];
const PAGES: usize = 19;

/// Every page of an account that there is.
fn pages() -> BTreeSet<&'static str> {
    let all: BTreeSet<&str> = PATHS.split('"').filter(|text| text.starts_with("/account")).collect();
    assert!(OPEN.iter().chain(&OF_ONE).all(|page| all.contains(page)), "{all:?}");
    let own: BTreeSet<&str> = all.into_iter().filter(|page| !OPEN.contains(page)).collect();
    assert_eq!(own.len(), PAGES, "{own:?}");
    own
}

fn address_of(page: &str) -> String {
    if OF_ONE.contains(&page) { format!("{page}?id={}", Uuid::from_u128(7)) } else { page.to_owned() }
}

/// A session of a new person that knew the password alone, and the app that they have added elsewhere since.
async fn weaker(idp: &TestIdp, name: &str) -> (Browser, Uuid, Authenticator) {
    let user = idp.add_user(name).await;
    let browser = idp.browser();
    let page = browser.visit(idp.url("/account")).await;
    browser.follow(browser.log_in_as(&page, name, PASSWORD).await).await;
    (browser, user, Authenticator::of(idp, user, "Pixel").await)
}

fn asks_for_code_alone(page: &Answer) -> bool {
    page.status == 200 && page.has_id("code-submit") && !page.body.contains("type=\"password\"")
}

fn leads_to_sign_in(answer: &Answer) -> bool {
    answer.status == 303 && answer.location().is_some_and(|location| location.path() == "/login")
}

#[tokio::test]
async fn s73_no_page_of_an_account_opens_before_the_step_that_the_account_asks_for_by_now() {
    let idp = TestIdp::start_with(letters_are_on).await;
    for (number, page) in pages().into_iter().enumerate() {
        let (browser, _, app) = weaker(&idp, &format!("alice-{number}")).await;
        let address = address_of(page);
        let first = browser.open(idp.url(&address)).await;
        assert!(leads_to_sign_in(&first), "{page}: {} {}", first.status, first.body);
        let step = browser.follow(first).await;
        assert!(asks_for_code_alone(&step), "{page}: {} {}", step.status, step.body);
        let wrong = browser.press(&step, "code", &[("code", "000000")]).await;
        assert!(wrong.status == 422 && leads_to_sign_in(&browser.open(idp.url(&address)).await), "{page}");
        let through = browser.press(&wrong, "code", &[("code", &app.code(&idp))]).await;
        assert_eq!(through.header("location"), address, "{page}: {}", through.body);
        // Those of one thing that is not there say so.
        let opened = browser.follow(through).await;
        let is_there = opened.status == 200 || OF_ONE.contains(&page);
        assert!(is_there && opened.url.path() != "/login", "{page}: {} {}", opened.status, opened.body);
    }
}

#[tokio::test]
async fn s73_the_pages_that_open_to_any_session_show_who_it_is_and_no_more() {
    let idp = TestIdp::start().await;
    let (browser, _, _) = weaker(&idp, "alice").await;
    for page in ["/", "/account"] {
        let shown = browser.open(idp.url(page)).await;
        assert!(shown.status == 200 && shown.body.contains("The alice"), "{page}: {}", shown.body);
        assert!(!shown.body.contains("example.org"), "{page}: {}", shown.body);
    }
    // A person who does not have the factor at hand is back there by one button, and can sign out.
    let step = browser.visit(idp.url("/account/devices")).await;
    assert_eq!(browser.press(&step, "cancel", &[]).await.header("location"), "/");
    let out = browser.open(idp.url("/end-session")).await;
    browser.press(&out, "logout", &[]).await;
    assert!(!browser.open(idp.url("/")).await.body.contains("The alice"));
}

#[tokio::test]
async fn s73_a_form_from_before_does_nothing_for_the_weaker_session() {
    let idp = TestIdp::start().await;
    let user = idp.add_user("alice").await;
    let thief = idp.browser();
    let login = thief.visit(idp.url("/account")).await;
    thief.follow(thief.log_in_as(&login, "alice", PASSWORD).await).await;
    let own = idp.browser();
    let login = own.visit(idp.url("/account")).await;
    own.follow(own.log_in_as(&login, "alice", PASSWORD).await).await;
    let forms = [
        ("/account/devices", "others", &[][..]),
        ("/account/secure", "others", &[]),
        ("/account/profile", "", &[("name", "Mallory")]),
        ("/account/sites", "", &[("client_id", "site-a")]),
    ];
    let mut pages = Vec::new();
    for (page, ..) in forms {
        let shown = thief.open(idp.url(page)).await;
        assert_eq!(shown.status, 200, "{page}: {}", shown.body);
        pages.push(shown);
    }
    Authenticator::of(&idp, user, "Pixel").await;
    for ((page, button, fields), form) in forms.into_iter().zip(&pages) {
        let csrf = form
            .body
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .map_or("", |rest| rest.split('"').next().unwrap());
        let tx =
            form.body.split("name=\"tx\" value=\"").nth(1).map_or("", |rest| rest.split('"').next().unwrap());
        let all = [&[("csrf", csrf), ("tx", tx), ("action", button)][..], fields].concat();
        let answer = thief.post(idp.url(page), &all).await;
        assert!(leads_to_sign_in(&answer), "{page}: {} {}", answer.status, answer.body);
    }
    assert_eq!(idp.open_sessions(user).await, 2);
    assert_eq!(idp.recorded(AuditEvent::SignedOut).await, 0);
    assert_eq!(idp.recorded(AuditEvent::ProfileChangedByUser).await, 0);
}

#[tokio::test]
async fn s73_a_thief_with_the_cookie_of_a_weaker_session_is_asked_for_the_password_as_well() {
    let idp = TestIdp::start().await;
    let (browser, _, app) = weaker(&idp, "alice").await;
    let thief = idp.browser();
    let cookie = browser.cookie(idp_tests::HOST, idp_tests::SESSION).unwrap();
    thief.set_cookie(idp_tests::HOST, idp_tests::SESSION, &cookie);
    let page = thief.visit(idp.url("/account/devices")).await;
    assert!(page.body.contains("type=\"password\"") && !page.has_id("code-submit"), "{}", page.body);
    // In the browser that it is of, the same session goes on with the code alone.
    let step = browser.visit(idp.url("/account/devices")).await;
    let through = browser.press(&step, "code", &[("code", &app.code(&idp))]).await;
    assert_eq!(through.header("location"), "/account/devices");
    assert_eq!(thief.open(idp.url("/account")).await.status, 303, "the copied cookie names nothing any more");
}

#[tokio::test]
async fn s07_who_has_to_have_a_second_factor_sets_one_up_before_their_own_pages_open() {
    let story = SignedOut::with(|config| config.authentication.required = Requirement::TwoFactors).await;
    let (idp, browser) = (&story.idp, story.idp.browser());
    let page = browser.visit(idp.url("/account/sites")).await;
    let enrol = browser.follow(browser.log_in_as(&page, "alice", PASSWORD).await).await;
    assert!(leads_to_app(&enrol), "{} {}", enrol.status, enrol.body);
    // By another address it is the same, while the sign-in is fresh and after it.
    for later in [1, 24 * 60 * 60] {
        for page in ["/account/devices", "/account/profile", "/account/activity", "/account/delete"] {
            let first = browser.open(idp.url(page)).await;
            assert!(leads_to_sign_in(&first), "{page}: {} {}", first.status, first.body);
        }
        for page in ["/account", "/account/methods"] {
            assert_eq!(browser.open(idp.url(page)).await.status, 200, "{page}");
        }
        idp.clock.advance(later);
    }
    let page = browser.visit(idp.url("/account/sites")).await;
    let enrol = browser.follow(browser.log_in_as(&page, "alice", PASSWORD).await).await;
    let app_page = open_app_page(&browser, &enrol).await;
    let done = browser.follow(add(idp, &browser, &app_page).await).await;
    assert_eq!((done.status, done.url.path()), (200, "/account/sites"), "{}", done.body);
    assert_eq!(browser.open(idp.url("/account/devices")).await.status, 200);
}

#[tokio::test]
async fn who_may_wait_with_a_second_factor_is_asked_after_a_sign_in_and_not_at_each_page() {
    let story = SignedOut::with(|config| {
        config.authentication.required = Requirement::TwoFactors;
        config.authentication.enrolment_grace = ConfigDuration::days(3);
    })
    .await;
    let (idp, browser) = (&story.idp, story.idp.browser());
    let page = browser.visit(idp.url("/account/sites")).await;
    let enrol = browser.follow(browser.log_in_as(&page, "alice", PASSWORD).await).await;
    assert!(leads_to_app(&enrol), "{} {}", enrol.status, enrol.body);
    assert_eq!(browser.press(&enrol, "later", &[]).await.header("location"), "/account/sites");
    for page in ["/account/sites", "/account/devices", "/account/profile"] {
        assert_eq!(browser.open(idp.url(page)).await.status, 200, "{page}");
    }
    idp.clock.advance(3 * 24 * 60 * 60);
    assert!(leads_to_sign_in(&browser.open(idp.url("/account/sites")).await));
}

#[tokio::test]
async fn what_nobody_here_can_prove_closes_no_page() {
    let story = SignedOut::with(|config| {
        // Neither a start nor a command allows it; an operator may take the methods out after a person was marked.
        config.authentication.required = Requirement::TwoFactors;
        config.authentication.methods = Methods::try_from(vec!["password".to_owned()]).unwrap();
    })
    .await;
    let browser = story.idp.browser();
    let opened = story.open_own(&browser, "/account/devices", None).await;
    assert_eq!((opened.status, opened.url.path()), (200, "/account/devices"), "{}", opened.body);
}

#[tokio::test]
async fn who_adds_a_passkey_has_proven_it_and_is_asked_for_nothing_more() {
    let story = SignedOut::build().await;
    let (idp, browser) = (&story.idp, story.idp.browser());
    let form = story.open_own(&browser, "/account/methods/passkey", None).await;
    let before = browser.cookie(idp_tests::HOST, idp_tests::SESSION).unwrap();
    let created = SoftwarePasskey::new(idp, SYNCED).created(&form);
    let added = press(&browser, &form, &created).await;
    assert_eq!(added.location().unwrap().path(), "/account/methods/recovery-codes/new", "{}", added.body);
    let after = browser.cookie(idp_tests::HOST, idp_tests::SESSION).unwrap();
    assert_ne!(before, after, "what was known before it was proven names nothing after");
    assert_eq!(browser.follow(added).await.status, 200);
    for page in ["/account/methods", "/account/devices", "/account/methods/recovery-codes"] {
        assert_eq!(browser.open(idp.url(page)).await.status, 200, "{page}");
    }
    // Sent twice, by a browser that did not read the first answer: the same session, under the same cookie.
    browser.set_cookie(idp_tests::HOST, idp_tests::SESSION, &before);
    let again = press(&browser, &form, &created).await;
    assert_eq!(again.location().unwrap().path(), "/account/methods/recovery-codes/new", "{}", again.body);
    assert_eq!(browser.cookie(idp_tests::HOST, idp_tests::SESSION).unwrap(), after);
    assert_eq!((story.open_sessions().await, story.recorded(AuditEvent::MethodAdded).await), (1, 1));
    // A site is told what was proven.
    let answer = browser.visit(idp.authorize_url(&story.site, &[])).await;
    let amr = story.claims(&answer).await["amr"].to_string();
    assert!(amr.contains("pwd") && amr.contains("mfa"), "{amr}");
}
