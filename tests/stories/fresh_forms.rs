//! A form that changes what a person signs in with counts from their sign-in, and not from the page that it is on: a stranger who
//! finds a page open an hour later is sent to prove who they are.

use crate::schema::execute;
use idp_core::username::Username;
use idp_server::config::Config;
use idp_tests::passkey::SoftwarePasskey;
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, PASSWORD, TestIdp};
use uuid::Uuid;

/// `account.fresh` as it is by itself, in which a page opens.
const FRESH: i64 = 5 * 60;
/// How long its form counts after the sign-in, and that of the password page, which asks for the password again.
const RECENT: i64 = 15 * 60;
const PAGE: i64 = 60 * 60;

async fn house(change: impl FnOnce(&mut Config)) -> (TestIdp, Uuid) {
    let idp = TestIdp::start_with(change).await;
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    let alice = idp.add_user("alice").await;
    (idp, alice)
}

/// Signs in for a page of her own, with a code if she has an app.
async fn open(idp: &TestIdp, browser: &Browser, path: &str, app: Option<&Authenticator>) -> Answer {
    let page = browser.visit(idp.url(path)).await;
    let mut answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    if let Some(app) = app {
        answer = browser.press(&answer, "code", &[("code", &app.code(idp))]).await;
    }
    browser.follow(answer).await
}

fn leads_to_sign_in(answer: &Answer) -> bool {
    answer.status == 303 && answer.location().is_some_and(|location| location.path() == "/login")
}

#[tokio::test]
async fn s73_an_app_is_added_within_minutes_of_the_sign_in_also_when_its_page_is_younger() {
    let (idp, alice) = house(|_| {}).await;
    for (after_page, is_added) in [(RECENT - FRESH, true), (RECENT - FRESH + 2, false), (RECENT - 1, false)] {
        let browser = idp.browser();
        open(&idp, &browser, "/account", None).await;
        idp.clock.advance(FRESH - 1);
        let form = browser.open(idp.url("/account/methods/totp")).await;
        let shown = form.body.split("id=\"totp-secret\"").nth(1).unwrap().split(['>', '<']).nth(1).unwrap();
        let app = Authenticator::typed(shown);
        idp.clock.advance(after_page);
        let answer = browser.press(&form, "add", &[("code", &app.code(&idp))]).await;
        let apps = idp.app.store.authenticator_apps(alice).await.unwrap();
        assert_eq!(
            (leads_to_sign_in(&answer), apps.len()),
            (!is_added, usize::from(is_added)),
            "{after_page}"
        );
        if is_added {
            let alice = Username::parse("alice").unwrap();
            idp.operator().reset_methods(&alice, idp.clock.now()).await.unwrap();
        }
    }
}

/// Each page behind the gate, with what its form takes: all are asked again when the form comes.
#[tokio::test]
async fn s73_every_form_that_changes_how_a_person_signs_in_is_asked_how_old_the_sign_in_is() {
    let (idp, alice) = house(|config| config.mail.to_inbox = true).await;
    let app = Authenticator::of(&idp, alice, "Pixel").await;
    let app_id = idp.app.store.authenticator_apps(alice).await.unwrap()[0].id;
    let removal = format!("/account/methods/remove?id={app_id}");
    // As one that the browser saved by itself, and that was used since.
    SoftwarePasskey::of(&idp, alice, "Laptop").await;
    let saved =
        format!("UPDATE passkeys SET is_asked_for = FALSE, last_used_at = 1 WHERE user_id = '{alice}'");
    execute(&idp.db, &saved).await.unwrap();
    let passkey = idp.app.store.second_factors(alice).await.unwrap().passkeys[0].id;
    let demand = format!("/account/methods/demand?id={passkey}");
    let new = "seven gravel teapots whistle";
    for (path, limit, fields) in [
        ("/account/password", FRESH + PAGE, &[("password", PASSWORD), ("new_password", new)][..]),
        ("/account/methods/totp", RECENT, &[("code", "000000")]),
        ("/account/methods/passkey", RECENT, &[("passkey", "{}")]),
        ("/account/methods/recovery-codes", RECENT, &[]),
        (&removal, RECENT, &[]),
        (&demand, RECENT, &[]),
        ("/account/addresses/add", RECENT, &[("address", "new@example.org")]),
        ("/account/export", RECENT, &[]),
        ("/account/delete", RECENT, &[("understood", "yes")]),
    ] {
        let browser = idp.browser();
        idp.clock.advance(30);
        let form = open(&idp, &browser, path, Some(&app)).await;
        assert_eq!(form.status, 200, "{path}: {}", form.body);
        idp.clock.advance(limit + 1);
        let answer = browser.press(&form, "", fields).await;
        assert!(leads_to_sign_in(&answer), "{path}: {} {}", answer.status, answer.body);
    }
    let factors = idp.app.store.second_factors(alice).await.unwrap();
    assert!(factors.apps.len() == 1 && !factors.passkeys[0].is_asked_for);
}
