//! The sign-ins of browsers that went to sign in anew, for a site whose pages call its API by script. Its cookie does
//! not come back from the provider with the browser. So what it held is kept here until the new one is there.
//! RFC 6265bis section 5.6.7.1 (`SameSite=Strict`).

use std::time::Duration;

use moka::{policy::EvictionPolicy, sync::Cache};

const MAX_KEPT: u64 = 10_000;

/// What a browser was signed in with.
#[derive(Clone)]
pub(crate) struct FormerGrant {
    pub(crate) id: String,
    pub(crate) refresh_token: Option<String>,
}

/// One for each browser that is on its way, by the tag of its binding.
pub(crate) struct FormerGrants(Cache<[u8; 16], FormerGrant>);

impl FormerGrants {
    /// Keeps them for as long as an answer is taken.
    pub(crate) fn new(lifetime: Duration) -> Self {
        let cache = Cache::builder().max_capacity(MAX_KEPT).eviction_policy(EvictionPolicy::lru());
        Self(cache.time_to_live(lifetime).build())
    }

    /// A browser leaves for the provider with this sign-in, or with none.
    pub(crate) fn hold(&self, browser: [u8; 16], grant: Option<FormerGrant>) {
        match grant {
            Some(grant) => self.0.insert(browser, grant),
            None => self.0.invalidate(&browser),
        }
    }

    /// What it left with, once.
    pub(crate) fn take(&self, browser: [u8; 16]) -> Option<FormerGrant> {
        self.0.remove(&browser)
    }
}
