//! The denylist in a real Redis of this test's own.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use deadpool_redis::redis::{self, Client};
use futures_util::future::join_all;
use resource_sdk::{
    Denylist, DenylistOptions, DenylistServers, Freshness, Keys, ResourceServer, Verifier,
    VerifyError::{self, *},
    sign_in::{ClientCredentials, SignIn, SignInBuildError},
};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;

use crate::{support::*, world::until};

/// A Redis that ends with the test.
struct Redis {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Redis {
    async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let redis = Self { process, port, _folder: folder };
        until("Redis answers", async || redis.try_run(&["PING"]).await.is_ok()).await;
        redis
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    async fn try_run(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        let mut connection = Client::open(self.url())?.get_multiplexed_async_connection().await?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async(&mut connection).await
    }

    async fn run(&self, words: &[&str]) {
        self.try_run(words).await.unwrap();
    }

    /// Puts the watermark so many milliseconds back.
    async fn watermark(&self, millis_ago: i64) {
        self.run(&["SET", "watermark", &(wall_millis() - millis_ago).to_string()]).await;
    }

    fn denylist(&self) -> Denylist {
        Denylist::start(DenylistServers::Single(self.url()), DenylistOptions::default()).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn wall_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn api(denylist: &Denylist) -> ResourceServer {
    let verifier = Verifier::builder(ISSUER, AUDIENCE).freshness(Freshness::Redis).denylist(denylist.clone());
    ResourceServer::new(verifier.build(Keys::fixed(ISSUER, key_set(&[KEY.jwk()]))).unwrap())
}

/// A token by the real clock, which the watermark is held against: `sid` session-1, `sub` user-1.
fn token() -> String {
    let now = wall_millis() / 1_000;
    token_with(|claims| {
        claims["jti"] = "grant-1.token-1".into();
        claims["iat"] = (now - 60).into();
        claims["exp"] = (now + 300).into();
    })
}

async fn verdict(api: &ResourceServer) -> Option<VerifyError> {
    api.verify(&token()).await.err()
}

#[tokio::test(flavor = "multi_thread")]
async fn m09_what_the_denylist_names_is_refused() {
    let redis = Redis::start().await;
    redis.watermark(0).await;
    let api = api(&redis.denylist());
    until("accepted", async || verdict(&api).await.is_none()).await;
    let iat = wall_millis() / 1_000 - 60;
    let (before, after) = (iat.to_string(), (iat + 30).to_string());
    for (key, value, expected) in [
        ("blacklist:jti:grant-1.token-1", "1", Some(Revoked)),
        ("blacklist:jti:token-1", "1", None),
        ("blacklist:grant:grant-1", "", Some(Revoked)),
        ("blacklist:grant:token-1", "1", None),
        ("blacklist:sid:session-1", "1", Some(Revoked)),
        ("blacklist:sid:user-1", "1", None),
        ("blacklist:kid:our-key", "1", Some(Revoked)),
        ("blacklist:sub:user-1", after.as_str(), Some(Revoked)),
        ("blacklist:sub:user-1", before.as_str(), None),
        ("blacklist:client_id:site-a", after.as_str(), Some(Revoked)),
        ("blacklist:client_id:site-a", before.as_str(), None),
        ("blacklist:all", after.as_str(), Some(Revoked)),
        ("blacklist:all", before.as_str(), None),
    ] {
        redis.watermark(0).await;
        redis.run(&["SET", key, value]).await;
        assert_eq!(verdict(&api).await, expected, "{key} = {value}");
        redis.run(&["DEL", key]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j45_a_denylist_without_a_young_watermark_tells_nothing() {
    let redis = Redis::start().await;
    let denylist = redis.denylist();
    let api = api(&denylist);
    until("asked", async || verdict(&api).await == Some(NotFresh)).await;
    redis.watermark(0).await;
    until("accepted", async || verdict(&api).await.is_none()).await;
    for garbage in ["", "x", "-1", "1e9", " 1", "99999999999999999999"] {
        redis.run(&["SET", "watermark", garbage]).await;
        assert_eq!(verdict(&api).await, Some(NotFresh), "{garbage:?}");
    }
    for (millis_ago, expected) in [(4_000, Some(NotFresh)), (-10_000, Some(NotFresh)), (500, None)] {
        redis.watermark(millis_ago).await;
        assert_eq!(verdict(&api).await, expected, "{millis_ago} ms ago");
    }
    redis.run(&["SET", "blacklist:sid:session-1", "1"]).await;
    redis.run(&["DEL", "watermark"]).await;
    assert_eq!(verdict(&api).await, Some(Revoked), "what is denied is denied however old the list is");
    assert!(denylist.failures() >= 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn j45_garbage_in_the_denylist_tells_nothing() {
    let redis = Redis::start().await;
    let api = api(&redis.denylist());
    redis.watermark(0).await;
    until("accepted", async || verdict(&api).await.is_none()).await;
    for key in ["blacklist:sub:user-1", "blacklist:client_id:site-a", "blacklist:all"] {
        for garbage in [&["SET", key, "x"][..], &["SET", key, ""], &["SET", key, "-5"], &["LPUSH", key, "1"]]
        {
            redis.watermark(0).await;
            redis.run(&["DEL", key]).await;
            redis.run(garbage).await;
            assert_eq!(verdict(&api).await, Some(NotFresh), "{garbage:?}");
        }
        redis.run(&["DEL", key]).await;
    }
    redis.watermark(0).await;
    assert_eq!(verdict(&api).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn j45_a_redis_that_is_down_or_slow_refuses_in_time_and_is_found_again() {
    let redis = Redis::start().await;
    let denylist = redis.denylist();
    let api = api(&denylist);
    redis.watermark(0).await;
    until("accepted", async || verdict(&api).await.is_none()).await;
    let before = denylist.failures();
    redis.run(&["CLIENT", "PAUSE", "1000", "ALL"]).await;
    let begun = Instant::now();
    assert_eq!(verdict(&api).await, Some(NotFresh), "slow");
    assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
    assert!(denylist.failures() > before);
    until("it answers again", async || redis.try_run(&["PING"]).await.is_ok()).await;
    redis.watermark(0).await;
    until("found again", async || verdict(&api).await.is_none()).await;
    // Gone altogether.
    drop(redis);
    until("gone", async || verdict(&api).await == Some(NotFresh)).await;
    let begun = Instant::now();
    assert_eq!(verdict(&api).await, Some(NotFresh));
    assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn j45_what_speaks_no_redis_tells_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut octets = [0; 1024];
                while stream.read(&mut octets).await.is_ok_and(|read| read > 0) {
                    let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
                    let _broken_pipe = tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await;
                }
            });
        }
    });
    let denylist = Denylist::start(DenylistServers::Single(url), DenylistOptions::default()).unwrap();
    let api = api(&denylist);
    for _ in 0..5 {
        let begun = Instant::now();
        assert_eq!(verdict(&api).await, Some(NotFresh));
        assert!(begun.elapsed() < Duration::from_millis(250));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j45_a_verifier_cannot_ask_and_says_so() {
    let redis = Redis::start().await;
    let api = api(&redis.denylist());
    let now = resource_sdk::UnixTime::from_secs(wall_millis() / 1_000);
    assert_eq!(api.verifier().verify(&token(), now).err(), Some(DenylistNotAsked));
    assert!(DenylistNotAsked.is_unavailable());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_share_one_connection() {
    let redis = Redis::start().await;
    let api = api(&redis.denylist());
    // A watermark that stays young however busy the machine is.
    redis.watermark(-2_500).await;
    until("accepted", async || verdict(&api).await.is_none()).await;
    let requests = (0..50).map(|_| until("accepted", async || verdict(&api).await.is_none()));
    join_all(requests).await;
    let clients = redis.try_run(&["CLIENT", "LIST"]).await.unwrap();
    let clients: String = redis::from_redis_value(clients).unwrap();
    assert!(clients.lines().count() <= 2, "ours and the test's: {clients}");
}

#[tokio::test(flavor = "multi_thread")]
async fn z14_the_sign_in_half_takes_no_verifier_that_asks_redis() {
    let servers = DenylistServers::Single("redis://127.0.0.1:1".to_owned());
    let denylist = Denylist::start(servers, DenylistOptions::default()).unwrap();
    let keys = Keys::fixed(ISSUER, key_set(&[KEY.jwk()]));
    let verifier = Verifier::builder(ISSUER, AUDIENCE).denylist(denylist).freshness(Freshness::Redis);
    let verifier = verifier.build(keys).unwrap();
    let build = |verifier| {
        let client = ClientCredentials::confidential("site", "secret");
        SignIn::builder(verifier, client, "https://site.example").build()
    };
    assert!(matches!(build(verifier.clone()), Err(SignInBuildError::Freshness)));
    assert!(build(verifier.with_freshness(Freshness::Offline).unwrap()).is_ok());
}
