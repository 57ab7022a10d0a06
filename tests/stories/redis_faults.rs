//! When Redis fails: a stated answer in time, nothing revoked comes back, nothing spent is good again, people sign in,
//! and within five seconds all is well without a restart. Keys and discovery never stop.

use crate::own_process::idp_server;
use idp_core::time::UnixTime;
use idp_server::clock::{Clock, Stopwatch};
use idp_server::config::{Config, RedisUrl};
use idp_server::db::Db;
use idp_server::store::{EphemeralError, Store};
use idp_tests::redis::{self, RedisSentinel, RedisServer};
use idp_tests::wire::Wire;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer};
use std::time::Duration;

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");
const UNAVAILABLE: (u16, &str) = (503, "temporarily_unavailable");
/// How long anybody waits for an answer.
const IN_TIME: Duration = Duration::from_secs(3);
/// How long after the fault is over all must be well.
const RECOVERED: Duration = Duration::from_secs(5);

/// Alice signed in at a site, her hot state in the Redis at `url`.
async fn story_with(url: String) -> SignedIn {
    let idp = TestIdp::start_with(|config| config.redis.url = Some(RedisUrl::from(&*url))).await;
    SignedIn::on(idp, ClientSpec::confidential("site-a")).await
}

async fn story_on(server: &RedisServer) -> SignedIn {
    story_with(server.url()).await
}

/// What a story looks at after a fault.
struct Before {
    /// Given back before the fault.
    revoked: TokenAnswer,
    /// Rotated before the fault...
    spent: TokenAnswer,
    /// ...to this.
    newest: TokenAnswer,
    /// Redeemed before the fault.
    used_code: String,
}

/// Starts with `at_first`, then does what the fault must not undo.
async fn before(story: &SignedIn, at_first: [TokenAnswer; 2], code: String) -> Before {
    let (idp, site) = (&story.idp, &story.site);
    let [revoked, spent] = at_first;
    let token = revoked.text("refresh_token");
    assert_eq!(idp.post_as(site, "/revoke", &[("token", token)]).await.status, 200);
    let newest = idp.refresh(site, spent.text("refresh_token")).await;
    assert_eq!(newest.status, 200, "{newest:?}");
    assert_eq!(idp.redeem(site, &code).await.status, 200);
    // Outside the window in which a racer gets the same successor.
    idp.clock.advance(11);
    Before { revoked, spent, newest, used_code: code }
}

async fn two_grants(story: &SignedIn) -> [TokenAnswer; 2] {
    [story.grant().await, story.grant().await]
}

