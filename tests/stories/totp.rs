//! Authenticator apps: a person adds one, and from then on a sign-in takes a code of it; removing it takes a fresh sign-in with
//! one. What a code is good for is in `totp_codes`.

use idp_server::db::audit_events::AuditEvent;
use idp_server::db::{sessions, totp_credentials};
use idp_server::store::methods::MOST_APPS;
use idp_tests::{Answer, Authenticator, HOST, PASSWORD, SESSION, SignedOut, jwt};
use serde_json::json;
use uuid::Uuid;

const STEP: i64 = 30;

async fn apps(house: &SignedOut) -> usize {
    house.idp.app.store.authenticator_apps(house.alice).await.unwrap().len()
}

#[track_caller]
pub fn assert_asks_for_code(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains("id=\"code-submit\""), "{}", answer.body);
    assert!(!answer.body.contains(PASSWORD));
}

#[tokio::test]
async fn a_person_adds_an_app_and_from_then_on_a_sign_in_asks_for_its_code() {
    let house = SignedOut::build().await;
    let idp = &house.idp;
    let browser = idp.browser();
    let page = house.open_own(&browser, "/account/methods", None).await;
    assert!(page.body.contains("href=\"/account/methods/totp\"") && page.body.contains("password alone"));
    let page = browser.open(idp.url("/account/methods/totp")).await;
    assert!(page.body.contains("<svg class=\"qr\""), "{}", page.body);
    let app = Authenticator::scanning(&page);

    let wrong = browser.press(&page, "add", &[("code", &app.wrong_code(idp)), ("name", "My <phone>")]).await;
    assert_eq!((wrong.status, apps(&house).await), (422, 0));
    assert_eq!(Authenticator::scanning(&wrong).code(idp), app.code(idp), "the same secret, scanned already");
    assert_eq!(wrong.input("name"), "My &#60;phone&#62;", "what was typed is kept");
    for code in ["", "12345", "abcdef"] {
        assert_eq!(browser.press(&wrong, "add", &[("code", code)]).await.status, 422, "{code}");
    }
    let code = app.code(idp);
    let typed = format!(" {} {} ", &code[..3], &code[3..]);
    let filled = [("code", typed.as_str()), ("name", "My <phone>")];
    for _ in ["pressed", "pressed twice"] {
        let added = browser.press(&wrong, "add", &filled).await;
        assert_eq!(added.status, 303, "{}", added.body);
        assert_eq!(idp_tests::recovery_codes(&browser.follow(added).await).len(), 10);
        let list = browser.open(idp.url("/account/methods")).await;
        assert!(list.body.contains("<bdi>My &#60;phone&#62;</bdi>"), "{}", list.body);
    }
    assert_eq!((apps(&house).await, house.recorded(AuditEvent::MethodAdded).await), (1, 1));

    let (elsewhere, step) = house.second_step().await;
    assert!(step.body.contains("autocomplete=\"one-time-code\"") && step.body.contains("The alice"));
    let used = elsewhere.press(&step, "code", &[("code", &code)]).await;
    assert_asks_for_code(&used, 422);
    assert!(used.body.contains("used already"), "it added the app: {}", used.body);
    idp.clock.advance(STEP);
    let answer = elsewhere.press(&used, "code", &[("code", &app.code(idp))]).await;
    let tokens = idp.redeem(&house.site, &answer.redirect_param("code").unwrap()).await;
    for token in ["id_token", "access_token"] {
        let claims = jwt::claims(tokens.text(token));
        assert_eq!(json!([claims["amr"], claims["acr"]]), json!([["pwd", "otp", "mfa"], "2"]), "{token}");
        assert_eq!(claims["auth_time"], idp.now() - STEP, "when the password was typed");
    }
    let used = house.idp.app.store.authenticator_apps(house.alice).await.unwrap();
    assert_eq!(used[0].last_used_at, Some(idp.clock.now()));
}

