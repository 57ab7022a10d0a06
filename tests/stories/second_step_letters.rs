//! What a person is told by letter of their second step: each change, each recovery code, and wrong codes that are typed after
//! the right password.

use crate::everything::letters_are_on;
use crate::mail::letters;
use idp_core::username::Username;
use idp_tests::{Answer, Authenticator, Browser, PASSWORD, SignedOut, recovery_codes};
use std::collections::BTreeSet;
use std::ops::Deref;
use uuid::Uuid;

const STEP: i64 = 30;

struct House {
    story: SignedOut,
    browser: Browser,
}

impl Deref for House {
    type Target = SignedOut;

    fn deref(&self) -> &SignedOut {
        &self.story
    }
}

impl House {
    async fn build() -> Self {
        let story = SignedOut::with(letters_are_on).await;
        let browser = story.idp.browser();
        Self { story, browser }
    }

    /// The kinds of the letters since the last call.
    async fn told(&self, before: &mut BTreeSet<Uuid>) -> Vec<String> {
        let all = letters(&self.idp).await.into_iter();
        all.filter(|mail| before.insert(mail.id)).map(|mail| mail.kind).collect()
    }

    async fn step(&self, browser: &Browser, page: &str) -> Answer {
        let login = browser.visit(self.idp.url(page)).await;
        browser.log_in_as(&login, "alice", PASSWORD).await
    }
}

#[tokio::test]
async fn every_change_of_the_second_step_is_told() {
    let (house, mut before) = (House::build().await, BTreeSet::new());
    let (idp, browser) = (&house.idp, &house.browser);
    let answer = house.step(browser, "/account/methods/totp").await;
    let form = browser.follow(answer).await;
    let app = Authenticator::scanning(&form);
    let code = app.code(idp);
    let mut shown = Vec::new();
    for _ in ["pressed", "pressed twice"] {
        let added = browser.press(&form, "add", &[("code", &code)]).await;
        shown = recovery_codes(&browser.follow(added).await);
    }
    assert_eq!(house.told(&mut before).await, ["app_added"]);

    // Longer than the sign-in is a fresh one.
    idp.clock.advance(32 * STEP);
    let step = house.step(browser, "/account/methods/recovery-codes").await;
    let page = browser.press(&step, "use_recovery_code", &[]).await;
    let answer = browser.press(&page, "recovery_code", &[("code", &shown[0])]).await;
    let question = browser.follow(answer).await;
    assert_eq!(house.told(&mut before).await, ["recovery_code_used"]);
    browser.press(&question, "", &[]).await;
    assert_eq!(house.told(&mut before).await, ["recovery_codes_made"]);
    let id = idp.app.store.authenticator_apps(house.alice).await.unwrap()[0].id;
    let question = browser.open(idp.url(&format!("/account/methods/remove?id={id}"))).await;
    browser.press(&question, "remove", &[]).await;
    assert_eq!(house.told(&mut before).await, ["app_removed"]);

    Authenticator::of(idp, house.alice, "").await;
    let alice = Username::parse("alice").unwrap();
    for _ in ["reset", "nothing left"] {
        idp.operator().reset_methods(&alice, idp.clock.now()).await.unwrap();
    }
    assert_eq!(house.told(&mut before).await, ["second_step_reset"]);
}

#[tokio::test]
async fn s83_a_row_of_wrong_codes_after_the_right_password_is_told_once_a_day() {
    let (house, mut before) = (House::build().await, BTreeSet::new());
    let idp = &house.idp;
    let app = Authenticator::of(idp, house.alice, "Pixel").await;
    let thief = idp.browser();
    let wrong = async |times: usize| {
        let page = thief.visit(idp.authorize_url(&house.site, &[])).await;
        let mut page = thief.log_in_as(&page, "alice", PASSWORD).await;
        for _ in 0..times {
            page = thief.press(&page, "code", &[("code", &app.wrong_code(idp))]).await;
            assert_eq!(page.status, 422, "{}", page.body);
        }
    };
    wrong(4).await;
    assert!(house.told(&mut before).await.is_empty(), "a person mistypes");
    wrong(1).await;
    assert_eq!(house.told(&mut before).await, ["wrong_codes"]);
    wrong(5).await;
    assert!(house.told(&mut before).await.is_empty(), "the same row");
    idp.clock.advance(25 * 60 * 60);
    wrong(3).await;
    assert!(house.told(&mut before).await.is_empty());
    wrong(2).await;
    assert_eq!(house.told(&mut before).await, ["wrong_codes"]);
}

#[tokio::test]
async fn nothing_is_told_of_wrong_passwords_or_of_what_is_no_code() {
    let (house, mut before) = (House::build().await, BTreeSet::new());
    Authenticator::of(&house.idp, house.alice, "Pixel").await;
    let login = house.browser.visit(house.idp.authorize_url(&house.site, &[])).await;
    let step = house.browser.log_in_as(&login, "alice", PASSWORD).await;
    for _ in 0..8 {
        house.browser.press(&step, "code", &[("code", "12")]).await;
        house.browser.log_in_as(&login, "alice", "wrong").await;
    }
    assert!(house.told(&mut before).await.is_empty());
}
