//! The refreshing of a grant at the provider, and what the site makes of its answer. Parallel requests share
//! one refresh; what the browser is told then is left to `session` and `scripted`. RFC 6749 section 6.

use std::sync::Arc;

use super::stored_grant::StoredGrant;
use tracing::Instrument as _;

use crate::sign_in::{
    memory::{
        refresh_outcome::{RefreshOutcome, RefreshedTokens},
        single_flight::FlightGuard,
    },
    provider::{
        ProviderError,
        token_endpoint::{self, TokenError},
    },
    site::Site,
};
use crate::trace;

/// Keeps a refresh shared until the answer to the browser, with its new cookie, is made.
pub(crate) type RefreshGuard = FlightGuard<RefreshOutcome>;

/// Refreshes a grant, or joins the request that does.
pub(crate) async fn refresh(site: &Arc<Site>, grant: &StoredGrant) -> (RefreshOutcome, Option<RefreshGuard>) {
    let Some(refresh_token) = &grant.refresh_token else {
        return (RefreshOutcome::Rejected, None);
    };
    // It is done in a task of its own, for all who join.
    let span = trace::step("refresh sign-in");
    let work = || ask_provider(Arc::clone(site), refresh_token.clone()).instrument(span);
    let (outcome, guard) = site.refreshes.share(refresh_token, work).await;
    let outcome = outcome.unwrap_or(RefreshOutcome::Unavailable);
    if matches!(outcome, RefreshOutcome::Unavailable) {
        guard.forget();
    }
    (outcome, Some(guard))
}

async fn ask_provider(site: Arc<Site>, refresh_token: String) -> RefreshOutcome {
    match exchange(&site, &refresh_token).await {
        Ok(tokens) => RefreshOutcome::Refreshed(Arc::new(tokens)),
        Err(TokenError::InvalidGrant) => RefreshOutcome::Rejected,
        Err(error @ TokenError::Unavailable(_)) => {
            tracing::warn!(%error, "a sign-in could not be refreshed now");
            RefreshOutcome::Unavailable
        }
        Err(error @ TokenError::Unexpected(_)) => {
            tracing::error!(%error, "the provider does not refresh sign-ins for this site");
            RefreshOutcome::Unavailable
        }
    }
}

async fn exchange(site: &Site, refresh_token: &str) -> Result<RefreshedTokens, TokenError> {
    let endpoints = site.provider.endpoints().await?;
    let client = site.oauth_client(&endpoints);
    site.provider.check_cool_down()?;
    let tokens = match token_endpoint::refresh(&site.provider, &client, refresh_token).await {
        // The token may be spent and only the answer lost. Within its window the provider answers the
        // same successor again; later it would take us for a thief.
        Err(TokenError::Unavailable(ProviderError::Unreachable(error))) => {
            tracing::info!(%error, "the answer to a refresh is asked for again");
            token_endpoint::refresh(&site.provider, &client, refresh_token).await?
        }
        answer => answer?,
    };
    // A key that is new is waited for here, once for all who share this.
    let _judged_by_each = site.verify_patiently(&tokens.access_token).await;
    Ok(RefreshedTokens {
        access_token: tokens.access_token,
        // RFC 6749 section 6: without a new one the old one goes on.
        refresh_token: tokens.refresh_token.unwrap_or_else(|| refresh_token.to_owned()),
    })
}
