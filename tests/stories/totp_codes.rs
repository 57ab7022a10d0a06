//! Codes of an authenticator app at a sign-in: one counts once, in the browser and for the password that came before it, and few
//! can be tried.

use crate::totp::assert_asks_for_code;
use futures_util::future::join_all;
use idp_core::session::EndCause;
use idp_server::db::audit_events::{AuditContext, AuditEvent};
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::{Authenticator, Browser, HOST, PASSWORD, SESSION, SignedOut};

const STEP: i64 = 30;

#[tokio::test]
async fn s83_a_code_opens_one_session_also_when_it_comes_at_the_same_moment() {
    let (house, app) = SignedOut::with_app().await;
    for round in 0..8 {
        // What was used already counts as a guess.
        house.idp.clock.advance(60 * 60);
        let mut waiting = Vec::new();
        for _ in 0..3 {
            waiting.push(house.second_step().await);
        }
        let before = house.open_sessions().await;
        let code = app.code(&house.idp);
        let filled = [("code", code.as_str())];
        let sent = join_all(waiting.iter().map(|(browser, page)| browser.press(page, "code", &filled))).await;
        let inside = sent.iter().filter(|answer| answer.redirect_param("code").is_some()).count();
        assert_eq!((inside, house.open_sessions().await - before), (1, 1), "round {round}");
        for answer in sent.iter().filter(|answer| answer.redirect_param("code").is_none()) {
            assert_asks_for_code(answer, 422);
        }
    }
}

#[tokio::test]
async fn b4_a_code_that_is_sent_twice_by_one_form_opens_one_session_with_one_cookie() {
    let (house, app) = SignedOut::with_app().await;
    let (browser, page) = house.second_step().await;
    let code = app.code(&house.idp);
    let filled = [("code", code.as_str())];
    let (first, second) =
        tokio::join!(browser.press(&page, "code", &filled), browser.press(&page, "code", &filled));
    let cookie = browser.cookie(HOST, SESSION);
    for answer in [first, second, browser.press(&page, "code", &filled).await] {
        assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
        assert_eq!(browser.cookie(HOST, SESSION), cookie);
    }
    assert_eq!(house.open_sessions().await, 1);
    // From the browser's history, later: neither the form nor the code opens anything.
    house.idp.clock.advance(11);
    browser.clear();
    assert_eq!(browser.press(&page, "code", &filled).await.status, 403);
    let (other, fresh) = house.second_step().await;
    assert_asks_for_code(&other.press(&fresh, "code", &filled).await, 422);
    assert_eq!(house.open_sessions().await, 1);
}

#[tokio::test]
async fn s83_few_codes_can_be_tried_for_a_person_whatever_browser_and_password_form_they_come_by() {
    let (house, app) = SignedOut::with_app().await;
    let idp = &house.idp;
    let mut looked_at = 0;
    for _ in 0..3 {
        let (browser, mut page) = house.second_step().await;
        for _ in 0..6 {
            page = browser.press(&page, "code", &[("code", &app.wrong_code(idp))]).await;
            looked_at += usize::from(page.status == 422);
        }
    }
    assert_eq!(looked_at, 10);
    assert_eq!(house.recorded(AuditEvent::SecondStepFailed).await, 10);
    let (browser, page) = house.second_step().await;
    let refused = browser.press(&page, "code", &[("code", &app.code(idp))]).await;
    assert_asks_for_code(&refused, 429);
    assert_eq!(refused.header("retry-after"), "1800", "a right code is not looked at either");
    idp.clock.advance(1800);
    let (browser, page) = house.second_step().await;
    let answer = browser.press(&page, "code", &[("code", &app.code(idp))]).await;
    assert!(answer.redirect_param("code").is_some(), "{}", answer.body);
    // What is typed wrong in its shape is no guess, and a right code gives its try back.
    for _ in 0..3 {
        idp.clock.advance(STEP);
        let (browser, page) = house.second_step().await;
        assert_asks_for_code(&browser.press(&page, "code", &[("code", "12")]).await, 422);
        assert_eq!(browser.press(&page, "code", &[("code", &app.code(idp))]).await.status, 303);
    }
}

#[tokio::test]
async fn s83_guesses_that_come_together_are_counted_before_they_are_looked_at() {
    let (house, app) = SignedOut::with_app().await;
    let (browser, page) = house.second_step().await;
    let wrong = app.wrong_code(&house.idp);
    let filled = [("code", wrong.as_str())];
    let sent = join_all((0..30).map(|_| browser.press(&page, "code", &filled))).await;
    let looked_at = sent.iter().filter(|answer| answer.status == 422).count();
    assert_eq!((looked_at, house.open_sessions().await), (10, 0));
}

