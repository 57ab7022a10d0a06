//! A link in a letter in place of a second factor that is not at hand, where the operator allows it: after the right password alone,
//! for one sign-in in one browser, once. It is no second factor, and whoever has the mailbox alone does not come in by it (ADR 59).

use crate::everything::letters_are_on;
use crate::password_reset::{NEW, choose, letters_of, newest_link, settled};
use futures_util::future::join_all;
use idp_core::authentication::Acr;
use idp_core::mail_address::MailAddress;
use idp_core::second_step_link::LinkCode;
use idp_core::secret::{Secret, SecretKind};
use idp_core::user::AddressChange;
use idp_core::username::Username;
use idp_server::config::Config;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::{password_credentials, sessions};
use idp_server::directory::DirectoryError;
use idp_server::directory::users::UserChange;
use idp_server::task;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, PASSWORD, TestIdp, jwt, typed};
use serde_json::{Value, json};
use uuid::Uuid;

const HOST: &str = "idp.localhost";
const SESSION: &str = "__Host-idp_session";
const STEP: i64 = 30;
const MINUTE: i64 = 60;
const MASKED: &str = "a\u{2022}\u{2022}\u{2022}@example.org";
const LETTER: &str = "second_step_link";

fn is_allowed(config: &mut Config) {
    letters_are_on(config);
    config.authentication.mail_fallback = true;
}

/// Alice has an app, and has signed in with it.
struct House {
    idp: TestIdp,
    site: ClientSpec,
    alice: Uuid,
    app: Authenticator,
}

impl House {
    async fn build() -> Self {
        Self::with(is_allowed).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let idp = TestIdp::start_with(change).await;
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        let alice = idp.add_user("alice").await;
        let app = Authenticator::of(&idp, alice, "Pixel").await;
        let house = Self { idp, site, alice, app };
        house.sign_in_with_app(PASSWORD).await;
        house
    }

    async fn sign_in_with_app(&self, password: &str) {
        self.idp.clock.advance(STEP);
        let (browser, step) = self.step_with(password).await;
        let answer = browser.press(&step, "code", &[("code", &self.app.code(&self.idp))]).await;
        assert!(is_inside(&answer), "{} {}", answer.status, answer.body);
    }

    async fn step_with(&self, password: &str) -> (Browser, Answer) {
        let browser = self.idp.browser();
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        let step = browser.log_in_as(&page, "alice", password).await;
        assert!(step.body.contains("id=\"code-submit\""), "{} {}", step.status, step.body);
        (browser, step)
    }

    /// A new browser at the second step on the way to the site.
    async fn step(&self) -> (Browser, Answer) {
        self.step_with(PASSWORD).await
    }

    /// The same, where the letter has been sent; with the page that waits, and the secret of its link.
    async fn waiting(&self) -> (Browser, Answer, String) {
        let (browser, step) = self.step().await;
        let page = browser.press(&step, "send_link", &[]).await;
        assert_waits(&page, 200);
        (browser, page, newest_link(&self.idp, LETTER).await)
    }

    async fn open(&self, browser: &Browser, link: &str) -> Answer {
        browser.visit(self.idp.url(&format!("/second-step?link={link}"))).await
    }

    async fn said(&self, answer: &Answer) -> Value {
        let code = answer.redirect_param("code");
        let code = code.unwrap_or_else(|| panic!("no code: {} {}", answer.status, answer.body));
        let claims = jwt::claims(self.idp.redeem(&self.site, &code).await.text("id_token"));
        json!([claims["amr"], claims["acr"]])
    }

    async fn recorded(&self, event: AuditEvent) -> i64 {
        self.idp.db.read(move |connection| audit_events::count(connection, event)).await.unwrap()
    }

    async fn open_sessions(&self) -> usize {
        let alice = self.alice;
        self.idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap().len()
    }

    async fn letters(&self) -> usize {
        letters_of(&self.idp, LETTER).await.len()
    }
}

/// The code that a link shows.
fn code_of(link: &str) -> String {
    LinkCode::of(&Secret::parse(SecretKind::MailLink, link).unwrap()).text().as_str().to_owned()
}

fn other_than(code: &str) -> String {
    let (first, rest) = code.split_at(1);
    format!("{}{rest}", if first == "0" { "1" } else { "0" })
}

#[track_caller]
fn assert_waits(page: &Answer, status: u16) {
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
fn assert_over(page: &Answer) {
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.body.contains("This link does not work any more"), "{}", page.body);
}

fn is_inside(answer: &Answer) -> bool {
    answer.redirect_param("code").is_some()
}

