//! What may happen once per token: the first use of a `jti` goes through, every later one does not,
//! until the token is void anyway. It guards one process; several behind a balancer each have their
//! own. RFC 7519 section 4.1.7.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{Mutex, PoisonError},
};

use crate::{claims::AccessToken, time::UnixTime};

/// Seconds after `exp` for which a token may still be accepted somewhere: the largest leeway.
const LARGEST_LEEWAY: i64 = 120;

/// Remembers which tokens were used, each until it is void.
pub struct OnceGuard {
    used: Mutex<HashMap<Box<str>, UnixTime>>,
    capacity: usize,
}

impl OnceGuard {
    /// Room for so many tokens that are not void yet.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { used: Mutex::default(), capacity }
    }

    /// Whether this is the first use of a verified token. While the guard is full of tokens that are
    /// not void as of `now`, it lets no new one through: what it cannot remember it cannot guard.
    #[must_use]
    pub fn is_first_use(&self, token: &AccessToken, now: UnixTime) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        // Only when there is no room: a clock that is set for a moment makes it forget nothing.
        if used.len() >= self.capacity && !used.contains_key(token.jti()) {
            used.retain(|_, void_from| now < *void_from);
        }
        let has_room = used.len() < self.capacity;
        match used.entry(token.jti().into()) {
            Entry::Vacant(place) if has_room => {
                place.insert(token.expires_at().plus_secs(LARGEST_LEEWAY));
                true
            }
            _ => false,
        }
    }
}

impl fmt::Debug for OnceGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceGuard").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
