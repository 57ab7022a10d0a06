//! A Redis that is paused, killed, read-only, loading, cut off or holds damaged values: what [`super::redis_story`] says
//! holds, and a revocation is confirmed only once Redis has it.

use super::redis_story::{
    INVALID_GRANT, RECOVERED, RedisStory, UNAVAILABLE, before_fault, keys_go_on, nothing_came_back,
    people_go_on, recovered, refused_in_time, signed_in_through,
};
use idp_server::clock::Stopwatch;
use idp_tests::prometheus::{Observed, Scrape};
use idp_tests::redis::RedisServer;
use idp_tests::tcp_proxy::TcpProxy;
use idp_tests::{eventually, within};
use serde_json::json;
use std::time::Duration;

async fn paused_for(pause: Duration) {
    let RedisStory { alice, server } = RedisStory::begin().await;
    server.pause();
    let paused = Stopwatch::start();
    while paused.elapsed() < pause {
        refused_in_time(&alice, alice.refresh_token()).await;
    }
    server.resume();
    // Nothing was lost by waiting, and no answer that came too late is taken for another.
    assert_eq!(recovered(&alice, alice.refresh_token()).await.status, 200);
    people_go_on(&alice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_stands_still_is_answered_for_in_time() {
    paused_for(Duration::from_secs(4)).await;
}

/// What an operator sees meanwhile: which part is at fault and since when, and that it is over.
#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_stands_still_shows_in_the_figures_and_is_named() {
    let RedisStory { alice, server } = RedisStory::begin().await;
    let observed = Observed::of(&alice.idp);
    let nodes = alice.idp.nodes().len() as f64;
    let before = observed.scrape().await;
    assert_eq!(before.value("idp_redis_in_step", &[]), nodes);
    assert!(before.value("idp_redis_round_trip_seconds_count", &[]) > 0.0);
    let part = [("part", "redis")];
    assert_eq!(before.value("idp_ready", &part), nodes);

    server.pause();
    refused_in_time(&alice, alice.refresh_token()).await;
    eventually("every node says so", async || {
        let now = observed.scrape().await;
        let faults = |scrape: &Scrape| scrape.value("idp_redis_errors_total", &[]);
        let ready = (now.value("idp_redis_in_step", &[]), now.value("idp_ready", &part));
        if ready == (0.0, 0.0) && faults(&now) > faults(&before) { Ok(()) } else { Err(ready) }
    })
    .await;
    let health = alice.idp.send(alice.idp.http.get(alice.idp.url("/health/ready"))).await;
    assert_eq!((health.status, &health.body), (503, &json!({ "status": "not_ready" })));
    for (status, said) in observed.readiness().await {
        let problem = &said["problems"][0];
        assert_eq!((status, problem["part"].as_str()), (503, Some("redis")), "{said}");
        assert!(problem["since"].as_str().is_some_and(|since| since.ends_with('Z')), "{said}");
    }

    server.resume();
    people_go_on(&alice).await;
    eventually("it is over", async || {
        let now = observed.scrape().await;
        let ready = (now.value("idp_redis_in_step", &[]), now.value("idp_ready", &part));
        if ready == (nodes, nodes) { Ok(()) } else { Err(ready) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half a minute; the story above is the same"]
async fn s102_a_redis_that_stands_still_for_thirty_seconds() {
    paused_for(Duration::from_secs(30)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_is_killed_and_comes_back_empty() {
    let RedisStory { alice, server } = RedisStory::begin().await;
    let before = before_fault(&alice).await;
    server.kill();
    refused_in_time(&alice, before.newest_refresh_token()).await;
    server.start_again();
    nothing_came_back(&alice, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_is_read_only_for_a_while() {
    let (server, other) = (RedisServer::start(), RedisServer::start());
    let RedisStory { alice, server } = RedisStory::begin_on(server).await;
    let before = before_fault(&alice).await;
    // Demoted: read-only, and soon as empty as its new master.
    assert_eq!(server.cli(&["REPLICAOF", "127.0.0.1", &other.port().to_string()]), "OK");
    refused_in_time(&alice, before.newest_refresh_token()).await;
    server.wait_for_master();
    refused_in_time(&alice, before.newest_refresh_token()).await;
    assert_eq!(server.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
    nothing_came_back(&alice, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_a_redis_that_is_loading() {
    let slowly = ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"];
    let server = RedisServer::start_with(&slowly);
    let RedisStory { alice, server } = RedisStory::begin_on(server).await;
    let fill = "for i = 1, 3000 do redis.call('SET', 'filling:' .. i, string.rep('x', 100)) end return 1";
    assert_eq!(server.cli(&["EVAL", fill, "0"]), "1");
    let dump = server.dump();
    let before = before_fault(&alice).await;
    server.restore(&dump);
    assert!(server.cli(&["GET", "filling:1"]).starts_with("LOADING"), "it loads for three seconds");
    refused_in_time(&alice, before.newest_refresh_token()).await;
    eventually("the data is loaded", async || server.cli(&["PING"]) == "PONG").await;
    nothing_came_back(&alice, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_values_of_a_wrong_type_at_our_keys() {
    let RedisStory { alice, server } = RedisStory::begin().await;
    let before = before_fault(&alice).await;
    for (plant, kind) in [(vec!["LPUSH", "x", "y"], "list"), (vec!["SET", "x", "\u{1}garbage"], "garbage")] {
        let in_flight = alice.code().await;
        for key in server.keys("*") {
            server.cli(&["DEL", &key]);
            let command: Vec<&str> =
                plant.iter().map(|&word| if word == "x" { &*key } else { word }).collect();
            server.cli(&command);
        }
        keys_go_on(&alice).await;
        nothing_came_back(&alice, &before).await;
        assert_eq!(alice.idp.redeem(&alice.site, &in_flight).await.status, 200, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_one_damaged_family_ends_alone() {
    let RedisStory { alice, server } = RedisStory::begin().await;
    let families = server.keys("rt:*");
    let other = alice.grant().await;
    server.cli(&["HSET", &families[0], "generation", "x"]);
    assert_eq!(alice.idp.refresh(&alice.site, alice.refresh_token()).await.refusal(), INVALID_GRANT);
    assert_eq!(alice.idp.refresh(&alice.site, other.text("refresh_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn s102_an_answer_that_is_cut_off_in_the_middle() {
    let server = RedisServer::start();
    let proxy = TcpProxy::to(server.port());
    let alice = signed_in_through(&proxy).await;
    let mut token = alice.refresh_token().to_owned();
    for bytes in [0, 1, 3, 7, 20, 45, 90, 150, 300] {
        proxy.cut_after(bytes);
        // Wherever the answer was cut, the same request again finds out what became of the first.
        let cut = alice.idp.refresh(&alice.site, &token).await;
        assert!([200, 503].contains(&cut.status), "{bytes}: {cut:?}");
        proxy.restore();
        let again = recovered(&alice, &token).await;
        assert_eq!(again.status, 200, "{bytes}: {again:?}");
        if cut.status == 200 {
            assert_eq!(cut.text("refresh_token"), again.text("refresh_token"), "{bytes}");
        }
        token = again.text("refresh_token").to_owned();
    }
    people_go_on(&alice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s103_a_revocation_that_redis_did_not_take_is_not_confirmed_and_can_be_asked_for_again() {
    let RedisStory { alice, server } = RedisStory::begin().await;
    let (idp, site) = (&alice.idp, &alice.site);
    let given_back = [("token", alice.refresh_token())];
    server.pause();
    assert_eq!(idp.post_as(site, "/revoke", &given_back).await.refusal(), UNAVAILABLE);
    // The database holds it already, so it is dead here.
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 401);
    server.resume();
    let is_confirmed = async || idp.post_as(site, "/revoke", &given_back).await.status == 200;
    within(RECOVERED, "the revocation is confirmed", is_confirmed).await;
    assert_eq!(
        server.keys("blacklist:grant:*").len(),
        1,
        "nothing changed in the database, and the copy is made"
    );
    assert_eq!(recovered(&alice, alice.refresh_token()).await.refusal(), INVALID_GRANT);
}