#[tokio::test]
async fn a_code_of_the_step_before_or_after_counts_and_one_of_another_person_does_not() {
    let (house, app) = SignedOut::with_app().await;
    let bob = house.idp.add_user("bob").await;
    let of_bob = Authenticator::of(&house.idp, bob, "").await;
    let (browser, page) = house.second_step().await;
    for wrong in [app.code_after(&house.idp, -2), app.code_after(&house.idp, 2), of_bob.code(&house.idp)] {
        assert_asks_for_code(&browser.press(&page, "code", &[("code", &wrong)]).await, 422);
    }
    let early = browser.press(&page, "code", &[("code", &app.code_after(&house.idp, -1))]).await;
    assert!(early.redirect_param("code").is_some());
    let (browser, page) = house.second_step().await;
    let late = browser.press(&page, "code", &[("code", &app.code_after(&house.idp, 1))]).await;
    assert!(late.redirect_param("code").is_some());
    // The newest spends those before it.
    let (browser, page) = house.second_step().await;
    assert_asks_for_code(&browser.press(&page, "code", &[("code", &app.code(&house.idp))]).await, 422);
}

#[tokio::test]
async fn s83_what_was_proven_at_the_first_step_is_void_once_the_password_changes_or_it_is_old() {
    let (house, app) = SignedOut::with_app().await;
    let idp = &house.idp;
    let (browser, old) = house.second_step().await;
    idp.clock.advance(601);
    let answer = browser.press(&old, "code", &[("code", &app.code(idp))]).await;
    assert!(answer.status == 400 && answer.body.contains("id=\"password\""), "{}", answer.body);

    let (browser, page) = house.second_step().await;
    let hash = idp
        .app
        .hashing
        .hash(&WorkOf::operator(), idp_tests::typed("another horse battery staple"))
        .await
        .unwrap();
    let target = Target::Password { user: house.alice, hash };
    let now = idp.clock.now();
    idp.app.store.revoke(target, EndCause::PasswordChanged, AuditContext::default(), now).await.unwrap();
    let answer = browser.press(&page, "code", &[("code", &app.code(idp))]).await;
    assert!(answer.status == 400 && answer.body.contains("id=\"password\""), "{}", answer.body);
    assert_eq!((browser.cookie(HOST, SESSION), house.open_sessions().await), (None, 0));
}

#[tokio::test]
async fn s84_who_knows_the_password_keeps_nobody_out_of_a_browser_in_which_they_have_typed_a_code() {
    let house = SignedOut::build().await;
    let idp = &house.idp;
    // From before there was an app: her own, and that of a thief who had learned her password.
    let (early, thief, alice) = (idp.browser(), idp.browser(), idp.browser());
    for browser in [&early, &thief] {
        browser.sign_in(idp, &house.site, "alice").await;
    }
    let app = Authenticator::of(idp, house.alice, "Pixel").await;
    idp.clock.advance(STEP);
    house.open_own(&alice, "/account", Some(&app)).await;

    let steps = async |browser: &Browser| {
        let page = browser.visit(idp.authorize_url(&house.site, &[("prompt", "login")])).await;
        browser.log_in_as(&page, "alice", PASSWORD).await
    };
    let wrong = app.wrong_code(idp);
    let mut page = steps(&thief).await;
    for _ in 0..10 {
        page = thief.press(&page, "code", &[("code", &wrong)]).await;
        assert_asks_for_code(&page, 422);
    }
    assert_asks_for_code(&thief.press(&page, "code", &[("code", &wrong)]).await, 429);
    // A browser that knew the password alone is as good as theirs.
    let page = steps(&early).await;
    assert_asks_for_code(&early.press(&page, "code", &[("code", &app.code(idp))]).await, 429);
    idp.clock.advance(STEP);
    let page = steps(&alice).await;
    let inside = alice.press(&page, "code", &[("code", &app.code(idp))]).await;
    assert!(inside.redirect_param("code").is_some(), "{} {}", inside.status, inside.body);
    // In her own bucket as few can be tried, and another app has to be proven first.
    let mut page = steps(&alice).await;
    for _ in 0..10 {
        page = alice.press(&page, "code", &[("code", &app.wrong_code(idp))]).await;
        assert_asks_for_code(&page, 422);
    }
    assert_asks_for_code(&alice.press(&page, "code", &[("code", &wrong)]).await, 429);
}

#[tokio::test]
async fn s84_a_browser_is_known_to_the_second_step_once_it_has_proven_the_newest_app() {
    let (house, app) = SignedOut::with_app().await;
    let idp = &house.idp;
    idp.clock.advance(STEP);
    let alice = idp.browser();
    house.open_own(&alice, "/account", Some(&app)).await;
    idp.clock.advance(STEP);
    Authenticator::of(idp, house.alice, "another").await;
    let (thief, mut page) = house.second_step().await;
    for _ in 0..10 {
        page = thief.press(&page, "code", &[("code", &app.wrong_code(idp))]).await;
    }
    let page = alice.visit(idp.authorize_url(&house.site, &[("prompt", "login")])).await;
    let page = alice.log_in_as(&page, "alice", PASSWORD).await;
    assert_asks_for_code(&alice.press(&page, "code", &[("code", &app.code(idp))]).await, 429);
}
