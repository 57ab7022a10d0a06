//! The steps of a sign-in: password, code, where it would sign out elsewhere, and then the session. A form that comes empty, out
//! of order, with the button of another step, twice or from another browser makes no progress and opens nothing.

use idp_core::device::DevicePolicy;
use idp_tests::{Answer, Authenticator, Browser, HOST, PASSWORD, SESSION, SignedOut};
use std::ops::Deref;

/// Each button that a page of the sign-in has, and some that none has.
const BUTTONS: [&str; 11] = [
    "",
    "login",
    "continue",
    "code",
    "passkey",
    "recovery_code",
    "use_recovery_code",
    "use_app",
    "CONTINUE",
    "allow",
    "all",
];

struct House(SignedOut);

impl Deref for House {
    type Target = SignedOut;

    fn deref(&self) -> &SignedOut {
        &self.0
    }
}

impl House {
    /// Where a second sign-in ends the first, and Alice is signed in somewhere.
    async fn of_one_device() -> Self {
        let house = Self(SignedOut::with(|config| config.session.devices = DevicePolicy::One).await);
        house.idp.browser().sign_in(&house.idp, &house.site, "alice").await;
        house
    }

    /// The question that follows a right password.
    async fn question(&self) -> (Browser, Answer) {
        let (browser, page) = self.login_page().await;
        let page = browser.log_in_as(&page, "alice", PASSWORD).await;
        assert!(page.body.contains("id=\"elsewhere-continue\""), "{}", page.body);
        (browser, page)
    }
}

#[track_caller]
fn assert_no_session(browser: &Browser, answer: &Answer, what: &str) {
    assert_eq!(browser.cookie(HOST, SESSION), None, "{what}");
    assert_eq!(answer.redirect_param("code"), None, "{what}");
}

#[tokio::test]
async fn s60_a_button_of_another_step_or_an_empty_form_opens_no_session() {
    let house = House::of_one_device().await;
    let (browser, page) = house.login_page().await;
    for button in BUTTONS {
        let answer = browser.press(&page, button, &[]).await;
        assert_no_session(&browser, &answer, &format!("login page, {button}"));
        assert!(answer.has_form("/login") && !answer.body.contains("elsewhere-continue"), "{button}");
    }
    let (browser, page) = house.question().await;
    for button in BUTTONS.into_iter().filter(|button| *button != "continue") {
        let answer = browser.press(&page, button, &[]).await;
        assert_no_session(&browser, &answer, &format!("question, {button}"));
    }
    // What was proven is only in the form that asked: the address has none of it.
    let again = browser.open(&house.idp.url(&page.form_address())).await;
    assert!(again.has_form("/login") && again.body.contains("id=\"password\""), "{}", again.body);
    let answer = browser.press(&again, "continue", &[]).await;
    assert_no_session(&browser, &answer, "the page of the address");
    assert_eq!(browser.press(&page, "continue", &[]).await.status, 303, "and the form itself still works");
}

#[tokio::test]
async fn s61_a_step_goes_on_in_its_own_browser_with_its_own_form_token() {
    let house = House::of_one_device().await;
    let (browser, question) = house.question().await;
    let (thief, login) = house.login_page().await;
    let (tx, csrf) = (question.input("tx"), question.input("csrf"));
    let url = house.idp.url("/login");
    for (who, tx, csrf) in [
        (&thief, &tx, &csrf),
        (&thief, &tx, &login.input("csrf")),
        (&thief, &login.input("tx"), &csrf),
        (&browser, &tx, &login.input("csrf")),
        (&browser, &login.input("tx"), &csrf),
    ] {
        let fields = [("tx", tx.as_str()), ("csrf", csrf), ("action", "continue")];
        let answer = who.post(&url, &fields).await;
        assert_eq!(answer.status, 403, "{}", answer.body);
        assert_no_session(who, &answer, "mixed forms");
    }
}

/// A password alone opens nothing for a person who has an app, no matter what is sent in which order.
#[tokio::test]
async fn s83_no_order_of_forms_leads_past_the_second_step() {
    let house = House::of_one_device().await;
    let (old, before) = house.question().await;
    let app = Authenticator::of(&house.idp, house.alice, "").await;
    // A question from before she had the app, and every button of the pages around the code.
    let asked = old.press(&before, "continue", &[]).await;
    assert_no_session(&old, &asked, "a yes from before");
    assert!(asked.body.contains("id=\"code-submit\""), "{}", asked.body);
    let (browser, page) = house.second_step().await;
    for button in BUTTONS {
        for fields in [&[][..], &[("code", "")], &[("code", "12345")], &[("username", "alice")]] {
            let answer = browser.press(&page, button, fields).await;
            assert_no_session(&browser, &answer, &format!("second step, {button} {fields:?}"));
            // And so do the forms that came of it.
            if answer.has_form("/login") {
                for next in ["continue", "code", "recovery_code", "login"] {
                    let answer = browser.press(&answer, next, &[]).await;
                    assert_no_session(&browser, &answer, &format!("after {button}, {next}"));
                }
            }
        }
    }
    // The code without the password: of a login page, of the address of the second step, and of another browser.
    let code = app.code(&house.idp);
    let filled = [("code", code.as_str())];
    let (fresh, login) = house.login_page().await;
    assert_no_session(&fresh, &fresh.press(&login, "code", &filled).await, "a code first");
    let again = browser.open(&house.idp.url(&page.form_address())).await;
    assert_no_session(&browser, &browser.press(&again, "code", &filled).await, "the page of the address");
    assert_no_session(&fresh, &fresh.press(&page, "code", &filled).await, "another browser");
    // A code is not worth a password either, and another account not the one that was proven.
    let other = [("code", code.as_str()), ("username", "bob"), ("password", "x")];
    assert_no_session(&browser, &browser.press(&page, "login", &other).await, "another name");
    // In order it still works: code, question, session.
    let question = browser.press(&page, "code", &filled).await;
    assert!(question.body.contains("id=\"elsewhere-continue\""), "{}", question.body);
    assert_no_session(&browser, &question, "the question");
    assert_eq!(browser.press(&question, "continue", &[]).await.status, 303);
    assert!(browser.cookie(HOST, SESSION).is_some());
    // The code is used up with it, in the question that asked for a yes elsewhere as well.
    let (late, page) = house.second_step().await;
    assert_no_session(&late, &late.press(&page, "code", &filled).await, "the same code");
}

/// A code that two sign-ins were asked a question after opens the one that says yes first.
#[tokio::test]
async fn s83_a_code_that_waits_at_a_question_is_used_by_one_yes() {
    let house = House::of_one_device().await;
    let app = Authenticator::of(&house.idp, house.alice, "").await;
    let code = app.code(&house.idp);
    let filled = [("code", code.as_str())];
    let ((first, one), (second, two)) = (house.second_step().await, house.second_step().await);
    let (one, two) = (first.press(&one, "code", &filled).await, second.press(&two, "code", &filled).await);
    for question in [&one, &two] {
        assert!(question.body.contains("id=\"elsewhere-continue\""), "{}", question.body);
    }
    let (yes, other) = tokio::join!(first.press(&one, "continue", &[]), second.press(&two, "continue", &[]));
    let inside = [&yes, &other].into_iter().filter(|answer| answer.redirect_param("code").is_some()).count();
    assert_eq!(inside, 1, "{} {}", yes.body, other.body);
}
