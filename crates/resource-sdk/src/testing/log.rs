//! What the provider has taken back, as numbered entries, and the statements about it.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use crate::time::UnixTime;

pub(super) struct Log {
    issuer: String,
    started: (UnixTime, Instant),
    entries: Mutex<Vec<Value>>,
    changed: watch::Sender<u64>,
    last_at: AtomicU64,
    acknowledged: AtomicU64,
}

impl Log {
    pub(super) fn new(issuer: String, now: UnixTime) -> Self {
        Self {
            issuer,
            started: (now, Instant::now()),
            entries: Mutex::default(),
            changed: watch::Sender::default(),
            last_at: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
        }
    }

    pub(super) fn append(&self, kind: &str, value: &str, issued_before: Option<UnixTime>, until: UnixTime) {
        let at = self.stamp();
        let mut entries = self.entries();
        let number = entries.len() + 1;
        let mut entry = json!({
            "n": number, "kind": kind, "value": value, "cause": "test", "at": at, "exp": until.as_secs(),
        });
        if let (Some(issued_before), Some(entry)) = (issued_before, entry.as_object_mut()) {
            entry.insert("issued_before".to_owned(), issued_before.as_secs().into());
        }
        entries.push(entry);
        self.changed.send_replace(number as u64);
    }

    /// The statement that takes a reader from a number to now, and the number that it then has.
    pub(super) fn statement(&self, from: u64) -> (u64, String) {
        let entries = self.entries();
        let to = entries.len() as u64;
        // A reader that is ahead of us gets everything.
        let from = if from > to { 0 } else { from };
        let new = entries.iter().skip(usize::try_from(from).unwrap_or(usize::MAX));
        let new: Vec<_> = new.collect();
        let statement =
            json!({"iss": self.issuer, "at": self.stamp(), "from": from, "to": to, "entries": new});
        (to, statement.to_string())
    }

    /// Whether an entry names the token, its session, its person or its client.
    pub(super) fn names_something_of(&self, token: &str) -> bool {
        let payload = token.split('.').nth(1).and_then(crate::jwt::decode).unwrap_or_default();
        let claims: Value = serde_json::from_slice(&payload).unwrap_or_default();
        let names = ["jti", "sid", "sub", "client_id"].map(|name| claims.get(name));
        self.entries()
            .iter()
            .any(|entry| names.iter().flatten().any(|name| entry.get("value") == Some(*name)))
    }

    pub(super) fn number(&self) -> u64 {
        self.entries().len() as u64
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn acknowledge(&self, number: u64) {
        self.acknowledged.fetch_max(number, Ordering::SeqCst);
    }

    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Milliseconds since 1970 that never come twice, even when a test sets the clock back.
    fn stamp(&self) -> u64 {
        let (start, begun) = self.started;
        let start = Duration::from_secs(u64::try_from(start.as_secs()).unwrap_or(0));
        let now = u64::try_from((start + begun.elapsed()).as_millis()).unwrap_or(u64::MAX);
        let next = |last: u64| Some(now.max(last + 1));
        let before = self.last_at.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        now.max(before.unwrap_or(0) + 1)
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Value>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
