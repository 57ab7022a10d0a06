//! What a client was granted and how it turns that into tokens, a file a grant type:
//! `authorization_code` (RFC 6749 4.1.3), `refresh_token` (RFC 6749 6, RFC 9700 4.14),
//! `client_credentials` (RFC 6749 4.4). The rules decide; storing is the server's.

pub mod authorization_code;
pub mod client_credentials;
pub mod refresh_token;

use crate::client::{Client, ClientId};
use crate::scope::Scope;
use crate::secret::SecretHash;
use crate::session::Ended;
use crate::time::UnixTime;
use uuid::Uuid;

/// One answered authorization request: a user's session at one client, and the refresh family in it.
/// A client can hold several grants of one session (two tabs, two kinds of page); each ends alone.
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
    /// When the person last proved who they are; refreshing never moves it.
    pub auth_time: UnixTime,
    /// When the code was redeemed.
    pub created_at: UnixTime,
    /// The end of the family, however much it is used.
    pub expires_at: UnixTime,
    /// The refresh token in use, when the client has one.
    pub refresh: Option<RefreshState>,
    /// When and why it ended, if it did.
    pub ended: Option<Ended>,
}

/// The living end of a refresh family.
#[derive(Clone, Debug)]
pub struct RefreshState {
    /// The hash of the one token that is good.
    pub current: SecretHash,
    /// How often it was rotated.
    pub generation: i64,
    /// When the current token was issued; idle time counts from here.
    pub issued_at: UnixTime,
    /// The token before it, for answers that got lost on the way.
    pub predecessor: Option<Predecessor>,
}

/// The token before the current one.
#[derive(Clone, Debug)]
pub struct Predecessor {
    /// Its hash.
    pub hash: SecretHash,
    /// When it was replaced.
    pub replaced_at: UnixTime,
    /// The answer its first use got, sealed under a key made from that very token:
    /// whoever holds the store alone cannot open it.
    pub sealed_answer: String,
}

impl Grant {
    /// Whether access tokens of this grant still count, its session and user aside.
    #[must_use]
    pub fn is_alive(&self, client: &Client, now: UnixTime) -> bool {
        self.ended.is_none() && now < self.expires_at && self.created_at >= client.not_before
    }
}
