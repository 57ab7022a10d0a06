//! Passkeys: a person adds one, is told of it, gives it a name and removes it. What a sign-in with one comes to is in
//! `passkey_sign_in`.

use crate::mail;
use idp_core::passkey::Passkey;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::passkey::{SYNCED, SoftwarePasskey, VERIFIED, asked, press};
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Authenticator, HOST, PASSWORD, SignedOut, recovery_codes};
use serde_json::json;

const ADD: &str = "/account/methods/passkey";

pub async fn passkeys(house: &SignedOut) -> Vec<Passkey> {
    house.idp.app.store.second_factors(house.alice).await.unwrap().passkeys
}

#[tokio::test]
async fn a_person_adds_a_passkey_and_signs_in_with_it_alone() {
    let house = SignedOut::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let page = house.open_own(&browser, "/account/methods", None).await;
    assert!(page.body.contains(&format!("href=\"{ADD}\"")), "{}", page.body);
    let page = browser.open(idp.url(ADD)).await;
    let options = asked(&page);
    assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!(HOST), &json!("alice")));
    assert_eq!(options["excludeCredentials"], json!([]));
    assert!(!options.to_string().contains(&house.alice.to_string()), "the handle is in no token");
    assert!(page.body.contains("password alone no longer signs you in"), "{}", page.body);

    // Without script, or with a browser that has no passkeys.
    let missing = browser.press(&page, "passkey", &[("passkey", ""), ("name", "My <key>")]).await;
    assert_eq!((missing.status, missing.input("name").as_str()), (422, "My &#60;key&#62;"));
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    let answer = passkey.created(&missing);
    for _ in ["pressed", "pressed twice"] {
        let added = press(&browser, &missing, &answer).await;
        assert_eq!(added.status, 303, "{}", added.body);
        assert_eq!(recovery_codes(&browser.follow(added).await).len(), 10);
        let list = browser.open(idp.url("/account/methods")).await;
        assert!(list.body.contains("<bdi>Google Password Manager</bdi>"), "{}", list.body);
        assert!(list.body.contains("data-passkeys-accepted=") && list.body.contains(&passkey.id()));
    }
    assert_eq!((passkeys(&house).await.len(), house.recorded(AuditEvent::MethodAdded).await), (1, 1));

    let (elsewhere, page) = house.login_page().await;
    assert_eq!(asked(&page)["allowCredentials"], json!([]), "nothing says who has passkeys");
    let answer = press(&elsewhere, &page, &passkey.used(&page)).await;
    let claims = house.claims(&answer).await;
    assert_eq!(json!([claims["amr"], claims["acr"]]), json!([["pop", "user", "mfa"], "2"]));
    assert_eq!(claims["sub"], house.alice.to_string());
    assert_eq!(passkeys(&house).await[0].last_used_at, Some(idp.clock.now()));
}

#[tokio::test]
async fn a_counter_that_goes_back_is_noted_and_a_key_that_cannot_be_copied_is_refused_for_it() {
    for (flags, is_taken) in [(VERIFIED, false), (SYNCED, true)] {
        let house = SignedOut::build().await;
        let browser = house.idp.browser();
        let form = house.open_own(&browser, ADD, None).await;
        let mut passkey = SoftwarePasskey::new(&house.idp, flags);
        passkey.count.set(5);
        assert_eq!(press(&browser, &form, &passkey.created(&form)).await.status, 303);
        let copy = passkey.copy();
        for _ in 0..2 {
            let (browser, page) = house.login_page().await;
            assert_eq!(press(&browser, &page, &passkey.used(&page)).await.status, 303);
        }
        assert_eq!(passkeys(&house).await[0].sign_count, 7);
        assert_eq!(house.recorded(AuditEvent::PasskeyCounterStood).await, 0);
        let (browser, page) = house.login_page().await;
        let answer = press(&browser, &page, &copy.used(&page)).await;
        assert_eq!(answer.redirect_param("code").is_some(), is_taken, "{} {}", answer.status, answer.body);
        assert_eq!(house.recorded(AuditEvent::PasskeyCounterStood).await, 1);
        let (browser, page) = house.second_step().await;
        copy.count.set(0);
        let answer = press(&browser, &page, &copy.used(&page)).await;
        assert_eq!(answer.redirect_param("code").is_some(), is_taken, "{} {}", answer.status, answer.body);
    }
}

