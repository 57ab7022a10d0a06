//! The login policy: which sessions of a person a new sign-in ends. The server decides it in the transaction that opens
//! the session, over the sessions that are open then.

use super::DeviceKind;
use crate::time::UnixTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many sessions of one person are open at most, under every policy. It is more than a person has devices, and keeps
/// a script that signs in again and again from filling the table.
pub const MOST_OPEN: u32 = 50;

/// On how many devices a person may be signed in.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DevicePolicy {
    /// On as many as `max_devices` allows.
    #[default]
    Any,
    /// On one: a new sign-in ends the others.
    One,
    /// On one of each kind: a phone and a computer, say.
    OnePerKind,
}

/// The policy with its limit.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct LoginPolicy {
    /// Which devices exclude each other.
    pub devices: DevicePolicy,
    /// How many at once, the new one included.
    pub max_devices: u32,
}

/// An open session of the person on another device than the one that signs in.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct OpenSession {
    /// Its name.
    pub sid: Uuid,
    /// The kind of its device.
    pub kind: DeviceKind,
    /// When it was last used.
    pub last_seen_at: UnixTime,
}

/// What a sign-in ends.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Evictions {
    /// By the policy: the person is asked first.
    pub by_policy: Vec<Uuid>,
    /// By [`MOST_OPEN`], which no person reaches: not asked about.
    pub by_limit: Vec<Uuid>,
}

impl LoginPolicy {
    /// What a sign-in from a device of this `kind` ends among the person's `others`.
    #[must_use]
    pub fn evictions(self, kind: DeviceKind, others: &[OpenSession]) -> Evictions {
        let (mut by_policy, mut kept): (Vec<_>, Vec<_>) =
            others.iter().copied().partition(|other| self.excludes(kind, *other));
        // The one that was used the longest time ago comes first.
        kept.sort_by_key(|session| (session.last_seen_at, session.sid));
        if self.max_devices < MOST_OPEN {
            by_policy.extend(drain_over(&mut kept, self.max_devices));
        }
        let by_limit = drain_over(&mut kept, MOST_OPEN);
        Evictions { by_policy: sids(by_policy), by_limit: sids(by_limit) }
    }

    fn excludes(self, kind: DeviceKind, other: OpenSession) -> bool {
        match self.devices {
            DevicePolicy::Any => false,
            DevicePolicy::One => true,
            DevicePolicy::OnePerKind => other.kind == kind,
        }
    }
}

/// Takes the first of `kept` out, as many as leave room for one more within `limit`.
fn drain_over(kept: &mut Vec<OpenSession>, limit: u32) -> Vec<OpenSession> {
    let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(1);
    let over = kept.len().saturating_sub(room);
    kept.drain(..over).collect()
}

fn sids(sessions: Vec<OpenSession>) -> Vec<Uuid> {
    sessions.into_iter().map(|session| session.sid).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(sid: u128, kind: DeviceKind) -> OpenSession {
        OpenSession { sid: Uuid::from_u128(sid), kind, last_seen_at: UnixTime(1000 - sid as i64) }
    }

    fn by_policy(policy: LoginPolicy, kind: DeviceKind, others: &[OpenSession]) -> Vec<u128> {
        policy.evictions(kind, others).by_policy.iter().map(Uuid::as_u128).collect()
    }

    const fn policy(devices: DevicePolicy, max_devices: u32) -> LoginPolicy {
        LoginPolicy { devices, max_devices }
    }

    #[test]
    fn m08_each_policy_ends_what_it_says() {
        let others = [open(1, DeviceKind::Phone), open(2, DeviceKind::Computer), open(3, DeviceKind::Other)];
        let phone = DeviceKind::Phone;
        assert_eq!(by_policy(policy(DevicePolicy::Any, 50), phone, &others), []);
        assert_eq!(by_policy(policy(DevicePolicy::One, 50), phone, &others), [1, 2, 3]);
        assert_eq!(by_policy(policy(DevicePolicy::OnePerKind, 50), phone, &others), [1]);
        assert_eq!(by_policy(policy(DevicePolicy::OnePerKind, 50), DeviceKind::Tablet, &others), []);
        assert_eq!(by_policy(policy(DevicePolicy::One, 50), phone, &[]), []);
    }

    #[test]
    fn m08_a_limit_ends_those_that_were_used_the_longest_time_ago() {
        // The higher the number, the longer ago.
        let others = [open(1, DeviceKind::Phone), open(3, DeviceKind::Phone), open(2, DeviceKind::Computer)];
        let any = |max| by_policy(policy(DevicePolicy::Any, max), DeviceKind::Phone, &others);
        assert_eq!(any(4), []);
        assert_eq!(any(3), [3]);
        assert_eq!(any(2), [3, 2]);
        assert_eq!(any(1), [3, 2, 1]);
        let of_kind = by_policy(policy(DevicePolicy::OnePerKind, 1), DeviceKind::Computer, &others);
        assert_eq!(of_kind, [2, 3, 1], "those of the kind, then those over the limit");
    }

    #[test]
    fn s45_fifty_are_open_at_most_and_no_person_is_asked_about_that() {
        let others: Vec<_> = (0..120).map(|sid| open(sid, DeviceKind::Other)).collect();
        let evictions = policy(DevicePolicy::Any, 50).evictions(DeviceKind::Other, &others);
        assert_eq!((evictions.by_policy.len(), evictions.by_limit.len()), (0, 71));
        assert!(evictions.by_limit.iter().all(|sid| sid.as_u128() > 48));
    }
}
