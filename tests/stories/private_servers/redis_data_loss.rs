//! A Redis that lost something (flushed, restarted empty, restored from an old dump, failed over to a replica): people may
//! have to sign in again, and nothing that ended is good again.

use super::redis_story::{
    INVALID_GRANT, RECOVERED, RedisStory, before_fault, keys_go_on, nothing_came_back, recovered,
    refused_in_time, signed_in_through, unused, use_up,
};
use futures_util::future::join_all;
use idp_server::app::App;
use idp_server::clock::Clock;
use idp_server::config::RedisUrl;
use idp_server::db::{Locks, redis_continuity};
use idp_tests::redis::{RedisSentinel, RedisServer};
use idp_tests::tcp_proxy::TcpProxy;
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually, within};

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_flushed_redis_signs_out_and_lets_nobody_back_in() {
    let RedisStory { alice, server } = RedisStory::begin().await;
    let before = before_fault(&alice).await;
    let in_flight = alice.code().await;
    server.flush();
    keys_go_on(&alice).await;
    nothing_came_back(&alice, &before).await;
    // What Redis alone knew is gone: the site signs the person in again, without a form.
    assert_eq!(recovered(&alice, before.newest_refresh_token()).await.refusal(), INVALID_GRANT);
    // A code is no business of Redis: it is good, and once.
    assert_eq!(alice.idp.redeem(&alice.site, &in_flight).await.status, 200);
    assert_eq!(alice.idp.redeem(&alice.site, &in_flight).await.refusal(), INVALID_GRANT);
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_nodes_that_notice_a_loss_at_one_moment_begin_one_epoch() {
    const NODES: usize = 4;
    let (server, idp) = nodes_over_a_redis(NODES).await;
    for round in 0..20 {
        server.flush();
        let epochs = join_all(idp.nodes().map(async |node| in_step(&idp, node).await)).await;
        assert!(epochs.iter().all(|epoch| *epoch == epochs[0]), "round {round}: {epochs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_node_that_died_while_it_began_an_epoch_is_not_waited_for_long() {
    let (server, idp) = nodes_over_a_redis(1).await;
    let (known, died) = (epoch(&idp).await, Clock::System.now_ms());
    server.flush();
    let begun = idp.db.write(Locks::named("redis", ["continuity"]), move |connection| {
        redis_continuity::begin(connection, known, died, died)
    });
    assert!(begun.await.unwrap());
    let node = idp.nodes().next().unwrap();
    within(RECOVERED, "the node begins one of its own", async || in_step(&idp, node).await > died).await;
}

/// So many nodes over a Redis of the story's own.
async fn nodes_over_a_redis(count: usize) -> (RedisServer, TestIdp) {
    let server = RedisServer::start();
    let (clock, url) = (Clock::manual(Clock::System.now()), server.url());
    let idp = TestIdp::start_nodes(count, tempfile::tempdir().unwrap(), clock, 0, |config| {
        config.redis.url = Some(RedisUrl::from(&*url));
    });
    (server, idp.await)
}

/// The epoch as the node is in step with Redis.
async fn in_step(idp: &TestIdp, node: &App) -> i64 {
    let in_step = async || node.store.keep_redis_in_step(node.clock.now_ms()).await.is_ok();
    eventually("the node is in step with Redis", in_step).await;
    epoch(idp).await
}

async fn epoch(idp: &TestIdp) -> i64 {
    idp.db.read(redis_continuity::get).await.unwrap().epoch
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_redis_that_starts_empty_is_noticed_by_a_node_that_starts_as_well() {
    let RedisStory { alice, server } = RedisStory::begin().await;
    let before = before_fault(&alice).await;
    server.kill();
    refused_in_time(&alice, before.newest_refresh_token()).await;
    let SignedIn { idp, site, alice, browser, tokens } = alice;
    let (port, clock, url) = (idp.address.port(), idp.clock.clone(), server.url());
    server.start_again();
    let folder = idp.stop().await;
    let idp =
        TestIdp::start_in(folder, clock, port, |config| config.redis.url = Some(RedisUrl::from(&*url))).await;
    nothing_came_back(&SignedIn { idp, site, alice, browser, tokens }, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_an_old_dump_brings_nothing_back() {
    let RedisStory { alice, server } = RedisStory::begin().await;
    let unused = unused(&alice).await;
    let dump = server.dump();
    let before = use_up(&alice, unused).await;
    server.restore(&dump);
    nothing_came_back(&alice, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_replica_that_missed_the_last_writes_brings_nothing_back() {
    let master = RedisServer::start();
    let proxy = TcpProxy::to(master.port());
    let alice = signed_in_through(&proxy).await;
    let unused = unused(&alice).await;
    let replica = master.replica();
    assert_eq!(replica.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
    let before = use_up(&alice, unused).await;
    master.kill();
    proxy.redirect_to(replica.port());
    proxy.restore();
    nothing_came_back(&alice, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_sentinel_group_goes_on_with_its_replica() {
    let group = RedisSentinel::start();
    let sentinel = group.sentinel.url();
    let idp = TestIdp::start_with(|config| {
        config.redis.url = Some(RedisUrl::from("redis://story"));
        config.redis.sentinels = vec![RedisUrl::from(&*sentinel)];
    })
    .await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let before = before_fault(&alice).await;
    group.replica.wait_for_master();
    group.master.kill();
    keys_go_on(&alice).await;
    eventually("the replica is promoted", async || group.replica.cli(&["ROLE"]).starts_with("master")).await;
    // The replica had everything, so nothing at all was lost.
    let next = recovered(&alice, before.newest_refresh_token()).await;
    assert!([200, 400].contains(&next.status), "{next:?}");
    nothing_came_back(&alice, &before).await;
}
