//! A person has their account ask for a passkey after the password that their browser saved by itself (ADR 60): once it has been used,
//! in a fresh sign-in, with the recovery codes that come with any first second factor.

use crate::passkey_offer::House;
use crate::password_reset::letters_of;
use crate::schema::execute;
use idp_core::authentication::Methods;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::passkey::{SoftwarePasskey, VERIFIED};
use idp_tests::{Answer, Authenticator, Browser, PASSWORD, SignedOut};

const CODES: &str = "/account/methods/recovery-codes/new";

async fn address(house: &House) -> String {
    house.idp.url(&format!("/account/methods/demand?id={}", house.passkeys().await[0].id))
}

/// Alice signs in by the saved passkey, which verifies her there.
async fn use_it(house: &House, passkey: &mut SoftwarePasskey) -> Browser {
    passkey.flags |= VERIFIED;
    let browser = house.idp.browser();
    let page = browser.visit(house.idp.url("/account")).await;
    let answer = browser.press(&page, "passkey", &[("passkey", &passkey.used(&page))]).await;
    assert_eq!(browser.follow(answer).await.status, 200);
    browser
}

fn is_at(answer: &Answer, path: &str) -> bool {
    answer.location().is_some_and(|to| to.path() == path)
}

#[tokio::test]
async fn a_saved_passkey_that_was_used_is_asked_for_when_its_person_says_so_and_codes_come_with_it() {
    let house = House::build().await;
    let (browser, mut passkey) = house.saved().await;
    let list = browser.open(house.idp.url("/account/methods")).await;
    let demand = address(&house).await;
    assert!(list.body.contains("/account/methods/demand?id="), "{}", list.body);
    let unused = browser.open(demand.clone()).await;
    assert!(unused.status == 200 && !unused.has_id("passkey-demand"), "{}", unused.body);
    assert!(unused.body.contains("Sign in with it once"), "{}", unused.body);

    let browser = use_it(&house, &mut passkey).await;
    let question = browser.open(demand.clone()).await;
    assert!(
        question.has_id("passkey-demand") && question.body.contains("recovery codes"),
        "{}",
        question.body
    );
    let first = browser.press(&question, "", &[]).await;
    let again = browser.press(&question, "", &[]).await;
    for answer in [first, again] {
        assert!(is_at(&answer, CODES), "{} {}", answer.status, answer.body);
        assert!(browser.follow(answer).await.has_id("recovery-codes"));
    }
    assert!(house.passkeys().await[0].is_asked_for);
    assert_eq!(house.idp.recorded(AuditEvent::PasskeyDemanded).await, 1, "the form was sent twice");
    assert_eq!(letters_of(&house.idp, "passkey_demanded").await.len(), 1);
    let list = browser.open(house.idp.url("/account/methods")).await;
    assert!(!list.body.contains("Saved by your browser") && !list.body.contains("/demand"), "{}", list.body);
    assert!(is_at(&browser.open(demand).await, "/account/methods"));
    let activity = browser.open(house.idp.url("/account/activity")).await;
    assert!(activity.body.contains("Passkey asked for after the password"), "{}", activity.body);

    // The password alone signs nobody in any more.
    let other = house.idp.browser();
    let step = house.sign_in(&other).await;
    assert!(step.has_id("passkey-submit") && step.has_form("/login"), "{} {}", step.status, step.body);
    let answer = other.press(&step, "passkey", &[("passkey", &passkey.used(&step))]).await;
    assert_eq!(other.follow(answer).await.url.path(), "/account");
}

#[tokio::test]
async fn s83_a_passkey_is_demanded_by_its_owner_alone_in_a_fresh_sign_in_and_by_the_form_of_its_page() {
    let house = House::build().await;
    let (browser, mut passkey) = house.saved().await;
    let demand = address(&house).await;
    // A form of before it was used has nothing done, whatever is put into it.
    let unused = browser.open(demand.clone()).await;
    assert!(!unused.has_form("/account/methods/demand"));
    house.idp.add_user("bob").await;
    let bob = house.idp.browser();
    let login = bob.visit(house.idp.url("/account")).await;
    let answer = bob.log_in_as(&login, "bob", PASSWORD).await;
    bob.follow(answer).await;
    assert_eq!(bob.open(demand.clone()).await.status, 404);
    let alice = use_it(&house, &mut passkey).await;
    let form = alice.open(demand.clone()).await;
    assert_eq!(bob.press(&form, "", &[]).await.status, 403);
    assert_eq!(alice.post(demand.clone(), &[("tx", "x"), ("csrf", "x")]).await.status, 403);
    for wrong in ["", "?id=x", "?id=0192f0c4-0000-7000-8000-000000000000"] {
        assert_eq!(
            alice.open(house.idp.url(&format!("/account/methods/demand{wrong}"))).await.status,
            404,
            "{wrong}"
        );
    }
    house.idp.clock.advance(16 * 60);
    assert!(is_at(&alice.press(&form, "", &[]).await, "/login"), "it was open for too long");
    assert!(is_at(&alice.open(demand.clone()).await, "/login"));
    assert!(is_at(&house.idp.browser().open(demand).await, "/login"));
    assert!(!house.passkeys().await[0].is_asked_for);
    assert_eq!(house.idp.recorded(AuditEvent::PasskeyDemanded).await, 0);
}

#[tokio::test]
async fn s83_who_has_an_app_needs_its_code_before_a_passkey_is_demanded_and_keeps_their_codes() {
    let house = House::build().await;
    let (weak, mut passkey) = house.saved().await;
    let browser = use_it(&house, &mut passkey).await;
    let (demand, early) = (address(&house).await, browser.open(address(&house).await).await);
    let weak_form = weak.open(demand.clone()).await;
    assert!(weak_form.has_id("passkey-demand"), "{}", weak_form.body);
    Authenticator::of(&house.idp, house.alice, "Pixel").await;
    assert!(
        is_at(&weak.press(&weak_form, "", &[]).await, "/login"),
        "a sign-in that is weaker than what is asked for by now"
    );
    assert!(!house.passkeys().await[0].is_asked_for);
    // The passkey proved two factors; it is no first one any more.
    let done = browser.press(&early, "", &[]).await;
    assert!(is_at(&done, "/account/methods"), "{} {}", done.status, done.body);
    assert!(house.passkeys().await[0].is_asked_for);
    assert!(house.idp.app.store.recovery_codes(house.alice).await.unwrap().is_empty());
}

#[tokio::test]
async fn where_passkeys_are_not_offered_none_is_demanded() {
    let story = SignedOut::with(|config| {
        config.authentication.methods =
            Methods::try_from(vec!["password".to_owned(), "totp".to_owned()]).unwrap();
    });
    let house = House(story.await);
    let alice = house.alice;
    SoftwarePasskey::of(&house.idp, alice, "Laptop").await;
    let saved =
        format!("UPDATE passkeys SET is_asked_for = FALSE, last_used_at = 1 WHERE user_id = '{alice}'");
    execute(&house.idp.db, &saved).await.unwrap();
    let browser = house.idp.browser();
    assert_eq!(house.sign_in(&browser).await.url.path(), "/account");
    assert_eq!(browser.open(address(&house).await).await.status, 404);
    let list = browser.open(house.idp.url("/account/methods")).await;
    assert!(list.body.contains("Laptop") && !list.body.contains("/demand"), "{}", list.body);
}
