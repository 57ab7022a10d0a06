//! Recovery codes: shown once with the first authenticator app, each good once in the place of a code of the app, made anew at
//! will, and gone with the last app.

use crate::schema::{ask, execute};
use futures_util::future::join_all;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::username::Username;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::{Answer, Authenticator, Browser, HOST, PASSWORD, SESSION, SignedOut, jwt, recovery_codes};
use serde_json::json;
use std::ops::Deref;

const STEP: i64 = 30;
const PAGE: &str = "/account/methods/recovery-codes";

struct House {
    story: SignedOut,
    /// That she has added in `browser`, a step ago.
    app: Authenticator,
    browser: Browser,
    /// What she was led to.
    shown: Answer,
    codes: Vec<String>,
}

impl House {
    /// Alice has added an app, and saved her codes.
    async fn build() -> Self {
        let story = SignedOut::build().await;
        let (idp, browser) = (&story.idp, story.idp.browser());
        let form = story.open_own(&browser, "/account/methods/totp", None).await;
        let app = Authenticator::scanning(&form);
        let added = browser.press(&form, "add", &[("code", &app.code(idp))]).await;
        let shown = browser.follow(added).await;
        let codes = recovery_codes(&shown);
        assert_eq!(codes.len(), 10);
        idp.clock.advance(STEP);
        Self { story, app, browser, shown, codes }
    }

    /// A new browser that is asked for a recovery code on the way to the site.
    async fn recovery_step(&self) -> (Browser, Answer) {
        let (browser, step) = self.second_step().await;
        assert!(step.body.contains("id=\"step-recovery\""), "{}", step.body);
        let page = browser.press(&step, "use_recovery_code", &[]).await;
        assert_asks(&page, 200);
        (browser, page)
    }

    /// Goes through the sign-in of an own page, with a code of the app.
    async fn open_own(&self, browser: &Browser, path: &str) -> Answer {
        self.story.open_own(browser, path, Some(&self.app)).await
    }

    async fn stored(&self) -> Vec<StoredRecoveryCode> {
        self.idp.app.store.recovery_codes(self.alice).await.unwrap()
    }

    async fn left(&self) -> usize {
        StoredRecoveryCode::left_of(&self.stored().await)
    }
}

impl Deref for House {
    type Target = SignedOut;

    fn deref(&self) -> &SignedOut {
        &self.story
    }
}

#[track_caller]
fn assert_asks(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains("id=\"step-app\""), "{}", answer.body);
}

fn is_inside(answer: &Answer) -> bool {
    answer.redirect_param("code").is_some()
}

#[tokio::test]
async fn a_person_without_the_phone_signs_in_with_a_code_from_the_list_and_each_is_good_once() {
    let house = House::build().await;
    let idp = &house.idp;
    let (browser, page) = house.recovery_step().await;
    for (typed, words) in
        [("", "Enter a recovery code."), ("123456", "ten letters and digits"), ("AAAAA-AAAAA", "not one of")]
    {
        let again = browser.press(&page, "recovery_code", &[("code", typed)]).await;
        assert_asks(&again, 422);
        assert!(again.body.contains(words), "{typed}: {}", again.body);
    }
    let typed = format!(" {} ", house.codes[3].replace('-', " ").to_lowercase());
    let answer = browser.press(&page, "recovery_code", &[("code", &typed)]).await;
    let tokens = idp.redeem(&house.site, &answer.redirect_param("code").unwrap()).await;
    for token in ["id_token", "access_token"] {
        let claims = jwt::claims(tokens.text(token));
        assert_eq!(json!([claims["amr"], claims["acr"]]), json!([["pwd", "otp", "mfa"], "2"]), "{token}");
    }
    assert_eq!((house.left().await, house.recorded(AuditEvent::RecoveryCodeUsed).await), (9, 1));

    let (other, page) = house.recovery_step().await;
    let used = other.press(&page, "recovery_code", &[("code", &house.codes[3])]).await;
    assert_asks(&used, 422);
    assert!(used.body.contains("used already"), "{}", used.body);
    let back = other.press(&used, "use_app", &[]).await;
    assert!(is_inside(&other.press(&back, "code", &[("code", &house.app.code(idp))]).await));
    // A person who has proven a code of the list removes the lost app.
    let list = browser.open(idp.url("/account/methods")).await;
    assert!(list.body.contains("9 codes left"), "{}", list.body);
    let id = idp.app.store.authenticator_apps(house.alice).await.unwrap()[0].id;
    assert_eq!(browser.open(idp.url(&format!("/account/methods/remove?id={id}"))).await.status, 200);
}

