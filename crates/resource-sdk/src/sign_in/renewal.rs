//! The refreshing of a grant: however many requests bring the same refresh token at once, the
//! provider is asked once and all of them get its answer. RFC 6749 section 6; RFC 9700 section 4.14.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use tokio::sync::OnceCell;

use super::{
    seal::sha256,
    session::Grant,
    site::Site,
    token_endpoint::{self, TokenError},
};
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
    /// Renews a grant, or joins those who do.
    pub(crate) async fn renew(&self, site: &Site, grant: &Grant) -> Renewal {
        let Some(refresh_token) = &grant.refresh_token else {
            return Renewal::Ended;
        };
        // The hash is the key: no secret lies in a table that somebody might print.
        let key = sha256(refresh_token);
        let flight = self.0.get_with(key, Arc::default);
        let renewal = flight.get_or_init(|| ask_provider(site, refresh_token)).await.clone();
        if matches!(renewal, Renewal::Unavailable) {
            self.0.invalidate(&key);
        }
        renewal
    }
}

async fn ask_provider(site: &Site, refresh_token: &str) -> Renewal {
    match exchange(site, refresh_token).await {
        Ok(renewed) => Renewal::Renewed(Arc::new(renewed)),
        Err(TokenError::InvalidGrant) => Renewal::Ended,
        Err(error @ TokenError::Unavailable(_)) => {
            tracing::warn!(%error, "a sign-in could not be refreshed now");
            Renewal::Unavailable
        }
        Err(error @ TokenError::Unexpected(_)) => {
            tracing::error!(%error, "the provider does not refresh sign-ins for this site");
            Renewal::Unavailable
        }
    }
}

async fn exchange(site: &Site, refresh_token: &str) -> Result<Renewed, TokenError> {
    let endpoints = site.provider.endpoints().await?;
    let client = site.oauth_client(&endpoints);
    let tokens = token_endpoint::refresh(&site.provider, &client, refresh_token).await?;
    let verified = site.verify_patiently(&tokens.access_token).await;
    Ok(Renewed {
        verified,
        access_token: tokens.access_token,
        // RFC 6749 section 6: without a new one the old one goes on.
        refresh_token: tokens.refresh_token.unwrap_or_else(|| refresh_token.to_owned()),
    })
}
