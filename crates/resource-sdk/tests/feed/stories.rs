//! What the provider takes back is refused, at once and without asking.

use std::time::{Duration, Instant};

use resource_sdk::{BuildError, Freshness, Keys, Verifier, VerifyError::*, testing::TestIssuer};

use crate::{support, world::*};

#[tokio::test(flavor = "multi_thread")]
async fn z14_a_signed_out_session_is_refused_within_a_second() {
    let world = World::start().await;
    let (theirs, ours) = (world.token_of_session("theirs"), world.token_of_session("ours"));
    assert_eq!(world.verify(&theirs).await, None);
    let begun = Instant::now();
    world.issuer.revoke_session("theirs");
    until("refused", async || world.verify(&theirs).await == Some(Revoked)).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(world.offline.verify(&theirs).await.err(), Some(Revoked), "also where nothing is demanded");
    assert_eq!(world.verify(&ours).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_revocation_arrives() {
    let world = World::start().await;
    let token = || world.issuer.token(API);
    let cases = [
        ("jti", token().claim("jti", "g.one").mint(), token().claim("jti", "g.two").mint()),
        ("grant", token().claim("jti", "h.one").mint(), token().claim("jti", "h2.one").mint()),
        ("client_id", token().client("app").mint(), token().client("other").mint()),
    ];
    world.issuer.revoke_token("g.one");
    world.issuer.revoke_grant("h");
    world.issuer.revoke_client("app");
    world.issuer.wait_until_acknowledged().await;
    for (kind, revoked, other) in &cases {
        assert_eq!(world.verify(revoked).await, Some(Revoked), "{kind}");
        assert_eq!(world.verify(other).await, None, "{kind}");
    }
    let old = token().subject("bob").mint();
    world.issuer.clock().advance(Duration::from_secs(5));
    world.issuer.revoke_user("bob");
    world.issuer.wait_until_acknowledged().await;
    assert_eq!(world.verify(&old).await, Some(Revoked), "issued before");
    assert_eq!(world.verify(&token().subject("bob").mint()).await, None, "signed in again");
    world.issuer.revoke_everything();
    world.issuer.wait_until_acknowledged().await;
    assert_eq!(world.verify(&token().mint()).await, Some(Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn j43_no_remembered_token_outlives_its_revocation() {
    let world = World::start().await;
    let token = world.token_of_session("s");
    for _ in 0..3 {
        assert_eq!(world.verify(&token).await, None);
    }
    world.issuer.revoke_session("s");
    world.issuer.wait_until_acknowledged().await;
    assert_eq!(world.verify(&token).await, Some(Revoked));
    assert_eq!(world.verify(&token).await, Some(Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn j43_what_outlives_its_request_ends_with_the_token() {
    let world = World::start().await;
    let [revoked, expiring, lasting] =
        ["a", "b", "c"].map(|sid| world.issuer.token(API).session(sid).claim("jti", sid).mint());
    let [revoked, expiring, lasting] = [
        world.fresh.verify(&revoked).await.unwrap(),
        world.fresh.verify(&expiring).await.unwrap(),
        world.fresh.verify(&lasting).await.unwrap(),
    ];
    assert!(!ends_within(Duration::from_millis(1_200), world.fresh.until_void(&revoked)).await);
    world.issuer.revoke_session("a");
    world.issuer.wait_until_acknowledged().await;
    assert!(ends_within(Duration::from_secs(2), world.fresh.until_void(&revoked)).await);
    assert!(!ends_within(Duration::from_millis(1_200), world.fresh.until_void(&lasting)).await);
    world.issuer.clock().advance(Duration::from_secs(30 * 60 + 30));
    assert!(ends_within(Duration::from_secs(2), world.fresh.until_void(&expiring)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn j40_a_void_key_is_dropped_at_once_although_it_is_still_published() {
    let world = World::start().await;
    let old = world.token();
    assert_eq!(world.verify(&old).await, None);
    world.issuer.compromise_key();
    let took = until("refused", async || world.verify(&old).await == Some(Revoked)).await;
    assert!(took < Duration::from_secs(4), "{took:?}");
    // The site got the new key without waiting for a cool-down.
    until("accepted", async || world.verify(&world.token()).await.is_none()).await;
    assert_eq!(world.offline.verify(&old).await.err(), Some(Revoked));
    assert_eq!(world.verify(&world.token()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_hears_what_is_refused_here() {
    let world = World::start().await;
    assert_eq!(world.issuer.acknowledged(), 0, "a heartbeat is no reason for a receipt");
    for n in 0..50 {
        world.issuer.revoke_session(&format!("s-{n}"));
    }
    world.issuer.wait_until_acknowledged().await;
    let status = world.feed.status();
    assert_eq!((status.number, status.entries, status.is_connected), (50, 50, true));
    assert_eq!((status.connections, status.last_error), (1, None));
    assert!(status.staleness.unwrap() < Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn z14_what_is_demanded_must_have_a_source() {
    let issuer = TestIssuer::start();
    let keys = issuer.keys();
    let demand = || Verifier::builder(issuer.url(), API).freshness(Freshness::Feed { within: WITHIN });
    assert_eq!(demand().build(keys.clone()).err(), Some(BuildError::NoFeed));
    let foreign = Keys::fixed(issuer.url(), support::key_set(&[support::KEY.jwk()]));
    assert_eq!(demand().feed(issuer.feed(&keys)).build(foreign).err(), Some(BuildError::ForeignFeed));
    let offline = Verifier::builder(issuer.url(), API).freshness(Freshness::Offline).build(keys).unwrap();
    let demanded = offline.with_freshness(Freshness::Feed { within: WITHIN });
    assert_eq!(demanded.err(), Some(BuildError::NoFeed));
    let never_met = Freshness::Feed { within: Duration::from_millis(999) };
    assert_eq!(offline.with_freshness(never_met).err(), Some(BuildError::Within(Duration::from_millis(999))));
    assert_eq!(offline.with_freshness(Freshness::Redis).err(), Some(BuildError::NoDenylist));
}
