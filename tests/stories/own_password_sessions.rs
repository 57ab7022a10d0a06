//! What a change of one's own password does to sessions and tokens, also where the two happen at the same moment.

use crate::own_password::{alice, change, opens, page};
use idp_core::authentication::Authentication;
use idp_core::device::Described;
use idp_core::secret::{Secret, SecretKind};
use idp_server::db::audit_events::AuditContext;
use idp_server::db::audit_events::AuditEvent;
use idp_server::db::{password_credentials as passwords, sessions};
use idp_server::hash_pool::WorkOf;
use idp_server::store::devices::{Actor, SessionSelector};
use idp_server::store::own_password::{OwnPasswordChange, OwnPasswordOutcome};
use idp_server::store::sign_in::{NewSignIn, PresentDevice};
use idp_tests::PASSWORD;

const NEW: &str = "seven gravel teapots whistle";

/// Two tabs, or a double click: one change, and no one is stranded.
#[tokio::test(flavor = "multi_thread")]
async fn s48_s64_two_changes_at_once_are_one_and_a_page_of_before_says_so() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let form = page(idp, browser).await;
    let (first, second) =
        tokio::join!(change(browser, &form, PASSWORD, NEW), change(browser, &form, PASSWORD, NEW));
    for answer in [&first, &second] {
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
    assert_eq!(idp.recorded(AuditEvent::PasswordChangedByUser).await, 1);
    let user = alice.alice;
    let open = idp.db.read(move |connection| sessions::open_of(connection, user)).await.unwrap();
    assert_eq!(open.len(), 1, "the one of this browser");
    page(idp, browser).await;
    // The other tab, whose page was of the session before.
    let stale = change(browser, &form, NEW, "nineteen owls and a ladder").await;
    assert_eq!(stale.status, 403, "{}", stale.body);
    assert!(opens(&alice, NEW).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn s48_no_refresh_outlives_the_change() {
    let alice = alice().await;
    let (idp, site, browser) = (&alice.idp, &alice.site, &alice.browser);
    let form = page(idp, browser).await;
    let refreshes = async {
        let mut last = alice.refresh_token().to_owned();
        for _ in 0..40 {
            let answer = idp.refresh(site, &last).await;
            if answer.status != 200 {
                return (last, answer.status);
            }
            last = answer.text("refresh_token").to_owned();
        }
        (last, 200)
    };
    let (changed, (last, _)) = tokio::join!(change(browser, &form, PASSWORD, NEW), refreshes);
    assert_eq!(changed.status, 303, "{}", changed.body);
    assert_eq!(idp.refresh(site, &last).await.refusal(), (400, "invalid_grant"));
}

#[tokio::test]
async fn s73_a_session_that_was_ended_from_elsewhere_changes_no_password() {
    let alice = alice().await;
    let idp = &alice.idp;
    let form = page(idp, &alice.browser).await;
    let phone = idp.browser();
    phone.sign_in_for_tokens(idp, &alice.site, "alice").await;
    let devices = phone.open(idp.url("/account/devices")).await;
    phone.press(&devices, "others", &[]).await;
    let answer = alice.browser.follow(change(&alice.browser, &form, PASSWORD, NEW).await).await;
    assert!(answer.has_form("/login"), "{} {}", answer.status, answer.body);
    assert!(opens(&alice, PASSWORD).await);
}

/// Between the look at the session and the change of the password, the session may end.
#[tokio::test]
async fn s73_the_session_is_looked_at_again_where_the_password_changes() {
    let alice = alice().await;
    let (idp, user, now) = (&alice.idp, alice.alice, alice.idp.clock.now());
    let here = idp.db.read(move |connection| sessions::open_of(connection, user)).await.unwrap().remove(0).0;
    let old = idp.db.read(move |connection| passwords::by_user(connection, user)).await.unwrap().unwrap();
    let hash = idp.app.hashing.hash(&WorkOf::operator(), idp_tests::typed(NEW)).await.unwrap();
    let change = || {
        let (secret, cookie) = ([SecretKind::Session, SecretKind::Device])
            .map(|kind| Secret::generate(kind, &mut idp_server::random::rng()).hash())
            .into();
        let device = PresentDevice {
            cookie: None,
            new_id: idp_server::random::new_id(now),
            new_cookie: cookie,
            described: Described::read("", ""),
        };
        let sign_in = NewSignIn {
            authentication: Authentication::by_password(user, &old, now),
            former: Some(here.clone()),
            secret,
            sid: idp_server::random::new_id(now),
            address: "192.0.2.1".to_owned(),
            device,
            agreed: None,
            keeps_account: false,
            chosen: None,
            continues: None,
        };
        OwnPasswordChange { sign_in, hash: hash.clone() }
    };
    let (one, by) = (SessionSelector::One(here.sid), Actor::Administrator);
    idp.app.store.sign_out(user, one, by, AuditContext::default(), now).await.unwrap();
    let outcome = idp.app.store.change_own_password(change(), now).await.unwrap();
    assert!(matches!(outcome, OwnPasswordOutcome::Void));
    let nobodys =
        OwnPasswordChange { sign_in: NewSignIn { former: None, ..change().sign_in }, hash: hash.clone() };
    let outcome = idp.app.store.change_own_password(nobodys, now).await.unwrap();
    assert!(matches!(outcome, OwnPasswordOutcome::Void));
    assert!(opens(&alice, PASSWORD).await);
}
