//! Revocations, as sites that verify offline learn of them: the entries of the revocation log, and the signed batches
//! in which they travel. Storing the log and serving the feed is the server's. docs/revocation-feed.md is the specification of the wire.

use std::borrow::Borrow;

use serde::Serialize;
use uuid::Uuid;

use crate::base64url;
use crate::client::ClientId;
use crate::key::SigningKey;
use crate::session::EndCause;
use crate::time::UnixTime;
use crate::token::{MintError, mint_revocations};

/// Seconds within which a request that began before a revocation may still issue a token, by the clock of another node.
/// A revocation by time reaches so much further. A person who signs in meanwhile gets a token that sites refuse, and a
/// valid one at the next refresh.
pub const UNDER_WAY: i64 = 12;

/// What a revocation names.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Kind {
    /// One token, by its `jti`.
    Token,
    /// Every token of a grant, by the part of `jti` before the full stop.
    Grant,
    /// Every token of a session, by its `sid`.
    Session,
    /// A user's tokens that were issued before a time, by `sub`.
    User,
    /// A client's tokens that were issued before a time, by `client_id`.
    Client,
    /// All tokens that were issued before a time.
    All,
    /// Every token signed with a key, by its `kid`.
    Key,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Token, Self::Grant, Self::Session, Self::User, Self::Client, Self::All, Self::Key];

    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "jti",
            Self::Grant => "grant",
            Self::Session => "sid",
            Self::User => "sub",
            Self::Client => "client_id",
            Self::All => "all",
            Self::Key => "kid",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Tokens that are void, before the log has given them a number.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Revoked {
    /// What is named.
    pub kind: Kind,
    /// Its name; empty for [`Kind::All`].
    pub value: String,
    /// Only tokens with an earlier `iat`; `None` for all.
    pub issued_before: Option<UnixTime>,
}

impl Revoked {
    /// One token.
    #[must_use]
    pub fn token(jti: &str) -> Self {
        Self { kind: Kind::Token, value: jti.to_owned(), issued_before: None }
    }

    /// Every token of a grant.
    #[must_use]
    pub fn grant(id: Uuid) -> Self {
        Self { kind: Kind::Grant, value: base64url::encode_uuid(id), issued_before: None }
    }

    /// The grant that is named, if one is.
    #[must_use]
    pub fn grant_id(&self) -> Option<Uuid> {
        (self.kind == Kind::Grant).then(|| base64url::decode_uuid(&self.value)).flatten()
    }

    /// Every token of a session.
    #[must_use]
    pub fn session(sid: Uuid) -> Self {
        Self { kind: Kind::Session, value: sid.to_string(), issued_before: None }
    }

    /// What a user was issued before `now`. What was issued within this second is named by its session.
    #[must_use]
    pub fn user(id: Uuid, now: UnixTime) -> Self {
        Self { kind: Kind::User, value: id.to_string(), issued_before: Some(now) }
    }

    /// What a client was issued up to `now`, requests under way included.
    #[must_use]
    pub fn client(id: &ClientId, now: UnixTime) -> Self {
        Self { kind: Kind::Client, value: id.to_string(), issued_before: Some(now.plus(UNDER_WAY)) }
    }

    /// All that was issued up to `now`, requests under way included.
    #[must_use]
    pub fn all(now: UnixTime) -> Self {
        Self { kind: Kind::All, value: String::new(), issued_before: Some(now.plus(UNDER_WAY)) }
    }

    /// All that a key has signed.
    #[must_use]
    pub fn key(kid: &str) -> Self {
        Self { kind: Kind::Key, value: kid.to_owned(), issued_before: None }
    }
}

/// An entry of the log.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Revocation {
    /// Its place in the order of commits; the first is 1.
    pub number: i64,
    /// Which tokens.
    pub revoked: Revoked,
    /// Why.
    pub cause: EndCause,
    /// When.
    pub at: UnixTime,
    /// When every token that it concerns has expired at every site, leeway included.
    pub expires_at: UnixTime,
}

/// An entry on the wire.
#[derive(Serialize)]
struct Entry<'a> {
    n: i64,
    kind: &'static str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_before: Option<i64>,
    cause: &'static str,
    /// Milliseconds, as everything in a batch that is not a claim of a token.
    at: i64,
    exp: i64,
}

impl<'a> From<&'a Revocation> for Entry<'a> {
    fn from(revocation: &'a Revocation) -> Self {
        Self {
            n: revocation.number,
            kind: revocation.revoked.kind.as_str(),
            value: &revocation.revoked.value,
            issued_before: revocation.revoked.issued_before.map(UnixTime::as_secs),
            cause: revocation.cause.as_str(),
            at: revocation.at.as_secs() * 1000,
            exp: revocation.expires_at.as_secs(),
        }
    }
}

/// Entries on their way to the sites, and the statement that up to `to` there are no others.
#[derive(Copy, Clone, Debug)]
pub struct Batch<'a, E = Revocation> {
    /// A reader that is complete up to here may apply it; 0 in a snapshot.
    pub from: i64,
    /// Complete up to here.
    pub to: i64,
    /// As of this time, in milliseconds since 1970.
    pub at_ms: i64,
    /// The live entries after `from`.
    pub entries: &'a [E],
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    at: i64,
    from: i64,
    to: i64,
    entries: Vec<Entry<'a>>,
}

impl<E: Borrow<Revocation>> Batch<'_, E> {
    /// The compact JWS, signed once however many read it.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(&self, key: &SigningKey, issuer: &str) -> Result<String, MintError> {
        let entries = self.entries.iter().map(|entry| Entry::from(entry.borrow())).collect();
        mint_revocations(key, &Payload { iss: issuer, at: self.at_ms, from: self.from, to: self.to, entries })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::key;
    use serde_json::{Value, json};

    fn part(jws: &str, place: usize) -> Value {
        serde_json::from_slice(&base64url::decode(jws.split('.').nth(place).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn m09_a_batch_says_what_it_is_and_what_it_holds() {
        let entries = [
            Revocation {
                number: 7,
                revoked: Revoked::session(Uuid::nil()),
                cause: EndCause::LoggedOut,
                at: UnixTime(100),
                expires_at: UnixTime(2000),
            },
            Revocation {
                number: 8,
                revoked: Revoked::user(Uuid::nil(), UnixTime(101)),
                cause: EndCause::PasswordChanged,
                at: UnixTime(101),
                expires_at: UnixTime(2001),
            },
        ];
        let batch = Batch { from: 6, to: 8, at_ms: 101_500, entries: &entries };
        let key = key::sample::key(0);
        let jws = batch.sign(&key, "https://idp.example").unwrap();
        assert_eq!(part(&jws, 0), json!({ "typ": "revocations+jwt", "alg": "RS256", "kid": key.kid() }));
        let id = "00000000-0000-0000-0000-000000000000";
        let expected = json!({
            "iss": "https://idp.example", "at": 101_500, "from": 6, "to": 8,
            "entries": [
                { "n": 7, "kind": "sid", "value": id, "cause": "logged_out", "at": 100_000, "exp": 2000 },
                { "n": 8, "kind": "sub", "value": id, "issued_before": 101, "cause": "password_changed",
                  "at": 101_000, "exp": 2001 },
            ],
        });
        assert_eq!(part(&jws, 1), expected);
    }

    #[test]
    fn every_kind_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("SID"), None);
    }
}
