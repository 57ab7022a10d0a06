//! `/account/delete`: a person has their account deleted, and may think better of it (ADR 53).

use crate::mail::letters;
use crate::password_reset::{choose, link_to, newest_link, settled};
use crate::schema::ask;
use idp_core::username::Username;
use idp_server::config::{AccountDeletion, ConfigDuration};
use idp_server::task;
use idp_tests::{
    Answer, Authenticator, Browser, ClientSpec, LogoutReceiver, PASSWORD, SignedIn, TestIdp, jwt,
};

const PAGE: &str = "/account/delete";
const DAY: i64 = 24 * 60 * 60;

async fn with_letters(grace: ConfigDuration) -> SignedIn {
    let idp = TestIdp::start_with(|config| {
        config.mail.to_inbox = true;
        config.account.deletion_grace = grace;
    })
    .await;
    SignedIn::on(idp, ClientSpec::confidential("site-a")).await
}

async fn alice() -> SignedIn {
    with_letters(ConfigDuration::days(14)).await
}

/// Asks for the account to be deleted, and answers the page that follows.
async fn delete(idp: &TestIdp, browser: &Browser) -> Answer {
    let page = browser.open(idp.url(PAGE)).await;
    assert!(page.status == 200 && page.has_form(PAGE), "{} {}", page.status, page.body);
    let answer = browser.press(&page, "", &[("understood", "yes")]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    browser.follow(answer).await
}

/// What the login page leads to for Alice.
async fn sign_in(story: &SignedIn, browser: &Browser) -> Answer {
    let login = browser.visit(story.idp.authorize_url(&story.site, &[])).await;
    browser.log_in_as(&login, "alice", PASSWORD).await
}

async fn status(idp: &TestIdp) -> Vec<String> {
    ask(&idp.db, "SELECT status || ' ' || COALESCE(delete_at, 0) AS word FROM users").await
}

async fn events(idp: &TestIdp, like: &str) -> Vec<String> {
    ask(&idp.db, &format!("SELECT event AS word FROM audit_events WHERE event LIKE '{like}' ORDER BY id"))
        .await
}

async fn kinds(idp: &TestIdp) -> Vec<String> {
    letters(idp).await.into_iter().rev().map(|mail| mail.kind).collect()
}

#[tokio::test]
async fn s42_an_account_that_is_to_be_deleted_is_shut_at_once_and_its_name_stays_taken() {
    let alice = alice().await;
    let (idp, site) = (&alice.idp, &alice.site);
    let elsewhere = idp.browser();
    let phone = elsewhere.sign_in_for_tokens(idp, site, "alice").await;
    let code = alice.code().await;
    idp.clock.advance(1);
    let question = alice.browser.open(idp.url(PAGE)).await;
    for words in ["signed out everywhere right away", "Until then you can take it back", "/account/export"] {
        assert!(question.body.contains(words), "{words}: {}", question.body);
    }
    let unticked = alice.browser.press(&question, "", &[]).await;
    assert!(unticked.status == 422 && unticked.body.contains("Tick this box"), "{}", unticked.body);
    assert_eq!(status(idp).await, ["active 0"]);

    let told = delete(idp, &alice.browser).await;
    assert_eq!((told.status, told.url.path()), (200, "/account/deleted"));
    assert!(
        told.body.contains("Your account will be deleted") && told.body.contains("This happens on"),
        "{}",
        told.body
    );
    assert_eq!(status(idp).await, [format!("deleting {}", idp.now() + 14 * DAY)]);
    for (access, refresh) in [
        (alice.access_token(), alice.refresh_token()),
        (phone.text("access_token"), phone.text("refresh_token")),
    ] {
        assert_eq!(idp.userinfo(access).await.status, 401);
        assert!(!idp.is_active(site, access).await);
        assert_eq!(idp.refresh(site, refresh).await.refusal(), (400, "invalid_grant"));
    }
    assert_eq!(idp.redeem(site, &code).await.refusal(), (400, "invalid_grant"));
    for browser in [&alice.browser, &elsewhere] {
        let silent = browser.open(idp.authorize_url(site, &[("prompt", "none")])).await;
        assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
    }
    let asked = elsewhere.visit(idp.url("/account")).await;
    assert!(asked.body.contains("you asked for your account to be deleted"), "says why: {}", asked.body);
    // A stranger sees nothing of it, and no one gets the name.
    assert!(idp.browser().visit(&told.url).await.url.path() == "/", "the receipt is this browser's");
    let wrong = idp.browser();
    let login = wrong.visit(idp.authorize_url(site, &[])).await;
    let refused = wrong.log_in_as(&login, "alice", "a wrong one").await;
    assert!(refused.status == 422 && !refused.body.contains("delete"), "{}", refused.body);
    let taken = "SELECT 'taken' AS word FROM sign_in_names";
    assert_eq!(ask(&idp.db, taken).await.len(), 2);
    assert_eq!(kinds(idp).await, ["new_sign_in", "deletion_requested"]);
    assert_eq!(events(idp, "deletion%").await, ["deletion_requested"]);
}

#[tokio::test]
async fn a_person_who_signs_in_before_the_time_has_come_is_asked_and_keeps_the_account() {
    let alice = alice().await;
    let (idp, site) = (&alice.idp, &alice.site);
    delete(idp, &alice.browser).await;
    idp.clock.advance(13 * DAY);
    let asked = sign_in(&alice, &alice.browser).await;
    assert_eq!(asked.status, 200);
    assert!(
        asked.body.contains("Do you want to keep your account?") && asked.body.contains("id=\"keep-submit\"")
    );
    // To look changes nothing, and neither does going away.
    assert!(status(idp).await[0].starts_with("deleting "));
    assert_eq!(alice.browser.cookie("idp.localhost", "__Host-idp_session"), None);
    let left = alice.browser.press(&asked, "cancel", &[]).await;
    assert_eq!(left.redirect_param("error").as_deref(), Some("access_denied"));
    assert!(status(idp).await[0].starts_with("deleting "));

    let asked = sign_in(&alice, &alice.browser).await;
    let (first, second) =
        tokio::join!(alice.browser.press(&asked, "keep", &[]), alice.browser.press(&asked, "keep", &[]));
    assert_eq!((first.status, second.status), (303, 303), "{first:?} {second:?}");
    let back = alice.browser.follow(first).await;
    let tokens = idp.redeem(site, &back.redirect_param("code").unwrap()).await;
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200);
    assert_eq!(status(idp).await, ["active 0"]);
    assert_eq!(
        idp.refresh(site, alice.refresh_token()).await.refusal(),
        (400, "invalid_grant"),
        "stays void"
    );
    assert_eq!(events(idp, "deletion%").await, ["deletion_requested", "deletion_taken_back"]);
    assert!(kinds(idp).await.ends_with(&["deletion_taken_back".to_owned()]), "{:?}", kinds(idp).await);
    idp.clock.advance(2 * DAY);
    assert_eq!(idp.app.store.remove_due_accounts(idp.clock.now()).await.unwrap(), 0);
    assert_eq!(status(idp).await, ["active 0"]);
}

