#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

const RUN: RunId = RunId::of([1; 32]);
/// What the run's clock shows when the story begins; it has nothing to do with ours.
const START: i64 = 987_654_321;

/// An instant at which the story begins.
fn start() -> Instant {
    Instant::now() + Duration::from_secs(1_000_000)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A request that was sent at this millisecond of the story, and had by the run at that one.
fn anchor(start: Instant, sent: u64, had: i64) -> Anchor {
    Anchor { run: RUN, sent: start + ms(sent), uptime_ms: START + had }
}

/// A statement that was made at this millisecond, and came at that one.
fn hear(proof: &mut Proof, start: Instant, made: i64, came: u64) -> bool {
    proof.received(RUN, START + made, start + ms(came)).unwrap()
}

fn staleness(proof: &Proof, now: Instant) -> Duration {
    now.saturating_duration_since(proof.proven().unwrap())
}

#[test]
fn a2_a_statement_proves_as_of_when_it_was_made_however_late_it_comes() {
    let (mut proof, start) = (Proof::default(), start());
    assert!(!hear(&mut proof, start, 0, 1), "nothing is known of this run's clock");
    proof.anchored(anchor(start, 0, 10));
    hear(&mut proof, start, 1_010, 1_020);
    // Ten milliseconds the request was under way, ten the statement; the clocks may have parted by one.
    assert_eq!(staleness(&proof, start + ms(1_020)), ms(21));
    hear(&mut proof, start, 2_010, 7_010);
    assert_eq!(staleness(&proof, start + ms(7_010)), ms(5_012));
}

#[test]
fn a2_what_was_held_back_from_the_start_looks_no_younger() {
    let (mut proof, start) = (Proof::default(), start());
    // The way takes 4.7 s, always: the least that was ever seen says nothing.
    proof.anchored(anchor(start, 0, 1));
    for second in 1..60_u64 {
        let made = i64::try_from(second).unwrap() * 1_000;
        hear(&mut proof, start, made, second * 1_000 + 4_700);
        assert!(staleness(&proof, start + ms(second * 1_000 + 4_700)) >= ms(4_700), "after {second} s");
    }
}

#[test]
fn a2_an_anchor_of_a_slow_request_gives_way_to_that_of_a_quick_one_and_not_back() {
    let (mut proof, start) = (Proof::default(), start());
    proof.anchored(anchor(start, 0, 3_000));
    hear(&mut proof, start, 4_000, 4_000);
    assert_eq!(staleness(&proof, start + ms(4_000)), ms(3_001));
    proof.anchored(anchor(start, 5_000, 5_002));
    hear(&mut proof, start, 6_002, 6_002);
    assert_eq!(staleness(&proof, start + ms(6_002)), ms(3));
    proof.anchored(anchor(start, 7_000, 9_000));
    hear(&mut proof, start, 10_002, 10_002);
    assert_eq!(staleness(&proof, start + ms(10_002)), ms(7), "the better one stays");
}

#[test]
fn a2_a_statement_of_another_run_proves_nothing() {
    let (mut proof, start) = (Proof::default(), start());
    proof.anchored(anchor(start, 0, 10));
    let other = RunId::of([2; 32]);
    assert_eq!(proof.received(other, START + 500, start + ms(600)), Ok(false));
    assert_eq!(proof.proven(), None);
    proof.anchored(Anchor { run: other, ..anchor(start, 700, 710) });
    assert!(!hear(&mut proof, start, 800, 900), "nor the former one's any more");
    assert_eq!(proof.received(other, START + 800, start + ms(900)), Ok(true));
}

#[test]
fn a2_a_replayed_statement_proves_nothing_new() {
    let (mut proof, start) = (Proof::default(), start());
    proof.anchored(anchor(start, 0, 10));
    assert!(hear(&mut proof, start, 1_000, 1_010));
    let proven = proof.proven();
    for (made, came) in [(1_000, 9_000), (0, 9_100), (-5_000, 9_200), (999, 9_300)] {
        assert!(!hear(&mut proof, start, made, came));
    }
    assert_eq!(proof.proven(), proven);
}

#[test]
fn a2_what_the_provider_had_kept_proves_as_of_when_it_was_made() {
    let (mut proof, start) = (Proof::default(), start());
    proof.anchored(anchor(start, 0, 10));
    // A snapshot of the last heartbeat, 600 ms before the request was had.
    hear(&mut proof, start, -590, 20);
    assert_eq!(staleness(&proof, start + ms(20)), ms(620) + Duration::from_micros(600));
}

#[test]
fn a2_a_statement_that_came_before_it_was_made_shows_clocks_that_cannot_be_compared() {
    let (mut proof, start) = (Proof::default(), start());
    proof.anchored(anchor(start, 0, 1));
    hear(&mut proof, start, 1_001, 1_002);
    let early = proof.received(RUN, START + 60_000, start + ms(59_000));
    assert_eq!(early, Err(ClocksDisagree));
    for strange in [i64::MAX, i64::MIN] {
        let outcome = proof.received(RUN, strange, start + ms(60_000));
        assert!(outcome == Ok(false) || outcome == Err(ClocksDisagree), "{strange}");
    }
}

#[test]
fn steady_lateness_asks_for_another_anchor_and_one_late_statement_does_not() {
    let (mut proof, start) = (Proof::default(), start());
    proof.anchored(anchor(start, 0, 10));
    for (made, came) in [(1_000, 1_010), (2_000, 4_500), (3_000, 4_501), (4_000, 4_502)] {
        hear(&mut proof, start, made, came);
    }
    assert!(!proof.is_steadily_late());
    for (made, came) in [(5_000, 6_500), (6_000, 7_500), (7_000, 8_500)] {
        hear(&mut proof, start, made, came);
    }
    assert!(proof.is_steadily_late());
    proof.anchored(anchor(start, 9_000, 9_010));
    assert!(!proof.is_steadily_late(), "until it has had its chance");
}

proptest! {
    /// The theorem, for any network: requests and statements are held back as it likes, connections are made anew,
    /// the provider's clock runs off by up to a thousandth. Nothing is ever proven that is not true.
    #[test]
    fn a2_no_delay_makes_a_proof_untrue(
        rate in -1_000_i64..=1_000,
        events in prop::collection::vec((1_u64..3_000_000, any::<bool>(), 0_u64..10_000_000), 1..60),
    ) {
        let (mut proof, start) = (Proof::default(), start());
        // The run's clock at a microsecond of true time, which is ours.
        let shown = |micros: u64| micros as i64 + micros as i64 * rate / 1_000_000;
        let (mut now, mut arrivals) = (0_u64, Vec::new());
        for (pause, is_request, delay) in events {
            now += pause;
            arrivals.push((now + delay, now, is_request));
        }
        arrivals.sort_unstable();
        for (arrives, sent, is_request) in arrivals {
            if is_request {
                let uptime_ms = START + (shown(arrives) + 999) / 1_000;
                let sent = start + Duration::from_micros(sent);
                proof.anchored(Anchor { run: RUN, sent, uptime_ms });
                continue;
            }
            let uptime_ms = START + shown(sent).div_euclid(1_000);
            let before = proof.proven();
            let outcome = proof.received(RUN, uptime_ms, start + Duration::from_micros(arrives));
            prop_assert!(outcome.is_ok(), "the clocks keep to what is assumed");
            if proof.proven() != before {
                prop_assert!(proof.proven() <= Some(start + Duration::from_micros(sent)));
            }
        }
    }
}
