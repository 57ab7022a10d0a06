//! A journey through everything that the database is asked, for stories about its statements: all that people, sites,
//! administrators and tasks do, once at least. `stories/indexes` says which function of `db/` it has left out.

use crate::behind_the_pages::{administrators, rare_acts, rare_questions, tasks};
use crate::password_reset::newest_link;
use crate::schema::execute;
use idp_core::mail_address::MailAddress;
use idp_core::username::Username;
use idp_server::config::{Config, Registration};
use idp_server::db::Locks;
use idp_server::directory::registration::Guest;
use idp_tests::passkey::{SYNCED, SoftwarePasskey};
use idp_tests::{Browser, LogoutReceiver, SignedIn, TestIdp};
use uuid::Uuid;

/// Letters are written, and go nowhere.
pub fn letters_are_on(config: &mut Config) {
    config.mail.to_inbox = true;
}

/// The same, where people open accounts by themselves, and may have a link sent in place of a second factor.
pub fn everything_is_on(config: &mut Config) {
    letters_are_on(config);
    config.authentication.mail_fallback = true;
    config.account.registration = Registration::Open;
}

/// Alice, signed in at a site that is told of sign-outs at the back channel.
pub async fn begin(idp: TestIdp) -> SignedIn {
    SignedIn::on(idp, LogoutReceiver::new().client("site-a")).await
}

/// Goes all the way from there.
pub async fn journey(story: &SignedIn) {
    people(story).await;
    // What became of a sign-in that is over by now.
    let (idp, now) = (&story.idp, story.idp.clock.now());
    let explained = idp.operator().explain(story.refresh_token(), now).await.unwrap();
    assert_eq!((explained.is_good, explained.ended.is_some()), (Some(false), true), "{explained:?}");
    registration(&story.idp).await;
    own_data(&story.idp).await;
    administrators(&story.idp).await;
    crate::acme_orders::asked(&story.idp).await;
    tasks(story).await;
    let (alice, sid) = (story.alice, idp_server::random::new_id(story.idp.clock.now()));
    let client = story.site.client.id.clone();
    let asked = story.idp.db.write(Locks::installation(), move |connection| {
        rare_questions(connection, alice, sid, &client)?;
        rare_acts(connection, alice, sid, &client)
    });
    asked.await.unwrap();
}

/// Signing in, tokens, the page of devices, signing out.
async fn people(story: &SignedIn) {
    let (idp, site) = (&story.idp, &story.site);
    let refreshed = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(refreshed.status, 200);
    assert!(idp.is_active(site, refreshed.text("access_token")).await);
    assert_eq!(idp.userinfo(refreshed.text("access_token")).await.status, 200);
    let second = story.grant().await;
    for token in ["access_token", "refresh_token"] {
        let given_back = idp.post_as(site, "/revoke", &[("token", second.text(token))]).await;
        assert_eq!(given_back.status, 200);
    }
    let elsewhere = idp.browser();
    elsewhere.sign_in_for_tokens(idp, site, "alice").await;
    name_device(idp, &story.browser).await;
    assert_eq!(story.browser.open(idp.url("/account/activity")).await.status, 200);
    press_on_devices(idp, &story.browser, "others").await;
    press_on_devices(idp, &story.browser, "all").await;
    // A late second use, and another sign-in in a browser that is known.
    second_step(idp, story.alice).await;
    links_in_letters(idp, story.alice).await;
    passkey(idp, story.alice).await;
    idp.clock.advance(60);
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 400);
    let page = story.browser.visit(idp.authorize_url(site, &[])).await;
    assert_eq!(story.browser.log_in_as(&page, "alice", "a wrong one").await.status, 422);
    story.browser.sign_in_for_tokens(idp, site, "alice").await;
    let again = story.browser.visit(idp.authorize_url(site, &[("prompt", "login")])).await;
    assert_eq!(story.browser.log_in_as(&again, "alice", idp_tests::PASSWORD).await.status, 303);
}