#[tokio::test]
async fn no_order_of_forms_leads_past_the_question_or_past_the_second_step() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let app = Authenticator::of(idp, alice.alice, "Pixel").await;
    // The password alone deletes nothing of an account that asks for more.
    let weak = browser.open(idp.url(PAGE)).await;
    assert_eq!(weak.location().unwrap().path(), "/login");
    let login = browser.visit(idp.url(PAGE)).await;
    let step = browser.log_in_as(&login, "alice", PASSWORD).await;
    let answer = browser.press(&step, "code", &[("code", &app.code_after(idp, 1))]).await;
    let question = browser.follow(answer).await;
    assert_eq!(browser.press(&question, "", &[("understood", "yes")]).await.status, 303);

    idp.clock.advance(DAY);
    let step = sign_in(&alice, browser).await;
    assert!(step.body.contains("Enter your code"), "{}", step.body);
    for button in ["keep", "continue"] {
        let skipped = browser.press(&step, button, &[]).await;
        assert!(skipped.body.contains("Enter your code"), "{button}: {}", skipped.body);
    }
    assert!(status(idp).await[0].starts_with("deleting "));
    let asked = browser.press(&step, "code", &[("code", &app.code(idp))]).await;
    assert!(asked.body.contains("id=\"keep-submit\""), "{}", asked.body);
    let again = browser.press(&asked, "continue", &[]).await;
    assert!(again.body.contains("id=\"keep-submit\""), "asked again: {}", again.body);
    // In another browser the page is worth nothing.
    let thief = idp.browser();
    let taken = thief.press(&asked, "keep", &[]).await;
    assert_ne!(taken.status, 303, "{taken:?}");
    assert!(status(idp).await[0].starts_with("deleting "));
    assert_eq!(browser.press(&again, "keep", &[]).await.status, 303);
    assert_eq!(status(idp).await, ["active 0"]);
}

