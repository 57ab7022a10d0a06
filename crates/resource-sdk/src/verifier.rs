//! The verifier: which tokens this site accepts, top to bottom as a list of checks. It is pure over
//! the current keys and the `now` it is given; it does no I/O and never waits. Reading of text is
//! in `jwt`, of claims in `claims`. RFC 9068 section 4; RFC 7519 section 7.2; RFC 8725.

#[cfg(feature = "redis")]
use crate::denylist::Denylist;
#[cfg(feature = "feed")]
use crate::revocation::RevocationFeed;
use crate::{
    claims::{AccessToken, RegisteredClaims},
    error::{BuildError, VerifyError},
    freshness::{Freshness, Sources},
    jwt::{CompactJws, Header, Signature, decode},
    keys::{Keys, RsaVerifyingKey, Snapshot},
    time::{MAX_LEEWAY, UnixTime},
};

/// Seconds by which clocks may differ, unless configured.
const DEFAULT_LEEWAY: u64 = 30;
/// No access token lives longer than this many seconds.
pub(crate) const MAX_LIFETIME: i64 = 24 * 60 * 60;

/// Decides which access tokens one resource accepts.
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: String,
    audience: String,
    leeway: i64,
    freshness: Freshness,
    keys: Keys,
    sources: Sources,
    #[cfg(feature = "token-cache")]
    cache: Option<crate::token_cache::TokenCache>,
}

impl Verifier {
    /// Starts a verifier for tokens of `issuer` that are meant for `audience`, both compared byte
    /// for byte. `build` exists once [`VerifierBuilder::freshness`] was called.
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> VerifierBuilder<Undecided> {
        VerifierBuilder {
            issuer: issuer.into(),
            audience: audience.into(),
            leeway: DEFAULT_LEEWAY,
            freshness: Undecided,
            sources: Sources::default(),
            #[cfg(feature = "token-cache")]
            cache_capacity: None,
        }
    }

    /// Verifies a token as of `now`.
    ///
    /// # Errors
    /// The first check that fails. The signature comes before every claim, so that an error about
    /// a claim is always about something that the provider really signed. Whether it was revoked
    /// comes last: the answer that this cannot be told is about a token that is good otherwise.
    pub fn verify(&self, token: &str, now: UnixTime) -> Result<AccessToken, VerifyError> {
        let verified = self.judge(token, now)?;
        self.check_revocation(&verified)?;
        Ok(verified)
    }

    /// Every check but the last.
    pub(crate) fn judge(&self, token: &str, now: UnixTime) -> Result<AccessToken, VerifyError> {
        let keys = self.keys.snapshot();
        let outcome = self.verify_with(&keys, token, now);
        if outcome.as_ref().err() == Some(&VerifyError::UnknownKey) {
            self.keys.report_unknown_kid();
        }
        outcome
    }

    #[cfg(feature = "token-cache")]
    fn verify_with(&self, keys: &Snapshot, token: &str, now: UnixTime) -> Result<AccessToken, VerifyError> {
        let place = self.cache.as_ref().and_then(|cache| cache.place(keys, token));
        if let Some(known) = place.as_ref().and_then(|place| place.get()) {
            self.check_times(known.registered(), now)?;
            return Ok(known);
        }
        let verified = self.verify_in_full(keys, token, now)?;
        if let Some(place) = place {
            place.insert(&verified);
        }
        Ok(verified)
    }

    #[cfg(not(feature = "token-cache"))]
    fn verify_with(&self, keys: &Snapshot, token: &str, now: UnixTime) -> Result<AccessToken, VerifyError> {
        self.verify_in_full(keys, token, now)
    }

