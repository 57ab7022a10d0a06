#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    super::{
        anchor::RunId,
        batch::{Entry, Target},
        names::{self, Kind},
    },
    *,
};
use crate::{claims::RegisteredClaims, time::ManualClock};

const FAR: i64 = 4_000_000_000;
const ISSUER: &str = "i";
const RUN: RunId = RunId::of([7; 32]);
/// What our clock shows unless a story says otherwise.
const NOW: UnixTime = UnixTime::from_secs(1_000);

fn reader(now: Instant) -> Reader {
    Reader::new(ISSUER, now, 100)
}

/// The provider had a request at once that was sent now, and its run's clock showed this.
fn anchor(now: Instant, uptime_ms: i64) -> Anchor {
    Anchor { run: RUN, sent: now, uptime_ms }
}

fn receive(reader: &mut Reader, batch: &Batch, now: Instant) -> Result<(), ApplyError> {
    reader.receive(batch, now, NOW).map(drop)
}

fn entry(number: u64, target: Target) -> Entry {
    Entry { number, target, expires_at: UnixTime::from_secs(FAR), cause: None }
}

fn session(number: u64) -> Target {
    Target::Named(names::name(ISSUER, Kind::Session, &format!("session-{number}")), None)
}

/// A statement made when the run's clock showed this, as did the wall clock.
fn batch(from: u64, to: u64, at_ms: i64) -> Batch {
    let entries = (from + 1..=to).map(|number| entry(number, session(number))).collect();
    Batch { kid: "k".into(), run: RUN, uptime_ms: at_ms, at_ms, from, to, entries }
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
    let mut reader = reader(now);
    reader.anchored(anchor(now, 5));
    assert_eq!(receive(&mut reader, &batch(3, 4, 2), now), Err(ApplyError::Gap));
    assert_eq!(
        receive(&mut reader, &batch(4, 4, 3), now),
        Err(ApplyError::Gap),
        "a heartbeat tells of it, too"
    );
    assert_eq!((reader.number(), reader.view().staleness(now)), (0, None));
    assert_eq!(receive(&mut reader, &batch(0, 2, 1), now), Ok(()));
    assert_eq!(held(&reader, 9), BTreeSet::from([1, 2, 4]), "what was said counts all the same");
    assert_eq!(receive(&mut reader, &batch(0, 4, 4), now), Ok(()));
    assert_eq!(receive(&mut reader, &batch(4, 4, 5), now), Ok(()));
    assert_eq!((reader.number(), reader.view().staleness(now)), (4, Some(Duration::ZERO)));
}

#[test]
fn a2_a_statement_proves_as_of_when_it_was_made_whatever_way_and_kind_it_is() {
    let now = Instant::now();
    for kept in [batch(0, 0, 4_400), batch(0, 3, 4_400), batch(2, 3, 4_400), batch(2, 2, 4_400)] {
        let mut reader = reader(now);
        reader.number = 2;
        assert_eq!(receive(&mut reader, &kept, now), Ok(()));
        assert_eq!(reader.view().staleness(now), None, "before there is an anchor: {kept:?}");
        reader.anchored(anchor(now, 5_000));
        assert_eq!(receive(&mut reader, &kept, now), Ok(()));
        let expected = Duration::from_millis(600) + Duration::from_micros(600);
        assert_eq!(reader.view().staleness(now), Some(expected), "{kept:?}");
    }
}

#[test]
fn a2_a_statement_from_the_future_takes_every_proof_away() {
    let now = Instant::now();
    let mut reader = reader(now);
    reader.anchored(anchor(now, 0));
    assert_eq!(receive(&mut reader, &batch(0, 1, 0), now), Ok(()));
    assert_eq!(reader.view().staleness(now), Some(Duration::ZERO));
    assert_eq!(receive(&mut reader, &batch(1, 2, 1_000), now), Err(ApplyError::Clocks));
    assert_eq!(reader.view().staleness(now), None);
    assert_eq!(held(&reader, 9), BTreeSet::from([1, 2]), "it revokes all the same");
}

