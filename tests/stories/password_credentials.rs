//! A user need not have a password. To everyone who tries one, the account is like any other.

use idp_core::time::UnixTime;
use idp_core::user::{SecondFactorDuty, StandardClaims, User, UserStatus};
use idp_core::username::Username;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::{DbError, password_credentials, users};
use idp_server::random;
use idp_tests::{ClientSpec, PASSWORD, TestIdp};

use crate::login::{at_the_door, give_password};

/// Adds a user without any credential.
async fn add_without_password(idp: &TestIdp, name: &str) -> User {
    let user = User {
        id: random::new_id(idp.clock.now()),
        username: Username::parse(name).unwrap(),
        status: UserStatus::Active,
        not_before: UnixTime(0),
        claims: StandardClaims::default(),
        created_at: idp.clock.now(),
        second_factor: SecondFactorDuty::default(),
        browsers_forgotten_at: None,
    };
    let added = user.clone();
    idp.db
        .write(idp_server::db::Locks::installation(), move |connection| users::insert(connection, &added))
        .await
        .unwrap();
    user
}

#[tokio::test]
async fn s80_an_account_without_a_password_is_refused_like_a_wrong_password() {
    let idp = TestIdp::start().await;
    let (_, browser, page) = at_the_door(&idp).await;
    add_without_password(&idp, "bob").await;
    let refused = async |name: &str, password: &str| {
        let answer = browser.log_in_as(&page, name, password).await;
        (answer.status, answer.body.contains("username or password") || answer.body.contains("not right"))
    };
    let wrong = refused("alice", "wrong").await;
    assert_eq!(wrong.0, 422);
    for password in ["wrong", PASSWORD] {
        assert_eq!(refused("bob", password).await, wrong, "{password:?}");
    }
    let failed = idp.db.read(|connection| audit_events::count(connection, AuditEvent::SignInFailed)).await;
    assert_eq!(failed.unwrap(), 3);
}

#[tokio::test]
async fn an_account_without_a_password_gets_one_and_is_signed_in_with_it() {
    let idp = TestIdp::start().await;
    let (site, browser, page) = at_the_door(&idp).await;
    let bob = add_without_password(&idp, "bob").await.id;
    let with_password = async || {
        let found = move |connection: &mut _| password_credentials::by_user(connection, bob);
        idp.db.read(found).await.unwrap()
    };
    assert!(with_password().await.is_none());
    give_password(&idp, bob, PASSWORD).await;
    assert!(with_password().await.is_some());
    assert!(browser.log_in_as(&page, "bob", PASSWORD).await.redirect_param("code").is_some());
    let tokens = idp.browser().sign_in_for_tokens(&idp, &site, "bob").await;
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn a_user_has_one_password_at_most() {
    let idp = TestIdp::start().await;
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    let alice = idp.add_user("alice").await;
    let second = idp.db.write(idp_server::db::Locks::installation(), move |connection| {
        password_credentials::insert(connection, alice, "$x$")
    });
    assert!(matches!(second.await, Err(DbError::Exists)));
}