#[tokio::test]
async fn removing_an_app_takes_a_fresh_sign_in_with_a_code_and_then_the_password_is_enough() {
    let (house, app) = SignedOut::with_app().await;
    let idp = &house.idp;
    let (thief, alice) = (idp.browser(), idp.browser());
    let id = idp.app.store.authenticator_apps(house.alice).await.unwrap()[0].id;
    let removal = format!("/account/methods/remove?id={id}");
    house.open_own(&alice, "/account/methods", Some(&app)).await;
    let question = alice.open(idp.url(&removal)).await;
    assert!(question.body.contains("Remove <bdi>Pixel</bdi>?"), "{}", question.body);

    // A stranger who finds the device unlocked later, and one with the form of another session.
    idp.clock.advance(16 * 60);
    for answer in [alice.open(idp.url(&removal)).await, alice.press(&question, "remove", &[]).await] {
        assert_eq!((answer.status, answer.location().unwrap().path().to_owned()), (303, "/login".to_owned()));
    }
    house.open_own(&thief, "/account/methods", Some(&app)).await;
    assert_eq!(thief.press(&question, "remove", &[]).await.status, 403);
    assert_eq!(apps(&house).await, 1);

    idp.clock.advance(STEP);
    let question = house.open_own(&alice, &removal, Some(&app)).await;
    for _ in ["pressed", "pressed twice"] {
        assert_eq!(
            alice.press(&question, "remove", &[]).await.location().unwrap().path(),
            "/account/methods"
        );
    }
    assert_eq!((apps(&house).await, house.recorded(AuditEvent::MethodRemoved).await), (0, 1));
    let browser = idp.browser();
    browser.sign_in_for_tokens(idp, &house.site, "alice").await;
}

#[tokio::test]
async fn a_session_that_began_with_less_than_the_account_asks_for_changes_no_method() {
    let house = SignedOut::build().await;
    let idp = &house.idp;
    let browser = idp.browser();
    let form = house.open_own(&browser, "/account/methods/totp", None).await;
    let own = Authenticator::scanning(&form);
    // Meanwhile the person has added one elsewhere.
    Authenticator::of(idp, house.alice, "").await;
    let id = idp.app.store.authenticator_apps(house.alice).await.unwrap()[0].id;
    let added = browser.press(&form, "add", &[("code", &own.code(idp))]).await;
    assert_eq!(added.location().unwrap().path(), "/login", "{}", added.body);
    for path in ["/account/methods/totp".to_owned(), format!("/account/methods/remove?id={id}")] {
        let answer = browser.open(idp.url(&path)).await;
        assert_eq!(answer.location().unwrap().path(), "/login", "{path}");
    }
    assert_eq!(apps(&house).await, 1);
    // Once there are as many as there may be, no further one is offered or taken.
    for _ in 2..MOST_APPS {
        Authenticator::of(idp, house.alice, "").await;
    }
    let last = Authenticator::of(idp, house.alice, "").await;
    let form = house.open_own(&browser, "/account/methods/totp", Some(&last)).await;
    let list = browser.press(&form, "add", &[("code", &Authenticator::scanning(&form).code(idp))]).await;
    let list = browser.follow(list).await;
    assert!(!list.body.contains("id=\"methods-add\""), "{}", list.body);
    assert_eq!(apps(&house).await, MOST_APPS);
}

#[tokio::test]
async fn a_form_of_an_app_holds_for_its_own_session_and_leaves_nothing_when_it_is_left() {
    let house = SignedOut::build().await;
    let idp = &house.idp;
    let (browser, other) = (idp.browser(), idp.browser());
    let form = house.open_own(&browser, "/account/methods/totp", None).await;
    let app = Authenticator::scanning(&form);
    assert_eq!(apps(&house).await, 0, "nothing is stored before the first right code");
    house.open_own(&other, "/account/methods", None).await;
    assert_eq!(other.press(&form, "add", &[("code", &app.code(idp))]).await.status, 403);
    let forged = [("tx", form.input("tx")), ("action", "add".to_owned()), ("code", app.code(idp))];
    let forged = forged.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(browser.post(idp.url("/account/methods/totp"), &forged).await.status, 403);
    idp.clock.advance(15 * 60 + 1);
    let late = browser.press(&form, "add", &[("code", &app.code(idp))]).await;
    assert_eq!(late.location().unwrap().path(), "/login");
    assert_eq!(apps(&house).await, 0);
    let nobody = idp.browser();
    for path in ["/account/methods", "/account/methods/totp"] {
        assert_eq!(nobody.open(idp.url(path)).await.location().unwrap().path(), "/login", "{path}");
    }
}

