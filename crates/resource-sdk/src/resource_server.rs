//! What a protected API needs at run time, independent of the web framework: the verifier, the clock and
//! the name it challenges with. It adds one thing to the pure verifier. Where a token names a key
//! that we do not have yet, the request may wait for a refresh of the keys, once and for a bounded time.
//! RFC 6750 section 3.

use std::{fmt, sync::Arc, time::Duration};

use tracing::{Instrument as _, field};

use crate::{
    bundles::{Bundles, ValuesError},
    claims::AccessToken,
    error::{BuildError, VerifyError},
    freshness::Freshness,
    time::{Clock, UnixTime},
    trace,
    verifier::Verifier,
};

/// A resource server in the words of RFC 6749. Clones are cheap and share everything.
#[derive(Clone)]
pub struct ResourceServer(Arc<Inner>);

struct Inner {
    verifier: Verifier,
    clock: Clock,
    realm: Arc<str>,
    /// Shared by all that are made of this one.
    bundles: Arc<Bundles>,
    /// What it was derived from, if only the demand on freshness is another.
    origin: Option<ResourceServer>,
}

impl ResourceServer {
    /// A resource server on the system's clock, whose realm is the verifier's audience.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        let realm = verifier.audience().into();
        let bundles = Arc::default();
        Self(Arc::new(Inner { verifier, clock: Clock::System, realm, bundles, origin: None }))
    }

    /// The same on another clock; one that is turned by hand, in tests.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        let (verifier, realm) = (self.0.verifier.clone(), self.0.realm.clone());
        let bundles = Arc::clone(&self.0.bundles);
        Self(Arc::new(Inner { verifier, clock, realm, bundles, origin: None }))
    }

    /// The same with another demand on freshness, for routes where more, or less, is at stake.
    ///
    /// # Errors
    /// When what is demanded has no source.
    pub fn with_freshness(&self, freshness: Freshness) -> Result<Self, BuildError> {
        let verifier = self.0.verifier.with_freshness(freshness)?;
        let (clock, realm) = (self.0.clock.clone(), self.0.realm.clone());
        let origin = Some(self.0.origin.clone().unwrap_or_else(|| self.clone()));
        let bundles = Arc::clone(&self.0.bundles);
        Ok(Self(Arc::new(Inner { verifier, clock, realm, bundles, origin })))
    }

    /// The same under another name in its challenges.
    #[must_use]
    pub fn with_realm(self, realm: &str) -> Self {
        let (verifier, clock) = (self.0.verifier.clone(), self.0.clock.clone());
        let bundles = Arc::clone(&self.0.bundles);
        Self(Arc::new(Inner { verifier, clock, realm: realm.into(), bundles, origin: None }))
    }

    /// Verifies a token as of now. A token that names an unknown key waits for the refresh it may
    /// have caused, at most 3 seconds, and is then judged again. Where revocation is learnt of by
    /// asking, this asks.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub async fn verify(&self, token: &str) -> Result<AccessToken, VerifyError> {
        let span = trace::verify_token();
        let outcome = self.judge(token).instrument(span.clone()).await;
        if let Err(reason) = &outcome {
            span.record("error.type", field::display(reason));
        }
        outcome
    }

    async fn judge(&self, token: &str) -> Result<AccessToken, VerifyError> {
        let refresher = self.verifier().keys().refresher();
        let seen = refresher.map_or(0, |refresher| refresher.attempts());
        let mut judged = self.verifier().judge(token, self.now());
        if judged.as_ref().err() == Some(&VerifyError::UnknownKey)
            && let Some(refresher) = refresher
            && refresher.wait(seen).await
        {
            judged = self.verifier().judge(token, self.now());
        }
        let outcome = match judged {
            Ok(verified) => self.check_revocation(token, &verified).await.map(|()| verified),
            Err(reason) => Err(reason),
        };
        match &outcome {
            Ok(token) => tracing::debug!(jti = token.jti().escape_debug().to_string(), "accepted"),
            Err(reason) => tracing::debug!(%reason, "refused"),
        }
        outcome
    }

    /// The values of a claim that is a list, such as `roles`, of a token that this resource server has accepted. Where the
    /// token names a permission bundle instead, that is fetched from the provider, once for all tokens that name it.
    ///
    /// # Errors
    /// [`ValuesError`]: the claim is not mapped for the client, or its bundle cannot be fetched.
    pub async fn values(&self, token: &AccessToken, claim: &str) -> Result<Arc<[String]>, ValuesError> {
        self.0.bundles.values(token, claim).await
    }

    /// Waits until a token would not be accepted any more: void, leeway included, or revoked, or
    /// without the proof that is demanded. What outlives its request (a stream, a socket) ends with
    /// this. It looks every second, and so that a clock that is set counts.
    pub async fn until_void(&self, token: &AccessToken) {
        let void_from = self.verifier().void_from(token.expires_at());
        while self.now() < void_from && self.check_known(token).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    #[cfg_attr(
        not(feature = "feed"),
        expect(unused_variables, reason = "without a feed there is no introspection")
    )]
    async fn check_revocation(&self, token: &str, verified: &AccessToken) -> Result<(), VerifyError> {
        let outcome = self.check_known(verified).await;
        #[cfg(feature = "feed")]
        if outcome == Err(VerifyError::NotFresh)
            && let Freshness::Feed { .. } = self.verifier().freshness()
            && let Some(feed) = self.verifier().feed()
        {
            return feed.introspect(token).await;
        }
        outcome
    }

    async fn check_known(&self, token: &AccessToken) -> Result<(), VerifyError> {
        let outcome = self.verifier().check_revocation(token);
        #[cfg(feature = "redis")]
        if outcome == Err(VerifyError::DenylistNotAsked)
            && let Some(denylist) = self.verifier().denylist()
        {
            return denylist.check(token, self.0.clock.now_millis()).await;
        }
        outcome
    }

    /// The verifier.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// The clock's time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.0.clock.now()
    }

    /// The name in challenges.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.0.realm
    }

    #[cfg(feature = "actix")]
    pub(crate) fn shared_realm(&self) -> Arc<str> {
        Arc::clone(&self.0.realm)
    }

    /// Whether what this one verified is verified for the other: both are clones of one resource
    /// server, or this one was derived from it for routes with another demand on freshness.
    #[cfg(feature = "actix")]
    pub(crate) fn stands_for(&self, other: &Self) -> bool {
        let is_other = |server: &Self| Arc::ptr_eq(&server.0, &other.0);
        is_other(self) || self.0.origin.as_ref().is_some_and(is_other)
    }
}

impl fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceServer").field("verifier", self.verifier()).finish_non_exhaustive()
    }
}
