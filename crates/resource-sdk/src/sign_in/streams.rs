//! The event streams that a site has open: how many, and how many of one sign-in and one person. Each holds a connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::seal::sha256;

const MAX_STREAMS: usize = 10_000;
/// One browser needs one. A few more are given, for old ones are only noticed at their next keep-alive.
const MAX_STREAMS_OF_ONE: usize = 8;
/// One person in all browsers, so that nobody takes every seat.
const MAX_STREAMS_OF_PERSON: usize = 64;

/// The streams that are open, by sign-in and by person: bounded, for each holds a connection.
#[derive(Default)]
pub(crate) struct Streams(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    of_one: HashMap<Whose, usize>,
    all: usize,
}

/// The right to one stream, given back when dropped.
pub(crate) struct Seat {
    open: Arc<Mutex<Open>>,
    whose: [Whose; 2],
}

/// Whose streams are counted together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    SignIn([u8; 32]),
    Person([u8; 32]),
}

impl Whose {
    fn limit(self) -> usize {
        match self {
            Self::SignIn(_) => MAX_STREAMS_OF_ONE,
            Self::Person(_) => MAX_STREAMS_OF_PERSON,
        }
    }
}

impl Streams {
    /// Takes a seat, if there is one for this sign-in of this person.
    pub(crate) fn seat(&self, secret: &str, subject: &str) -> Option<Seat> {
        let whose = [Whose::SignIn(sha256(secret)), Whose::Person(sha256(subject))];
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |one: &Whose| open.of_one.get(one).is_some_and(|taken| *taken >= one.limit());
        if open.all >= MAX_STREAMS || whose.iter().any(is_full) {
            return None;
        }
        open.all += 1;
        for one in whose {
            *open.of_one.entry(one).or_default() += 1;
        }
        Some(Seat { open: Arc::clone(&self.0), whose })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        for one in self.whose {
            let left = open.of_one.get(&one).copied().unwrap_or_default().saturating_sub(1);
            if left == 0 {
                open.of_one.remove(&one);
            } else {
                open.of_one.insert(one, left);
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
        let streams = Streams::default();
        let seats: Vec<_> = (0..MAX_STREAMS_OF_ONE).map(|_| streams.seat("one", "ada").unwrap()).collect();
        assert!(streams.seat("one", "ada").is_none());
        let others: Vec<_> = (seats.len()..MAX_STREAMS)
            .map(|n| streams.seat(&n.to_string(), &n.to_string()).unwrap())
            .collect();
        assert!(streams.seat("another", "bob").is_none());
        drop(seats);
        assert!(streams.seat("one", "ada").is_some());
        drop(others);
        assert!(streams.0.lock().unwrap().of_one.is_empty());
    }

    #[test]
    fn n09_one_person_takes_a_few_streams_however_many_sign_ins_it_has() {
        let streams = Streams::default();
        let sign_ins = 0..MAX_STREAMS_OF_PERSON;
        let seats: Vec<_> = sign_ins.map(|n| streams.seat(&n.to_string(), "ada").unwrap()).collect();
        assert!(streams.seat("another", "ada").is_none());
        assert!(streams.seat("theirs", "bob").is_some());
        drop(seats);
        assert!(streams.seat("another", "ada").is_some());
    }
}
