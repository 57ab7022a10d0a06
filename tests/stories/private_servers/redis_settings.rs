//! Which Redis is accepted: one that never evicts, and over TLS one with a certificate that is trusted for its name.

use crate::own_process::idp_server;
use idp_core::time::UnixTime;
use idp_server::clock::Clock;
use idp_server::config::{Config, RedisUrl};
use idp_server::db::Db;
use idp_server::store::{EphemeralError, Store};
use idp_tests::ports::free_port;
use idp_tests::redis::RedisServer;

#[tokio::test]
async fn s50_a_redis_that_evicts_is_refused_at_the_start() {
    let server =
        RedisServer::start_with(&["--requirepass", "hush-hush", "--maxmemory-policy", "allkeys-lru"]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("redis://:hush-hush@127.0.0.1:{}", server.port());
    let mut config = Config::default();
    config.redis.url = Some(RedisUrl::from(&*url));
    let file = folder.path().join("idp.db");
    std::fs::write(&file, "").unwrap();
    let (db, clock) = (Db::open(&file).unwrap(), Clock::manual(UnixTime(1_700_000_000)));
    let refused = Store::open(db.clone(), &config, &clock).await.err();
    assert!(
        matches!(&refused, Some(EphemeralError::Evicts(policy)) if policy == "allkeys-lru"),
        "{refused:?}"
    );

    let check = |url: &str| {
        let set = format!("redis.url={url}");
        let output = idp_server(folder.path(), &["--set", &set, "config", "check"]).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(!told.contains("hush-hush"), "{told}");
        (output.status.success(), told)
    };
    let (well, told) = check(&url);
    assert!(!well && told.contains("noeviction"), "{told}");
    server.cli(&["-a", "hush-hush", "CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    let (well, told) = check(&url);
    assert!(well && told.contains("answers and evicts nothing"), "{told}");
    let (well, told) = check("redis://:hush-hush@127.0.0.1:1");
    assert!(!well && told.contains("Redis is unavailable"), "{told}");
    assert!(Store::open(db, &config, &clock).await.is_ok());
}

#[test]
fn s110_a_redis_behind_tls_is_believed_by_its_certificate_only() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/redis/localhost");
    let (certificate, key) = (format!("{data}.crt"), format!("{data}.key"));
    let port = free_port();
    let _server = RedisServer::start_with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-auth-clients",
        "no",
    ]);
    let folder = tempfile::tempdir().unwrap();
    let check = |host: &str, trusted: &str| {
        let set = format!("redis.url=rediss://{host}:{port}");
        let mut command = idp_server(folder.path(), &["--set", &set, "config", "check"]);
        command.env("SSL_CERT_FILE", trusted).output().unwrap().status.success()
    };
    assert!(check("localhost", &certificate));
    assert!(!check("127.0.0.1", &certificate), "another name");
    assert!(!check("localhost", "/dev/null"), "no authority that we trust");
}
