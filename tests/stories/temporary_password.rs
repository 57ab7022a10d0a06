//! A password that an operator made for a person: they choose another one before any session opens, no matter what else they
//! prove and in which order forms come, and the request goes on with it (ADR 58). OWASP ASVS 5.0 6.4.1.

use crate::everything::letters_are_on;
use crate::schema::ask;
use idp_core::username::Username;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_tests::passkey::SoftwarePasskey;
use idp_tests::{Answer, Authenticator, Browser, HOST, SESSION, SignedOut, typed};
use serde_json::json;
use std::ops::Deref;

const GIVEN: &str = "kavu-rabi-tenu-zali-mepika";
const OWN: &str = "a walk along 7 rivers";
const DAY: i64 = 24 * 60 * 60;

struct House(SignedOut);

impl Deref for House {
    type Target = SignedOut;

    fn deref(&self) -> &SignedOut {
        &self.0
    }
}

impl House {
    /// Alice has a temporary password.
    async fn build() -> Self {
        let house = Self(SignedOut::with(letters_are_on).await);
        house.give(GIVEN).await;
        house
    }

    async fn give(&self, password: &str) {
        let (name, now) = (Username::parse("alice").unwrap(), self.idp.clock.now());
        self.idp.operator().set_temporary_password(&name, typed(password), now).await.unwrap();
    }

    async fn login(&self, browser: &Browser) -> Answer {
        browser.visit(self.idp.authorize_url(&self.site, &[])).await
    }

    /// What follows this password in a browser.
    async fn after(&self, browser: &Browser, password: &str) -> Answer {
        browser.log_in_as(&self.login(browser).await, "alice", password).await
    }

    /// The page that asks for a password.
    async fn page(&self, browser: &Browser) -> Answer {
        let page = self.after(browser, GIVEN).await;
        assert!(asks(&page), "{} {}", page.status, page.body);
        page
    }

    /// `amr` of what the site gets.
    async fn amr(&self, answer: &Answer) -> serde_json::Value {
        self.claims(answer).await["amr"].clone()
    }

    async fn is_temporary(&self) -> bool {
        self.idp.app.store.password_is_temporary_until(self.alice).await.unwrap().is_some()
    }

    /// Nothing has happened yet.
    async fn assert_outside(&self, browser: &Browser, what: &str) {
        assert_eq!((self.open_sessions().await, self.is_temporary().await), (0, true), "{what}");
        assert_eq!(browser.cookie(HOST, SESSION), None, "{what}");
    }
}

fn asks(page: &Answer) -> bool {
    page.has_id("choose-submit")
}

async fn choose(browser: &Browser, page: &Answer, password: &str) -> Answer {
    browser.submit(page, &[("new-password", password)], "choose-submit").await
}

#[tokio::test]
async fn who_signs_in_with_a_temporary_password_chooses_their_own_and_the_request_goes_on() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let page = house.page(&browser).await;
    assert!(page.status == 200 && !page.body.contains(GIVEN), "{}", page.body);
    house.assert_outside(&browser, "the page alone").await;
    idp.clock.advance(60);
    let answer = choose(&browser, &page, OWN).await;
    assert_eq!(house.amr(&answer).await, json!(["pwd"]));
    assert_eq!((house.open_sessions().await, house.is_temporary().await), (1, false));
    // It is a password as any other from now on, and the one that was given is none.
    let elsewhere = idp.browser();
    let refused = house.after(&elsewhere, GIVEN).await;
    assert!(refused.status == 422 && refused.body.contains("id=\"password\""), "{}", refused.body);
    assert!(house.after(&elsewhere, OWN).await.redirect_param("code").is_some());
    let changed = AuditEvent::PasswordChangedByUser;
    assert_eq!(idp.db.read(move |connection| audit_events::count(connection, changed)).await.unwrap(), 1);
    let letters = ask(&idp.db, "SELECT kind AS word FROM mails ORDER BY id").await;
    assert_eq!(letters.iter().filter(|kind| *kind == "password_set").count(), 2, "{letters:?}");
}

#[tokio::test]
async fn what_nobody_may_have_is_not_taken_nor_is_the_one_that_was_given() {
    let house = House::build().await;
    let browser = house.idp.browser();
    let mut page = house.page(&browser).await;
    let long = "x".repeat(2000);
    for (password, status) in
        [("", 422), ("short", 422), ("alice alice alice", 422), (GIVEN, 422), (long.as_str(), 400)]
    {
        page = choose(&browser, &page, password).await;
        assert!(page.status == status && asks(&page), "{password}: {} {}", page.status, page.body);
        assert!(
            page.has_id("new-password-problem") && (password.is_empty() || !page.body.contains(password))
        );
        house.assert_outside(&browser, password).await;
    }
    assert!(choose(&browser, &page, OWN).await.redirect_param("code").is_some());
}

