//! The sign-ins that this process knows to be over. Some it saw end itself, by sign-out or by another
//! sign-in in the same browser: an answer that was begun before and is still on its way must not bring
//! them back, nor take away what came after. Others the provider logged out: their cookies and access
//! tokens count no more. Ending them is left to `logout` and `callback`. RFC 6265 section 5.3 (the last
//! Set-Cookie to arrive wins); OpenID Connect Back-Channel Logout 1.0 section 2.7.

use std::time::Duration;

use moka::{policy::EvictionPolicy, sync::Cache};

use super::single_flight::HELD_AT_MOST;
use crate::{
    sign_in::browser::seal::sha256,
    time::{MAX_LEEWAY, UnixTime},
    verifier::MAX_LIFETIME,
};

const MAX_KEPT: u64 = 10_000;
/// Of those that the provider logged out. Only it can add one; beyond so many the oldest go, whose access
/// tokens have run out, or nearly.
const MAX_LOGGED_OUT: u64 = 100_000;
/// No access token from before is accepted for longer. A cookie lives longer, but then it takes a
/// refresh, which the provider refuses.
const LOGGED_OUT_FOR: Duration = Duration::from_secs(MAX_LIFETIME.unsigned_abs() + MAX_LEEWAY);

/// Sign-ins that ended lately. Of secrets and names only hashes are kept.
pub(crate) struct SpentSessions {
    spent: Cache<[u8; 32], ()>,
    /// A session, or a person, and up to which time of issue its tokens are void.
    logged_out: Cache<[u8; 32], UnixTime>,
}

impl Default for SpentSessions {
    fn default() -> Self {
        Self {
            spent: Cache::builder().max_capacity(MAX_KEPT).time_to_live(HELD_AT_MOST).build(),
            logged_out: Cache::builder()
                .max_capacity(MAX_LOGGED_OUT)
                // By age alone: a new entry must not give way to one that is asked for more often.
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(LOGGED_OUT_FOR)
                .build(),
        }
    }
}

impl SpentSessions {
    /// From now on, answers that were begun before set no cookie for it.
    pub(crate) fn mark_spent(&self, secret: &str) {
        self.spent.insert(sha256(secret), ());
    }

    pub(crate) fn is_spent(&self, secret: &str) -> bool {
        self.spent.contains_key(&sha256(secret))
    }

    /// The provider says that its session `sid` is over.
    pub(crate) fn log_out_session(&self, sid: &str) {
        self.logged_out.insert(session(sid), UnixTime::from_secs(i64::MAX));
    }

    /// The provider says that every session of `subject` that had begun by `before` is over.
    pub(crate) fn log_out_user(&self, subject: &str, before: UnixTime) {
        let latest = |known: Option<moka::Entry<_, UnixTime>>| {
            known.map_or(before, |known| known.into_value().max(before))
        };
        self.logged_out.entry(user(subject)).and_upsert_with(latest);
    }

    /// Whether the provider said so of the sign-in whose access token was issued then.
    pub(crate) fn is_logged_out(&self, sid: Option<&str>, subject: &str, issued_at: UnixTime) -> bool {
        let is_over = |key| self.logged_out.get(&key).is_some_and(|until| issued_at <= until);
        sid.is_some_and(|sid| is_over(session(sid))) || is_over(user(subject))
    }
}

fn session(sid: &str) -> [u8; 32] {
    sha256(&format!("sid {sid}"))
}

fn user(subject: &str) -> [u8; 32] {
    sha256(&format!("sub {subject}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[test]
    fn s72_an_announced_session_is_over_and_no_other_is() {
        let spent = SpentSessions::default();
        spent.log_out_session("one");
        assert!(spent.is_logged_out(Some("one"), "user", at(i64::MAX)));
        assert!(!spent.is_logged_out(Some("two"), "user", at(0)));
        assert!(!spent.is_logged_out(None, "one", at(0)));
        assert!(!spent.is_logged_out(Some("two"), "one", at(0)));
    }

    #[test]
    fn s72_a_person_may_sign_in_again_and_an_old_announcement_takes_nothing_back() {
        let spent = SpentSessions::default();
        spent.log_out_user("user", at(100));
        spent.log_out_user("user", at(50));
        assert!(spent.is_logged_out(Some("sid"), "user", at(100)));
        assert!(!spent.is_logged_out(Some("sid"), "user", at(101)));
        assert!(!spent.is_logged_out(Some("user"), "other", at(0)));
    }

    #[test]
    fn s72_what_is_kept_is_bounded_and_the_newest_stays() {
        let spent = SpentSessions::default();
        for number in 0..MAX_LOGGED_OUT + 1_000 {
            spent.log_out_session(&number.to_string());
        }
        spent.logged_out.run_pending_tasks();
        assert!(spent.logged_out.entry_count() <= MAX_LOGGED_OUT);
        assert!(spent.is_logged_out(Some(&(MAX_LOGGED_OUT + 999).to_string()), "user", at(0)));
    }
}