#[tokio::test]
async fn an_operator_resets_the_methods_of_a_person_who_lost_the_phone() {
    let (house, app) = SignedOut::with_app().await;
    let idp = &house.idp;
    let browser = idp.browser();
    house.open_own(&browser, "/account/methods", Some(&app)).await;
    let (waiting, page) = house.second_step().await;
    idp.clock.advance(STEP);
    let directory = idp.operator();
    let alice = idp_core::username::Username::parse("alice").unwrap();
    assert!(directory.reset_methods(&alice, idp.clock.now()).await.unwrap());
    assert!(!directory.reset_methods(&alice, idp.clock.now()).await.unwrap(), "nothing is left to reset");
    assert_eq!((apps(&house).await, house.open_sessions().await), (0, 0));
    assert_eq!(house.recorded(AuditEvent::MethodsReset).await, 1);
    let told = browser.visit(idp.url("/account")).await;
    assert!(told.body.contains("administrator removed the second step of signing in"), "{}", told.body);
    // What was under way began before.
    let answer = waiting.press(&page, "code", &[("code", &app.code(idp))]).await;
    assert_eq!(waiting.cookie(HOST, SESSION), None, "{}", answer.body);
    browser.sign_in_for_tokens(idp, &house.site, "alice").await;
}

#[tokio::test]
async fn s111_the_secret_of_an_app_rests_sealed_and_for_its_owner_alone() {
    let house = SignedOut::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let form = house.open_own(&browser, "/account/methods/totp", None).await;
    let shown = form.body.split("id=\"totp-secret\"").nth(1).unwrap().split(['>', '<']).nth(1).unwrap();
    let letters: String = shown.split_whitespace().collect();
    assert!(form.header("cache-control").contains("no-store"));
    browser.press(&form, "add", &[("code", &Authenticator::scanning(&form).code(idp))]).await;
    let alice = house.alice;
    let stored = idp.db.read(move |connection| totp_credentials::of_user(connection, alice)).await.unwrap();
    assert!(!stored[0].sealed_secret.contains(&letters) && stored[0].sealed_secret.len() > 40);
    let bob = idp.add_user("bob").await;
    let seals = idp.app.seals();
    let opened = |owner: Uuid| seals.totp_secret.open::<String>(&stored[0].sealed_secret, &owner.to_string());
    assert_eq!((opened(alice).as_deref(), opened(bob)), (Some(letters.as_str()), None));
}

#[tokio::test]
async fn s73_a_password_is_changed_with_both_factors_and_the_session_that_begins_has_both() {
    let house = SignedOut::build().await;
    let (browser, weak) = (house.idp.browser(), house.idp.browser());
    let page = house.open_own(&weak, "/account/password", None).await;
    assert!(page.has_form("/account/password"));
    // Added from elsewhere: the sign-in that was open before is weaker than the account asks for by now.
    let app = Authenticator::of(&house.idp, house.alice, "Pixel").await;
    let new = "seven gravel teapots whistle";
    let typed = [("password", PASSWORD), ("new_password", new)];
    let answer = weak.press(&page, "", &typed).await;
    assert_eq!(answer.status, 303);
    assert!(weak.follow(answer).await.has_form("/login"));

    let page = house.open_own(&browser, "/account/password", Some(&app)).await;
    assert!(
        page.has_form("/account/password"),
        "the password was not changed by the weak one: {}",
        page.body
    );
    assert_eq!(browser.press(&page, "", &typed).await.status, 303);
    let alice = house.alice;
    let open = house.idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap();
    let open: Vec<_> = open.iter().map(|(session, _)| session.proofs.amr()).collect();
    assert_eq!(open, [["pwd", "otp", "mfa"]]);
    // The ways to sign in open to it as before.
    assert_eq!(browser.open(house.idp.url("/account/methods/totp")).await.status, 200);
}

