//! What the provider has taken back, as numbered entries, the statements about it, and the run that makes their age
//! provable. Causes are not told.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use super::key::RunKey;
use crate::{revocation::wire_name, time::UnixTime};

pub(super) struct Log {
    issuer: String,
    run: RunKey,
    started: (UnixTime, Instant),
    entries: Mutex<Vec<Revoked>>,
    changed: watch::Sender<u64>,
    acknowledged: AtomicU64,
}

/// An entry, and what it names.
struct Revoked {
    value: String,
    entry: Value,
}

impl Log {
    pub(super) fn new(issuer: String, now: UnixTime) -> Self {
        Self {
            issuer,
            run: RunKey::generate(),
            started: (now, Instant::now()),
            entries: Mutex::default(),
            changed: watch::Sender::default(),
            acknowledged: AtomicU64::new(0),
        }
    }

    pub(super) fn append(&self, kind: &str, value: &str, issued_before: Option<UnixTime>, until: UnixTime) {
        let mut entries = self.entries();
        let number = entries.len() + 1;
        let mut entry = json!({"n": number, "kind": kind, "at": self.wall_ms(), "exp": until.as_secs()});
        if let Some(entry) = entry.as_object_mut() {
            match kind {
                "all" => {}
                "kid" => drop(entry.insert("name".to_owned(), value.into())),
                _ => drop(entry.insert("name".to_owned(), wire_name(&self.issuer, kind, value).into())),
            }
            if let Some(issued_before) = issued_before {
                entry.insert("issued_before".to_owned(), issued_before.as_secs().into());
            }
        }
        entries.push(Revoked { value: value.to_owned(), entry });
        self.changed.send_replace(number as u64);
    }

    /// The statement that takes a reader from a number to now, and the number that it then has.
    pub(super) fn statement(&self, from: u64) -> (u64, String) {
        let uptime = self.uptime_ms();
        let entries = self.entries();
        let to = entries.len() as u64;
        // A reader that is ahead of us gets everything.
        let from = if from > to { 0 } else { from };
        let new = entries.iter().skip(usize::try_from(from).unwrap_or(usize::MAX));
        let new: Vec<_> = new.map(|revoked| &revoked.entry).collect();
        let statement = json!({
            "iss": self.issuer, "run": self.run.id(), "uptime": uptime, "at": self.wall_ms(),
            "from": from, "to": to, "entries": new,
        });
        (to, statement.to_string())
    }

    /// Signs the nonce of a request that has come, with what the run's clock shows.
    pub(super) fn anchor(&self, nonce: &str) -> String {
        let header = json!({"typ": "revocations-anchor+jwt", "alg": "EdDSA", "kid": self.run.id()});
        let payload = json!({"iss": self.issuer, "nonce": nonce, "uptime": self.uptime_ms() + 1});
        let input =
            format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(payload.to_string()));
        let signature = BASE64URL.encode(self.run.sign(input.as_bytes()));
        format!("{input}.{signature}")
    }

    /// Whether an entry names the token, its session or its client.
    pub(super) fn names_something_of(&self, token: &str) -> bool {
        let payload = token.split('.').nth(1).and_then(crate::jwt::decode).unwrap_or_default();
        let claims: Value = serde_json::from_slice(&payload).unwrap_or_default();
        let names = ["jti", "sid", "client_id"].map(|name| claims.get(name).and_then(Value::as_str));
        self.entries().iter().any(|revoked| names.contains(&Some(revoked.value.as_str())))
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

    /// Milliseconds of the run's monotonic clock, rounded down.
    fn uptime_ms(&self) -> u64 {
        u64::try_from(self.started.1.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Milliseconds since 1970, by a clock that no test turns.
    fn wall_ms(&self) -> u64 {
        let start = u64::try_from(self.started.0.as_secs()).unwrap_or(0);
        start.saturating_mul(1_000).saturating_add(self.uptime_ms())
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Revoked>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
