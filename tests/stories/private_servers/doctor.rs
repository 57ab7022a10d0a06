//! `doctor` before a Redis and a PostgreSQL that are not as they should be.

use crate::doctor::Patient;
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_redis() {
    let patient = Patient::new().await;
    let server = RedisServer::start_with(&["--requirepass", "hush-hush"]);
    let looked_at = async |url: &str| {
        let found = patient.looked_at(&[&format!("redis.url={url}")]).await;
        assert!(!found.printed.contains("hush-hush"), "{}", found.printed);
        found
    };
    let with_password = format!("redis://:hush-hush@127.0.0.1:{}", server.port());
    let well = looked_at(&with_password).await;
    well.is_well();
    assert!(well.says("it keeps nothing on disk"), "{}", well.printed);
    assert!(well.says("agrees with that of Redis"), "{}", well.printed);
    looked_at(&server.url()).await.names("redis", &["redis.url", "user and password"], 1);
    let other = format!("redis://:wrong@127.0.0.1:{}", server.port());
    looked_at(&other).await.names("redis", &["redis.url", "user and password"], 1);
    let down = format!("redis://127.0.0.1:{}", free_port());
    looked_at(&down).await.names("redis", &["Redis is unavailable", "start Redis"], 1);
    server.cli(&["-a", "hush-hush", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    looked_at(&with_password).await.names("redis", &["allkeys-lru", "maxmemory-policy noeviction"], 1);
    server.cli(&["-a", "hush-hush", "CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    server.cli(&["-a", "hush-hush", "CONFIG", "SET", "save", "3600 1"]);
    let well = looked_at(&with_password).await;
    well.is_well();
    assert!(well.says("it writes what it holds to disk"), "{}", well.printed);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_postgresql() {
    let patient = Patient::new().await;
    let url = PostgresServer::shared().create_migrated_database();
    let looked_at = async |url: &str| {
        let found = patient.looked_at(&[&format!("storage.database_url={url}")]).await;
        assert!(!found.printed.contains("hunter2"), "{}", found.printed);
        found
    };
    let port = free_port();
    for (bad, words) in [
        (
            format!("postgres://idp:hunter2@127.0.0.1:{port}/idp"),
            ["storage.database_url", "start the database server"],
        ),
        (url.replacen("idp@", "nobody:hunter2@", 1), ["nobody", "user, password"]),
        (format!("{url}_missing"), ["does not exist", "host, port, user"]),
    ] {
        looked_at(&bad).await.names("storage", &words, 1);
    }
    // What the other server has is none of this provider's.
    let found = looked_at(&url).await;
    found.names("provider", &["has none of the keys of this database", "storage.database_url"], 3);
    found.names("keys", &["no key signs", "start the server"], 3);
    PostgresServer::shared().drop_database(&url);
}

/// A server that takes the connection and says nothing holds nobody up.
#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_wait_for_a_database_that_says_nothing() {
    let patient = Patient::new().await;
    let server = PostgresServer::start("");
    let url = server.create_database("silent");
    server.pause();
    let since = idp_server::clock::Stopwatch::start();
    let found = patient.looked_at(&[&format!("storage.database_url={url}")]).await;
    let took = since.elapsed();
    server.resume();
    found.names("storage", &["storage"], 1);
    assert!(took < std::time::Duration::from_secs(60), "{took:?}");
}
