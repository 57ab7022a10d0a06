//! A clock that was ahead for a moment: nothing that it wrote shuts people out until the others have caught up, and
//! nothing that it took back comes back.

use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_server::task;
use idp_tests::{ClientSpec, LogoutReceiver, SignedIn, TestIdp, TokenAnswer, eventually};
use std::time::Duration;

const AHEAD: i64 = 2 * 60 * 60;

/// Does `act` while the clock is two hours ahead, as a command or a node with a wrong clock would.
async fn while_ahead(idp: &TestIdp, act: impl Future<Output = ()>) {
    idp.clock.advance(AHEAD);
    act.await;
    idp.clock.advance(-AHEAD);
}

/// Signs in anew and uses everything that comes of it, at once and later.
async fn everything_works(story: &SignedIn) -> TokenAnswer {
    let idp = &story.idp;
    let tokens = idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
    for later in [0, 1, 60, 300] {
        idp.clock.advance(later);
        assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200, "{later} s later");
        assert!(idp.is_active(&story.site, tokens.text("access_token")).await, "{later} s later");
    }
    let refreshed = idp.refresh(&story.site, tokens.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200);
    assert_eq!(idp.userinfo(refreshed.text("access_token")).await.status, 200);
    refreshed
}

async fn stays_dead(story: &SignedIn) {
    let idp = &story.idp;
    for later in [0, 300, AHEAD] {
        idp.clock.advance(later);
        assert_eq!(idp.userinfo(story.access_token()).await.status, 401, "{later} s later");
        assert_eq!(idp.refresh(&story.site, story.refresh_token()).await.status, 400, "{later} s later");
        let silent = story.browser.open(idp.authorize_url(&story.site, &[("prompt", "none")])).await;
        assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"), "{later} s later");
    }
}

#[tokio::test]
async fn a1_what_was_taken_back_by_a_clock_ahead_stays_dead_and_the_next_sign_in_works() {
    let hash = |password: &'static str| password.to_owned();
    for cause in ["set-password", "sign-out", "sign-out --all", "disable and enable"] {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let (idp, alice) = (&story.idp, story.alice);
        while_ahead(idp, async {
            let (store, now) = (&idp.app.store, idp.clock.now());
            let hash = idp
                .app
                .hashing
                .hash(&WorkOf::operator(), idp_tests::typed(&hash(idp_tests::PASSWORD)))
                .await
                .unwrap();
            let target = match cause {
                "set-password" => Target::Password { user: alice, hash },
                "sign-out" => Target::User(alice),
                "sign-out --all" => Target::Everybody,
                _ => Target::DisabledUser(alice),
            };
            assert!(
                store.revoke(target, EndCause::Administrator, AuditContext::default(), now).await.unwrap()
            );
            if cause == "disable and enable" {
                store.enable_user(alice, AuditContext::default(), now).await.unwrap();
            }
        })
        .await;
        everything_works(&story).await;
        stays_dead(&story).await;
    }
}

#[tokio::test]
async fn a1_a_client_registered_by_a_clock_ahead_is_served_at_once() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, mut late) = (&story.idp, ClientSpec::confidential("site-late"));
    late.client.not_before = idp.clock.now().plus(AHEAD);
    idp.add_client(&late).await;
    let tokens = idp.browser().sign_in_for_tokens(idp, &late, "alice").await;
    // The other node may hold the registration as it was for a quarter of a second, in which no clock goes on by five.
    tokio::time::sleep(Duration::from_millis(300)).await;
    for later in [0, 5, 600] {
        idp.clock.advance(later);
        assert!(idp.is_active(&late, tokens.text("access_token")).await, "{later} s later");
        assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200, "{later} s later");
    }
}

/// Sites refuse tokens that were issued before an entry's time: a time in the future would shut every user out.
#[tokio::test]
async fn a1_the_log_and_the_denylist_void_nothing_of_the_future() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    while_ahead(idp, async {
        let (store, now) = (&idp.app.store, idp.clock.now());
        for target in [Target::User(story.alice), Target::Everybody] {
            assert!(
                store.revoke(target, EndCause::Administrator, AuditContext::default(), now).await.unwrap()
            );
        }
    })
    .await;
    let now = idp.clock.now();
    eventually("every time in the log is brought back", async || {
        let log = idp.db.read(|connection| idp_server::db::revocations::after(connection, 0)).await.unwrap();
        assert!(!log.is_empty());
        log.iter().filter_map(|entry| entry.revoked.issued_before).all(|at| at <= now.plus(30))
    })
    .await;
}

#[tokio::test]
async fn a1_who_signed_in_under_a_clock_ahead_signs_in_anew_and_that_lasts() {
    for ahead in [AHEAD, 40 * 60] {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let (idp, browser) = (&story.idp, story.idp.browser());
        idp.clock.advance(ahead);
        browser.sign_in_for_tokens(idp, &story.site, "alice").await;
        idp.clock.advance(-ahead);
        let silent = browser.open(idp.authorize_url(&story.site, &[("prompt", "none")])).await;
        assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"), "{ahead} s");
        let tokens = browser.sign_in_for_tokens(idp, &story.site, "alice").await;
        assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200, "{ahead} s");
        let silent = browser.open(idp.authorize_url(&story.site, &[("prompt", "none")])).await;
        assert!(silent.redirect_param("code").is_some(), "{ahead} s: {silent:?}");
        everything_works(&story).await;
    }
}

/// A site without the feed is told when the clock is right, and not when the others have caught up. Two hours are more
/// than the longest pause between two tries, half an hour is less.
#[tokio::test(flavor = "multi_thread")]
async fn a1_logout_tokens_of_a_clock_ahead_are_sent_once_it_is_right() {
    for ahead in [AHEAD, 30 * 60] {
        let receiver = LogoutReceiver::new();
        let _listening = receiver.listen();
        let story = SignedIn::at(receiver.client("site-a")).await;
        let (idp, store) = (&story.idp, &story.idp.app.store);
        idp.clock.advance(ahead);
        let (target, about) = (Target::User(story.alice), AuditContext::default());
        assert!(store.revoke(target, EndCause::Administrator, about, idp.clock.now()).await.unwrap());
        idp.clock.advance(-ahead);
        // As when a node starts, every hour, and when a node's own clock was put right.
        store.bring_back_times(idp.clock.now()).await.unwrap();
        let _sender = task::tell_clients(&idp.app);
        let due = async || receiver.received().len() == 1;
        eventually(&format!("the site is told, {ahead} s ahead"), due).await;
    }
}