#[tokio::test]
async fn s73_a_new_password_makes_no_code_younger() {
    let house = SignedOut::build().await;
    let browser = house.idp.browser();
    let app = Authenticator::of(&house.idp, house.alice, "Pixel").await;
    let page = house.open_own(&browser, "/account/password", Some(&app)).await;
    house.idp.clock.advance(50 * 60);
    let typed = [("password", PASSWORD), ("new_password", "seven gravel teapots whistle")];
    assert_eq!(browser.press(&page, "", &typed).await.status, 303, "the form counts for an hour");
    let answer = browser.open(house.idp.url("/account/methods/totp")).await;
    assert_eq!(answer.status, 303, "the code is an hour old");
    assert!(browser.follow(answer).await.has_form("/login"));
}

#[tokio::test]
async fn a1_what_was_proven_at_a_node_a_moment_ahead_leads_on_at_another() {
    let (house, app) = SignedOut::with_app().await;
    let (browser, page) = house.second_step().await;
    house.idp.clock.advance(-2);
    let answer = browser.press(&page, "code", &[("code", &app.code(&house.idp))]).await;
    assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
    // Adding an app as well.
    let house = SignedOut::build().await;
    let browser = house.idp.browser();
    let form = house.open_own(&browser, "/account/methods/totp", None).await;
    house.idp.clock.advance(-2);
    let app = Authenticator::scanning(&form);
    browser.press(&form, "add", &[("code", &app.code(&house.idp))]).await;
    assert_eq!(apps(&house).await, 1);
}

#[tokio::test]
async fn a_change_of_the_methods_ends_the_other_sessions_when_that_is_asked_for() {
    let house = SignedOut::build().await;
    let idp = &house.idp;
    let (browser, elsewhere) = (idp.browser(), idp.browser());
    elsewhere.sign_in_for_tokens(idp, &house.site, "alice").await;
    let form = house.open_own(&browser, "/account/methods/totp", None).await;
    assert!(!form.body.contains("checked"), "not without being asked: {}", form.body);
    let app = Authenticator::scanning(&form);
    let typed = [("code", app.wrong_code(idp)), ("others", "others".to_owned())];
    let typed = typed.each_ref().map(|(name, value)| (*name, value.as_str()));
    let again = browser.press(&form, "add", &typed).await;
    assert!(again.body.contains("checked"), "what was ticked is kept: {}", again.body);
    let code = app.code(idp);
    let added = browser.press(&again, "add", &[("code", &code), ("others", "others")]).await;
    let shown = browser.follow(added).await;
    assert!(
        shown.body.contains("id=\"receipt\"") && shown.body.contains("1 device is signed out"),
        "{}",
        shown.body
    );
    assert_eq!(idp_tests::recovery_codes(&shown).len(), 10);
    assert_eq!(house.open_sessions().await, 1);
    let told = elsewhere.visit(idp.url("/account")).await;
    assert!(told.body.contains("from another device"), "{}", told.body);

    // Removing one offers it ticked.
    idp.clock.advance(STEP);
    house.open_own(&elsewhere, "/account", Some(&app)).await;
    idp.clock.advance(32 * STEP);
    let id = idp.app.store.authenticator_apps(house.alice).await.unwrap()[0].id;
    let question = house.open_own(&browser, &format!("/account/methods/remove?id={id}"), Some(&app)).await;
    assert!(question.body.contains(" checked"), "{}", question.body);
    let removed = browser.press(&question, "remove", &[("others", "others")]).await;
    let list = browser.follow(removed).await;
    assert!(list.body.contains("id=\"receipt\""), "{}", list.body);
    assert_eq!((house.open_sessions().await, apps(&house).await), (1, 0));
    assert_eq!(browser.open(idp.url("/account/devices")).await.status, 200, "this one goes on");
}
