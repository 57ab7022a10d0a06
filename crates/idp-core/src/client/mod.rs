//! A registered client (RFC 6749 2): who it is, what it may ask for, and its own policy.
//! How it proves itself is [`crate::client_authentication`], and what may change of it `metadata`: what it is told of people's
//! roles and groups is `claims_mapping`, who may sign in there `access_rules`.

mod access_rules;
pub mod claim_name;
mod claims_mapping;
mod metadata;

pub use access_rules::AccessRefusal;
pub use claims_mapping::{ClaimMapping, ClaimSource, ClaimTarget, ClaimsMapping, MalformedMapping};
pub use metadata::ClientMetadata;

use crate::logo::LogoName;
use crate::redirect_uri::RedirectUri;
use crate::secret::SecretHash;
use crate::time::UnixTime;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A client identifier: 1 to 64 characters of `A-Z a-z 0-9 . _ ~ -`.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

/// Not usable as a client identifier.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("a client id has 1 to 64 characters of A-Z a-z 0-9 . _ ~ -")]
pub struct MalformedClientId;

impl ClientId {
    /// Checks the characters and the length.
    ///
    /// # Errors
    /// [`MalformedClientId`].
    pub fn parse(text: &str) -> Result<Self, MalformedClientId> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b));
        if fits { Ok(Self(text.to_owned())) } else { Err(MalformedClientId) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ClientId {
    type Error = MalformedClientId;
    fn try_from(text: String) -> Result<Self, MalformedClientId> {
        Self::parse(&text)
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

/// Whether a client can keep a secret (RFC 6749 2.1).
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum ClientKind {
    /// Runs where its code can be read, so it has no secret (RFC 6749 2.1).
    Public,
    /// Holds a secret. Several are valid at once, so that one can be replaced without an outage.
    Confidential {
        /// Hashes of the valid secrets.
        secrets: Vec<SecretHash>,
    },
}

/// The grant types that this provider offers. Discovery, the command line and the token endpoint read this list.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 4.1.
    AuthorizationCode,
    /// RFC 6749 6.
    RefreshToken,
    /// RFC 6749 4.4; confidential clients only.
    ClientCredentials,
}

impl GrantType {
    /// Every grant type, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// The `grant_type` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// Reads a `grant_type` value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }
}

/// Whether people are asked before this client learns about them.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPolicy {
    /// A site of the same organisation: never asked, unless the request says `prompt=consent`.
    FirstParty,
    /// Asked once for each scope. For a public client people are asked every time, because an attacker can claim to be
    /// it (RFC 6749 10.2).
    Ask,
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its identifier.
    pub id: ClientId,
    /// Public, or confidential with its secrets.
    pub kind: ClientKind,
    /// What may change of its registration.
    pub metadata: ClientMetadata,
    /// Its logo, which is stored beside the registration.
    pub logo: Option<LogoName>,
    /// Tokens issued earlier than this are void.
    pub not_before: UnixTime,
    /// When it was registered.
    pub created_at: UnixTime,
}

/// The longest an access token of any client lives, in seconds.
pub const MAX_ACCESS_TOKEN_LIFETIME: i64 = 24 * 60 * 60;

/// Why a registration is refused.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitClient {
    /// PKCE switched off for a public client.
    #[error("a public client always needs PKCE")]
    PublicWithoutPkce,
    /// Client credentials for a client without credentials.
    #[error("client_credentials needs a confidential client")]
    PublicWithClientCredentials,
    /// The revocation feed for a client that cannot authenticate.
    #[error("only a confidential client may follow the revocation feed")]
    PublicWithFeed,
    /// A confidential client with no secret.
    #[error("a confidential client needs a secret")]
    NoSecret,
    /// The code flow with nowhere to send the code.
    #[error("authorization_code needs at least one redirect URI")]
    NoRedirectUri,
    /// Nothing to use at the token endpoint.
    #[error("a client needs at least one grant type")]
    NoGrantType,
    /// A name that a page cannot show.
    #[error("the name has 1 to 100 characters and no control characters")]
    Name,
    /// An audience that no token could carry.
    #[error("the audience has 1 to 256 bytes and no control characters")]
    Audience,
    /// Session ids for logout tokens that are never sent.
    #[error("the session id is required in logout tokens, and there is no back-channel logout URI")]
    SessionWithoutLogoutUri,
    /// Claims that cannot be told apart, or go nowhere.
    #[error("at most 16 claims are mapped, each name once, each into a token or userinfo")]
    ClaimsMapping,
    /// More rules of access than are looked at with every sign-in.
    #[error("a client allows at most 100 roles, 100 groups and 100 networks")]
    AccessRules,
    /// A token lifetime out of bounds.
    #[error("an access token lives between 60 seconds and 1 day")]
    Lifetime,
}