#[tokio::test]
async fn a_form_of_a_passkey_holds_for_its_own_session_and_a_while() {
    let house = SignedOut::build().await;
    let idp = &house.idp;
    let (browser, other) = (idp.browser(), idp.browser());
    let form = house.open_own(&browser, ADD, None).await;
    house.open_own(&other, "/account/methods", None).await;
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    let answer = passkey.created(&form);
    assert_eq!(press(&other, &form, &answer).await.status, 403);
    let again = browser.open(idp.url(ADD)).await;
    let refused = press(&browser, &again, &answer).await;
    assert_eq!(refused.status, 422, "the answer to another page: {}", refused.body);
    passkey.flags = SYNCED & !0b100;
    let refused = press(&browser, &again, &passkey.created(&again)).await;
    assert_eq!(refused.status, 422, "nobody was verified: {}", refused.body);
    assert!(press(&browser, &form, "{}").await.status == 422 && passkeys(&house).await.is_empty());
    idp.clock.advance(15 * 60 + 1);
    assert_eq!(press(&browser, &form, &answer).await.location().unwrap().path(), "/login");
    for path in [ADD, "/account/methods/rename?id=0192f0c4-0000-7000-8000-000000000000"] {
        assert_eq!(idp.browser().open(idp.url(path)).await.location().unwrap().path(), "/login", "{path}");
    }
    // A sign-in that is weaker than the account asks for by now adds nothing.
    let weak = idp.browser();
    let form = house.open_own(&weak, ADD, None).await;
    let first = SoftwarePasskey::of(idp, house.alice, "").await;
    passkey.flags = SYNCED;
    assert_eq!(press(&weak, &form, &passkey.created(&form)).await.location().unwrap().path(), "/login");
    let form = house.open_own_by_passkey(&browser, ADD, &first).await;
    assert_eq!(asked(&form)["excludeCredentials"][0]["id"], first.id());
    assert_eq!(press(&browser, &form, &passkey.created(&form)).await.status, 303);
    assert_eq!(passkeys(&house).await.len(), 2);
}

#[tokio::test]
async fn a_passkey_is_of_one_account() {
    let (house, _) = SignedOut::with_passkey().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    idp.add_user("bob").await;
    let page = browser.visit(idp.url(ADD)).await;
    let answer = browser.log_in_as(&page, "bob", PASSWORD).await;
    let form = browser.follow(answer).await;
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    assert_eq!(press(&browser, &form, &passkey.created(&form)).await.status, 303);
    let alices = idp.browser();
    let app = Authenticator::of(idp, house.alice, "").await;
    let page = alices.visit(idp.url(ADD)).await;
    let page = alices.log_in_as(&page, "alice", PASSWORD).await;
    let answer = alices.press(&page, "code", &[("code", &app.code(idp))]).await;
    let form = alices.follow(answer).await;
    let taken = press(&alices, &form, &passkey.created(&form)).await;
    assert!(taken.status == 422 && taken.body.contains("belongs to an account"), "{}", taken.body);
    assert_eq!(passkeys(&house).await.len(), 1);
}

