//! A link in a letter in place of a second factor that is not at hand, where the operator allows it: after the right password
//! alone, for one sign-in in one browser, once. It is no second factor, and a thief of the mailbox alone does not get in by it
//! (ADR 59). What a link is good for is in `mail_fallback_links`.

use crate::everything::letters_are_on;
use crate::password_reset::{NEW, choose, letters_of, newest_link, settled};
use idp_core::authentication::Acr;
use idp_core::second_step_link::LinkCode;
use idp_core::secret::{Secret, SecretKind};
use idp_core::username::Username;
use idp_server::config::Config;
use idp_server::db::audit_events::AuditEvent;
use idp_server::db::password_credentials;
use idp_server::directory::DirectoryError;
use idp_server::task;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Answer, Authenticator, Browser, HOST, PASSWORD, SESSION, SignedOut, typed};
use serde_json::{Value, json};
use std::ops::Deref;

const STEP: i64 = 30;
const MINUTE: i64 = 60;
const MASKED: &str = "a\u{2022}\u{2022}\u{2022}@example.org";
pub const LETTER: &str = "second_step_link";

fn is_allowed(config: &mut Config) {
    letters_are_on(config);
    config.authentication.mail_fallback = true;
}

/// Alice has an app, and has signed in with it.
pub struct House {
    story: SignedOut,
    pub app: Authenticator,
}

impl House {
    pub async fn build() -> Self {
        Self::with(is_allowed).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let story = SignedOut::with(change).await;
        let app = Authenticator::of(&story.idp, story.alice, "Pixel").await;
        let house = Self { story, app };
        house.sign_in_with_app(PASSWORD).await;
        house
    }

    async fn sign_in_with_app(&self, password: &str) {
        self.idp.clock.advance(STEP);
        let (browser, step) = self.second_step_after(password).await;
        let answer = browser.press(&step, "code", &[("code", &self.app.code(&self.idp))]).await;
        assert!(is_inside(&answer), "{} {}", answer.status, answer.body);
    }

    /// The same, where the letter has been sent; with the page that waits, and the secret of its link.
    pub async fn waiting(&self) -> (Browser, Answer, String) {
        let (browser, step) = self.second_step().await;
        let page = browser.press(&step, "send_link", &[]).await;
        assert_waits(&page, 200);
        (browser, page, newest_link(&self.idp, LETTER).await)
    }

    pub async fn open(&self, browser: &Browser, link: &str) -> Answer {
        browser.visit(self.idp.url(&format!("/second-step?link={link}"))).await
    }

    async fn said(&self, answer: &Answer) -> Value {
        let claims = self.claims(answer).await;
        json!([claims["amr"], claims["acr"]])
    }

    pub async fn letters(&self) -> usize {
        letters_of(&self.idp, LETTER).await.len()
    }
}

impl Deref for House {
    type Target = SignedOut;

    fn deref(&self) -> &SignedOut {
        &self.story
    }
}

/// The code that a link shows.
pub fn code_of(link: &str) -> String {
    LinkCode::of(&Secret::parse(SecretKind::MailLink, link).unwrap()).text().as_str().to_owned()
}

#[track_caller]
pub fn assert_waits(page: &Answer, status: u16) {
    assert_eq!(page.status, status, "{}", page.body);
    assert!(page.body.contains("value=\"link_code\""), "{}", page.body);
}

fn offers_link(page: &Answer) -> bool {
    page.body.contains("id=\"step-link\"")
}

#[track_caller]
fn assert_refused(page: &Answer) {
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.body.contains("No link can be sent for this sign-in"), "{}", page.body);
}

#[track_caller]
pub fn assert_over(page: &Answer) {
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.body.contains("This link does not work any more"), "{}", page.body);
}

pub fn is_inside(answer: &Answer) -> bool {
    answer.redirect_param("code").is_some()
}