#[tokio::test]
async fn no_form_no_tab_and_no_address_leads_past_a_temporary_password() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let page = house.page(&browser).await;
    // Forms of other steps, with what this page proves.
    for action in [
        "",
        "login",
        "continue",
        "keep",
        "code",
        "recovery_code",
        "use_recovery_code",
        "use_app",
        "passkey",
        "later",
        "allow",
        "accept",
        "nothing",
    ] {
        let filled = [("code", "123456"), ("passkey", ""), ("understood", "yes")];
        let answer = browser.press(&page, action, &filled).await;
        assert_eq!(answer.redirect_param("code"), None, "{action}: {answer:?}");
        house.assert_outside(&browser, action).await;
    }
    // Its addresses, opened by themselves: nothing was proven there.
    for path in [page.form_address().as_str(), "/account", "/account/password", "/account/methods/totp", "/"]
    {
        let answer = browser.visit(page.url.join(path).unwrap()).await;
        assert!(!answer.has_id("home-devices") && !asks(&answer), "{path}: {}", answer.body);
    }
    let terms = page.form_address().replace("/login", "/accept-terms");
    assert!(browser.visit(page.url.join(&terms).unwrap()).await.has_form("/login"));
    let consent = page.form_address().replace("/login", "/consent");
    assert!(browser.visit(page.url.join(&consent).unwrap()).await.has_form("/login"));
    // The request anew, in silence and not.
    assert!(house.login(&browser).await.has_form("/login"));
    let silent = browser.visit(idp.authorize_url(&house.site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
    // In another browser the form proves nothing.
    let other = idp.browser();
    house.login(&other).await;
    let stolen = choose(&other, &page, OWN).await;
    assert_eq!((stolen.status, asks(&stolen)), (403, false), "{}", stolen.body);
    house.assert_outside(&other, "another browser").await;
    assert!(choose(&browser, &page, OWN).await.redirect_param("code").is_some());
}

#[tokio::test]
async fn a_second_factor_is_proven_before_a_password_is_chosen() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let app = Authenticator::of(idp, house.alice, "Pixel").await;
    let step = house.after(&browser, GIVEN).await;
    assert!(step.has_id("code-submit") && !asks(&step), "{}", step.body);
    // A person who knows the password alone cannot put theirs in its place.
    let early = browser.press(&step, "choose_password", &[("new_password", OWN)]).await;
    assert!(!asks(&early), "{}", early.body);
    house.assert_outside(&browser, "before the code").await;
    let page = browser.press(&step, "code", &[("code", &app.code(idp))]).await;
    assert!(asks(&page), "{}", page.body);
    house.assert_outside(&browser, "after the code").await;
    let answer = choose(&browser, &page, OWN).await;
    assert_eq!(house.amr(&answer).await, json!(["pwd", "otp", "mfa"]));
}

#[tokio::test]
async fn a_passkey_leads_to_the_same_page_and_is_all_that_was_proven() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let passkey = SoftwarePasskey::of(idp, house.alice, "Laptop").await;
    let login = house.login(&browser).await;
    let page = browser.press(&login, "passkey", &[("passkey", &passkey.used(&login))]).await;
    assert!(asks(&page), "{} {}", page.status, page.body);
    house.assert_outside(&browser, "a passkey").await;
    let answer = choose(&browser, &page, OWN).await;
    let amr = house.amr(&answer).await;
    assert!(!amr.as_array().unwrap().contains(&json!("pwd")), "{amr}");
    assert!(!house.is_temporary().await);
}

#[tokio::test]
async fn s80_a_temporary_password_that_ran_out_is_told_to_nobody_who_does_not_know_it() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    idp.add_user("bob").await;
    idp.clock.advance(7 * DAY - 60);
    house.page(&browser).await;
    idp.clock.advance(60);
    let mut shown = Vec::new();
    for name in ["alice", "bob", "nobody"] {
        let login = house.login(&browser).await;
        let wrong = browser.log_in_as(&login, name, "not the password").await;
        let id = wrong.header("x-request-id").to_owned();
        shown.push((wrong.status, wrong.without_seals().replace(name, "NAME").replace(&id, "ID")));
    }
    assert!(shown.iter().all(|one| *one == shown[0]), "{shown:?}");
    let told = house.after(&browser, GIVEN).await;
    assert!(told.status == 422 && told.body.contains("temporary and has expired"), "{}", told.body);
    house.assert_outside(&browser, "too late").await;
    // A link in a letter helps, and so does another one.
    house.give("nutu-zaki-lera-bovi-tasage").await;
    let page = house.after(&browser, "nutu-zaki-lera-bovi-tasage").await;
    assert!(asks(&page), "{}", page.body);
}

