//! How many refreshes a second each backend sustains: figures for docs/measured.md, not a story.

use futures_util::future::join_all;
use idp_server::clock::Stopwatch;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::{ClientSpec, TestIdp};
use std::time::Duration;

/// Refreshes for five seconds, each of `parallel` people their own token: how many a second, and the slowest of a hundred.
async fn refreshes(change: impl FnOnce(&mut Config), parallel: usize) -> (u64, Duration) {
    let idp = TestIdp::start_with(change).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let mut tokens = Vec::new();
    for person in 0..parallel {
        let name = format!("person-{person}");
        idp.add_user(&name).await;
        let signed_in = idp.browser().sign_in_for_tokens(&idp, &site, &name).await;
        tokens.push(signed_in.text("refresh_token").to_owned());
    }
    let start = Stopwatch::start();
    let (idp, site) = (&idp, &site);
    let loops = tokens.into_iter().map(|mut token| async move {
        let mut took = Vec::new();
        while start.elapsed() < Duration::from_secs(5) {
            let asked = Stopwatch::start();
            let next = idp.refresh(site, &token).await;
            assert_eq!(next.status, 200, "{next:?}");
            token = next.text("refresh_token").to_owned();
            took.push(asked.elapsed());
        }
        took
    });
    let mut took: Vec<Duration> = join_all(loops).await.concat();
    took.sort_unstable();
    (took.len() as u64 / 5, took[took.len() * 99 / 100])
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "figures, not a story: --ignored --nocapture, alone"]
async fn figures_of_refreshing_in_each_home() {
    let server = RedisServer::start();
    let to_redis = |config: &mut Config| config.redis.url = Some(RedisUrl::from(&*server.url()));
    let to_sql = |config: &mut Config| config.redis = Config::default().redis;
    let durable = PostgresServer::start("");
    for (name, postgres, redis) in [
        ("file", false, false),
        ("file and Redis", false, true),
        ("PostgreSQL", true, false),
        ("PostgreSQL and Redis", true, true),
    ] {
        for parallel in [1, 16] {
            let url = postgres.then(|| durable.create_database(&format!("figures_{redis}_{parallel}")));
            let change = |config: &mut Config| {
                config.storage.database_url = url.as_deref().map(DatabaseUrl::from);
                if redis { to_redis(config) } else { to_sql(config) }
            };
            let (rate, slowest) = refreshes(change, parallel).await;
            println!("{name}, {parallel} at once: {rate}/s, 99 of 100 within {slowest:?}");
            server.flush();
        }
    }
}