#[tokio::test]
async fn a_person_without_the_phone_goes_on_by_the_link_in_the_browser_that_waits_for_it() {
    let house = House::build().await;
    let (browser, step) = house.second_step().await;
    assert!(offers_link(&step) && step.body.contains(MASKED), "{}", step.body);
    assert!(!step.body.contains("alice@example.org"));
    let waiting = browser.press(&step, "send_link", &[]).await;
    assert_waits(&waiting, 200);
    assert!(waiting.body.contains(MASKED) && !waiting.body.contains("alice@example.org"));
    let link = newest_link(&house.idp, LETTER).await;

    let page = house.open(&browser, &link).await;
    assert_eq!((page.status, page.url.path()), (200, "/second-step"));
    assert!(!page.url.as_str().contains(&link) && !page.body.contains(&link), "its secret stays behind");
    assert!(page.has_form("/login") && page.body.contains("The alice"), "{}", page.body);
    assert_eq!(browser.open(page.url.as_str()).await.status, 200, "looking uses nothing up");
    let before = house.open_sessions().await;
    let answer = browser.press(&page, "use_link", &[]).await;
    assert_eq!(house.said(&answer).await, json!([["pwd", "mca"], "1"]));
    assert_eq!(house.open_sessions().await - before, 1);
    let events = [AuditEvent::SecondStepLinkSent, AuditEvent::SecondStepLinkUsed];
    assert_eq!((house.recorded(events[0]).await, house.recorded(events[1]).await), (1, 1));
    assert_eq!(letters_of(&house.idp, "second_step_link_used").await.len(), 1, "the person is told");
    // It is good for nothing any more, in any browser and by any page.
    for other in [&browser, &house.idp.browser()] {
        assert_eq!(house.open(other, &link).await.status, 410);
    }
    house.idp.clock.advance(11);
    let again = browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await;
    assert!(!is_inside(&again), "{} {}", again.status, again.body);
}

#[tokio::test]
async fn opened_elsewhere_the_link_shows_a_code_for_the_page_that_waits_and_signs_nobody_in() {
    let house = House::build().await;
    let (browser, waiting, link) = house.waiting().await;
    let phone = house.idp.browser();
    let page = house.open(&phone, &link).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("use_link") && !page.has_form("/login"), "{}", page.body);
    assert!(page.body.contains(&code_of(&link)) && !page.url.as_str().contains(&link), "{}", page.body);
    assert!(phone.cookie(HOST, SESSION).is_none());
    assert_eq!(phone.open(page.url.as_str()).await.status, 200, "reloaded");
    let elsewhere = house.idp.browser().open(page.url.as_str()).await;
    assert_eq!(elsewhere.status, 403, "an address that was copied shows nothing");
    for (typed, words) in [("", "Enter the code."), ("123456", "eight digits"), ("00000000", "newest email")]
    {
        let again = browser.press(&waiting, "link_code", &[("code", typed)]).await;
        assert_waits(&again, 422);
        assert!(again.body.contains(words), "{typed}: {}", again.body);
    }
    let typed = format!(" {} ", code_of(&link).replace(' ', "-"));
    let answer = browser.press(&waiting, "link_code", &[("code", &typed)]).await;
    assert_eq!(house.said(&answer).await, json!([["pwd", "mca"], "1"]));
    assert_eq!(house.open(&phone, &link).await.status, 410);
}

