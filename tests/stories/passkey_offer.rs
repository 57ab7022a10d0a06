//! A passkey that the browser saves by itself beside the password that it has saved (conditional creation, WebAuthn 5.1.3):
//! offered to a person without one, right after they typed the password, taken at the door of every other passkey; and it changes
//! nothing of what the account asks for (ADR 60).

use crate::everything::letters_are_on;
use crate::password_reset::letters_of;
use idp_core::authentication::Methods;
use idp_core::passkey::Passkey;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::passkey::{SoftwarePasskey, VERIFIED, asked};
use idp_tests::{Answer, Authenticator, Browser, PASSWORD, SignedOut};
use std::ops::Deref;

const DOOR: &str = "/account/methods/passkey";
/// No one was asked for a sign of presence.
const UNSEEN: u8 = 0b1_1000;

/// A provider that writes letters, with Alice.
pub struct House(pub SignedOut);

impl Deref for House {
    type Target = SignedOut;

    fn deref(&self) -> &SignedOut {
        &self.0
    }
}

impl House {
    pub async fn build() -> Self {
        Self(SignedOut::with(letters_are_on).await)
    }

    /// Signs in by the password, on the way to the person's own pages.
    pub async fn sign_in(&self, browser: &Browser) -> Answer {
        self.open_own(browser, "/account", None).await
    }

    /// The browser that has just saved a passkey, and its authenticator, which verifies nobody yet.
    pub async fn saved(&self) -> (Browser, SoftwarePasskey) {
        let browser = self.idp.browser();
        let home = self.sign_in(&browser).await;
        let mut passkey = SoftwarePasskey::new(&self.idp, UNSEEN);
        let answer = passkey.created(&home);
        let done = browser.press(&home, "passkey", &[("passkey", &answer)]).await;
        assert_eq!(done.location().unwrap().path(), "/account/methods", "{}", done.body);
        (browser, passkey)
    }

    pub async fn passkeys(&self) -> Vec<Passkey> {
        self.idp.app.store.second_factors(self.alice).await.unwrap().passkeys
    }
}

fn is_offered(page: &Answer) -> bool {
    assert_eq!(page.status, 200, "{}", page.body);
    page.body.contains("data-offer")
}

