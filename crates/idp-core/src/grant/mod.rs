//! What a client was granted and how it gets tokens for it, one file per grant type:
//! `authorization_code` (RFC 6749 4.1.3), `refresh_token` (RFC 6749 6, RFC 9700 4.14),
//! `client_credentials` (RFC 6749 4.4). The rules decide; storing is the server's.

pub mod authorization_code;
pub mod client_credentials;
mod lost_memberships;
mod lost_rights;
pub mod refresh_token;

pub use lost_memberships::LossEffect;
pub use lost_rights::LostRights;

use crate::authentication::{Acr, Proofs};
use crate::client::{Client, ClientId};
use crate::scope::Scope;
use crate::secret::SecretHash;
use crate::session::Ended;
use crate::time::UnixTime;
use uuid::Uuid;

/// What a user granted a client in one authorization request, with its family of refresh tokens. A client can hold
/// several grants of one session, such as one for each tab; each ends alone.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Names the family; part of its refresh tokens and of the `jti` of its access tokens.
    pub id: Uuid,
    /// The subject.
    pub user: Uuid,
    /// The session it belongs to and ends with.
    pub sid: Uuid,
    /// The client it was given to.
    pub client_id: ClientId,
    /// What was granted; refreshing never widens it.
    pub scope: Scope,
    /// Claims promised at userinfo beyond the scope's.
    pub claims: Vec<String>,
    /// What the person had proven who they are with when the code was issued, and when. Neither refreshing nor a later
    /// sign-in in the same session moves it.
    pub proofs: Proofs,
    /// The class of that sign-in, as it was stated to the client.
    pub acr: Acr,
    /// When the code was redeemed.
    pub created_at: UnixTime,
    /// The end of the family, however much it is used.
    pub expires_at: UnixTime,
    /// The refresh token in use, when the client has one.
    pub refresh: Option<RefreshState>,
    /// How often its access tokens were taken back while it went on; part of the `jti` of those to come.
    pub epoch: i64,
    /// When and why it ended, if it did.
    pub ended: Option<Ended>,
}

/// The state of a family of refresh tokens.
#[derive(Clone, Debug)]
pub struct RefreshState {
    /// The hash of the token that is valid.
    pub current: SecretHash,
    /// How often it was rotated.
    pub generation: i64,
    /// When the current token was issued; idle time counts from here.
    pub issued_at: UnixTime,
    /// The token before it, for a client that did not receive its answer.
    pub predecessor: Option<Predecessor>,
}

/// The token before the current one.
#[derive(Clone, Debug)]
pub struct Predecessor {
    /// Its hash.
    pub hash: SecretHash,
    /// When it was replaced.
    pub replaced_at: UnixTime,
    /// The token that replaced it, sealed under a key made from that token, so that the store alone does not open it.
    pub sealed_successor: String,
}

/// The replacement of a refresh token by its successor. A store carries it out only while the family still is where
/// it starts from, so that one of several racers wins.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The generation that is replaced.
    pub generation: i64,
    /// The token that is replaced, which its holder presented.
    pub replaced: SecretHash,
    /// What the family is afterwards. Its predecessor is the replaced token.
    pub successor: RefreshState,
}

impl RefreshState {
    /// A new family with its first token.
    #[must_use]
    pub const fn first(token: SecretHash, now: UnixTime) -> Self {
        Self { current: token, generation: 0, issued_at: now, predecessor: None }
    }

    /// Replaces the current token by `token`. `sealed_successor` is the same, sealed under a key made
    /// from the current one.
    #[must_use]
    pub fn rotate(&self, token: SecretHash, sealed_successor: String, now: UnixTime) -> Rotation {
        let predecessor = Predecessor { hash: self.current, replaced_at: now, sealed_successor };
        Rotation {
            generation: self.generation,
            replaced: self.current,
            successor: Self {
                current: token,
                generation: self.generation.saturating_add(1),
                issued_at: now,
                predecessor: Some(predecessor),
            },
        }
    }
}

impl Rotation {
    /// What the holder of the replaced token is answered with, sealed.
    #[must_use]
    pub fn sealed_successor(&self) -> &str {
        self.successor.predecessor.as_ref().map_or("", |before| &before.sealed_successor)
    }
}

impl Grant {
    /// Whether access tokens of this grant still count, its session and user aside.
    #[must_use]
    pub fn is_alive(&self, client: &Client, now: UnixTime) -> bool {
        self.ended.is_none() && now < self.expires_at && client.honours(self.created_at, now)
    }
}

#[cfg(test)]
mod tests;
