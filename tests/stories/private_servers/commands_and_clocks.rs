//! Commands and nodes with a wrong clock over a Redis: "done" means that sites which ask Redis have it, and a node that
//! was ahead for a moment leaves nothing there that outlasts it.

use super::redis_story::{RECOVERED, signed_in_over};
use crate::own_process::idp_server;
use idp_core::session::EndCause;
use idp_server::app::App;
use idp_server::clock::Clock;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use idp_server::db::DbError;
use idp_server::db::audit_events::AuditContext;
use idp_server::installation::Installation;
use idp_server::store::revoke::Target;
use idp_server::store::{EphemeralError, Store, StoreHealth};
use idp_server::task;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::{ClientSpec, SignedIn, TestIdp, backend, eventually, within};
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
        (
            Target::Client { id: story.site.client.id.clone(), seen: None },
            "blacklist:client_id:site-a".to_owned(),
        ),
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
        let is_young = || (watermark(&server) - idp.now()).abs() <= 2;
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
        all_is_well(idp, &story.site).await;
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
        assert!(wrong.health().await.unwrap().is_clock_ahead);
        let off =
            || server.cli(&["GET", "watermark"]).parse::<i64>().unwrap_or_default() - Clock::System.now_ms();
        eventually("the watermark is back", async || off().abs() < 120_000).await;
        for _ in 0..30 {
            assert!(is_contradicted().await.is_ok(), "it stays so until the clock is right");
            assert!(off().abs() < 120_000, "the watermark is {} ms off", off());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        eventually("its clock is right again", async || check(0).await).await;
        let all_is_well = StoreHealth {
            has_signing_key: true,
            has_master_key: true,
            is_redis_ready: true,
            is_clock_ahead: false,
        };
        assert_eq!(wrong.health().await.unwrap(), all_is_well);
    }
}

/// A sign-in, a refresh, a look at the person, and readiness.
async fn works(idp: &TestIdp, site: &ClientSpec) -> Result<(), &'static str> {
    let code = idp.browser().sign_in(idp, site, "alice").await.redirect_param("code");
    let tokens = idp.redeem(site, &code.ok_or("no code")?).await;
    let refreshed = idp.refresh(site, tokens.text("refresh_token")).await;
    let userinfo = idp.userinfo(refreshed.text("access_token")).await;
    let ready = idp.http.get(idp.url("/health/ready")).send().await.unwrap().status();
    ((userinfo.status, ready.as_u16()) == (200, 200)).then_some(()).ok_or("refused")
}

/// Each node finds out for itself that all is well, and then it stays so.
async fn all_is_well(idp: &TestIdp, site: &ClientSpec) {
    within(RECOVERED, "a sign-in works", async || works(idp, site).await).await;
    for _ in 0..10 {
        assert_eq!(works(idp, site).await, Ok(()));
    }
}

/// Up to when Redis says that its denylist is complete, in seconds.
fn watermark(server: &RedisServer) -> i64 {
    server.cli(&["GET", "watermark"]).parse::<i64>().unwrap_or_default() / 1000
}

/// The nodes stop while their clock is wrong; those that start later, with a right one, find what they left.
#[tokio::test(flavor = "multi_thread")]
async fn a1_a_watermark_of_nodes_that_are_gone_is_brought_back_at_the_next_start() {
    for (ahead, is_flushed) in [(600, false), (600, true), (40 * 24 * 60 * 60, false)] {
        let server = RedisServer::start();
        let SignedIn { idp, site, .. } = signed_in_over(server.url()).await;
        idp.clock.advance(ahead);
        let follows = async || (watermark(&server) - idp.now()).abs() <= 2;
        eventually("the watermark follows the wrong clock", follows).await;
        let (clock, port) = (idp.clock.clone(), idp.address.port());
        let folder = idp.stop().await;
        clock.advance(-ahead);
        if is_flushed {
            server.flush();
        }
        let url = server.url();
        let again = |config: &mut Config| config.redis.url = Some(RedisUrl::from(&*url));
        let idp = TestIdp::start_in(folder, clock, port, again).await;
        let is_young = async || (watermark(&server) - idp.now()).abs() <= 2;
        within(RECOVERED, "the watermark is brought back", is_young).await;
        all_is_well(&idp, &site).await;
    }
}

/// One node among right ones: it joins with a wrong clock and is gone after a few seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a1_a_node_with_a_wrong_clock_leaves_nothing_to_the_others() {
    for ahead in [600, 3 * 24 * 60 * 60] {
        let server = RedisServer::start();
        let story = signed_in_over(server.url()).await;
        let idp = &story.idp;
        let Installation { db, master, .. } = Installation::open(&idp.app.config.storage).unwrap();
        let clock = Clock::manual(idp.clock.now().plus(ahead));
        let node = App::build(idp.app.config.clone(), db, &master, clock).await.unwrap();
        let tasks = task::keep_in_step(&node);
        let is_ahead = async || watermark(&server) >= idp.now() + ahead - 2;
        eventually("its time is in Redis", is_ahead).await;
        drop(tasks);
        let is_young = async || (watermark(&server) - idp.now()).abs() <= 2;
        within(RECOVERED, "the watermark is brought back", is_young).await;
        all_is_well(idp, &story.site).await;
        assert_eq!(idp.userinfo(story.access_token()).await.status, 200, "{ahead} s");
    }
}

/// The real commands, each a process of its own. The nodes have stopped, so that only the command can have told Redis.
#[tokio::test(flavor = "multi_thread")]
async fn a7_when_a_command_has_ended_sites_that_ask_redis_refuse() {
    let server = RedisServer::start();
    let story = signed_in_over(server.url()).await;
    let kid = story.idp.app.keys.ring().signer().unwrap().kid().to_owned();
    let mut by_user = Vec::new();
    for name in ["one", "two", "three", "four"] {
        by_user.push(format!("blacklist:sub:{}", story.idp.add_user(name).await));
    }
    let by_key = format!("blacklist:kid:{kid}");
    let folder = story.idp.stop().await;
    let redis = format!("redis.url={}", server.url());
    for (arguments, key) in [
        (&["user", "set-password", "one", "--generate", "--yes"][..], by_user[0].as_str()),
        (&["user", "sign-out", "two", "--yes"], &by_user[1]),
        (&["user", "disable", "three", "--yes"], &by_user[2]),
        (&["user", "remove", "four", "--yes"], &by_user[3]),
        (
            &["client", "set", "site-a", "--audience", "https://other.example", "--yes"],
            "blacklist:sub:site-a",
        ),
        (&["client", "remove", "site-a", "--yes"], "blacklist:client_id:site-a"),
        (&["user", "sign-out", "--all", "--yes"], "blacklist:all"),
        (&["keys", "compromised", &kid, "--yes"], &by_key),
    ] {
        assert_eq!(server.cli(&["EXISTS", key]), "0", "{arguments:?}");
        let done = idp_server(folder.path(), &[&["--set", &redis][..], arguments].concat()).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(server.cli(&["EXISTS", key]), "1", "{arguments:?}");
    }
    backend::clear(folder.path());
}