/// Adding an authenticator app, proving a code of it in a session that is open, signing in with it and with a recovery code, and
/// removing it.
async fn second_step(idp: &TestIdp, alice: Uuid) {
    let browser = idp.browser();
    let login = browser.visit(idp.url("/account/methods/totp")).await;
    let answer = browser.log_in_as(&login, "alice", idp_tests::PASSWORD).await;
    let page = browser.follow(answer).await;
    let app = idp_tests::Authenticator::scanning(&page);
    let codes = browser.press(&page, "add", &[("code", &app.code(idp)), ("others", "others")]).await;
    let codes = idp_tests::recovery_codes(&browser.follow(codes).await);
    let elsewhere = idp.browser();
    let login = elsewhere.visit(idp.url("/account/methods/recovery-codes")).await;
    let step = elsewhere.log_in_as(&login, "alice", idp_tests::PASSWORD).await;
    assert_eq!(elsewhere.press(&step, "code", &[("code", &app.wrong_code(idp))]).await.status, 422);
    let step = elsewhere.press(&step, "use_recovery_code", &[]).await;
    let answer = elsewhere.press(&step, "recovery_code", &[("code", &codes[0])]).await;
    let question = elsewhere.follow(answer).await;
    let made = elsewhere.press(&question, "", &[]).await;
    assert_eq!(idp_tests::recovery_codes(&elsewhere.follow(made).await).len(), 10);
    if idp.app.config.authentication.mail_fallback {
        let elsewhere = idp.browser();
        let login = elsewhere.visit(idp.url("/account")).await;
        let step = elsewhere.log_in_as(&login, "alice", idp_tests::PASSWORD).await;
        assert_eq!(elsewhere.press(&step, "send_link", &[]).await.status, 200);
        let link = newest_link(idp, "second_step_link").await;
        let page = elsewhere.visit(idp.url(&format!("/second-step?link={link}"))).await;
        assert_eq!(elsewhere.press(&page, "use_link", &[]).await.status, 303);
    }
    let added = idp.app.store.authenticator_apps(alice).await.unwrap()[0].id;
    let browser = idp.browser();
    let login = browser.visit(idp.url(&format!("/account/methods/remove?id={added}"))).await;
    let step = browser.log_in_as(&login, "alice", idp_tests::PASSWORD).await;
    let answer = browser.press(&step, "code", &[("code", &app.code_after(idp, 1))]).await;
    let question = browser.follow(answer).await;
    assert_eq!(browser.press(&question, "remove", &[]).await.status, 303);
    assert!(idp.app.store.authenticator_apps(alice).await.unwrap().is_empty());
}

