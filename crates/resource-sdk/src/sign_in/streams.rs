//! The event streams that a site has open: how many, and how many of one sign-in. Each holds a connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::seal::sha256;

const MAX_STREAMS: usize = 10_000;
/// One browser needs one. A few more are given, for old ones are only noticed at their next keep-alive.
const MAX_STREAMS_OF_ONE: usize = 8;

/// The streams that are open, by sign-in: bounded, for each holds a connection.
#[derive(Default)]
pub(crate) struct Streams(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    of_one: HashMap<[u8; 32], usize>,
    all: usize,
}

/// The right to one stream, given back when dropped.
pub(crate) struct Seat {
    open: Arc<Mutex<Open>>,
    whose: [u8; 32],
}

impl Streams {
    /// Takes a seat, if there is one.
    pub(crate) fn seat(&self, secret: &str) -> Option<Seat> {
        let whose = sha256(secret);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = open.of_one.get(&whose).copied().unwrap_or_default();
        if open.all >= MAX_STREAMS || of_one >= MAX_STREAMS_OF_ONE {
            return None;
        }
        open.all += 1;
        open.of_one.insert(whose, of_one + 1);
        Some(Seat { open: Arc::clone(&self.0), whose })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        let left = open.of_one.get(&self.whose).copied().unwrap_or_default().saturating_sub(1);
        if left == 0 {
            open.of_one.remove(&self.whose);
        } else {
            open.of_one.insert(self.whose, left);
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
        let seats: Vec<_> = (0..MAX_STREAMS_OF_ONE).map(|_| streams.seat("one").unwrap()).collect();
        assert!(streams.seat("one").is_none());
        let others: Vec<_> =
            (seats.len()..MAX_STREAMS).map(|n| streams.seat(&n.to_string()).unwrap()).collect();
        assert!(streams.seat("another").is_none());
        drop(seats);
        assert!(streams.seat("one").is_some());
        drop(others);
        assert!(streams.0.lock().unwrap().of_one.is_empty());
    }
}