#[tokio::test]
async fn when_the_time_has_come_nothing_is_left_but_the_last_letter() {
    let alice = alice().await;
    let (idp, site) = (&alice.idp, &alice.site);
    delete(idp, &alice.browser).await;
    idp.clock.advance(14 * DAY - 1);
    assert_eq!(idp.app.store.remove_due_accounts(idp.clock.now()).await.unwrap(), 0);
    let asked = sign_in(&alice, &alice.browser).await;
    assert!(asked.body.contains("id=\"keep-submit\""));
    idp.clock.advance(1);
    // Too late, also before the clean-up.
    let late = alice.browser.press(&asked, "keep", &[]).await;
    assert!(late.status != 303 && !late.body.contains("keep-submit"), "{}", late.body);
    assert_eq!(sign_in(&alice, &idp.browser()).await.status, 422);
    assert_eq!(idp.app.store.remove_due_accounts(idp.clock.now()).await.unwrap(), 1);
    assert_eq!(idp.app.store.remove_due_accounts(idp.clock.now()).await.unwrap(), 0);
    for table in
        ["users", "sign_in_names", "mail_addresses", "password_credentials", "sessions", "grants", "devices"]
    {
        assert!(ask(&idp.db, &format!("SELECT 'row' AS word FROM {table}")).await.is_empty(), "{table}");
    }
    assert_eq!(kinds(idp).await, ["account_deleted"]);
    let last = letters(idp).await.remove(0);
    let letter = idp.app.store.opened_letter(&last).unwrap();
    assert_eq!((letter.to.as_str(), letter.account.as_str()), ("alice@example.org", "alice"));
    let recorded = "SELECT COALESCE(address, '') || COALESCE(detail, '') || COALESCE(client_id, '') AS word \
         FROM audit_events WHERE event = 'account_deleted'";
    assert_eq!(ask(&idp.db, recorded).await, [""], "the id and nothing else");
    assert_eq!(idp.refresh(site, alice.refresh_token()).await.refusal(), (400, "invalid_grant"));
    // The name is free, for another person with another subject.
    assert_ne!(idp.add_user("alice").await, alice.alice);
}

#[tokio::test]
async fn without_a_grace_an_account_is_deleted_at_once() {
    let alice = with_letters(ConfigDuration::seconds(0)).await;
    let idp = &alice.idp;
    let question = alice.browser.open(idp.url(PAGE)).await;
    assert!(
        question.body.contains("nobody can bring it back") && !question.body.contains("take it back"),
        "{}",
        question.body
    );
    let told = delete(idp, &alice.browser).await;
    assert!(told.body.contains("Your account is deleted"), "{}", told.body);
    assert!(status(idp).await.is_empty());
    assert_eq!(kinds(idp).await, ["account_deleted"]);
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 401);
    assert_eq!(sign_in(&alice, &alice.browser).await.status, 422);
    assert_eq!(events(idp, "%delet%").await, ["account_deleted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn s72_sites_are_told_when_it_is_asked_for() {
    let (idp, receiver) = (TestIdp::start().await, LogoutReceiver::new());
    let _listening = receiver.listen();
    let _sender = task::tell_clients(&idp.app);
    let alice = SignedIn::on(idp, receiver.client("site-a")).await;
    delete(&alice.idp, &alice.browser).await;
    let heard = receiver.wait_for(1).await;
    assert_eq!(jwt::claims(&heard[0])["sub"], alice.alice.to_string());
    let log = "SELECT kind || ' ' || cause AS word FROM revocations WHERE kind = 'sub'";
    assert_eq!(ask(&alice.idp.db, log).await, ["sub account_deleted"]);
}

#[tokio::test]
async fn s60_a_form_that_is_not_of_this_page_deletes_nothing() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let page = browser.open(idp.url(PAGE)).await;
    let csrf = page.input("csrf");
    let export = browser.open(idp.url("/account/export")).await.input("csrf");
    let own: &[(&str, &str)] = &[("sec-fetch-site", "same-origin"), ("origin", &idp.issuer)];
    let evil: &[(&str, &str)] = &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    for (csrf, headers) in [("", own), ("x", own), (export.as_str(), own), (csrf.as_str(), evil)] {
        let fields = [("tx", ""), ("csrf", csrf), ("understood", "yes")];
        assert_eq!(browser.post_with(idp.url(PAGE), &fields, headers).await.status, 403, "{csrf}");
    }
    // Nor does a page that was left open.
    idp.clock.advance(16 * 60);
    let late = browser.press(&page, "", &[("understood", "yes")]).await;
    assert_eq!(late.location().unwrap().path(), "/login");
    assert_eq!(status(idp).await, ["active 0"]);
}

