//! The sign-ins that this process knows to be over. Some it saw end itself, by sign-out or by another
//! sign-in in the same browser: a copy of their cookies is worth nothing. An answer that was begun before and is
//! still on its way must not bring them back, nor take away what came after. Others the provider logged out:
//! their cookies and access tokens no longer count. Ending them is left to `logout` and `callback`. RFC 6265
//! section 5.3 (the last Set-Cookie to arrive wins); OpenID Connect Back-Channel Logout 1.0 section 2.7.

use std::time::Duration;

use moka::{policy::EvictionPolicy, sync::Cache};

use crate::{
    sign_in::browser::seal::sha256,
    time::{MAX_LEEWAY, UnixTime},
    verifier::MAX_LIFETIME,
};

/// Of each kind. The provider adds one, or a sign-in that it gave a code for; beyond so many the oldest go,
/// whose access tokens have run out, or nearly.
const MAX_KEPT: u64 = 100_000;
/// Seconds for which requests with the cookie of a sign-in that another one replaced are still answered: they
/// left other tabs before the browser knew the new one.
pub(crate) const ON_THEIR_WAY: i64 = 5;
/// No sign-out waits for anything.
const AT_ONCE: UnixTime = UnixTime::from_secs(i64::MIN);
/// No access token from before is accepted for longer. A cookie lives longer, but then it takes a
/// refresh, which the provider refuses.
const KEPT_FOR: Duration = Duration::from_secs(MAX_LIFETIME.unsigned_abs() + MAX_LEEWAY);

/// Sign-ins that ended lately. Of secrets and names only hashes are kept.
pub(crate) struct SpentSessions {
    /// And from when on their cookies are refused.
    spent: Cache<[u8; 32], UnixTime>,
    /// A session, or a person, and up to which time of issue its tokens are void.
    logged_out: Cache<[u8; 32], UnixTime>,
}

impl Default for SpentSessions {
    fn default() -> Self {
        Self { spent: by_age(), logged_out: by_age() }
    }
}

/// A new entry must not give way to one that is asked for more often.
fn by_age() -> Cache<[u8; 32], UnixTime> {
    let cache = Cache::builder().max_capacity(MAX_KEPT).eviction_policy(EvictionPolicy::lru());
    cache.time_to_live(KEPT_FOR).build()
}

impl SpentSessions {
    /// The person signed out. From now on its cookies are refused, and answers that were begun before set none.
    pub(crate) fn mark_spent(&self, secret: &str) {
        self.spent.insert(sha256(secret), AT_ONCE);
    }

    /// Another sign-in of the same browser took its place at `now`.
    pub(crate) fn supersede(&self, secret: &str, now: UnixTime) {
        let refused_from = now.plus_secs(ON_THEIR_WAY);
        let earliest = |known: Option<moka::Entry<_, UnixTime>>| {
            known.map_or(refused_from, |known| known.into_value().min(refused_from))
        };
        self.spent.entry(sha256(secret)).and_upsert_with(earliest);
    }

    /// Whether answers about it set no cookie any more.
    pub(crate) fn is_spent(&self, secret: &str) -> bool {
        self.spent.contains_key(&sha256(secret))
    }

    /// Whether its cookies are refused.
    pub(crate) fn is_refused(&self, secret: &str, now: UnixTime) -> bool {
        self.spent.get(&sha256(secret)).is_some_and(|refused_from| refused_from <= now)
    }

    /// Whether the browser is signed in all the same, by what came after it.
    pub(crate) fn is_superseded(&self, secret: &str) -> bool {
        self.spent.get(&sha256(secret)).is_some_and(|refused_from| refused_from > AT_ONCE)
    }

    /// A session ended that the browser with this cookie had kept.
    pub(crate) fn note_kept(&self, browser: &str) {
        self.spent.insert(kept(browser), AT_ONCE);
    }

    /// Whether it kept the last one, as far as this process saw.
    pub(crate) fn has_kept(&self, browser: &str) -> bool {
        self.spent.contains_key(&kept(browser))
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

fn kept(browser: &str) -> [u8; 32] {
    sha256(&format!("kept by {browser}"))
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
    fn s62_who_signed_out_is_nobody_at_once_and_who_signed_in_anew_a_moment_later() {
        let spent = SpentSessions::default();
        spent.supersede("one", at(100));
        spent.supersede("one", at(102));
        assert!(spent.is_spent("one") && spent.is_superseded("one") && !spent.is_refused("one", at(104)));
        assert!(spent.is_refused("one", at(105)));
        spent.mark_spent("one");
        spent.supersede("one", at(100));
        assert!(spent.is_refused("one", at(0)) && !spent.is_superseded("one"));
        assert!(!spent.is_spent("two") && !spent.is_refused("two", at(200)) && !spent.is_superseded("two"));
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
        for number in 0..MAX_KEPT + 1_000 {
            spent.log_out_session(&number.to_string());
        }
        spent.logged_out.run_pending_tasks();
        assert!(spent.logged_out.entry_count() <= MAX_KEPT);
        assert!(spent.is_logged_out(Some(&(MAX_KEPT + 999).to_string()), "user", at(0)));
    }
}
