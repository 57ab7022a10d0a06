//! The signing keys: whether they open, how old the one is that signs, and whether the next one waits.

use idp_core::key::{KeyRing, KeyState, RotationStep};
use idp_core::time::UnixTime;

use super::Node;
use crate::{cli::checks::Finding, date::rfc3339};

const CHECK: &str = "keys";
const DAY: i64 = 24 * 60 * 60;
/// How long what is due may wait, in seconds: a server looks every minute.
const OVERDUE: i64 = DAY;

pub(super) async fn look(node: Option<&Node<'_>>) -> Vec<Finding> {
    let Some(node) = node else { return Vec::new() };
    let (keys, store) = (&node.opened.keys, &node.opened.store);
    match keys.follow(store).await {
        Ok(()) => of_ring(&keys.ring(), node.context.clock.now()),
        Err(error) => {
            let fault = Finding::fault(CHECK, anyhow::Error::from(error));
            vec![fault.mended_by(
                "put the master key back under which the keys were sealed, or run idp-server keys reset",
            )]
        }
    }
}

fn of_ring(ring: &KeyRing, now: UnixTime) -> Vec<Finding> {
    let (mut findings, policy) = (Vec::new(), ring.policy());
    let active =
        ring.keys().iter().find(|entry| ring.signer().is_some_and(|key| key.kid() == entry.key.kid()));
    let Some(active) = active else {
        let fault = Finding::failed(CHECK, "no key signs");
        return vec![fault.mended_by("start the server: it makes the first key")];
    };
    let age = now.seconds_since(active.state.at());
    let words = format!(
        "{} signs since {} and will for {} days in all",
        active.key.kid(),
        rfc3339(active.state.at()),
        policy.rotate_every() / DAY
    );
    findings.push(
        if age > policy.rotate_every().saturating_add(policy.publish_ahead()).saturating_add(OVERDUE) {
            Finding::failed(CHECK, format!("{words}; it should have been replaced by now"))
                .mended_by("see that a server runs, and run idp-server keys rotate")
        } else {
            Finding::well(CHECK, words)
        },
    );
    let steps = ring.plan(now);
    if steps.contains(&RotationStep::Generate) {
        let fault =
            Finding::failed(CHECK, "no next key waits: the one that signs could not be replaced at once");
        findings.push(fault.mended_by("start the server, or run idp-server keys list: either makes one"));
    }
    for entry in ring.keys() {
        if let KeyState::Next { published_at } = entry.state {
            let from = published_at.plus(policy.publish_ahead());
            let words = format!("{} waits and may sign from {}", entry.key.kid(), rfc3339(from));
            findings.push(Finding::well(CHECK, words));
        }
    }
    let is_ahead = steps.iter().any(|step| matches!(step, RotationStep::BringBack { .. }));
    if is_ahead {
        let fault = Finding::failed(
            CHECK,
            "a key was made under a clock that was ahead, or the clock of this machine is behind",
        );
        findings
            .push(fault.mended_by("set the clocks of all nodes right; a server then brings the times back"));
    }
    findings
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use idp_core::key::{RingKey, RotationPolicy, SigningKey};

    #[test]
    fn a_ring_is_well_with_a_key_that_signs_and_one_that_waits() {
        let (now, policy) = (UnixTime(1_700_000_000), RotationPolicy::default());
        let [signs, waits] = [(); 2].map(|()| SigningKey::generate(2048).unwrap());
        let ring = |since: i64, has_next: bool| {
            let since = now.plus(-since);
            let active = RingKey { key: signs.clone(), state: KeyState::Active { since } };
            let next = RingKey { key: waits.clone(), state: KeyState::Next { published_at: now } };
            KeyRing::new(policy, std::iter::once(active).chain(has_next.then_some(next)))
        };
        let faults = |ring: KeyRing| of_ring(&ring, now).iter().filter(|found| found.is_fault()).count();
        assert_eq!(faults(ring(0, true)), 0);
        assert_eq!(faults(ring(0, false)), 1, "no next key");
        assert_eq!(faults(ring(33 * DAY, true)), 1, "too old");
        assert_eq!(faults(ring(-DAY, true)), 1, "of tomorrow");
        assert_eq!(faults(KeyRing::new(policy, [])), 1);
    }
}
