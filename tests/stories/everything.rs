//! A journey through everything that the database is asked, for stories about its statements: all that people, sites,
//! administrators and tasks do, once at least. `stories/indexes` says which function of `db/` it has left out.

use crate::password_reset::newest_link;
use idp_core::client::{ClientId, ClientMetadata};
use idp_core::logo::Logo;
use idp_core::mail_address::MailAddress;
use idp_core::secret::SecretHash;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::token::TokenId;
use idp_core::user::{AddressChange, UserStatus};
use idp_core::username::Username;
use idp_server::config::{Config, Registration};
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_server::db::grants::{GrantKey, GrantSelector};
use idp_server::db::logout_deliveries::{self as deliveries, DeliveryOutcome, EndingSessions};
use idp_server::db::mails::MailOutcome;
use idp_server::db::{
    Connection, DbError, Locks, bring_back, clients, consents, denied_tokens, device_names, devices,
    feed_acknowledgements as acknowledgements, grants, nodes, password_credentials as passwords,
    redis_continuity, revocations, sessions, users,
};
use idp_server::directory::DirectoryError;
use idp_server::directory::registration::Guest;
use idp_server::directory::users::UserChange;
use idp_server::store::revoke::{Target, VoidedSessions};
use idp_tests::passkey::{SYNCED, SoftwarePasskey};
use idp_tests::{Browser, ClientSpec, LogoutReceiver, SignedIn, TestIdp};
use uuid::Uuid;

const YEARS: i64 = 3 * 365 * 24 * 60 * 60;

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
    registration(&story.idp).await;
    own_data(&story.idp).await;
    administrators(&story.idp).await;
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