#[tokio::test]
async fn codes_are_shown_to_the_session_that_had_them_made_and_for_minutes() {
    let house = House::build().await;
    let idp = &house.idp;
    let (address, browser) = (house.shown.url.as_str(), &house.browser);
    assert_eq!(recovery_codes(&browser.open(address).await), house.codes, "reloaded");
    assert!(house.shown.header("cache-control").contains("no-store"));
    for code in &house.codes {
        assert!(!address.contains(code.as_str()));
    }
    let text = browser.open(format!("{address}&as=text")).await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(text.header("content-disposition"), "attachment; filename=\"recovery-codes.txt\"");
    let lines: Vec<&str> =
        text.body.lines().filter(|line| house.codes.iter().any(|code| code == line)).collect();
    assert_eq!(lines, house.codes);
    assert!(text.body.starts_with("Recovery codes of The alice (alice) for "), "{}", text.body);
    // Another session of the same person, no session, and later.
    let other = idp.browser();
    house.open_own(&other, "/account").await;
    assert_eq!(other.open(address).await.location().unwrap().path(), "/account/methods");
    assert_eq!(idp.browser().open(address).await.location().unwrap().path(), "/login");
    idp.clock.advance(11 * 60);
    assert_eq!(browser.open(address).await.location().unwrap().path(), "/account/methods");
    assert_eq!(
        browser.open(idp.url(&format!("{PAGE}/new"))).await.location().unwrap().path(),
        "/account/methods"
    );
}

#[tokio::test]
async fn s83_a_recovery_code_opens_one_session_also_when_it_comes_at_the_same_moment() {
    let house = House::build().await;
    for round in 0..4 {
        house.idp.clock.advance(60 * 60);
        let mut waiting = Vec::new();
        for _ in 0..3 {
            waiting.push(house.recovery_step().await);
        }
        let (before, filled) = (house.open_sessions().await, [("code", house.codes[round].as_str())]);
        let sent = waiting.iter().map(|(browser, page)| browser.press(page, "recovery_code", &filled));
        let sent = join_all(sent).await;
        let inside = sent.iter().filter(|answer| is_inside(answer)).count();
        assert_eq!((inside, house.open_sessions().await - before), (1, 1), "round {round}");
    }
    assert_eq!((house.left().await, house.recorded(AuditEvent::RecoveryCodeUsed).await), (6, 4));
}

#[tokio::test]
async fn b4_a_recovery_code_that_is_sent_twice_by_one_form_opens_one_session_with_one_cookie() {
    let house = House::build().await;
    let (browser, page) = house.recovery_step().await;
    let (filled, before) = ([("code", house.codes[0].as_str())], house.open_sessions().await);
    let (first, second) = tokio::join!(
        browser.press(&page, "recovery_code", &filled),
        browser.press(&page, "recovery_code", &filled)
    );
    let cookie = browser.cookie(HOST, SESSION);
    for answer in [first, second] {
        assert!(is_inside(&answer), "{} {}", answer.status, answer.body);
    }
    assert_eq!(browser.cookie(HOST, SESSION), cookie);
    assert_eq!((house.open_sessions().await - before, house.left().await), (1, 9));
}

#[tokio::test]
async fn s83_guesses_at_recovery_codes_and_at_codes_of_the_app_count_together() {
    let house = House::build().await;
    let (browser, mut page) = house.recovery_step().await;
    for _ in 0..5 {
        page = browser.press(&page, "recovery_code", &[("code", "AAAAA-AAAAA")]).await;
        assert_asks(&page, 422);
    }
    page = browser.press(&page, "use_app", &[]).await;
    for _ in 0..5 {
        page = browser.press(&page, "code", &[("code", &house.app.wrong_code(&house.idp))]).await;
        assert_eq!(page.status, 422);
    }
    page = browser.press(&page, "use_recovery_code", &[]).await;
    assert_asks(&browser.press(&page, "recovery_code", &[("code", &house.codes[0])]).await, 429);
    assert_eq!((house.left().await, house.recorded(AuditEvent::SecondStepFailed).await), (10, 10));
}

#[tokio::test]
async fn new_codes_take_the_place_of_the_old_after_a_fresh_sign_in_with_both_factors() {
    let house = House::build().await;
    let idp = &house.idp;
    // What the session proved when the app was added is too old a while later.
    idp.clock.advance(32 * STEP);
    let asked = house.browser.open(idp.url(PAGE)).await;
    assert_eq!(asked.location().unwrap().path(), "/login");
    let question = house.open_own(&house.browser, PAGE).await;
    assert!(question.body.contains("The 10 you have left stop working"), "{}", question.body);
    let thief = idp.browser();
    idp.clock.advance(STEP);
    house.open_own(&thief, "/account").await;
    assert_eq!(thief.press(&question, "", &[]).await.status, 403, "a form of another session");
    assert_eq!(recovery_codes_of(&house, &question).await.len(), 10);
    let made = recovery_codes_of(&house, &question).await;
    assert_eq!(house.recorded(AuditEvent::RecoveryCodesMade).await, 1, "sent twice, made once");
    assert!(made.iter().all(|code| !house.codes.contains(code)));
    let (browser, page) = house.recovery_step().await;
    assert_asks(&browser.press(&page, "recovery_code", &[("code", &house.codes[0])]).await, 422);
    assert!(is_inside(&browser.press(&page, "recovery_code", &[("code", &made[0])]).await));
    // From the history, once others were made: it does not bring the old ones back.
    idp.clock.advance(STEP);
    let newer = house.browser.open(idp.url(PAGE)).await;
    let newest = recovery_codes_of(&house, &newer).await;
    assert_ne!(newest, made);
    let overtaken = house.browser.press(&question, "", &[]).await;
    assert_eq!(overtaken.location().unwrap().path(), "/account/methods");
    idp.clock.advance(16 * 60);
    let late = house.browser.press(&newer, "", &[]).await;
    assert_eq!(late.location().unwrap().path(), "/login", "a stranger who finds the page open later");
    assert_eq!(house.left().await, 10);
}