    /// Every check, in order.
    fn verify_in_full(
        &self,
        keys: &Snapshot,
        token: &str,
        now: UnixTime,
    ) -> Result<AccessToken, VerifyError> {
        let jws = CompactJws::parse(token).ok_or(VerifyError::Malformed)?;
        let header = decode(jws.header).ok_or(VerifyError::Malformed)?;
        let header = Header::parse(&header)?;
        let key = keys.find(&header.kid)?;
        check_signature(&jws, key)?;

        let payload = decode(jws.payload).ok_or(VerifyError::Malformed)?;
        let payload = String::from_utf8(payload).map_err(|_| VerifyError::Malformed)?;
        let claims = RegisteredClaims::parse(&payload)?;
        self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        check_sender_constraint(&claims)?;
        self.check_times(&claims, now)?;
        Ok(AccessToken::new(claims, payload, header.kid))
    }

    fn check_issuer(&self, claims: &RegisteredClaims) -> Result<(), VerifyError> {
        if claims.issuer == self.issuer { Ok(()) } else { Err(VerifyError::Issuer) }
    }

    fn check_audience(&self, claims: &RegisteredClaims) -> Result<(), VerifyError> {
        if claims.audience.contains(&self.audience) { Ok(()) } else { Err(VerifyError::Audience) }
    }

    fn check_times(&self, claims: &RegisteredClaims, now: UnixTime) -> Result<(), VerifyError> {
        self.check_expiry(claims, now)?;
        self.check_not_before(claims, now)?;
        self.check_issue_time(claims, now)
    }

    /// RFC 7519 section 4.1.4: "on or after" `exp` is expired.
    fn check_expiry(&self, claims: &RegisteredClaims, now: UnixTime) -> Result<(), VerifyError> {
        if now < self.void_from(claims.expires_at) { Ok(()) } else { Err(VerifyError::Expired) }
    }

    fn check_not_before(&self, claims: &RegisteredClaims, now: UnixTime) -> Result<(), VerifyError> {
        match claims.not_before {
            Some(not_before) if not_before > now.plus_secs(self.leeway) => Err(VerifyError::NotYetValid),
            _ => Ok(()),
        }
    }

    fn check_issue_time(&self, claims: &RegisteredClaims, now: UnixTime) -> Result<(), VerifyError> {
        let lifetime = claims.expires_at.secs_since(claims.issued_at);
        let is_from_the_future = claims.issued_at > now.plus_secs(self.leeway);
        if is_from_the_future || !(0..=MAX_LIFETIME).contains(&lifetime) {
            return Err(VerifyError::IssueTime);
        }
        Ok(())
    }

    /// Asked anew each time, also of a token that is remembered as verified.
    pub(crate) fn check_revocation(&self, token: &AccessToken) -> Result<(), VerifyError> {
        self.sources.check(token, &self.freshness)
    }

    /// The same verifier with another demand: one for a route where more, or less, is at stake.
    /// Both share keys, feed and memory.
    ///
    /// # Errors
    /// When what is demanded has no source.
    pub fn with_freshness(&self, freshness: Freshness) -> Result<Self, BuildError> {
        self.sources.check_demand(&freshness)?;
        Ok(Self { freshness, ..self.clone() })
    }

    /// The revocation feed that it checks.
    #[cfg(feature = "feed")]
    #[must_use]
    pub fn feed(&self) -> Option<&RevocationFeed> {
        self.sources.feed.as_ref()
    }

    /// The denylist that a resource server asks.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn denylist(&self) -> Option<&Denylist> {
        self.sources.denylist.as_ref()
    }

    /// From when on a token with this `exp` is refused, leeway included.
    #[must_use]
    pub fn void_from(&self, expires_at: UnixTime) -> UnixTime {
        expires_at.plus_secs(self.leeway)
    }

    /// The issuer whose tokens are accepted.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The audience that a token must name.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// How revocation is learnt of.
    #[must_use]
    pub fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// The keys it verifies with.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
}

/// A segment that is too long for any signature is a wrong one; one that is no base64url is no token.
fn undecoded(signature: &str) -> VerifyError {
    if decode(signature).is_some() { VerifyError::Signature } else { VerifyError::Malformed }
}

