//! The second step: a person adds an authenticator app, and from then on a sign-in takes a code of it. A code counts once and
//! few can be tried; removing the app takes a fresh sign-in with one.

use futures_util::future::join_all;
use idp_core::session::EndCause;
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_server::db::{sessions, totp_credentials};
use idp_server::hash_pool::WorkOf;
use idp_server::store::methods::MOST_APPS;
use idp_server::store::revoke::Target;
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, PASSWORD, TestIdp, jwt};
use serde_json::json;
use uuid::Uuid;

const HOST: &str = "idp.localhost";
const SESSION: &str = "__Host-idp_session";
const STEP: i64 = 30;

struct House {
    idp: TestIdp,
    site: ClientSpec,
    alice: Uuid,
}

impl House {
    async fn build() -> Self {
        let idp = TestIdp::start().await;
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        let alice = idp.add_user("alice").await;
        Self { idp, site, alice }
    }

    /// The same; Alice has an app.
    async fn with_app() -> (Self, Authenticator) {
        let house = Self::build().await;
        let app = Authenticator::of(&house.idp, house.alice, "Pixel").await;
        (house, app)
    }

    /// A new browser at the second step for the site.
    async fn second_step(&self) -> (Browser, Answer) {
        let browser = self.idp.browser();
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        let page = browser.log_in_as(&page, "alice", PASSWORD).await;
        assert_asks_for_code(&page, 200);
        assert_eq!(browser.cookie(HOST, SESSION), None);
        (browser, page)
    }

    /// Goes through the sign-in of an own page, with a code where it asks for one.
    async fn open_own(&self, browser: &Browser, path: &str, app: Option<&Authenticator>) -> Answer {
        let page = browser.visit(self.idp.url(path)).await;
        let mut answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        if let Some(app) = app {
            assert_asks_for_code(&answer, 200);
            answer = browser.press(&answer, "code", &[("code", &app.code(&self.idp))]).await;
        }
        browser.follow(answer).await
    }

    async fn apps(&self) -> usize {
        self.idp.app.store.authenticator_apps(self.alice).await.unwrap().len()
    }

    async fn open_sessions(&self) -> usize {
        let alice = self.alice;
        self.idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap().len()
    }

    async fn recorded(&self, event: AuditEvent) -> i64 {
        self.idp.db.read(move |connection| audit_events::count(connection, event)).await.unwrap()
    }
}

#[track_caller]
fn assert_asks_for_code(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains("id=\"code-submit\""), "{}", answer.body);
    assert!(!answer.body.contains(PASSWORD));
}