async fn recovery_codes_of(house: &House, question: &Answer) -> Vec<String> {
    let made = house.browser.press(question, "", &[]).await;
    recovery_codes(&house.browser.follow(made).await)
}

#[tokio::test]
async fn codes_go_with_the_last_app_and_are_no_factor_by_themselves() {
    let house = House::build().await;
    let idp = &house.idp;
    let (waiting, page) = house.recovery_step().await;
    let second = Authenticator::of(idp, house.alice, "second").await;
    let apps = idp.app.store.authenticator_apps(house.alice).await.unwrap();
    for (app, left) in apps.iter().zip([10, 0]) {
        idp.clock.advance(STEP);
        let login = house.browser.visit(idp.url(&format!("/account/methods/remove?id={}", app.id))).await;
        let question = match login.has_form("/login") {
            true => {
                let step = house.browser.log_in_as(&login, "alice", PASSWORD).await;
                let answer = house.browser.press(&step, "code", &[("code", &second.code(idp))]).await;
                house.browser.follow(answer).await
            }
            false => login,
        };
        house.browser.press(&question, "remove", &[]).await;
        assert_eq!(house.left().await, left);
    }
    assert!(house.stored().await.is_empty());
    // What was under way, and the page that makes them.
    let answer = waiting.press(&page, "recovery_code", &[("code", &house.codes[0])]).await;
    assert_eq!((waiting.cookie(HOST, SESSION), is_inside(&answer)), (None, false), "{}", answer.body);
    let asked = house.browser.open(idp.url(PAGE)).await;
    assert_eq!(asked.location().unwrap().path(), "/account/methods");
    let list = house.browser.open(idp.url("/account/methods")).await;
    assert!(!list.body.contains("recovery-new"), "{}", list.body);
    idp.browser().sign_in_for_tokens(idp, &house.site, "alice").await;
}

#[tokio::test]
async fn an_operator_s_reset_takes_the_codes_along() {
    let house = House::build().await;
    let alice = Username::parse("alice").unwrap();
    assert!(house.idp.operator().reset_methods(&alice, house.idp.clock.now()).await.unwrap());
    assert!(house.stored().await.is_empty());
}

#[tokio::test]
async fn s111_codes_rest_as_hashes_of_one_salt_for_each_person() {
    let house = House::build().await;
    let stored = house.stored().await;
    let salts: std::collections::BTreeSet<&str> =
        stored.iter().map(|code| code.hash.rsplit('$').nth(1).unwrap()).collect();
    assert_eq!((stored.len(), salts.len()), (10, 1));
    assert!(stored.iter().all(|code| code.hash.starts_with("$argon2id$")));
    let rows = ask(&house.idp.db, "SELECT id || set_id || hash AS word FROM recovery_codes").await.concat();
    for code in &house.codes {
        assert!(!rows.contains(code.as_str()) && !rows.contains(&code.replace('-', "")));
    }
}

#[tokio::test]
async fn where_no_app_can_be_checked_nothing_counts_against_the_person_and_a_recovery_code_helps() {
    let house = House::build().await;
    // As after the master key was replaced.
    execute(&house.idp.db, "UPDATE totp_credentials SET sealed_secret = 'of another key'").await.unwrap();
    let (browser, page) = house.recovery_step().await;
    let mut step = browser.press(&page, "use_app", &[]).await;
    for _ in 0..12 {
        step = browser.press(&step, "code", &[("code", &house.app.code(&house.idp))]).await;
        assert_eq!(step.status, 500, "{}", step.body);
        assert!(step.body.contains("could not be checked"), "{}", step.body);
    }
    assert_eq!(house.recorded(AuditEvent::SecondStepFailed).await, 0);
    let page = browser.press(&step, "use_recovery_code", &[]).await;
    assert!(is_inside(&browser.press(&page, "recovery_code", &[("code", &house.codes[9])]).await));
}

/// The last is used: the page of the second step offers none any more, and the account says that there is none.
#[tokio::test]
async fn a_person_is_warned_before_the_codes_run_out() {
    let house = House::build().await;
    for (used, code) in house.codes.iter().enumerate() {
        house.idp.clock.advance(STEP);
        let (browser, page) = house.recovery_step().await;
        assert!(is_inside(&browser.press(&page, "recovery_code", &[("code", code)]).await));
        let list = browser.open(house.idp.url("/account/methods")).await;
        assert_eq!(list.body.contains("id=\"few-codes\""), used >= 6, "{used}");
    }
    let browser = house.idp.browser();
    let page = browser.visit(house.idp.authorize_url(&house.site, &[])).await;
    let step = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert!(
        step.body.contains("id=\"code-submit\"") && !step.body.contains("step-recovery"),
        "{}",
        step.body
    );
}
