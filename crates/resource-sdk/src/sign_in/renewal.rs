//! What came of refreshing a grant, and the sharing of it: however many requests bring the same refresh
//! token at once, it is spent once and all of them get the same answer. Asking the provider is
//! `refresh`'s. RFC 9700 section 4.14.

use std::{future::Future, sync::Arc, time::Duration};

use moka::sync::Cache;
use tokio::sync::OnceCell;

use super::seal::sha256;
use crate::{claims::AccessToken, error::VerifyError};

/// How long latecomers with the old token still get the same answer. No longer than the provider's
/// own window, so that a stolen token is not good for longer here than there.
const SHARED_FOR: Duration = Duration::from_secs(10);
const MAX_SHARED: u64 = 10_000;

/// What came of a refresh.
#[derive(Clone)]
pub(crate) enum Renewal {
    /// The provider gave new tokens; the old refresh token is spent.
    Renewed(Arc<Renewed>),
    /// The provider refused: the sign-in has ended.
    Ended,
    /// Nobody knows: the provider does not answer, or not sensibly. The refresh token may be good.
    Unavailable,
}

/// New tokens.
pub(crate) struct Renewed {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// The new access token as the site's verifier sees it.
    pub(crate) verified: Result<AccessToken, VerifyError>,
}

/// Renewals under way and those of the last seconds, by refresh token.
pub(crate) struct Renewals(Cache<[u8; 32], Arc<OnceCell<Renewal>>>);

impl Default for Renewals {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_SHARED).time_to_live(SHARED_FOR).build())
    }
}

impl Renewals {
    /// Spends a refresh token as `spend` does, or joins those who do.
    pub(crate) async fn share<F>(&self, refresh_token: &str, spend: impl FnOnce() -> F) -> Renewal
    where
        F: Future<Output = Renewal>,
    {
        // The hash is the key: no secret lies in a table that somebody might print.
        let key = sha256(refresh_token);
        let flight = self.0.get_with(key, Arc::default);
        let renewal = flight.get_or_init(spend).await.clone();
        if matches!(renewal, Renewal::Unavailable) {
            self.0.invalidate(&key);
        }
        renewal
    }
}
