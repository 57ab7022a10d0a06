//! The steps of a sign-in: password, where it would sign out elsewhere, and then the session. A form that comes empty, out
//! of order, with the button of another step, twice or from another browser makes no progress and opens nothing.

use idp_core::device::DevicePolicy;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp};

const HOST: &str = "idp.localhost";
const SESSION: &str = "__Host-idp_session";
/// Each button that a page of the sign-in has, and some that none has.
const BUTTONS: [&str; 7] = ["", "login", "continue", "code", "CONTINUE", "allow", "all"];

struct House {
    idp: TestIdp,
    site: ClientSpec,
}

impl House {
    /// Where a second sign-in ends the first, and Alice is signed in somewhere.
    async fn of_one_device() -> Self {
        let idp = TestIdp::start_with(|config| config.session.devices = DevicePolicy::One).await;
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        idp.add_user("alice").await;
        let house = Self { idp, site };
        house.idp.browser().sign_in(&house.idp, &house.site, "alice").await;
        house
    }

    async fn login_page(&self) -> (Browser, Answer) {
        let browser = self.idp.browser();
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        (browser, page)
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
