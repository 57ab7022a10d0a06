//! The chain over the audit log. A seal is a hash over the events of some minutes and over the seal before it: who knows the
//! newest seal can tell whether anything under it was changed, removed or added.
//!
//! What is hashed is simple enough to be done again elsewhere from an export: the hash of the seal before (32 zero bytes for the
//! first), then each event in the order of ids as a JSON array of its nine columns without white space, and a line feed.

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The hash of a seal: SHA-256, written in hexadecimal.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct ChainHash(pub [u8; SHA256_OUTPUT_LEN]);

/// Not 64 hexadecimal digits.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("a hash of the audit log has 64 hexadecimal digits")]
pub struct MalformedChainHash;

impl fmt::Display for ChainHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for ChainHash {
    type Err = MalformedChainHash;

    fn from_str(text: &str) -> Result<Self, MalformedChainHash> {
        let mut hash = [0; SHA256_OUTPUT_LEN];
        if text.len() != 2 * hash.len() || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(MalformedChainHash);
        }
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| MalformedChainHash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| MalformedChainHash)?;
        }
        Ok(Self(hash))
    }
}

/// An event as it is hashed: its columns, in this order, as a JSON array.
#[derive(Copy, Clone, Debug, Serialize)]
pub struct ChainedEvent<'a>(
    /// Its id.
    pub &'a str,
    /// When, in seconds since 1970.
    pub i64,
    /// What.
    pub &'a str,
    /// By whom.
    pub Option<&'a str>,
    /// Whom it concerns.
    pub Option<&'a str>,
    /// Which client it concerns.
    pub Option<&'a str>,
    /// In which session.
    pub Option<&'a str>,
    /// From which address.
    pub Option<&'a str>,
    /// A word more.
    pub Option<&'a str>,
);

/// The hash under way.
#[derive(Clone)]
pub struct Chain(Context);

impl Chain {
    /// Goes on from the seal before; from zeros where there is none.
    #[must_use]
    pub fn after(previous: ChainHash) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&previous.0);
        Self(context)
    }

    /// Adds an event. Ids go up.
    pub fn add(&mut self, event: ChainedEvent<'_>) {
        // Strings and numbers are always JSON.
        let line = serde_json::to_string(&event).unwrap_or_default();
        self.0.update(line.as_bytes());
        self.0.update(b"\n");
    }

    /// The hash of the seal.
    #[must_use]
    pub fn finish(self) -> ChainHash {
        let mut hash = ChainHash::default();
        hash.0.copy_from_slice(self.0.finish().as_ref());
        hash
    }
}

/// A seal.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct AuditSeal {
    /// Which, from 1 on.
    pub number: i64,
    /// No event of it has a smaller id.
    pub from: Uuid,
    /// Each event of it has a smaller id.
    pub until: Uuid,
    /// How many events it covers.
    pub events: i64,
    /// The hash over them and over the seal before.
    pub hash: ChainHash,
}

impl AuditSeal {
    /// What the provider vouches for under a key that the database does not have: all of it.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { number, from, until, events, hash } = self;
        format!("{number} {from} {until} {events} {hash}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SIGNED_IN: ChainedEvent<'static> = ChainedEvent(
        "019ad000-0000-7000-8000-000000000001",
        1_764_460_800,
        "signed_in",
        None,
        Some("019ad000-0000-7000-8000-00000000000a"),
        Some("site-a"),
        None,
        Some("192.0.2.7"),
        Some("a \"word\"\nmore"),
    );

    /// Made with `sha256sum`: 32 zero bytes, the line, a line feed.
    const OF_ONE: &str = "ee00ff3a73ea648341b7904fc7f2c54866e50b0f078948a460bfcbf688892b8d";

    fn sealed(previous: ChainHash, events: &[ChainedEvent<'_>]) -> ChainHash {
        let mut chain = Chain::after(previous);
        events.iter().for_each(|event| chain.add(*event));
        chain.finish()
    }

    #[test]
    fn the_hash_can_be_made_elsewhere_from_the_columns() {
        let line = r#"["019ad000-0000-7000-8000-000000000001",1764460800,"signed_in",null,"019ad000-0000-7000-8000-00000000000a","site-a",null,"192.0.2.7","a \"word\"\nmore"]"#;
        assert_eq!(serde_json::to_string(&SIGNED_IN).unwrap(), line);
        let hash = sealed(ChainHash::default(), &[SIGNED_IN]);
        assert_eq!(hash.to_string(), OF_ONE);
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }

    #[test]
    fn each_column_each_event_their_order_and_the_seal_before_count() {
        let ChainedEvent(id, at, event, actor, user, client, session, address, detail) = SIGNED_IN;
        let first = sealed(ChainHash::default(), &[SIGNED_IN]);
        let mut hashes = vec![
            first,
            sealed(first, &[SIGNED_IN]),
            sealed(ChainHash::default(), &[]),
            sealed(ChainHash::default(), &[SIGNED_IN, SIGNED_IN]),
        ];
        for changed in [
            ChainedEvent("other", at, event, actor, user, client, session, address, detail),
            ChainedEvent(id, at + 1, event, actor, user, client, session, address, detail),
            ChainedEvent(id, at, "signed_out", actor, user, client, session, address, detail),
            ChainedEvent(id, at, event, Some("console:root"), user, client, session, address, detail),
            ChainedEvent(id, at, event, actor, None, client, session, address, detail),
            // What moves from one column to the next.
            ChainedEvent(id, at, event, actor, client, user, session, address, detail),
            ChainedEvent(id, at, event, actor, user, client, address, None, detail),
            ChainedEvent(id, at, event, actor, user, client, session, address, None),
        ] {
            hashes.push(sealed(ChainHash::default(), &[changed]));
            hashes.push(sealed(ChainHash::default(), &[SIGNED_IN, changed]));
            hashes.push(sealed(ChainHash::default(), &[changed, SIGNED_IN]));
        }
        let count = hashes.len();
        hashes.sort_by_key(|hash| hash.0);
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }

    #[test]
    fn other_texts_are_no_hash() {
        let hash = ChainHash([0xa5; 32]).to_string();
        for text in
            ["", &hash[1..], &format!("{hash}0"), &hash.replacen('a', "g", 1), &hash.replacen("a5", "ä", 1)]
        {
            assert_eq!(text.parse::<ChainHash>(), Err(MalformedChainHash), "{text}");
        }
    }
}
