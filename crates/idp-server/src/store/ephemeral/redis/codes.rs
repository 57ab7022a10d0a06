//! Authorization codes: stored as what they stand for, consumed by one script.

use super::{Call, EphemeralError, RedisBackend, milliseconds};
use idp_core::client::ClientId;
use idp_core::grant::authorization_code::AuthorizationCode;
use idp_core::pkce::CodeChallenge;
use idp_core::scope::Scope;
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A code stays for longer than its life, since clocks may disagree: its own `expires_at` decides.
const MARGIN: i64 = 120;
/// For how long a second use of a redeemed code is recognised as one, in seconds.
const REDEEMED: i64 = 60 * 60;

/// What consuming a code came to.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Consumed {
    /// No request was earlier.
    First,
    /// Another request was.
    Again,
    /// There is no such code.
    Unknown,
}

/// A code as it is kept.
#[derive(Serialize, Deserialize)]
struct Stored {
    grant: Uuid,
    client_id: ClientId,
    redirect_uri: String,
    user: Uuid,
    sid: Uuid,
    scope: Scope,
    claims: Vec<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    auth_time: UnixTime,
    expires_at: UnixTime,
}

/// What it stands for, when it was redeemed, whether it came again.
type Looked = (Option<String>, Option<String>, Option<String>);

impl RedisBackend {
    /// Stores a new code.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn issue_code(
        &self,
        hash: &SecretHash,
        code: &AuthorizationCode,
        now: UnixTime,
    ) -> Result<(), EphemeralError> {
        let epoch = self.epoch()?;
        let stored = serde_json::to_string(&Stored::from(code.clone()))
            .map_err(|error| EphemeralError::Unavailable(error.to_string()))?;
        let life = code.expires_at.seconds_since(now).saturating_add(MARGIN);
        let call = Call::new(&self.scripts.issue_code)
            .key(key(epoch.number, hash))
            .argument(stored)
            .argument(milliseconds(life));
        self.run::<i64>(&epoch, call).await.map(drop)
    }

    /// The code with this hash, redeemed or not. Anything else in its place is no code.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn code(&self, hash: &SecretHash) -> Result<Option<AuthorizationCode>, EphemeralError> {
        let epoch = self.epoch()?;
        let call = Call::new(&self.scripts.look_at_code).key(key(epoch.number, hash));
        let (text, redeemed_at, _): Looked = self.run(&epoch, call).await?;
        let stored: Option<Stored> = text.and_then(|text| serde_json::from_str(&text).ok());
        // Any value here means that it was redeemed.
        let redeemed_at = redeemed_at.map(|text| UnixTime(text.parse().unwrap_or_default()));
        Ok(stored.and_then(|stored| stored.into_code(redeemed_at)))
    }

    /// Whether it was presented again after it was consumed.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn came_again(&self, hash: &SecretHash) -> Result<bool, EphemeralError> {
        let epoch = self.epoch()?;
        let call = Call::new(&self.scripts.look_at_code).key(key(epoch.number, hash));
        let (_, _, again): Looked = self.run(&epoch, call).await?;
        Ok(again.is_some())
    }

    /// Consumes the code with this hash.
    ///
    /// # Errors
    /// [`EphemeralError`]; then it may be consumed or not, and no grant may be opened with it.
    pub async fn redeem_code(&self, hash: &SecretHash, now: UnixTime) -> Result<Consumed, EphemeralError> {
        let epoch = self.epoch()?;
        let call = Call::new(&self.scripts.redeem_code)
            .key(key(epoch.number, hash))
            .argument(now.as_secs())
            .argument(milliseconds(REDEEMED));
        let word: String = self.run(&epoch, call).await?;
        Ok(match word.as_str() {
            "first" => Consumed::First,
            "again" => Consumed::Again,
            _ => Consumed::Unknown,
        })
    }
}

fn key(epoch: i64, hash: &SecretHash) -> String {
    format!("code:{epoch}:{hash}")
}

impl From<AuthorizationCode> for Stored {
    fn from(code: AuthorizationCode) -> Self {
        Self {
            grant: code.grant,
            client_id: code.client_id,
            redirect_uri: code.redirect_uri,
            user: code.user,
            sid: code.sid,
            scope: code.scope,
            claims: code.claims,
            nonce: code.nonce,
            code_challenge: code.code_challenge.map(String::from),
            auth_time: code.auth_time,
            expires_at: code.expires_at,
        }
    }
}

impl Stored {
    fn into_code(self, redeemed_at: Option<UnixTime>) -> Option<AuthorizationCode> {
        Some(AuthorizationCode {
            grant: self.grant,
            client_id: self.client_id,
            redirect_uri: self.redirect_uri,
            user: self.user,
            sid: self.sid,
            scope: self.scope,
            claims: self.claims,
            nonce: self.nonce,
            code_challenge: self.code_challenge.map(CodeChallenge::try_from).transpose().ok()?,
            auth_time: self.auth_time,
            expires_at: self.expires_at,
            redeemed_at,
        })
    }
}
