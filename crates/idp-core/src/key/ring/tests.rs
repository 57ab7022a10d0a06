//! The life of keys, told as short stories.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::key::sample;
use crate::time::MAX_LEEWAY;

const START: UnixTime = UnixTime(1_000_000_000);
const DAY: i64 = 86_400;

fn empty() -> KeyRing {
    KeyRing::new(RotationPolicy::default(), [])
}

/// One active key and one next key, both since [`START`].
fn started() -> KeyRing {
    empty().add(sample::key(0), START).add(sample::key(1), START)
}

fn kid(number: usize) -> String {
    sample::key(number).kid().to_owned()
}

fn published(ring: &KeyRing, now: UnixTime) -> Vec<String> {
    ring.published(now).keys.into_iter().map(|key| key.kid).collect()
}

fn signer(ring: &KeyRing) -> String {
    ring.signer().unwrap().kid().to_owned()
}

#[test]
fn s112_the_first_key_signs_at_once_and_a_next_one_is_wanted() {
    assert_eq!(empty().plan(START), [RotationStep::Generate]);
    let ring = empty().add(sample::key(0), START);
    assert_eq!(signer(&ring), kid(0));
    assert_eq!(ring.plan(START), [RotationStep::Generate]);
    assert_eq!(started().plan(START), []);
}

#[test]
fn s112_a_key_is_published_before_it_is_used() {
    let ring = started();
    assert!(published(&ring, START).contains(&kid(1)));
    assert_eq!(signer(&ring), kid(0));
    let too_early = START.plus(DAY - 1);
    let refused = ring.clone().promote(too_early).unwrap_err();
    assert_eq!(refused, NotReady::PublishedTooLately(START.plus(DAY)));
    assert_eq!(signer(&ring.promote(START.plus(DAY)).unwrap()), kid(1));
}

#[test]
fn s112_rotation_is_due_after_thirty_days_and_not_before() {
    assert_eq!(started().plan(START.plus(30 * DAY - 1)), []);
    let due = started().plan(START.plus(30 * DAY));
    assert_eq!(due, [RotationStep::Promote { kid: kid(1) }]);
}

#[test]
fn s112_a_due_rotation_waits_for_a_key_that_was_published_late() {
    let late = START.plus(30 * DAY - 60);
    let ring = empty().add(sample::key(0), START).add(sample::key(1), late);
    assert_eq!(ring.plan(START.plus(30 * DAY)), []);
    assert_eq!(ring.plan(late.plus(DAY)), [RotationStep::Promote { kid: kid(1) }]);
}

#[test]
fn s112_a_retired_key_is_kept_and_then_dropped() {
    let retired_at = START.plus(30 * DAY);
    let ring = started().promote(retired_at).unwrap().add(sample::key(2), retired_at);
    let last = retired_at.plus(31 * DAY - 1);
    assert!(ring.verifier(&kid(0), last).is_some());
    assert!(published(&ring, last).contains(&kid(0)));
    assert_eq!(ring.clone().remove(&kid(0), last).keys().len(), 3);

    let after = retired_at.plus(31 * DAY);
    assert!(ring.verifier(&kid(0), after).is_none());
    assert!(!published(&ring, after).contains(&kid(0)));
    assert!(ring.plan(after).contains(&RotationStep::Drop { kid: kid(0) }));
    assert_eq!(ring.remove(&kid(0), after).keys().len(), 2);
}

#[test]
fn s112_only_an_outlived_key_can_be_dropped() {
    let ring = started();
    for number in [0, 1, 2] {
        assert_eq!(ring.clone().remove(&kid(number), START.plus(1000 * DAY)).keys().len(), 2);
    }
}

#[test]
fn s112_a_compromised_signer_disappears_and_the_waiting_key_takes_over() {
    let ring = started().compromised(&kid(0), START.plus(5));
    assert_eq!(signer(&ring), kid(1));
    assert_eq!(published(&ring, START.plus(5)), [kid(1)]);
    assert!(ring.verifier(&kid(0), START.plus(5)).is_none());
    assert_eq!(ring.plan(START.plus(5)), [RotationStep::Generate]);
}

