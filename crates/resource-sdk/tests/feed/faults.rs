//! A feed that is cut, and comes back: a route that demands freshness refuses, one that does not goes on.

use std::time::{Duration, Instant};

use resource_sdk::{VerifyError::*, testing::HEARTBEAT};

use crate::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn z14_a_cut_feed_is_noticed_in_time_and_heals_by_itself() {
    let world = World::start().await;
    let token = world.token();
    assert_eq!(world.verify(&token).await, None);
    world.issuer.cut_feed();
    let cut = Instant::now();
    until("refused", async || world.verify(&token).await == Some(NotFresh)).await;
    let noticed = cut.elapsed();
    assert!(noticed <= WITHIN + Duration::from_millis(300), "{noticed:?}");
    assert!(noticed >= WITHIN - 2 * HEARTBEAT, "not before its time: {noticed:?}");
    assert_eq!(world.offline.verify(&token).await.err(), None);
    assert!(!world.feed.status().is_connected && world.feed.status().last_error.is_some());

    // The site does not hear of this one until the feed is back.
    let revoked = world.token_of_session("meanwhile");
    world.issuer.revoke_session("meanwhile");
    assert_eq!(world.verify(&revoked).await, Some(NotFresh), "nothing is handed out");
    world.issuer.heal_feed();
    let healed = until("served", async || world.verify(&token).await.is_none()).await;
    assert!(healed < Duration::from_secs(2), "{healed:?}");
    assert_eq!(world.verify(&revoked).await, Some(Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_comes_back_is_found() {
    let world = World::start().await;
    world.issuer.revoke_session("before");
    world.issuer.wait_until_acknowledged().await;
    world.issuer.stop();
    until("disconnected", async || !world.feed.status().is_connected).await;
    world.issuer.revoke_session("meanwhile");
    let (before, meanwhile) = (world.token_of_session("before"), world.token_of_session("meanwhile"));
    assert_eq!(world.offline.verify(&before).await.err(), Some(Revoked), "what is known stays known");
    assert_eq!(world.offline.verify(&meanwhile).await.err(), None);
    world.issuer.start_again();
    until("caught up", async || world.verify(&meanwhile).await == Some(Revoked)).await;
    assert_eq!(world.verify(&before).await, Some(Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn j44_a_wall_clock_that_jumps_changes_no_staleness() {
    let world = World::start().await;
    let clock = world.issuer.clock();
    for jump in [7_200, -14_400, 7_200] {
        clock.set(clock.now().plus_secs(jump));
        assert!(world.feed.staleness().unwrap() < Duration::from_secs(1));
        assert_eq!(world.verify(&world.token()).await, None, "jumped by {jump} s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_may_be_held_is_refused_where_freshness_is_demanded() {
    let world = World::start_with(|options| options.max_entries(10)).await;
    let token = world.token_of_session("s-0");
    for n in 0..11 {
        world.issuer.revoke_session(&format!("s-{n}"));
    }
    let other = world.token();
    until("refused", async || world.verify(&other).await == Some(NotFresh)).await;
    assert_eq!(world.verify(&token).await, Some(Revoked), "what is held is held");
    assert_eq!(world.feed.status().entries, 10);
    assert_eq!(world.offline.verify(&other).await.err(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_chose_to_asks_the_provider_while_the_feed_is_stale() {
    let world = World::start_with(|options| options.introspect_when_stale(true)).await;
    let (token, revoked) = (world.token(), world.token_of_session("meanwhile"));
    world.issuer.cut_feed();
    until("stale", async || world.feed.staleness().unwrap() > WITHIN).await;
    world.issuer.revoke_session("meanwhile");
    assert_eq!(world.verify(&token).await, None);
    assert_eq!(world.verify(&revoked).await, Some(Revoked));
    assert_eq!(world.verify(&world.issuer.token(API).expired().mint()).await, Some(Expired));
    let now = world.issuer.clock().now();
    assert_eq!(world.fresh.verifier().verify(&token, now).err(), Some(NotFresh), "a verifier asks no one");
    world.issuer.stop();
    assert_eq!(world.verify(&token).await, Some(NotFresh), "nor is there a provider to ask");
}