#[tokio::test]
async fn s82_who_has_the_mailbox_alone_resets_the_password_and_comes_no_further() {
    let house = House::build().await;
    let thief = house.idp.browser();
    let login = thief.visit(house.idp.authorize_url(&house.site, &[])).await;
    let forgot = crate::password_reset::link_to(&login, "login-forgot");
    let page = thief.open(house.idp.url(&forgot)).await;
    thief.submit(&page, &[("username", "alice")], "forgot-submit").await;
    settled(&house.idp).await;
    let link = newest_link(&house.idp, "reset_password").await;
    let page = thief.visit(house.idp.url(&format!("/reset-password?link={link}"))).await;
    assert_eq!(choose(&thief, &page, NEW).await.status, 303);
    house.idp.clock.advance(STEP);
    // Today and in a year, by the page and by a form of one's own.
    for wait in [0, 400 * 24 * 60 * MINUTE] {
        house.idp.clock.advance(wait);
        let (thief, step) = house.second_step_after(NEW).await;
        assert!(!offers_link(&step), "{}", step.body);
        assert_refused(&thief.press(&step, "send_link", &[]).await);
        assert_refused(&thief.press(&step, "send_link", &[]).await);
        let guessed = thief.press(&step, "link_code", &[("code", "12345678")]).await;
        assert_over(&guessed);
        assert!(!is_inside(&thief.press(&step, "use_link", &[]).await));
    }
    assert_eq!(house.letters().await, 0);
    // A person who has the app as well is the owner: from then on the password is known to be theirs.
    house.sign_in_with_app(NEW).await;
    assert!(offers_link(&house.second_step_after(NEW).await.1));
}

#[tokio::test]
async fn s82_each_new_password_has_to_be_used_with_a_second_factor_first() {
    let house = House::build().await;
    let (alice, now) = (Username::parse("alice").unwrap(), house.idp.clock.now());
    // A letter is under way, and the password becomes another one.
    let (browser, waiting, link) = house.waiting().await;
    let page = house.open(&browser, &link).await;
    house.idp.operator().set_password(&alice, typed(NEW), now).await.unwrap();
    assert_eq!(house.open(&browser, &link).await.status, 410);
    for answer in [
        browser.press(&page, "use_link", &[]).await,
        browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await,
        browser.press(&waiting, "send_link", &[]).await,
    ] {
        assert!(!is_inside(&answer) && answer.status != 200, "{} {}", answer.status, answer.body);
    }
    house.idp.clock.advance(STEP);
    let (thief, step) = house.second_step_after(NEW).await;
    assert!(!offers_link(&step));
    assert_refused(&thief.press(&step, "send_link", &[]).await);
    let alice = house.alice;
    let confirmed = move |connection: &mut idp_server::db::Connection| {
        password_credentials::is_confirmed(connection, alice)
    };
    assert!(!house.idp.db.read(confirmed).await.unwrap());
    // A new hash of the same password changes nothing of that.
    house.sign_in_with_app(NEW).await;
    assert!(house.idp.db.read(confirmed).await.unwrap());
}

#[tokio::test]
async fn s07_no_demand_of_two_factors_is_met_by_a_link() {
    let house = House::build().await;
    let demand = r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#;
    for asked in [("claims", demand), ("acr_values", "2")] {
        let browser = house.idp.browser();
        let page = browser.visit(house.idp.authorize_url(&house.site, &[asked])).await;
        let step = browser.log_in_as(&page, "alice", PASSWORD).await;
        assert!(!offers_link(&step), "{asked:?}: {}", step.body);
        assert_refused(&browser.press(&step, "send_link", &[]).await);
    }
    // A session that was opened by one is asked for the factor as soon as a site demands it, and is offered no letter.
    let (browser, waiting, link) = house.waiting().await;
    assert!(is_inside(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await));
    let step = browser.visit(house.idp.authorize_url(&house.site, &[("claims", demand)])).await;
    assert!(step.body.contains("id=\"code-submit\"") && !offers_link(&step), "{}", step.body);
    assert_refused(&browser.press(&step, "send_link", &[]).await);
    house.idp.clock.advance(STEP);
    let answer = browser.press(&step, "code", &[("code", &house.app.code(&house.idp))]).await;
    assert_eq!(house.said(&answer).await, json!([["pwd", "mca", "otp", "mfa"], "2"]));
    // What a site demands by its registration counts for a refresh as well.
    let change = |metadata| {
        Ok::<_, DirectoryError>(idp_core::client::ClientMetadata {
            required_acr: Acr::parse("2"),
            ..metadata
        })
    };
    let (directory, now) = (house.idp.operator(), house.idp.clock.now());
    directory.change_client(&house.site.client.id, change, now).await.unwrap();
    let (other, step) = house.second_step().await;
    assert!(!offers_link(&step));
    assert_refused(&other.press(&step, "send_link", &[]).await);
}

