//! Sign-ins that a browser completed one right after another without ever bringing the cookie of one along. It keeps the
//! site's other cookies but not this one, and would go round between the site and the provider for ever. The count
//! travels in the cookie that it does keep.

use crate::time::UnixTime;

/// Seconds between the end of a sign-in and the beginning of the next in which a person does not sign out and in again.
const AT_ONCE: i64 = 60;
/// A person may delete cookies once.
const MAX_ROUNDS: u8 = 2;
const BYTES: usize = 9;

/// How often, and when the last was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rounds {
    count: u8,
    last: i64,
}

impl Rounds {
    /// After a sign-in succeeded in a browser that brought the cookie of an earlier one along, or did not.
    pub(crate) fn after_sign_in(self, brought_session: bool, now: UnixTime) -> Self {
        let before = if brought_session || !self.is_recent(now) { 0 } else { self.count };
        Self { count: before.saturating_add(1), last: now.as_secs() }
    }

    /// Whether one more sign-in would be as much in vain, for a browser that brings no session.
    pub(crate) fn are_in_vain(self, now: UnixTime) -> bool {
        self.count >= MAX_ROUNDS && self.is_recent(now)
    }

    fn is_recent(self, now: UnixTime) -> bool {
        (0..AT_ONCE).contains(&now.secs_since(UnixTime::from_secs(self.last)))
    }

    pub(super) fn octets(self) -> [u8; BYTES] {
        let [t0, t1, t2, t3, t4, t5, t6, t7] = self.last.to_be_bytes();
        [self.count, t0, t1, t2, t3, t4, t5, t6, t7]
    }

    pub(super) const fn of_octets([count, last @ ..]: [u8; BYTES]) -> Self {
        Self { count, last: i64::from_be_bytes(last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[test]
    fn s35_two_sign_ins_in_a_row_that_were_not_kept_are_enough() {
        let first = Rounds::default().after_sign_in(false, at(100));
        assert!(!first.are_in_vain(at(101)));
        let second = first.after_sign_in(false, at(102));
        assert!(second.are_in_vain(at(103)) && !second.are_in_vain(at(102 + AT_ONCE)));
        assert!(!second.after_sign_in(true, at(104)).are_in_vain(at(104)), "it keeps them after all");
        assert!(!first.after_sign_in(false, at(100 + AT_ONCE)).are_in_vain(at(200)), "that was another day");
        assert_eq!(Rounds::of_octets(second.octets()), second);
    }
}