/// Adding an address and removing it, and a new password by a link.
async fn links_in_letters(idp: &TestIdp, alice: Uuid) {
    let browser = idp.browser();
    let login = browser.visit(idp.url("/account/addresses/add")).await;
    let form = browser.follow(browser.log_in_as(&login, "alice", idp_tests::PASSWORD).await).await;
    assert_eq!(browser.press(&form, "", &[("address", "second@example.org")]).await.status, 303);
    let link = newest_link(idp, "verify_address").await;
    let page = browser.visit(idp.url(&format!("/verify-address?link={link}"))).await;
    assert_eq!(browser.press(&page, "", &[]).await.status, 200);
    let list = browser.open(idp.url("/account/addresses")).await;
    let id = list.body.rsplit("/account/addresses/change?id=").next().unwrap()[..36].to_owned();
    let page = browser.open(idp.url(&format!("/account/addresses/change?id={id}"))).await;
    assert_eq!(browser.press(&page, "remove", &[]).await.status, 303);
    let form = browser.visit(idp.url("/forgot-password")).await;
    assert_eq!(browser.press(&form, "", &[("username", "alice")]).await.status, 200);
    let link = newest_link(idp, "reset_password").await;
    let page = browser.visit(idp.url(&format!("/reset-password?link={link}"))).await;
    let done = browser.press(&page, "", &[("new_password", "seven gravel teapots whistle")]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    crate::login::give_password(idp, alice, idp_tests::PASSWORD).await;
}

/// Opening an account by a link that was asked for, and inviting.
async fn registration(idp: &TestIdp) {
    let (now, directory) = (idp.clock.now(), idp.operator());
    let browser = idp.browser();
    let form = browser.visit(idp.url("/register")).await;
    assert_eq!(browser.press(&form, "", &[("address", "dora@new.example")]).await.status, 200);
    let link = newest_link(idp, "register").await;
    let page = browser.visit(idp.url(&format!("/create-account?link={link}"))).await;
    let typed = [("name", "Dora"), ("new_password", "seven gravel teapots whistle")];
    assert_eq!(browser.press(&page, "", &typed).await.status, 303);
    let address = MailAddress::parse("emil@new.example").unwrap();
    let guest = Guest {
        address: address.clone(),
        name: None,
        username: Username::parse("emil").ok(),
        language: idp_server::words::Language::english(),
        lifetime: 3600,
    };
    directory.invite(guest, now).await.unwrap();
    assert!(idp.app.store.invitations_after(None, 2).await.unwrap().is_some());
    let id = idp_server::store::registration::invitation_id(&address);
    assert!(directory.invitation(id, now).await.unwrap().is_some());
    directory.withdraw_invitation(address, now).await.unwrap();
}

/// Everything that a person does with their own data, to the end of an account.
async fn own_data(idp: &TestIdp) {
    let (store, config) = (&idp.app.store, &idp.app.config.account);
    let carol = idp.add_user("carol").await;
    let browser = idp.browser();
    let login = browser.visit(idp.url("/account/profile")).await;
    let answer = browser.log_in_as(&login, "carol", idp_tests::PASSWORD).await;
    let page = browser.follow(answer).await;
    assert_eq!(browser.press(&page, "", &[("nickname", "Caro")]).await.status, 303);
    let page = browser.open(idp.url("/account/picture")).await;
    assert_eq!(browser.upload(&page, "", "picture", &crate::pictures::png(40, 40)).await.status, 303);
    let name = store.picture_name_of(carol).await.unwrap().unwrap();
    for path in [format!("/picture/{name}"), format!("/picture/{name}/small")] {
        assert_eq!(browser.open(idp.url(&path)).await.status, 200);
    }
    let page = browser.open(idp.url("/account/export")).await;
    assert_eq!(browser.press(&page, "", &[]).await.status, 200);
    let page = browser.open(idp.url("/account/delete")).await;
    assert_eq!(browser.press(&page, "", &[("understood", "yes")]).await.status, 303);
    let due = idp.clock.now().plus(config.deletion_grace.as_secs());
    assert_eq!(store.remove_due_accounts(due).await.unwrap(), 1);
}

/// Once, again, and no more.
async fn name_device(idp: &TestIdp, browser: &Browser) {
    for name in ["Laptop", "Old laptop", ""] {
        let page = browser.open(idp.url("/account/devices")).await;
        let sid = page.input("named");
        assert_eq!(browser.press(&page, "name", &[("named", &sid), ("name", name)]).await.status, 303);
    }
}

/// Adding a passkey, signing in with it, naming it, having it asked for, and removing it.
async fn passkey(idp: &TestIdp, alice: Uuid) {
    let browser = idp.browser();
    let login = browser.visit(idp.url("/account/methods/passkey")).await;
    let answer = browser.log_in_as(&login, "alice", idp_tests::PASSWORD).await;
    let page = browser.follow(answer).await;
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    let answer = passkey.created(&page);
    assert_eq!(browser.press(&page, "passkey", &[("passkey", &answer)]).await.status, 303);
    let added = idp.app.store.second_factors(alice).await.unwrap().passkeys[0].id;
    for button in ["rename", "demand", "remove"] {
        if button == "demand" {
            // As one that the browser saved by itself.
            let saved = format!("UPDATE passkeys SET is_asked_for = FALSE WHERE id = '{added}'");
            execute(&idp.db, &saved).await.unwrap();
        }
        let browser = idp.browser();
        let login = browser.visit(idp.url(&format!("/account/methods/{button}?id={added}"))).await;
        let answer = browser.press(&login, "passkey", &[("passkey", &passkey.used(&login))]).await;
        let question = browser.follow(answer).await;
        let pressed = if button == "demand" { "" } else { button };
        assert_eq!(browser.press(&question, pressed, &[("name", "Laptop")]).await.status, 303);
    }
    assert!(idp.app.store.second_factors(alice).await.unwrap().is_empty());
}

async fn press_on_devices(idp: &TestIdp, browser: &Browser, button: &str) {
    let page = browser.open(idp.url("/account/devices")).await;
    let pressed = browser.press(&page, button, &[]).await;
    assert!(browser.follow(pressed).await.status < 400, "{button}");
}