#[test]
fn s112_compromise_of_the_only_key_leaves_none_and_asks_for_one() {
    let ring = empty().add(sample::key(0), START).compromised(&kid(0), START);
    assert!(ring.signer().is_none());
    assert_eq!(ring.plan(START), [RotationStep::Generate]);
    assert_eq!(signer(&ring.add(sample::key(1), START)), kid(1));
}

#[test]
fn s112_compromise_of_the_next_key_leaves_the_signer() {
    let ring = started().compromised(&kid(1), START);
    assert_eq!(signer(&ring), kid(0));
    assert_eq!(ring.plan(START), [RotationStep::Generate]);
}

#[test]
fn s107_of_two_active_keys_every_node_picks_the_same() {
    let active = |number, since| RingKey { key: sample::key(number), state: KeyState::Active { since } };
    let policy = RotationPolicy::default();
    let one = KeyRing::new(policy, [active(0, START), active(1, START), active(2, START.plus(-1))]);
    let other = KeyRing::new(policy, [active(2, START.plus(-1)), active(1, START), active(0, START)]);
    assert_eq!(signer(&one), signer(&other));
    assert_eq!(signer(&one), kid(0).min(kid(1)));

    let superfluous = kid(0).max(kid(1));
    assert!(one.plan(START).contains(&RotationStep::Retire { kid: superfluous.clone() }));
    let ring = one.retire(&superfluous, START).retire(&kid(2), START);
    assert_eq!(ring.plan(START), [RotationStep::Generate]);
    let own = signer(&ring);
    assert_eq!(signer(&ring.retire(&own, START)), own);
}

#[test]
fn adding_a_key_twice_keeps_one() {
    let ring = started().add(sample::key(1), START);
    assert_eq!(ring.keys().len(), 2);
}

#[test]
fn a_ring_survives_the_store() {
    let ring = started().promote(START.plus(DAY)).unwrap();
    let read = ring.keys().iter().map(|key| RingKey::try_from(stored(key)).unwrap());
    let read = KeyRing::new(RotationPolicy::default(), read);
    assert_eq!(signer(&read), signer(&ring));
    assert_eq!(read.published(START), ring.published(START));
    let states: Vec<KeyState> = read.keys().iter().map(|key| key.state).collect();
    let since = START.plus(DAY);
    assert_eq!(states, [KeyState::Retired { since }, KeyState::Active { since }]);
    assert_eq!(KeyState::from_columns("Active", START), None);
}

/// Does what is due, as the server does.
fn maintained(mut ring: KeyRing, now: UnixTime) -> KeyRing {
    while let Some(step) = ring.plan(now).first() {
        ring = carry_out(ring.clone(), step, now);
    }
    ring
}

#[test]
fn a1_keys_made_under_a_clock_ahead_rotate_as_if_they_were_made_when_it_was_corrected() {
    let ahead = START.plus(3650 * DAY);
    let ring = empty().add(sample::key(0), ahead).add(sample::key(1), ahead);
    let ring = maintained(ring, START);
    assert_eq!(signer(&ring), kid(0));
    assert_eq!(ring.clone().promote(START).unwrap_err(), NotReady::PublishedTooLately(START.plus(DAY)));
    assert!(ring.clone().promote(START.plus(DAY)).is_ok());
    assert_eq!(ring.plan(START.plus(30 * DAY - 1)), []);
    assert_eq!(ring.plan(START.plus(30 * DAY)), [RotationStep::Promote { kid: kid(1) }]);
}

#[test]
fn a1_a_key_retired_under_a_clock_ahead_is_forgotten_in_time() {
    let ring = started().promote(START.plus(10 * DAY)).unwrap().add(sample::key(2), START);
    let ring = maintained(ring, START.plus(2 * DAY));
    assert!(ring.verifier(&kid(0), START.plus(33 * DAY - 1)).is_some(), "31 days from when it was seen");
    assert!(ring.verifier(&kid(0), START.plus(33 * DAY)).is_none());
}