#[tokio::test]
async fn operators_see_it_take_it_back_and_may_close_the_door() {
    let alice = alice().await;
    let idp = &alice.idp;
    let (name, directory) = (Username::parse("alice").unwrap(), idp.operator());
    delete(idp, &alice.browser).await;
    let user = directory.user(&name).await.unwrap();
    assert_eq!(user.status.deleted_at().map(|due| due.as_secs()), Some(idp.now() + 14 * DAY));
    directory.enable_user(&name, idp.clock.now()).await.unwrap();
    assert_eq!(status(idp).await, ["active 0"]);
    let answer = sign_in(&alice, &alice.browser).await;
    assert_eq!(answer.status, 303, "no question: {}", answer.body);
    alice.browser.follow(answer).await;
    delete(idp, &alice.browser).await;
    directory.disable_user(&name, idp.clock.now()).await.unwrap();
    assert_eq!(status(idp).await, ["disabled 0"]);
    assert_eq!(sign_in(&alice, &idp.browser()).await.status, 422);

    let idp = TestIdp::start_with(|config| config.account.deletion = AccountDeletion::Off).await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    assert_eq!(alice.browser.open(alice.idp.url(PAGE)).await.status, 404);
    assert!(!alice.browser.open(alice.idp.url("/account")).await.body.contains(PAGE));
}

/// Whichever comes first, the account is deleted or stays whole.
#[tokio::test]
async fn taking_it_back_while_the_clean_up_runs_leaves_no_half_account() {
    for _ in 0..5 {
        let alice = alice().await;
        let (idp, browser) = (&alice.idp, &alice.browser);
        delete(idp, browser).await;
        idp.clock.advance(14 * DAY - 1);
        let asked = sign_in(&alice, browser).await;
        let due = idp.clock.now().plus(1);
        let (kept, removed) =
            tokio::join!(browser.press(&asked, "keep", &[]), idp.app.store.remove_due_accounts(due));
        match removed.unwrap() {
            0 => assert_eq!((kept.status, status(idp).await), (303, vec!["active 0".to_owned()])),
            _ => assert!(kept.status != 303 && status(idp).await.is_empty(), "{kept:?}"),
        }
    }
}

/// Who changed their mind and does not know the password any more.
#[tokio::test]
async fn a_forgotten_password_is_reset_while_the_account_waits_and_the_account_is_kept() {
    let alice = alice().await;
    let (idp, site) = (&alice.idp, &alice.site);
    delete(idp, &alice.browser).await;
    idp.clock.advance(13 * DAY);
    let new = "seven gravel teapots whistle";
    let reset = async |browser: &Browser| {
        let login = browser.visit(idp.authorize_url(site, &[])).await;
        let page = browser.open(idp.url(&link_to(&login, "login-forgot"))).await;
        assert_eq!(browser.submit(&page, &[("username", "alice")], "forgot-submit").await.status, 200);
        settled(idp).await;
    };
    let browser = idp.browser();
    reset(&browser).await;
    let link = newest_link(idp, "reset_password").await;
    let page = browser.visit(idp.url(&format!("/reset-password?link={link}"))).await;
    let answer = choose(&browser, &page, new).await;
    // The link alone keeps nothing: a reader of the mail is asked like everyone who signs in.
    assert!(status(idp).await[0].starts_with("deleting "));
    let login = browser.follow(answer).await;
    let asked = browser.log_in_as(&login, "alice", new).await;
    assert!(asked.body.contains("id=\"keep-submit\""), "{} {}", asked.status, asked.body);
    let kept = browser.press(&asked, "keep", &[]).await;
    assert_eq!(kept.status, 303);
    assert_eq!(status(idp).await, ["active 0"]);

    // Once the time has come there is no one to write to, and no link that leads anywhere.
    delete_again(&alice, &browser, new).await;
    reset(&idp.browser()).await;
    let link = newest_link(idp, "reset_password").await;
    idp.clock.advance(14 * DAY);
    let late = idp.browser();
    let page = late.visit(idp.url(&format!("/reset-password?link={link}"))).await;
    assert!(!page.body.contains("id=\"new-password\""), "{}", page.body);
    let letters = letters(idp).await.len();
    reset(&late).await;
    assert_eq!(crate::mail::letters(idp).await.len(), letters);
}

async fn delete_again(alice: &SignedIn, browser: &Browser, password: &str) {
    let login = browser.visit(alice.idp.url(PAGE)).await;
    if login.has_form("/login") {
        let answer = browser.log_in_as(&login, "alice", password).await;
        browser.follow(answer).await;
    }
    delete(&alice.idp, browser).await;
}
