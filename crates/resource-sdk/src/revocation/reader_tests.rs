#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    super::batch::{Entry, Target},
    *,
};
use crate::{claims::RegisteredClaims, time::ManualClock};

const FAR: i64 = 4_000_000_000;

fn entry(number: u64, target: Target) -> Entry {
    Entry { number, target, expires_at: UnixTime::from_secs(FAR), cause: None }
}

fn session(number: u64) -> Target {
    Target::Session(format!("session-{number}"))
}

fn batch(from: u64, to: u64, at_ms: i64) -> Batch {
    let entries = (from + 1..=to).map(|number| entry(number, session(number))).collect();
    Batch { kid: "k".into(), at_ms, from, to, entries }
}

fn token_of_session(number: u64) -> AccessToken {
    let claims = serde_json::json!({
        "iss": "i", "aud": "a", "sub": "s", "client_id": "c", "jti": "j", "iat": 1, "exp": 2,
        "sid": format!("session-{number}"),
    });
    let claims = RegisteredClaims::parse(&claims.to_string()).unwrap();
    AccessToken::new(claims, String::new(), "k".into())
}

fn held(reader: &Reader, up_to: u64) -> BTreeSet<u64> {
    let view = reader.view();
    let is_held = |number: &u64| view.check(&token_of_session(*number), None).is_err();
    (1..=up_to).filter(is_held).collect()
}

#[test]
fn a_gap_is_not_stepped_over() {
    let now = Instant::now();
    let mut reader = Reader::new(now, 100);
    assert_eq!(reader.receive(&batch(0, 2, 1), now), Ok(()));
    assert_eq!(reader.receive(&batch(3, 4, 2), now), Err(ApplyError::Gap));
    assert_eq!(reader.receive(&batch(4, 4, 3), now), Err(ApplyError::Gap), "a heartbeat tells of it, too");
    assert_eq!((reader.number(), reader.view().staleness(now)), (2, None));
    assert_eq!(held(&reader, 9), BTreeSet::from([1, 2, 4]), "what was said counts all the same");
    assert_eq!(reader.receive(&batch(0, 4, 4), now), Ok(()));
    assert_eq!(reader.receive(&batch(4, 4, 5), now), Ok(()));
    assert_eq!((reader.number(), reader.view().staleness(now)), (4, Some(Duration::ZERO)));
}

#[test]
fn what_a_provider_may_have_kept_proves_nothing_at_the_beginning_of_a_connection() {
    let now = Instant::now();
    for (first, heartbeat) in
        [(batch(0, 0, 1), batch(0, 0, 2)), (batch(0, 3, 1), batch(3, 3, 2)), (batch(2, 3, 1), batch(3, 3, 2))]
    {
        let mut reader = Reader::new(now, 100);
        reader.number = first.from;
        assert_eq!(reader.receive(&first, now), Ok(()));
        assert_eq!(reader.view().staleness(now), None, "{first:?}");
        assert_eq!(reader.receive(&heartbeat, now), Ok(()));
        assert_eq!(reader.view().staleness(now), Some(Duration::ZERO), "{heartbeat:?}");
    }
}

#[test]
fn each_connection_proves_by_a_heartbeat_of_its_own() {
    let (start, later) = (Instant::now(), Instant::now() + Duration::from_secs(60));
    let mut reader = Reader::new(start, 100);
    reader.receive(&batch(0, 2, 1), start).unwrap();
    reader.receive(&batch(2, 2, 2), start).unwrap();
    for kept in [batch(0, 2, 3), batch(2, 4, 4), batch(0, 0, 5)] {
        reader.reconnected(later);
        reader.receive(&kept, later).unwrap();
        assert!(reader.view().staleness(later) >= Some(Duration::from_secs(59)), "{kept:?}");
    }
    reader.receive(&batch(0, 4, 6), later).unwrap();
    assert!(reader.view().staleness(later) >= Some(Duration::from_secs(59)), "it may have been kept, too");
    reader.receive(&batch(4, 4, 7), later).unwrap();
    assert_eq!(reader.view().staleness(later), Some(Duration::ZERO));
    reader.reconnected(later);
    reader.receive(&batch(4, 4, 8), later + Duration::from_secs(9)).unwrap();
    assert_eq!(reader.view().staleness(later + Duration::from_secs(9)), Some(Duration::ZERO), "a live one");
}

/// A reader that is fresh at `now`, and its wall clock.
fn fresh_reader(now: Instant) -> (Reader, ManualClock) {
    let wall = ManualClock::new(UnixTime::from_secs(1_000));
    let mut reader = Reader::new(now, 100);
    reader.suspension = Suspension::new(Clock::Manual(wall.clone()));
    reader.receive(&batch(0, 2, 1), now).unwrap();
    reader.received_data(now);
    reader.receive(&batch(2, 2, 2), now).unwrap();
    (reader, wall)
}

