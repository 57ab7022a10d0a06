//! Commands and nodes with a wrong clock over a Redis: "done" means that sites which ask Redis have it, and a node that
//! was ahead for a moment leaves nothing there that outlasts it.

use super::redis_story::{RECOVERED, signed_in_over};
use idp_core::session::EndCause;
use idp_server::clock::Clock;
use idp_server::config::{DatabaseUrl, RedisUrl};
use idp_server::db::DbError;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_server::store::{EphemeralError, Store, StoreHealth};
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::{TestIdp, eventually, within};
use std::time::Duration;

/// Takes everything back that `user` has, as a command does: with a store of its own.
async fn by_command(idp: &TestIdp, target: Target) -> Result<bool, DbError> {
    let store = Store::for_command(idp.db.clone(), &idp.app.config).await.unwrap();
    store.revoke(target, EndCause::Administrator, AuditContext::default(), idp.clock.now()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a7_what_a_command_confirmed_is_in_redis_already() {
    let server = RedisServer::start();
    let story = signed_in_over(server.url()).await;
    let idp = &story.idp;
    for round in 0..20 {
        let user = idp.add_user(&format!("user-{round}")).await;
        assert!(by_command(idp, Target::User(user)).await.unwrap());
        assert_eq!(server.cli(&["EXISTS", &format!("blacklist:sub:{user}")]), "1", "round {round}");
    }
    for (target, key) in [
        (Target::DisabledUser(story.alice), format!("blacklist:sub:{}", story.alice)),
        (Target::Client(story.site.client.id.clone()), "blacklist:client_id:site-a".to_owned()),
        (Target::Everybody, "blacklist:all".to_owned()),
    ] {
        assert!(by_command(idp, target).await.unwrap());
        assert_eq!(server.cli(&["EXISTS", &key]), "1", "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a7_a_command_confirms_nothing_while_redis_is_away_and_the_next_one_mends_it() {
    let server = RedisServer::start();
    let story = signed_in_over(server.url()).await;
    let (idp, key) = (&story.idp, format!("blacklist:sub:{}", story.alice));
    server.kill();
    let refused = by_command(idp, Target::User(story.alice)).await;
    assert!(matches!(refused, Err(DbError::Unpublished(_))), "{refused:?}");
    server.start_again();
    eventually("the command is confirmed", async || by_command(idp, Target::User(story.alice)).await).await;
    assert_eq!(server.cli(&["EXISTS", &key]), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_watermark_of_a_clock_that_was_ahead_is_brought_back() {
    for (ahead, is_flushed) in [(600, false), (600, true), (40 * 24 * 60 * 60, false), (-600, false)] {
        let server = RedisServer::start();
        let story = signed_in_over(server.url()).await;
        let idp = &story.idp;
        let watermark = || server.cli(&["GET", "watermark"]).parse::<i64>().unwrap_or_default() / 1000;
        let is_young = || (watermark() - idp.now()).abs() <= 2;
        eventually("the watermark follows the clock", async || is_young()).await;
        idp.clock.advance(ahead);
        if ahead > 0 {
            eventually("it follows the wrong clock", async || is_young()).await;
        }
        if is_flushed {
            server.flush();
        }
        idp.clock.advance(-ahead);
        eventually("it is back, so that tokens count as fresh", async || is_young()).await;
        // Each node finds out for itself that all is well.
        let works = async || {
            let code = idp.browser().sign_in(idp, &story.site, "alice").await.redirect_param("code");
            let tokens = idp.redeem(&story.site, &code.ok_or("no code")?).await;
            let refreshed = idp.refresh(&story.site, tokens.text("refresh_token")).await;
            let userinfo = idp.userinfo(refreshed.text("access_token")).await;
            (userinfo.status == 200).then_some(()).ok_or("refused")
        };
        within(RECOVERED, &format!("a sign-in after {ahead} s"), works).await;
        for _ in 0..10 {
            assert_eq!(works().await, Ok(()), "{ahead} s");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_node_whose_clock_two_others_contradict_serves_nothing_and_leaves_the_watermark_alone() {
    for ahead in [130, 600, 40 * 24 * 60 * 60] {
        let server = RedisServer::start();
        let database = PostgresServer::shared().create_migrated_database();
        let idp = TestIdp::start_with(|config| {
            config.storage.database_url = Some(DatabaseUrl::from(database.as_str()));
            config.redis.url = Some(RedisUrl::from(&*server.url()));
        })
        .await;
        let wrong = Store::for_command(idp.db.clone(), &idp.app.config).await.unwrap();
        let check = async |ahead: i64| wrong.keep_redis_in_step(Clock::System.now_ms() + ahead * 1000).await;
        let is_contradicted = async || match check(ahead).await {
            Err(EphemeralError::ClockAhead { seconds }) => Ok(seconds),
            other => Err(other),
        };
        let seconds = eventually("two clocks contradict it", is_contradicted).await;
        assert!((seconds - ahead).abs() <= 5, "{seconds} s are told of {ahead}");
        assert_eq!(wrong.health().await.unwrap(), StoreHealth::ClockAhead);
        let off =
            || server.cli(&["GET", "watermark"]).parse::<i64>().unwrap_or_default() - Clock::System.now_ms();
        eventually("the watermark is back", async || off().abs() < 120_000).await;
        for _ in 0..30 {
            assert!(is_contradicted().await.is_ok(), "it stays so until the clock is right");
            assert!(off().abs() < 120_000, "the watermark is {} ms off", off());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        eventually("its clock is right again", async || check(0).await).await;
        assert_eq!(wrong.health().await.unwrap(), StoreHealth::Ready);
    }
}
