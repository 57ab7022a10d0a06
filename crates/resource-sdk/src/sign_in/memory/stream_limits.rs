//! The event streams that a site has open: how many, and how many of one sign-in and one person. Each holds a connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::sign_in::browser::seal::sha256;

const MAX_STREAMS: usize = 10_000;
/// One browser needs one. A few more are given, for old ones are only noticed at their next keep-alive.
const MAX_STREAMS_PER_SIGN_IN: usize = 8;
/// One user in all browsers, so that a single account cannot take all of them.
const MAX_STREAMS_PER_USER: usize = 64;

/// The streams that are open, by sign-in and by person: bounded, for each holds a connection.
#[derive(Default)]
pub(crate) struct StreamLimits(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    by_owner: HashMap<Owner, usize>,
    all: usize,
}

/// The right to one stream, given back when dropped.
pub(crate) struct StreamPermit {
    open: Arc<Mutex<Open>>,
    owners: [Owner; 2],
}

/// Owner streams are counted together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    SignIn([u8; 32]),
    User([u8; 32]),
}

impl Owner {
    fn limit(self) -> usize {
        match self {
            Self::SignIn(_) => MAX_STREAMS_PER_SIGN_IN,
            Self::User(_) => MAX_STREAMS_PER_USER,
        }
    }
}

impl StreamLimits {
    /// Takes a seat, if there is one for this sign-in of this person.
    pub(crate) fn acquire(&self, secret: &str, subject: &str) -> Option<StreamPermit> {
        let owners = [Owner::SignIn(sha256(secret)), Owner::User(sha256(subject))];
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |one: &Owner| open.by_owner.get(one).is_some_and(|taken| *taken >= one.limit());
        if open.all >= MAX_STREAMS || owners.iter().any(is_full) {
            return None;
        }
        open.all += 1;
        for one in owners {
            *open.by_owner.entry(one).or_default() += 1;
        }
        Some(StreamPermit { open: Arc::clone(&self.0), owners })
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        for one in self.owners {
            let left = open.by_owner.get(&one).copied().unwrap_or_default().saturating_sub(1);
            if left == 0 {
                open.by_owner.remove(&one);
            } else {
                open.by_owner.insert(one, left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn n09_streams_are_bounded_and_given_back() {
        let limits = StreamLimits::default();
        let permits: Vec<_> =
            (0..MAX_STREAMS_PER_SIGN_IN).map(|_| limits.acquire("one", "ada").unwrap()).collect();
        assert!(limits.acquire("one", "ada").is_none());
        let others: Vec<_> = (permits.len()..MAX_STREAMS)
            .map(|n| limits.acquire(&n.to_string(), &n.to_string()).unwrap())
            .collect();
        assert!(limits.acquire("another", "bob").is_none());
        drop(permits);
        assert!(limits.acquire("one", "ada").is_some());
        drop(others);
        assert!(limits.0.lock().unwrap().by_owner.is_empty());
    }

    #[test]
    fn n09_one_person_takes_a_few_streams_however_many_sign_ins_it_has() {
        let limits = StreamLimits::default();
        let sign_ins = 0..MAX_STREAMS_PER_USER;
        let permits: Vec<_> = sign_ins.map(|n| limits.acquire(&n.to_string(), "ada").unwrap()).collect();
        assert!(limits.acquire("another", "ada").is_none());
        assert!(limits.acquire("theirs", "bob").is_some());
        drop(permits);
        assert!(limits.acquire("another", "ada").is_some());
    }
}