impl Client {
    /// A registration made at `now`.
    ///
    /// # Errors
    /// [`UnfitClient`] names the contradiction.
    pub fn register(
        id: ClientId,
        kind: ClientKind,
        metadata: ClientMetadata,
        now: UnixTime,
    ) -> Result<Self, UnfitClient> {
        Self { id, kind, metadata, logo: None, not_before: now, created_at: now }.checked()
    }

    /// The registration with `metadata` in the place of what it had.
    ///
    /// # Errors
    /// [`UnfitClient`] names the contradiction.
    pub fn with_metadata(self, metadata: ClientMetadata) -> Result<Self, UnfitClient> {
        Self { metadata, ..self }.checked()
    }

    /// Checks the registration as a whole and hands it back, every entry of its lists once.
    ///
    /// # Errors
    /// [`UnfitClient`] names the contradiction.
    pub fn checked(self) -> Result<Self, UnfitClient> {
        let allowed = |grant| self.may_use(grant);
        match &self.kind {
            ClientKind::Public if !self.metadata.require_pkce => return Err(UnfitClient::PublicWithoutPkce),
            ClientKind::Public if allowed(GrantType::ClientCredentials) => {
                return Err(UnfitClient::PublicWithClientCredentials);
            }
            ClientKind::Public if self.metadata.follows_feed => return Err(UnfitClient::PublicWithFeed),
            ClientKind::Confidential { secrets } if secrets.is_empty() => return Err(UnfitClient::NoSecret),
            _ => {}
        }
        Ok(Self { metadata: self.metadata.checked()?, ..self })
    }

    /// Whether it may use `grant`.
    #[must_use]
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }

    /// Whether something issued to this client at `issued_at` can still count.
    #[must_use]
    pub fn honours(&self, issued_at: UnixTime, now: UnixTime) -> bool {
        issued_at.is_honoured(self.not_before, now)
    }

    /// Whether it cannot keep a secret.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self.kind, ClientKind::Public)
    }

    /// The registered redirect URI that `presented` is, if any.
    #[must_use]
    pub fn redirect_uri(&self, presented: &str) -> Option<&RedirectUri> {
        self.metadata.redirect_uris.iter().find(|uri| uri.matches(presented))
    }
}

#[cfg(test)]
pub(crate) mod sample {
    //! A client for the tests of several modules.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::redirect_uri::RedirectUri;
    use crate::scope::Scope;

    /// A first-party client with the code grant, PKCE and `https://a.example/cb`.
    pub(crate) fn client(kind: ClientKind) -> Client {
        let id = ClientId::parse("site-a").unwrap();
        let metadata = ClientMetadata {
            name: "Site A".into(),
            redirect_uris: vec![RedirectUri::parse("https://a.example/cb").unwrap()],
            grant_types: vec![GrantType::AuthorizationCode],
            audience: "https://a.example".into(),
            ..ClientMetadata::new(&id, Scope::parse("openid email").unwrap())
        };
        Client { id, kind, metadata, logo: None, not_before: UnixTime(0), created_at: UnixTime(0) }
    }

    /// The kind of a client whose secret is unknown.
    pub(crate) fn confidential() -> ClientKind {
        ClientKind::Confidential { secrets: vec![SecretHash::of_nothing()] }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_grant_type_has_one_spelling_on_the_wire_and_in_the_database() {
        for grant in GrantType::ALL {
            assert_eq!(GrantType::parse(grant.as_str()), Some(grant));
            assert_eq!(serde_json::to_value(grant).unwrap(), grant.as_str());
        }
        assert_eq!(GrantType::parse("password"), None);
    }
}