#[tokio::test]
async fn a_passkey_that_the_browser_saves_signs_in_and_changes_nothing_of_what_the_account_asks_for() {
    let house = House::build().await;
    let (browser, mut passkey) = house.saved().await;
    let list = browser.open(house.idp.url("/account/methods")).await;
    assert!(list.body.contains("Saved by your browser"), "{}", list.body);
    assert!(!list.body.contains("recovery-codes"), "no recovery codes for a passkey that is not asked for");
    assert_eq!(house.recorded(AuditEvent::MethodAdded).await, 1);
    assert_eq!(letters_of(&house.idp, "passkey_saved").await.len(), 1);
    assert!(!is_offered(&browser.open(house.idp.url("/account")).await), "the person has one by now");
    // The password signs in as before.
    let other = house.idp.browser();
    let page = other.visit(house.idp.authorize_url(&house.site, &[])).await;
    assert!(other.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
    // So does the passkey, but only for a person whom it has verified.
    let third = house.idp.browser();
    let page = third.visit(house.idp.authorize_url(&house.site, &[])).await;
    let unseen = third.press(&page, "passkey", &[("passkey", &passkey.used(&page))]).await;
    assert_eq!(unseen.status, 422, "{}", unseen.body);
    passkey.flags = VERIFIED | UNSEEN;
    let answer = third.press(&unseen, "passkey", &[("passkey", &passkey.used(&unseen))]).await;
    assert_eq!(house.claims(&answer).await["amr"], serde_json::json!(["pop", "user", "mfa"]));
    let page = other.visit(house.idp.url("/account")).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn who_has_to_prove_two_factors_proves_them_by_the_saved_passkey_and_sets_nothing_up() {
    let house = House::build().await;
    let (_, mut passkey) = house.saved().await;
    let demand = r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#;
    let browser = house.idp.browser();
    let page = browser.visit(house.idp.authorize_url(&house.site, &[("claims", demand)])).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let step = browser.follow(answer).await;
    assert!(step.body.contains("id=\"passkey-submit\""), "{} {}", step.status, step.body);
    passkey.flags = VERIFIED | UNSEEN;
    let answer = browser.press(&step, "passkey", &[("passkey", &passkey.used(&step))]).await;
    assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
}

#[tokio::test]
async fn it_is_offered_for_minutes_after_the_password_to_a_person_without_a_passkey() {
    let house = House::build().await;
    let browser = house.idp.browser();
    let home = house.sign_in(&browser).await;
    assert!(is_offered(&home) && asked(&home)["authenticatorSelection"]["userVerification"] == "preferred");
    assert!(is_offered(&browser.open(house.idp.url("/")).await));
    house.idp.clock.advance(301);
    assert!(!is_offered(&browser.open(house.idp.url("/account")).await));
    assert!(!is_offered(&house.idp.browser().open(house.idp.url("/")).await));
    // A person who signs in by a passkey has one.
    let passkey = SoftwarePasskey::of(&house.idp, house.alice, "Laptop").await;
    let other = house.idp.browser();
    let page = other.visit(house.idp.url("/account")).await;
    let answer = other.press(&page, "passkey", &[("passkey", &passkey.used(&page))]).await;
    assert!(!is_offered(&other.follow(answer).await));
    // Nor where the operator does not offer passkeys.
    let story = SignedOut::with(|config| {
        config.authentication.methods =
            Methods::try_from(vec!["password".to_owned(), "totp".to_owned()]).unwrap();
    });
    let house = House(story.await);
    assert!(!is_offered(&house.sign_in(&house.idp.browser()).await));
}

#[tokio::test]
async fn an_account_that_asks_for_a_code_offers_it_after_the_code_and_goes_on_asking() {
    let house = House::build().await;
    let app = Authenticator::of(&house.idp, house.alice, "Pixel").await;
    house.idp.clock.advance(30);
    let browser = house.idp.browser();
    let step = house.sign_in(&browser).await;
    let answer = browser.press(&step, "code", &[("code", &app.code(&house.idp))]).await;
    let home = browser.follow(answer).await;
    assert!(is_offered(&home));
    let mut passkey = SoftwarePasskey::new(&house.idp, UNSEEN);
    let answer = passkey.created(&home);
    browser.press(&home, "passkey", &[("passkey", &answer)]).await;
    assert_eq!(house.passkeys().await.len(), 1);
    let again = house.sign_in(&house.idp.browser()).await;
    assert!(again.body.contains("id=\"code-submit\""), "{}", again.body);
}

#[tokio::test]
async fn s60_what_was_offered_counts_once_in_its_session_and_for_nothing_that_takes_a_person() {
    let house = House::build().await;
    let browser = house.idp.browser();
    let home = house.sign_in(&browser).await;
    // The form that a person presses demands that they are verified, whatever the browser says of mediation.
    let page = browser.open(house.idp.url(DOOR)).await;
    let mut unseen = SoftwarePasskey::new(&house.idp, UNSEEN);
    let answer = unseen.created(&page);
    assert_eq!(browser.press(&page, "passkey", &[("passkey", &answer)]).await.status, 422);
    // An answer for one form is none for the other, and no session takes the form of another.
    let answer = unseen.created(&page);
    browser.press(&home, "passkey", &[("passkey", &answer)]).await;
    let thief = house.idp.browser();
    house.sign_in(&thief).await;
    let answer = unseen.created(&home);
    assert_eq!(thief.press(&home, "passkey", &[("passkey", &answer)]).await.status, 403);
    assert!(house.passkeys().await.is_empty());
    // Two tabs make one, and so does a form that is sent twice.
    let second = browser.open(house.idp.url("/account")).await;
    for _ in 0..2 {
        browser.press(&home, "passkey", &[("passkey", &answer)]).await;
    }
    let mut other = SoftwarePasskey::new(&house.idp, UNSEEN);
    let late = other.created(&second);
    browser.press(&second, "passkey", &[("passkey", &late)]).await;
    assert_eq!(house.passkeys().await.len(), 1);
    // Minutes later the form is none any more.
    let idle = House::build().await;
    let browser = idle.idp.browser();
    let home = idle.sign_in(&browser).await;
    idle.idp.clock.advance(16 * 60);
    let mut passkey = SoftwarePasskey::new(&idle.idp, UNSEEN);
    let answer = passkey.created(&home);
    let late = browser.press(&home, "passkey", &[("passkey", &answer)]).await;
    assert_eq!(late.location().unwrap().path(), "/login");
    assert!(idle.passkeys().await.is_empty());
}
