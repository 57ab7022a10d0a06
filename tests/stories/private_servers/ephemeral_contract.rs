//! [`crate::ephemeral_contract`] on every backend that is a server: PostgreSQL, one Redis, a Redis Cluster, a Sentinel group.

use crate::ephemeral_contract::contract;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::{RedisCluster, RedisSentinel, RedisServer};

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_contract_of_postgresql() {
    let url = PostgresServer::shared().create_migrated_database();
    contract(|config| {
        config.redis = Config::default().redis;
        config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_contract_of_one_redis() {
    let server = RedisServer::start();
    contract(|config| config.redis.url = Some(RedisUrl::from(&*server.url()))).await;
    assert!(!server.keys("rt:*").is_empty(), "it was Redis that was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_contract_of_a_cluster() {
    let cluster = RedisCluster::start();
    contract(|config| {
        config.redis.url = None;
        config.redis.cluster = vec![RedisUrl::from(&*cluster.servers()[0].url())];
    })
    .await;
    for server in cluster.servers() {
        assert!(!server.keys("watermark*").is_empty(), "every master holds marks of the watermark");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_contract_of_a_sentinel_group() {
    let group = RedisSentinel::start();
    contract(|config| {
        config.redis.url = Some(RedisUrl::from("redis://story"));
        config.redis.sentinels = vec![RedisUrl::from(&*group.sentinel.url())];
    })
    .await;
    assert!(!group.master.keys("rt:*").is_empty(), "it was the master that was asked");
}
