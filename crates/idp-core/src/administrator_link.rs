//! The link by which a person becomes an administrator: one that a first start prints, or that an operator asks for at the console.
//! Who can read there could read the master key as well. That a link counts once is the store's.

use crate::time::UnixTime;
use uuid::Uuid;

/// For how many seconds it is good: the person who set the server up may finish the next morning.
pub const LIFETIME: i64 = 24 * 60 * 60;

/// One of them.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct AdministratorLink {
    /// Whether it is good only while there is no administrator: a start that found none has printed it, and its output may be
    /// kept for long and read by many.
    pub is_first: bool,
    /// When it was made.
    pub created_at: UnixTime,
    /// Until when it is good.
    pub expires_at: UnixTime,
    /// Who became an administrator by it.
    pub used_by: Option<Uuid>,
}

impl AdministratorLink {
    /// One that is made at `now`.
    #[must_use]
    pub const fn new(is_first: bool, now: UnixTime) -> Self {
        let expires_at = UnixTime(now.0.saturating_add(LIFETIME));
        Self { is_first, created_at: now, expires_at, used_by: None }
    }

    /// Whether a person may still become an administrator by it. One of a clock ahead would outlive its time, and is good for
    /// nothing.
    #[must_use]
    pub fn is_good(&self, has_administrator: bool, now: UnixTime) -> bool {
        let is_live = now < self.expires_at && !self.expires_at.is_ahead_of(now.plus(LIFETIME));
        is_live && self.used_by.is_none() && !(self.is_first && has_administrator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: UnixTime = UnixTime(1_700_000_000);

    #[test]
    fn a_link_is_good_for_its_time_and_once() {
        let link = AdministratorLink::new(false, MADE);
        for (after, is_good) in [(0, true), (LIFETIME - 1, true), (LIFETIME, false), (-121, false)] {
            assert_eq!(link.is_good(true, MADE.plus(after)), is_good, "{after}");
        }
        let used = AdministratorLink { used_by: Some(Uuid::nil()), ..link };
        assert!(!used.is_good(false, MADE));
    }

    #[test]
    fn the_link_of_a_first_start_is_good_while_there_is_no_administrator() {
        let first = AdministratorLink::new(true, MADE);
        assert!(first.is_good(false, MADE) && !first.is_good(true, MADE));
    }
}
