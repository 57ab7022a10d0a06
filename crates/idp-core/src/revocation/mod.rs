//! Revocations: what the log says is void, and how sites that verify offline learn of it. This file owns the entries of
//! the log; `entry` what of them travels, `name` and `cause` how it is hidden from listeners whom it does not concern,
//! `batch` the signed statements, `run` what makes their age provable. Storing the log and serving the feed is the
//! server's. docs/revocation-feed.md specifies the wire.

mod batch;
mod cause;
mod entry;
mod name;
mod run;

pub use batch::{Batch, Moment};
pub use entry::Entry;
pub use run::{Nonce, Run, RunError};

use uuid::Uuid;

use crate::base64url;
use crate::client::ClientId;
use crate::session::EndCause;
use crate::time::UnixTime;
use crate::token::grant_part;

/// Seconds within which a request that began before a revocation may still issue a token, by the clock of another node.
/// A revocation by time reaches so much further. A person who signs in meanwhile gets a token that sites refuse, and a
/// valid one at the next refresh.
pub const UNDER_WAY: i64 = 12;

/// What a revocation names.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Kind {
    /// One token, by its `jti`.
    Token,
    /// Every token of a grant in an epoch of it, by the part of `jti` before the full stop.
    Grant,
    /// Every token of a session, by its `sid`.
    Session,
    /// A user's tokens that were issued before a time, by `sub`. Only the shared denylist is told: the feed names the
    /// user's sessions, of which the same transaction makes an entry each.
    User,
    /// A client's tokens that were issued before a time, by `client_id`.
    Client,
    /// A client's tokens in its own name, whose `sub` is its `client_id`, that were issued before a time.
    ClientAsSubject,
    /// All tokens that were issued before a time.
    All,
    /// Every token signed with a key, by its `kid`.
    Key,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Token,
        Self::Grant,
        Self::Session,
        Self::User,
        Self::Client,
        Self::ClientAsSubject,
        Self::All,
        Self::Key,
    ];

    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "jti",
            Self::Grant => "grant",
            Self::Session => "sid",
            Self::User => "sub",
            Self::Client => "client_id",
            Self::ClientAsSubject => "client_sub",
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

    /// The tokens of a grant that were issued in this epoch of it. The grant goes on: its next tokens are of the next epoch, so no
    /// clock decides which are void.
    #[must_use]
    pub fn grant_tokens(id: Uuid, epoch: i64) -> Self {
        Self { kind: Kind::Grant, value: grant_part(id, epoch), issued_before: None }
    }

    /// The grant that is named as a whole, if one is.
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

    /// What a client was issued in its own name up to `now`, requests under way included: `sub` is then its id.
    #[must_use]
    pub fn client_itself(id: &ClientId, now: UnixTime) -> Self {
        let issued_before = Some(now.plus(UNDER_WAY));
        Self { kind: Kind::ClientAsSubject, value: id.to_string(), issued_before }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("SID"), None);
    }
}