fn check_signature(jws: &CompactJws<'_>, key: &RsaVerifyingKey) -> Result<(), VerifyError> {
    let signature = Signature::decode(jws.signature).ok_or_else(|| undecoded(jws.signature))?;
    if key.verifies(jws.signing_input.as_bytes(), signature.octets()) {
        Ok(())
    } else {
        Err(VerifyError::Signature)
    }
}

/// RFC 7800: the presenter of a token with `cnf` must prove possession of a key, which a bearer
/// does not. To accept it would give a thief what the binding was to withhold.
fn check_sender_constraint(claims: &RegisteredClaims) -> Result<(), VerifyError> {
    if claims.is_sender_constrained { Err(VerifyError::SenderConstrained) } else { Ok(()) }
}

/// The state of a builder whose freshness is still to be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Undecided;

/// A verifier in the making.
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifierBuilder<F> {
    issuer: String,
    audience: String,
    leeway: u64,
    freshness: F,
    sources: Sources,
    #[cfg(feature = "token-cache")]
    cache_capacity: Option<u64>,
}

impl<F> VerifierBuilder<F> {
    /// Seconds by which the provider's clock and ours may differ: 30 unless set, at most 120.
    pub fn leeway(mut self, seconds: u64) -> Self {
        self.leeway = seconds;
        self
    }

    /// Remembers up to so many verified tokens. What is remembered is the signature: the clock
    /// decides anew each time, and a change of keys empties the memory.
    #[cfg(feature = "token-cache")]
    pub fn token_cache(mut self, capacity: u64) -> Self {
        self.cache_capacity = Some(capacity);
        self
    }

    /// Attaches the provider's revocation feed, which was started with the same keys.
    #[cfg(feature = "feed")]
    pub fn feed(mut self, feed: RevocationFeed) -> Self {
        self.sources.feed = Some(feed);
        self
    }

    /// Attaches the denylist that the provider keeps in Redis.
    #[cfg(feature = "redis")]
    pub fn denylist(mut self, denylist: Denylist) -> Self {
        self.sources.denylist = Some(denylist);
        self
    }

    /// Chooses how revocation is learnt of.
    pub fn freshness(self, freshness: Freshness) -> VerifierBuilder<Freshness> {
        VerifierBuilder {
            issuer: self.issuer,
            audience: self.audience,
            leeway: self.leeway,
            freshness,
            sources: self.sources,
            #[cfg(feature = "token-cache")]
            cache_capacity: self.cache_capacity,
        }
    }
}

impl VerifierBuilder<Freshness> {
    /// Completes the verifier with the issuer's keys.
    ///
    /// # Errors
    /// When a value is empty or out of range, the keys are another issuer's, or the freshness that
    /// was chosen has no source.
    pub fn build(self, keys: impl Into<Keys>) -> Result<Verifier, BuildError> {
        let keys = keys.into();
        if self.issuer.is_empty() {
            return Err(BuildError::EmptyIssuer);
        }
        if self.audience.is_empty() {
            return Err(BuildError::EmptyAudience);
        }
        if keys.issuer() != self.issuer {
            return Err(BuildError::ForeignKeys { keys: keys.issuer().to_owned(), issuer: self.issuer });
        }
        self.sources.check_keys(&keys)?;
        self.sources.check_demand(&self.freshness)?;
        Ok(Verifier {
            leeway: checked_leeway(self.leeway)?,
            issuer: self.issuer,
            audience: self.audience,
            freshness: self.freshness,
            keys,
            sources: self.sources,
            #[cfg(feature = "token-cache")]
            cache: self.cache_capacity.map(crate::token_cache::TokenCache::new),
        })
    }
}

fn checked_leeway(seconds: u64) -> Result<i64, BuildError> {
    match i64::try_from(seconds) {
        Ok(leeway) if seconds <= MAX_LEEWAY => Ok(leeway),
        _ => Err(BuildError::Leeway(seconds)),
    }
}