#[tokio::test]
async fn an_operator_may_name_a_level_that_a_link_reaches() {
    let house = House::with(|config| {
        is_allowed(config);
        let levels = ["1=any", "mail=two_steps", "2=two_factors"].map(str::to_owned).to_vec();
        config.authentication.levels = levels.try_into().unwrap();
        config.authentication.required = idp_core::authentication::Requirement::TwoSteps;
    })
    .await;
    let (browser, waiting, link) = house.waiting().await;
    let answer = browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await;
    assert_eq!(house.said(&answer).await, json!([["pwd", "mca"], "mail"]));
}

#[tokio::test]
async fn who_came_in_by_a_link_changes_no_way_to_sign_in() {
    let house = House::build().await;
    let (browser, waiting, link) = house.waiting().await;
    assert!(is_inside(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await));
    let app = house.idp.app.store.authenticator_apps(house.alice).await.unwrap()[0].id;
    for path in [
        "/account/password".to_owned(),
        "/account/methods/totp".to_owned(),
        "/account/methods/passkey".to_owned(),
        "/account/methods/recovery-codes".to_owned(),
        format!("/account/methods/remove?id={app}"),
        "/account/addresses/add".to_owned(),
        "/account/delete".to_owned(),
        "/account/export".to_owned(),
    ] {
        let asked = browser.open(house.idp.url(&path)).await;
        assert_eq!(asked.location().unwrap().path(), "/login", "{path}");
        let login = browser.follow(asked).await;
        let step = browser.log_in_as(&login, "alice", PASSWORD).await;
        assert!(step.body.contains("id=\"code-submit\"") && !offers_link(&step), "{path}: {}", step.body);
        assert_refused(&browser.press(&step, "send_link", &[]).await);
    }
    // It is as good for the others as it is for a site.
    for page in ["devices", "sites", "activity", "secure", "methods", "profile", "picture", "addresses"] {
        let opened = browser.open(house.idp.url(&format!("/account/{page}"))).await;
        assert_eq!(opened.status, 200, "{page}: {}", opened.body);
    }
}

#[tokio::test]
async fn where_the_operator_does_not_allow_it_there_is_no_such_thing() {
    let house = House::with(letters_are_on).await;
    let (browser, step) = house.second_step().await;
    assert!(!offers_link(&step));
    assert_refused(&browser.press(&step, "send_link", &[]).await);
    assert_over(&browser.press(&step, "link_code", &[("code", "12345678")]).await);
    assert!(!is_inside(&browser.press(&step, "use_link", &[]).await));
    assert_eq!(browser.open(house.idp.url("/second-step?link=ml.abc")).await.status, 404);
}

#[tokio::test]
async fn the_letter_goes_by_a_mail_server_and_says_who_asks() {
    let sink = SmtpSink::start().await;
    let house = House::with(|config| {
        sink.serve(config);
        config.authentication.mail_fallback = true;
    })
    .await;
    let _sender = task::send_letters(&house.idp.app);
    let (browser, step) = house.second_step().await;
    let waiting = browser.press(&step, "send_link", &[]).await;
    assert_waits(&waiting, 200);
    let letters = sink.takes(1).await;
    let letter = letters.iter().find(|letter| letter.raw.contains("Continue signing in")).unwrap();
    assert_eq!(letter.to, ["alice@example.org"]);
    // Quoted-printable (RFC 2045 6.7).
    let raw = letter.raw.replace("\r\n", "\n").replace("=\n", "").replace("=3D", "=");
    let (_, rest) = raw.split_once("/second-step?link=").unwrap_or_else(|| panic!("{raw}"));
    let link = rest.split(char::is_whitespace).next().unwrap();
    assert!(!raw.contains(&code_of(link)), "no code that a notification would show");
    assert!(is_inside(&browser.press(&house.open(&browser, link).await, "use_link", &[]).await));
}