#[tokio::test]
async fn a_choice_that_comes_twice_or_from_another_tab_opens_one_session() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let (page, late) = (house.page(&browser).await, house.page(&browser).await);
    let twice = browser.clone();
    let (first, second) = tokio::join!(choose(&browser, &page, OWN), choose(&twice, &page, OWN));
    for answer in [&first, &second] {
        assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
    }
    assert_eq!(house.open_sessions().await, 1);
    // The other tab goes on with the sign-in that there is; what was typed there is not what counts.
    let answer = choose(&browser, &late, "another walk along 9 lakes").await;
    assert!(browser.follow(answer).await.redirect_param("code").is_some());
    assert!(house.after(&idp.browser(), OWN).await.redirect_param("code").is_some());
    // An hour later the form is old, and in a browser that is signed out it says so.
    idp.clock.advance(3600);
    let other = idp.browser();
    house.give(GIVEN).await;
    let page = house.page(&other).await;
    idp.clock.advance(11 * 60);
    let stale = choose(&other, &page, OWN).await;
    assert!(stale.status == 400 && stale.has_form("/login"), "{} {}", stale.status, stale.body);
    house.assert_outside(&other, "too late").await;
}

#[tokio::test]
async fn who_once_knew_a_temporary_password_learns_nothing_of_what_came_after_it() {
    let house = House::build().await;
    let (old, browser) = (house.idp.browser(), house.idp.browser());
    let page = house.page(&old).await;
    house.give("nutu-zaki-lera-bovi-tasage").await;
    for guess in ["nutu-zaki-lera-bovi-tasage", OWN] {
        let refused = choose(&old, &page, guess).await;
        assert_eq!((refused.status, asks(&refused)), (400, false), "{guess}: {}", refused.body);
        house.assert_outside(&old, guess).await;
    }
    let page = house.after(&browser, "nutu-zaki-lera-bovi-tasage").await;
    assert!(choose(&browser, &page, OWN).await.redirect_param("code").is_some());
    for guess in [OWN, "another walk along 9 lakes"] {
        let refused = choose(&old, &house_page(&house, &old).await, guess).await;
        assert!(refused.redirect_param("code").is_none() && !asks(&refused));
    }
    assert!(house.after(&house.idp.browser(), OWN).await.redirect_param("code").is_some());
}

/// A login page: a person who sends a choice from it has proven nothing.
async fn house_page(house: &House, browser: &Browser) -> Answer {
    let mut page = house.login(browser).await;
    page.body = page.body.replace("id=\"login-submit\"", "id=\"choose-submit\"");
    page.body = page.body.replace("id=\"password\"", "id=\"new-password\"");
    page
}

#[tokio::test]
async fn a_password_that_is_set_in_another_way_is_the_persons_own() {
    let house = House::build().await;
    let (idp, now) = (&house.idp, house.idp.clock.now());
    let name = Username::parse("alice").unwrap();
    idp.operator().set_password(&name, typed(OWN), now).await.unwrap();
    assert!(!house.is_temporary().await);
    assert!(house.after(&idp.browser(), OWN).await.redirect_param("code").is_some());
    house.give(GIVEN).await;
    // By a link in a letter, in the person's own words.
    let browser = idp.browser();
    let forgot = browser.visit(idp.url("/forgot-password")).await;
    browser.submit(&forgot, &[("username", "alice")], "forgot-submit").await;
    let link = crate::password_reset::newest_link(idp, "reset_password").await;
    let page = browser.visit(idp.url(&format!("/reset-password?link={link}"))).await;
    crate::password_reset::choose(&browser, &page, "another walk along 9 lakes").await;
    assert!(!house.is_temporary().await);
    assert!(house.after(&idp.browser(), "another walk along 9 lakes").await.redirect_param("code").is_some());
}

#[tokio::test]
async fn an_account_that_is_being_deleted_is_kept_first_and_stays_kept() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let due = idp.clock.now().plus(DAY).as_secs();
    let alice = house.alice;
    idp.db
        .write(idp_server::db::Locks::person(alice), move |connection| {
            let due = idp_core::time::UnixTime(due);
            let status = idp_core::user::UserStatus::Deleting { due };
            idp_server::db::users::set_status(connection, alice, status, idp_core::time::UnixTime(0))
        })
        .await
        .unwrap();
    let keep = house.after(&browser, GIVEN).await;
    assert!(keep.has_id("keep-submit"), "{}", keep.body);
    let page = browser.submit(&keep, &[], "keep-submit").await;
    assert!(asks(&page), "{}", page.body);
    house.assert_outside(&browser, "kept, and not chosen").await;
    assert!(choose(&browser, &page, OWN).await.redirect_param("code").is_some());
    assert_eq!(ask(&idp.db, "SELECT status AS word FROM users").await, ["active"]);
}
