//! What becomes of the sign-in that a browser had before a new one: a copy of its cookie is worth nothing, and what
//! it rests on is given back at the provider. Both a moment later, so that requests of other tabs which are on their
//! way are answered. The new sign-in waits for none of it. OWASP ASVS 7.2.4; RFC 7009.

use std::{sync::Arc, time::Duration};

use crate::sign_in::{
    memory::{former_grants::FormerGrant, spent_sessions::ON_THEIR_WAY},
    provider::token_endpoint,
    site::Site,
};

/// A provider that does not answer by then is not told.
const GIVING_BACK: Duration = Duration::from_secs(60);

/// Gives up what the browser was signed in with.
pub(super) fn give_up(site: &Site, former: FormerGrant) {
    site.spent_sessions.supersede(&former.id, site.now());
    site.end_causes.notify();
    let Some(refresh_token) = former.refresh_token else { return };
    let (provider, credentials) = (Arc::clone(&site.provider), site.credentials.clone());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(ON_THEIR_WAY.unsigned_abs())).await;
        let telling = token_endpoint::revoke(provider, credentials, refresh_token);
        if tokio::time::timeout(GIVING_BACK, telling).await.is_err() {
            tracing::info!("the provider was not told that a sign-in was replaced");
        }
    });
}
