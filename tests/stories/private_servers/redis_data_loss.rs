//! A Redis that lost something (flushed, restarted empty, restored from an old dump, failed over to a replica): people may
//! have to sign in again, and nothing that ended is good again.

use super::redis_story::{
    INVALID_GRANT, RedisStory, before_fault, keys_go_on, nothing_came_back, recovered, refused_in_time,
    signed_in_through, unused, use_up,
};
use idp_server::config::RedisUrl;
use idp_tests::redis::{RedisSentinel, RedisServer};
use idp_tests::tcp_proxy::TcpProxy;
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually};

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
