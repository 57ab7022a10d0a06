//! A changed password ends what the old one opened, and what it is just about to open.

use crate::password_reset::{choose, link_to, newest_link};
use idp_core::session::EndCause;
use idp_core::user::StandardClaims;
use idp_server::db::audit_events::AuditContext;
use idp_server::directory::DirectoryError;
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::SignedIn;
use idp_tests::{ClientSpec, PASSWORD, TestIdp};
use std::time::Duration;
use uuid::Uuid;

const NEW: &str = "another good long passphrase";

async fn change_password(idp: &TestIdp, user: Uuid) {
    let hash = idp.app.hashing.hash(&WorkOf::operator(), idp_tests::typed(NEW)).await.unwrap();
    let (target, now) = (Target::Password { user, hash }, idp.clock.now());
    idp.app.store.revoke(target, EndCause::PasswordChanged, AuditContext::default(), now).await.unwrap();
}

#[tokio::test]
async fn s73_nothing_that_the_old_password_opened_is_left() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let code = alice.code().await;
    change_password(&alice.idp, alice.alice).await;
    let (idp, site) = (&alice.idp, &alice.site);
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 401);
    assert!(!idp.is_active(site, alice.access_token()).await);
    assert_eq!(idp.refresh(site, alice.refresh_token()).await.refusal(), (400, "invalid_grant"));
    assert_eq!(idp.redeem(site, &code).await.refusal(), (400, "invalid_grant"));
    let silent = alice.browser.open(idp.authorize_url(site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
}

#[tokio::test(flavor = "multi_thread")]
async fn s48_a_sign_in_under_way_with_the_old_password_opens_nothing() {
    // Hashing takes long enough here for the change to come in between.
    let idp = TestIdp::start_with(|config| {
        config.password.memory_kib = 64 * 1024;
        config.password.iterations = 8;
        config.password.hashing_threads = Some(1);
    })
    .await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    let new_hash = idp.app.hashing.hash(&WorkOf::operator(), idp_tests::typed(NEW)).await.unwrap();
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;

    let late = browser.clone();
    let attempt = tokio::spawn(async move { late.log_in_as(&page, "alice", PASSWORD).await });
    // Time is the subject: nothing outside the provider shows that it has begun to check the password.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (target, now) = (Target::Password { user: alice, hash: new_hash }, idp.clock.now());
    idp.app.store.revoke(target, EndCause::PasswordChanged, AuditContext::default(), now).await.unwrap();
    assert!(!attempt.is_finished(), "the password was still being checked when it was changed");

    let answer = attempt.await.unwrap();
    assert_eq!(answer.redirect_param("code"), None, "{answer:?}");
    let silent = browser.open(idp.authorize_url(&site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn s83_a_browser_known_by_the_old_password_is_a_stranger_after_the_change() {
    let idp = TestIdp::start_with(|config| config.throttle.account_burst = 3).await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    alice.idp.clock.advance(1);
    change_password(&alice.idp, alice.alice).await;
    let guess = async |browser: &idp_tests::Browser| {
        let page = browser.visit(alice.idp.authorize_url(&alice.site, &[("prompt", "login")])).await;
        browser.log_in_as(&page, "alice", "a wrong guess of hers").await.status
    };
    let stranger = alice.idp.browser();
    for _ in 0..3 {
        assert_eq!(guess(&stranger).await, 422);
    }
    assert_eq!(guess(&stranger).await, 429);
    assert_eq!(guess(&alice.browser).await, 429, "the known browser has no tries of its own any more");
}

/// Through the one door that sets passwords: the directory, which the commands use.
#[tokio::test]
async fn s87_the_words_of_the_house_make_no_password() {
    let idp = TestIdp::start_with(|config| {
        "Rosewater".clone_into(&mut config.issuer.service_name);
        config.password.words = vec!["Marmalade Works".to_owned(), "Kolkata".to_owned()];
    })
    .await;
    idp.add_user("alice").await;
    let alice = idp_core::username::Username::parse("alice").unwrap();
    for (password, may) in [
        ("marmalade-works-1", false),
        ("KolkataKolkata99!", false),
        ("rosewater-kolkata", false),
        ("idp.localhost idp", false),
        ("dragonfly20240101", false),
        ("breakfast with marmalade in the garden", true),
    ] {
        let set = idp.operator().set_password(&alice, idp_tests::typed(password), idp.clock.now()).await;
        assert_eq!(set.is_ok(), may, "{password}: {:?}", set.err());
    }
}

/// What else a guesser finds in a profile, at each of the three doors that a password comes through.
#[tokio::test]
async fn s87_nothing_of_the_own_profile_makes_a_password_at_any_door() {
    let idp = TestIdp::start_with(crate::everything::letters_are_on).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let text = |text: &str| Some(text.to_owned());
    let claims = StandardClaims {
        given_name: text("Clementine"),
        middle_name: text("Ottoline"),
        family_name: text("Wetherbourne"),
        nickname: text("Bumblebert"),
        birthdate: text("1987-11-29"),
        phone_number: text("+44 7911 123987"),
        email: text("cw@example.org"),
        email_verified: Some(true),
        ..StandardClaims::default()
    };
    idp.add_user_with("alice", claims).await;
    let alice = idp_core::username::Username::parse("alice").unwrap();
    let named = [
        "wetherbourne-ottoline",
        "Bumblebert 1987!",
        "clementine 29111987",
        "+44 (7911) 123987 !!",
        "19871129 19871129",
        "447911123987abcd",
    ];
    let browser = idp.browser();
    let page = browser.visit(idp.url("/account/password")).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let form = browser.follow(answer).await;
    let forgot = idp.browser();
    let login = forgot.visit(idp.authorize_url(&site, &[])).await;
    let ask = forgot.open(idp.url(&link_to(&login, "login-forgot"))).await;
    assert_eq!(forgot.submit(&ask, &[("username", "alice")], "forgot-submit").await.status, 200);
    let link = newest_link(&idp, "reset_password").await;
    let reset = forgot.visit(idp.url(&format!("/reset-password?link={link}"))).await;
    for password in named {
        let set = idp.operator().set_password(&alice, idp_tests::typed(password), idp.clock.now()).await;
        assert!(matches!(set, Err(DirectoryError::WeakPassword(_))), "{password}: {set:?}");
        let fields = [("password", PASSWORD), ("new_password", password)];
        assert_eq!(browser.press(&form, "", &fields).await.status, 422, "{password}");
        assert_eq!(choose(&forgot, &reset, password).await.status, 422, "{password}");
    }
    // One of them among other words is as good as any.
    let phrase = "bumblebert walks beside seven rivers";
    assert_eq!(choose(&forgot, &reset, phrase).await.status, 303);
}
