//! The last signed batches and heartbeat, for a listener that comes back with its number: it gets the very bytes that it
//! missed, so that a thousand that come back at once cost no signature.

use actix_web::web::Bytes;
use std::collections::VecDeque;

/// Batches that are kept; a burst is one.
const KEPT: usize = 512;
/// Octets that they may take together.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Batches in order, without a gap, all under one key, and the number that they lead to.
#[derive(Default)]
pub(super) struct History {
    kid: String,
    batches: VecDeque<SentBatch>,
    bytes: usize,
    newest: Option<i64>,
    /// The last statement, if that is a heartbeat.
    heartbeat: Option<Bytes>,
}

struct SentBatch {
    from: i64,
    to: i64,
    event: Bytes,
}

impl History {
    /// Adds what leads from one number to the next, or a heartbeat, signed by the key `kid`.
    pub(super) fn add(&mut self, from: i64, to: i64, event: Bytes, kid: &str) {
        let is_another_log = self.batches.back().is_some_and(|last| last.to != from);
        if is_another_log || self.kid != kid {
            // Nothing leads from the one log to the other; and a former key may be one that no site believes any more.
            *self = Self { kid: kid.to_owned(), ..Self::default() };
        }
        if from < to {
            self.bytes += event.len();
            self.batches.push_back(SentBatch { from, to, event });
            self.heartbeat = None;
        } else {
            self.heartbeat = Some(event);
        }
        self.newest = Some(to);
        while self.batches.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.batches.pop_front() else {
                return;
            };
            self.bytes -= oldest.event.len();
        }
    }

    /// What a listener missed that knows everything up to `number`, and the last heartbeat, which says when it was made.
    /// `None` when that is not known any more, or never was (a number from the future: the database was restored).
    pub(super) fn after(&self, number: i64) -> Option<Vec<Bytes>> {
        let newest = self.newest?;
        if number > newest || (number < newest && self.batches.front()?.from > number) {
            return None;
        }
        let missed = self.batches.iter().filter(|past| past.to > number);
        Some(missed.map(|past| past.event.clone()).chain(self.heartbeat.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn event(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn texts(events: Option<Vec<Bytes>>) -> Option<Vec<String>> {
        events.map(|events| events.iter().map(|event| String::from_utf8(event.to_vec()).unwrap()).collect())
    }

    #[test]
    fn a_listener_that_comes_back_gets_what_it_missed_and_the_last_heartbeat() {
        let mut history = History::default();
        assert_eq!(history.after(0), None);
        history.add(0, 0, event("beat 0"), "key");
        assert_eq!(texts(history.after(0)), Some(vec!["beat 0".into()]));
        history.add(0, 3, event("to 3"), "key");
        history.add(3, 5, event("to 5"), "key");
        assert_eq!(texts(history.after(3)), Some(vec!["to 5".into()]), "which is newer than the heartbeat");
        history.add(5, 5, event("beat 5"), "key");
        assert_eq!(texts(history.after(0)), Some(vec!["to 3".into(), "to 5".into(), "beat 5".into()]));
        // In the middle of a batch: it is applied as a whole, twice does no harm.
        assert_eq!(texts(history.after(4)), Some(vec!["to 5".into(), "beat 5".into()]));
        assert_eq!(texts(history.after(5)), Some(vec!["beat 5".into()]));
        assert_eq!(history.after(6), None);
    }

    #[test]
    fn j40_what_a_former_key_has_signed_is_handed_to_nobody() {
        let mut history = History::default();
        history.add(0, 3, event("to 3"), "stolen");
        history.add(3, 4, event("to 4"), "fresh");
        assert_eq!(history.after(0), None);
        assert_eq!(texts(history.after(3)), Some(vec!["to 4".into()]));
    }

    #[test]
    fn what_is_too_long_ago_is_not_known() {
        let mut history = History::default();
        for number in 0..600 {
            history.add(number, number + 1, event("x"), "key");
        }
        assert_eq!(history.after(87), None);
        assert_eq!(history.after(88).map(|events| events.len()), Some(512));
    }
}