#[test]
fn z14_time_for_which_a_machine_was_suspended_counts() {
    let now = Instant::now();
    let (mut reader, wall) = fresh_reader(now);
    assert_eq!(reader.view().staleness(now), Some(Duration::ZERO));
    let view = reader.view();
    wall.advance(Duration::from_secs(600));
    assert_eq!(view.staleness(now), Some(Duration::from_secs(600)), "the monotonic clock stood still");
    assert!(reader.has_slept(now), "what waits in its sockets is of no use");
    reader.reconnected(now);
    assert_eq!((reader.has_slept(now), reader.view().staleness(now)), (false, None));
    reader.received_data(now);
    reader.receive(&batch(2, 2, 3), now).unwrap();
    assert_eq!(reader.view().staleness(now), Some(Duration::ZERO));
    assert_eq!(held(&reader, 9), BTreeSet::from([1, 2]));
}

#[test]
fn j44_a_wall_clock_that_goes_with_the_other_or_is_set_back_makes_nothing_stale() {
    let now = Instant::now();
    let (reader, wall) = fresh_reader(now);
    for seconds in [1, 2, 60] {
        wall.set(UnixTime::from_secs(1_000 + seconds));
        let later = now + Duration::from_secs(seconds.unsigned_abs());
        assert_eq!(reader.view().staleness(later), Some(later - now));
        wall.set(UnixTime::from_secs(-FAR));
        assert_eq!(reader.view().staleness(later), Some(later - now), "nor younger");
    }
}

#[test]
fn numbers_of_a_restored_database_take_nothing_away() {
    let now = Instant::now();
    let mut reader = Reader::new(now, 100);
    reader.receive(&batch(0, 9, 1), now).unwrap();
    reader.receive(&batch(0, 5, 2), now).unwrap();
    assert_eq!((reader.number(), held(&reader, 60)), (5, (1..=9).collect()));
    let mut later = batch(5, 60, 3);
    later.entries = vec![entry(60, session(60))];
    assert_eq!(reader.receive(&Batch { from: 6, ..later.clone() }, now), Err(ApplyError::Gap));
    reader.receive(&later, now).unwrap();
    assert_eq!(reader.number(), 60);
    assert_eq!(held(&reader, 60), (1..=9).chain([60]).collect());
}

#[test]
fn what_cannot_be_honoured_takes_the_proof_away_until_it_is_over() {
    let now = Instant::now();
    let mut reader = Reader::new(now, 100);
    let at_ms = 1_000_000;
    reader.receive(&batch(0, 0, at_ms - 1), now).unwrap();
    reader.receive(&batch(0, 0, at_ms), now).unwrap();
    let within = Some(Duration::from_secs(1));
    let token = token_of_session(1);
    assert_eq!(reader.view().check(&token, within), Ok(()));
    let unknown =
        Entry { number: 1, target: Target::Unknown, expires_at: UnixTime::from_secs(1_002), cause: None };
    reader.receive(&Batch { entries: vec![unknown], ..batch(0, 1, at_ms + 1) }, now).unwrap();
    assert_eq!(reader.view().check(&token, within), Err(VerifyError::NotFresh));
    assert_eq!(reader.view().check(&token, None), Ok(()), "who does not ask for proof gets none");
    let later = now + Duration::from_secs(2);
    reader.receive(&batch(1, 1, at_ms + 2_001), later).unwrap();
    reader.purge(UnixTime::from_secs(1_001), later);
    assert_eq!(reader.view().staleness(later), None, "by our clock it is not over");
    reader.purge(UnixTime::from_secs(FAR), later);
    assert_eq!(reader.view().staleness(later), Some(Duration::ZERO));
}

#[test]
fn j44_a_wall_clock_that_jumps_lets_nobody_back_in_and_changes_no_staleness() {
    let now = Instant::now();
    let mut reader = Reader::new(now, 100);
    let mut revoked = batch(0, 1, 1_000_000);
    revoked.entries[0].expires_at = UnixTime::from_secs(2_000);
    reader.receive(&revoked, now).unwrap();
    reader.receive(&batch(1, 1, 1_000_001), now).unwrap();
    for (jump, seconds) in [(7_200, 31), (-7_200, 62), (FAR, 93), (i64::MIN / 2, 124)] {
        let later = now + Duration::from_secs(seconds);
        reader.purge(UnixTime::from_secs(1_000 + jump), later);
        assert_eq!(held(&reader, 1), BTreeSet::from([1]), "jumped by {jump} s");
        assert_eq!(reader.view().staleness(later), Some(Duration::from_secs(seconds)));
    }
    let over = now + Duration::from_secs(1_100);
    reader.purge(UnixTime::from_secs(2_100), over);
    assert_eq!(held(&reader, 1), BTreeSet::new(), "over by both clocks");
}