/// Asks until the answer is not 503, for five seconds at most; nothing may ever be an error of ours or a long wait.
async fn recovered(story: &SignedIn, refresh_token: &str) -> TokenAnswer {
    let start = Stopwatch::start();
    loop {
        let asked = Stopwatch::start();
        let answer = story.idp.refresh(&story.site, refresh_token).await;
        assert!(asked.elapsed() < IN_TIME, "an answer took {:?}", asked.elapsed());
        assert!([200, 400, 503].contains(&answer.status), "{answer:?}");
        if answer.status != 503 {
            return answer;
        }
        assert!(start.elapsed() < RECOVERED, "not recovered in time: {answer:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// While Redis is of no use.
async fn refused_in_time(story: &SignedIn, refresh_token: &str) {
    let (idp, site) = (&story.idp, &story.site);
    let asked = Stopwatch::start();
    let stranger = idp.browser();
    let page = stranger.visit(idp.authorize_url(site, &[])).await;
    let (refreshed, login) = tokio::join!(
        idp.refresh(site, refresh_token),
        stranger.log_in_as(&page, "alice", idp_tests::PASSWORD)
    );
    assert_eq!(refreshed.refusal(), UNAVAILABLE);
    assert!(!refreshed.header("retry-after").is_empty());
    assert_eq!((login.status, login.header("retry-after").is_empty()), (503, false), "{}", login.body);
    assert!(asked.elapsed() < IN_TIME, "refused after {:?}", asked.elapsed());
    keys_go_on(story).await;
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200, "the database alone answers this");
    let start = Stopwatch::start();
    while idp.send(idp.http.get(idp.url("/health/ready"))).await.status != 503 {
        assert!(start.elapsed() < IN_TIME, "ready without Redis");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn keys_go_on(story: &SignedIn) {
    for path in ["/jwks", "/.well-known/openid-configuration", "/health/live"] {
        assert_eq!(story.idp.send(story.idp.http.get(story.idp.url(path))).await.status, 200, "{path}");
    }
}

/// Nothing that was over is good again, and people go on.
async fn nothing_came_back(story: &SignedIn, before: &Before) {
    let (idp, site) = (&story.idp, &story.site);
    for dead in [&before.revoked, &before.spent] {
        assert_eq!(recovered(story, dead.text("refresh_token")).await.refusal(), INVALID_GRANT);
    }
    assert_eq!(idp.userinfo(before.revoked.text("access_token")).await.status, 401);
    assert_eq!(idp.redeem(site, &before.used_code).await.refusal(), INVALID_GRANT);
    people_go_on(story).await;
}

/// By the session that the browser still has, without a form; and a stranger with the password.
async fn people_go_on(story: &SignedIn) {
    all_are_ready(story).await;
    let tokens = story.grant().await;
    let next = story.idp.refresh(&story.site, tokens.text("refresh_token")).await;
    assert_eq!(next.status, 200, "{next:?}");
    let fresh = story.idp.browser().sign_in_for_tokens(&story.idp, &story.site, "alice").await;
    assert_eq!(story.idp.refresh(&story.site, fresh.text("refresh_token")).await.status, 200);
}

/// Every node says so, and has noticed what became of its connection.
async fn all_are_ready(story: &SignedIn) {
    let (idp, start) = (&story.idp, Stopwatch::start());
    let mut in_a_row = 0;
    while in_a_row < 2 * idp.nodes().len() {
        let about = [("token", story.refresh_token()), ("token_type_hint", "refresh_token")];
        let asked = idp.post_as(&story.site, "/introspect", &about).await.status;
        let ready = idp.send(idp.http.get(idp.url("/health/ready"))).await.status;
        // A third, so that each question reaches each of two nodes in turn.
        keys_go_on(story).await;
        in_a_row = if (asked, ready) == (200, 200) { in_a_row + 1 } else { 0 };
        assert!(start.elapsed() < RECOVERED, "not ready again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn paused_for(pause: Duration) {
    let server = RedisServer::start();
    let story = story_on(&server).await;
    server.pause();
    let paused = Stopwatch::start();
    while paused.elapsed() < pause {
        refused_in_time(&story, story.refresh_token()).await;
    }
    server.go_on();
    // Nothing was lost by waiting, and no answer that came too late is taken for another.
    assert_eq!(recovered(&story, story.refresh_token()).await.status, 200);
    people_go_on(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_stands_still_is_answered_for_in_time() {
    if !redis::is_missing() {
        paused_for(Duration::from_secs(4)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half a minute; the story above is the same"]
async fn s102_a_redis_that_stands_still_for_thirty_seconds() {
    if !redis::is_missing() {
        paused_for(Duration::from_secs(30)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_flushed_redis_signs_out_and_lets_nobody_back_in() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let story = story_on(&server).await;
    let before = before(&story, two_grants(&story).await, story.code().await).await;
    let in_flight = story.code().await;
    server.flush();
    keys_go_on(&story).await;
    nothing_came_back(&story, &before).await;
    // What Redis alone knew is gone: the site signs the person in again, without a form.
    assert_eq!(recovered(&story, before.newest.text("refresh_token")).await.refusal(), INVALID_GRANT);
    assert_eq!(story.idp.redeem(&story.site, &in_flight).await.refusal(), INVALID_GRANT);
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_redis_that_starts_empty_is_noticed_by_a_node_that_starts_as_well() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let story = story_on(&server).await;
    let before = before(&story, two_grants(&story).await, story.code().await).await;
    server.kill();
    refused_in_time(&story, before.newest.text("refresh_token")).await;
    let SignedIn { idp, site, alice, browser, tokens } = story;
    let (port, clock, url) = (idp.address.port(), idp.clock.clone(), server.url());
    server.start_again();
    let folder = idp.stop().await;
    let idp =
        TestIdp::start_in(folder, clock, port, |config| config.redis.url = Some(RedisUrl::from(&*url))).await;
    nothing_came_back(&SignedIn { idp, site, alice, browser, tokens }, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_is_killed_and_comes_back_empty() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let story = story_on(&server).await;
    let before = before(&story, two_grants(&story).await, story.code().await).await;
    server.kill();
    refused_in_time(&story, before.newest.text("refresh_token")).await;
    server.start_again();
    nothing_came_back(&story, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_an_old_dump_brings_nothing_back() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let story = story_on(&server).await;
    let (grants, code) = (two_grants(&story).await, story.code().await);
    let dump = server.dump();
    let before = before(&story, grants, code).await;
    server.restore(&dump);
    nothing_came_back(&story, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_replica_that_missed_the_last_writes_brings_nothing_back() {
    if redis::is_missing() {
        return;
    }
    let master = RedisServer::start();
    let wire = Wire::to(master.port());
    let story = story_with(format!("redis://127.0.0.1:{}", wire.port())).await;
    let (grants, code) = (two_grants(&story).await, story.code().await);
    let replica = master.replica();
    assert_eq!(replica.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
    let before = before(&story, grants, code).await;
    master.kill();
    wire.lead_to(replica.port());
    wire.mend();
    nothing_came_back(&story, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s104_a_sentinel_group_goes_on_with_its_replica() {
    if redis::is_missing() {
        return;
    }
    let group = RedisSentinel::start();
    let sentinel = group.sentinel.url();
    let idp = TestIdp::start_with(|config| {
        config.redis.url = Some(RedisUrl::from("redis://story"));
        config.redis.sentinels = vec![RedisUrl::from(&*sentinel)];
    })
    .await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let before = before(&story, two_grants(&story).await, story.code().await).await;
    group.replica.wait_for_master();
    group.master.kill();
    keys_go_on(&story).await;
    for _ in 0..500 {
        if group.replica.cli(&["ROLE"]).starts_with("master") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The replica had everything, so nothing at all was lost.
    let next = recovered(&story, before.newest.text("refresh_token")).await;
    assert!([200, 400].contains(&next.status), "{next:?}");
    nothing_came_back(&story, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_is_read_only_for_a_while() {
    if redis::is_missing() {
        return;
    }
    let (server, other) = (RedisServer::start(), RedisServer::start());
    let story = story_on(&server).await;
    let before = before(&story, two_grants(&story).await, story.code().await).await;
    // Demoted: read-only, and soon as empty as its new master.
    assert_eq!(server.cli(&["REPLICAOF", "127.0.0.1", &other.port().to_string()]), "OK");
    refused_in_time(&story, before.newest.text("refresh_token")).await;
    server.wait_for_master();
    refused_in_time(&story, before.newest.text("refresh_token")).await;
    assert_eq!(server.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
    nothing_came_back(&story, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_is_loading() {
    if redis::is_missing() {
        return;
    }
    let slowly = ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"];
    let server = RedisServer::start_with(&slowly);
    let story = story_on(&server).await;
    let fill = "for i = 1, 3000 do redis.call('SET', 'filling:' .. i, string.rep('x', 100)) end return 1";
    assert_eq!(server.cli(&["EVAL", fill, "0"]), "1");
    let dump = server.dump();
    let before = before(&story, two_grants(&story).await, story.code().await).await;
    server.restore(&dump);
    assert!(server.cli(&["GET", "filling:1"]).starts_with("LOADING"), "it loads for three seconds");
    refused_in_time(&story, before.newest.text("refresh_token")).await;
    while server.cli(&["PING"]) != "PONG" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    nothing_came_back(&story, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_values_of_a_wrong_type_at_our_keys() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let story = story_on(&server).await;
    let before = before(&story, two_grants(&story).await, story.code().await).await;
    let in_flight = story.code().await;
    for (plant, kind) in [(vec!["LPUSH", "x", "y"], "list"), (vec!["SET", "x", "\u{1}garbage"], "garbage")] {
        for key in server.keys("*") {
            server.cli(&["DEL", &key]);
            let command: Vec<&str> =
                plant.iter().map(|&word| if word == "x" { &*key } else { word }).collect();
            server.cli(&command);
        }
        keys_go_on(&story).await;
        nothing_came_back(&story, &before).await;
        let redeemed = story.idp.redeem(&story.site, &in_flight).await;
        assert_eq!(redeemed.refusal(), INVALID_GRANT, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_one_damaged_family_ends_alone() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let story = story_on(&server).await;
    let families = server.keys("rt:*");
    let other = story.grant().await;
    server.cli(&["HSET", &families[0], "generation", "x"]);
    assert_eq!(story.idp.refresh(&story.site, story.refresh_token()).await.refusal(), INVALID_GRANT);
    assert_eq!(story.idp.refresh(&story.site, other.text("refresh_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_an_answer_that_is_cut_off_in_the_middle() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let wire = Wire::to(server.port());
    let story = story_with(format!("redis://127.0.0.1:{}", wire.port())).await;
    let mut token = story.refresh_token().to_owned();
    for bytes in [0, 1, 3, 7, 20, 45, 90, 150, 300] {
        wire.cut_after(bytes);
        // Whatever was cut, the same request again finds out what became of the first.
        let cut = story.idp.refresh(&story.site, &token).await;
        assert!([200, 503].contains(&cut.status), "{bytes}: {cut:?}");
        wire.mend();
        let again = recovered(&story, &token).await;
        assert_eq!(again.status, 200, "{bytes}: {again:?}");
        if cut.status == 200 {
            assert_eq!(cut.text("refresh_token"), again.text("refresh_token"), "{bytes}");
        }
        token = again.text("refresh_token").to_owned();
    }
    people_go_on(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s103_a_revocation_that_redis_did_not_take_is_not_confirmed_and_can_be_asked_for_again() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let story = story_on(&server).await;
    let (idp, site) = (&story.idp, &story.site);
    let given_back = [("token", story.refresh_token())];
    server.pause();
    assert_eq!(idp.post_as(site, "/revoke", &given_back).await.refusal(), UNAVAILABLE);
    // The database holds it already, so it is dead here.
    assert_eq!(idp.userinfo(story.access_token()).await.status, 401);
    server.go_on();
    let start = Stopwatch::start();
    while idp.post_as(site, "/revoke", &given_back).await.status != 200 {
        assert!(start.elapsed() < RECOVERED);
    }
    assert_eq!(
        server.keys("blacklist:grant:*").len(),
        1,
        "nothing changed in the database, and the copy is made"
    );
    assert_eq!(recovered(&story, story.refresh_token()).await.refusal(), INVALID_GRANT);
}

#[tokio::test]
async fn s50_a_redis_that_evicts_is_refused_at_the_start() {
    if redis::is_missing() {
        return;
    }
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
    if redis::is_missing() {
        return;
    }
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/redis/localhost");
    let (certificate, key) = (format!("{data}.crt"), format!("{data}.key"));
    let port = redis::free_port();
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
    assert!(!check("localhost", "/dev/null"), "nobody we trust");
}