/// A reader that is fresh at `now`, and its wall clock.
fn fresh_reader(now: Instant) -> (Reader, ManualClock) {
    let wall = ManualClock::new(NOW);
    let mut reader = reader(now);
    reader.suspension = Suspension::new(Clock::Manual(wall.clone()));
    reader.connecting(now);
    reader.anchored(anchor(now, 2));
    reader.received_data(now);
    receive(&mut reader, &batch(0, 2, 2), now).unwrap();
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
    reader.connecting(now);
    assert_eq!((reader.has_slept(now), reader.view().staleness(now)), (false, None));
    reader.received_data(now);
    receive(&mut reader, &batch(2, 2, 3), now).unwrap();
    assert_eq!(reader.view().staleness(now), None, "the anchor is from before");
    reader.anchored(anchor(now, 600_000));
    receive(&mut reader, &batch(2, 2, 600_000), now).unwrap();
    assert_eq!(reader.view().staleness(now), Some(Duration::ZERO));
    assert_eq!(held(&reader, 9), BTreeSet::from([1, 2]));
}

#[test]
fn z14_a_machine_that_is_suspended_while_it_connects_takes_no_anchor_from_before() {
    let now = Instant::now();
    let wall = ManualClock::new(NOW);
    let mut reader = reader(now);
    reader.suspension = Suspension::new(Clock::Manual(wall.clone()));
    reader.connecting(now);
    assert!(!reader.has_slept(now));
    wall.advance(Duration::from_secs(60));
    assert!(reader.has_slept(now));
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
    let mut reader = reader(now);
    receive(&mut reader, &batch(0, 9, 1), now).unwrap();
    receive(&mut reader, &batch(0, 5, 2), now).unwrap();
    assert_eq!((reader.number(), held(&reader, 60)), (5, (1..=9).collect()));
    let mut later = batch(5, 60, 3);
    later.entries = vec![entry(60, session(60))];
    assert_eq!(receive(&mut reader, &Batch { from: 6, ..later.clone() }, now), Err(ApplyError::Gap));
    receive(&mut reader, &later, now).unwrap();
    assert_eq!(reader.number(), 60);
    assert_eq!(held(&reader, 60), (1..=9).chain([60]).collect());
}

#[test]
fn what_cannot_be_honoured_takes_the_proof_away_until_it_is_over() {
    let now = Instant::now();
    let mut reader = reader(now);
    let at_ms = 1_000_000;
    reader.anchored(anchor(now, at_ms + 1));
    receive(&mut reader, &batch(0, 0, at_ms), now).unwrap();
    let within = Some(Duration::from_secs(1));
    let token = token_of_session(1);
    assert_eq!(reader.view().check(&token, within), Ok(()));
    let unknown =
        Entry { number: 1, target: Target::Unknown, expires_at: UnixTime::from_secs(1_002), cause: None };
    receive(&mut reader, &Batch { entries: vec![unknown], ..batch(0, 1, at_ms + 1) }, now).unwrap();
    assert_eq!(reader.view().check(&token, within), Err(VerifyError::NotFresh));
    assert_eq!(reader.view().check(&token, None), Ok(()), "who does not ask for proof gets none");
    let later = now + Duration::from_secs(2);
    receive(&mut reader, &batch(1, 1, at_ms + 2_001), later).unwrap();
    reader.purge(UnixTime::from_secs(1_001), later);
    assert_eq!(reader.view().staleness(later), None, "by our clock it is not over");
    reader.purge(UnixTime::from_secs(FAR), later);
    assert_eq!(reader.view().staleness(later), Some(Duration::from_millis(2)), "what the rates may cost");
}