#[test]
fn too_much_is_no_proof_and_no_progress() {
    let now = Instant::now();
    let mut reader = Reader::new(now, 3);
    reader.receive(&batch(0, 3, 1), now).unwrap();
    assert_eq!(reader.receive(&batch(3, 5, 2), now), Err(ApplyError::Overflow));
    assert_eq!((reader.number(), reader.view().entries()), (3, 3));
    assert_eq!(reader.receive(&batch(5, 5, 3), now), Err(ApplyError::Gap));
    assert_eq!(reader.view().staleness(now), None);
}

/// docs/revocation-feed-vectors.json, which the provider's own tests write: section 10 of
/// docs/revocation-feed.md says what a good reader makes of it.
struct Vectors {
    keys: crate::keys::Keys,
    statements: Vec<String>,
}

impl Vectors {
    fn read() -> Self {
        let vectors = include_str!("../../../../docs/revocation-feed-vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let keys = crate::keys::KeySet::from_jwks(vectors["jwks"].to_string().as_bytes()).unwrap();
        let statements = vectors["statements"].as_array().unwrap().iter();
        let statements = statements.map(|statement| statement["jws"].as_str().unwrap().to_owned()).collect();
        Self { keys: crate::keys::Keys::fixed(vectors["issuer"].as_str().unwrap(), keys), statements }
    }

    fn verify(&self, jws: &str, issuer: &str) -> Option<Batch> {
        Batch::verify(jws, issuer, &self.keys.snapshot(), 100_000).ok()
    }

    fn batch(&self, index: usize) -> Batch {
        self.verify(&self.statements[index], self.keys.issuer()).unwrap()
    }
}

#[test]
fn the_published_vectors_are_read_as_the_specification_says() {
    let (vectors, now) = (Vectors::read(), Instant::now());
    let mut reader = Reader::new(now, 100);
    assert_eq!(reader.receive(&vectors.batch(1), now), Err(ApplyError::Gap));
    for index in [0, 1, 2, 1, 2] {
        assert_eq!(reader.receive(&vectors.batch(index), now), Ok(()));
    }
    assert_eq!((reader.number(), reader.view().staleness(now)), (17, Some(Duration::ZERO)));
    let count = |reader: &Reader| {
        reader.view().entries() + usize::from(reader.view().check(&token_of_session(1), None).is_err())
    };
    assert_eq!(count(&reader), 7, "six names and keys, and everybody");
    let later = now + Duration::from_secs(1_920);
    reader.purge(UnixTime::from_secs(1_700_001_920), later);
    assert_eq!(count(&reader), 0);
}

#[test]
fn a_published_vector_with_one_octet_changed_is_refused() {
    let vectors = Vectors::read();
    for jws in &vectors.statements {
        assert!(vectors.verify(jws, "https://other.example").is_none());
        for at in 0..jws.len() {
            let mut damaged = jws.clone().into_bytes();
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert!(vectors.verify(&damaged, vectors.keys.issuer()).is_none(), "octet {at}");
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A piece of the log, cut anywhere; late, early, again.
    Statement(u64, u64),
    Reconnect,
}

proptest! {
    /// The model: a statement that begins no later than where one stands takes one to its end, and
    /// one with everything also back to it. Whatever was said once stays.
    #[test]
    fn any_order_of_statements_leaves_what_the_log_says(
        steps in prop::collection::vec(
            prop_oneof![
                5 => (0_u64..60, 0_u64..25).prop_map(|(from, len)| Step::Statement(from, from + len)),
                2 => (0_u64..60).prop_map(|to| Step::Statement(0, to)),
                1 => Just(Step::Reconnect),
            ],
            1..60,
        ),
    ) {
        let now = Instant::now();
        let (mut reader, mut reached, mut known) = (Reader::new(now, 1_000), 0, BTreeSet::new());
        for (at_ms, step) in (1_i64..).zip(steps) {
            match step {
                Step::Reconnect => reader.reconnected(now),
                Step::Statement(from, to) => {
                    let outcome = reader.receive(&batch(from, to, at_ms), now);
                    prop_assert_eq!(outcome.is_ok(), from <= reached);
                    if outcome.is_ok() {
                        reached = if from == 0 { to } else { reached.max(to) };
                    }
                    known.extend(from + 1..=to);
                }
            }
        }
        prop_assert_eq!(reader.number(), reached);
        prop_assert_eq!(held(&reader, 90), known);
    }
}
