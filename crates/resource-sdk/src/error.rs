//! Why a token is refused, and why a verifier cannot be built. The words name the check that
//! failed and never repeat text of a token, a claim or a key; what a caller of the site gets to
//! see is decided in `actix::challenge`.

/// Prints errors in words where a program prints them with `{:?}`, as `main` does with what it returns:
/// the message, and the causes that it does not name itself.
macro_rules! debug_in_words {
    ($($error:ty),+) => {$(
        impl std::fmt::Debug for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")?;
                let mut source = std::error::Error::source(self);
                while let Some(cause) = source {
                    write!(f, ": {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
        }
    )+};
}
pub(crate) use debug_in_words;

/// An address for a message: without the user name and password that it may hold.
pub(crate) fn shown(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, host)) => format!("{:?} (without its credentials)", host),
        None => format!("{address:?}"),
    }
}

/// The reason for which a token was not accepted.
///
/// It is for the site's log. To the client all refusals look the same.
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
    #[error("iss is not the issuer that the verifier was built for")]
    Issuer,
    /// `aud` does not contain the configured audience.
    #[error("aud does not contain the audience that the verifier was built for")]
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
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The issuer is empty.
    #[error(
        "Verifier::builder: the issuer is empty; give the provider's address, such as https://id.example.com"
    )]
    EmptyIssuer,
    /// The audience is empty.
    #[error(
        "Verifier::builder: the audience is empty; give what access tokens for this site say in aud (at the provider: client add --audience)"
    )]
    EmptyAudience,
    /// The leeway is above 120 seconds.
    #[error("VerifierBuilder::leeway: {0} s is above the limit of 120 s; set the clocks by NTP instead")]
    Leeway(u64),
    /// The keys were obtained for another issuer; keys never cross issuers.
    #[error(
        "VerifierBuilder::build: the keys are those of {}, the verifier is for {}; give both the same issuer, \
         byte for byte (a final slash counts)",
        shown(keys),
        shown(issuer)
    )]
    ForeignKeys {
        /// The issuer of the keys.
        keys: String,
        /// The issuer of the verifier.
        issuer: String,
    },
    /// [`Freshness::Feed`](crate::Freshness::Feed) without a feed.
    #[cfg(feature = "feed")]
    #[error(
        "Freshness::Feed needs a revocation feed; attach one with VerifierBuilder::feed, or choose Freshness::Offline"
    )]
    NoFeed,
    /// [`Freshness::Feed`](crate::Freshness::Feed) within less than a second: a heartbeat comes every
    /// second, so that this would hardly ever be met.
    #[cfg(feature = "feed")]
    #[error(
        "Freshness::Feed: within {0:?} is hardly ever met, for a heartbeat comes every second; give 2 s or more"
    )]
    Within(std::time::Duration),
    /// The feed is not that of these keys: it would speak of another issuer's tokens, or could not
    /// drop a key that is void.
    #[cfg(feature = "feed")]
    #[error(
        "VerifierBuilder::feed: the feed was started with other keys; give RevocationFeed::start and build clones of one RemoteKeys"
    )]
    ForeignFeed,
    /// [`Freshness::Redis`](crate::Freshness::Redis) without a denylist.
    #[cfg(feature = "redis")]
    #[error("Freshness::Redis needs a denylist; attach one with VerifierBuilder::denylist")]
    NoDenylist,
}

debug_in_words!(BuildError);
