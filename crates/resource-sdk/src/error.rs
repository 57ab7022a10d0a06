//! Why a token is refused, and why a verifier cannot be built. The words name the check that
//! failed and never repeat text of a token, a claim or a key; what a caller of the site gets to
//! see is decided in `actix::challenge`.

/// The reason for which a token was not accepted.
///
/// It is for the site's log. To a stranger all refusals look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not three canonical base64url segments of strict JSON within 8 KiB (RFC 7515, RFC 8725 3.10).
    #[error("not a well-formed compact JWS")]
    Malformed,
    /// `alg` is anything but `RS256`.
    #[error("alg is not RS256")]
    Algorithm,
    /// `typ` does not say that this is an access token (RFC 9068 section 4).
    #[error("typ is not at+jwt")]
    Type,
    /// `crit` or `b64`: an extension that is not understood (RFC 7515 section 4.1.11).
    #[error("asks for a header extension")]
    Extension,
    /// The header brings a key, a certificate or the parameters of an encrypted token.
    #[error("header has a member that access tokens do not have")]
    ForeignKey,
    /// `kid` is absent, not a string, too long or not printable.
    #[error("kid is missing or unusable")]
    KeyId,
    /// The provider's current keys have none of this `kid`.
    #[error("kid names no current key")]
    UnknownKey,
    /// The signature does not belong to this header and payload under the named key.
    #[error("signature does not verify")]
    Signature,
    /// `iss` is not the configured issuer.
    #[error("iss is not the configured issuer")]
    Issuer,
    /// `aud` does not contain the configured audience.
    #[error("aud does not contain the configured audience")]
    Audience,
    /// The token is past `exp` and leeway.
    #[error("expired")]
    Expired,
    /// The token is before `nbf` and leeway.
    #[error("not valid yet")]
    NotYetValid,
    /// `iat` is in the future or after `exp`, or the token would live longer than 24 hours.
    #[error("implausible time of issue")]
    IssueTime,
    /// A claim is missing or not of the type that its specification gives it.
    #[error("claim {0} is missing or has the wrong type")]
    Claim(&'static str),
    /// The token is bound to a key of its holder (`cnf`, RFC 7800) and was sent as a bearer token.
    #[error("bound to a key, cannot be used as a bearer token")]
    SenderConstrained,
    /// The provider has taken it back: the token, its grant, its session, its user's or its client's
    /// tokens, or the key that signed it.
    #[error("revoked")]
    Revoked,
    /// Whether the token was revoked cannot be told with the freshness that is demanded. Says
    /// nothing about the token.
    #[error("no proof that it was not revoked is fresh enough")]
    NotFresh,
    /// [`Freshness::Redis`](crate::Freshness::Redis) takes a request, which a verifier never makes:
    /// ask the [`ResourceServer`](crate::ResourceServer). Says nothing about the token.
    #[cfg(feature = "redis")]
    #[error("only a ResourceServer can ask the denylist")]
    DenylistNotAsked,
    /// The provider's keys were never received. Says nothing about the token.
    #[error("no keys of the provider yet")]
    KeysUnavailable,
    /// The last good keys are older than the hard limit. Says nothing about the token.
    #[error("the provider's keys are too old to be trusted")]
    KeysStale,
}

impl VerifyError {
    /// Whether the verifier could not judge the token at all, so that the caller should be told
    /// to come back later (503) and not that the token is bad (401).
    #[must_use]
    pub const fn is_unavailable(self) -> bool {
        match self {
            Self::KeysUnavailable | Self::KeysStale | Self::NotFresh => true,
            #[cfg(feature = "redis")]
            Self::DenylistNotAsked => true,
            _ => false,
        }
    }
}

/// A verifier that would not be safe, or not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The issuer is empty.
    #[error("the issuer is empty")]
    EmptyIssuer,
    /// The audience is empty.
    #[error("the audience is empty")]
    EmptyAudience,
    /// The leeway is above 120 seconds.
    #[error("a leeway of {0} s is above the limit of 120 s")]
    Leeway(u64),
    /// The keys were obtained for another issuer; keys never cross issuers.
    #[error("these keys belong to another issuer")]
    ForeignKeys,
    /// [`Freshness::Feed`](crate::Freshness::Feed) without a feed.
    #[cfg(feature = "feed")]
    #[error("freshness by feed needs a feed")]
    NoFeed,
    /// [`Freshness::Feed`](crate::Freshness::Feed) within less than a second: a heartbeat comes every
    /// second, so that this would hardly ever be met.
    #[cfg(feature = "feed")]
    #[error("freshness by feed is never within less than a second")]
    Within,
    /// The feed is not that of these keys: it would speak of another issuer's tokens, or could not
    /// drop a key that is void.
    #[cfg(feature = "feed")]
    #[error("the feed was started with other keys")]
    ForeignFeed,
    /// [`Freshness::Redis`](crate::Freshness::Redis) without a denylist.
    #[cfg(feature = "redis")]
    #[error("freshness by Redis needs a denylist")]
    NoDenylist,
}