#[tokio::test]
async fn a_passkey_is_named_and_removed_by_its_owner() {
    let (house, passkey) = SignedOut::with_passkey().await;
    let idp = &house.idp;
    let id = passkeys(&house).await[0].id;
    let (rename, remove) =
        (format!("/account/methods/rename?id={id}"), format!("/account/methods/remove?id={id}"));
    let bob = idp.browser();
    idp.add_user("bob").await;
    let page = bob.visit(idp.url("/account/methods")).await;
    let answer = bob.log_in_as(&page, "bob", PASSWORD).await;
    bob.follow(answer).await;
    for path in [&rename, &remove] {
        assert_eq!(bob.open(idp.url(path)).await.status, 404, "{path}");
    }

    let alice = idp.browser();
    let form = house.open_own_by_passkey(&alice, &rename, &passkey).await;
    assert_eq!(form.input("name"), "Laptop");
    assert_eq!(bob.press(&form, "rename", &[("name", "Mine")]).await.status, 403);
    let done = alice.press(&form, "rename", &[("name", " Old \u{7}laptop ")]).await;
    assert!(alice.follow(done).await.body.contains("<bdi>Old laptop</bdi>"));

    idp.clock.advance(16 * 60);
    assert_eq!(alice.open(idp.url(&remove)).await.location().unwrap().path(), "/login");
    let question = house.open_own_by_passkey(&alice, &remove, &passkey).await;
    assert!(question.body.contains("Remove <bdi>Old laptop</bdi>?"), "{}", question.body);
    assert!(question.body.contains("password alone will then sign you in"), "{}", question.body);
    for _ in ["pressed", "pressed twice"] {
        let answer = alice.press(&question, "remove", &[]).await;
        assert_eq!(answer.location().unwrap().path(), "/account/methods", "{}", answer.body);
    }
    assert_eq!((passkeys(&house).await.len(), house.recorded(AuditEvent::MethodRemoved).await), (0, 1));
    let list = alice.open(idp.url("/account/methods")).await;
    assert!(list.body.contains("allAcceptedCredentialIds&#34;:[]"), "{}", list.body);
    idp.browser().sign_in_for_tokens(idp, &house.site, "alice").await;
}

#[tokio::test]
async fn a_person_is_told_of_a_passkey_that_comes_or_goes() {
    let sink = SmtpSink::start().await;
    let house = SignedOut::on(mail::provider(&sink).await).await;
    let _senders = mail::senders(&house.idp);
    let browser = house.idp.browser();
    let form = house.open_own(&browser, ADD, None).await;
    let mut passkey = SoftwarePasskey::new(&house.idp, SYNCED);
    let answer = passkey.created(&form);
    browser.press(&form, "passkey", &[("passkey", &answer), ("name", "Work laptop")]).await;
    let letter = sink.takes(1).await.remove(0);
    assert_eq!(letter.header("Subject"), "A passkey was added to your account");
    let text = letter.part("text/plain");
    assert!(text.contains("Passkey: Work laptop"), "{text}");
    let id = passkeys(&house).await[0].id;
    let remove = format!("/account/methods/remove?id={id}");
    let question = browser.visit(house.idp.url(&remove)).await;
    browser.press(&question, "remove", &[]).await;
    assert_eq!(sink.takes(2).await[1].header("Subject"), "A passkey was removed from your account");
}

#[tokio::test]
async fn recovery_codes_come_with_the_first_passkey_stand_for_it_and_go_with_it() {
    let house = SignedOut::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let form = house.open_own(&browser, ADD, None).await;
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    let added = press(&browser, &form, &passkey.created(&form)).await;
    let codes = recovery_codes(&browser.follow(added).await);
    // After the password, where the passkey is not at hand.
    let (elsewhere, page) = house.second_step().await;
    let page = elsewhere.press(&page, "use_recovery_code", &[]).await;
    assert!(
        page.body.contains("id=\"code-submit\"") && !page.body.contains("passkey-submit"),
        "{}",
        page.body
    );
    let back = elsewhere.press(&page, "use_app", &[]).await;
    assert_eq!(asked(&back)["allowCredentials"][0]["id"], passkey.id());
    let opened = elsewhere.press(&page, "recovery_code", &[("code", &codes[0])]).await;
    assert_eq!(house.claims(&opened).await["amr"], json!(["pwd", "otp", "mfa"]));
    // A second factor after the first brings none.
    let own = idp.browser();
    let form = house.open_own_by_passkey(&own, "/account/methods/totp", &passkey).await;
    let app = Authenticator::scanning(&form);
    let added = own.press(&form, "add", &[("code", &app.code(idp))]).await;
    assert_eq!(added.location().unwrap().path(), "/account/methods", "{}", added.body);
    let left = || async { idp.app.store.recovery_codes(house.alice).await.unwrap().len() };
    assert_eq!(left().await, 10, "the used one is among them");
    // The codes go with the last factor, and not before.
    let factors = idp.app.store.second_factors(house.alice).await.unwrap();
    for (id, stay) in [(factors.passkeys[0].id, 10), (factors.apps[0].id, 0)] {
        let question = own.open(idp.url(&format!("/account/methods/remove?id={id}"))).await;
        assert_eq!(own.press(&question, "remove", &[]).await.status, 303);
        assert_eq!(left().await, stay);
    }
}