/// Opening an account by a link that somebody asked for, and inviting.
async fn registration(idp: &TestIdp) {
    let (now, directory) = (idp.clock.now(), idp.app.directory());
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

/// Adding a passkey, signing in with it, naming and removing it.
async fn passkey(idp: &TestIdp, alice: Uuid) {
    let browser = idp.browser();
    let login = browser.visit(idp.url("/account/methods/passkey")).await;
    let answer = browser.log_in_as(&login, "alice", idp_tests::PASSWORD).await;
    let page = browser.follow(answer).await;
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    let answer = passkey.created(&page);
    assert_eq!(browser.press(&page, "passkey", &[("passkey", &answer)]).await.status, 303);
    let added = idp.app.store.second_factors(alice).await.unwrap().passkeys[0].id;
    for button in ["rename", "remove"] {
        let browser = idp.browser();
        let login = browser.visit(idp.url(&format!("/account/methods/{button}?id={added}"))).await;
        let answer = browser.press(&login, "passkey", &[("passkey", &passkey.used(&login))]).await;
        let question = browser.follow(answer).await;
        assert_eq!(browser.press(&question, button, &[("name", "Laptop")]).await.status, 303);
    }
    assert!(idp.app.store.second_factors(alice).await.unwrap().is_empty());
}

async fn press_on_devices(idp: &TestIdp, browser: &Browser, button: &str) {
    let page = browser.open(idp.url("/account/devices")).await;
    let pressed = browser.press(&page, button, &[]).await;
    assert!(browser.follow(pressed).await.status < 400, "{button}");
}

/// What is done from the command line.
async fn administrators(idp: &TestIdp) {
    let (now, directory) = (idp.clock.now(), idp.app.directory());
    let bob = Username::parse("bob").unwrap();
    let id = idp.add_user("bob").await;
    let store = &idp.app.store;
    assert_eq!(store.users_after(None, 2).await.unwrap().len(), 2);
    assert_eq!(store.users_without_second_factor_after(None, 2).await.unwrap().len(), 2);
    store.note_asked_for_second_factor(id, now).await.unwrap();
    assert_eq!(directory.user(&bob).await.unwrap().id, id);
    let robert = Username::parse("robert").unwrap();
    let [first, second] =
        ["bob", "robert"].map(|name| MailAddress::parse(&format!("{name}@example.org")).unwrap());
    let addresses = vec![AddressChange::Vouch(second.clone())];
    let change = UserChange { username: Some(robert.clone()), addresses, ..UserChange::default() };
    directory.change_user(&bob, change, now).await.unwrap();
    let addresses = vec![AddressChange::MakePrimary(second), AddressChange::Remove(first)];
    let back = UserChange { username: Some(bob.clone()), addresses, ..UserChange::default() };
    directory.change_user(&robert, back, now).await.unwrap();
    let password = || idp_tests::typed("a walk along 7 rivers");
    directory.set_password(&bob, password(), now).await.unwrap();
    required_actions(idp, &bob, id).await;
    directory.disable_user(&bob, now).await.unwrap();
    directory.enable_user(&bob, now).await.unwrap();
    directory.devices(&bob, now).await.unwrap();
    assert!(!directory.reset_methods(&bob, now).await.unwrap());
    directory.sign_out_user(&bob, now).await.unwrap();
    assert!(store.revoke(Target::Session(id), EndCause::Kicked, AuditContext::default(), now).await.is_ok());
    directory.remove_user(&bob, now).await.unwrap();
    idp.add_client(&ClientSpec::confidential("site-b")).await;
    let site = ClientId::parse("site-b").unwrap();
    let unfollowed = |metadata| Ok::<_, DirectoryError>(ClientMetadata { follows_feed: false, ..metadata });
    directory.change_client(&site, unfollowed, now).await.unwrap();
    directory.add_client_secret(&site, now).await.unwrap();
    let logo = Logo::parse("<svg></svg>".into()).unwrap();
    for given in [Some(logo.clone()), Some(logo.clone()), None] {
        directory.set_client_logo(&site, given, now).await.unwrap();
    }
    assert!(store.client_logo(logo.name()).await.unwrap().is_none());
    store.given_consent(id, site.clone()).await.unwrap();
    store.logout_deliveries_to(site.clone(), 5).await.unwrap();
    directory.remove_client(&site, now).await.unwrap();
    directory.sign_out_everybody(now).await.unwrap();
}

/// A temporary password that its person replaces, and terms of use that they accept.
async fn required_actions(idp: &TestIdp, bob: &Username, id: Uuid) {
    let (browser, now) = (idp.browser(), idp.clock.now());
    let given = "kavu-rabi-tenu-zali-mepika";
    idp.app.directory().set_temporary_password(bob, idp_tests::typed(given), now).await.unwrap();
    assert!(idp.app.store.password_is_temporary_until(id).await.unwrap().is_some());
    let page = browser.visit(idp.url("/account")).await;
    let page = browser.log_in_as(&page, bob.as_str(), given).await;
    let chosen = [("new-password", "a walk along 9 rivers")];
    assert_eq!(browser.submit(&page, &chosen, "choose-submit").await.status, 303);
    let store = &idp.app.store;
    store.accept_terms(id, "2026-11".parse().unwrap(), AuditContext::default(), now).await.unwrap();
    assert!(store.has_accepted_terms(id, "2026-11".parse().unwrap()).await.unwrap());
    assert_eq!(store.accepted_terms(id).await.unwrap().len(), 1);
}

/// What becomes of letters.
async fn letters(idp: &TestIdp, now_ms: i64) {
    let (store, alice) = (&idp.app.store, Username::parse("alice").unwrap());
    for password in ["a walk along 7 rivers", "a walk along 8 rivers"] {
        let directory = idp.app.directory();
        let set = directory.set_password(&alice, idp_tests::typed(password), idp.clock.now());
        set.await.unwrap();
    }
    let claimed = store.claim_mails(9, now_ms, now_ms + 1).await.unwrap();
    assert!(claimed.len() >= 3, "{claimed:?}");
    for (number, tried) in claimed.into_iter().enumerate() {
        let id = tried.id;
        let outcome = match number {
            0 => MailOutcome::Sent { at_ms: now_ms },
            1 => MailOutcome::Again { error: "no".to_owned(), next_attempt_ms: now_ms + 1 },
            _ => MailOutcome::GivenUp { error: "no".to_owned() },
        };
        store.settle_mail(tried, outcome, idp.clock.now()).await.unwrap();
        store.retry_mail(id, now_ms).await.unwrap();
    }
    store.mails_before(None, 9).await.unwrap();
}

/// What the server does by itself.
async fn tasks(story: &SignedIn) {
    let (idp, store) = (&story.idp, &story.idp.app.store);
    let mut so_far = VoidedSessions::default();
    while store.end_voided_sessions(&mut so_far, idp.clock.now()).await.unwrap() > 0 {}
    let now_ms = idp.clock.now().as_secs() * 1000;
    for due in store.due_logout_deliveries(now_ms).await.unwrap() {
        let claimed = store.claim_logout_deliveries(due.client, 9, now_ms, now_ms + 1).await.unwrap();
        assert!(!claimed.is_empty());
        for (number, tried) in claimed.into_iter().enumerate() {
            let outcome = match number {
                0 => DeliveryOutcome::Delivered { at_ms: now_ms },
                1 => DeliveryOutcome::Again { error: "no".to_owned(), next_attempt_ms: now_ms + 1 },
                _ => DeliveryOutcome::GivenUp { error: "no".to_owned() },
            };
            store.settle_logout_delivery(tried, outcome).await.unwrap();
        }
    }
    letters(idp, now_ms).await;
    store.bring_back_times(idp.clock.now()).await.unwrap();
    store.bring_back_last_uses(idp.clock.now()).await.unwrap();
    store.clients_after(None, 10).await.unwrap();
    store.clean_up(idp.clock.now().plus(YEARS)).await;
    store.renew_lease(idp.app.node, idp.clock.now()).await.unwrap();
    store.leases().await.unwrap();
    store.password_costs().await.unwrap();
    store.clients_following_feed().await.unwrap();
}

/// What is asked where something went wrong, or once in a while.
fn rare_questions(
    connection: &mut Connection,
    user: Uuid,
    sid: Uuid,
    client: &ClientId,
) -> Result<(), DbError> {
    let now = UnixTime(1_700_000_000);
    audit_events::count(connection, AuditEvent::SignedIn)?;
    clients::following_feed(connection)?;
    deliveries::of_sessions(connection, &[sid, user])?;
    denied_tokens::is_denied(connection, "a.b")?;
    acknowledgements::connected(connection, std::slice::from_ref(client), 1)?;
    for of in [GrantSelector::Grant(sid), GrantSelector::Session(sid)] {
        grants::named(connection, &of)?;
    }
    grants::open_of_client(connection, client, now, 10)?;
    clients::next_removed(connection, None)?;
    clients::void_earlier(connection, client, now)?;
    revocations::after(connection, 0)?;
    redis_continuity::get(connection)?;
    sessions::begun_after(connection, now, 10)?;
    sessions::with_user_and_client(connection, sid, client)?;
    grants::by_id(connection, sid)?;
    let of_token = GrantKey::of_token(&TokenId::for_grant(sid, &mut rsa::rand_core::OsRng));
    for answer in grants::with_persons(connection, &[GrantKey::by_id(sid), of_token.unwrap()])? {
        assert!(answer?.is_none());
    }
    grants::last_use_within(connection, sid)?;
    users::exist(connection).map(drop)
}

fn rare_acts(connection: &mut Connection, user: Uuid, sid: Uuid, client: &ClientId) -> Result<(), DbError> {
    let now = UnixTime(1_700_000_000);
    let id = client.as_str();
    acknowledgements::listens(connection, id, "one", 1)?;
    acknowledgements::confirm(connection, id, "one", 7, 1, 1)?;
    acknowledgements::left(connection, id, "one", 1, 2)?;
    acknowledgements::purge(connection, now, 1)?;
    consents::add(connection, user, client, &Default::default(), now)?;
    consents::add(connection, user, client, &Default::default(), now)?;
    consents::of_user(connection, user)?;
    consents::withdraw(connection, user, client, now)?;
    consents::forget_some_of(connection, client, 1)?;
    consents::withdraw(connection, user, client, now)?;
    grants::open_of_user(connection, user)?;
    grants::forget_some_of(connection, client, 0)?;
    deliveries::forget_some_of(connection, client, 0)?;
    device_names::of(connection, user, sid)?;
    devices::forget_those_of(connection, user)?;
    sessions::forget_ended_of(connection, user, 0)?;
    devices::forget_unused(connection, &[SecretHash::of_nothing()])?;
    sessions::touch(connection, sid, now)?;
    sessions::touch_from(connection, sid, "192.0.2.1", now, now)?;
    sessions::end_all_of(connection, user, EndCause::Kicked, now)?;
    for of in [GrantSelector::Grant(sid), GrantSelector::User(sid), GrantSelector::Session(sid)] {
        grants::end(connection, &of, EndCause::Kicked, now)?;
    }
    let at_client = EndingSessions::AtClient { user, client, nonce: sid };
    for of in [EndingSessions::Sessions(&[sid, user]), EndingSessions::User(sid), at_client] {
        deliveries::enqueue(connection, of, 1)?;
    }
    bring_back::user(connection, "nobody", now, now)?;
    bring_back::client(connection, "nobody", now, now)?;
    bring_back::everybody(connection, now, now)?;
    bring_back::revocations(connection, UnixTime(0), now)?;
    bring_back::last_uses(connection, &[sid.to_string()], now, now)?;
    redis_continuity::begin(connection, 0, 1, 1)?;
    redis_continuity::raise(connection, 2)?;
    redis_continuity::bring_back(connection, 1, 1)?;
    nodes::forget(connection, "nobody", now)?;
    passwords::rehash_password(connection, user, "$a$v$c$s$h", "$a$v$d$s$h")?;
    passwords::remove(connection, user)?;
    passwords::insert(connection, user, "$a$v$c$s$h")?;
    passwords::rehash_password(connection, user, "$a$v$c$s$h", "$a$v$d$s$h")?;
    clients::set_secrets(connection, client, &[])?;
    revocations::note_lifetime(connection, Some(1))?;
    users::set_status(connection, user, UserStatus::Active, now)?;
    users::void_earlier(connection, user, now)
}
