#![allow(clippy::unwrap_used)]
use super::*;

/// The provider's stamp when the story begins; its clock has nothing to do with ours.
const START: i64 = 1_800_000_000_000;

/// A proof and the instant at which the story begins.
fn story() -> (Proof, Instant) {
    let start = Instant::now() + Duration::from_secs(1_000_000);
    (Proof::new(start), start)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn staleness(proof: &Proof, now: Instant) -> Duration {
    now.saturating_duration_since(proof.proven().unwrap())
}

/// Heartbeats stamped at these milliseconds of the story, received at those.
fn hear(proof: &mut Proof, start: Instant, heartbeats: &[(i64, u64)]) {
    for (stamped, received) in heartbeats {
        proof.received(START + stamped, true, start + ms(*received));
    }
}

#[test]
fn a_heartbeat_proves_as_of_when_it_was_signed() {
    let (mut proof, start) = story();
    assert_eq!(proof.proven(), None);
    hear(&mut proof, start, &[(0, 40), (1_000, 1_030), (2_000, 2_500)]);
    // The shortest way was 30 ms: this one took 470 ms longer.
    assert_eq!(staleness(&proof, start + ms(2_500)).as_millis(), 469);
    assert_eq!(staleness(&proof, start + ms(5_500)).as_millis(), 3_469);
}

#[test]
fn a_delayed_heartbeat_does_not_look_fresh() {
    let (mut proof, start) = story();
    hear(&mut proof, start, &[(0, 10), (1_000, 1_010), (2_000, 12_010)]);
    let late = staleness(&proof, start + ms(12_010));
    assert!(late > ms(9_900) && late < ms(10_100), "{late:?}");
}

#[test]
fn a_replayed_heartbeat_proves_nothing() {
    let (mut proof, start) = story();
    hear(&mut proof, start, &[(0, 10), (1_000, 1_010)]);
    let proven = proof.proven();
    hear(&mut proof, start, &[(1_000, 9_000), (0, 9_100), (-5_000, 9_200), (1_000, 9_300)]);
    assert_eq!(proof.proven(), proven);
    // Nor on another connection, where there is no shortest way yet.
    proof.reconnected();
    hear(&mut proof, start, &[(1_000, 10_000), (500, 10_001)]);
    assert_eq!(proof.proven(), proven);
}

#[test]
fn what_may_have_been_signed_long_ago_starts_no_measurement() {
    let (mut proof, start) = story();
    proof.received(START - 60_000, false, start + ms(5));
    assert_eq!(proof.proven(), None, "a batch from the provider's memory");
    hear(&mut proof, start, &[(0, 10)]);
    proof.received(START + 500, false, start + ms(510));
    assert_eq!(staleness(&proof, start + ms(510)), Duration::ZERO, "a batch on a measured connection proves");
}

#[test]
fn clocks_that_drift_apart_are_no_staleness() {
    let (mut proof, start) = story();
    // Ours is 100 millionths fast: 8.6 s a day.
    for second in 0..86_400_u64 {
        let received = start + ms(second * 1_000) + Duration::from_micros(second * 100);
        proof.received(START + i64::try_from(second).unwrap() * 1_000, true, received);
        assert!(staleness(&proof, received) < ms(5), "after {second} s");
    }
    assert!(!proof.is_steadily_late());
}

#[test]
fn a_way_that_lengthens_faster_than_clocks_drift_is_staleness() {
    let (mut proof, start) = story();
    for second in 0..100_u64 {
        let received = second * 1_000 + second * 100;
        hear(&mut proof, start, &[(i64::try_from(second).unwrap() * 1_000, received)]);
    }
    let late = staleness(&proof, start + ms(99 * 1_100));
    assert!(late > ms(9_700), "{late:?}");
    assert!(proof.is_steadily_late(), "the connection is to be made anew");
}

#[test]
fn one_late_burst_is_no_reason_to_reconnect() {
    let (mut proof, start) = story();
    let burst = [(0, 10), (1_000, 1_010), (2_000, 4_010), (3_000, 4_011), (4_000, 4_012)];
    hear(&mut proof, start, &burst);
    assert!(!proof.is_steadily_late());
    assert!(staleness(&proof, start + ms(4_012)) < ms(5));
}

#[test]
fn the_providers_time_is_never_ahead_of_it() {
    let (mut proof, start) = story();
    assert!(proof.provider_time(start) < 0, "nothing is known");
    hear(&mut proof, start, &[(0, 10_000)]);
    assert_eq!(proof.provider_time(start + ms(10_000)), START / 1_000);
    assert_eq!(proof.provider_time(start + ms(12_999)), START / 1_000 + 2);
}
