//! A signed statement of the feed: entries on their way to the sites, and that up to `to` there are no others.

use std::borrow::Borrow;

use serde::Serialize;

use super::Entry;
use crate::key::SigningKey;
use crate::token::{MintError, mint_revocations};

/// When a node began to read the log. What was committed before is in what it read.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Moment {
    /// Milliseconds of the run's monotonic clock, rounded down: readers measure by these.
    pub uptime_ms: i64,
    /// Milliseconds since 1970 by the node's clock: only for when an entry is over.
    pub at_ms: i64,
}

/// Entries, and the statement that up to `to` there are no others.
#[derive(Copy, Clone, Debug)]
pub struct Batch<'a, E = Entry> {
    /// The run of the node that says so.
    pub run: &'a str,
    /// Complete as of then.
    pub moment: Moment,
    /// A reader that is complete up to here may apply it; 0 in a snapshot.
    pub from: i64,
    /// Complete up to here.
    pub to: i64,
    /// The live entries after `from`.
    pub entries: &'a [E],
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    run: &'a str,
    uptime: i64,
    at: i64,
    from: i64,
    to: i64,
    entries: Vec<&'a Entry>,
}

impl<E: Borrow<Entry>> Batch<'_, E> {
    /// The compact JWS, signed once however many read it.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(&self, key: &SigningKey, issuer: &str) -> Result<String, MintError> {
        let payload = Payload {
            iss: issuer,
            run: self.run,
            uptime: self.moment.uptime_ms,
            at: self.moment.at_ms,
            from: self.from,
            to: self.to,
            entries: self.entries.iter().map(Borrow::borrow).collect(),
        };
        mint_revocations(key, &payload)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::base64url;
    use crate::key;
    use crate::revocation::{Revocation, Revoked};
    use crate::session::EndCause;
    use crate::time::UnixTime;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn part(jws: &str, place: usize) -> Value {
        serde_json::from_slice(&base64url::decode(jws.split('.').nth(place).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn m09_a_batch_says_what_it_is_and_what_it_holds() {
        let revocation = Revocation {
            number: 7,
            revoked: Revoked::session(Uuid::nil()),
            cause: EndCause::LoggedOut,
            at: UnixTime(100),
            expires_at: UnixTime(2000),
        };
        let entries = [Entry::of(&revocation, "https://idp.example", UnixTime(101)).unwrap()];
        let moment = Moment { uptime_ms: 1_500, at_ms: 101_500 };
        let batch = Batch { run: "run", moment, from: 6, to: 8, entries: &entries };
        let key = key::sample::key(0);
        let jws = batch.sign(&key, "https://idp.example").unwrap();
        assert_eq!(part(&jws, 0), json!({ "typ": "revocations+jwt", "alg": "RS256", "kid": key.kid() }));
        let mut payload = part(&jws, 1);
        let entry = payload["entries"][0].take();
        let expected = json!({
            "iss": "https://idp.example", "run": "run", "uptime": 1_500, "at": 101_500, "from": 6, "to": 8,
            "entries": [null],
        });
        assert_eq!(payload, expected);
        assert_eq!((&entry["n"], &entry["kind"], &entry["exp"]), (&json!(7), &json!("sid"), &json!(2000)));
        assert!(entry.get("issued_before").is_none() && entry["name"].is_string());
    }
}