#[tokio::test]
async fn a_person_adds_an_app_and_from_then_on_a_sign_in_asks_for_its_code() {
    let house = House::build().await;
    let idp = &house.idp;
    let browser = idp.browser();
    let page = house.open_own(&browser, "/account/methods", None).await;
    assert!(page.body.contains("href=\"/account/methods/totp\"") && page.body.contains("password alone"));
    let page = browser.open(idp.url("/account/methods/totp")).await;
    assert!(page.body.contains("<svg class=\"qr\""), "{}", page.body);
    let app = Authenticator::scanning(&page);

    let wrong = browser.press(&page, "add", &[("code", &app.wrong_code(idp)), ("name", "My <phone>")]).await;
    assert_eq!((wrong.status, house.apps().await), (422, 0));
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
    assert_eq!((house.apps().await, house.recorded(AuditEvent::MethodAdded).await), (1, 1));

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
async fn s83_a_code_opens_one_session_also_when_it_comes_at_the_same_moment() {
    let (house, app) = House::with_app().await;
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
    let (house, app) = House::with_app().await;
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
    let (house, app) = House::with_app().await;
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
    let (house, app) = House::with_app().await;
    let (browser, page) = house.second_step().await;
    let wrong = app.wrong_code(&house.idp);
    let filled = [("code", wrong.as_str())];
    let sent = join_all((0..30).map(|_| browser.press(&page, "code", &filled))).await;
    let looked_at = sent.iter().filter(|answer| answer.status == 422).count();
    assert_eq!((looked_at, house.open_sessions().await), (10, 0));
}

#[tokio::test]
async fn a_code_of_the_step_before_or_after_counts_and_one_of_another_person_does_not() {
    let (house, app) = House::with_app().await;
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
    let (house, app) = House::with_app().await;
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
async fn removing_an_app_takes_a_fresh_sign_in_with_a_code_and_then_the_password_is_enough() {
    let (house, app) = House::with_app().await;
    let idp = &house.idp;
    let (thief, alice) = (idp.browser(), idp.browser());
    let id = idp.app.store.authenticator_apps(house.alice).await.unwrap()[0].id;
    let removal = format!("/account/methods/remove?id={id}");
    house.open_own(&alice, "/account/methods", Some(&app)).await;
    let question = alice.open(idp.url(&removal)).await;
    assert!(question.body.contains("Remove <bdi>Pixel</bdi>?"), "{}", question.body);

    // Somebody who finds the device unlocked later, and somebody with the form of another session.
    idp.clock.advance(16 * 60);
    for answer in [alice.open(idp.url(&removal)).await, alice.press(&question, "remove", &[]).await] {
        assert_eq!((answer.status, answer.location().unwrap().path().to_owned()), (303, "/login".to_owned()));
    }
    house.open_own(&thief, "/account/methods", Some(&app)).await;
    assert_eq!(thief.press(&question, "remove", &[]).await.status, 403);
    assert_eq!(house.apps().await, 1);

    idp.clock.advance(STEP);
    let question = house.open_own(&alice, &removal, Some(&app)).await;
    for _ in ["pressed", "pressed twice"] {
        assert_eq!(
            alice.press(&question, "remove", &[]).await.location().unwrap().path(),
            "/account/methods"
        );
    }
    assert_eq!((house.apps().await, house.recorded(AuditEvent::MethodRemoved).await), (0, 1));
    let browser = idp.browser();
    browser.sign_in_for_tokens(idp, &house.site, "alice").await;
}

#[tokio::test]
async fn a_session_that_began_with_less_than_the_account_asks_for_changes_no_method() {
    let house = House::build().await;
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
    assert_eq!(house.apps().await, 1);
    // To look is allowed. Once there are as many as there may be, no further one is offered or taken.
    let list = browser.open(idp.url("/account/methods")).await;
    assert!(list.status == 200 && list.body.contains("id=\"methods-add\""), "{}", list.body);
    for _ in 2..MOST_APPS {
        Authenticator::of(idp, house.alice, "").await;
    }
    let last = Authenticator::of(idp, house.alice, "").await;
    let form = house.open_own(&browser, "/account/methods/totp", Some(&last)).await;
    let list = browser.press(&form, "add", &[("code", &Authenticator::scanning(&form).code(idp))]).await;
    let list = browser.follow(list).await;
    assert!(!list.body.contains("id=\"methods-add\""), "{}", list.body);
    assert_eq!(house.apps().await, MOST_APPS);
}

#[tokio::test]
async fn a_form_of_an_app_holds_for_its_own_session_and_leaves_nothing_when_it_is_left() {
    let house = House::build().await;
    let idp = &house.idp;
    let (browser, other) = (idp.browser(), idp.browser());
    let form = house.open_own(&browser, "/account/methods/totp", None).await;
    let app = Authenticator::scanning(&form);
    assert_eq!(house.apps().await, 0, "nothing is stored before the first right code");
    house.open_own(&other, "/account/methods", None).await;
    assert_eq!(other.press(&form, "add", &[("code", &app.code(idp))]).await.status, 403);
    let forged = [("tx", form.input("tx")), ("action", "add".to_owned()), ("code", app.code(idp))];
    let forged = forged.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(browser.post(idp.url("/account/methods/totp"), &forged).await.status, 403);
    idp.clock.advance(15 * 60 + 1);
    let late = browser.press(&form, "add", &[("code", &app.code(idp))]).await;
    assert_eq!(late.location().unwrap().path(), "/login");
    assert_eq!(house.apps().await, 0);
    let nobody = idp.browser();
    for path in ["/account/methods", "/account/methods/totp"] {
        assert_eq!(nobody.open(idp.url(path)).await.location().unwrap().path(), "/login", "{path}");
    }
}

#[tokio::test]
async fn an_operator_resets_the_methods_of_a_person_who_lost_the_phone() {
    let (house, app) = House::with_app().await;
    let idp = &house.idp;
    let browser = idp.browser();
    house.open_own(&browser, "/account/methods", Some(&app)).await;
    let (waiting, page) = house.second_step().await;
    idp.clock.advance(STEP);
    let directory = idp.app.directory();
    let alice = idp_core::username::Username::parse("alice").unwrap();
    assert!(directory.reset_methods(&alice, idp.clock.now()).await.unwrap());
    assert!(!directory.reset_methods(&alice, idp.clock.now()).await.unwrap(), "nothing is left to reset");
    assert_eq!((house.apps().await, house.open_sessions().await), (0, 0));
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
    let house = House::build().await;
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
    let house = House::build().await;
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
    let house = House::build().await;
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
async fn s84_who_knows_the_password_keeps_nobody_out_of_a_browser_in_which_they_have_typed_a_code() {
    let house = House::build().await;
    let idp = &house.idp;
    // From before there was an app: her own, and that of somebody who had learned her password.
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
    let (house, app) = House::with_app().await;
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

#[tokio::test]
async fn a1_what_was_proven_at_a_node_a_moment_ahead_leads_on_at_another() {
    let (house, app) = House::with_app().await;
    let (browser, page) = house.second_step().await;
    house.idp.clock.advance(-2);
    let answer = browser.press(&page, "code", &[("code", &app.code(&house.idp))]).await;
    assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
    // Adding an app as well.
    let house = House::build().await;
    let browser = house.idp.browser();
    let form = house.open_own(&browser, "/account/methods/totp", None).await;
    house.idp.clock.advance(-2);
    let app = Authenticator::scanning(&form);
    browser.press(&form, "add", &[("code", &app.code(&house.idp))]).await;
    assert_eq!(house.apps().await, 1);
}

#[tokio::test]
async fn a_change_of_the_methods_ends_the_other_sessions_when_that_is_asked_for() {
    let house = House::build().await;
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
    assert_eq!((house.open_sessions().await, house.apps().await), (1, 0));
    assert_eq!(browser.open(idp.url("/account/devices")).await.status, 200, "this one goes on");
}