#[test]
fn a1_a_key_that_another_node_made_a_moment_ago_is_left_alone() {
    let ring = empty().add(sample::key(0), START).add(sample::key(1), START.plus(120));
    assert_eq!(ring.plan(START), []);
    assert_eq!(ring.plan(START.plus(-1)), [RotationStep::BringBack { kid: kid(1) }]);
}

/// The row of a key after its state went through columns.
fn stored(key: &RingKey) -> KeyRow {
    let row = key.to_row();
    let state = KeyState::from_columns(row.state.name(), row.state.at()).unwrap();
    KeyRow { state, ..row }
}

#[test]
fn a_row_that_holds_another_key_is_refused() {
    let mut row = started().keys().first().unwrap().to_row();
    assert!(!format!("{row:?}").contains("PRIVATE"));
    row.kid = kid(3);
    assert_eq!(RingKey::try_from(row.clone()).unwrap_err(), RowError::Thumbprint { kid: kid(3) });
    *row.pem = "nonsense".to_owned();
    let error = RingKey::try_from(row).unwrap_err();
    assert_eq!(error, RowError::Key { kid: kid(3), source: KeyError::Malformed });
}

#[test]
fn s112_a_policy_under_which_tokens_would_be_refused_does_not_exist() {
    let policy = RotationPolicy::new;
    assert!(policy(DAY, 1200, 1920, 1800).is_ok());
    assert_eq!(policy(DAY, 1199, 1920, 1800), Err(PolicyError::PublishAhead));
    assert_eq!(policy(1200, 1200, 1920, 1800), Err(PolicyError::RotateEvery));
    assert_eq!(policy(DAY, 1200, 1919, 1800), Err(PolicyError::KeepRetired));
    assert_eq!(policy(DAY, 1200, 1919, i64::MAX), Err(PolicyError::KeepRetired));
}

proptest! {
    /// However rarely the ring is maintained, no key signs that was not published a day before, and none disappears within the time that something it signed is valid.
    #[test]
    fn s112_no_verifier_ever_meets_an_unknown_key(gaps in prop::collection::vec(1i64..20 * DAY, 1..40)) {
        let mut ring = empty().add(sample::key(0), START);
        let mut now = START;
        let mut first_seen = std::collections::HashMap::from([(kid(0), START.plus(-DAY))]);
        let mut last_signed = std::collections::HashMap::from([(kid(0), START)]);
        for gap in gaps {
            last_signed.insert(signer(&ring), now);
            for step in ring.plan(now) {
                ring = carry_out(ring, &step, now);
            }
            first_seen.retain(|kid, _| ring.verifier(kid, now).is_some());
            for kid in published(&ring, now) {
                first_seen.entry(kid).or_insert(now);
            }
            let own = signer(&ring);
            prop_assert!(now.seconds_since(first_seen[&own]) >= DAY);
            last_signed.insert(own, now);
            for (kid, signed_at) in &last_signed {
                if now.seconds_since(*signed_at) <= 1800 + MAX_LEEWAY {
                    prop_assert!(ring.verifier(kid, now).is_some());
                }
            }
            now = now.plus(gap);
        }
    }
}

fn carry_out(ring: KeyRing, step: &RotationStep, now: UnixTime) -> KeyRing {
    match step {
        RotationStep::Generate => {
            let free = (0..4).find(|number| ring.verifier(&kid(*number), now).is_none());
            ring.add(sample::key(free.unwrap()), now)
        }
        RotationStep::BringBack { kid } => ring.bring_back(kid, now),
        RotationStep::Promote { .. } => ring.promote(now).unwrap(),
        RotationStep::Retire { kid } => ring.retire(kid, now),
        RotationStep::Drop { kid } => ring.remove(kid, now),
    }
}