#[tokio::test]
async fn a_person_without_the_phone_goes_on_by_the_link_in_the_browser_that_waits_for_it() {
    let house = House::build().await;
    let (browser, step) = house.step().await;
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
    // It is good for nothing any more, in whatever browser and by whatever page.
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
    for (typed, words) in [("", "Enter the code."), ("123456", "eight digits"), ("00000000", "newest letter")]
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
        let (thief, step) = house.step_with(NEW).await;
        assert!(!offers_link(&step), "{}", step.body);
        assert_refused(&thief.press(&step, "send_link", &[]).await);
        assert_refused(&thief.press(&step, "send_link", &[]).await);
        let guessed = thief.press(&step, "link_code", &[("code", "12345678")]).await;
        assert_over(&guessed);
        assert!(!is_inside(&thief.press(&step, "use_link", &[]).await));
    }
    assert_eq!(house.letters().await, 0);
    // Whoever has the app as well is the owner: from then on the password is known to be theirs.
    house.sign_in_with_app(NEW).await;
    assert!(offers_link(&house.step_with(NEW).await.1));
}

#[tokio::test]
async fn s82_each_new_password_has_to_be_used_with_a_second_factor_first() {
    let house = House::build().await;
    let (alice, now) = (Username::parse("alice").unwrap(), house.idp.clock.now());
    // A letter is under way, and the password becomes another one.
    let (browser, waiting, link) = house.waiting().await;
    let page = house.open(&browser, &link).await;
    house.idp.app.directory().set_password(&alice, typed(NEW), now).await.unwrap();
    assert_eq!(house.open(&browser, &link).await.status, 410);
    for answer in [
        browser.press(&page, "use_link", &[]).await,
        browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await,
        browser.press(&waiting, "send_link", &[]).await,
    ] {
        assert!(!is_inside(&answer) && answer.status != 200, "{} {}", answer.status, answer.body);
    }
    house.idp.clock.advance(STEP);
    let (thief, step) = house.step_with(NEW).await;
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
async fn s82_only_the_newest_link_works_for_ten_minutes_and_for_the_sign_in_that_asked_for_it() {
    let house = House::build().await;
    let (first, first_page, first_link) = house.waiting().await;
    house.idp.clock.advance(1);
    let (second, second_page, second_link) = house.waiting().await;
    assert_eq!(house.open(&first, &first_link).await.status, 410);
    // Neither the old code nor the new one counts where the old one was asked for.
    for code in [code_of(&first_link), code_of(&second_link)] {
        assert_over(&first.press(&first_page, "link_code", &[("code", &code)]).await);
    }
    assert!(
        house.open(&first, &second_link).await.body.contains("link-code"),
        "no button in another browser"
    );
    let page = house.open(&second, &second_link).await;
    house.idp.clock.advance(10 * MINUTE);
    assert_eq!(house.open(&second, &second_link).await.status, 410);
    for answer in [
        second.press(&page, "use_link", &[]).await,
        second.press(&second_page, "link_code", &[("code", &code_of(&second_link))]).await,
    ] {
        assert!(!is_inside(&answer), "{} {}", answer.status, answer.body);
    }
    // Who waited nine minutes before asking has ten all the same, and no more.
    house.idp.clock.advance(60 * MINUTE);
    let (browser, step) = house.step().await;
    house.idp.clock.advance(9 * MINUTE);
    let waiting = browser.press(&step, "send_link", &[]).await;
    let link = newest_link(&house.idp, LETTER).await;
    house.idp.clock.advance(10 * MINUTE - 1);
    let late = browser.press(&waiting, "send_link", &[]).await;
    assert!(
        late.status != 200 && !late.body.contains("value=\"link_code\""),
        "{} {}",
        late.status,
        late.body
    );
    assert!(is_inside(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await));
}

#[tokio::test]
async fn s82_a_link_dies_with_the_address_that_it_went_to_and_with_the_account() {
    let house = House::build().await;
    let alice = Username::parse("alice").unwrap();
    let address = |name: &str| MailAddress::parse(&format!("{name}@example.org")).unwrap();
    let change = async |changes: Vec<AddressChange>| {
        let change = UserChange { addresses: changes, ..UserChange::default() };
        house.idp.app.directory().change_user(&alice, change, house.idp.clock.now()).await.unwrap();
    };
    let (browser, waiting, link) = house.waiting().await;
    change(vec![AddressChange::Vouch(address("work")), AddressChange::MakePrimary(address("work"))]).await;
    assert_eq!(house.open(&browser, &link).await.status, 410);
    assert_over(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await);
    house.idp.clock.advance(60 * MINUTE);
    // The link goes to the primary one alone, and that it was used is told to both.
    let (browser, waiting, link) = house.waiting().await;
    assert_eq!(house.letters().await, 2);
    assert!(waiting.body.contains("w\u{2022}\u{2022}\u{2022}@example.org"));
    assert!(is_inside(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await));
    assert_eq!(letters_of(&house.idp, "second_step_link_used").await.len(), 2);
}

#[tokio::test]
async fn s83_few_codes_can_be_tried_for_a_sign_in_and_few_letters_sent() {
    let house = House::build().await;
    let (browser, waiting, link) = house.waiting().await;
    let wrong = other_than(&code_of(&link));
    for _ in 0..5 {
        assert_waits(&browser.press(&waiting, "link_code", &[("code", &wrong)]).await, 422);
    }
    assert_over(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await);
    assert_eq!(letters_of(&house.idp, "wrong_codes").await.len(), 1, "the person is told");
    // Another letter for the same sign-in gives nobody more tries.
    house.idp.clock.advance(1);
    let again = browser.press(&waiting, "send_link", &[]).await;
    let newer = newest_link(&house.idp, LETTER).await;
    assert_over(&browser.press(&again, "link_code", &[("code", &code_of(&newer))]).await);
    // Of all sign-ins together ten.
    house.idp.clock.advance(1);
    let (other, page, link) = house.waiting().await;
    for _ in 0..5 {
        assert_waits(&other.press(&page, "link_code", &[("code", &other_than(&code_of(&link)))]).await, 422);
    }
    let (third, step) = house.step().await;
    let many = third.press(&step, "send_link", &[]).await;
    assert_eq!(many.status, 429, "{}", many.body);
    assert!(many.body.contains("sent several letters") && !many.header("retry-after").is_empty());
    assert_eq!(house.letters().await, 3);
    let by_app = third.press(&many, "code", &[("code", &house.app.code(&house.idp))]).await;
    assert_eq!(by_app.status, 429, "codes of apps and of letters count together");
    // The link itself cannot be guessed, and nobody keeps the person from it.
    assert!(is_inside(&other.press(&house.open(&other, &link).await, "use_link", &[]).await));
}

#[tokio::test]
async fn s83_a_hundred_codes_at_once_are_as_few() {
    let house = House::build().await;
    let (browser, waiting, link) = house.waiting().await;
    let wrong = other_than(&code_of(&link));
    let filled = [("code", wrong.as_str())];
    let sent = (0..100).map(|_| browser.press(&waiting, "link_code", &filled));
    let looked_at =
        join_all(sent).await.iter().filter(|answer| answer.body.contains("newest letter")).count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn b4_of_the_button_the_code_and_double_clicks_one_session_comes() {
    let house = House::build().await;
    for round in 0..4 {
        house.idp.clock.advance(61 * MINUTE);
        let (browser, waiting, link) = house.waiting().await;
        let page = house.open(&browser, &link).await;
        let before = house.open_sessions().await;
        let code = code_of(&link);
        let filled = [("code", code.as_str())];
        let (one, two, typed) = tokio::join!(
            browser.press(&page, "use_link", &[]),
            browser.press(&page, "use_link", &[]),
            browser.press(&waiting, "link_code", &filled)
        );
        let inside = [&one, &two, &typed].into_iter().filter(|answer| is_inside(answer)).count();
        assert!(inside >= 1, "round {round}: {} {} {}", one.body, two.body, typed.body);
        assert_eq!(is_inside(&one), is_inside(&two), "a double click finds its own session");
        assert_eq!(house.open_sessions().await - before, 1, "round {round}");
    }
    assert_eq!(house.recorded(AuditEvent::SecondStepLinkUsed).await, 4);
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
    let (directory, now) = (house.idp.app.directory(), house.idp.clock.now());
    directory.change_client(&house.site.client.id, change, now).await.unwrap();
    let (other, step) = house.step().await;
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
    assert_eq!(browser.open(house.idp.url("/account/devices")).await.status, 200);
}

#[tokio::test]
async fn where_the_operator_does_not_allow_it_there_is_no_such_thing() {
    let house = House::with(letters_are_on).await;
    let (browser, step) = house.step().await;
    assert!(!offers_link(&step));
    assert_refused(&browser.press(&step, "send_link", &[]).await);
    assert_over(&browser.press(&step, "link_code", &[("code", "12345678")]).await);
    assert!(!is_inside(&browser.press(&step, "use_link", &[]).await));
    assert_eq!(browser.open(house.idp.url("/second-step?link=ml.abc")).await.status, 404);
}

#[tokio::test]
async fn a_link_that_is_made_up_or_for_something_else_opens_nothing() {
    let house = House::build().await;
    let (_, _, link) = house.waiting().await;
    for bad in [&link[..link.len() - 1], &link[3..], &format!("{link}x"), "", "ml.", "%00", "se.abc"] {
        let page = house.idp.browser().visit(house.idp.url(&format!("/second-step?link={bad}"))).await;
        assert_eq!(page.status, 410, "{bad}: {}", page.body);
    }
    for path in ["/reset-password", "/verify-address"] {
        let page = house.idp.browser().visit(house.idp.url(&format!("{path}?link={link}"))).await;
        assert_eq!(page.status, 410, "{path}");
    }
    // Without the password nobody has a letter sent, whatever button their form names.
    let browser = house.idp.browser();
    let login = browser.visit(house.idp.authorize_url(&house.site, &[])).await;
    for button in ["send_link", "link_code", "use_link"] {
        let answer = browser.press(&login, button, &[("username", "alice"), ("password", "a slip")]).await;
        assert!(!is_inside(&answer) && !answer.body.contains("value=\"link_code\""), "{button}");
    }
    assert_eq!(house.letters().await, 1);
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
    let (browser, step) = house.step().await;
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