#[test]
fn j44_a_wall_clock_that_jumps_lets_nobody_back_in_and_changes_no_staleness() {
    let now = Instant::now();
    let mut reader = reader(now);
    let mut revoked = batch(0, 1, 1_000_000);
    revoked.entries[0].expires_at = UnixTime::from_secs(2_000);
    reader.anchored(anchor(now, 1_000_000));
    receive(&mut reader, &revoked, now).unwrap();
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
    let mut reader = Reader::new(ISSUER, now, 3);
    reader.anchored(anchor(now, 3));
    receive(&mut reader, &batch(0, 3, 1), now).unwrap();
    let proven = reader.view().staleness(now);
    assert_eq!(receive(&mut reader, &batch(3, 5, 2), now), Err(ApplyError::Overflow));
    assert_eq!((reader.number(), reader.view().entries()), (3, 3));
    assert_eq!(receive(&mut reader, &batch(5, 5, 3), now), Err(ApplyError::Gap));
    assert_eq!(reader.view().staleness(now), proven);
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
    let (mut reader, our_time) = (reader(now), UnixTime::from_secs(1_700_000_001));
    let anchored = |sent| Anchor { run: vectors.batch(0).run, ..anchor(sent, 60_100) };
    reader.anchored(anchored(now));
    assert_eq!(reader.receive(&vectors.batch(1), now, our_time), Err(ApplyError::Gap));
    let later = now + Duration::from_millis(1_010);
    for (index, proves_more) in [(0, true), (1, true), (2, true), (1, false), (2, false)] {
        assert_eq!(reader.receive(&vectors.batch(index), later, our_time), Ok(proves_more));
    }
    let staleness = reader.view().staleness(later);
    assert_eq!((reader.number(), staleness), (18, Some(Duration::from_millis(11))));
    let count = |reader: &Reader| {
        reader.view().entries() + usize::from(reader.view().check(&token_of_session(1), None).is_err())
    };
    assert_eq!(count(&reader), 7, "five names, a key, and everybody");
    let later = now + Duration::from_secs(1_920);
    reader.purge(UnixTime::from_secs(1_700_001_920), later);
    assert_eq!(count(&reader), 0);
}

#[cfg(feature = "sign-in")]
#[test]
fn a11_who_has_the_value_finds_the_published_names_and_opens_their_causes() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../docs/revocation-feed-vectors.json")).unwrap();
    let (read, issuer) = (Vectors::read(), vectors["issuer"].as_str().unwrap());
    let entries: Vec<_> = (0..2).flat_map(|index| read.batch(index).entries).collect();
    let mut opened = 0;
    for kind in [Kind::Token, Kind::Grant, Kind::Session, Kind::Client, Kind::ClientAsSubject] {
        let names = vectors["names"].as_array().unwrap();
        let shown = names.iter().find(|shown| shown["kind"] == kind.as_str()).unwrap();
        let value = shown["value"].as_str().unwrap();
        let name = names::name(issuer, kind, value);
        let is_named = |entry: &&Entry| matches!(entry.target, Target::Named(named, _) if named == name);
        let entry = entries.iter().find(is_named).unwrap();
        assert_eq!(Some(entry.number), shown["n"].as_u64());
        let cause = entry.cause.as_ref().unwrap();
        assert_eq!(cause.open(issuer, value).as_deref(), shown["cause"].as_str());
        assert_eq!(cause.open(issuer, "another value"), None);
        assert_eq!(cause.open("https://other.example", value), None);
        opened += 1;
    }
    assert_eq!(opened, 5);
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
    /// one with everything also back to it. What was said once stays.
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
        let (mut reader, mut reached, mut known) = (Reader::new(ISSUER, now, 1_000), 0, BTreeSet::new());
        for (at_ms, step) in (1_i64..).zip(steps) {
            match step {
                Step::Reconnect => reader.connecting(now),
                Step::Statement(from, to) => {
                    let outcome = receive(&mut reader, &batch(from, to, at_ms), now);
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
