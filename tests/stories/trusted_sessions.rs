//! Whom an open session is trusted as: not as more than it proved once the account asks for more, and not on a device that the
//! person was never on.

use crate::mail::{letters, provider};
use idp_server::db::sessions;
use idp_tests::sites::{TestSite, advance_all};
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, PASSWORD, SESSION, SignedIn, TestIdp, jwt};

const DAY: i64 = 24 * 3600;

/// Asks for a code without a word.
async fn silently(story: &SignedIn, browser: &Browser) -> Answer {
    browser.open(story.idp.authorize_url(&story.site, &[("prompt", "none")])).await
}

#[tokio::test]
async fn s83_a_session_from_before_the_app_is_asked_for_its_second_step() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    assert_eq!(silently(&story, &story.browser).await.redirect_param("error"), None);
    let app = Authenticator::of(idp, story.alice, "Pixel").await;
    idp.clock.advance(2 * DAY);
    let silent = silently(&story, &story.browser).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
    let page = story.browser.visit(idp.authorize_url(&story.site, &[])).await;
    assert!(page.body.contains("name=\"code\"") && !page.body.contains("name=\"password\""), "{}", page.body);
    let answer = story.browser.press(&page, "code", &[("code", &app.code(idp))]).await;
    let code = answer.redirect_param("code").expect("a code");
    let tokens = idp.redeem(&story.site, &code).await;
    let claims = jwt::claims(tokens.text("access_token"));
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    // And from then on in silence.
    assert!(silently(&story, &story.browser).await.redirect_param("code").is_some());
}

#[tokio::test]
async fn s83_what_was_given_before_the_app_keeps_the_proofs_of_its_own_sign_in() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    Authenticator::of(&story.idp, story.alice, "Pixel").await;
    story.idp.clock.advance(600);
    let renewed = story.idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(renewed.status, 200);
    assert_eq!(jwt::claims(renewed.text("access_token"))["amr"], serde_json::json!(["pwd"]));
}

#[tokio::test]
async fn an_account_that_slept_is_told_of_a_new_device_and_one_that_was_never_used_is_not() {
    let sink = SmtpSink::start().await;
    let story = SignedIn::on(provider(&sink).await, ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    assert_eq!(letters(idp).await.len(), 0, "the first sign-in is no news");
    for days in [30, 100, 400] {
        idp.clock.advance(days * DAY);
        idp.app.store.clean_up(idp.clock.now()).await;
        let before: Vec<_> = letters(idp).await.into_iter().map(|mail| mail.id).collect();
        idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
        let written = letters(idp).await;
        let news: Vec<_> = written.iter().filter(|mail| !before.contains(&mail.id)).collect();
        assert_eq!(news.len(), 1, "after {days} days");
        assert_eq!(news[0].kind, "new_sign_in");
    }
}

#[tokio::test]
async fn a_sign_in_over_a_stolen_cookie_is_a_new_device_and_its_owner_is_told_why_they_are_out() {
    let sink = SmtpSink::start().await;
    let story = SignedIn::on(provider(&sink).await, ClientSpec::confidential("site-a")).await;
    let (idp, alice) = (&story.idp, story.alice);
    let stolen = sid_of(idp, alice).await;
    let thief = idp.browser();
    let cookie = story.browser.cookie("idp.localhost", SESSION).unwrap();
    thief.set_cookie("idp.localhost", SESSION, &cookie);
    let page = thief.visit(idp.authorize_url(&story.site, &[("prompt", "login")])).await;
    let answer = thief.log_in_as(&page, "alice", PASSWORD).await;
    assert!(answer.redirect_param("code").is_some());
    let written = letters(idp).await;
    assert_eq!(written.iter().map(|mail| mail.kind.as_str()).collect::<Vec<_>>(), ["new_sign_in"]);
    assert_ne!(sid_of(idp, alice).await, stolen, "the session of another device does not move here");
    let owner = story.browser.visit(idp.authorize_url(&story.site, &[])).await;
    assert!(
        owner.body.contains("You were signed out because you signed in on another device."),
        "{}",
        owner.body
    );
    // Back on the own device, which is no news.
    story.browser.log_in_as(&owner, "alice", PASSWORD).await;
    assert_eq!(letters(idp).await.len(), 1);
}

async fn sid_of(idp: &TestIdp, user: uuid::Uuid) -> uuid::Uuid {
    let open = idp.db.read(move |connection| sessions::open_of(connection, user)).await.unwrap();
    assert_eq!(open.len(), 1);
    open[0].0.sid
}

#[tokio::test]
async fn s62_signing_in_again_on_the_same_device_keeps_the_session() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let before = sid_of(&story.idp, story.alice).await;
    let page = story.browser.visit(story.idp.authorize_url(&story.site, &[("prompt", "login")])).await;
    story.browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!(sid_of(&story.idp, story.alice).await, before);
}

#[tokio::test]
async fn s83_a_stolen_cookie_and_a_code_are_not_enough_on_another_device() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let app = Authenticator::of(idp, story.alice, "Pixel").await;
    let thief = idp.browser();
    let cookie = story.browser.cookie("idp.localhost", SESSION).unwrap();
    thief.set_cookie("idp.localhost", SESSION, &cookie);
    let page = thief.visit(idp.authorize_url(&story.site, &[])).await;
    assert!(page.body.contains("name=\"password\""), "the password is asked for again: {}", page.body);
    // A page of the owner's, carried over, opens nothing there either.
    let own = story.browser.visit(idp.authorize_url(&story.site, &[])).await;
    let carried = thief.press(&own, "code", &[("code", &app.code(idp))]).await;
    assert_eq!(carried.redirect_param("code"), None);
    let own = story.browser.visit(idp.authorize_url(&story.site, &[])).await;
    let answer = story.browser.press(&own, "code", &[("code", &app.code(idp))]).await;
    assert!(answer.redirect_param("code").is_some());
}

#[tokio::test]
async fn s62_a_copy_of_a_sites_cookie_is_nobody_after_its_owner_confirmed_who_they_are() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let site = TestSite::start(&idp, "a", "Site A").await;
    let browser = idp.browser();
    let login = browser.visit(site.url("/payout")).await;
    let back = browser.log_in_as(&login, "alice", PASSWORD).await;
    browser.follow(back).await;
    let thief = idp.browser();
    for (name, value, _) in browser.cookies("a.localhost") {
        thief.set_cookie("a.localhost", &name, &value);
    }
    assert_eq!(thief.open(site.url("/members")).await.status, 200);
    advance_all(&idp, &[&site], 120);
    let token = browser.visit(site.url("/payout")).await.input("csrf_token");
    let sent = browser.post(site.url("/payout/delete"), &[("csrf_token", &token)]).await;
    let login = browser.follow(sent).await;
    let back = browser.log_in_as(&login, "alice", PASSWORD).await;
    browser.follow(back).await;
    for seconds in [10, 2 * 3600, 24 * 3600] {
        advance_all(&idp, &[&site], seconds);
        assert_eq!(thief.open(site.url("/members")).await.status, 303, "after {seconds} s more");
        assert_eq!(browser.open(site.url("/members")).await.status, 200);
    }
}
