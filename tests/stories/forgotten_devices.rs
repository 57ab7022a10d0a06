//! A sign-in that somebody ended as not theirs leaves its device as strange as it was before: the next one there is news to the
//! person, and the browser bears guesses as any other does.

use crate::everything::letters_are_on;
use crate::password_reset::letters_of;
use idp_core::username::Username;
use idp_server::config::Config;
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, TestIdp, typed};

const KNOWN: &str = "__Host-idp_known";
/// Wrong guesses that an account bears at once.
const ACCOUNT: usize = 10;

async fn alice() -> SignedIn {
    let start = TestIdp::start_with(|config: &mut Config| {
        letters_are_on(config);
        config.throttle.exempt = vec!["127.0.0.0/8".parse().unwrap()];
    });
    SignedIn::on(start.await, ClientSpec::confidential("site-a")).await
}

async fn sign_in(story: &SignedIn, browser: &Browser, password: &str) {
    story.idp.clock.advance(1);
    let page = browser.visit(story.idp.authorize_url(&story.site, &[("prompt", "login")])).await;
    let answer = browser.log_in_as(&page, "alice", password).await;
    assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
}

async fn news(story: &SignedIn) -> usize {
    letters_of(&story.idp, "new_sign_in").await.len()
}

/// Whether a sign-in in this browser is told to the person.
async fn is_news(story: &SignedIn, browser: &Browser, password: &str) -> bool {
    let before = news(story).await;
    sign_in(story, browser, password).await;
    news(story).await > before
}

/// Whether the browser bears guesses of its own: once strangers have used up those of the account.
async fn is_known(story: &SignedIn, browser: &Browser) -> bool {
    let idp = &story.idp;
    let at_door = async |known: Option<&str>| {
        let guesser = idp.browser();
        if let Some(known) = known {
            guesser.set_cookie(HOST, KNOWN, known);
        }
        let page = guesser.visit(idp.authorize_url(&story.site, &[])).await;
        guesser.log_in_as(&page, "alice", "wrong").await.status
    };
    for _ in 0..=ACCOUNT {
        at_door(None).await;
    }
    assert_eq!(at_door(None).await, 429);
    let known = browser.cookie(HOST, KNOWN);
    let status = at_door(known.as_deref()).await;
    // Everybody starts anew.
    idp.clock.advance(24 * 60 * 60);
    status == 422
}

async fn thief(story: &SignedIn) -> Browser {
    let thief = story.idp.browser();
    assert!(is_news(story, &thief, PASSWORD).await);
    assert!(!is_news(story, &thief, PASSWORD).await, "it is known by then");
    thief
}

async fn link_of(story: &SignedIn, kind: &str) -> String {
    let letters = letters_of(&story.idp, kind).await;
    story.idp.app.store.opened_letter(&letters[0]).unwrap().not_me.unwrap()
}

async fn not_me(story: &SignedIn, kind: &str) -> Answer {
    let (phone, link) = (story.idp.browser(), link_of(story, kind).await);
    let page = phone.visit(story.idp.url(&format!("/not-me?link={link}"))).await;
    phone.submit(&page, &[], "not-me-submit").await
}

async fn sign_out(story: &SignedIn, browser: &Browser) {
    let page = browser.open(story.idp.url("/end-session")).await;
    browser.press(&page, "logout", &[]).await;
}

#[tokio::test]
async fn s84_a_sign_in_that_was_not_the_person_leaves_its_device_a_strange_one() {
    let story = alice().await;
    let thief = thief(&story).await;
    assert!(is_known(&story, &thief).await);
    assert_eq!(not_me(&story, "new_sign_in").await.status, 200);
    assert!(!is_known(&story, &thief).await, "it bears guesses as any other");
    assert!(is_news(&story, &thief, PASSWORD).await, "the person is told again");
    assert!(!is_news(&story, &story.browser, PASSWORD).await, "their own devices are theirs");
}

#[tokio::test]
async fn s84_so_does_one_that_is_over_by_then() {
    let story = alice().await;
    let thief = thief(&story).await;
    sign_out(&story, &thief).await;
    let (phone, link) = (story.idp.browser(), link_of(&story, "new_sign_in").await);
    let page = phone.visit(story.idp.url(&format!("/not-me?link={link}"))).await;
    assert!(page.has_id("not-me-submit") && page.body.contains("over already"), "{}", page.body);
    let done = phone.submit(&page, &[], "not-me-submit").await;
    assert!(done.status == 200 && done.has_id("not-me-password"), "{}", done.body);
    assert!(done.body.contains("over already"), "nothing is claimed to have ended: {}", done.body);
    assert!(is_news(&story, &thief, PASSWORD).await);
}

#[tokio::test]
async fn s84_a_change_that_was_not_the_person_leaves_every_device_a_strange_one() {
    let story = alice().await;
    let thief = thief(&story).await;
    let (username, now) = (Username::parse("alice").unwrap(), story.idp.clock.now());
    let other = "a walk along 7 rivers";
    story.idp.operator().set_password(&username, typed(other), now).await.unwrap();
    assert!(!is_news(&story, &thief, other).await, "a new password alone says nothing of devices");
    assert_eq!(not_me(&story, "password_set").await.status, 200);
    assert!(!is_known(&story, &thief).await);
    assert!(is_news(&story, &thief, other).await && is_news(&story, &story.browser, other).await);
}

#[tokio::test]
async fn s84_a_device_that_the_person_or_an_operator_signs_out_is_a_strange_one() {
    let story = alice().await;
    let idp = &story.idp;
    let phone = thief(&story).await;
    let page = story.browser.open(idp.url("/account/secure")).await;
    assert_eq!(story.browser.press(&page, "others", &[]).await.status, 303);
    assert!(!is_known(&story, &phone).await);
    assert!(is_known(&story, &story.browser).await, "the device that signs others out stays known");
    assert!(is_news(&story, &phone, PASSWORD).await);
    assert!(!is_news(&story, &story.browser, PASSWORD).await);
    // Signing out oneself says nothing of the kind.
    sign_out(&story, &phone).await;
    assert!(is_known(&story, &phone).await && !is_news(&story, &phone, PASSWORD).await);
    let username = Username::parse("alice").unwrap();
    idp.operator().sign_out_user(&username, idp.clock.now()).await.unwrap();
    for browser in [&phone, &story.browser] {
        assert!(!is_known(&story, browser).await);
        assert!(is_news(&story, browser, PASSWORD).await);
    }
}

#[tokio::test]
async fn s84_a_copied_session_makes_no_browser_known_by_signing_others_out() {
    let story = alice().await;
    let idp = &story.idp;
    let copied = story.browser.cookie(HOST, SESSION).unwrap();
    let thief = idp.browser();
    thief.set_cookie(HOST, SESSION, &copied);
    let page = thief.open(idp.url("/account/secure")).await;
    assert_eq!(thief.press(&page, "others", &[]).await.status, 303);
    assert_eq!(thief.cookie(HOST, KNOWN), None);
}
